from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.cashflows import checked, month_number, views_of

FLOWS = pd.DataFrame(
    [
        ("x", "2026-01", "plan", "investment", -10.0),
        ("x", "2026-02", "plan", "benefit", 4.0),
        ("x", "2026-04", "plan", "benefit", 9.0),
        ("x", "2026-01", "actual", "investment", -12.0),
    ],
    columns=["initiative", "period", "kind", "flow", "amount"],
)


def test_the_outlook_is_what_happened_and_what_is_still_planned() -> None:
    views = views_of(checked(FLOWS), "2026-02")
    assert {name: view.total("benefit") for name, view in views.items()} == {
        "plan_to_date": 400,
        "actual": 0,
        "plan": 1300,
        "outlook": 900,
    }
    assert views["outlook"].line(month_number("2026-01")) == [-12.0, 0.0, 0.0, 9.0]


def test_months_are_numbered_without_gaps() -> None:
    assert month_number("2026-01") - month_number("2025-12") == 1


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    with pytest.raises(MeasureError, match="kind 'actuals'") as caught:
        checked(FLOWS.assign(kind="actuals"))
    assert "'actual'" in caught.value.advice


def test_an_outlook_by_performance_moves_and_scales_what_is_still_planned() -> None:
    months = [f"2026-{month:02d}" for month in range(1, 13)]
    rows = [("x", month, "plan", "benefit", 100.0) for month in months[1:]]
    rows += [("x", month, "plan", "cost", -10.0) for month in months[1:]]
    rows += [("x", month, "actual", "benefit", 60.0) for month in months[3:7]]
    rows += [("x", month, "actual", "cost", -12.0) for month in months[1:7]]
    flows = checked(pd.DataFrame(rows, columns=FLOWS.columns))
    view = views_of(flows, "2026-07", outlook="performance")["outlook"]
    # the first benefit came two months late, and 240 came of the 400 planned for four months
    assert view.total("benefit") == 24_000 + 5 * 6_000
    # 72 were paid for 60 planned, and five months are still to come
    assert view.total("cost") == -7_200 - 5 * 1_200
    assert view.reason == ""


def test_the_level_of_a_benefit_is_that_of_the_last_six_months() -> None:
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    rows = [("x", month, "plan", "benefit", 100.0) for month in months]
    rows += [("x", month, "actual", "benefit", 10.0) for month in months[:4]]
    rows += [("x", month, "actual", "benefit", 70.0) for month in months[4:10]]
    flows = checked(pd.DataFrame(rows, columns=FLOWS.columns))
    view = views_of(flows, "2025-10", outlook="performance")["outlook"]
    assert view.total("benefit") == 4_000 + 42_000 + 2 * 7_000
    once = [row for row in rows if row[2] == "actual" or row[1] < "2025-05" or row[1] > "2025-10"]
    flows = checked(pd.DataFrame(once, columns=FLOWS.columns))
    view = views_of(flows, "2025-10", outlook="performance")["outlook"]
    # nothing was planned for the last six months, so all that came tells: 460 of 400
    assert view.total("benefit") == 46_000 + 2 * 11_500


def test_what_moves_beyond_the_plan_is_lost_but_for_the_outlay() -> None:
    rows = [("x", f"2026-0{month}", "plan", "investment", -50.0) for month in range(1, 7)]
    rows += [("x", f"2026-0{month}", "actual", "investment", -55.0) for month in range(3, 7)]
    rows += [("x", "2026-06", "plan", "benefit", 80.0), ("x", "2026-07", "plan", "benefit", 80.0)]
    flows = checked(pd.DataFrame(rows, columns=FLOWS.columns))
    view = views_of(flows, "2026-06", outlook="performance")["outlook"]
    assert view.total("investment") == -30_000 - 3_000  # two months more than planned: 6 x 55
    assert view.total("benefit") == 8_000  # moved from June to July; July's is beyond
    assert view.reason == "fewer than 3 months of benefit to go by, the planned level is kept"


def test_what_is_all_planned_for_later_looks_as_planned() -> None:
    later = FLOWS.assign(initiative="y", kind="plan", period="2026-09")
    views = views_of(checked(later), "2026-02")
    assert views["outlook"].total("benefit") == 1300
    assert views["actual"].cells is None
    begun = FLOWS[FLOWS["kind"] == "plan"]  # planned to have begun, and nothing is known of it
    assert views_of(checked(begun), "2026-02")["outlook"].cells is None


def test_an_unknown_outlook_offers_the_nearest() -> None:
    with pytest.raises(ParameterError) as caught:
        views_of(checked(FLOWS), "2026-02", outlook="perfomance")
    assert "outlook 'perfomance' is not known" in str(caught.value)
    assert "'performance'" in caught.value.advice


def test_a_row_learned_later_does_not_count() -> None:
    known = FLOWS.assign(known_on=["2025-12-01", "2025-12-01", "2026-03-01", "2026-02-03"])
    flows = checked(known, as_of=date(2026, 2, 28))
    assert flows["cents"].tolist() == [-1000, 400, -1200]
