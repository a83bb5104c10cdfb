"""A book of usage alone, against the same file added up by plain pandas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf

if TYPE_CHECKING:
    from pfkit.book import Book

BOOK = Path(__file__).resolve().parents[2] / "examples" / "usage-sessions"
MONTHS = {"Feb": 2, "Mar": 3, "May": 5, "June": 6, "Jul": 7, "Aug": 8, "Sep": 9}
PAGES = ["Administrative", "Informational", "ProductRelated"]


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "real" / "usage"


@pytest.fixture(scope="module")
def visits(data: Path) -> pd.DataFrame:
    """Give the file by itself, each visit with its month label."""
    table = pd.read_csv(data / "sessions_feb_sep.csv.gz")
    return table.assign(period=[f"2017-{MONTHS[name]:02d}" for name in table["Month"]])


@pytest.fixture(scope="module")
def book(data: Path) -> Book:
    return pf.open_book(BOOK, data=data, period="2017-09")


def test_every_visit_counts_and_nothing_is_held_back(book: Book, visits: pd.DataFrame) -> None:
    assert len(visits) == 7056
    balance = book.balance.groupby("source")["rows_in"].sum()
    assert balance.to_dict() == {"sessions": 7056, "purchases": 7056, "pages": 7056}
    assert book.balance["rows_quarantined"].sum() == 0
    bought = int(visits["Revenue"].sum())
    assert book.balance["rows_excluded"].sum() == 7056 - bought == 6239
    assert book.checks.state == "green"


def test_units_by_month_are_those_of_the_file(book: Book, visits: pd.DataFrame) -> None:
    found = book.activity.groupby(["metric", "period"])["units"].sum()
    by_month = visits.groupby("period")
    assert found["sessions"].to_dict() == by_month.size().to_dict()
    assert found["sessions with purchase"].to_dict() == by_month["Revenue"].sum().to_dict()
    assert found["pages viewed"].to_dict() == by_month[PAGES].sum().sum(axis=1).to_dict()


def test_conversion_is_purchases_over_sessions(book: Book, visits: pd.DataFrame) -> None:
    table = pf.usage(book.activity, period=book.period, rates=book.policies.usage_rates)
    share = visits.groupby(["period", "VisitorType"])["Revenue"].mean()
    bought = table[table["metric"] == "sessions with purchase"].set_index("product")
    for visitor in ("New_Visitor", "Returning_Visitor"):
        assert bought.loc[visitor, "value_share"] == pytest.approx(share["2017-09", visitor])
        assert bought.loc[visitor, "previous_share"] == pytest.approx(share["2017-08", visitor])
    september = visits[visits["period"] == "2017-09"]
    total = bought[bought["role"] == "total"].iloc[0]
    assert total["value_share"] == pytest.approx(september["Revenue"].mean())
    assert total["units"] == september["Revenue"].sum() == 86


def test_a_month_after_a_gap_is_compared_with_nothing(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2017-05")
    table = pf.usage(book.activity, period=book.period)
    assert table["previous"].isna().all()
    assert "previous period: 2017-04 is not in the input" in table["reason"].iloc[0]


def test_the_other_sections_say_what_is_missing(book: Book) -> None:
    result = pf.pnl(book.statement, period=book.period)
    note = pf.tables.pnl(result, about=book.about)
    assert "feed table invoices, or actuals" in note.message
    lines = pf.budget_lines(book.actuals, book.budget, period=book.period)
    assert "This book has no budget" in pf.tables.budget_lines(lines, about=book.about).message
