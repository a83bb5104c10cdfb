"""Recurring revenue of a book: from a log of subscriptions, and from invoice lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import ContractError

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.book import Book

    Shop = Any

BOOK = """
    [[sources]]
    name = "subscriptions"
    table = "subscriptions"
    path = "subscriptions.csv"
    known_on = { column = "from", at = "day" }
    columns = { subscription = "id", customer = "customer", product = "product", start = "from", end = "to", monthly_local = "monthly", currency = "currency" }

    [[sources]]
    name = "rates"
    table = "rates"
    path = "rates.csv"
    known_on = { column = "date" }
    columns = { date = "date", currency = "currency", rate = "rate", kind = { constant = "average" } }
"""  # noqa: E501 (a declaration as it stands)
HEAD = "id,customer,product,from,to,monthly,currency\n"
RATES = "date,currency,rate\n2026-01-31,USD,0.90\n2026-02-28,USD,0.80\n"


def opened(shop: Shop, lines: str, *, rates: str = RATES, period: str = "2026-02") -> Book:
    """Open a book of subscriptions with one invoice in each month, so that it has a period."""
    tail = "[[sources]]\nname = 'billing'\ntable = 'invoices'\npath = 'billing.csv'\n"
    tail += "known_on = { column = 'day' }\n"
    tail += "columns = { invoice_id = 'id', invoice_date = 'day', product = 'item', "
    tail += "amount_local = 'amount', currency = { constant = 'EUR' } }\n"
    bills = "id,day,item,amount\nA1,2026-01-31,tea,1\nA2,2026-02-28,tea,1\n"
    body = HEAD + "".join(line.strip() + "\n" for line in lines.strip().splitlines())
    files = {"subscriptions.csv": body, "rates.csv": rates, "billing.csv": bills}
    shop.ledger(BOOK + tail, files)
    found: Book = shop.open(period=period)
    return found


def by_month(recurring: pd.DataFrame) -> dict[tuple[str, str], float]:
    sums = recurring.groupby(["period", "customer"])["amount"].sum()
    return {(str(key[0]), str(key[1])): round(float(v), 2) for key, v in sums.items()}


def test_a_row_holds_until_the_next_of_its_subscription(shop: Shop) -> None:
    book = opened(
        shop,
        """
        S1,A,tea,2026-01-10,,100,EUR
        S1,A,tea,2026-02-15,,120,EUR
        S2,B,tea,2026-01-01,,50,EUR
        S2,B,tea,2026-02-01,,0,EUR
        """,
    )
    assert by_month(book.recurring) == {
        ("2026-01", "A"): 100, ("2026-01", "B"): 50, ("2026-02", "A"): 120,
    }  # fmt: skip


def test_a_month_counts_what_holds_on_its_last_day(shop: Shop) -> None:
    book = opened(shop, "S1,A,tea,2026-01-31,2026-02-27,100,EUR")
    assert by_month(book.recurring) == {("2026-01", "A"): 100}


def test_each_month_is_converted_at_its_own_rate(shop: Shop) -> None:
    book = opened(shop, "S1,A,tea,2026-01-01,,100,USD")
    assert by_month(book.recurring) == {("2026-01", "A"): 90, ("2026-02", "A"): 80}


def test_a_currency_without_a_rate_is_refused(shop: Shop) -> None:
    book = opened(shop, "S1,A,tea,2026-01-01,,100,SEK")
    with pytest.raises(
        ContractError,
        match=r"no rate for SEK in 2026-01 \(1 customers, 100\.00 SEK a month\)\n.*average rate",
    ):
        _ = book.recurring


def test_rows_that_contradict_themselves_are_held_back(shop: Shop) -> None:
    book = opened(
        shop,
        """
        S1,A,tea,2026-01-10,2026-01-01,100,EUR
        S2,B,tea,2026-01-01,,-50,EUR
        S3,C,tea,2026-01-01,,70,EUR
        """,
    )
    assert by_month(book.recurring) == {("2026-01", "C"): 70, ("2026-02", "C"): 70}
    held = dict(
        book.conformed.engine.rows(
            "SELECT _line, _reason FROM rows_subscriptions WHERE _status = 'quarantined'"
        )
    )
    assert held == {"2": "end before start", "3": "value out of range"}


def test_rows_that_overlap_are_left_out_and_told(shop: Shop) -> None:
    book = opened(
        shop,
        """
        S1,A,tea,2026-01-01,2026-06-30,100,EUR
        S1,A,tea,2026-02-01,,120,EUR
        """,
    )
    assert by_month(book.recurring) == {("2026-01", "A"): 100, ("2026-02", "A"): 100}
    controls = book.controls.set_index("control")
    assert controls.loc["Subscriptions overlap", "state"] == "red"
    assert controls.loc["Subscriptions overlap", "detail"] == (
        "1 row is left out, 120.00 a month: S1 starts again on 2026-02-01 "
        "(subscriptions.csv, line 3) and runs to 2026-06-30 already"
    )


def test_a_book_without_subscriptions_reads_its_recurring_invoice_lines(shop: Shop) -> None:
    """360 a year is 30 a month; a month's fee counts in its month; what does not recur, nowhere."""
    shop.declare(
        columns='customer = "who"\nkind = "kind"\nservice_start = "from"\nservice_end = "to"',
        tail="""
        [statement]
        fee = { line = "Fees", group = "gross", recurring = true }
        setup = { line = "Setup", group = "gross" }
        """,
    )
    book = shop.open(
        "id,day,item,amount,who,kind,from,to\n"
        "A1,2026-01-05,tea,360,A,fee,2026-01-01,2026-12-31\n"
        "A2,2026-01-31,tea,20,B,fee,2026-01-10,2026-01-20\n"
        "A3,2026-02-05,tea,99,B,setup,,\n",
        period="2026-02",
    )
    assert by_month(book.recurring) == {
        ("2026-01", "A"): 30, ("2026-01", "B"): 20, ("2026-02", "A"): 30,
    }  # fmt: skip


def test_a_book_with_neither_has_none(shop: Shop) -> None:
    shop.declare()
    assert shop.open(period="2026-01").recurring.empty
