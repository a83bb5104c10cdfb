"""Several questions to one query: all of one moment, of a query that is still only a query."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from pfkit.errors import SourceError
from pfkit.sources.database import QUERY, Reading, asked_for, asking, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_server import Server

COUNTED = pa.schema([("n", pa.int64()), ("total", pa.decimal128(38, 2))])
SUMS = (
    f"WITH q AS (\n{QUERY}\n) SELECT count(*) AS n, "
    'CAST(sum("a;b") AS DECIMAL(38, 2)) AS total FROM q'
)
DAYS: dict[str, dt.date | None] = {"as_of": dt.date(2026, 6, 30)}


@pytest.fixture(params=["postgresql", "duckdb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Write three rows into a database of each kind that adds up, and give its address."""
    make = """CREATE TABLE asked AS SELECT * FROM (VALUES (DATE '2026-06-29', 1.25, 'x''; --'),
        (DATE '2026-06-30', 2.50, '%s'), (DATE '2026-07-01', 4.00, '$as_of')) AS v(day, "a;b", t)"""
    if request.param == "duckdb":
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
            database.execute(make)
        yield "duckdb:///shop.duckdb"
        return
    server: Server = request.getfixturevalue("postgres")
    with server.owner() as owner:
        owner.execute(make)
        owner.execute("GRANT ALL ON asked TO analyst")
    yield server.url()
    with server.owner() as owner:
        owner.execute("DROP TABLE asked")


def _reading(url: str, sql: str) -> Reading:
    address = resolved(url, None, where="sales")
    return Reading("sales", address, asked_for(sql, address.kind, DAYS, where="sales"), seconds=5)


def test_a_statement_over_a_query_with_bound_days(url: str, tmp_path: Path) -> None:
    sql = "SELECT * FROM asked WHERE day <= :as_of AND t <> 'it''s :as_of; 100 %' -- :as_of"
    with asking(_reading(url, sql), [tmp_path]) as asked:
        assert asked.schema.names == ["day", "a;b", "t"]
        assert asked.answer(SUMS, COUNTED).to_pylist() == [{"n": 2, "total": Decimal("3.75")}]
        nothing = f"WITH q AS (\n{QUERY}\n) SELECT t FROM q WHERE t = '%d'"
        assert asked.answer(nothing, pa.schema([("t", pa.string())])).num_rows == 0


def test_all_answers_are_of_one_moment(postgres: Server) -> None:
    with postgres.owner() as owner:
        owner.execute('CREATE TABLE moving AS SELECT 1.00::numeric(12, 2) AS "a;b"')
        owner.execute("GRANT SELECT ON moving TO analyst")
        with asking(_reading(postgres.url(), "moving"), []) as asked:
            first = asked.answer(SUMS, COUNTED)
            owner.execute("INSERT INTO moving VALUES (9.00)")
            assert asked.answer(SUMS, COUNTED).equals(first)
        owner.execute("DROP TABLE moving")


def test_a_statement_that_writes_is_refused_there(url: str, tmp_path: Path) -> None:
    with (
        asking(_reading(url, "asked"), [tmp_path]) as asked,
        pytest.raises(SourceError, match="source sales"),
    ):
        asked.answer("CREATE TABLE more AS SELECT 1 AS n", COUNTED)
    with asking(_reading(url, "asked"), [tmp_path]) as asked:
        assert asked.answer(SUMS, COUNTED)["n"].to_pylist() == [3]


def test_sqlite_is_told_that_it_adds_nothing_up(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError, match="SQLite has no exact numbers") as told,
        asking(_reading("sqlite:///shop.db", "asked"), [tmp_path]),
    ):
        pass
    assert "Leave `push` out" in told.value.advice


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError, match=r"shop\.duckdb"),
        asking(_reading("duckdb:///shop.duckdb", "asked"), [tmp_path]),
    ):
        pass
