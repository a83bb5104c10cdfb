from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from pfkit.measures.holdout_trial import courses, power_of


def test_courses_are_those_of_every_day_of_the_past() -> None:
    found = courses(np.array([[2.0, 4.0, 8.0, 0.0], [0.0, 0.0, 5.0, 6.0]]), 1, 1)
    assert found.tolist() == [[2, 4], [4, 8], [5, 6], [8, 0]]


def test_power_is_that_of_the_formula_where_all_are_alike() -> None:
    dice = np.random.default_rng(1)
    values = dice.normal(100, 20, (1500, 4))
    known = values[:, 3]
    past = courses(values, 1, 1)
    share, effect = 0.3, 0.03

    def draw(dice: np.random.Generator) -> np.ndarray:
        return dice.permutation(np.arange(1500) >= share * 1500)

    found = power_of(known, past, draw, effect=effect, level=0.90, dice=dice)
    error = 20 * np.sqrt(1 / 450 + (1 + effect) ** 2 / 1050)
    assert found == pytest.approx(norm.sf(1.645 - effect * 100 / error), abs=0.05)
    none = power_of(known, past, draw, effect=1e-9, level=0.90, dice=dice)
    assert none == pytest.approx(0.10, abs=0.01)
