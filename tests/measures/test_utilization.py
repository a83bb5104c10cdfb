from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import MeasureError
from pfkit.measures import utilization
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

CALENDAR = FiscalCalendar()


@pytest.fixture
def effort(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        version | period  | cost_center | role     | product | hours | hourly_cost
        actual  | 2026-01 | D1          | Engineer | Atlas   |   130 |        80
        actual  | 2026-02 | D1          | Engineer | Atlas   |    60 |        80
        actual  | 2026-02 | D1          | Engineer | Borea   |    30 |       100
        actual  | 2026-02 | D2          | Designer | Atlas   |    50 |        60
        actual  | 2026-02 | D3          | Agent    | Atlas   |    40 |        30
        adopted | 2026-02 | D1          | Engineer | Atlas   |   999 |        80
    """)


@pytest.fixture
def capacity(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        period  | cost_center | role     | hours
        2026-01 | D1          | Engineer |   100
        2026-02 | D1          | Engineer |   100
        2026-02 | D2          | Designer |    80
        2026-02 | D2          | Designer |    20
        2026-02 | D4          | Writer   |    10
    """)


def test_hours_are_held_against_capacity_by_hand(
    effort: pd.DataFrame, capacity: pd.DataFrame
) -> None:
    found = utilization(effort, capacity, period=CALENDAR.period("2026-02"))
    assert found["row_key"].tolist() == [
        *("d1|engineer", "d2|designer", "d4|writer", "d3|agent", "total")
    ]
    rows = found.set_index("row_key")
    engineer = rows.loc["d1|engineer"]
    assert engineer[["capacity", "worked", "spare", "used_share"]].tolist() == [100, 90, 10, 0.9]
    # 220 of 200 hours in the year to date; January was at 130 %
    assert engineer["used_to_date_share"] == pytest.approx(1.1)
    assert (engineer["highest_share"], engineer["months"]) == (1.3, 1)
    # 10 hours at (60 x 80 + 30 x 100) / 90
    assert engineer["spare_cost"] == pytest.approx(7800 / 9)
    assert rows["state"].tolist() == ["", "under", "under", "", ""]
    assert rows.loc["d3|agent", "reason"] == "no capacity"
    assert pd.isna(rows.loc["d3|agent", "used_share"])
    assert rows.loc["d4|writer", "reason"] == "no hours worked"
    # the agents without capacity are not in it
    assert rows.loc["total", ["capacity", "worked"]].tolist() == [210.0, 140.0]


def test_months_without_capacity_are_told(effort: pd.DataFrame, capacity: pd.DataFrame) -> None:
    found = utilization(effort, capacity, period=CALENDAR.period("2026Q1"), by=["cost_center"])
    rows = found.set_index("row_key")
    assert rows.loc["d1", "reason"] == "capacity of some months only"
    assert rows.loc["d1", "label"] == "D1"


def test_teams_are_cost_centers_and_roles_only(
    effort: pd.DataFrame, capacity: pd.DataFrame
) -> None:
    february = CALENDAR.period("2026-02")
    with pytest.raises(MeasureError, match="is no part of a team"):
        utilization(effort, capacity, period=february, by=["product"])
    effort["hours"] = effort["hours"].astype("float64")
    effort.loc[0, "hours"] = float("nan")
    with pytest.raises(MeasureError, match="effort: hours are missing"):
        utilization(effort, capacity, period=february)
    assert utilization(effort.head(0), capacity.head(0), period=february).empty
