from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.associated.whitened import basis, whitened


def walks(seed: int, memory: float, *, periods: int = 48, series: int = 200) -> np.ndarray:
    dice = np.random.default_rng(seed)
    found = np.zeros((periods + 60, series))
    for at in range(1, len(found)):
        found[at] = memory * found[at - 1] + dice.normal(size=series)
    return found[60:]


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_memory_is_found_without_the_bias_of_short_series(memory: float) -> None:
    fixed = basis(48, season=12, trend=True)
    values = walks(3, memory)
    rest = values - fixed @ np.linalg.lstsq(fixed, values, rcond=None)[0]
    plain = (rest[1:] * rest[:-1]).sum(0) / (rest * rest).sum(0)
    found = whitened(values, fixed).memories
    assert np.median(found) == pytest.approx(memory, abs=0.1)
    assert memory == 0 or np.median(plain) < memory - 0.05  # least squares does worse


def test_trend_season_and_a_control_leave_nothing() -> None:
    fixed = basis(36, season=12, trend=True)
    dice = np.random.default_rng(1)
    control = dice.normal(size=(36, 1)).cumsum(0)
    told = fixed @ dice.normal(size=(13, 4)) + control * 7
    noise = dice.normal(size=(36, 4))
    alone, together = whitened(noise, fixed, control), whitened(noise + told, fixed, control)
    assert together.left == pytest.approx(alone.left, abs=1e-8)
    assert together.width == 14


def test_what_is_left_does_not_remember() -> None:
    fixed = basis(60, season=1, trend=False)
    left = whitened(walks(5, 0.8, periods=60), fixed).left
    again = (left[1:] * left[:-1]).sum(0) / (left * left).sum(0)
    assert again.mean() == pytest.approx(-1 / 59, abs=0.04)
