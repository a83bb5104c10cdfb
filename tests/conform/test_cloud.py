"""The bill at the monthly edge: sums, what a charge has on the bill before, and lost decimals."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

HEAD = (
    "BillingPeriodStart,ChargePeriodStart,ChargePeriodEnd,ProviderName,ServiceName,SubAccountId,"
    "ResourceId,SkuId,ChargeCategory,ChargeFrequency,InvoiceId,BillingCurrency,BilledCost,"
    "EffectiveCost,PricingQuantity,x_Utilization,Tags\n"
)
BOOK = """
    [[sources]]
    name = "bill"
    table = "cloud"
    path = "bill.csv"
    known_on = { date = 2026-03-05 }
    columns = { product = { tag = "app" } }
"""


def charge(**changed: str) -> str:
    cells = {
        "bill": "2026-01-01",
        "begin": "2026-01-01",
        "end": "2026-02-01",
        "provider": "Acme",
        "service": "VMs",
        "account": "A1",
        "resource": "vm-1",
        "sku": "S1",
        "category": "Usage",
        "frequency": "Usage-Based",
        "invoice": "I-1",
        "currency": "EUR",
        "billed": "10.00",
        "effective": "9.00",
        "quantity": "1",
        "utilization": "",
        "tags": '"{""app"": ""Atlas""}"',
    }
    assert set(changed) <= set(cells)
    return ",".join((cells | changed).values()) + "\n"


def opened(shop: Shop, *charges: str, book: str = BOOK) -> Book:
    shop.ledger(dedent(book), {"bill.csv": HEAD + "".join(charges)})
    found: Book = shop.open(period="2026-01")
    return found


def test_charges_of_a_resource_and_price_are_one_row(shop: Shop) -> None:
    bill = opened(
        shop,
        charge(begin="2026-01-01", end="2026-01-02", billed="0.000001", effective="0.0000004"),
        charge(begin="2026-01-02", end="2026-01-03", billed="0.000002", effective="0.0000006"),
        charge(resource="vm-2", billed="5", effective="5"),
    ).cloud.set_index("resource_id")
    assert bill.loc["vm-1", "lines"] == 2
    assert bill.loc["vm-1", "billed_amount"] == pytest.approx(0.000003, abs=1e-15)
    assert bill.loc["vm-1", "amount"] == pytest.approx(0.000001, abs=1e-15)
    assert bill.loc["vm-2", "amount"] == 5


def test_utilization_is_weighed_by_quantity(shop: Shop) -> None:
    # 10 hours at 90 % and 30 hours at 10 %: (10 x .9 + 30 x .1) / 40 = 0.3
    bill = opened(
        shop,
        charge(begin="2026-01-01", end="2026-01-02", quantity="10", utilization="0.9"),
        charge(begin="2026-01-02", end="2026-01-03", quantity="30", utilization="0.1"),
    ).cloud
    assert bill["utilization_share"].tolist() == pytest.approx([0.3])


@pytest.mark.parametrize("key", ["state", "State", "Status", "LIFECYCLE", "resource_state"])
def test_a_tag_says_what_state_a_resource_is_in(shop: Shop, key: str) -> None:
    tags = f'"{{""app"": ""Lion"", ""{key}"": ""Idle""}}"'
    assert opened(shop, charge(tags=tags)).cloud["state"].tolist() == ["idle"]


@pytest.mark.parametrize(
    ("first", "second", "again"),
    [
        ({}, {"invoice": "I-2"}, 10.0),
        ({}, {"invoice": "I-2", "bill": "2026-02-01"}, 10.0),
        ({}, {}, 0.0),  # usage on one invoice: two events
        ({"frequency": "Recurring"}, {"frequency": "Recurring"}, 10.0),
        ({"frequency": "Recurring", "resource": ""},) * 2 + (0.0,),  # two seats, one line each
        ({"invoice": ""}, {"invoice": ""}, 0.0),
        ({}, {"invoice": "I-2", "billed": "10.01"}, 0.0),
        ({}, {"invoice": "I-2", "begin": "2026-01-02"}, 0.0),
        ({}, {"invoice": "I-2", "resource": "vm-2"}, 0.0),
        ({"billed": "-10"}, {"billed": "-10", "invoice": "I-2"}, 0.0),  # a credit
    ],
)
def test_a_charge_that_stands_on_another_invoice_was_charged_twice(
    shop: Shop, first: dict[str, str], second: dict[str, str], again: float
) -> None:
    bill = opened(shop, charge(**first), charge(**second)).cloud
    assert bill["charged_again"].sum() == again
    if again:
        assert set(bill.loc[bill["charged_again"] > 0, "charged_again_on"]) == {"I-1"}


def test_effective_cost_in_whole_units_is_noticed_by_provider(shop: Shop) -> None:
    lost = [charge(billed=f"{n}.4", effective=f"{n}", resource=f"a{n}") for n in range(6)]
    kept = [
        charge(billed=f"{n}.4", effective=f"{n}.2", resource=f"b{n}", provider="Bolt")
        for n in range(6)
    ]
    book = opened(shop, *lost, *kept)
    bill = book.cloud.groupby("provider_name")["whole_units"].agg(["all", "any"])
    assert bill.loc["Acme"].tolist() == [True, True]
    assert bill.loc["Bolt"].tolist() == [False, False]
    control = book.controls.set_index("control").loc["Cloud effective cost"]
    assert control["state"] == "amber"
    # six charges, each 0.40 below what was billed
    assert control["detail"] == (
        "Acme states effective cost rounded to whole units: 6 rows without a commitment, "
        "\N{MINUS SIGN}2.40 against billed"
    )


def test_a_bill_in_whole_units_is_no_bill_that_lost_decimals(shop: Shop) -> None:
    whole = [charge(billed=f"{n}", effective=f"{n}", resource=f"a{n}") for n in range(9)]
    book = opened(shop, *whole)
    assert not book.cloud["whole_units"].any()
    assert "Cloud effective cost" not in set(book.controls["control"])


def test_a_book_without_a_bill_has_an_empty_one(shop: Shop) -> None:
    shop.declare()
    book = shop.open()
    assert book.cloud.empty
    assert "amount" in book.cloud.columns
    assert book.cloud_ledger.empty
