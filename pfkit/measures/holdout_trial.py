"""Experiments on customers' own past: how often a holdout would tell an effect from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.rerandomized import level_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.measures.medians import Array, Flags

#: Futures drawn from the past, and draws of the holdout in each.
_FUTURES, _DRAWS = 40, 25
#: Customers of like size whose course may be drawn: this part of all courses, and the fewest.
_NEAR_SHARE, _NEAREST = 0.01, 25


def courses(values: Array, months: int, before: int) -> Array:
    """Return what customers brought before and after every day of the past, by size before.

    Parameters
    ----------
    values : numpy.ndarray
        Customers × months.
    months, before : int
        Months after the day, and before it.

    Examples
    --------
    >>> courses(np.array([[1.0, 2.0, 4.0], [9.0, 9.0, 0.0]]), 1, 1).tolist()
    [[1.0, 2.0], [2.0, 4.0], [9.0, 0.0], [9.0, 9.0]]
    """
    parts = []
    for end in range(values.shape[1], months + before - 1, -1):
        ahead = values[:, end - months - before : end - months]
        kept = (ahead > 0).any(axis=1) & (ahead.sum(1) > 0)
        parts.append(np.column_stack([ahead[kept].sum(1), values[kept, end - months : end].sum(1)]))
    found = np.concatenate(parts)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def power_of(
    known: Array,
    past: Array,
    draw: Callable[[np.random.Generator], Flags],
    *,
    effect: float,
    level: float,
    dice: np.random.Generator,
) -> float:
    """Return how often experiments on the past tell the effect from nothing.

    Parameters
    ----------
    known : numpy.ndarray
        What each customer of today brought lately.
    past : numpy.ndarray
        Result of `courses`.
    draw : callable
        Draws whom to hold out: true where a customer has the feature.
    effect, level : float
        As in `design_holdout`.
    dice : numpy.random.Generator
        Draws futures.

    Notes
    -----
    In each future every customer takes the course, after over before, that one of like size took
    somewhere in the past. Of few large customers the latest course says little of the next one; the
    test is that of `randomized_effect`, whose bound is what chance alone gives.
    """
    apart = (known - known.mean())[:, None] / max(float(known.mean()), 1e-12)
    shown, chance = [], []
    for _ in range(_FUTURES):
        after = _future(known, past, dice)
        arms = np.stack([draw(dice) for _ in range(_DRAWS)]).astype(np.float64)
        had, held = (level_of(one, apart, after) for one in (arms, 1 - arms))
        gap = had[0] - held[0]
        chance.append(np.abs(gap) / np.sqrt(np.maximum(had[1] + held[1], 1e-300)))
        with_it = had[0] * (1 + effect) - held[0]
        error = np.sqrt(np.maximum(had[1] * (1 + effect) ** 2 + held[1], 1e-300))
        shown.append(np.abs(with_it) / error)
    bound = np.quantile(np.concatenate(chance), level)
    return float((np.concatenate(shown) > bound).mean())


def _future(known: Array, past: Array, dice: np.random.Generator) -> Array:
    """Return what customers bring if each takes the course of one of like size."""
    count = len(past)
    near = min(max(_NEAREST, round(_NEAR_SHARE * count)), count - 1)
    at = np.searchsorted(past[:, 0], known) + dice.integers(-near, near + 1, len(known))
    at = np.abs(at)  # beyond an end, as far inside it
    at = np.clip(np.where(at >= count, 2 * count - 1 - at, at), 0, count - 1)
    return np.asarray(known * past[at, 1] / past[at, 0])
