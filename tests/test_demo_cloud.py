"""The demo's cloud bill: the ledger's hosting to the cent, FOCUS's columns, wastes as listed."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

import pfkit as pf
from pfkit import demo as company
from pfkit.contracts import contract

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.book import Book
    from pfkit.demo import Demo

BILLED = re.compile(r"Cloud bill (\d{4}-\d{2}): ")
HOSTING = {"5000", "5010"}


def charges(folder: Path, month: str) -> list[dict[str, Any]]:
    return pq.read_table(folder / f"cloud/cloud_{month}.parquet").to_pylist()


def months(folder: Path) -> list[str]:
    return [path.stem.removeprefix("cloud_") for path in sorted((folder / "cloud").iterdir())]


def product(charge: dict[str, Any]) -> str:
    return json.loads(charge["Tags"]).get("product", "(none)")


def booked(folder: Path) -> dict[tuple[str, str], Decimal]:
    """EUR by month of service and product that the ledger books as the cloud's bill."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for path in sorted((folder / "ledger").iterdir()):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                bill = BILLED.match(row["Text"])
                if bill and row["Account"] in HOSTING:
                    amount = Decimal(row["Debit"] or 0) - Decimal(row["Credit"] or 0)
                    found[bill[1], row["Product"]] += amount
    return found


def test_the_bill_of_every_month_and_product_is_what_the_ledger_books(demo: Demo) -> None:
    ledger = booked(demo.folder)
    compared = 0
    for month in months(demo.folder)[:-1]:  # the last is booked in the month after
        bill: dict[str, Decimal] = defaultdict(Decimal)
        for charge in charges(demo.folder, month):
            bill[product(charge)] += Decimal(charge["EffectiveCost"])
        for name, amount in bill.items():
            assert ledger[month, name] == amount, (month, name)
            compared += 1
    assert compared > 200


def test_the_last_bill_is_whole_but_for_what_has_no_tag(demo: Demo) -> None:
    # The accrual of the last month is an estimate of the same bill, a few percent off.
    last = sum((Decimal(c["EffectiveCost"]) for c in charges(demo.folder, demo.period)), Decimal(0))
    before = sum((Decimal(c["EffectiveCost"]) for c in charges(demo.folder, "2026-05")), Decimal(0))
    assert last == last.quantize(Decimal("0.01"))
    assert Decimal("0.9") < last / before < Decimal("1.1")


def test_an_export_has_every_column_of_the_standard_and_few_lines(demo: Demo) -> None:
    table = pq.read_table(demo.folder / f"cloud/cloud_{demo.period}.parquet")
    standard = {column.source for column in contract("cloud").columns if column.source}
    assert set(table.column_names) == standard
    assert len(standard) == 58  # the 57 of FOCUS 1.2, and utilization
    assert 100 < table.num_rows <= 2000


def test_a_line_is_price_times_quantity(demo: Demo) -> None:
    usage = [
        charge
        for charge in charges(demo.folder, demo.period)
        if charge["ChargeCategory"] == "Usage" and charge["PricingCategory"] == "Standard"
    ]
    assert len(usage) > 100
    for charge in usage:
        cost = charge["PricingQuantity"] * charge["ContractedUnitPrice"]
        assert cost == pytest.approx(float(charge["BilledCost"]), abs=1e-6)


def test_what_is_bought_is_what_is_used_and_left_unused(demo: Demo) -> None:
    bought: dict[str, Decimal] = defaultdict(Decimal)
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for charge in charges(demo.folder, demo.period):
        plan = charge["CommitmentDiscountId"]
        if plan and charge["ChargeCategory"] == "Purchase":
            bought[plan] += Decimal(charge["BilledCost"])
            assert Decimal(charge["EffectiveCost"]) == 0
        elif plan:
            spent[plan] += Decimal(charge["EffectiveCost"])
            assert Decimal(charge["BilledCost"]) == 0
    assert len(bought) == 10  # two of twelve were paid for the year in January
    assert {plan: spent[plan] for plan in bought} == bought


def test_wastes_are_listed_with_resource_month_and_amount(demo: Demo) -> None:
    listed = json.loads((demo.folder / "planted.json").read_text(encoding="utf-8"))["wastes"]
    assert {waste["kind"] for waste in listed} == {
        "charged twice",
        "commitment not used",
        "duplicate vendor",
        "idle",
        "price above contract",
        "untagged",
    }
    assert {waste["period"] for waste in listed} == {"2026-04", "2026-05", "2026-06"}
    for waste in listed:
        cost = sum(
            (
                Decimal(charge["EffectiveCost"])
                for charge in charges(demo.folder, waste["period"])
                if charge["ResourceName"] == waste["resource"]
            ),
            Decimal(0),
        )
        assert 0 < Decimal(waste["amount"]) <= cost.quantize(Decimal("0.01"))
        assert waste["resource"] in (demo.folder / "README.md").read_text(encoding="utf-8")


def test_small_and_large_companies_have_a_bill_too(tmp_path: Path) -> None:
    one = company.make(tmp_path / "one", months=1, products=1)
    assert len(one.planted["wastes"]) == 9
    many = company.make(tmp_path / "many", months=1, products=200)
    assert 1000 < len(charges(many.folder, "2026-06")) <= 2000


@pytest.fixture(scope="module")
def book(demo: Demo) -> Book:
    return pf.open_book(demo.folder, period=demo.period)


@pytest.mark.parametrize("month", ["2026-04", "2026-05", "2026-06"])
def test_every_planted_waste_is_found_with_its_amount_and_nothing_else(
    book: Book, demo: Demo, month: str
) -> None:
    period = book.calendar.period(month)
    found = pf.waste(book.cloud, period=period, prices=book.vendor_prices)
    items = found[found["role"].isin(["item", "memo"])]
    planted = [waste for waste in demo.planted["wastes"] if waste["period"] == month]
    told = sorted(
        (kind, resource, f"{amount:.2f}")
        for kind, resource, amount in zip(
            items["kind"], items["resource"], items["amount"], strict=True
        )
    )
    assert told == sorted((w["kind"], w["resource"], w["amount"]) for w in planted)


@pytest.mark.parametrize("month", ["2024-07", "2025-06", "2026-01", "2026-03"])
def test_a_month_without_waste_has_no_finding(book: Book, month: str) -> None:
    period = book.calendar.period(month)
    assert pf.waste(book.cloud, period=period, prices=book.vendor_prices).empty


def test_the_bill_ties_to_the_ledger_by_product(book: Book) -> None:
    control = book.controls.set_index("control").loc["Cloud bill ties to ledger"]
    assert (control["state"], control["difference"]) == ("green", 0.0)
    walk = pf.cloud_ledger(book.cloud_ledger, period=book.period)
    assert (walk["unexplained"] == 0).all()
    hosting = book.statement[
        (book.statement["version"] == "actual")
        & (book.statement["line"] == "Hosting")
        & (book.statement["period"] == book.period.months[-1])
    ]
    assert walk["ledger"].iloc[-1] == pytest.approx(-hosting["amount"].sum(), abs=0.005)


def test_savings_count_as_far_as_the_ledger_shows_them(book: Book) -> None:
    found = pf.savings(book.benefits, book.actuals, period=book.period, as_of=book.as_of)
    items = found[found["role"] == "item"].set_index("saving")
    assert items["status"].tolist().count("planned") == 1
    reasons = " ".join(items["reason"])
    for told in ("the ledger shows", "no baseline", "the ledger's line rose by", "begins in"):
        assert told in reasons
    full = items[items["status"] == "validated"]
    assert (full["counted"] == full["claimed"]).all()
    assert 0 < found.set_index("row_key").loc["total", "counted"] < items["claimed"].sum()
