from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.book import Book, open_book
from pfkit.measures import effort_variance, timing

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


def test_hosting_is_accrued_each_month_and_only_what_the_bill_corrects_is_timing(
    book: Book,
) -> None:
    names = book.accounts.loc[book.accounts["line"] == "Hosting", "account"]
    booked = book.actuals[
        book.actuals["account"].isin(names) & (book.actuals["period"] == book.period.label)
    ]
    sums = booked.groupby("entry_kind")["amount"].sum()
    late = round(float(sums["regular"] + sums["reversal"]), 2)
    assert 0 < abs(late) < sums["accrual"] / 100
    found = timing(
        book.actuals,
        book.budget,
        period=book.period,
        plan=book.plan_version,
        accounts=book.accounts,
    ).set_index("label")
    row = found.loc["Hosting"]
    assert row["accruals"] == -late
    assert row["permanent"] == pytest.approx(row["variance"] + late, abs=0.005)
