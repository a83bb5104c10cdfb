from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.conversions import BY_SOURCE
from pfkit.conform.engine import Engine
from pfkit.conform.rates import converted_sql
from pfkit.errors import ContractError

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

RATES = """
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = { column = "date" }
PER
[sources.columns]
date = "date"
currency = "currency"
rate = "rate"
kind = "kind"
against = "against"
"""


def opened(
    shop: Shop,
    rates: str,
    billing: str,
    *,
    per: str = "",
    source: str = "",
    head: str = "",
) -> Book:
    """Open a shop with rates (date, currency, rate, kind, against) and invoice lines."""
    shop.declare(
        source,
        head=head,
        columns='currency = "money"',
        product="product = { constant = 'tea' }",
        tail=RATES.replace("PER", per),
    )
    shop.write("rates.csv", "date,currency,rate,kind,against\n" + rates)
    book: Book = shop.open("id,day,amount,money\n" + billing)
    return book


def amounts(book: Book) -> list[float]:
    return list(book.invoices["amount"])


def test_an_inverse_rate_converts_to_the_cent(shop: Shop) -> None:
    # 1 EUR = 163.20 JPY: 1 000 000 JPY / 163.20 = 6 127.450980
    book = opened(
        shop, "2026-01-31,JPY,163.20,average,\n", "A1,2026-01-05,1000000,JPY\n",
        per='per = "reporting"',
    )  # fmt: skip
    assert amounts(book) == [pytest.approx(6127.45098, abs=1e-5)]
    (row,) = book.conversions.to_dict("records")
    assert (row["path"], row["stated"]) == ("inverse", "163.2 JPY per EUR")
    assert (row["file"], row["line"], str(row["rate_date"])) == ("rates.csv", "2", "2026-01-31")


def test_a_small_direct_rate_keeps_its_digits(shop: Shop) -> None:
    # 1 IDR = 0.0000571234567 EUR: ten billion rupiah are 571 234.567 EUR
    book = opened(
        shop, "2026-01-31,IDR,0.0000571234567,average,\n", "A1,2026-01-05,10000000000,IDR\n"
    )
    assert amounts(book) == [571234.567]


def test_a_pair_may_name_both_currencies(shop: Shop) -> None:
    # EUR/USD 1.25 is 0.80 EUR per USD
    book = opened(shop, "2026-01-31,EUR,1.25,average,USD\n", "A1,2026-01-05,100,USD\n")
    assert amounts(book) == [80.0]


def test_a_cross_goes_through_the_third_currency(shop: Shop) -> None:
    # 1 CHF = 1.10 USD and 1 EUR = 1.25 USD: 1 CHF = 1.10 / 1.25 = 0.88 EUR
    book = opened(
        shop,
        "2026-01-31,CHF,1.10,average,USD\n2026-01-31,EUR,1.25,average,USD\n",
        "A1,2026-01-05,100,CHF\nA2,2026-01-05,100,USD\n",
    )
    assert amounts(book) == [pytest.approx(88.0, abs=1e-6), 80.0]
    rows = book.conversions.set_index("currency")
    assert rows.loc["CHF", "path"] == "cross through USD"
    assert rows.loc["CHF", "stated"] == "1.1 USD per CHF, 1.25 USD per EUR"
    assert rows.loc["CHF", "line"] == "2, 3"


def test_a_direct_rate_counts_before_an_inverse_and_a_cross(shop: Shop) -> None:
    book = opened(
        shop,
        "2026-01-31,EUR,1.25,average,USD\n2026-01-31,USD,0.81,average,\n"
        "2026-01-31,CHF,1.10,average,USD\n2026-01-31,EUR,1.12,average,CHF\n",
        "A1,2026-01-05,100,USD\nA2,2026-01-05,112,CHF\n",
    )
    assert amounts(book) == [81.0, pytest.approx(100.0, abs=1e-6)]
    assert list(book.conversions.set_index("currency").loc[["USD", "CHF"], "path"]) == [
        "direct",
        "inverse",
    ]


@pytest.mark.parametrize(
    ("inverse", "flagged"),
    # 1 / 0.8 = 1.25; to one decimal 1.2 and 1.3 are both within rounding of 0.8 (0.75 to 0.85)
    [("1.25", False), ("1.3", False), ("1.25000", False), ("1.40", True), ("1.50", True)],
)
def test_both_directions_must_agree_within_rounding(
    shop: Shop, inverse: str, *, flagged: bool
) -> None:
    book = opened(
        shop,
        f"2026-01-31,USD,0.8,average,EUR\n2026-01-31,EUR,{inverse},average,USD\n",
        "A1,2026-01-31,100,USD\n",
    )
    found = book.controls[book.controls["control"] == "Rate pairs"]
    assert bool(len(found)) is flagged
    if flagged:
        assert "per EUR and 0.8 EUR per USD are" in found["detail"].item()
        assert "(rates.csv, lines " in found["detail"].item()


def test_a_source_may_have_a_kind_of_its_own(shop: Shop) -> None:
    rates = "2026-01-31,USD,0.90,average,\n2026-01-31,USD,0.80,closing,\n"
    line = "A1,2026-01-05,100,USD\n"
    assert amounts(opened(shop, rates, line)) == [90.0]
    assert amounts(opened(shop, rates, line, source='rate_kind = "closing"')) == [80.0]


def test_a_budget_rate_holds_until_the_next_one_of_its_year(shop: Shop) -> None:
    rates = "2026-01-01,USD,0.90,budget,\n2026-07-01,USD,0.80,budget,\n"
    kind = 'rate_kind = "budget"'
    billing = "A1,2026-01-05,100,USD\nA2,2026-06-30,100,USD\nA3,2026-12-31,100,USD\n"
    assert amounts(opened(shop, rates, billing, source=kind)) == [90.0, 90.0, 80.0]
    with pytest.raises(ContractError, match="no rate for USD in 2027-01"):
        opened(shop, rates, "A1,2027-01-01,100,USD\n", source=kind)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("daily", "the nearest daily rates held are of 2026-01-02 and 2026-01-20."),
        ("closing", "the nearest closing rates held are of 2025-12-31."),
        (
            "budget",
            "no budget rate of USD is held, only closing, daily; take one by `rate_kind`.",
        ),
    ],
)
def test_a_missing_rate_names_the_nearest_of_its_kind(shop: Shop, kind: str, said: str) -> None:
    rates = "2026-01-02,USD,0.9,daily,\n2026-01-20,USD,0.8,daily,\n2025-12-31,USD,0.7,closing,\n"
    with pytest.raises(ContractError) as caught:
        opened(shop, rates, "A1,2026-01-15,1200.50,USD\n", source=f'rate_kind = "{kind}"')
    assert caught.value.what == "no rate for USD in 2026-01 (1 rows, 1,200.50 USD)"
    assert caught.value.advice.startswith(f"Add the {kind} rate of 2026-01-15 to the source")
    assert caught.value.advice.endswith(said)


def test_a_daily_rate_never_counts_for_a_day_before_it(shop: Shop) -> None:
    with pytest.raises(ContractError, match="no rate for USD"):
        opened(
            shop, "2026-01-06,USD,0.9,daily,\n", "A1,2026-01-05,1,USD\n",
            head='[policies]\nrate_kind = "daily"',
        )  # fmt: skip


def test_columns_by_currency_come_through_unpivot(shop: Shop) -> None:
    shop.declare(
        columns='currency = "money"',
        product="product = { constant = 'tea' }",
        tail="""
        [[sources]]
        name = "rates"
        table = "rates"
        path = "ecb.csv"
        per = "reporting"
        known_on = { column = "Date" }
        unpivot = { columns = ["USD", "JPY"], into = "money", value = "rate" }
        [sources.columns]
        date = "Date"
        currency = "money"
        rate = "rate"
        kind = { constant = "daily" }
        """,
        head='[policies]\nrate_kind = "daily"',
    )
    # a Friday's rate holds over the weekend
    shop.write("ecb.csv", "Date,USD,JPY\n2026-01-02,1.25,160\n2026-01-05,1.00,200\n")
    book = shop.open(
        "id,day,amount,money\nA1,2026-01-04,100,USD\nA2,2026-01-02,160,JPY\nA3,2026-01-05,7,USD\n"
    )
    assert amounts(book) == [80.0, pytest.approx(1.0, abs=1e-6), 7.0]


def test_conversions_add_up_to_the_amounts_of_the_period(shop: Shop) -> None:
    book = opened(
        shop,
        "2026-01-02,USD,0.913,daily,\n2026-01-06,USD,0.917,daily,\n2026-01-02,CHF,1.031,daily,\n",
        "A1,2026-01-03,10.01,USD\nA2,2026-01-06,20.02,USD\nA3,2026-01-04,7.77,CHF\n"
        "A4,2026-01-04,-3.33,USD\nA5,2026-01-31,5,EUR\n",
        head='[policies]\nrate_kind = "daily"',
    )
    found = book.conversions
    foreign = book.invoices[book.invoices["currency"] != "EUR"]
    assert found["amount"].sum() == pytest.approx(foreign["amount"].sum(), abs=1e-6)
    assert (found["amount_local"] * found["rate"] - found["amount"]).abs().max() < 0.005
    # two rows at 0.913: (10.01 - 3.33) * 0.913 = 6.09884
    first = found[(found["currency"] == "USD") & (found["rate"] == 0.913)].iloc[0]
    assert (first["rows"], round(first["amount"], 5)) == (2, 6.09884)


def test_what_the_source_converted_carries_the_rate_it_implies(shop: Shop) -> None:
    shop.declare(amount='amount_local = "usd"\namount = "eur"', columns='currency = "money"')
    book = shop.open("id,day,item,usd,eur,money\nA1,2026-01-31,tea,100,91.5,USD\n")
    (row,) = book.conversions.to_dict("records")
    assert (row["path"], row["rate"], row["rows"]) == (BY_SOURCE, pytest.approx(0.915), 1)


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [
        # to the cent where one decimal place more or less of the rate would lose it
        ("1000000", "163.9344262295081967", "163934426.229508"),  # 1e6 / 0.0061
        ("10000000000", "0.0000370370370370", "370370.370370"),  # 1e10 / 27000
        ("-0.01", "0.5", "-0.005000"),
        ("12345678.90", "1", "12345678.900000"),
    ],
)
def test_an_amount_times_a_rate_is_exact(amount: str, rate: str, expected: str) -> None:
    sql = converted_sql("m.amount", "m.currency", "EUR")
    ((found,),) = Engine().rows(
        f"SELECT {sql} FROM (SELECT CAST(? AS DECIMAL(28, 6)) AS amount, 'XXX' AS currency) m, "
        "(SELECT CAST(? AS DECIMAL(38, 16)) AS rate) r",
        [amount, rate],
    )
    assert abs(Decimal(found) - Decimal(expected)) <= Decimal("0.0001")
