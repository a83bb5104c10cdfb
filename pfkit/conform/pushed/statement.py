"""An expression as one statement of a warehouse: the source's query and the rates as its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.backends.sql.dialects  # before a dialect's first use, which fixes it
import sqlglot

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from ibis.expr.types import Table

#: Names of the parts a statement is made of.
ROWS, RATES = "pfkit_rows", "pfkit_rates"
#: What Ibis is told of the rates: it multiplies numbers of one type only.
RATES_SCHEMA: Final = {
    "code": "string",
    "day": "date",
    "small": "decimal(21, 6)",
    "large": "decimal(21, 6)",
}
#: The dialects that the expressions are written in, by what Ibis calls them.
DIALECTS: Final = ("duckdb", "postgres", "pyspark", "bigquery", "snowflake", "databricks")
_SQLGLOT: Final = {"pyspark": "spark"}


def statement(expression: Table, dialect: str, parts: Mapping[str, str]) -> str:
    """Return an expression over named parts as one SELECT.

    Parameters
    ----------
    expression : ibis.expr.types.Table
        Over tables named like the parts.
    dialect : str
        One of `DIALECTS`.
    parts : mapping of str to str
        SQL of each part, in the dialect.

    Examples
    --------
    >>> rows = ibis.table({"a": "int64"}, name=ROWS)
    >>> print(statement(rows.aggregate(n=rows.count()), "duckdb", {ROWS: "SELECT 1 AS a"}))
    WITH pfkit_rows AS (
    SELECT 1 AS a
    )
    SELECT
      COUNT(*) AS "n"
    FROM "pfkit_rows" AS "t0"
    """
    said = str(ibis.to_sql(expression, dialect=dialect))
    given = ", ".join(f"{name} AS (\n{sql}\n)" for name, sql in parts.items() if name in said)
    head = "WITH "
    if not given:
        return said
    if said.startswith(head):
        return f"{head}{given}, {said[len(head) :]}"
    return f"{head}{given}\n{said}"


def rates_sql(rates: Iterable[tuple[str, dt.date, Decimal]], dialect: str) -> str:
    """Return rates as a relation, each in the type whose product with money is exact.

    Parameters
    ----------
    rates : iterable of (str, datetime.date, decimal.Decimal)
        Currency, day, and reporting currency per 1 unit.
    dialect : str
        One of `DIALECTS`.

    Examples
    --------
    >>> import datetime, decimal
    >>> day = datetime.date(2026, 1, 1)
    >>> sql = rates_sql([("USD", day, decimal.Decimal("0.9"))], "duckdb")
    >>> "CAST(0.9 AS DECIMAL(26, 16))" in sql
    True
    """
    rows = ", ".join(
        f"('{_code(code)}', '{day.isoformat()}', CAST({rate:f} AS DECIMAL(26, 16)))"
        for code, day, rate in rates
    )
    rows = rows or "('', '1900-01-01', CAST(NULL AS DECIMAL(26, 16)))"
    sql = (
        "SELECT code, CAST(day AS DATE) AS day, "
        "CAST(CASE WHEN rate < 1 THEN rate END AS DECIMAL(16, 16)) AS small, "
        "CAST(CASE WHEN rate >= 1 THEN rate END AS DECIMAL(16, 10)) AS large "
        f"FROM (VALUES {rows}) AS v(code, day, rate)"
    )
    if dialect in {"duckdb", "postgres", "pyspark", "databricks"}:
        return sql
    return sqlglot.transpile(sql, read="duckdb", write=_SQLGLOT.get(dialect, dialect))[0]


def rates_table() -> Any:  # noqa: ANN401 (an Ibis table)
    """Return the rates as the expressions see them."""
    return ibis.table(RATES_SCHEMA, name=RATES)


def rows_table(schema: Any) -> Any:  # noqa: ANN401
    """Return the rows of the query as the expressions see them."""
    return ibis.table(schema, name=ROWS)


def _code(code: str) -> str:
    return code.replace("'", "''")
