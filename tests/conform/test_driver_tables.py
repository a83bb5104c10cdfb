"""What a book tells of its drivers, from files to exhibits, on a small made-up company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
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


def test_use_before_a_customer_pays_more_is_credited(book: pf.Book) -> None:
    paths = pf.journeys(**book.journeys)
    credit = pf.credit_rules(paths, value="value")
    gains = book.journeys["gains"]
    total = credit[credit["role"] == "total"]
    assert total["last"].tolist() == pytest.approx([gains["amount"].sum()])
    assert (gains["day"] > book.journeys["touches"]["day"].min()).all()
    shown = pf.tables.credit_rules(credit, about=book.about, section="Q4")
    assert "credit, not cause" in shown.title
    assert any(note.startswith("Shared out: the first month's revenue") for note in shown.notes)


def test_what_is_taken_up_in_a_month_stands_before_gains_of_later_months(
    tmp_path: Path,
) -> None:
    tables = raw_tables(accounts=60, features=4)
    first, second = tables["releases"]["feature"].iloc[:2]
    tables["releases"] = tables["releases"].assign(released_on="2023-11-01", told="2023-11-01")
    tables["usage"] = pd.DataFrame(
        [
            ("C000001", first, "2024-02", 5),  # the first month of all: used before, who knows
            ("C000000", second, "2024-03", 5),
            ("C000000", first, "2024-04", 5),
            ("C000000", second, "2024-04", 1),
        ],
        columns=["customer", "feature", "period", "units"],
    )
    tables["subscriptions"] = pd.DataFrame(
        [
            ("S0", "C000001", "2024-04-10", 999, "USD"),
            ("S1", "C000000", "2024-01-05", 100, "USD"),
            ("S1", "C000000", "2024-04-10", 150, "USD"),
            ("S1", "C000000", "2024-06-10", 170, "USD"),
        ],
        columns=["subscription", "customer", "start", "monthly_local", "currency"],
    )
    paths = pf.journeys(**pf.open_book(write_book(tmp_path, tables), period="2024-12").journeys)
    told = paths[paths["gained"] > 0].set_index("path")["value"].to_dict()
    # what is taken up in April may have come after April's rise: it stands before June's
    assert told == {second: 50.0, first: 20.0, "(none)": 999.0}
    assert paths.attrs["what"] == (
        "recurring revenue a month that customers added, among features taken up in the 180 days "
        "before"
    )


def test_without_use_credit_is_one_line(tmp_path: Path) -> None:
    tables = raw_tables(accounts=60, features=4)
    del tables["usage"]
    bare = pf.open_book(write_book(tmp_path, tables), period="2024-12")
    credit = pf.credit_rules(pf.journeys(**bare.journeys), value="value")
    shown = pf.tables.credit_rules(credit, about=bare.about)
    assert shown.message == (
        "Credit rules have nothing to share out, because no use by customer is known: give table "
        "usage with customer and feature."
    )


def test_moments_of_use_count_each_day(tmp_path: Path) -> None:
    tables = raw_tables(accounts=60, features=4)
    first = tables["releases"]["feature"].iloc[0]
    moments = ["2024-03-30T09:00:00", "2024-04-09T09:00:00", "2024-06-20T09:00:00"]
    tables["usage"] = pd.DataFrame({"customer": "C000000", "feature": first, "ts": moments}).assign(
        units=1, period=[moment[:7] for moment in moments]
    )
    tables["subscriptions"] = pd.DataFrame(
        [("S1", "C000000", "2024-01-05", 100, "USD"), ("S1", "C000000", "2024-07-01", 150, "USD")],
        columns=["subscription", "customer", "start", "monthly_local", "currency"],
    )
    given = pf.open_book(write_book(tmp_path, tables), period="2024-12").journeys
    assert given["touches"]["day"].dt.strftime("%m-%d").tolist() == ["03-30", "04-09", "06-20"]
    assert given["window"] == 90


def test_a_roadmap_is_projected_from_plans_and_promises(tmp_path: Path) -> None:
    tables = raw_tables(accounts=60, features=4)
    tables["releases"] = pd.concat(
        [
            tables["releases"],
            pd.DataFrame(
                {
                    "feature": ["sync"],
                    "released_on": ["2025-03-01"],
                    "told": ["2024-10-01"],
                    "status": ["planned"],
                    "expected_amount": [12_000],
                }
            ),
        ]
    )
    tables["benefits"] = pd.DataFrame(
        {
            "benefit": [f"B{k}" for k in range(6)],
            "name": "More seats",
            "metric": [f"seats {k}" for k in range(6)],
            "kind": "revenue",
            "promised_amount": 100.0,
            "realized_amount": 50.0,
            "measured_on": "2024-06-30",
            "status": "measured",
            "start": "2023-06",
            "told": "2024-07-01",
        }
    )
    book = pf.open_book(write_book(tmp_path, tables), period="2024-12")
    found = pf.roadmap(**book.roadmap, period=book.period)
    # 1,000 a month from March on, half of it
    assert found.hit_rate == 0.5
    assert found.items[["item", "promised", "likely"]].to_numpy().tolist() == [
        ["sync", 10_000.0, pytest.approx(5_000.0)]
    ]
    bare = pf.roadmap(**pf.open_book(book.path, period="2024-09", as_of="2024-09-30").roadmap,
                      period=book.period)  # fmt: skip
    assert bare.verdict == "refused"
