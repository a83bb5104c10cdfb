from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import pfkit as pf
from pfkit.errors import BookError

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

TRUST = """
    fiscal_year_start = 4
    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [{ account = "rent", name = "Rent", line = "Rent", group = "operating", favorable_when = "lower" }]

    [[sources]]
    name = "cash"
    table = "actuals"
    path = "cash.csv"
    known_on = { date = 2025-04-30 }
    columns = { period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }

    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    known_on = { date = 2025-03-01 }
    PHASE
    columns = { version = { constant = "board" }, period = "period", span = "span", account = "account", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML each)
FILES = {
    "cash.csv": "month,account,amount\n2025-04,rent,40.00\n",
    # April to June 2025, and the year to March 2026
    "plan.csv": "period,span,account,amount\n2025-06,quarter,rent,100.00\n2026-03,year,rent,0.08\n"
    "2025-05,month,rent,1.00\n2025-06,ytd,rent,7.00\n",
}


def _open(shop: Shop, phase: str = 'phase = "even"') -> Book:
    shop.ledger(TRUST.replace("PHASE", phase), FILES)
    return shop.open(period="2025-04")


def test_a_quarter_and_a_year_count_evenly_in_their_months(shop: Shop) -> None:
    budget = _open(shop).budget
    months = budget[budget["span"] == "month"].groupby("period")["amount"].sum().round(2)
    # thirds of 100.00 and twelfths of 0.08, each the rounded running total less the one before
    assert months.to_dict() == {
        "2025-04": 33.34,
        "2025-05": 34.34,
        "2025-06": 33.34,
        "2025-07": 0.01,
        "2025-08": 0.0,
        "2025-09": 0.01,
        "2025-10": 0.01,
        "2025-11": 0.0,
        "2025-12": 0.01,
        "2026-01": 0.01,
        "2026-02": 0.0,
        "2026-03": 0.01,
    }
    assert budget["amount"].sum() == pytest.approx(108.08)
    assert list(budget[budget["span"] == "ytd"]["amount"]) == [7.0]


def test_the_balance_counts_the_rows_of_the_file(shop: Shop) -> None:
    book = _open(shop)
    plan = book.balance[book.balance["source"] == "plan"]
    assert plan["rows_in"].sum() == 4
    assert plan["amount_in"].sum() == pytest.approx(108.08)
    (control,) = book.controls[book.controls["control"] == "Phased to months"].to_dict("records")
    assert control["state"] == "green"
    assert control["detail"] == (
        "2 rows stated by quarter or year count evenly in their months: "
        "100.08 in the months looked at"
    )


def test_the_profit_and_loss_has_a_plan(shop: Shop) -> None:
    book = _open(shop)
    result = pf.pnl(book.statement, period=book.period, plan=book.plan_version)
    rent = result[(result["line"] == "Rent") & (result["basis"] == "period")].iloc[0]
    assert (rent["actual"], rent["plan"]) == (-40.0, -33.34)


def test_without_it_the_page_says_why_there_is_none(shop: Shop) -> None:
    shop.ledger(
        TRUST.replace("PHASE", ""),
        FILES | {"plan.csv": "period,span,account,amount\n2025-06,quarter,rent,100.00\n"},
    )
    book = shop.open(period="2025-04")
    result = pf.pnl(book.statement, period=book.period, plan=book.plan_version)
    assert result["plan"].isna().all()
    assert result["reason"].str.startswith("board is not stated by month").all()


def test_only_a_table_with_spans_is_phased(shop: Shop) -> None:
    with pytest.raises(BookError, match="table invoices has no span"):
        shop.declare('phase = "even"')
