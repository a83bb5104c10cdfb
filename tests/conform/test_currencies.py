from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

RATES = """
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = { date = 2025-01-01 }
columns = { date = "date", currency = "currency", rate = "rate", kind = "kind" }
"""
LINES = (
    "id,day,item,amount,money\nA1,2025-01-10,tea,90,USD\nA2,2026-01-10,tea,100,USD\n"
    "A3,2026-01-20,tea,50,EUR\n"
)


def opened(shop: Shop, rates: str, head: str = "") -> Book:
    shop.declare(columns='currency = "money"', tail=RATES, head=head)
    shop.write("rates.csv", "date,currency,rate,kind\n" + rates)
    book: Book = shop.open(LINES, period="2026-01")
    return book


def dollars(book: Book) -> dict[str, Any]:
    found = book.currency_amounts
    (row,) = found[(found["period"] == "2026-01") & (found["currency"] == "USD")].to_dict("records")
    return row


def test_amounts_carry_the_rates_they_are_held_against(shop: Shop) -> None:
    book = opened(
        shop,
        "2025-01-31,USD,0.95,average\n2026-01-31,USD,0.80,average\n2026-01-01,USD,0.85,budget\n",
    )
    row = dollars(book)
    assert (row["amount_local"], row["amount"]) == (100, 80)
    assert (row["prior_year_rate"], row["budget_rate"]) == (0.95, 0.85)
    home = book.currency_amounts.query("currency == 'EUR'").iloc[0]
    assert (home["prior_year_rate"], home["budget_rate"]) == (1, 1)


def test_of_daily_rates_the_mean_of_the_month_counts(shop: Shop) -> None:
    rates = (
        "2025-01-09,USD,0.90,daily\n2025-01-13,USD,1.00,daily\n2025-02-03,USD,9.99,daily\n"
        "2026-01-09,USD,0.80,daily\n"
    )
    row = dollars(opened(shop, rates, '[policies]\nrate_kind = "daily"'))
    assert row["prior_year_rate"] == pytest.approx(0.95)
    assert row["budget_rate"] != row["budget_rate"]  # there is none


def test_without_rates_those_the_source_implies_count(shop: Shop) -> None:
    shop.declare(amount='amount_local = "usd"\namount = "eur"', columns='currency = "money"')
    book = shop.open(
        "id,day,item,usd,eur,money\nA1,2025-01-31,tea,90,81,USD\nA2,2026-01-31,tea,100,80,USD\n",
        period="2026-01",
    )
    assert dollars(book)["prior_year_rate"] == pytest.approx(0.9)


def test_a_book_in_one_currency_has_none(shop: Shop) -> None:
    shop.declare()
    assert shop.open().currency_amounts.empty


LEDGER = """
[[sources]]
name = "accounts"
table = "accounts"
lines = [{ account = "4000", name = "Sales", line = "Sales", group = "gross", favorable_when = "higher" }]
[[sources]]
name = "ledger"
table = "actuals"
path = "gl.csv"
known_on = { date = 2025-01-01 }
columns = { period = "month", product = { constant = "tea" }, account = { constant = "4000" }, currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML each)


@pytest.mark.parametrize(("first", "rate"), [("2024-11-30,USD,0.90,average\n", 0.9), ("", 0.95)])
def test_beside_a_ledger_invoices_count_as_they_are_earned(
    shop: Shop, first: str, rate: float
) -> None:
    # 120 USD billed in November 2025 for twelve months: 10 a month. January's part was converted
    # at November's rate, so a year before it would have been at that of November 2024, or where
    # nobody knows it at that of January 2025.
    shop.declare(
        columns='currency = "money"\nservice_start = "from"\nservice_end = "to"',
        tail=RATES + LEDGER,
        head='[policies]\nrecognition = "month"',
    )
    shop.write(
        "rates.csv",
        f"date,currency,rate,kind\n{first}2025-01-31,USD,0.95,average\n"
        "2025-11-30,USD,0.80,average\n2026-01-31,USD,0.70,average\n",
    )
    shop.write("gl.csv", "month,amount\n2025-01,9\n2026-01,8\n")
    book = shop.open(
        "id,day,item,amount,money,from,to\nA1,2025-11-01,tea,120,USD,2025-11-01,2026-10-31\n",
        period="2026-01",
    )
    row = dollars(book)
    assert (row["amount_local"], row["amount"], row["prior_year_rate"]) == (10, 8, rate)
