from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.book import Book, open_book
from pfkit.measures import effort_variance

if TYPE_CHECKING:
    from pfkit.demo import Demo


@pytest.fixture(scope="module")
def book(demo: Demo) -> Book:
    return open_book(demo.folder, period=demo.period)


def test_dearer_hours_that_were_planted_are_a_rate_variance(book: Book, demo: Demo) -> None:
    (cause,) = [row for row in demo.planted["causes"] if row["cause"] == "dearer hours"]
    found = effort_variance(book.effort, period=book.period, by="role").set_index("effort_role")
    row = found.loc[cause["role"]]
    at_standard = row["actual_hours"] * row["planned_hourly_cost"]
    assert row["rate"] / at_standard == pytest.approx(cause["rate"], abs=0.015)
    assert row["driver"] == "rate"
    others = found.drop(index=[cause["role"], ""])
    assert (others["rate"].abs() / others["planned"] < 0.02).all()
