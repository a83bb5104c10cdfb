from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import usage
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

RATES = {"conversion": ("buys", "visits")}


@pytest.fixture(scope="module")
def activity(rows: Rows) -> pd.DataFrame:
    """Give two shops over January and February, and kilograms."""
    return rows("""
        period  | product | metric | units
        2025-02 | Rome    | visits |  50
        2026-01 | Rome    | visits |  80
        2026-01 | Oslo    | visits |  20
        2026-01 | Rome    | buys   |   8
        2026-02 | Rome    | visits | 100
        2026-02 | Oslo    | visits |  25
        2026-02 | Rome    | buys   |   5
        2026-02 | Rome    | kg     | 0.1
        2026-02 | Rome    | kg     | 0.2
    """)


def test_each_metric_stands_by_itself_with_its_change(
    activity: pd.DataFrame, february: Period
) -> None:
    table = usage(activity, period=february, rates=RATES).set_index("row_key")
    assert list(table.index) == ["buys|rome", "kg|rome", "visits", "visits|rome", "visits|oslo"]
    assert table["units"].tolist() == [5, 0.3, 125, 100, 25]
    assert table["previous"].tolist() == [8, 0, 100, 80, 20]
    assert table["previous_variance_rate"].dropna().tolist() == [-0.375, 0.25, 0.25, 0.25]
    assert table["prior_year"].tolist() == [0, 0, 50, 50, 0]
    assert table["units_ytd"].tolist() == [13, 0.3, 225, 180, 45]
    assert "previous period is zero" in table.loc["kg|rome", "reason"]


def test_a_share_is_of_the_same_products(activity: pd.DataFrame, february: Period) -> None:
    table = usage(activity, period=february, rates=RATES).set_index("row_key")
    # what both shops bought over what both were visited would need a row of both
    assert table.loc["buys|rome", "value_share"] == 0.05
    assert table.loc["buys|rome", "previous_share"] == 0.1
    assert table["value_share"].notna().sum() == 1
    assert table.loc["buys|rome", "rate"] == "conversion"


def test_small_ones_stand_together(activity: pd.DataFrame, february: Period) -> None:
    more = activity[activity["metric"] == "visits"]
    extra = [more.assign(product=name, units=1.0) for name in ("Bonn", "Graz")]
    table = usage(pd.concat([more, *extra]), period=february, top=2).set_index("row_key")
    assert table["label"].tolist() == ["visits", "Rome", "Oslo", "Other (2)"]
    # Rome has one row a month and each extra town repeats two: 1 + 1 in February
    assert table["units"].tolist() == [129, 100, 25, 4]


def test_a_month_that_is_missing_is_not_zero(activity: pd.DataFrame) -> None:
    march = FiscalCalendar().period("2026-03")
    table = usage(activity, period=march)
    assert table["units"].isna().all()
    assert table["previous_variance"].isna().all()
    assert "usage: 2026-03 is not in the input" in table["reason"].iloc[0]
    quarter = usage(activity, period=FiscalCalendar().period("2026Q1"))
    assert quarter.empty


def test_what_cannot_be_counted_is_refused(activity: pd.DataFrame, february: Period) -> None:
    with pytest.raises(MeasureError, match="names metric 'visit', which is not in the input"):
        usage(activity, period=february, rates={"x": ("buys", "visit")})
    with pytest.raises(MeasureError, match="some units are missing"):
        usage(activity.assign(units=float("nan")), period=february)
    with pytest.raises(MeasureError, match="top 0"):
        usage(activity, period=february, top=0)
    with pytest.raises(ContractError, match="'metric' is not there"):
        usage(activity.drop(columns="metric"), period=february)


def test_a_book_without_usage_has_no_row(activity: pd.DataFrame, february: Period) -> None:
    assert usage(activity.iloc[:0], period=february, rates=RATES).empty


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 10**9).map(lambda grams: grams / 1000)),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_parts_are_the_whole_in_any_order(cells: list[tuple[str, float]], random: object) -> None:
    february = FiscalCalendar().period("2026-02")
    table = pd.DataFrame(cells, columns=["product", "units"]).assign(period="2026-02", metric="kg")
    first = usage(table, period=february)
    items = first[first["role"] == "item"]["units"].sum()
    assert first["units"].iloc[0] == pytest.approx(items)
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = pd.DataFrame(shuffled, columns=["product", "units"]).assign(
        period="2026-02", metric="kg"
    )
    pd.testing.assert_frame_equal(first, usage(again, period=february))
