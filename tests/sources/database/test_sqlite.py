"""SQLite by its address: the same reading, of one moment, and no side effects."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.database.query import asked_for
from pfkit.sources.database.sqlite import read_sqlite_by_url

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write a small database."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE lines (id INTEGER, day TEXT, amount, code, big, raw BLOB)")
        rows = [
            (1, "2026-01-31", 10, "7", 1, b"a"),
            (2, "2026-02-01", 2.5, 8, 2**60, b"b"),
            (3, "2026-02-28", None, "x", 0.5, None),
        ]
        database.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", rows)
    return path


def _table(path: Path, sql: str, **given: int) -> pa.Table:
    query = asked_for(sql, "sqlite", {"period_start": date(2026, 2, 1)}, where="sales")
    options = {"size": 2, "seconds": 10} | given
    return pa.Table.from_batches(list(read_sqlite_by_url(path, query, where="sales", **options)))


def test_columns_have_the_one_kind_of_their_values(shop: Path) -> None:
    found = _table(shop, "lines")
    assert found.schema.types == [
        pa.int64(),
        pa.string(),
        pa.float64(),
        pa.string(),
        pa.string(),  # 2^60 beside 0.5: no float holds both exactly
        pa.binary(),
    ]
    assert found["amount"].to_pylist() == [10.0, 2.5, None]
    assert found["code"].to_pylist() == ["7", "8", "x"]
    assert found["big"].to_pylist() == ["1", str(2**60), "0.5"]


def test_values_are_bound(shop: Path) -> None:
    found = _table(shop, "SELECT id FROM lines WHERE day >= :period_start ORDER BY id")
    assert found["id"].to_pylist() == [2, 3]


def test_reading_leaves_no_file_beside_the_database(shop: Path) -> None:
    _table(shop, "lines")
    assert [path.name for path in shop.parent.iterdir()] == ["shop.db"]


def test_what_reaches_other_files_is_refused(shop: Path) -> None:
    with pytest.raises(SourceError, match="stopped after 0 rows"):
        _table(shop, "SELECT load_extension('x') AS a")


def test_a_query_without_an_end_is_stopped(shop: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with pytest.raises(SourceError, match=r"interrupted.*none of them was kept"):
        _table(shop, f"SELECT max(i) AS m FROM ({endless})", seconds=0)


def test_a_column_named_twice_is_refused(shop: Path) -> None:
    with pytest.raises(SourceError, match="column 'id' twice"):
        _table(shop, "SELECT id, id FROM lines")
