from __future__ import annotations

import pandas as pd
import pytest

from pfkit.errors import MeasureError
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
