"""A book with contracts of its own: its columns, rules and tables come out checked."""

from __future__ import annotations

from typing import Any

import pytest

from pfkit.errors import BookError, ContractError

Shop = Any

HEAD = """
apiVersion: v3.1.0
kind: DataContract
id: shop
version: 1.0.0
status: active
"""
INVOICES = """
schema:
  - name: invoices
    quality:
      - name: credit that is no refund
        type: sql
        description: A negative line is a refund.
        query: SELECT count(*) FROM {object} WHERE amount_local < 0 AND kind <> 'refund'
        mustBe: 0
    properties:
      - name: region
        description: Sales region.
        logicalType: string
        required: true
        quality: [{metric: invalidValues, arguments: {validValues: [north, south]}, mustBe: 0}]
      - name: line_no
        logicalType: string
        unique: true
"""
STORES = """
team: {name: Property}
schema:
  - name: x_stores
    description: The shops that are open.
    customProperties: [{property: balanceColumn, value: rent}]
    properties:
      - {name: store, description: Its number., logicalType: string, required: true, \
primaryKey: true}
      - {name: opened, description: First day., logicalType: date}
      - name: rent
        description: Rent of a month.
        logicalType: number
        logicalTypeOptions: {minimum: 0}
        customProperties: [{property: kind, value: money}, {property: unit, value: EUR}]
"""
STORES_SOURCE = """
[[sources]]
name = "stores"
table = "x_stores"
path = "stores.csv"
columns = { store = "nr", opened = "since", rent = "rent" }
"""
BILLING = """
    id,day,item,amount,region,line,kind
    A1,2026-01-05,tea,10.00,north,1,sale
    A2,2026-01-31,tea,20.50,west,2,sale
    A3,2026-01-31,tea,30.00,,3,sale
    A4,2026-01-31,tea,-5.00,south,4,sale
    A5,2026-01-31,tea,-6.00,south,5,refund
    A6,2026-01-31,tea,7.00,south,1,sale
    A7,2026-01-31,tea,8.00,south,,sale
    A8,2026-01-31,tea,9.00,south,,sale
"""
COLUMNS = 'region = "region"\nline_no = "line"\nkind = "kind"'


def test_added_columns_and_rules_hold_rows_back_and_come_out(shop: Shop) -> None:
    shop.write("contracts/invoices.yaml", HEAD + INVOICES)
    shop.declare(columns=COLUMNS)
    book = shop.open(BILLING)
    held = book.quarantine[["line", "rule", "column", "value", "amount"]].values.tolist()
    assert held == [
        ["3", "value not allowed", "region", "west", 20.5],
        ["4", "missing value", "region", "", 30.0],
        ["5", "credit that is no refund", "", "", -5.0],
        ["7", "repeated key", "line_no", "1", 7.0],
    ]
    # a value that may occur once may be absent more than once
    assert list(book.invoices["invoice_id"]) == ["A1", "A5", "A7", "A8"]
    assert list(book.invoices["region"]) == ["north", "south", "south", "south"]
    advice = dict(zip(book.quarantine["rule"], book.quarantine["advice"], strict=True))
    assert advice["credit that is no refund"] == (
        "Correct the row at its source: A negative line is a refund."
    )
    assert advice["value not allowed"] == "Use one of north, south."


def test_a_table_of_the_books_own_is_loaded_checked_and_balanced(shop: Shop) -> None:
    shop.write("contracts/stores.yaml", HEAD + STORES)
    shop.write("stores.csv", "nr,since,rent\n1,2020-01-31,100.5\n1,2021-01-31,7\n2,soon,5\n3,,-1\n")
    shop.declare(tail=STORES_SOURCE)
    book = shop.open()
    assert book.table("x_stores")[["store", "rent"]].values.tolist() == [["1", 100.5]]
    assert list(book.quarantine["rule"]) == [
        "repeated key",
        "unreadable value",
        "value out of range",
    ]
    balance = book.balance.set_index("source").loc["stores"]
    assert (balance["rows_in"], balance["rows_quarantined"]) == (4, 3)
    assert (balance["amount_in"], balance["amount_quarantined"]) == (111.5, 11.0)
    assert book.conformed.engine.rows("SELECT store FROM final_x_stores") == [("1",)]


def test_a_declaration_names_what_the_contracts_give(shop: Shop) -> None:
    with pytest.raises(BookError, match="'region' is no column of table invoices"):
        shop.declare(columns='region = "region"')
    with pytest.raises(BookError, match="there is no table 'x_stores'"):
        shop.declare(tail=STORES_SOURCE)
    shop.write("contracts/stores.yaml", HEAD + STORES)
    with pytest.raises(BookError, match=r"there is no table 'x_store'.*\n.*'x_stores'"):
        shop.declare(tail=STORES_SOURCE.replace('"x_stores"', '"x_store"'))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("amout_local < 0", "uses unknown column 'amout_local'"),
        ("amount_local + 1", "gives DECIMAL"),
        ("(SELECT true)", "is refused: subquery"),
        ("CAST(kind AS INTEGER) > 1", "a rule failed on a row"),
    ],
)
def test_a_rule_is_one_expression_over_the_row(shop: Shop, broken: str, said: str) -> None:
    text = INVOICES.replace("amount_local < 0 AND kind <> 'refund'", broken)
    shop.write("contracts/invoices.yaml", HEAD + text)
    shop.declare(columns=COLUMNS)
    with pytest.raises(BookError, match=said) as caught:
        shop.open(BILLING)
    assert "invoices" in caught.value.where


def test_a_loosened_contract_stops_the_book(shop: Shop) -> None:
    text = "schema: [{name: invoices, properties: [{name: product, logicalType: string, \
required: false}]}]"
    shop.write("contracts/invoices.yaml", HEAD + text)
    with pytest.raises(ContractError) as caught:
        shop.declare()
    assert str(caught.value) == (
        "contracts/invoices.yaml invoices.product: asks for not required, where the contract of "
        "pfkit says required\n  -> A book may ask for more than pfkit does, never for less or for "
        "something else."
    )
