from __future__ import annotations

import pandas as pd
import pytest

from pfkit.conform.attributing import costs, gross_margin, ledger, releases, rollout
from pfkit.period import FiscalCalendar

CALENDAR = FiscalCalendar()
JUNE = CALENDAR.period("2026-06")
FEATURES = pd.DataFrame(
    {
        "feature": ["export", "search", "old"],
        "initiative": ["INI-1", "INI-1", None],
        "weight": [3.0, 1.0, None],
    }
)
EFFORT = pd.DataFrame(
    [
        ("actual", "2026-01", "R&D", "", 10.0, 50.0),  # before the first initiative: not shared
        ("actual", "2026-02", "R&D", "INI-1", 20.0, 50.0),
        ("actual", "2026-03", "R&D", "INI-2", 60.0, 50.0),
        ("actual", "2026-03", "R&D", "", 8.0, 100.0),
        ("actual", "2026-03", "Sales", "", 99.0, 100.0),  # worked for no initiative ever
        ("budget", "2026-03", "R&D", "INI-1", 99.0, 100.0),
        ("actual", "2026-07", "R&D", "INI-1", 99.0, 100.0),  # after the period
    ],
    columns=["version", "period", "cost_center", "initiative", "hours", "hourly_cost"],
)
FLOWS = pd.DataFrame(
    [
        ("INI-1", "actual", "investment", "2026-02", -4000.0),
        ("INI-1", "actual", "benefit", "2026-05", 9000.0),
        ("INI-1", "plan", "investment", "2026-02", -9999.0),
        ("INI-1", "actual", "cost", "2026-07", -9999.0),
    ],
    columns=["initiative", "kind", "flow", "period", "amount"],
)


def test_cost_is_what_went_out_and_a_share_by_hours() -> None:
    found = costs(FEATURES, FLOWS, EFFORT, JUNE)
    assert found["feature"].tolist() == ["export", "search"]
    assert found["direct"].tolist() == [3000, 1000]  # 4,000 by weight 3 to 1
    assert found["hours"].tolist() == [15, 5]
    # 8 hours of 100 for nobody; INI-1 has 20 of 80 hours: 200, by weight
    assert found["allocated"].tolist() == [150, 50]


def test_hours_for_a_product_are_its_own_and_not_shared() -> None:
    product = ["Atlas", "Atlas", "Atlas", "Ferry", "(none)", "Atlas", "Atlas"]
    owned = costs(FEATURES, FLOWS, EFFORT.assign(product=product), JUNE)
    assert owned["allocated"].tolist() == [0, 0]  # the 8 hours were Ferry's
    product[3] = "(none)"
    shared = costs(FEATURES, FLOWS, EFFORT.assign(product=product), JUNE)
    assert shared["allocated"].tolist() == [150, 50]


def test_without_cash_flows_hours_are_the_cost() -> None:
    found = costs(FEATURES, FLOWS.head(0), EFFORT, JUNE)
    assert found["direct"].tolist() == [750, 250]
    assert costs(FEATURES.iloc[2:], FLOWS, EFFORT, JUNE).empty
    none = costs(FEATURES, FLOWS, EFFORT.head(0), JUNE)
    assert none["allocated"].tolist() == [0, 0]


def test_the_last_word_on_a_release_counts() -> None:
    table = pd.DataFrame(
        {
            "feature": ["export", "export", "search", "gone"],
            "released_on": pd.to_datetime(["2026-03-31", "2026-04-02", "2026-05-01", "2026-05-01"]),
            "status": ["planned", "released", "planned", "withdrawn"],
            "expected_amount": [None, None, 500.0, None],
            "known_on": pd.to_datetime(["2026-01-01", "2026-04-02", "2026-01-01", "2026-01-01"]),
        }
    )
    found = releases(table, CALENDAR)
    assert found[["feature", "period", "status"]].to_numpy().tolist() == [
        ["export", "2026-04", "released"],
        ["search", "2026-05", "planned"],
    ]


def test_a_rollout_names_fiscal_months_and_keeps_holdouts() -> None:
    table = pd.DataFrame(
        {
            "feature": ["export", "export", "search"],
            "customer": ["A", "B", "(none)"],
            "how": ["randomized", "randomized", "forced"],
            "wave": ["1", "holdout", None],
            "available_from": pd.to_datetime(["2026-04-02", None, "2026-05-01"]),
            "known_on": pd.to_datetime(["2026-01-01"] * 3),
        }
    )
    found = rollout(table, CALENDAR)
    assert found["available_from"].fillna("").tolist() == ["2026-04", "", "2026-05"]
    assert found["customer"].fillna("").tolist() == ["A", "B", ""]


def test_ledger_and_margin_come_of_the_statement() -> None:
    rows = pd.DataFrame(
        [
            ("actual", "2026-05", "gross", 100.0),
            ("actual", "2026-06", "gross", 120.0),
            ("actual", "2026-06", "returns", -20.0),
            ("actual", "2026-06", "cost_of_revenue", -50.0),
            ("adopted", "2026-06", "gross", 999.0),
        ],
        columns=["version", "period", "group", "amount"],
    )
    found = ledger(rows, {"2026-06"})
    assert found is not None
    assert found.to_numpy().tolist() == [["2026-06", 100.0]]
    assert gross_margin(rows, JUNE) == pytest.approx(1 - 50 / 200)
    assert gross_margin(rows[rows["group"] == "gross"], JUNE) is None
    dear = rows.assign(amount=rows["amount"].mask(rows["group"] == "cost_of_revenue", -300.0))
    assert gross_margin(dear, JUNE) is None
    assert ledger(rows.assign(since="2026-01"), {"2026-06"}) is None
