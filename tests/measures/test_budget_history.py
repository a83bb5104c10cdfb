from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import budget_history
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture(scope="module")
def said(rows: Rows) -> pd.DataFrame:
    """Give a target stated on three days: Fire raised twice, Parks as it was, Zoo new in June."""
    return rows("""
        version | period  | span | cost_center | amount | known_on   | replaced_on
        target  | 2026-12 | year | Fire        |    100 | 2025-12-11 | 2026-03-31
        target  | 2026-12 | year | Fire        |    120 | 2026-03-31 | 2026-06-30
        target  | 2026-12 | year | Fire        |    110 | 2026-06-30 |
        target  | 2026-12 | year | Parks       |     40 | 2025-12-11 | 2026-03-31
        target  | 2026-12 | year | Parks       |     40 | 2026-03-31 | 2026-06-30
        target  | 2026-12 | year | Parks       |     40 | 2026-06-30 |
        target  | 2026-12 | year | Zoo         |      7 | 2026-06-30 |
        adopted | 2026-12 | year | Fire        |    100 | 2025-12-11 |
        target  | 2025-12 | year | Fire        |     90 | 2024-12-11 |
    """)


def _cells(found: pd.DataFrame, *columns: str) -> list[list[object]]:
    return [
        [None if pd.isna(value) else value for value in row]
        for row in found[list(columns)].to_numpy().tolist()
    ]


def test_each_move_stands_below_its_line_with_day_and_amounts(said: pd.DataFrame) -> None:
    found = budget_history(said, period=JUNE, versions=["target"])
    assert _cells(found, "label", "role", "known_on", "first", "last", "moves") == [
        ["Fire", "item", "2026-06-30", 100.0, 110.0, 2],
        ["2026-03-31", "memo", "2026-03-31", 100.0, 120.0, None],
        ["2026-06-30", "memo", "2026-06-30", 120.0, 110.0, None],
        ["Zoo", "item", "2026-06-30", 0.0, 7.0, 1],
        ["2026-06-30", "memo", "2026-06-30", 0.0, 7.0, None],
        ["Parks", "item", "", 40.0, 40.0, 0],
        ["target", "total", "", 140.0, 157.0, 3],
    ]
    total = found.iloc[-1]
    assert (total["days"], total["lines"], total["lines_changed"]) == (3, 3, 2)
    assert total["changed_share"] == pytest.approx(2 / 3)
    assert found["row_key"].tolist()[:2] == ["target|fire", "target|fire|2026-03-31"]
    assert found["row_key"].is_unique


def _months(known_on: str, amount: float = 10.0) -> pd.DataFrame:
    months = {"version": "B", "period": JUNE.year.months, "cost_center": "Fire"}
    return pd.DataFrame(months | {"amount": amount, "known_on": known_on})


def test_months_that_add_up_move_a_line_too() -> None:
    more = _months("2026-02-01", 2.5).iloc[6:]
    found = budget_history(pd.concat([_months("2025-12-11"), more]), period=JUNE)
    assert _cells(found, "label", "first", "last", "moves")[0] == ["Fire", 120.0, 135.0, 1]


def test_months_count_once_they_cover_the_year() -> None:
    months = pd.concat([_months("2025-12-01").iloc[:6], _months("2025-12-11").iloc[6:]])
    found = budget_history(months, period=JUNE)
    assert _cells(found, "first", "last", "moves", "days")[0] == [120.0, 120.0, 0, 1]
    half = budget_history(months.iloc[:6], period=JUNE)
    assert _cells(half, "role", "lines", "reason") == [
        ["total", 0, "B: 6 of 12 months in the input"]
    ]


def test_lines_beyond_the_top_stand_together(said: pd.DataFrame) -> None:
    found = budget_history(said, period=JUNE, versions=["target"], top=1)
    other = found[found["role"] == "other"]
    assert _cells(other, "label", "lines", "lines_changed", "change") == [["Other (2)", 2, 1, 7.0]]


def test_an_unknown_version_is_refused_with_the_nearest(said: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match="version 'targets' is not in the input") as caught:
        budget_history(said, period=JUNE, versions=["targets"])
    assert "'target'" in caught.value.advice
    assert budget_history(said.iloc[:0], period=JUNE).empty


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 5), st.integers(-(10**6), 10**6)),
        min_size=1,
        max_size=20,
    )
)
def test_the_last_amount_is_the_first_and_its_moves(stated: list[tuple[str, int, int]]) -> None:
    rows = pd.DataFrame(stated, columns=["cost_center", "day", "amount"])
    rows["amount"] /= 100
    rows["known_on"] = [f"2026-0{day + 1}-15" for day in rows.pop("day")]
    rows = rows.assign(version="B", period="2026-05")
    found = budget_history(pd.concat([_months("2025-12-11", 0.0), rows]), period=JUNE, top=5)
    whole = rows.groupby("cost_center")["amount"].sum()
    for item in found[found["role"] == "item"].to_dict("records"):
        mine = found[(found["role"] == "memo") & (found["line"] == item["line"])]
        assert round((item["first"] + mine["change"].sum()) * 100) == round(item["last"] * 100)
        assert round(item["last"] * 100) == round(float(whole.get(item["line"], 0.0)) * 100)
