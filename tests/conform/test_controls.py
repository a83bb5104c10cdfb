from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.controls import control_results, worst
from pfkit.conform.evidence import report_months
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

POLICY = "[policies]\nmateriality_amount = 100"


def named(book: Book, control: str) -> list[dict[str, Any]]:
    found = book.controls[book.controls["control"] == control]
    return found.to_dict("records")


def test_a_clean_book_is_green(shop: Shop) -> None:
    shop.declare()
    book = shop.open()
    assert set(book.controls["state"]) == {"green"}
    (balance,) = named(book, "Balance")
    assert balance["detail"] == "2 rows in = accepted + quarantined + excluded"
    assert (balance["expected"], balance["actual"], balance["difference"]) == (30.5, 30.5, 0.0)


@pytest.mark.parametrize(("amount", "state"), [("100.00", "amber"), ("100.01", "red")])
def test_what_is_held_back_is_red_beyond_materiality(shop: Shop, amount: str, state: str) -> None:
    shop.declare('key = ["invoice_id"]', head=POLICY)
    book = shop.open(f"id,day,item,amount\nA1,2026-01-31,tea,1\nA1,2026-01-31,tea,{amount}\n")
    (held,) = named(book, "Held back")
    assert (held["state"], held["actual"]) == (state, float(amount))
    assert held["detail"] == "1 row quarantined"


def test_held_back_amounts_do_not_cancel_out(shop: Shop) -> None:
    shop.declare('key = ["invoice_id"]', head=POLICY)
    book = shop.open(
        "id,day,item,amount\nA1,2026-01-31,tea,1\nA1,2026-01-31,tea,90\nA1,2026-01-31,tea,-90\n"
    )
    (held,) = named(book, "Held back")
    assert (held["state"], held["actual"]) == ("red", 180.0)


def test_only_the_reports_months_are_judged(shop: Shop) -> None:
    shop.declare('key = ["invoice_id"]', head=POLICY)
    text = "id,day,item,amount\nA1,2026-01-31,tea,1\nA1,2026-01-31,tea,500\nA2,2026-02-28,tea,1\n"
    assert named(shop.open(text, period="2026-01"), "Held back")[0]["state"] == "red"
    assert named(shop.open(text, period="2026-02"), "Held back")[0]["state"] == "green"


@pytest.mark.parametrize(
    ("last", "partial"), [("2026-01-26", True), ("2026-01-27", False), ("2026-01-31", False)]
)
def test_a_last_month_cut_short_is_flagged(shop: Shop, last: str, partial: bool) -> None:  # noqa: FBT001 (an expected value)
    # Four days are allowed: 27 January is four days before the end, 26 January five.
    shop.declare()
    book = shop.open(f"id,day,item,amount\nA1,2026-01-05,tea,1\nA2,{last},tea,1\n")
    found = named(book, "Complete month")
    assert bool(found) is partial
    if partial:
        assert found[0]["state"] == "amber"
        assert found[0]["detail"] == (
            "the last row of 2026-01 is of 2026-01-26, the month ends 2026-01-31: it looks "
            "partial and is shown as it is, not annualized"
        )
        assert "set `complete_within_days = 5` or more in [policies]" in found[0]["advice"]


def test_an_earlier_month_is_not_partial(shop: Shop) -> None:
    shop.declare()
    text = "id,day,item,amount\nA1,2026-01-05,tea,1\nA2,2026-02-28,tea,1\n"
    assert named(shop.open(text, period="2026-01"), "Complete month") == []


def test_a_control_total_proves_the_file_not_the_month(shop: Shop) -> None:
    totals = '[[controls]]\nsource = "billing"\npath = "t.csv"\nperiod = "month"\namount = "eur"\n'
    shop.declare(tail=totals)
    shop.write("t.csv", "month,eur\n2026-01,1.00\n")
    book = shop.open("id,day,item,amount\nA1,2026-01-05,tea,1\n")
    assert named(book, "Control total")[0]["state"] == "green"
    assert named(book, "Complete month")[0]["state"] == "amber"


LEDGER = """
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
[sources.columns]
account = "account"
name = "account"
line = "line"
group = "group"
favorable_when = "when"

[[sources]]
name = "gl"
table = "actuals"
path = "gl.csv"
known_on = { column = "day" }
columns = { posting_date = "day", account = "acct", amount_local = "amount" }
"""


@pytest.mark.parametrize(
    ("booked", "state"), [("30.50", "green"), ("30.51", "amber"), ("130.51", "red")]
)
def test_billing_ties_to_the_ledger_by_materiality(shop: Shop, booked: str, state: str) -> None:
    shop.declare(head=POLICY, tail=LEDGER)
    shop.write(
        "accounts.csv",
        "account,line,group,when\n4000,Sales,gross,higher\n4900,Returns,returns,lower\n"
        "6000,Rent,operating,lower\n",
    )
    shop.write(
        "gl.csv",
        f"day,acct,amount\n2026-01-31,4000,{booked}\n2026-01-31,4000,5\n2026-01-31,4900,5\n"
        "2026-01-31,6000,777\n2026-02-28,4000,9999\n",
    )
    (tie,) = named(shop.open(period="2026-01"), "Billing ties to ledger")
    assert tie["state"] == state
    assert (tie["expected"], tie["actual"]) == (float(booked), 30.5)
    assert bool(tie["advice"]) is (state != "green")


def test_every_control_has_its_own_key(shop: Shop) -> None:
    shop.declare(
        head="[maps.product]\nvalues = { tea = 'Tea' }\nunmapped = 'New'",
        product='product = { column = "item", map = "product" }',
    )
    keys = list(shop.open().controls["row_key"])
    assert len(keys) == len(set(keys))
    assert "value-map|billing|product" in keys


def test_products_without_a_family_are_counted(shop: Shop) -> None:
    shop.declare(head="[maps.family]\nvalues = { tea = 'Hot' }\nunmapped = 'New products'")
    book = shop.open()
    (control,) = named(book, "Value map")
    assert (control["state"], control["actual"]) == ("amber", 20.5)
    assert control["row_key"] == "value-map|invoices|family"


def test_worst_is_red_before_amber_before_green(shop: Shop) -> None:
    shop.declare('key = ["invoice_id"]', head=POLICY)
    book = shop.open("id,day,item,amount\nA1,2026-01-05,tea,1\nA1,2026-01-05,tea,500\n")
    results = control_results(book.evidence)
    assert worst(results) == "red"
    assert worst([result for result in results if result.state != "red"]) == "amber"
    assert worst([]) == "green"


def test_a_budget_is_looked_at_for_its_fiscal_year() -> None:
    period = FiscalCalendar(year_start=7).period("2019Q2")
    assert report_months("invoices", period) == ("2018-10", "2018-11", "2018-12")
    assert report_months("budget", period)[0] == "2018-07"
    assert len(report_months("budget", period)) == 12
