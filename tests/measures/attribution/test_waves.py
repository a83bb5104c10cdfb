from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.attribution.sparse import EACH
from pfkit.measures.attribution.waves import expected_use, seen_of


def test_use_is_expected_of_customers_of_the_same_wave_and_cell_that_are_there() -> None:
    first = np.array([1, 9, 2, 9, 0])
    opened = np.array([1, 1, 1, 9, 1])
    cell = np.array([0, 0, 0, 0, 1])
    there = np.ones((5, 3), dtype=bool)
    there[2, 2] = False
    found = expected_use(first, opened, cell, there)
    assert found[0].tolist() == pytest.approx([0, 1 / 3, 1 / 2])
    assert found[1].tolist() == found[2].tolist() == found[0].tolist()
    assert found[3].tolist() == [0, 0, 0]
    assert found[4].tolist() == [1, 1, 1]


def test_waves_and_choice_are_weighed_by_how_sure_each_is() -> None:
    # use says -0.5; what is expected of the wave says 0.2 beside it, so the lot alone says -0.3
    covariance = np.diag([0.1**2, 0.2**2])
    found = seen_of(np.array([-0.5, 0.2]), covariance, np.array([True]), [0])
    # their difference is the coefficient of what is expected, with its error and one of choice
    assert found.shifts.tolist() == pytest.approx([-0.2])
    assert found.shift_errors.tolist() == pytest.approx([np.hypot(0.2, EACH)])
    # the variance by lot is 0.01 + 0.04, by choice 0.01 + EACH squared, 0.01 of it in common
    lot, choice = 0.04, EACH**2
    weight = lot / (lot + choice)
    assert found.choice.tolist() == pytest.approx([weight])
    assert found.effects.tolist() == pytest.approx([weight * -0.5 + (1 - weight) * -0.3])
    assert found.errors.tolist() == pytest.approx([np.sqrt(0.01 + (1 - weight) ** 2 * 0.04)])


def test_without_lots_what_use_says_stands() -> None:
    covariance = np.diag([0.04, 0.09])
    found = seen_of(np.array([-0.5, 0.2]), covariance, np.array([True, False]), [])
    assert found.effects.tolist() == [-0.5, 0.2]
    assert found.errors.tolist() == pytest.approx([0.2, 0.0])
    assert found.choice.tolist() == [1.0, 1.0]
    assert len(found.shifts) == 0


def test_nobody_who_left_says_nothing() -> None:
    found = seen_of(np.zeros(2), np.zeros((2, 2)), np.array([True]), [0])
    assert found.effects.tolist() == [0.0]
    assert found.errors[0] == pytest.approx(0.0, abs=1e-9)
