from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pfkit.conform.engine import Engine, literal, quoted
from pfkit.errors import BookError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def engine() -> Engine:
    made = Engine()
    made.load("lines", pa.table({"code": ["a", "b", "c"], "count": [3, 1, 2]}))
    return made


def test_loaded_rows_are_numbered_in_their_order(engine: Engine) -> None:
    assert engine.rows("SELECT _id, code FROM lines ORDER BY _id") == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]


def test_a_long_query_prints_no_progress() -> None:
    # typed at a prompt, DuckDB shows progress in the output, where JSON or a table is expected
    code = (
        "from pfkit.conform.engine import Engine\n"
        "print(Engine().rows(\"SELECT current_setting('enable_progress_bar')\"))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[(False,)]\n"


def test_values_are_bound(engine: Engine) -> None:
    hostile = "a' OR 1 = 1 --"
    assert engine.rows("SELECT * FROM lines WHERE code = ?", [hostile]) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "COPY lines TO '{file}'",
        "ATTACH '{file}' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET TimeZone = 'Asia/Tokyo'",
        "SET threads = 1",
        "RESET lock_configuration",
        "EXPORT DATABASE '{file}'",
    ],
)
def test_even_sql_that_gets_in_reaches_no_file_and_changes_no_setting(
    engine: Engine, tmp_path: Path, sql: str
) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("secret\n1\n", encoding="utf-8")
    with pytest.raises(duckdb.Error, match=r"(?i)disabled|locked|permission"):
        engine.run(sql.format(file=file))
    assert file.read_text(encoding="utf-8") == "secret\n1\n"


def test_a_folder_of_its_own_is_the_only_one_it_reaches(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    for folder in (own, other):
        pq.write_table(pa.table({"a": [1, 2]}), folder / "rows.parquet")
    (own / "link.parquet").symlink_to(other / "rows.parquet")
    engine = Engine(own)
    assert engine.rows(f"SELECT sum(a) FROM read_parquet('{own}/rows.parquet')") == [(3,)]
    for path in (
        other / "rows.parquet",
        own / ".." / "other" / "rows.parquet",
        own / "link.parquet",
    ):
        with pytest.raises(duckdb.Error, match=r"(?i)disabled|permission"):
            engine.rows(f"SELECT sum(a) FROM read_parquet('{path}')")
    with pytest.raises(duckdb.Error, match="locked"):
        engine.run(f"SET allowed_directories = ['{other}']")


def test_what_does_not_fit_in_memory_is_put_aside_in_its_folder(tmp_path: Path) -> None:
    assert Engine().rows("SELECT current_setting('temp_directory')") != [(f"{tmp_path}/aside",)]
    assert Engine(tmp_path).rows("SELECT current_setting('temp_directory')") == [
        (f"{tmp_path}/aside",)
    ]


def test_a_name_given_twice_leaves_what_stands_under_it(engine: Engine) -> None:
    first = engine.beside("known 2026-07-04")
    first.run("CREATE TABLE lines AS SELECT 'then' AS code")
    first.run("CREATE VIEW of_lines AS SELECT * FROM lines")  # what is read still
    second = engine.beside("known 2026-07-04")
    assert second.rows("SELECT count(*) FROM lines") == [(3,)]
    assert first.rows("SELECT * FROM of_lines") == [("then",)]
    assert len({engine.schema, first.schema, second.schema, engine.beside("known").schema}) == 4


def test_a_time_with_a_zone_has_the_same_day_on_every_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    rows = Engine().rows("SELECT CAST(TIMESTAMPTZ '2026-01-31 23:30:00+00' AS DATE)::VARCHAR")
    assert rows == [("2026-01-31",)]


def test_check_gives_the_type_of_an_expression(engine: Engine) -> None:
    assert engine.check("lines", "code = 'a'", where="here") == "BOOLEAN"


def test_check_says_why_an_expression_has_no_type(engine: Engine) -> None:
    with pytest.raises(BookError) as caught:
        engine.check("lines", "code * 2", where="book.toml sources.x.columns.amount")
    assert caught.value.what.startswith("SQL 'code * 2' cannot be computed: ")
    assert caught.value.where == "book.toml sources.x.columns.amount"
    assert "`types`" in caught.value.advice


def test_names_and_values_are_quoted() -> None:
    assert quoted('say "x"') == '"say ""x"""'
    assert literal("O'Neil") == "'O''Neil'"
    assert [literal(value) for value in (None, True, False, 3, 1.5)] == [
        "NULL",
        "TRUE",
        "FALSE",
        "3",
        "1.5",
    ]
