from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import unit_cost
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

CALENDAR = FiscalCalendar()


@pytest.fixture
def statement(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        version | period  | product | line    | group           | amount
        actual  | 2025-12 | Atlas   | Hosting | cost_of_revenue | -100.00
        actual  | 2026-01 | Atlas   | Hosting | cost_of_revenue | -140.00
        actual  | 2026-02 | Atlas   | Hosting | cost_of_revenue | -180.00
        actual  | 2026-02 | Atlas   | R&D     | operating       | -500.00
        actual  | 2026-02 | Borea   | Hosting | cost_of_revenue |  -70.00
        actual  | 2026-02 | (none)  | Hosting | cost_of_revenue | -999.00
        adopted | 2026-02 | Atlas   | Hosting | cost_of_revenue | -888.00
    """)


@pytest.fixture
def drivers(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        driver    | metric | period  | product | customer | units
        units     | seats  | 2025-12 | Atlas   | K1       |    50
        units     | seats  | 2026-01 | Atlas   | K1       |    70
        units     | seats  | 2026-02 | Atlas   | K1       |    60
        units     | seats  | 2026-02 | Atlas   | K2       |    12
        units     | calls  | 2026-02 | Borea   | K2       |    35
        units     | days   | 2026-02 | Borea   | K2       |     1
        customers | ''     | 2026-02 | Atlas   | K1       |     1
        customers | ''     | 2026-02 | Borea   | K2       |     1
    """)


def test_unit_cost_and_why_cost_moved_by_hand(
    statement: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    found = unit_cost(statement, drivers, period=CALENDAR.period("2026-02"))
    assert found.table["label"].tolist() == ["seats", "calls", "customer"]
    seats = found.table.set_index("label").loc["seats"]
    # 180 over 72 seats; before, 240 over 120: 60 seats a month at 2.00
    assert seats[["cost", "units", "unit_cost", "before"]].tolist() == [180.0, 72.0, 2.5, 2.0]
    assert seats[["volume_effect", "rate_effect"]].tolist() == [24.0, 36.0]
    assert seats["change_rate"] == pytest.approx(0.25)
    assert seats["favorable"] is False or not seats["favorable"]
    customer = found.table.set_index("label").loc["customer"]
    assert customer["unit_cost"] == 125.0
    assert customer["reason"] == "no months before"
    trend = found.trend[found.trend["label"] == "seats"]
    assert trend["unit_cost"].tolist() == [2.0, 2.0, 2.5]


def test_operating_cost_can_be_in_it_and_a_quarter_adds_up(
    statement: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    found = unit_cost(
        statement, drivers, period=CALENDAR.period("2026Q1"), of=[("units", "seats")],
        groups=["cost_of_revenue", "operating"],
    )  # fmt: skip
    row = found.table.iloc[0]
    assert row[["cost", "units"]].tolist() == [820.0, 142.0]
    assert row["reason"] == "units in some months only"


def test_what_is_not_known_is_refused(statement: pd.DataFrame, drivers: pd.DataFrame) -> None:
    february = CALENDAR.period("2026-02")
    with pytest.raises(MeasureError, match="closest known metric is 'seats'"):
        unit_cost(statement, drivers, period=february, of=[("units", "seat")])
    with pytest.raises(MeasureError, match="closest known group is 'operating'"):
        unit_cost(statement, drivers, period=february, groups=["operation"])
    with pytest.raises(MeasureError, match="1 months shown"):
        unit_cost(statement, drivers, period=february, months=1)
    may = unit_cost(statement, drivers, period=CALENDAR.period("2026-05"))
    assert may.table["reason"].tolist() == ["no units in 2026-05"] * 3


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(-9999, 99999)), min_size=2, max_size=6))
def test_volume_and_rate_add_up_to_the_change_of_cost(months: list[tuple[int, int]]) -> None:
    assume(any(cents for _, cents in months))
    labels = [f"2026-{n:02d}" for n in range(1, len(months) + 1)]
    line = {"version": "actual", "product": "P", "line": "L", "group": "cost_of_revenue"}
    statement = pd.DataFrame(
        [line | {"period": m, "amount": -c / 100} for m, (_, c) in zip(labels, months, strict=True)]
    )
    unit = {"driver": "orders", "metric": "", "product": "P", "customer": "K"}
    drivers = pd.DataFrame(
        [unit | {"period": m, "units": u} for m, (u, _) in zip(labels, months, strict=True)]
    )
    row = unit_cost(statement, drivers, period=CALENDAR.period(labels[-1])).table.iloc[0]
    before = [c / 100 for _, c in months[:-1]]
    change = months[-1][1] / 100 - sum(before) / len(before)
    assert row["volume_effect"] + row["rate_effect"] == pytest.approx(change, abs=0.011)
