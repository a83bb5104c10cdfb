"""Statements: an expression and its parts as one SELECT of each dialect."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import ibis
import pytest

from bench import _parity as parity
from pfkit.conform.pushed.statement import DIALECTS, RATES, rates_sql, rates_table, statement


def test_rates_keep_every_digit_they_are_used_with() -> None:
    day = date(2026, 1, 1)
    held = [
        ("JPY", day, Decimal("0.0061234567891234")),
        ("KWD", day, Decimal("3.2512345678")),
        ("O'X", day, Decimal(1)),
    ]
    rates = rates_table()
    sql = statement(rates.order_by("code"), "duckdb", {RATES: rates_sql(held, "duckdb")})
    assert parity.Duck().run(sql).to_pylist() == [
        {"code": "JPY", "day": day, "small": Decimal("0.0061234567891234"), "large": None},
        {"code": "KWD", "day": day, "small": None, "large": Decimal("3.2512345678")},
        {"code": "O'X", "day": day, "small": None, "large": Decimal("1.0000000000")},
    ]


def test_no_rates_are_a_relation_too() -> None:
    sql = statement(rates_table().count().as_table(), "duckdb", {RATES: rates_sql([], "duckdb")})
    assert parity.Duck().run(sql).num_rows == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_has_a_form_of_rates(dialect: str) -> None:
    sql = rates_sql([("USD", date(2026, 1, 1), Decimal("0.9"))], dialect)
    assert "USD" in sql
    assert "2026-01-01" in sql


def test_parts_that_are_not_asked_for_are_left_out() -> None:
    one = ibis.table({"a": "int64"}, name="pfkit_rows")
    sql = statement(one, "duckdb", {"pfkit_rows": "SELECT 1 AS a", RATES: "SELECT"})
    assert RATES not in sql
    assert parity.Duck().run(sql)["a"].to_pylist() == [1]
