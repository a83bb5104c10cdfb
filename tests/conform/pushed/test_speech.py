"""Expressions of a book, said to every warehouse, or refused where engines think differently."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import _parity as parity
from pfkit.conform.pushed.speech import UnsayableError, said

LINES = ibis.table(
    {
        "quantity": "int32",
        "count": "int64",
        "price": "decimal(9, 2)",
        "amount": "decimal(18, 4)",
        "kind": "string",
        "rate": "float64",
        "day": "date",
    },
    name="lines",
)
COLUMNS: dict[str, Any] = {name: LINES[name] for name in LINES.columns}
ROW = (
    "SELECT 3::INT AS quantity, 5::BIGINT AS count, 2.50::DECIMAL(9, 2) AS price, "
    "-1.2345::DECIMAL(18, 4) AS amount, ' Credit ' AS kind, 0.5::DOUBLE AS rate, "
    "DATE '2026-01-31' AS day"
)


@pytest.mark.parametrize(
    "sql",
    [
        "amount",
        "-AMOUNT",
        "amount + price",
        "amount - quantity",
        "quantity * price",
        "price * 0.07",
        "abs(amount)",
        "quantity * 2",
        "CASE WHEN kind LIKE '%edit%' THEN -amount ELSE amount END",
        "CASE WHEN amount > 0 OR NOT (price >= 2.5) THEN 1 ELSE 2 END",
        "coalesce(NULLIF(kind, ' Credit '), 'none')",
        "upper(trim(kind)) || '!'",
        "kind IN ('a', ' Credit ')",
        "amount BETWEEN -2 AND 0",
        "amount IS NULL",
        "amount IS NOT NULL AND quantity <> 4",
        "CAST(amount AS DECIMAL(12, 2))",
        "CAST(quantity AS VARCHAR)",
    ],
)
def test_it_is_what_the_book_means(sql: str) -> None:
    engine = parity.Duck()
    expression = LINES.select(value=said(sql, COLUMNS, where="book.toml"))
    asked = f"WITH lines AS ({ROW}) {ibis.to_sql(expression, dialect='duckdb')}"
    (found,) = engine.run(asked)["value"].to_pylist()
    (meant,) = engine.run(f"WITH lines AS ({ROW}) SELECT ({sql}) AS value FROM lines")[
        "value"
    ].to_pylist()
    assert found == meant


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("amount / 3", "amount / 3"),
        ("amount % 3", "amount % 3"),
        ("rate * 2", "rate * 2"),
        ("count * price", "count * price"),
        ("amount * amount * amount", "amount * amount"),
        ("strftime(day, '%Y')", "STRFTIME"),
        ("kind LIKE 'a\\%'", "LIKE"),
        ("CAST(kind AS DECIMAL(9, 2))", "CAST"),
        ("missing + 1", "column missing"),
        ("regexp_replace(kind, 'a', 'b')", "REGEXP_REPLACE"),
        ("kind COLLATE nocase = 'a'", "COLLATE"),
    ],
)
def test_what_engines_see_differently_is_refused(sql: str, what: str) -> None:
    with pytest.raises(UnsayableError, match="cannot be computed where the rows are") as told:
        said(sql, COLUMNS, where="book.toml sources.lines")
    assert what.lower() in told.value.what.lower()
    assert told.value.where == "book.toml sources.lines"
    assert "leave `push` out" in told.value.advice


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=8, allow_nan=False),
    st.integers(min_value=0, max_value=6),
)
def test_a_cast_rounds_half_away_from_zero(value: Decimal, places: int) -> None:
    table = ibis.table({"a": "decimal(28, 8)"}, name="t")
    expression = table.select(b=table.a.cast(f"decimal(21, {places})"))
    sql = ibis.to_sql(expression, dialect="duckdb")
    found = parity.Duck().run(f"WITH t AS (SELECT {value:f}::DECIMAL(28, 8) AS a) {sql}")
    exact = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=60))
    assert found["b"].to_pylist() == [exact]
