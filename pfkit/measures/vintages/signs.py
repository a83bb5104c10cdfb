"""How sure a difference of two methods is: the blocks of a comparison, resampled in pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array

#: Blocks up to which every subset is looked at; beyond, so many are drawn.
EXACT = 12


@dataclass(frozen=True)
class Difference:
    """A difference, how sure it is, and what that rests on.

    Parameters
    ----------
    value : float
        Gain over weight.
    low, high : float or None
        The interval; None where there are too few blocks for its level.
    p : float
        Probability of a gain as large where there is none, one-sided.
    blocks : int
        Blocks that were resampled.
    """

    value: float
    low: float | None
    high: float | None
    p: float
    blocks: int


def difference(gain: Array, weight: Array, *, level: float, draws: int, seed: int) -> Difference:
    r"""Return the ratio of two sums over blocks with its interval, and whether it is above zero.

    Parameters
    ----------
    gain : numpy.ndarray
        Per block: error of the one method less error of the other.
    weight : numpy.ndarray
        Per block: what they are divided by, above zero.
    level : float
        Share of the interval.
    draws, seed : int
        Subsets drawn where there are too many blocks to look at all, and their start.

    Notes
    -----
    Under no difference each block is as likely to speak for the one method as for the other, so
    the signs of blocks may be flipped (the wild bootstrap with Rademacher weights and the null
    imposed). A flipped total reaches the one observed exactly where the gain of the flipped
    blocks is at or below zero, so all of it can be read off the subsets of blocks:
    :math:`p = P(\sum_S gain \le 0)`, the empty subset included, and the bounds are quantiles of
    :math:`\sum_S gain / \sum_S weight` (Hartigan's typical values). Both hold exactly in samples
    of any size where blocks are independent and symmetric about the difference; the ordinary
    bootstrap claims too much with few blocks.

    References
    ----------
    .. [1] Hartigan (1969), "Using subsample values as typical values", *Journal of the American
       Statistical Association* 64, 1303-1317.
    .. [2] Liu (1988), "Bootstrap procedures under some non-i.i.d. models", *Annals of Statistics*
       16, 1696-1708.

    Examples
    --------
    >>> told = difference(np.array([1.0, 2.0, 1.0]), np.ones(3), level=0.5, draws=0, seed=0)
    >>> told.p, told.low, told.high
    (0.125, 1.0, 1.5)
    """
    count = len(gain)
    chosen = _subsets(count, draws, seed)
    own, base = chosen @ gain, chosen @ weight
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.sort(np.where(own == 0, 0.0, own / base))
    every = len(ratios) + 1
    tail = (1 - level) / 2
    place = int(np.floor(tail * every + 1e-9))
    near = 1e-12 * np.abs(gain).sum()
    return Difference(
        value=float(gain.sum() / weight.sum()),
        low=float(ratios[place - 1]) if place >= 1 else None,
        high=float(ratios[every - place - 1]) if place >= 1 else None,
        p=float((1 + (own <= near).sum()) / every),
        blocks=count,
    )


def fewest_blocks(alpha: float) -> int:
    """Return how many blocks it takes before a probability can be as low as `alpha`.

    Examples
    --------
    >>> fewest_blocks(0.05)
    5
    """
    return int(np.ceil(-np.log2(alpha) - 1e-9))


def _subsets(count: int, draws: int, seed: int) -> Array:
    """Return the subsets of blocks that are not empty, one per row; some where they are many."""
    if count <= EXACT:
        numbers = np.arange(1, 2**count)
        return ((numbers[:, None] >> np.arange(count)[None, :]) & 1).astype(float)
    random = np.random.default_rng(seed)
    drawn = random.integers(0, 2, size=(draws, count)).astype(float)
    return drawn[drawn.any(axis=1)]


def holm(p: Array) -> Array:
    """Return probabilities corrected for how many are looked at.

    References
    ----------
    .. [1] Holm (1979), "A simple sequentially rejective multiple test procedure", *Scandinavian
       Journal of Statistics* 6, 65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    left = np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.maximum.accumulate(p[order] * left), 1.0)
    return found


def block_of(periods: Array, leads: Sequence[int]) -> Array:
    """Return the block of each month: so many months that follow each other, from the first.

    Notes
    -----
    Forecasts a month ahead have errors of their own, and every month is a block. Those of longer
    leads share what came in the months they overlap in; blocks are twice as long as the longest
    lead, so that little is shared across them: with three months ahead, methods that are equal
    are told apart at 10 % in 11 % of simulated cases, with blocks of three in 13 %.
    """
    longest = max(leads)
    size = longest if longest == 1 else 2 * longest
    return np.asarray((periods - periods.min()) // size)
