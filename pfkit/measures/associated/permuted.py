"""How likely it is that chance alone makes two series move together as much, over all lags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.rows import TINY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.associated.whitened import Whitened
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array

#: Draws that are made at a time, and periods per lag of memory that is looked for in what is left.
_AT_ONCE, _PER_LAG = 500, 12


def correlations(first: Array, second: Array, lags: Sequence[int]) -> Array:
    """Return how every first series, so many periods earlier, moves with every second one.

    Parameters
    ----------
    first : numpy.ndarray
        One row per period, one column per series.
    second : numpy.ndarray
        The same, or many of them stacked.
    lags : sequence of int
        Periods that the first is ahead.

    Returns
    -------
    numpy.ndarray
        By first series, second series and lag, over the periods that all lags know.

    Examples
    --------
    >>> ahead = np.array([[0.0], [1.0], [0.0], [0.0], [-1.0], [0.0]])
    >>> correlations(ahead, np.roll(ahead, 1, axis=0), [0, 1]).round(2).ravel().tolist()
    [0.0, 1.0]
    """
    most, rows = max(lags), len(first)
    later = second[..., most:, :]
    later = later / np.sqrt(np.maximum((later * later).sum(-2, keepdims=True), TINY))
    found = []
    for lag in lags:
        early = first[most - lag : rows - lag]
        early = early / np.sqrt(np.maximum((early * early).sum(0), TINY))
        found.append(np.swapaxes(np.swapaxes(later, -1, -2) @ early, -1, -2))
    return np.stack(found, -1)


def memory_left(first: Whitened, second: Whitened) -> Array:
    r"""Return by how much the memory left in both makes chance correlations wider, at least 1.

    Notes
    -----
    Bartlett's :math:`1 + 2 \sum_k (1 - k/n) r_k s_k` over the first lags, where :math:`r` and
    :math:`s` are autocorrelations of what is left, less what taking out the controls gives them.
    """
    rows = len(first.left)
    lags = np.arange(1, max(2, rows // _PER_LAG) + 1)
    own, other = (_memory(one, lags) for one in (first, second))
    weights = (1 - lags / rows)[:, None]
    return np.asarray(np.maximum(1.0, 1 + 2 * (weights * own).T @ other))


def _memory(one: Whitened, lags: Counts) -> Array:
    spread = np.maximum((one.left * one.left).sum(0), TINY)
    free = np.trace(one.makers, axis1=1, axis2=2)
    return np.stack(
        [
            (one.left[lag:] * one.left[:-lag]).sum(0) / spread
            - np.trace(one.makers, offset=lag, axis1=1, axis2=2) / free
            for lag in lags.tolist()
        ]
    )


def chances(
    first: Whitened, second: Whitened, lags: Sequence[int], *, draws: int, seed: int
) -> Array:
    """Return how often chance alone makes the strongest lag of a pair as strong.

    Parameters
    ----------
    first, second : Whitened
        What is left of the series.
    lags : sequence of int
        Periods that the first is ahead.
    draws : int
        Orders of the periods drawn.
    seed : int
        Of the draws.

    Returns
    -------
    numpy.ndarray
        By first and second series: a p-value that has paid for the choice of the lag.

    Notes
    -----
    Freedman and Lane: what is left of the second series is put in another order, the controls are
    taken out again, and the strongest correlation over all lags is compared with the one found,
    divided by the root of `memory_left`. All series get the same orders.
    """
    dice = np.random.default_rng(seed)
    rows, series = second.left.shape
    found = np.abs(correlations(first.left, second.left, lags)).max(-1)
    found = found / np.sqrt(memory_left(first, second)) - TINY
    above = np.zeros(found.shape)
    for begun in range(0, draws, _AT_ONCE):
        count = min(_AT_ONCE, draws - begun)
        orders = dice.permuted(np.tile(np.arange(rows), (count, 1)), axis=1)
        drawn = second.left[orders]
        again = np.stack([drawn[:, :, k] @ second.makers[k] for k in range(series)], -1)
        above += (np.abs(correlations(first.left, again, lags)).max(-1) >= found).sum(0)
    return np.asarray((above + 1) / (draws + 1))


def shares_false(chance: Array) -> Array:
    """Return the share of findings that are false if all as likely count (Benjamini, Hochberg).

    Examples
    --------
    >>> shares_false(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    order = np.argsort(chance, kind="stable")
    count = len(chance)
    raised = chance[order] * count / np.arange(1, count + 1)
    found = np.empty(count)
    found[order] = np.minimum.accumulate(raised[::-1])[::-1]
    return np.minimum(found, 1.0)
