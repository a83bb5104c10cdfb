"""Medians and quantiles of weighted values, row by row."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Flags: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def weighted_median(values: Array, weights: Array) -> Array:
    """Return the weighted median of every row; NaN where a row has no weight.

    Parameters
    ----------
    values, weights : numpy.ndarray
        Same shape, one row per line. A value that is NaN, or whose weight is zero, does not count.

    Notes
    -----
    Each value stands in the middle of its weight; between two values the median is interpolated.
    With equal weights it is the usual median.

    Examples
    --------
    >>> weighted_median(np.array([[1.0, 2.0, 9.0]]), np.array([[1.0, 1.0, 1.0]])).tolist()
    [2.0]
    >>> weighted_median(np.array([[1.0, 9.0]]), np.array([[3.0, 1.0]])).tolist()
    [3.0]
    """
    weights = np.where(np.isfinite(values), weights, 0.0)
    order = np.argsort(np.where(weights > 0, values, np.inf), axis=-1, kind="stable")
    ordered = np.take_along_axis(values, order, -1)
    weight = np.take_along_axis(weights, order, -1)
    found = np.full(values.shape[0], np.nan)
    for row in np.flatnonzero(weight.sum(-1) > 0):
        kept = weight[row] > 0
        found[row] = quantile(ordered[row, kept], weight[row, kept], 0.5)
    return found


def quantile(values: Array, weights: Array, share: float) -> float:
    """Return a quantile of values in ascending order, each in the middle of its weight.

    Examples
    --------
    >>> quantile(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]), 0.5)
    2.0
    """
    middle = (np.cumsum(weights) - weights / 2) / weights.sum()
    return float(np.interp(share, middle, values))


def spread_share(weights: Array, share: float) -> float:
    r"""Return a share moved outward for how few values there are, as conformal intervals do.

    Notes
    -----
    Of `n` equal weights the quantile at `share` above one half is taken at
    :math:`share (n + 1) / n`, below at the mirrored place; `n` is the effective number
    :math:`(\sum w)^2 / \sum w^2`.

    Examples
    --------
    >>> round(spread_share(np.ones(9), 0.9), 6), round(spread_share(np.ones(9), 0.1), 6)
    (1.0, 0.0)
    """
    count = weights.sum() ** 2 / (weights**2).sum()
    if share > 0.5:  # noqa: PLR2004 - the median stays where it is
        return float(min(share * (count + 1) / count, 1.0))
    return float(max(1 - (1 - share) * (count + 1) / count, 0.0))
