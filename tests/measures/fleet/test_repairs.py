from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.fleet.repairs import calmed, fill
from pfkit.measures.fleet.rows import rows_of


def test_a_gap_in_a_season_is_filled_with_the_season() -> None:
    values = 100 + np.tile([20.0, -5.0, -30.0, 15.0], 8)
    holes = values.copy()
    holes[[13, 18, 23]] = np.nan
    filled, count = fill(holes[None], np.ones((1, 32), dtype=bool), 4)
    assert count.tolist() == [3]
    assert filled[0] == pytest.approx(values, abs=5)


def test_a_gap_without_season_is_a_straight_line() -> None:
    own = np.array([[True] * 5, [True] * 3 + [False] * 2])
    values = np.array([[1.0, np.nan, np.nan, 7.0, 8.0], [2.0, np.nan, 8.0, np.nan, np.nan]])
    filled, count = fill(values, own, 12)
    assert filled.tolist() == [[1, 3, 5, 7, 8], [2, 5, 8, 0, 0]]
    assert count.tolist() == [2, 1]


def _noise(seed: int, size: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, size)


def test_a_single_wild_value_is_drawn_in_and_the_rest_stays() -> None:
    values = 100 + _noise(1, 60)
    wild = values.copy()
    wild[30] = 900.0
    read, count, shift = calmed(rows_of([wild, values], 12))
    assert count.tolist() == [1, 0]
    assert shift.tolist() == [-1, -1]
    assert read.values[0, 30] == pytest.approx(100, abs=6)
    assert np.delete(read.values[0], 30) == pytest.approx(np.delete(values, 30))


def test_the_newest_values_are_never_drawn_in() -> None:
    values = 100 + _noise(1, 60)
    values[-1] = 900.0
    assert calmed(rows_of([values], 12))[1].tolist() == [0]


def test_a_level_shift_is_placed() -> None:
    steps = np.r_[100 + _noise(1, 40), 160 + _noise(2, 40)]
    read, count, shift = calmed(rows_of([steps], 12))
    assert (count.tolist(), shift.tolist()) == ([0], [40])
    assert read.values[0, 40] > 150


def test_a_random_walk_and_a_constant_have_none() -> None:
    walks = [1000 + np.cumsum(_noise(seed, 96)) for seed in range(40)]
    _, _, shift = calmed(rows_of([*walks, np.full(96, 5.0)], 12))
    assert (shift >= 0).sum() <= 1
