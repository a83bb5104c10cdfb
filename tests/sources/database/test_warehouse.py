"""Warehouses through Ibis: a DuckDB file read, bound and stopped; statements of the others."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest
import sqlglot

from pfkit.errors import SourceError
from pfkit.sources.database import Reading, asked_for, batches, resolved
from pfkit.sources.database.months import between
from pfkit.sources.database.warehouse import parameters

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(2026, 6, 30)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write a database with a table, a view, a schema, and names that are told apart by quotes."""
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute("""
            CREATE SCHEMA "Odd Names";
            CREATE TABLE lines AS SELECT i AS id, DATE '2026-06-29' + CAST(i AS INT) AS day,
              CAST(i AS DECIMAL(38, 10)) / 8 AS amount FROM range(5) AS r(i);
            CREATE TABLE "Odd Names"."a;b ""c"" d" AS
              SELECT 1 AS "Id", 'x''; DROP TABLE lines' AS t;
            CREATE VIEW recent AS SELECT * FROM lines WHERE day > DATE '2026-06-30'
        """)
    return tmp_path


def _table(folder: Path, sql: str, *, seconds: int = 30) -> pa.Table:
    asked = asked_for(sql, "duckdb", {"as_of": DAY}, where="source sales")
    address = resolved("duckdb:///shop.duckdb", None, where="sales")
    reading = Reading("sales", address, asked, seconds=seconds)
    return pa.Table.from_batches(list(batches(reading, [folder])))


def test_days_are_bound_and_numbers_are_exact(shop: Path) -> None:
    sql = "SELECT id, CAST(amount AS DECIMAL(38, 10)) AS a FROM lines WHERE day > :as_of"
    found = _table(shop, sql)
    assert found.to_pylist() == [
        {"id": 2, "a": Decimal("0.25")}, {"id": 3, "a": Decimal("0.375")},
        {"id": 4, "a": Decimal("0.5")},
    ]  # fmt: skip
    assert found.schema.field("a").type == pa.decimal128(38, 10)


def test_a_view_and_names_of_every_kind_are_read(shop: Path) -> None:
    assert _table(shop, "recent").num_rows == 3
    found = _table(shop, 'SELECT * FROM "Odd Names"."a;b ""c"" d"')
    assert found.to_pylist() == [{"Id": 1, "t": "x'; DROP TABLE lines"}]
    assert _table(shop, "lines").num_rows == 5  # nothing was dropped
    assert _table(shop, "SELECT * FROM lines WHERE id > 99").schema.names == ["id", "day", "amount"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ATTACH 'other.duckdb'", "no SELECT"),
        ("INSTALL httpfs", "no SELECT"),
        ("COPY lines TO 'out.csv'", "no SELECT"),
        ("SELECT 1; DROP TABLE lines", "2 statements"),
        ("SELECT * FROM read_csv('/etc/passwd')", "stopped after 0 rows"),
        ("SELECT * FROM '/etc/passwd'", "stopped after 0 rows"),
        ("SELECT * FROM read_parquet('https://example.com/a.parquet')", "stopped after 0 rows"),
        ("SELECT * FROM missing", "stopped after 0 rows"),
    ],
)
def test_a_query_reaches_nothing_but_its_own_tables(shop: Path, query: str, said: str) -> None:
    with pytest.raises(SourceError, match=said) as told:
        _table(shop, query)
    assert "sales" in told.value.where
    assert told.value.advice
    assert _table(shop, "lines").num_rows == 5


def test_a_long_statement_is_stopped(shop: Path) -> None:
    sql = "SELECT sum(a.i * b.i % 7) AS s FROM range(3000000) AS a(i), range(3000000) AS b(i)"
    with pytest.raises(SourceError, match="took longer than 1 seconds") as told:
        _table(shop, sql, seconds=1)
    assert "`timeout`" in told.value.advice


GOLDEN = {
    "bigquery": (
        "SELECT * FROM (\nSELECT * FROM `sales`.`lines`\n) AS `pfkit_month` WHERE "
        "`pfkit_month`.`booked` >= CAST('2026-06-01' AS DATE) AND "
        "`pfkit_month`.`booked` < CAST('2026-07-01' AS DATE)"
    ),
    "snowflake": (
        'SELECT * FROM (\nSELECT * FROM "sales"."lines"\n) AS "pfkit_month" WHERE '
        '"pfkit_month"."booked" >= CAST(\'2026-06-01\' AS DATE) AND '
        '"pfkit_month"."booked" < CAST(\'2026-07-01\' AS DATE)'
    ),
    "databricks": (
        "SELECT * FROM (\nSELECT * FROM `sales`.`lines`\n) AS `pfkit_month` WHERE "
        "`pfkit_month`.`booked` >= CAST('2026-06-01' AS DATE) AND "
        "`pfkit_month`.`booked` < CAST('2026-07-01' AS DATE)"
    ),
}


@pytest.mark.parametrize("kind", GOLDEN)
def test_a_month_of_a_table_is_one_statement_of_each_warehouse(kind: str) -> None:
    asked = asked_for("sales.lines", kind, {}, where="sales")
    address = resolved(f"{kind}://host/d", None, where="s")
    june = between(
        Reading("sales", address, asked), "booked", dt.date(2026, 6, 1), dt.date(2026, 7, 1)
    )
    sql, values = parameters(june.query, kind)
    assert (sql, values) == (GOLDEN[kind], {})
    assert len(sqlglot.parse(sql, read=kind)) == 1


def test_a_moment_is_written_with_its_zone() -> None:
    asked = asked_for("lines", "snowflake", {}, where="sales")
    address = resolved("snowflake://host/d", None, where="s")
    paris = dt.timezone(dt.timedelta(hours=2))
    first = dt.datetime(2026, 6, 1, tzinfo=paris)
    june = between(Reading("sales", address, asked), "at", first, first + dt.timedelta(days=30))
    sql, _ = parameters(june.query, "snowflake")
    assert "CAST('2026-06-01T00:00:00+02:00' AS TIMESTAMP)" in sql
