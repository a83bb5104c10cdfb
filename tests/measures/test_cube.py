"""The cube: ledger, billing and use by month and product, from expressions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import pfkit as pf
from pfkit.conform.engine import Engine
from pfkit.errors import ContractError, MeasureError
from pfkit.measures.cube import cube

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.expr.types import Table

    from pfkit.demo import Demo

    Db = Callable[[str, dict[str, Any]], Table]
    Small = tuple[Table, Table, Table, Table]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what Ibis itself calls

ACCOUNTS = {
    "account": ["4000", "4900", "5000", "9000"],
    "group": ["gross", "returns", "cost_of_revenue", "outside"],
    "favorable_when": ["higher", "lower", "lower", "lower"],
}
MONEY = pa.decimal128(18, 2)


def money(*texts: str) -> pa.Array:
    return pa.array([Decimal(text) for text in texts], MONEY)


def days(*texts: str) -> list[dt.date]:
    return [dt.date.fromisoformat(text) for text in texts]


@pytest.fixture
def db() -> Db:
    """Return a function that makes an expression of columns, in one engine."""
    engine = Engine()

    def table(name: str, columns: dict[str, Any]) -> Table:
        engine.load(name, pa.table(columns))
        found: Table = engine.table(name)
        return found

    return table


@pytest.fixture
def small(db: Db) -> Small:
    """Two products, two months; Borea was billed in February and never booked."""
    ledger = db(
        "ledger",
        {
            "period": ["2026-01", "2026-01", "2026-01", "2026-02", "2026-01"],
            "product": ["Atlas"] * 5,
            "account": ["4000", "4900", "5000", "4000", "9000"],
            "posting_date": days(*["2026-01-10"] * 3, "2026-02-03", "2026-01-11"),
            "currency": ["EUR", "USD", "USD", "USD", "USD"],
            "amount": money("110.00", "7.50", "40.25", "60.00", "1000"),
            "amount_local": money("100.00", "7.50", "40.25", "60.00", "1000"),
        },
    )
    billing = db(
        "billing",
        {
            "period": ["2026-01", "2026-02"],
            "product": ["Atlas", "Borea"],
            "invoice_date": days("2026-01-09", "2026-02-02"),
            "currency": ["USD", "JPY"],
            "amount": money("100.01", "6.55"),
            "amount_local": money("100.01", "1000"),
        },
    )
    usage = db(
        "usage",
        {
            "period": ["2026-01"] * 4 + ["2026-02"],
            "product": ["Atlas", "Atlas", "Atlas", "Borea", "Borea"],
            "customer": ["acme", "acme", "bolt", "acme", "acme"],
            "units": [1, 2, 3, 4, 5],
        },
    )
    return ledger, billing, usage, db("accounts", ACCOUNTS)


def cell(cells: pd.DataFrame, period: str, product: str) -> pd.Series:
    (row,) = cells[(cells["period"] == period) & (cells["product"] == product)].to_dict("records")
    return pd.Series(row)


def test_returns_count_against_revenue_and_outside_accounts_count_nowhere(small: Small) -> None:
    cells = cube(*small)
    atlas = cell(cells, "2026-01", "Atlas")
    # 110.00 sold less 7.50 taken back; 40.25 spent; 1000 stands outside the statement
    assert (atlas["revenue"], atlas["cost"], atlas["billed"]) == (102.50, 40.25, 100.01)
    assert atlas["difference"] == -2.49
    assert (atlas["events"], atlas["units"], atlas["reason"]) == (3, 6.0, "")
    assert pd.isna(atlas["customers"])


def test_what_a_table_does_not_speak_of_is_empty_and_says_so(small: Small) -> None:
    cells = cube(*small)
    assert cells["row_key"].tolist() == [
        *("2026-01|atlas", "2026-01|borea"),
        *("2026-02|atlas", "2026-02|borea"),
    ]
    borea = cell(cells, "2026-02", "Borea")
    assert pd.isna(borea["revenue"])
    assert borea["difference"] == 6.55
    assert borea["reason"] == "nothing in ledger"
    unbooked = cell(cells, "2026-01", "Borea")
    assert pd.isna(unbooked["difference"])
    assert unbooked["reason"] == "nothing in ledger; nothing in billing"


def test_exact_customers_are_counted_once_in_each_cell(small: Small) -> None:
    cells = cube(*small, customers="exact")
    counted = {(r["period"], r["product"]): r["customers"] for r in cells.to_dict("records")}
    assert counted["2026-01", "Atlas"] == 2
    assert counted["2026-01", "Borea"] == counted["2026-02", "Borea"] == 1
    assert pd.isna(counted["2026-02", "Atlas"])
    plain = cube(*small)
    pd.testing.assert_frame_equal(cells.drop(columns="customers"), plain.drop(columns="customers"))


def test_amounts_as_booked_are_converted_at_the_rate_of_their_day(small: Small, db: Db) -> None:
    ledger, billing, usage, accounts = small
    rates = db(
        "rates",
        {
            "currency": ["EUR", "EUR", "JPY"],
            "first_day": days("2026-01-01", "2026-01-10", "2026-02-01"),
            "last_day": days("2026-01-09", "2026-01-31", "2026-02-28"),
            "rate": pa.array(
                [Decimal(rate) for rate in ("1.2", "1.1", "0.006549")], pa.decimal128(38, 16)
            ),
        },
    )
    cells = cube(
        ledger.drop("amount"), billing.drop("amount"), usage, accounts, rates=rates, currency="USD"
    )
    atlas = cell(cells, "2026-01", "Atlas")
    assert atlas["revenue"] == 102.50  # 100 EUR x 1.1, the rate of the 10th, less 7.50
    assert cell(cells, "2026-02", "Borea")["billed"] == 6.55  # 6.549 rounded once, at the end


def test_a_currency_of_three_decimals_keeps_them_until_the_end(small: Small, db: Db) -> None:
    _, billing, usage, accounts = small
    booked = {
        "period": ["2026-01"], "product": ["Atlas"], "account": ["4000"],
        "posting_date": days("2026-01-10"), "currency": ["KWD"],
        "amount_local": pa.array([Decimal("1.234")], pa.decimal128(18, 3)),
    }  # fmt: skip
    rates = db(
        "rates",
        {
            "currency": ["KWD"],
            "first_day": days("2026-01-01"),
            "last_day": days("2026-01-31"),
            "rate": pa.array([Decimal(3)], pa.decimal128(38, 16)),
        },
    )
    none = billing.drop("amount").limit(0)
    cells = cube(db("kwd", booked), none, usage, accounts, rates=rates, currency="USD")
    assert cell(cells, "2026-01", "Atlas")["revenue"] == 3.70  # 1.234 x 3 = 3.702


def test_an_amount_without_a_rate_is_named(small: Small, db: Db) -> None:
    ledger, billing, usage, accounts = small
    rates = db(
        "rates",
        {
            "currency": ["EUR"],
            "first_day": days("2026-01-01"),
            "last_day": days("2026-01-31"),
            "rate": pa.array([Decimal("1.1")], pa.decimal128(38, 16)),
        },
    )
    with pytest.raises(MeasureError, match="no rate for JPY on 2026-02-02") as error:
        cube(ledger, billing, usage, accounts, rates=rates, currency="USD")
    assert "billing" in str(error.value)
    with pytest.raises(MeasureError, match="no reporting currency"):
        cube(ledger, billing, usage, accounts, rates=rates)


def test_cells_equal_a_group_by_in_pandas_in_any_order_of_rows(db: Db) -> None:
    dice = np.random.default_rng(5)
    rows = 4000
    usage = pd.DataFrame(
        {
            "period": dice.choice(["2026-01", "2026-02", "2026-03"], rows),
            "product": dice.choice(["Atlas", "Borea", "Cirrus"], rows),
            "customer": [f"c{k}" for k in dice.integers(0, 300, rows)],
            "units": dice.integers(1, 9, rows),
        }
    )
    nothing = {"period": pa.array([], pa.string()), "product": pa.array([], pa.string())}
    none = {"amount": pa.array([], MONEY)}
    ledger = db("ledger", nothing | none | {"account": pa.array([], pa.string())})
    billing, accounts = db("billing", nothing | none), db("accounts", ACCOUNTS)
    by = usage.groupby(["period", "product"])
    for name, table in (("one", usage), ("two", usage.sample(frac=1, random_state=3))):
        columns = {column: pa.array(table[column].tolist()) for column in table.columns}
        cells = cube(ledger, billing, db(name, columns), accounts, customers="exact")
        assert cells["events"].tolist() == by.size().tolist()
        assert cells["units"].tolist() == by["units"].sum().tolist()
        assert cells["customers"].tolist() == by["customer"].nunique().tolist()


def test_an_approximate_count_says_how_far_it_is_off(small: Small) -> None:
    cells = cube(*small, customers="approximate")
    assert cells.attrs["customers"].startswith("approximate: in 2026-01, ")
    assert cell(cells, "2026-01", "Atlas")["customers"] == 2
    assert "customers" not in cube(*small).attrs


def test_a_way_to_count_that_is_none_is_named_with_the_nearest(small: Small) -> None:
    with pytest.raises(MeasureError, match="no way 'exakt'") as error:
        cube(*small, customers="exakt")
    assert "'exact'" in str(error.value)


def test_a_missing_column_is_named_with_the_nearest(small: Small) -> None:
    ledger, billing, usage, accounts = small
    with pytest.raises(ContractError, match="column 'units' is not there") as error:
        cube(ledger, billing, usage.rename(unit="units"), accounts)
    assert "usage" in str(error.value)
    assert "'unit'" in str(error.value)


def test_empty_tables_give_an_empty_cube(small: Small) -> None:
    ledger, billing, usage, accounts = small
    for customers in ("none", "exact", "approximate"):
        cells = cube(
            ledger.limit(0), billing.limit(0), usage.limit(0), accounts, customers=customers
        )
        assert len(cells) == 0
        assert "reason" in cells.columns


def test_a_book_gives_its_tables_as_expressions(demo: Demo) -> None:
    book = pf.open_book(demo.folder, period=demo.period)
    cells = pf.cube(
        *(book.expression(name) for name in ("actuals", "invoices", "usage", "accounts"))
    )
    month = book.statement[book.statement["version"] == "actual"]
    income = month[month["group"].isin(["gross", "returns", "other"])].groupby("period")["amount"]
    by_month = cells.groupby("period")["revenue"].sum()
    for period, amount in income.sum().items():
        assert by_month[period] == pytest.approx(amount, abs=0.05)
