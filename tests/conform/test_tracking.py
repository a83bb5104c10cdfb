"""The last review of each initiative, and its cost to the month that counts, by hand."""

from __future__ import annotations

import pandas as pd

from pfkit.conform.tracking import review_costs, reviews
from pfkit.period import FiscalCalendar

JUNE = FiscalCalendar().period("2026-06")
TABLE = pd.DataFrame(
    {
        "initiative": ["I-1", "I-1", "I-2", "I-3"],
        "roi": [0.9, 0.4, 0.1, 0.2],
        "method": "review",
        "stated_roi": [None, None, 0.15, None],
        "through": ["2026-02", "2026-02", None, "2026-09"],
        "reviewed_on": pd.to_datetime(["2026-03-20", "2026-04-02", None, "2026-06-01"]),
        "known_on": pd.to_datetime(["2026-03-22", "2026-04-05", "2026-05-05", "2026-06-02"]),
    }
)
FEATURES = pd.DataFrame({"feature": ["a"], "initiative": ["I-1"], "weight": [None]})
FLOWS = pd.DataFrame(
    {
        "initiative": "I-1",
        "kind": "actual",
        "flow": ["investment", "cost"],
        "period": ["2026-01", "2026-05"],
        "amount": [-100.0, -30.0],
    }
)
NOBODY = pd.DataFrame(
    columns=["version", "period", "cost_center", "initiative", "hours", "hourly_cost"]
)


def test_the_last_review_counts_and_none_of_a_later_month() -> None:
    found = reviews(TABLE, JUNE)
    assert found[["initiative", "roi", "period"]].to_numpy().tolist() == [
        ["I-1", 0.4, "2026Q2"],
        ["I-2", 0.1, "2026Q2"],
    ]
    assert reviews(TABLE.head(0), JUNE).empty


def test_cost_is_counted_to_the_month_of_each_review() -> None:
    found = review_costs(reviews(TABLE, JUNE), FEATURES, FLOWS, NOBODY, JUNE)
    assert found[["through", "direct"]].fillna("").to_numpy().tolist() == [
        ["2026-02", 100.0],
        ["", 130.0],
    ]
    assert review_costs(reviews(TABLE.head(0), JUNE), FEATURES, FLOWS, NOBODY, JUNE).empty
