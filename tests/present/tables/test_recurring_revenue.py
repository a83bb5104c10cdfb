"""Exhibits of recurring revenue: the bridge, the table by segment, cohorts, unit economics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import figures, tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit


@pytest.fixture
def paid() -> pd.DataFrame:
    """May 90 000: June gains 12 000 of Large and 5 000 of a new one, loses 9 000 of Small."""
    lines = [
        ("2026-04", "A", "Large", 60_000.0),
        ("2026-05", "A", "Large", 60_000.0),
        ("2026-05", "B", "Small", 20_000.0),
        ("2026-05", "C", "Small", 9_000.0),
        ("2026-05", "Z", "Small", 1_000.0),
        ("2026-06", "A", "Large", 72_000.0),
        ("2026-06", "B", "Small", 20_000.0),
        ("2026-06", "N", "Small", 5_000.0),
        ("2026-06", "Z", "Small", 1_000.0),
    ]
    frame = pd.DataFrame(lines, columns=["period", "customer", "segment", "amount_local"])
    return frame.assign(currency="EUR", rate=1.0)


def true(shown: Exhibit) -> Exhibit:
    """Work out every number of the message again from the data."""
    assert shown.facts
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text
    return shown


def test_the_bridge_names_the_largest_movements_and_the_convention(
    paid: pd.DataFrame, june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    walked = measures.recurring_revenue(paid, period=june)
    kept = measures.retention(paid, period=june, window_months=1)
    shown = true(figures.recurring_revenue(walked, kept, about=about))
    assert plain(shown.message) == (
        "Recurring revenue is 98.0 kEUR a month against 90.0 before; expansion adds most (+12.0); "
        "churn takes most (-9.0); of what was paid 1 month ago 103.3 % net and 90.0 % gross are "
        "retained"
    )
    assert shown.data["step"].tolist() == [
        "previous", "New customers", "Expansion", "Churn", "actual",
    ]  # fmt: skip
    assert shown.bridge == {"start": 90_000, "steps": [5_000, 12_000, -9_000], "end": 98_000}
    assert "customers of the start, at the end" in shown.notes[1]
    assert compiled(shown).startswith(b"%PDF")


def test_without_a_year_the_bridge_says_why_there_is_no_retention(
    paid: pd.DataFrame, june: Period, about: About
) -> None:
    walked = measures.recurring_revenue(paid, period=june)
    shown = figures.recurring_revenue(walked, measures.retention(paid, period=june), about=about)
    assert "retained" not in shown.message
    assert shown.notes[1] == "No retention: no recurring revenue is known of 2025-06."


def test_by_segment_movements_stand_beside_retention(
    paid: pd.DataFrame, june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    by = "segment"
    walked = measures.recurring_revenue(paid, period=june, by=by)
    kept = measures.retention(paid, period=june, by=by, window_months=1)
    shown = true(tables.recurring_revenue(walked, kept, about=about))
    assert plain(shown.message) == (
        "Recurring revenue moves by +8.0 kEUR a month to 98.0; Large gains most (+12.0); Small "
        "loses most (-4.0)"
    )
    assert [row[0] for row in shown.printed] == ["Large", "Small", "Total"]
    assert plain(shown.printed[1][-2]) == "70.0"  # Small: 21 of 30 stay
    assert "by segment" in shown.title
    assert compiled(shown).startswith(b"%PDF")


def test_what_rates_did_stands_beside_what_customers_did(
    paid: pd.DataFrame, june: Period, about: About
) -> None:
    """In June a unit of A's currency is worth 1.10: 72 becomes 79.2, of which 7.2 by the rate."""
    foreign = paid["customer"] == "A"
    moved = paid.assign(currency=paid["currency"].mask(foreign, "USD"))
    moved["rate"] = moved["rate"].mask(foreign & (moved["period"] == "2026-06"), 1.1)
    walked = measures.recurring_revenue(moved, period=june, by="segment")
    row = walked.set_index("role").loc["total"]
    change = row["closing"] - row["opening"]
    assert change == pytest.approx(105_200 - 90_000)
    assert row["net_new"] + row["fx"] == pytest.approx(change)
    message = plain(true(tables.recurring_revenue(walked, about=about)).message)
    assert message.startswith(
        f"Recurring revenue moves from 90.0 to 105.2 kEUR a month, +{row['net_new'] / 1000:.1f} "
        f"from customers and +{row['fx'] / 1000:.1f} from exchange rates; "
    )


def test_rows_beyond_the_top_are_counted_in_the_total(
    paid: pd.DataFrame, june: Period, about: About
) -> None:
    walked = measures.recurring_revenue(paid, period=june, by="customer")
    shown = tables.recurring_revenue(walked, about=about, top=2)
    assert [row[0] for row in shown.printed] == ["A", "B", "Total"]
    assert "3 smaller rows are in the total and in the data." in shown.notes


def test_cohorts_print_in_grey_and_say_what_stays(
    paid: pd.DataFrame, june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = true(figures.cohorts(measures.cohorts(paid, period=june, every="month"), about=about))
    assert plain(shown.message) == (
        "After 1 month 3 new customers pay 70.0 % of what they paid in their first; 66.7 % of "
        "them are still there"
    )
    assert "Customers of 2026-04 began in that month or before" in shown.notes[1]
    assert compiled(shown).startswith(b"%PDF")


def test_no_cohort_is_one_line(paid: pd.DataFrame, june: Period, about: About) -> None:
    old = paid[paid["customer"] == "A"]
    shown = figures.cohorts(measures.cohorts(old, period=june, every="month"), about=about)
    assert shown.message == "There are no cohorts: nobody began within the months that are known."


def test_unit_economics_print_with_conventions_and_reasons(
    paid: pd.DataFrame, june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    spent = pd.DataFrame({"period": ["2026-06"], "amount": [30_000.0]})
    found = measures.unit_economics(paid, None, spent, period=june, window_months=1)
    shown = true(tables.unit_economics(found, about=about))
    assert plain(shown.message) == "A new customer pays 5.0 kEUR a month and costs 30.0 to win"
    rows = {row[0]: row[1:] for row in shown.printed}
    assert plain(rows["Quick ratio"][0]) == "1.9"  # 17 gained, 9 lost
    assert "Burn multiple: no cash burned is given" in shown.notes[1]
    assert "a lifetime needs 5" in shown.notes[1]
    assert compiled(shown).startswith(b"%PDF")


def test_a_book_without_subscriptions_gets_one_line(
    paid: pd.DataFrame, june: Period, about: About
) -> None:
    nothing = paid.head(0)
    exhibits = [
        figures.recurring_revenue(measures.recurring_revenue(nothing, period=june), about=about),
        tables.recurring_revenue(measures.recurring_revenue(nothing, period=june), about=about),
        figures.cohorts(measures.cohorts(nothing, period=june), about=about),
        tables.unit_economics(measures.unit_economics(nothing, period=june), about=about),
    ]
    for shown in exhibits:
        assert shown.kind == "note"
        assert shown.message.startswith("There is no recurring revenue: add a source")
