from __future__ import annotations

import pandas as pd

from pfkit.conform.associating import kpis, metrics
from pfkit.period import FiscalCalendar

JUNE = FiscalCalendar().period("2026-06")
USED = pd.DataFrame(
    [
        ("2026-05", "Atlas", "export", "files", 3),
        ("2026-05", "Borea", "export", "files", 4),
        ("2026-05", "Atlas", "search", "calls", 5),
        ("2026-05", "Atlas", "api", "calls", 6),
        ("2026-06", "Atlas", "api", "calls", 7),
        ("2026-07", "Atlas", "api", "calls", 9),
    ],
    columns=["period", "product", "feature", "metric", "units"],
)
TOLD = pd.DataFrame(
    [
        ("actual", "2026-05", "Licenses", "gross", 100.0),
        ("actual", "2026-05", "Services", "gross", 30.0),
        ("actual", "2026-05", "Refunds", "returns", -10.0),
        ("actual", "2026-05", "Hosting", "cost_of_revenue", -40.0),
        ("budget", "2026-05", "Licenses", "gross", 999.0),
        ("actual", "2026-07", "Licenses", "gross", 999.0),
    ],
    columns=["version", "period", "line", "group", "amount"],
)


def test_each_metric_and_the_features_of_one_that_has_several() -> None:
    found = metrics(USED, JUNE)
    assert found.to_numpy().tolist() == [
        ["2026-05", "calls", 11.0],
        ["2026-06", "calls", 7.0],
        ["2026-05", "calls, api", 6.0],
        ["2026-06", "calls, api", 7.0],
        ["2026-05", "calls, search", 5.0],
        ["2026-05", "files", 7.0],
    ]


def test_a_month_that_is_not_whole_is_left_out() -> None:
    assert set(metrics(USED, JUNE, cut_short="2026-06-12")["period"]) == {"2026-05"}


def test_revenue_its_lines_and_cost_are_above_zero() -> None:
    found = kpis(TOLD, JUNE)
    assert dict(zip(found["kpi"], found["value"], strict=True)) == {
        "Cost of revenue": 40.0,
        "Licenses": 100.0,
        "Net revenue": 120.0,
        "Services": 30.0,
    }
    assert set(found["period"]) == {"2026-05"}


def test_what_is_stated_for_a_quarter_is_no_month() -> None:
    assert kpis(TOLD.assign(since="2026-03"), JUNE).empty


def test_a_book_without_usage_has_no_metrics() -> None:
    assert metrics(USED.head(0), JUNE).columns.tolist() == ["period", "metric", "value"]
