from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import development_cost, sln
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

CALENDAR = FiscalCalendar()
ASSET = ["opening", "capitalized", "amortized", "closing"]


@pytest.fixture
def effort(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        version | period  | cost_center | role     | product | initiative | hours | hourly_cost
        actual  | 2025-12 | D1          | Engineer | Atlas   | I-1        |    10 |       100
        actual  | 2026-01 | D1          | Engineer | Atlas   | I-1        |    20 |       100
        actual  | 2026-01 | D1          | Designer | Atlas   | I-1        |     5 |        60
        actual  | 2026-02 | D1          | Engineer | Atlas   | I-1        |     6 |       100
        actual  | 2026-02 | D1          | Engineer | Atlas   | ''         |    50 |       100
        actual  | 2026-02 | S9          | Agent    | Atlas   | ''         |   999 |        10
        actual  | 2026-02 | D1          | Engineer | Borea   | I-2        |     4 |       ''
        adopted | 2026-02 | D1          | Engineer | Borea   | I-2        |    99 |        90
        actual  | 2026-03 | D1          | Engineer | Borea   | I-2        |     7 |       100
    """).assign(hourly_cost=lambda t: pd.to_numeric(t["hourly_cost"]))


@pytest.fixture
def initiatives() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "initiative": ["I-1", "I-2"],
            "name": ["Search", "Portal"],
            "product": ["Atlas", "Borea"],
            "start": ["2026-01", "2026-02"],
            "status": ["live", "stopped"],
        }
    )


@pytest.fixture
def schedule() -> pd.DataFrame:
    row = {"initiative": "I-1", "milestone": "Launch", "planned_on": "2026-02-10", "weight": 1.0}
    row |= {"expected_on": None, "done_on": "2026-02-10", "go_live": True}
    return pd.DataFrame([row | {"known_on": "2026-02-11"}])


def test_an_hour_is_an_asset_from_the_start_to_the_month_before_go_live(
    effort: pd.DataFrame, initiatives: pd.DataFrame, schedule: pd.DataFrame
) -> None:
    found = development_cost(
        effort, initiatives, schedule, period=CALENDAR.period("2026-02"),
        life_months=24, cost_centers=["D1"], roles=["Engineer"],
    )  # fmt: skip
    rows = found.table.set_index("row_key")
    # December is before the start, the designer's role is not capitalized: 20 h x 100 are, and
    # 2,000 over 24 months are 83.33 in the month it goes live, when its 600 are expensed
    assert rows.loc["i-1", ["cost", "expensed"]].tolist() == [600.0, 600.0]
    assert rows.loc["i-1", ASSET].tolist() == [2000.0, 0.0, 83.33, 1916.67]
    assert rows.loc["i-1", ["go_live", "left_months"]].tolist() == ["2026-02", 23]
    # four hours without a cost, at the planned 90; stopped, and still on the books
    assert rows.loc["i-2", ASSET].tolist() == [0.0, 360.0, 0.0, 360.0]
    assert rows.loc["i-2", "reason"] == (
        "hours of Engineer at the planned rate; stopped: what is capitalized has no use"
    )
    assert rows.loc["other", ["hours", "expensed"]].tolist() == [50.0, 5000.0]
    assert rows.loc["total", ["cost", *ASSET]].tolist() == [5960.0, 2000.0, 360.0, 83.33, 2276.67]


def test_a_whole_life_ends_at_zero_by_the_straight_line(
    effort: pd.DataFrame, initiatives: pd.DataFrame, schedule: pd.DataFrame
) -> None:
    found = development_cost(
        effort, initiatives, schedule, period=CALENDAR.period("2026-02"),
        life_months=24, cost_centers=["D1"], roles=["Engineer"],
    )  # fmt: skip
    mine = found.schedule[found.schedule["initiative"] == "I-1"]
    assert mine["period"].tolist()[0] == "2026-01"
    assert mine["period"].tolist()[-1] == "2028-01"
    assert mine["closing"].tolist()[-1] == 0.0
    charges = mine["amortized"].tolist()[1:]
    assert sum(charges) == pytest.approx(2000)
    assert charges == pytest.approx([sln(2000, salvage=0, life=24)] * 24, abs=0.01)


def test_products_carry_the_assets_of_their_initiatives(
    effort: pd.DataFrame, initiatives: pd.DataFrame, schedule: pd.DataFrame
) -> None:
    found = development_cost(
        effort, initiatives, schedule, period=CALENDAR.period("2026Q1"), by="product"
    )
    rows = found.table.set_index("product")
    # Atlas: 20 x 100 and 5 x 60 in January are an asset, less one and two of 36 months
    assert rows.loc["Atlas", ASSET].tolist() == [0.0, 2300.0, 127.78, 2172.22]
    assert rows.loc["Borea", "capitalized"] == 360 + 700


def test_a_go_live_that_is_learned_later_does_not_count(
    effort: pd.DataFrame, initiatives: pd.DataFrame, schedule: pd.DataFrame
) -> None:
    january = CALENDAR.period("2026-01")
    found = development_cost(effort, initiatives, schedule, period=january)
    assert found.table.set_index("row_key").loc["i-1", "go_live"] == ""


def test_what_cannot_be_costed_is_refused_or_told(effort: pd.DataFrame) -> None:
    february = CALENDAR.period("2026-02")
    with pytest.raises(MeasureError, match="a life of 0 months"):
        development_cost(effort, period=february, life_months=0)
    with pytest.raises(MeasureError, match="'team' is neither"):
        development_cost(effort, period=february, by="team")
    actual = effort[effort["version"] == "actual"]
    told = development_cost(actual, period=february).table.set_index("row_key")
    assert told.loc["i-2", "reason"] == "no cost and no planned rate of Engineer: hours only"
    effort.loc[0, "hours"] = float("nan")
    with pytest.raises(MeasureError, match="hours of Engineer in 2025-12 are missing"):
        development_cost(effort, period=february)


@given(st.data())
def test_opening_and_moves_make_closing_in_every_month(data: st.DataObject) -> None:
    months = [f"2026-{n:02d}" for n in range(1, 7)]
    base = {"version": "actual", "cost_center": "D", "role": "R", "product": "P"}
    rows: list[dict[str, Any]] = [
        base | {"period": m, "initiative": i, "hours": data.draw(st.integers(-20, 200))}
        | {"hourly_cost": data.draw(st.integers(0, 9999)) / 100}
        for m in months
        for i in ("A", "B")
    ]  # fmt: skip
    go = {"initiative": "A", "milestone": "m", "planned_on": "2026-04-01", "expected_on": None}
    go |= {"done_on": f"{data.draw(st.sampled_from(months))}-15", "weight": 1.0, "go_live": True}
    schedule = pd.DataFrame([go | {"known_on": "2026-01-01"}])
    life = data.draw(st.integers(1, 9))
    before: dict[str, float] = {}
    for month in months:
        table = development_cost(
            pd.DataFrame(rows), None, schedule, period=CALENDAR.period(month), life_months=life,
            as_of=CALENDAR.period("2026-06").last,
        ).table.set_index("row_key")  # fmt: skip
        for key, row in table.iterrows():
            assert row["opening"] == pytest.approx(before.get(str(key), 0.0), abs=1e-6)
            moved = row["opening"] + row["capitalized"] - row["amortized"]
            assert moved == pytest.approx(row["closing"], abs=1e-6)
            assert row["cost"] == pytest.approx(row["expensed"] + row["capitalized"], abs=1e-6)
        before = {str(key): float(value) for key, value in table["closing"].items()}
