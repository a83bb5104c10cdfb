from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from pfkit.measures.fleet.intervals import expected, levels_then, own_then, spread_of
from pfkit.measures.fleet.rows import rows_of


def test_the_reach_is_the_conformal_quantile() -> None:
    # 9 series, one error each: 1..9 over their mean of 5; (9 + 1) x 0.80 = the 8th smallest
    rows = rows_of([np.full(30, 100.0)] * 9, 4)
    errors = np.full((9, 6, 1), np.nan)
    errors[:, 0, 0] = np.arange(1.0, 10.0)
    found = spread_of(errors, rows, [0.80])
    assert found.growth == pytest.approx([5.0])
    assert found.reach == pytest.approx([8.0 / 5.0])
    assert found.tested


def test_nothing_back_tested_is_a_random_walk() -> None:
    rows = rows_of([np.array([1.0, 2.0])], 4)
    found = spread_of(np.full((1, 6, 4), np.nan), rows, [0.95])
    assert found.growth == pytest.approx(np.sqrt([1, 2, 3, 4]))
    # a mean absolute step of 1 is a standard deviation of sqrt(pi / 2)
    assert found.reach == pytest.approx([NormalDist().inv_cdf(0.975) * 1.2533141])
    assert not found.tested


def test_a_horizon_beyond_the_replays_grows_by_its_root() -> None:
    rows = rows_of([np.full(30, 10.0)] * 2, 4)
    errors = np.full((2, 6, 4), np.nan)
    errors[:, 0, :2] = 3.0
    assert spread_of(errors, rows, [0.8]).growth == pytest.approx([3, 3, 3 * 1.5**0.5, 3 * 2**0.5])


def test_the_level_of_an_origin_counts_by_its_root() -> None:
    values = np.r_[np.full(20, 25.0), np.full(4, 64.0)]
    # three periods back the last year held 25, 25, 25 and 64
    then = levels_then(rows_of([values], 4), 2)
    assert then[0] == pytest.approx([((25 * 3 + 64) / 4 / 64) ** 0.5, 0.5**0.5])


def test_own_errors_are_drawn_to_the_fleets() -> None:
    plain = np.full((1, 2, 3), np.nan)
    plain[0, 1] = 3.0  # the earlier origin: three errors thrice the fleet's
    assert own_then(plain, np.ones(3)).tolist() == [[(9 + 30) / (3 + 30), 1.0]]
    rows = rows_of([np.full(30, 10.0)], 4)
    errors = np.full((1, 2, 3), np.nan)
    errors[0, 1] = -3.0
    made = spread_of(errors, rows, [0.8])
    width = expected(errors, rows, np.full((1, 3), 10.0), np.array([2.0]), made)
    assert width == pytest.approx(np.full((1, 3), 2.0 * 3.0))
