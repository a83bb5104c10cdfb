from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pfkit import demo as company
from pfkit.book import Book, open_book

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.demo import Demo

NET = ("gross", "returns", "other")


@pytest.fixture(scope="module")
def book(demo: Demo) -> Book:
    return open_book(demo.folder, period=demo.period)


def test_the_book_opens_with_amber_controls_and_no_red(book: Book) -> None:
    states = set(book.controls["state"])
    assert "red" not in states
    assert "amber" in states


def test_what_the_book_holds_back_is_what_was_planted(book: Book, demo: Demo) -> None:
    held = {(row.file, row.line) for row in book.quarantine.itertuples()}
    planted = {
        (row["file"], row["line"])
        for row in demo.planted["defects"]
        if row["handling"] == "quarantined"
        and (row["period"] == demo.period or row["table"] == "budget")
    }
    assert len(planted) == 6
    assert held == planted


def test_billing_less_ledger_is_what_was_planted(book: Book, demo: Demo) -> None:
    billed, statement = book.revenue, book.statement
    posted = statement[(statement["version"] == "actual") & statement["group"].isin(NET)]
    cells = ["period", "product"]
    found = (
        billed.groupby(cells)["amount"]
        .sum()
        .sub(posted.groupby(cells)["amount"].sum(), fill_value=0.0)
    )
    meant: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in demo.planted["differences"]:
        meant[row["period"], row["product"]] += Decimal(row["billing_minus_ledger"])
    apart = {cell: Decimal(f"{amount:.2f}") for cell, amount in found.items() if round(amount, 2)}
    assert apart == meant


def test_offers_are_left_out_by_a_rule_with_its_amount(book: Book) -> None:
    rules = book.rules.set_index("target")
    assert rules.loc["pro-forma invoices", "action"] == "exclude"
    assert rules.loc["pro-forma invoices", "rows"] > 0


@pytest.mark.parametrize(("months", "products"), [(1, 1), (4, 30)])
def test_a_company_of_another_size_opens_too(tmp_path: Path, months: int, products: int) -> None:
    made = company.make(tmp_path / "demo", months=months, products=products)
    opened = open_book(made.folder, period=made.period)
    assert "red" not in set(opened.controls["state"])
    assert len(opened.products) == products
