from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Desk = Any
    Shop = Any

WIDE = """
    Date,USD,JPY,CYP,
    2026-01-30,1.25,160,N/A,
    2026-01-29,1.20,150,N/A,
"""


def test_reference_rates_say_what_a_euro_is_worth(desk: Desk) -> None:
    found = desk.tried("ecb-reference-rates", WIDE)
    assert found["accepted"] == 4  # nothing was stated for the Cyprus pound
    first = {key: found["rows"][0][key] for key in ("date", "currency", "against", "rate", "kind")}
    assert first == {
        "date": "2026-01-30",
        "currency": "EUR",
        "against": "USD",
        "rate": "1.25",
        "kind": "daily",
    }


@pytest.mark.parametrize(
    ("home", "amount"),
    [
        ("EUR", 100 / 1.25),  # the inverse
        ("USD", 100.0),
        ("JPY", 100 / 1.25 * 160),  # the cross over the euro
    ],
)
def test_a_book_in_any_currency_converts_with_them(shop: Shop, home: str, amount: float) -> None:
    shop.write(
        "book.toml",
        f"""
        company = {{ name = "Shop", currency = "{home}" }}
        policies = {{ rate_kind = "daily" }}
        [[sources]]
        name = "ecb"
        path = "ecb.csv"
        adapter = "ecb-reference-rates"
        [[sources]]
        name = "billing"
        table = "invoices"
        path = "billing.csv"
        known_on = {{ column = "day", at = "day" }}
        columns = {{ invoice_id = "id", invoice_date = "day", kind = {{ constant = "sale" }}, \
product = "item", currency = {{ constant = "USD" }}, amount_local = "amount" }}
        """,
    )
    shop.write("ecb.csv", WIDE)
    billed = shop.open("id,day,item,amount\nA1,2026-01-30,tea,100\n").table("invoices")
    assert billed["amount"].tolist() == pytest.approx([amount], abs=0.005)


def test_the_portal_states_days_averages_and_ends_of_months(desk: Desk) -> None:
    found = desk.tried(
        "ecb-data-portal",
        """
        KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE
        EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-01-30,1.25
        EXR.M.USD.EUR.SP00.A,M,USD,EUR,SP00,A,2026-01,1.22
        EXR.M.USD.EUR.SP00.E,M,USD,EUR,SP00,E,2026-01,1.24
        EXR.D.CYP.EUR.SP00.A,D,CYP,EUR,SP00,A,2026-01-30,NaN
        """,
    )
    assert (found["accepted"], found["excluded"]) == (3, 1)
    assert [(row["date"], row["kind"], row["rate"]) for row in found["rows"]] == [
        ("2026-01-30", "daily", "1.25"),
        ("2026-01-31", "average", "1.22"),
        ("2026-01-31", "closing", "1.24"),
    ]
    assert {(row["currency"], row["against"]) for row in found["rows"]} == {("EUR", "USD")}
