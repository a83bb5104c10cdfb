"""What launches were like: the curve siblings followed by age, and how far each lay from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.rows import TINY
from pfkit.measures.fleet.siblings import factors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.medians import Array, Flags

#: Passes in which sizes and curve settle.
_PASSES = 6
#: What the first guess of a launch's size may count for, in periods of its own.
_PRIORS = (0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class Curve:
    """The curve that launches followed.

    Parameters
    ----------
    shape : numpy.ndarray
        By age, in periods since the launch: the middle launch as a share of its own mean over the
        first year; NaN where too few are that old.
    sizes : numpy.ndarray
        Per launch, its mean over the first year as far as the curve says.
    count : numpy.ndarray
        By age, how many launches are that old.
    """

    shape: Array
    sizes: Array
    count: Array


def by_age(series: Series, place: Counts, shapes: Array, ages: int) -> Array:
    """Return series from their first period on, less the season of their family.

    Parameters
    ----------
    series : Series
        Series of one frequency.
    place : numpy.ndarray
        Which of them.
    shapes : numpy.ndarray
        The season by family, on the scale of logarithms.
    ages : int
        How many ages to hold; NaN where nothing came yet.
    """
    found = np.full((len(place), ages), np.nan)
    if len(place):
        rows = series.rows(place)[0]
        width = rows.values.shape[1]
        start = np.zeros(len(place), dtype=np.int64)
        lent = factors(shapes[series.family[place]], series.first[place], start, width)
        found[:, :width] = np.where(rows.own, rows.values / lent, np.nan)
    return found


def curve(values: Array, year: int, fewest: int) -> Curve:
    r"""Return the curve that launches followed.

    Parameters
    ----------
    values : numpy.ndarray
        Launch by age; NaN where nothing came yet.
    year : int
        Periods in a year.
    fewest : int
        How many launches must be as old.

    Notes
    -----
    Size and curve in turns: a launch's size is its sum over that of the curve at the ages it has
    reached, the curve the median over launches of value over size. So a launch of which only the
    first periods are known is not taken for a small one.

    Examples
    --------
    Two launches ramp up alike, one twice as large and only half as old.

    >>> found = curve(np.array([[1.0, 2.0, 3.0, 2.0], [2.0, 4.0, np.nan, np.nan]]), 4, 1)
    >>> found.shape.round(2).tolist(), found.sizes.round(2).tolist()
    ([0.5, 1.0, 1.5, 1.0], [2.0, 4.0])
    """
    there = np.isfinite(values)
    count = there.sum(0)
    old = count >= fewest
    known = there & old[None, :]
    filled = np.where(known, values, 0.0)
    shape = np.asarray(np.where(old, 1.0, np.nan))
    sizes: Array = np.zeros(len(values))
    for _ in range(_PASSES):
        sizes = size_of(filled, known, shape)
        lively = known & (sizes > TINY)[:, None]
        ratio = np.where(lively, filled / np.where(sizes > TINY, sizes, 1.0)[:, None], np.nan)
        shape = medians(ratio)
        first = shape[:year][old[:year]]
        middle = float(np.nanmean(first)) if np.isfinite(first).any() else 0.0
        if middle <= TINY:
            return Curve(np.full(len(count), np.nan), sizes, count)
        shape = shape / middle
    return Curve(np.where(old, shape, np.nan), size_of(filled, known, shape), count)


def size_of(values: Array, known: Flags, shape: Array) -> Array:
    """Return the size of launches: what came over what the curve has at the same ages.

    Parameters
    ----------
    values : numpy.ndarray
        Launch by age.
    known : numpy.ndarray
        Which of them count.
    shape : numpy.ndarray
        The curve by age, or one per launch.
    """
    usual = np.where(known, shape, 0.0)
    usual = np.where(np.isfinite(usual), usual, 0.0).sum(1)
    came = np.where(known, values, 0.0).sum(1)
    return np.where(usual > TINY, came / np.where(usual > TINY, usual, 1.0), np.nan)


def medians(values: Array) -> Array:
    """Return the median of each column of what is there; NaN where nothing is."""
    found = np.full(values.shape[1], np.nan)
    some = np.isfinite(values).any(0)
    found[some] = np.nanmedian(values[:, some], axis=0)
    return found


def medians_without(values: Array) -> Array:
    """Return, for each row, the median of each column over the other rows; NaN where none is there.

    Examples
    --------
    >>> medians_without(np.array([[1.0], [2.0], [9.0], [np.nan]]))[:, 0].tolist()
    [5.5, 5.0, 1.5, 2.0]
    """
    there = np.isfinite(values)
    count = there.sum(0)
    order = np.argsort(np.where(there, values, np.inf), axis=0, kind="stable")
    rank = np.argsort(order, axis=0, kind="stable")
    ordered = np.take_along_axis(np.where(there, values, np.inf), order, 0)
    left = count[None, :] - there
    found = np.zeros(values.shape)
    for middle in ((left - 1) // 2, left // 2):
        at = np.where(there & (middle >= rank), middle + 1, middle)
        found += np.take_along_axis(ordered, np.clip(at, 0, len(values) - 1), 0) / 2
    return np.where(left > 0, found, np.nan)


@dataclass(frozen=True)
class Guessed:
    """What siblings say of a launch of which so many periods are known.

    Parameters
    ----------
    prior : float
        What the guess made before the launch counts for, in periods of its own.
    ratio : numpy.ndarray
        Sibling by age: what came over what the others had let expect; NaN where nothing did.
    """

    prior: float
    ratio: Array


def guessed(values: Array, made: Curve, plan: Array, known: int) -> Guessed:
    r"""Return how siblings fared whose launches are forecast by the others, so many periods known.

    Parameters
    ----------
    values : numpy.ndarray
        Sibling by age; NaN where nothing came yet.
    made : Curve
        What they followed.
    plan : numpy.ndarray
        Per sibling the size that was planned; NaN where it is not known.
    known : int
        How many first periods count as known.

    Notes
    -----
    A size is :math:`(n\,o + k\,g)/(n + k)`: :math:`o` by the :math:`n` known periods, :math:`g`
    the guess made before the launch, :math:`k` the one of five with the smallest error.
    """
    ratio = values / np.where(made.sizes > TINY, made.sizes, np.nan)[:, None]
    shape = np.where(np.isfinite(made.shape), medians_without(ratio), np.nan)
    first = guess_without(made.sizes, plan)
    there = np.isfinite(values)
    own = size_of(values, there & (np.arange(values.shape[1]) < known)[None, :], shape)
    unit = np.where(made.sizes > TINY, made.sizes, np.nan)[:, None]
    later = there & (np.arange(values.shape[1]) >= known)[None, :]
    best, least = Guessed(1.0, np.full(values.shape, np.nan)), np.inf
    for prior in _PRIORS if known else _PRIORS[:1]:
        said = np.where(later, blended(own, first, known, prior)[:, None] * shape, np.nan)
        off = np.abs(values - said) / unit
        wrong = float(np.median(off[np.isfinite(off)])) if np.isfinite(off).any() else 0.0
        if wrong < least:
            least = wrong
            best = Guessed(prior, values / np.where(said > TINY, said, np.nan))
    return best


def blended(own: Array, first: Array, known: int, prior: float) -> Array:
    """Return sizes by the periods known and by the guess before them."""
    mixed = (known * own + prior * first) / (known + prior)
    return np.where(np.isfinite(own), np.where(np.isfinite(first), mixed, own), first)


def guess_without(sizes: Array, plan: Array) -> Array:
    """Return each launch's size as guessed from the others, by plan where they had one."""
    by_plan = plan * medians_without((sizes / plan)[:, None])[:, 0]
    return np.where(np.isfinite(by_plan), by_plan, medians_without(sizes[:, None])[:, 0])


def bounds(ratio: Array, levels: Sequence[float]) -> Array:
    r"""Return between which multiples of the forecast so many of those errors lie.

    Parameters
    ----------
    ratio : numpy.ndarray
        What came over what was expected, of siblings at the same age.
    levels : sequence of float
        Shares of what comes that the interval is to hold.

    Returns
    -------
    numpy.ndarray
        Level by bound; NaN where there are fewer than :math:`2/(1 - p) - 1`.

    Examples
    --------
    Nine siblings: between the smallest and the largest of them lie 80 % of what comes.

    >>> bounds(np.arange(1.0, 10.0), [0.80, 0.95]).tolist()
    [[1.0, 9.0], [nan, nan]]
    """
    known = np.sort(ratio[np.isfinite(ratio)])
    found = np.full((len(levels), 2), np.nan)
    for k, level in enumerate(levels):
        below = int((len(known) + 1) * (1 - level) / 2 + TINY)
        if below >= 1:
            found[k] = known[below - 1], known[len(known) - below]
    return found
