from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.measures import sales
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.book import Book

    Shop = Any

STATEMENT = """
[statement]
sale = { line = "Sales", group = "gross", unit = "boxes" }
refund = { line = "Refunds", group = "returns" }
deposit = { line = "Deposits", group = "outside" }
"""
BEYOND = ("ledger less billing", "in the ledger, not in billing")
KIND = 'kind = "what"\nquantity = "units"'
LINES = """
    id,day,item,what,units,amount
    A1,2026-01-05,tea,sale,10,100.00
    A2,2026-01-06,tea,sale,,7.00
    A3,2026-01-07,tea,sale,0,1.00
    A4,2026-01-08,tea,refund,-1,-10.00
    A5,2026-01-09,tea,deposit,1,5.00
    A6,2026-01-31,coffee,sale,2,20.50
"""


def test_a_line_that_counts_in_no_unit_has_amounts_only(shop: Shop) -> None:
    shop.declare(columns=KIND, tail=STATEMENT.replace('"outside"', '"other", unit = "none"'))
    book: Book = shop.open(LINES)
    (deposit,) = book.volumes[book.volumes["line"] == "Deposits"].to_dict("records")
    assert (deposit["amount"], deposit["reason"]) == (5, "Deposits count in no unit")
    assert deposit["quantity"] != deposit["quantity"]


def _rows(volumes: pd.DataFrame, *names: str) -> list[list[Any]]:
    found = volumes[list(names)].astype("object")
    return [list(row) for row in found.where(found.notna(), None).itertuples(index=False)]


def test_units_add_up_by_product_and_line_and_what_has_none_stands_apart(shop: Shop) -> None:
    shop.declare(columns=KIND, tail=STATEMENT)
    book: Book = shop.open(LINES)
    names = ("product", "line", "unit", "quantity", "amount", "reason")
    assert _rows(book.volumes, *names) == [
        ["coffee", "Sales", "boxes", 2.0, 20.5, ""],
        ["tea", "Refunds", "Refunds", -1.0, -10.0, ""],
        ["tea", "Sales", "boxes", 10.0, 100.0, ""],
        ["tea", "Sales", "boxes", None, 8.0, "no quantity in billing"],
    ]
    # what is outside net revenue is no volume
    assert set(book.volumes["source"]) == {"billing"}


ACCOUNTS = """
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
columns = { account = "account", name = "name", line = "line", group = "group", \
favorable_when = "when" }
"""
PLAN = """
[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
known_on = { date = 2025-12-11 }
columns = { version = "version", period = "month", product = "item", account = "account", \
cost_center = "center", currency = { constant = "EUR" }, amount_local = "amount", \
quantity = "units" }
"""
LEDGER = """
[[sources]]
name = "ledger"
table = "actuals"
path = "ledger.csv"
known_on = { date = 2026-02-03 }
columns = { period = "month", product = "item", account = "account", \
currency = { constant = "EUR" }, amount_local = "amount" }
"""


def _company(shop: Shop, *, statement: str = STATEMENT) -> Book:
    shop.declare(columns=KIND, tail=ACCOUNTS + PLAN + LEDGER + statement)
    _files(shop)
    book: Book = shop.open(LINES)
    return book


def _files(shop: Shop) -> None:
    shop.write(
        "accounts.csv",
        """
        account,name,line,group,when
        4000,Sales,Sales,gross,higher
        4800,Refunds,Refunds,returns,lower
        4900,Grants,Grants,other,higher
        5000,Goods,Goods,cost_of_revenue,lower
        """,
    )
    # north states units beside its money, south in a row of their own, and west states none
    shop.write(
        "plan.csv",
        """
        version,month,item,account,center,amount,units
        adopted,2026-01,tea,4000,north,60,6
        adopted,2026-01,tea,4000,south,50,
        adopted,2026-01,tea,4000,south,0,5
        adopted,2026-01,tea,4000,west,9,
        adopted,2026-01,tea,4800,north,4,
        adopted,2026-01,tea,5000,north,30,3
        """,
    )
    shop.write(
        "ledger.csv",
        """
        month,item,account,amount
        2026-01,tea,4000,110
        2026-01,tea,4800,10
        2026-01,coffee,4000,20.50
        2026-01,tea,4900,3
        2026-01,tea,5000,31
        """,
    )


def test_the_plan_and_what_the_ledger_knows_beyond_billing_stand_beside(shop: Shop) -> None:
    found = _company(shop).volumes
    names = ("version", "product", "line", "quantity", "amount", "source", "reason")
    assert _rows(found[found["source"] != "billing"], *names) == [
        ["actual", "tea", "Grants", None, 3, *BEYOND],
        ["actual", "tea", "Sales", None, 2, "ledger less billing", "ledger and billing differ"],
        ["adopted", "tea", "Refunds", None, -4, "budget", "no quantity in the plan"],
        ["adopted", "tea", "Sales", 11, 110, "budget", ""],
        ["adopted", "tea", "Sales", None, 9, "budget", "no quantity in the plan"],
    ]  # fmt: skip


def test_a_version_that_is_not_approved_plans_nothing(shop: Shop) -> None:
    draft = PLAN.replace('quantity = "units" }', 'quantity = "units", stage = "version" }')
    shop.declare(columns=KIND, tail=ACCOUNTS + draft + LEDGER + STATEMENT)
    _files(shop)
    shop.write(
        "plan.csv",
        """
        version,month,item,account,center,amount,units
        adopted,2026-01,tea,4000,north,60,6
        draft,2026-01,tea,4000,north,99,9
        """,
    )
    found = shop.open(LINES).volumes
    assert set(found["version"]) == {"actual", "adopted"}
    period = FiscalCalendar().period("2026-01")
    assert "draft" in sales(found, period=period, against="plan", plan="draft").reason


def test_units_and_money_add_up_to_net_revenue(shop: Shop) -> None:
    book = _company(shop)
    revenue = book.statement[book.statement["group"].isin(["gross", "returns", "other"])]
    for version in ("actual", "adopted"):
        found = book.volumes.loc[book.volumes["version"] == version, "amount"]
        told = revenue.loc[revenue["version"] == version, "amount"]
        assert found.sum() == pytest.approx(told.sum(), abs=1e-9)


def test_kinds_without_a_line_of_the_ledger_differ_by_product(shop: Shop) -> None:
    found = _company(shop, statement="").volumes
    gap = found[found["source"] == "ledger less billing"]
    # tea: 113 of sales and grants in the ledger, 108 and a deposit of 5 billed; refunds are equal
    assert gap.empty
    assert set(found.loc[found["version"] == "actual", "line"]) == {
        "Gross sales", "Refunds", "Other: deposit",
    }  # fmt: skip


SERVED = """
    id,day,item,what,units,amount,from,to
    B1,2026-01-31,tea,sale,12,120.00,2026-01-01,2026-12-31
    B2,2026-02-28,tea,sale,1,30.00,2026-02-01,2026-02-28
"""


def _deferred(shop: Shop, booked: str) -> list[list[Any]]:
    served = KIND + '\nservice_start = "from"\nservice_end = "to"'
    tail = ACCOUNTS + LEDGER + STATEMENT + '[policies]\nrecognition = "month"\n'
    shop.declare(columns=served, tail=tail)
    _files(shop)
    shop.write("ledger.csv", f"month,item,account,amount\n{booked}")
    found = shop.open(SERVED).volumes
    return _rows(found[found["source"] == "ledger less billing"], "period", "amount", "reason")


def test_what_is_recognized_over_the_year_is_told_from_what_differs(shop: Shop) -> None:
    # 120 are billed in January and earned at 10 a month; February misses 1 in the ledger
    booked = "2026-01,tea,4000,10\n2026-02,tea,4000,39\n"
    spread = "billed in one month, recognized over others"
    assert _deferred(shop, booked) == [
        ["2026-01", -110, spread],
        ["2026-02", 10, spread],
        ["2026-02", -1, "ledger and billing differ"],
    ]


def test_a_ledger_that_books_what_is_billed_defers_nothing(shop: Shop) -> None:
    booked = "2026-01,tea,4000,120\n2026-02,tea,4000,29\n"
    assert _deferred(shop, booked) == [["2026-02", -1, "ledger and billing differ"]]


RATES = """
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = { date = 2025-01-01 }
columns = { date = "date", currency = "currency", rate = "rate", kind = "kind" }
"""


def test_rows_of_the_period_carry_the_rates_they_are_held_against(shop: Shop) -> None:
    shop.declare(columns='currency = "money"\nquantity = "units"', tail=RATES)
    shop.write(
        "rates.csv",
        """
        date,currency,rate,kind
        2026-01-01,USD,0.85,budget
        2025-01-31,USD,0.95,average
        2025-12-31,USD,0.90,average
        2026-01-31,USD,0.80,average
        """,
    )
    book: Book = shop.open(
        "id,day,item,units,amount,money\nA1,2025-01-10,tea,9,90,USD\nA2,2025-12-10,tea,9,90,USD\n"
        "A3,2026-01-10,tea,10,100,USD\nA4,2026-01-20,tea,5,50,EUR\n",
        period="2026-01",
    )
    names = ("period", "currency", "amount", "budget_rate", "prior_year_rate", "previous_rate")
    assert _rows(book.volumes, *names) == [
        ["2025-01", "USD", 85.5, None, None, None],
        ["2025-12", "USD", 81.0, None, None, None],
        ["2026-01", "EUR", 50.0, 1, 1, 1],
        ["2026-01", "USD", 80.0, 0.85, 0.95, 0.9],
    ]


def test_a_book_without_invoices_has_no_volumes(shop: Shop) -> None:
    shop.ledger(
        ACCOUNTS + LEDGER,
        {
            "accounts.csv": "account,name,line,group,when\n4000,Sales,Sales,gross,higher\n",
            "ledger.csv": "month,item,account,amount\n2026-01,tea,4000,110\n",
        },
    )
    assert shop.open().volumes.empty
