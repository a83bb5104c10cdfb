from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Shop = Any

RATES = """
[[sources]]
name = "fx"
table = "rates"
known_on = { date = 2026-01-31 }
lines = [
  { date = "2026-01-31", currency = "JPY", rate = 0.006 },
  { date = "2026-01-31", currency = "KWD", rate = 3.0 },
  { date = "2026-01-31", currency = "ISK", rate = 0.007 },
]
"""


def opened(shop: Shop, source: str, csv: str) -> list[float]:
    shop.declare(source, columns='currency = "money"', tail=RATES)
    return [float(amount) for amount in shop.open(csv).table("invoices")["amount_local"]]


def test_a_minor_unit_is_that_of_the_currency(shop: Shop) -> None:
    # ISO 4217: the yen has no decimals, the Kuwaiti dinar three, the euro two
    csv = """
        id,day,item,amount,money
        A1,2026-01-05,tea,1234,EUR
        A2,2026-01-05,tea,1234,JPY
        A3,2026-01-05,tea,1234,KWD
        A4,2026-01-05,tea,1234,
    """
    assert opened(shop, 'unit = "minor"', csv) == [12.34, 1234.0, 1.234, 12.34]


@pytest.mark.parametrize(("given", "amount"), [("", 1234.0), ("minor_digits = { ISK = 2 }", 12.34)])
def test_a_source_may_count_otherwise(shop: Shop, given: str, amount: float) -> None:
    csv = "id,day,item,amount,money\nA1,2026-01-05,tea,1234,ISK\n"
    assert opened(shop, f'unit = "minor"\n{given}', csv) == [amount]


def test_thousands_are_thousands_of_any_currency(shop: Shop) -> None:
    csv = "id,day,item,amount,money\nA1,2026-01-05,tea,1.5,JPY\n"
    assert opened(shop, 'unit = "thousands"', csv) == [1500.0]
