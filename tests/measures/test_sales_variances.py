from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import (
    flexible_budget_variance,
    sales_mix_share,
    sales_mix_variance,
    sales_price_variance,
    sales_quantity_variance,
    sales_volume_variance,
)

UNITS = st.integers(-(10**6), 10**6)
PRICES = st.integers(-(10**4), 10**4)
LINES = st.lists(st.tuples(UNITS, PRICES, UNITS, PRICES), min_size=1, max_size=8)


def test_global_air_sells_more_dear_seats() -> None:
    # Horngren's airline: economy, business, first; the static budget was 32.2 million less
    volume = sales_volume_variance([1000, 3000, 16000], [2400, 6000, 15600], [3200, 2400, 900])
    assert volume.tolist() == [4_480_000, 7_200_000, -360_000]
    flexed = flexible_budget_variance(
        [2400, 6000, 15600], [3200, 2400, 900], [6_240_000, 9_600_000, 10_920_000]
    )
    assert flexed.tolist() == [-1_440_000, -4_800_000, -3_120_000]


def test_schmidt_machinery_shifts_its_mix() -> None:
    # Blocher, Juras and Smith: 1,000 XV-1 and 3,000 FB-33 planned, 1,600 and 3,400 sold
    assert sales_mix_share([1000, 3000]).tolist() == [0.25, 0.75]
    assert sales_mix_share([1600, 3400]).tolist() == [0.32, 0.68]
    # 5,000 x (0.32 - 0.25) x 350 and 5,000 x (0.68 - 0.75) x 240
    assert sales_mix_variance([1000, 3000], [1600, 3400], [350, 240]) == pytest.approx(
        [122_500, -84_000]
    )
    # (5,000 - 4,000) x 0.25 x 350 and (5,000 - 4,000) x 0.75 x 240
    assert sales_quantity_variance([1000, 3000], [1600, 3400], [350, 240]) == pytest.approx(
        [87_500, 180_000]
    )


def test_a_total_is_enough_for_the_quantity_variance() -> None:
    lines = sales_quantity_variance([400, 300, 300], [700, 100, 300], [4, 1, 2])
    assert lines.tolist() == sales_quantity_variance([400, 300, 300], 1100, [4, 1, 2]).tolist()


@given(LINES)
def test_price_quantity_and_mix_add_up_to_the_change(
    lines: list[tuple[int, int, int, int]],
) -> None:
    q0, p0, q1, p1 = (list(column) for column in zip(*lines, strict=True))
    change = sum(b * d - a * c for a, c, b, d in zip(q0, p0, q1, p1, strict=True))
    price = sales_price_variance(q1, p0, p1)
    volume = sales_volume_variance(q0, q1, p0)
    assert float((price + volume).sum()) == change  # whole numbers: exact
    parts = sales_quantity_variance(q0, q1, p0) + sales_mix_variance(q0, q1, p0)
    room = 1e-9 * max(1.0, float(np.abs(np.array(q1) * np.array(p0)).sum()) * 8e6)
    assert parts == pytest.approx(volume, abs=room)


@given(LINES)
def test_the_mix_says_nothing_where_every_line_grows_alike(
    lines: list[tuple[int, int, int, int]],
) -> None:
    q0, p0, _, _ = (list(column) for column in zip(*lines, strict=True))
    mix = sales_mix_variance(q0, [2 * units for units in q0], p0)
    room = 1e-6 * max(1.0, float(np.abs(np.array(q0) * np.array(p0)).sum()))
    if sum(q0):
        assert mix == pytest.approx([0.0] * len(q0), abs=room)


def test_a_plan_without_volume_has_no_mix() -> None:
    assert sales_mix_variance([0, 0], [3, 4], [10, 20]).tolist() == [0, 0]
    assert sales_quantity_variance([0, 0], [3, 4], [10, 20]).tolist() == [30, 80]
    assert sales_mix_variance([5, -5], [3, 4], [10, 20]).tolist() == [0, 0]
    with pytest.raises(MeasureError) as caught:
        sales_quantity_variance([5, -5], 7, [10, 20])
    assert "planned quantities add up to zero, so there is no planned mix" in str(caught.value)
    with pytest.raises(MeasureError) as caught:
        sales_mix_share([0.1, 0.2, -0.3])
    assert "the quantities add up to zero, so there is no mix" in str(caught.value)


def test_goods_taken_back_are_counted_with_their_sign() -> None:
    # 10 x 4 planned; 2 came back: (-2 - 10) x 4
    assert sales_volume_variance([10], [-2], [4]).tolist() == [-48]
    assert sales_price_variance([-2], [4], [5]).tolist() == [-2]


def test_lines_that_do_not_fit_are_refused() -> None:
    with pytest.raises(MeasureError) as caught:
        sales_volume_variance([1, 2], [3], [4, 5])
    assert "2 of base_quantity, 1 of actual_quantity, 2 of base_price" in str(caught.value)
    with pytest.raises(MeasureError) as caught:
        sales_price_variance([1, 2], [4, float("nan")], [4, 5])
    assert "base_price of line 2 is nan, not a number" in str(caught.value)
    with pytest.raises(MeasureError) as caught:
        sales_quantity_variance([1, 2], [1, 2, 3], [4, 5])
    assert "2 of base_quantity, 3 of actual_quantity" in str(caught.value)
