from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Shop = Any

STATEMENT = """
[statement]
sale = { line = "Sales", group = "gross", unit = "boxes" }
refund = { line = "Refunds", group = "returns" }
deposit = { line = "Deposits", group = "outside" }
"""
LINES = """
    id,day,item,who,what,units,amount
    A1,2026-01-05,tea,K1,sale,10,100.00
    A1,2026-01-05,coffee,K1,sale,2,20.00
    A2,2026-01-06,tea,K2,sale,1,7.00
    A3,2026-01-08,tea,K1,refund,-1,-10.00
    A4,2026-01-09,tea,K3,deposit,1,5.00
    A5,2026-01-31,tea,K1,sale,,3.00
"""


def by(drivers: pd.DataFrame, driver: str, column: str) -> dict[str, float]:
    rows = drivers[drivers["driver"] == driver]
    return {str(k): float(v) for k, v in rows.groupby(column)["units"].sum().items()}


def test_revenue_units_orders_and_customers_are_counted_from_invoices(shop: Shop) -> None:
    shop.declare(
        columns='kind = "what"\nquantity = "units"\ncustomer = "who"',
        tail=STATEMENT,
    )
    found = shop.open(LINES).drivers
    assert by(found, "revenue", "product") == {"coffee": 20.0, "tea": 100.0}
    assert by(found, "revenue", "customer") == {"K1": 113.0, "K2": 7.0}
    assert by(found, "units", "metric") == {"boxes": 13.0}
    # A1 has two products, half an order each; refunds and deposits are no orders
    assert by(found, "orders", "product") == {"coffee": 0.5, "tea": 2.5}
    # K1 bought both
    assert by(found, "customers", "product") == {"coffee": 0.5, "tea": 1.5}


def test_a_book_of_invoices_has_no_hours_and_no_usage(shop: Shop) -> None:
    shop.declare()
    assert set(shop.open().drivers["driver"]) == {"orders", "revenue"}
