"""What a book tells of its drivers, from files to exhibits, on a small made-up company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pfkit as pf
from tests.conform.driver_book import raw_tables, write_book

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> pf.Book:
    folder = write_book(tmp_path_factory.mktemp("drivers"), raw_tables())
    return pf.open_book(folder, period="2024-12")


def _accuracy(book: pf.Book) -> pf.RoiAccuracy:
    found = pf.roi_tracking(
        book.reviews,
        pf.Attribution(pf.attribution(**book.attribution, refuse=True, draws=0).features),
        pf.simple_rules(**book.simple_rules),
        book.review_costs,
        gross_margin=book.gross_margin,
    )
    return pf.roi_accuracy(**found)


def test_reviews_are_held_against_what_simple_rules_say(book: pf.Book) -> None:
    found = _accuracy(book)
    rows = found.rows[found.rows["counts"]]
    assert found.count == len(rows) >= 8
    assert rows["stated_error"].tolist() == pytest.approx([0.05] * len(rows))
    assert found.verdict == "claimed"
    assert found.trend["period"].tolist() == ["2024Q3", "2024Q4"]
    shown = pf.tables.roi_accuracy(found, about=book.about, section="Q1")
    assert shown.kind == "table"
    assert "reviews" in shown.source.lower()


def test_what_is_known_later_is_not_reviewed_yet(book: pf.Book) -> None:
    before = pf.open_book(book.path, period="2024-09", as_of="2024-10-01")
    assert len(before.reviews) == 5
    assert _accuracy(before).verdict == "too_few"


def test_without_reviews_no_rule_is_worked_out(tmp_path: Path) -> None:
    tables = raw_tables(accounts=60, features=4)
    del tables["reviews"]
    bare = pf.open_book(write_book(tmp_path, tables), period="2024-12")
    assert pf.simple_rules(**bare.simple_rules).empty
    shown = pf.tables.roi_accuracy(_accuracy(bare), about=bare.about)
    assert shown.message == (
        'This book has no reviews: add a [[sources]] entry with table = "reviews" to book.toml.'
    )
