"""Every amount of a table is converted at the rate of its row, exact to its own decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Shop = Any

BOOK = """
    [[sources]]
    name = "rates"
    table = "rates"
    path = "rates.csv"
    known_on = { column = "date" }
    columns = { date = "date", currency = "currency", rate = "rate" }

    [[sources]]
    name = "bill"
    table = "cloud"
    path = "bill.csv"
    known_on = { date = 2026-02-05 }
"""
BILL = """
    BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,ProviderName,ServiceName,ChargeCategory,BillingCurrency,BilledCost,EffectiveCost,ListCost
    2026-01-01,2026-01-01,2026-02-01,Acme,VMs,Usage,USD,10.00,0.00000000123,20.00
    2026-01-01,2026-01-01,2026-02-01,Acme,VMs,Usage,EUR,1.00,2.00,
    2026-01-01,2026-01-01,2026-02-01,Acme,VMs,Usage,JPY,1000,500,1000
"""
RATES = """
    date,currency,rate
    2026-01-31,USD,0.9
    2026-01-31,JPY,0.00625
"""


def test_every_amount_of_a_bill_is_converted(shop: Shop) -> None:
    # By hand: 0.00000000123 USD at 0.9 is 0.000000001107 EUR; 1000 JPY at 0.00625 are 6.25 EUR.
    shop.ledger(BOOK, {"rates.csv": RATES, "bill.csv": BILL})
    book = shop.open()
    rows = book.conformed.engine.rows(
        "SELECT billing_currency, amount, billed_amount, list_amount, contracted_amount "
        "FROM final_cloud ORDER BY 1"
    )
    assert rows == [
        ("EUR", Decimal(2), Decimal(1), None, None),
        ("JPY", Decimal("3.125"), Decimal("6.25"), Decimal("6.25"), None),
        ("USD", Decimal("0.000000001107"), Decimal(9), Decimal(18), None),
    ]


def test_the_list_of_conversions_names_what_a_bill_was_converted_with(shop: Shop) -> None:
    shop.ledger(BOOK, {"rates.csv": RATES, "bill.csv": BILL})
    found = shop.open().conversions.set_index("currency")
    assert set(found["table"]) == {"cloud"}
    assert (found.loc["JPY", "rate"], found.loc["JPY", "amount_local"]) == (0.00625, 500.0)
    assert found.loc["JPY", "amount"] == 3.125
