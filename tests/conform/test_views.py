from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform import views

if TYPE_CHECKING:
    Shop = Any

STATEMENT = """
[statement]
sale = { line = "Gross sales", group = "gross" }
postage = { line = "Postage", group = "other" }
refund = { line = "Refunds", group = "returns" }
"""
KINDS = """
id,day,item,amount,kind
A1,2026-01-31,tea,100.00,sale
A2,2026-01-31,milk,50.00,sale
A3,2026-01-31,tea,-20.00,refund
A4,2026-01-31,tea,5.00,postage
"""


def test_a_statement_has_the_lines_and_groups_the_book_declares(shop: Shop) -> None:
    shop.declare(columns='kind = "kind"', tail=STATEMENT)
    lines = shop.open(KINDS).statement.groupby(["line", "group", "favorable_when"])["amount"].sum()
    assert lines.to_dict() == {
        ("Gross sales", "gross", "higher"): 150.0,
        ("Postage", "other", "higher"): 5.0,
        ("Refunds", "returns", "lower"): -20.0,
    }


def test_lines_sort_in_the_order_they_are_declared(shop: Shop) -> None:
    shop.declare(columns='kind = "kind"', tail=STATEMENT)
    rows = shop.open(KINDS).statement.sort_values("account")
    assert list(rows["line"].unique()) == ["Gross sales", "Postage", "Refunds"]


def test_a_book_without_statement_lines_has_plain_ones(shop: Shop) -> None:
    shop.declare(columns='kind = "kind"')
    rows = shop.open(KINDS).statement
    found = dict(zip(rows["line"], rows["group"], strict=True))
    assert found == {"Gross sales": "gross", "Refunds": "returns", "Other: postage": "other"}


def test_cents_of_a_line_add_up_to_its_rounded_sum(shop: Shop) -> None:
    # Three thirds of a cent make 0.01, and each product alone would round to 0.00.
    shop.declare()
    rows = shop.open(
        "id,day,item,amount\n" + "".join(f"A{n},2026-01-31,p{n},0.004\n" for n in range(3))
    ).statement
    assert sorted(rows["amount"]) == [0.0, 0.0, 0.01]


def test_whole_cents_stay_as_they_are(shop: Shop) -> None:
    shop.declare()
    amounts = ["0.10", "0.20", "1999999999.99", "-0.30"]
    lines = "".join(f"A{n},2026-01-31,p{n},{a}\n" for n, a in enumerate(amounts))
    rows = shop.open("id,day,item,amount\n" + lines).statement
    assert [Decimal(str(a)) for a in rows["amount"]] == [Decimal(a).normalize() for a in amounts]


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
columns = { posting_date = "day", account = "acct", amount_local = "amount", product = "item" }

[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
known_on = { date = 2025-12-01 }
[sources.columns]
version = "version"
period = "month"
span = "span"
account = "acct"
amount_local = "plan"
"""
FILES = {
    "accounts.csv": """
        account,line,group,when
        4000,Sales,gross,higher
        4900,Returns,returns,lower
        6000,Rent,operating,lower
        """,
    "gl.csv": """
        day,acct,amount,item
        2026-01-31,4000,100,Tea
        2026-01-31,4900,7,Tea
        2026-01-31,6000,30,
        """,
    "plan.csv": """
        version,month,span,acct,plan
        adopted,2026-01,month,4000,90
        adopted,2026-01,month,6000,33
        revised,2026-01,month,4000,95
        adopted,2026-12,year,4000,1200
        """,
}


def test_a_ledger_statement_shows_the_effect_on_profit(shop: Shop) -> None:
    shop.ledger(LEDGER, FILES)
    rows = shop.open(period="2026-01").statement
    found = {
        (version, line, product): amount
        for version, line, product, amount in rows[
            ["version", "line", "product", "amount"]
        ].itertuples(index=False)
    }
    assert found == {
        ("actual", "Sales", "Tea"): 100.0,
        ("actual", "Returns", "Tea"): -7.0,
        ("actual", "Rent", "(none)"): -30.0,
        ("adopted", "Sales", "(none)"): 90.0,
        ("adopted", "Rent", "(none)"): -33.0,
        ("revised", "Sales", "(none)"): 95.0,
    }


def test_a_budget_stated_for_a_year_is_kept_and_not_phased(shop: Shop) -> None:
    shop.ledger(LEDGER, FILES)
    budget = shop.open(period="2026-01").budget
    assert list(budget.loc[budget["span"] == "year", "amount"]) == [1200.0]


def test_a_book_without_revenue_has_an_empty_statement(shop: Shop) -> None:
    shop.ledger(LEDGER[LEDGER.index('[[sources]]\nname = "plan"') :], FILES)
    book = shop.open(period="2026-01")
    assert book.statement.empty
    assert list(book.statement.columns) == list(views.STATEMENT_COLUMNS)
    assert book.revenue.empty
    assert "amount" in book.revenue.columns


def test_revenue_is_by_month_product_customer_and_kind(shop: Shop) -> None:
    shop.declare(columns='customer = "who"')
    rows = shop.open(
        "id,day,item,amount,who\nA1,2026-01-05,tea,1,Ann\nA2,2026-01-31,tea,2,Ann\n"
        "A3,2026-01-31,tea,4,\n"
    ).revenue
    assert dict(zip(rows["customer"], rows["amount"], strict=True)) == {"Ann": 3.0, "(none)": 4.0}


@pytest.mark.parametrize("how", ["dimension", "map"])
def test_products_have_families(shop: Shop, how: str) -> None:
    listed = """
    [[sources]]
    name = "products"
    table = "products"
    path = "products.csv"
    columns = { product = "p", family = "f" }
    """
    shop.write("products.csv", "p,f\ntea,Hot\ncoffee,Hot\n")
    if how == "dimension":
        shop.declare(tail=listed)
    else:
        shop.declare(head="[maps.family]\nvalues = { tea = 'Hot' }\nunmapped = 'Hot'")
    assert set(shop.open().statement["family"]) == {"Hot"}


def test_without_families_a_product_is_its_own(shop: Shop) -> None:
    shop.declare()
    rows = shop.open().statement
    assert list(rows["family"]) == list(rows["product"])


def test_a_product_is_called_what_it_is_billed_as_most_often(shop: Shop) -> None:
    shop.declare(columns='description = "text"')
    book = shop.open(
        "id,day,item,amount,text\nA1,2026-01-31,t1,1,TEA\nA2,2026-01-31,t1,1,Tea\n"
        "A3,2026-01-31,t1,1,Tea\nA4,2026-01-31,m1,1,m1\nA5,2026-01-31,c1,1,\n"
    )
    assert views.product_names(book.conformed) == {"t1": "Tea"}
