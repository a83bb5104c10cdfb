from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from pfkit import measures
from pfkit.book import Book, open_book
from pfkit.demo.capacity import LOAD, PRACTICAL

if TYPE_CHECKING:
    from pfkit.demo import Demo


@pytest.fixture(scope="module")
def book(demo: Demo) -> Book:
    return open_book(demo.folder, period=demo.period)


def test_shared_cost_and_customers_add_up_to_the_ledger(book: Book) -> None:
    costs = book.statement[
        (book.statement["version"] == "actual")
        & (book.statement["period"] == book.period.months[0])
        & book.statement["group"].isin(["cost_of_revenue", "operating"])
    ]
    shared = -costs.loc[costs["product"] == "(none)", "amount"].sum()
    found = measures.shared_cost(
        book.statement, book.drivers, period=book.period, **book.allocation
    )
    total = found.products.set_index("row_key").loc["total"]
    assert total["allocated"] == pytest.approx(shared, abs=0.005)
    assert total["cost"] == pytest.approx(-costs["amount"].sum(), abs=0.005)
    assert (found.pools["difference"] == 0).all()
    served = measures.cost_to_serve(
        found.products, book.revenue, book.drivers, period=book.period, serving=book.serving
    ).set_index("row_key")
    assert served.loc["total", "cost"] == pytest.approx(total["cost"], abs=0.005)
    assert served.loc["total", "revenue"] == pytest.approx(total["revenue"], abs=0.005)


def test_who_was_planned_too_full_and_too_empty_is_found(book: Book, demo: Demo) -> None:
    with (demo.folder / "effort/capacity.csv").open(encoding="utf-8") as file:
        heads = [float(row["Hours"]) / PRACTICAL for row in csv.DictReader(file)]
    assert all(head == round(head) for head in heads)
    found = measures.utilization(book.effort, book.capacity, period=book.period)
    rows = found.set_index("effort_role")
    assert rows.index[0] == max(LOAD, key=LOAD.__getitem__)
    assert rows.index[-2] == min(LOAD, key=LOAD.__getitem__)
    assert (rows["state"].iloc[0], rows["state"].iloc[-2]) == ("over", "under")


def test_the_asset_of_development_rolls_from_month_to_month(book: Book) -> None:
    closing = {}
    for month in ("2026-05", "2026-06"):
        table = measures.development_cost(
            book.effort, book.initiatives, book.milestones, period=book.calendar.period(month),
            as_of=book.as_of, **book.capitalization,
        ).table.set_index("row_key")  # fmt: skip
        if closing:
            assert table.loc["total", "opening"] == pytest.approx(closing["total"], abs=0.005)
        closing = table["closing"].to_dict()
    # what was built and went live, at 36 months: nothing is written off before go-live
    building = book.initiatives.loc[book.initiatives["status"] == "building", "initiative"]
    assert {str(name).lower() for name in building} <= set(table.index)
    assert (table.loc[[str(n).lower() for n in building], "amortized"] == 0).all()
