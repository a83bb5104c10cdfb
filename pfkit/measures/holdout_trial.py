"""Experiments on customers' own past: how often a holdout would tell an effect from nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.drawn_arms import DrawnArms

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.measures.medians import Array, Flags

#: Futures drawn from the past: at most, at least, and customers in all of them together.
_FUTURES, _FEWEST, _CUSTOMERS = 200, 40, 1_000_000
#: Draws of the holdout in each, and draws of arms that its bound rests on.
_DRAWS, _BOUND = 40, 300
#: Customers on either side whose course may be drawn: this part of those who stood alike, at least
#: so many.
_NEAR_SHARE, _NEAREST = 0.01, 25
#: Draws × customers held at once.
_ROOM = 4_000_000


@dataclass(frozen=True)
class Courses:
    """What customers did after days of the past, in order of how they stood before.

    Parameters
    ----------
    standing : numpy.ndarray
        Result of `standing` of each customer on each day, in order.
    ratio : numpy.ndarray
        Revenue after the day over revenue before, where one stands for the customer in the middle
        of those who stayed.
    days : int
        Days of the past.
    """

    standing: Array
    ratio: Array
    days: int


def standing(window: Array) -> Array:
    """Return how customers stand after some months, so that those of other days can be alike.

    Parameters
    ----------
    window : numpy.ndarray
        Customers × months.

    Returns
    -------
    numpy.ndarray
        A whole number for months paid and whether the last is among them, and between it and the
        next the share of customers of that number who brought less.

    Notes
    -----
    Places, not amounts, make customers of different days alike: revenue grows, and the amount of
    one who leaves today was that of one who stayed a year ago. Who has begun or left within the
    months has a course of his own, whatever his place.

    Examples
    --------
    >>> standing(np.array([[5.0, 5.0], [9.0, 0.0], [7.0, 7.0], [0.0, 1.0]])).tolist()
    [5.25, 2.5, 5.75, 3.5]
    """
    paid = window > 0
    kinds = 2 * paid.sum(1) + paid[:, -1]
    order = np.lexsort((window.sum(1), kinds))
    sizes = np.bincount(kinds)
    begins = np.cumsum(sizes) - sizes
    of = kinds[order]
    found = np.empty(len(window))
    found[order] = of + (np.arange(len(of)) - begins[of] + 0.5) / sizes[of]
    return found


def courses(values: Array, months: int, before: int) -> Courses:
    """Return what customers did after every day of the past, by how they stood on it.

    Parameters
    ----------
    values : numpy.ndarray
        Customers × months.
    months, before : int
        Months after the day, and before it.

    Notes
    -----
    The middle ratio of each day takes out the growth or season that all customers share.

    Examples
    --------
    >>> found = courses(np.array([[1.0, 2.0, 4.0], [9.0, 9.0, 0.0]]), 1, 1)
    >>> found.standing.tolist(), found.ratio.round(3).tolist(), found.days
    ([3.25, 3.25, 3.75, 3.75], [1.0, 1.333, 0.0, 0.667], 2)
    """
    stood, ratios = [], []
    for end in range(values.shape[1], months + before - 1, -1):
        ahead = values[:, end - months - before : end - months]
        kept = (ahead > 0).any(axis=1) & (ahead.sum(1) > 0)
        ratio = values[kept, end - months : end].sum(1) / ahead[kept].sum(1)
        stayed = ratio[ratio > 0]
        ratios.append(ratio / (float(np.median(stayed)) if len(stayed) else 1.0))
        stood.append(standing(ahead[kept]))
    places, every = np.concatenate(stood), np.concatenate(ratios)
    order = np.lexsort((every, places))
    return Courses(places[order], every[order], len(stood))


def power_of(
    known: Array,
    stands: Array,
    past: Courses,
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
    stands : numpy.ndarray
        How each stands today, a result of `standing`.
    past : Courses
        What customers did in the past.
    draw : callable
        Draws whom to hold out: true where a customer has the feature.
    effect, level : float
        As in `design_holdout`.
    dice : numpy.random.Generator
        Draws futures.

    Notes
    -----
    In each future every customer takes the course, after over before, that one who stood alike took
    somewhere in the past: one of the 25 nearest on either side, on any day, so that no few large
    customers decide how often large ones leave. The test is that of `randomized_effect`, with its
    bound: what chance alone gives in that future where arms are drawn without regard to strata. A
    draw in strata is not credited with more than the test will have.
    """
    futures = max(_FEWEST, min(_FUTURES, _CUSTOMERS // max(len(known), 1)))
    after = np.column_stack([_future(known, stands, past, dice) for _ in range(futures)])
    after /= max(float(known.mean()), 1e-12)
    at_once = max(1, _ROOM // max(len(known), 1))
    chance = []
    for begin in range(0, _BOUND, at_once):
        some = [dice.permutation(draw(dice)) for _ in range(min(at_once, _BOUND - begin))]
        chance.append(DrawnArms(np.array(some, dtype=np.float64), known).sizes(after))
    bound = np.quantile(np.concatenate(chance), level, axis=0)
    shown = []
    for begin in range(0, _DRAWS, at_once):
        some = [draw(dice) for _ in range(min(at_once, _DRAWS - begin))]
        drawn = DrawnArms(np.array(some, dtype=np.float64), known)
        shown.append(drawn.sizes(after, effect=effect) > bound)
    return float(np.concatenate(shown).mean())


def _future(known: Array, stands: Array, past: Courses, dice: np.random.Generator) -> Array:
    """Return what customers bring if each takes the course of one who stood alike."""
    kind = np.floor(stands)
    low, high = (np.searchsorted(past.standing, one) for one in (kind, kind + 1))
    none = low == high  # nobody stood so: who stood next to it
    low, high = np.where(none, 0, low), np.where(none, len(past.ratio), high)
    near = np.maximum(_NEAREST * past.days, np.round(_NEAR_SHARE * (high - low)))
    near = np.minimum(near, high - low - 1).astype(np.int64)
    at = np.searchsorted(past.standing, stands) + dice.integers(-near, near + 1)
    at = low + np.abs(at - low)  # beyond an end, as far inside it
    at = np.clip(np.where(at >= high, 2 * high - 1 - at, at), low, high - 1)
    return np.asarray(known * past.ratio[at])
