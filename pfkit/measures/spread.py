"""How far a year may lie from its outlook: past errors, scaled to each line and put together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from pfkit.measures.medians import quantile, spread_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array

#: Years that the common size of errors counts for beside a line's own.
BORROWED = 2.0
#: Years that the distance between the anchors counts for beside the errors.
DOUBT = 1.0
#: An error of a year counts this much of one of the year after it.
MEMORY = 0.8
#: Errors of lines of like size count most: the width of the bell, in ranks from 0 to 1.
LIKE = 0.15
#: Ranks at which the spread is worked out; between two of them it is interpolated.
_RANKS = np.linspace(0.0, 1.0, 21)
#: Years that the lines' own errors, taken as independent, count for beside the years of a sum.
PRIOR_YEARS = 2.0
#: How much of each other's errors lines are taken to share before any year has shown it.
TOGETHER = 0.1
#: Common errors by size of line: how many groups, and the fewest errors in one.
_GROUPS, _IN_GROUP = 6, 10
#: By how much a mean absolute error is smaller than the root of the mean square.
_TO_SQUARE = 1.5
#: The common size of errors falls at most with this power of a line's size.
_STEEPEST = -0.6


@dataclass(frozen=True)
class Spread:
    """How lines of one year may miss their outlook, as learned from earlier years.

    Attributes
    ----------
    level : numpy.ndarray
        For each line the mean error expected, as a share of its plan.
    errors : numpy.ndarray
        Past errors, each over the level of its line, in ascending order.
    weights : numpy.ndarray
        Their weights at each of the ranks of size, rank × error.
    rank : numpy.ndarray
        For each line its rank by size, from 0 to 1.
    wider : float
        By how much few years widen everything.
    years : int
        Past years there are.
    """

    level: Array
    errors: Array
    weights: Array
    rank: Array
    wider: float
    years: int

    def reach(self, share: float) -> Array:
        """Return for each line the quantile of its error at a share, as a share of its plan."""
        at = [quantile(self.errors, weight, spread_share(weight, share)) for weight in self.weights]
        held = np.minimum(at, 0.0) if share < 0.5 else np.maximum(at, 0.0)  # noqa: PLR2004
        return np.interp(self.rank, _RANKS, held) * self.level * self.wider

    def below(self, error: Array) -> Array:
        """Return for each line how likely its error, as a share of its plan, is at most `error`."""
        scaled = error / (self.level * self.wider)
        place = np.searchsorted(self.errors, scaled, side="right")
        found = np.full(len(scaled), np.nan)
        table = np.column_stack([np.zeros(len(_RANKS)), np.cumsum(self.weights, axis=1)])
        count = self.weights.sum(1) ** 2 / (self.weights**2).sum(1)
        share = table / table[:, -1:]
        share = (share * count[:, None] + 0.5) / (count[:, None] + 1)
        for line in np.flatnonzero(np.isfinite(scaled)):
            found[line] = np.interp(self.rank[line], _RANKS, share[:, place[line]])
        return found


def spread(error: Array, scale: Array, apart: Array, year: int) -> Spread | None:
    r"""Learn from the errors of earlier years how far each line of a year may miss.

    Parameters
    ----------
    error : numpy.ndarray
        Line × year: what the year came to less its outlook, over its plan; NaN where not known.
    scale : numpy.ndarray
        Line × year: the size of the plan.
    apart : numpy.ndarray
        Line × year: how far the ways of looking at a line lie apart, as a share of its plan.
    year : int
        The column asked about; errors of earlier columns are used.

    Returns
    -------
    Spread or None
        None where no error is known.

    Notes
    -----
    The level of a line is its mean absolute error, held with the weight of two years to what is
    usual for lines of its size, and of one to how far its anchors lie apart now. Each past error
    is divided by the level that the other years of its line give, so that one distribution serves
    all lines; errors of lines of like size and of late years count most. Few years widen it by
    :math:`\sqrt{1 + 1/n}`.
    """
    past = [u for u in range(year) if bool(np.isfinite(error[:, u]).any())]
    if not past:
        return None
    known = error[:, past]
    there = np.isfinite(known) & np.isfinite(scale[:, past])
    size = np.where(there, np.minimum(np.abs(np.nan_to_num(known)), 1.0), 0.0)
    share = scale / np.nansum(scale, axis=0)
    usual = _Usual(size[there], share[:, past][there])
    count = there.sum(1, keepdims=True).astype(float)
    total = size.sum(1, keepdims=True)
    held = BORROWED * usual(share) + DOUBT * np.nan_to_num(apart)
    others = (total - size + held[:, past]) / (count - there + BORROWED + DOUBT)
    level = (total[:, 0] + held[:, year]) / (count[:, 0] + BORROWED + DOUBT)
    ranks = np.column_stack([_ranks(scale[:, u]) for u in past])[there]
    scaled = (np.nan_to_num(known) / np.where(others > 0, others, 1.0))[there]
    age = np.broadcast_to(max(past) - np.array(past, dtype=float), known.shape)[there]
    order = np.argsort(scaled, kind="stable")
    near = np.exp(-0.5 * ((ranks[order][None, :] - _RANKS[:, None]) / LIKE) ** 2)
    return Spread(
        level=level,
        errors=scaled[order],
        weights=near * MEMORY ** age[order][None, :],
        rank=_ranks(scale[:, year]),
        wider=math.sqrt(1 + 1 / len(past)),
        years=len(past),
    )


@dataclass(frozen=True)
class SumSpread:
    """How the sum of some lines may miss its outlook, as a share of its plan.

    Attributes
    ----------
    size : float
        The root mean square error expected.
    freedom : float
        Degrees of freedom of Student's distribution.
    years : int
        Past years the sum was seen to miss.
    """

    size: float
    freedom: float
    years: int

    def reach(self, share: float) -> float:
        """Return the quantile of the error at a share."""
        return float(stats.t.ppf(share, self.freedom)) * self.size

    def below(self, error: float) -> float:
        """Return how likely the error is at most `error`."""
        if self.size == 0:
            return float(error >= 0)
        return float(stats.t.cdf(error / self.size, self.freedom))


def sum_spread(
    error: Array, scale: Array, level: Array, year: int, inside: Sequence[int]
) -> SumSpread | None:
    r"""Learn how far the sum of some lines may lie from its outlook.

    Parameters
    ----------
    error, scale, year
        As in `spread`.
    level : numpy.ndarray
        The mean error expected of each line this year, from `spread`.
    inside : sequence of int
        The lines added up.

    Returns
    -------
    SumSpread or None
        None where no error of these lines is known.

    Notes
    -----
    The evidence is how the sum missed in past years, as a share of its plan: lines err together,
    so their own quantiles are never added. Beside these years :math:`n` stands, with the weight
    of two, the error that the lines would make if their errors had a correlation of 0.1; the
    distribution is Student's with :math:`n + 2` degrees of freedom, widened by
    :math:`\sqrt{1 + 1/n}`.
    """
    lines = list(inside)
    missed = []
    for u in range(year):
        there = np.isfinite(error[lines, u]) & np.isfinite(scale[lines, u])
        plan = scale[lines, u][there].sum()
        if bool(there.any()) and plan > 0:
            missed.append(float((error[lines, u] * scale[lines, u])[there].sum() / plan))
    if not missed:
        return None
    now = np.nan_to_num(scale[lines, year])
    alone = _TO_SQUARE * np.nan_to_num(level[lines]) * now
    apart, joined = float((alone**2).sum()), float(alone.sum()) ** 2
    expected = ((1 - TOGETHER) * apart + TOGETHER * joined) / max(float(now.sum()), 1.0) ** 2
    square = sum(one**2 for one in missed) + PRIOR_YEARS * expected
    square *= (1 + 1 / len(missed)) / (len(missed) + PRIOR_YEARS)
    return SumSpread(math.sqrt(square), len(missed) + PRIOR_YEARS, len(missed))


class _Usual:
    """The usual mean error of a line by its size: a straight line between the logarithms."""

    def __init__(self, size: Array, share: Array) -> None:
        order = np.argsort(share, kind="stable")
        count = min(_GROUPS, len(order) // _IN_GROUP)
        self.slope, self.start = 0.0, math.log(max(float(size.mean()), 1e-12))
        if count > 2:  # noqa: PLR2004 - a line needs three points to be worth drawing
            groups = np.array_split(order, count)
            x = np.array([float(np.log(share[group]).mean()) for group in groups])
            y = np.array([math.log(max(float(size[group].mean()), 1e-4)) for group in groups])
            slope = float(np.polyfit(x, y, 1)[0])
            self.slope = min(max(slope, _STEEPEST), 0.0)
            self.start = float((y - self.slope * x).mean())

    def __call__(self, share: Array) -> Array:
        logs = np.log(np.where(share > 0, share, 1.0))
        return np.where(share > 0, np.exp(self.start + self.slope * logs), np.nan)


def _ranks(scale: Array) -> Array:
    """Return for each line the share of lines that are smaller."""
    found = np.full(len(scale), np.nan)
    there = np.flatnonzero(np.isfinite(scale))
    order = there[np.argsort(scale[there], kind="stable")]
    found[order] = (np.arange(len(order)) + 0.5) / max(len(order), 1)
    return found
