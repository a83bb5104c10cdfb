"""Billing exports beside a ledger that defers: both tie, month by month, to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import pfkit as pf

if TYPE_CHECKING:
    Shop = Any

BOOK = """
    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [
        {{ account = "4000", name = "Fees", line = "Fees", group = "gross", favorable_when = "higher" }},
        {{ account = "2400", name = "Deferred", line = "Deferred revenue", group = "outside", favorable_when = "higher" }},
    ]
    [[sources]]
    name = "ledger"
    path = "ledger.csv"
    adapter = "xero-journal-lines"
    [[sources]]
    name = "billing"
    path = "billing.csv"
    adapter = "{adapter}"
    ledger = {{ accounts = ["4000"], deferred = ["2400"] }}
    columns = {{ {product} }}
    {more}
"""
#: 365.00 for the days of 2026, billed on 1 January: 31 of them earned in January, 28 in February. 100.00
#: for January, billed and half of it given back in February.
LEDGER = """
    JournalID,JournalLineID,JournalDate,CreatedDateUTC,AccountCode,NetAmount,SourceType
    j1,l1,2026-01-31,2026-01-31 18:00:00,4000,-131.00,ACCREC
    j1,l2,2026-01-31,2026-01-31 18:00:00,2400,-334.00,ACCREC
    j2,l3,2026-02-28,2026-02-28 18:00:00,4000,-28.00,MANJOURNAL
    j2,l4,2026-02-28,2026-02-28 18:00:00,2400,28.00,MANJOURNAL
    j3,l5,2026-02-28,2026-02-28 18:00:00,4000,50.00,ACCRECCREDIT
"""
#: 2026-01-01, 2026-02-01, 2027-01-01 and 2026-02-10, at midnight in UTC, in seconds.
STRIPE = """
    id,invoice_id,invoice_created,amount,currency,description,period_start,period_end,proration,status,price_id,customer_id
    il_1,in_1,1767225600,36500,eur,Year,1767225600,1798761600,false,paid,tea,cus_1
    il_2,in_1,1767225600,10000,eur,January,1767225600,1769904000,false,paid,tea,cus_1
    il_3,in_2,1770681600,-5000,eur,Back,1770681600,1770681600,true,paid,tea,cus_1
    il_4,in_3,1770681600,9900,eur,Draft,1770681600,1772323200,false,draft,tea,cus_1
"""
CHARGEBEE = """
    id,invoice_id,date,currency_code,amount,discount_amount,date_from,date_to,entity_id,entity_type,status,customer_id
    li_1,1,1767225600,EUR,40000,3500,1767225600,1798761600,tea,plan_item_price,paid,c1
    li_2,1,1767225600,EUR,10000,0,1767225600,1769904000,tea,plan_item_price,paid,c1
    li_3,2,1770681600,EUR,-5000,0,1770681600,1770681600,tea,adhoc,paid,c1
    li_4,3,1770681600,EUR,9900,0,1770681600,1772323200,tea,plan_item_price,voided,c1
"""
ZUORA = """
    id,invoice_id,invoice_date,charge_date,charge_amount,tax_amount,transaction_currency,service_start_date,service_end_date,processing_type,sku,status,account_id
    z1,INV1,2026-01-01,2026-01-01 08:00:00,400.00,76.00,EUR,2026-01-01,2026-12-31,0,tea,Posted,a1
    z2,INV1,2026-01-01,2026-01-01 08:00:00,-35.00,0,EUR,2026-01-01,2026-12-31,1,tea,Posted,a1
    z3,INV1,2026-01-01,2026-01-01 08:00:00,100.00,19.00,EUR,2026-01-01,2026-01-31,0,tea,Posted,a1
    z4,INV2,2026-02-10,2026-02-10 08:00:00,-50.00,-9.50,EUR,2026-02-10,2026-02-10,0,tea,Posted,a1
    z5,INV3,2026-02-10,2026-02-10 08:00:00,99.00,18.81,EUR,2026-02-10,2026-03-09,0,tea,Draft,a1
"""


@pytest.mark.parametrize(
    ("adapter", "billing", "product"),
    [
        ("stripe-invoice-lines", STRIPE, "price_id"),
        ("chargebee-invoice-line-items", CHARGEBEE, "entity_id"),
        ("zuora-invoice-items", ZUORA, "sku"),
    ],
)
def test_billing_ties_to_the_ledger_each_month(
    adapter: str, billing: str, product: str, shop: Shop
) -> None:
    shop.ledger(
        BOOK.format(adapter=adapter, product=f'product = "{product}"', more=""),
        {"ledger.csv": LEDGER, "billing.csv": billing},
    )
    book = shop.open(period="2026-02")
    assert not book.checks.balance["rows_quarantined"].any()
    for month, earned, deferred in (("2026-01", 131.0, 334.0), ("2026-02", -22.0, -28.0)):
        found = pf.billing_ledger(book.billing_ledger, period=book.calendar.period(month))
        total = found.set_index("label").loc["Total"]
        assert total["ties"], month
        assert (total["deferred"], total["ledger_deferred"]) == (deferred, deferred)
        booked = book.revenue.loc[book.revenue["period"] == month, "amount"].sum()
        assert booked == pytest.approx(earned, abs=0.005)


def test_a_balance_of_stripe_splits_into_sales_and_fees_and_nothing_is_lost(shop: Shop) -> None:
    """200.00 and 20.00 back are sales; 6.10 and 0.50 are kept; 150.00 went to the bank."""
    shop.ledger(
        """
        [[sources]]
        name = "sales"
        path = "stripe.csv"
        adapter = "stripe-balance-transactions"
        [[sources]]
        name = "fees"
        path = "stripe.csv"
        adapter = "stripe-fees"
        """,
        {
            "stripe.csv": """
                id,amount,fee,net,currency,created,type
                t1,20000,610,19390,eur,1767225600,charge
                t2,-2000,0,-2000,eur,1767225600,refund
                t3,-50,0,-50,eur,1767225600,stripe_fee
                t4,-15000,0,-15000,eur,1767225600,payout
            """
        },
    )
    book = shop.open(period="2026-01")
    sold, kept = book.table("invoices")["amount"].sum(), book.actuals["amount"].sum()
    assert (sold, kept) == (180.0, 6.6)
    assert sold - kept - 150.0 == pytest.approx(193.90 - 20.0 - 0.50 - 150.0)  # the balance left
