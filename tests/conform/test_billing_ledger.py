"""Billing against a ledger that defers: what ties, and the class of what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

BOOK = """
    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [
        { account = "4000", name = "Fees", line = "Fees", group = "gross", favorable_when = "higher" },
        { account = "2400", name = "Deferred", line = "Deferred revenue", group = "outside", favorable_when = "higher" },
    ]

    [[sources]]
    name = "gl"
    table = "actuals"
    path = "gl.csv"
    known_on = { column = "day" }
    columns = { posting_date = "day", account = "account", product = "product", amount_local = "amount", origin = "origin" }

    [[sources]]
    name = "billing"
    table = "invoices"
    path = "billing.csv"
    known_on = { column = "day" }
    LEDGER
    columns = { invoice_id = "id", invoice_date = "day", product = { column = "item", map = "items" }, amount_local = "amount", service_start = "from", service_end = "to" }

    [maps.items]
    values = { tea = "tea", cake = "cake" }
    unmapped = "New products"
"""  # noqa: E501 (a declaration as it stands)
DECLARED = 'ledger = { accounts = ["4000"], deferred = ["2400"] }'
#: 360 a year for tea from 1 January: 31 and 28 of 365 days earned; 50 of cake a month.
BILLING = """
    id,day,item,amount,from,to
    A1,2026-01-01,tea,365.00,2026-01-01,2026-12-31
    B1,2026-01-31,cake,50.00,,
    B2,2026-02-28,cake,50.00,,
"""
LEDGER = """
    day,account,product,amount,origin
    2026-01-31,4000,tea,31,system
    2026-01-31,2400,tea,334,system
    2026-01-31,4000,cake,50,system
    2026-02-28,4000,tea,28,system
    2026-02-28,2400,tea,-28,system
    2026-02-28,4000,cake,50,system
"""


def opened(shop: Shop, gl: str = LEDGER, *, billing: str = BILLING, ledger: str = DECLARED) -> Book:
    shop.ledger(BOOK.replace("LEDGER", ledger), {"gl.csv": gl, "billing.csv": billing})
    found: Book = shop.open(period="2026-02")
    return found


def by_product(book: Book, month: str) -> dict[str, dict[str, Any]]:
    period = book.calendar.period(month)
    found = pf.billing_ledger(book.billing_ledger, period=period, by="product")
    return found.set_index("label").to_dict("index")  # type: ignore[return-value]


def test_a_ledger_that_defers_ties_by_product_and_month(shop: Shop) -> None:
    book = opened(shop)
    for month, deferred in (("2026-01", 334), ("2026-02", -28)):
        total = by_product(book, month)["Total"]
        assert total["ties"] is True
        assert (total["deferred"], total["ledger_deferred"]) == (deferred, deferred)
        assert (total["difference"], total["deferred_difference"]) == (0, 0)
        assert total["accounts"] == "4000, 2400"
    assert book.controls.set_index("control").loc["Billing ties to ledger", "state"] == "green"


def test_revenue_booked_when_billed_is_told(shop: Shop) -> None:
    """The ledger earns all of 365 in January, and nothing of it in February."""
    gl = LEDGER.replace("4000,tea,31,", "4000,tea,365,").replace("2400,tea,334,", "2400,tea,0,")
    gl = gl.replace("4000,tea,28,", "4000,tea,0,").replace("2400,tea,-28,", "2400,tea,0,")
    book = opened(shop, gl)
    january, february = (by_product(book, month)["tea"] for month in ("2026-01", "2026-02"))
    assert (january["difference"], january["not_deferred"]) == (334, 334)
    assert (february["difference"], february["not_deferred"]) == (-28, -28)
    assert january["deferred_difference"] == -334
    assert january["unexplained"] == 0


def test_an_entry_a_month_late_is_timing_and_one_by_hand_is_manual(shop: Shop) -> None:
    gl = LEDGER.replace("2026-01-31,4000,cake,50,system", "2026-02-02,4000,cake,50,system")
    gl += "    2026-02-20,4000,tea,7,manual\n"
    book = opened(shop, gl)
    cake = [by_product(book, month)["cake"]["timing"] for month in ("2026-01", "2026-02")]
    assert cake == [-50, 50]
    tea = by_product(book, "2026-02")["tea"]
    assert (tea["difference"], tea["manual"], tea["unexplained"]) == (7, 7, 0)
    assert by_product(book, "2026-02")["Total"]["ties"] is False


def test_a_row_held_back_and_a_product_without_a_mapping(shop: Shop) -> None:
    """9 of cake cannot count (its service is reversed); 20 of scones are booked as cake."""
    billing = BILLING + "    B3,2026-02-27,cake,9.00,2026-02-27,2026-02-01\n"
    billing += "    B4,2026-02-28,scone,20.00,,\n"
    book = opened(shop, LEDGER.replace("02-28,4000,cake,50", "02-28,4000,cake,79"), billing=billing)
    found = by_product(book, "2026-02")
    assert (found["cake"]["unmapped"], found["cake"]["held_back"]) == (20, 9)
    assert found["New products"]["unmapped"] == -20
    assert found["Total"]["unexplained"] == 0
    assert found["Total"]["difference"] == 9


def test_without_accounts_of_deferred_revenue_only_revenue_is_compared(shop: Shop) -> None:
    book = opened(shop, ledger="")
    total = by_product(book, "2026-01")["Total"]
    assert total["reason"] == "the book declares no account of deferred revenue"
    assert total["accounts"] == "gross revenue, returns and other revenue"
    assert total["ties"] is True


def test_only_invoices_and_a_cloud_bill_are_held_against_the_ledger(shop: Shop) -> None:
    book = BOOK.replace('path = "gl.csv"', f'path = "gl.csv"\n    {DECLARED}')
    shop.ledger(book.replace("LEDGER", ""), {"gl.csv": LEDGER, "billing.csv": BILLING})
    with pytest.raises(pf.BookError, match="only a cloud bill and invoices are held against"):
        shop.open(period="2026-02")
