"""Series without trend, season, controls and memory: what one could not have told of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.rows import TINY

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

#: Memories tried: the share of a deviation that is left one period later.
_MEMORIES = np.round(np.arange(-0.6, 1.0001, 0.05), 2)


@dataclass(frozen=True)
class Whitened:
    """What is left of series.

    Parameters
    ----------
    left : numpy.ndarray
        One column per series, one row per period from the second on.
    makers : numpy.ndarray
        What made each column: the matrix that takes the controls out, one per series.
    memories : numpy.ndarray
        The memory that was taken out of each.
    width : int
        Controls that were taken out, the mean among them.
    """

    left: Array
    makers: Array
    memories: Array
    width: int


def basis(periods: int, *, season: int, trend: bool) -> Array:
    """Return the mean, a straight trend and the seasons of a year, as columns.

    Parameters
    ----------
    periods : int
        How many.
    season : int
        Periods of a year; 1 leaves seasons out.
    trend : bool
        Whether a straight trend is among them.

    Examples
    --------
    >>> basis(4, season=2, trend=True).tolist()
    [[1.0, -1.5, 0.0], [1.0, -0.5, 1.0], [1.0, 0.5, 0.0], [1.0, 1.5, 1.0]]
    """
    at = np.arange(periods)
    parts = (at[:, None] % season == np.arange(1, season)).astype(np.float64)
    straight = [at - at.mean()] if trend else []
    return np.column_stack([np.ones(periods), *straight, parts])


def whitened(values: Array, fixed: Array, moving: Array | None = None) -> Whitened:
    """Take controls and memory out of every series.

    Parameters
    ----------
    values : numpy.ndarray
        One row per period, one column per series.
    fixed : numpy.ndarray
        Controls that are the same however they are lagged: mean, trend, seasons.
    moving : numpy.ndarray, optional
        Controls that are series themselves; each series' memory is taken out of them as well.

    Notes
    -----
    Memory is that of an autoregression of order one around the controls. Taking out controls makes
    a memory look shorter than it is; so what a regression on the same controls would find on
    average is worked out for every memory, and the one that would give what was found is used: no
    memory becomes differences of the first order at most. Then both sides of the regression are
    quasi-differenced, as Cochrane and Orcutt have it.
    """
    whole = fixed if moving is None else np.column_stack([fixed, moving])
    maker = _maker(whole)
    left = maker @ values
    spread = np.maximum((left * left).sum(0), TINY)
    found = (left[1:] * left[:-1]).sum(0) / spread
    memories = np.interp(found, _seen(maker), _MEMORIES)
    ahead = values[1:] - memories * values[:-1]
    if moving is None:
        makers = np.repeat(_maker(fixed[1:])[None], values.shape[1], axis=0)
    else:
        makers = np.stack(
            [
                _maker(np.column_stack([fixed[1:], moving[1:] - memory * moving[:-1]]))
                for memory in memories.tolist()
            ]
        )
    rest = np.einsum("kij,jk->ik", makers, ahead)
    return Whitened(rest, makers, memories, whole.shape[1])


def _maker(columns: Array) -> Array:
    """Return the matrix that takes columns out of a series."""
    sizes = np.sqrt((columns * columns).sum(0))
    u, s, _ = np.linalg.svd(columns / np.maximum(sizes, TINY), full_matrices=False)
    u = u[:, s > s.max() * 1e-10]
    return np.asarray(np.eye(len(columns)) - u @ u.T)


def _seen(maker: Array) -> Array:
    """Return what a regression finds on average of every memory tried, rising."""
    found = []
    for spread in _spreads(len(maker)):
        left = maker @ spread @ maker
        found.append(float(np.trace(left, offset=1) / max(float(np.trace(left)), TINY)))
    rising = np.maximum.accumulate(np.array(found)) + np.arange(len(found)) * TINY
    return np.asarray(rising)


@lru_cache(maxsize=64)
def _spreads(periods: int) -> Array:
    """Return how deviations of every memory move together, period by period."""
    at = np.arange(periods)
    apart = np.abs(at[:, None] - at)
    steady = _MEMORIES[_MEMORIES < 1]
    found = [np.power(one, apart) / (1 - one * one) for one in steady.tolist()]
    return np.stack([*found, np.minimum.outer(at, at) + 1.0])
