"""How the level, slope, season or errors of a series may vary by chance, as covariances."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.structural.averaged import Candidates

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

#: Variances of the steps of a level, a slope and a season over that of the noise.
LEVELS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)
SLOPES = (0.0, 1e-5, 1e-4, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SEASONS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
#: Partial autocorrelations of errors.
FIRST = (-0.9, -0.75, -0.6, -0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.85, 0.92, 0.97)
SECOND = (-0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75)
MOVING = (-0.95, -0.85, -0.7, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 0.9)


def wandering(length: int, season: int, *, trend: str, moving: bool) -> Candidates:
    """Return candidates of a level or slope, and of a season, that take steps by chance.

    Parameters
    ----------
    length, season : int
        Periods of the series and after it; periods in a year.
    trend : str
        ``strend`` where the slope takes the steps, else the level does.
    moving : bool
        Whether the season takes some.
    """
    steps = SLOPES if trend == "strend" else LEVELS
    once = np.tri(length, length, -1)
    walk = once @ np.tri(length, length, -1) if trend == "strend" else once
    turns = _turns(length, season) if moving else np.zeros((length, length))
    level, shape = walk @ walk.T, turns @ turns.T
    pairs = np.array(list(product(steps, SEASONS if moving else (0.0,))))
    share = 1 / (1 + pairs.sum(1))
    return Candidates(
        level * (share * pairs[:, 0])[:, None, None],
        shape * (share * pairs[:, 1])[:, None, None],
        share,
    )


def _turns(length: int, season: int) -> Array:
    """Return what a step of a season adds in each period after it, so that a year has none."""
    answer = np.zeros(length)
    answer[::season], answer[1::season] = 1.0, -1.0
    apart = np.subtract.outer(np.arange(length), np.arange(length))
    return np.where(apart >= 0, answer[np.maximum(apart, 0)], 0.0)


def remembering(length: int, order: tuple[int, int, int]) -> Candidates:
    """Return candidates of ARIMA errors, which stand in the trend and leave no noise.

    Parameters
    ----------
    length : int
        Periods of the series and after it.
    order : tuple of int
        Autoregressive terms, times differenced, moving-average terms.
    """
    first, times, mean = order
    pairs = {0: [(0.0, 0.0)], 1: [(one, 0.0) for one in FIRST], 2: list(product(FIRST, SECOND))}
    if mean:
        shapes = [_moved(length, one) for one in MOVING]
    else:
        shapes = [_followed(length, one, two) for one, two in pairs[first]]
    apart = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    whole = np.array(shapes)[:, apart]
    if times:
        steps = np.tri(length)
        whole = steps @ whole @ steps.T
    return Candidates(whole, np.zeros_like(whole), np.zeros(len(whole)))


def _followed(length: int, one: float, two: float) -> Array:
    """Return autocovariances of an autoregression with these partial autocorrelations."""
    found = np.ones(max(length, 2))
    found[1] = one
    for lag in range(2, length):
        found[lag] = one * (1 - two) * found[lag - 1] + two * found[lag - 2]
    return found[:length] / ((1 - one**2) * (1 - two**2))


def _moved(length: int, by: float) -> Array:
    """Return autocovariances of a moving average of one period."""
    found = np.zeros(max(length, 2))
    found[:2] = 1 + by**2, by
    return found[:length]
