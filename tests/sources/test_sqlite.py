from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.raw import Options
from pfkit.sources.sqlite import read_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.sources.raw import Part


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "erp.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE ledger (id INTEGER, amount REAL, code TEXT, mixed)")
        made.executemany(
            "INSERT INTO ledger VALUES (?, ?, ?, ?)",
            [(1, 0.1, "007", 5), (2, None, "", "x"), (3, 12.0, None, 0.1)],
        )
        made.execute("CREATE TABLE other (id INTEGER)")
        made.commit()
    return file


def _read(file: Path, *, query: str | None = None) -> Part:
    return read_sqlite(file, where="erp.db", options=Options(query=query))


def test_a_table_keeps_the_types_of_its_values(database: Path) -> None:
    part = _read(database, query="ledger")
    assert part.table.schema.types == [pa.int64(), pa.float64(), pa.string(), pa.string()]
    assert part.table.column("code").to_pylist() == ["007", "", None]
    assert part.table.column("mixed").to_pylist() == ["5", "x", "0.1"]
    assert part.lines.to_pylist() == ["1", "2", "3"]


def test_a_select_is_read(database: Path) -> None:
    part = _read(database, query="SELECT code, id * 10 AS ten FROM ledger WHERE id = 1")
    assert part.table.to_pylist() == [{"code": "007", "ten": 10}]


def test_a_table_in_doubt_is_not_guessed(database: Path) -> None:
    with pytest.raises(SourceError, match=r"erp\.db: the database has 2 tables \(ledger, other\)"):
        _read(database)


def test_an_unknown_table_offers_the_nearest(database: Path) -> None:
    with pytest.raises(SourceError, match=r"no table 'leger'\n  -> .*is 'ledger'"):
        _read(database, query="leger")


@pytest.mark.parametrize(
    "query",
    [
        "WITH x AS (SELECT 1) DELETE FROM ledger",
        "SELECT 1; DROP TABLE ledger",
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_user_version",
    ],
)
def test_a_query_that_does_more_than_read_is_refused(database: Path, query: str) -> None:
    before = database.read_bytes()
    with pytest.raises(SourceError, match="the database or the query cannot be read"):
        _read(database, query=query)
    assert database.read_bytes() == before


def test_reading_leaves_nothing_beside_the_file(database: Path) -> None:
    _read(database, query="ledger")
    assert [path.name for path in database.parent.iterdir()] == ["erp.db"]


def test_what_is_no_database_says_so(tmp_path: Path) -> None:
    file = tmp_path / "erp.db"
    file.write_bytes(b"SQLite format 3\x00" + b"junk" * 200)
    with pytest.raises(SourceError, match=r"erp\.db: the database or the query cannot be read"):
        _read(file)
