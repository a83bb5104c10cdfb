"""Exponential smoothing of all series with all parameters at once, averaged by how well they fit.

A grid of parameters stands for the search that one series at a time would need: each step of the
recursion is one operation over parameters and series.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.rows import TINY, Rows, line
from pfkit.measures.fleet.seasons import ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array

#: Series per pass: what the recursion holds then stays in the processor's cache.
BLOCK = 384
_START = 10
_NO_TREND, _TREND, _DAMPED = 2.0, 4.0, 5.0


@dataclass(frozen=True)
class Grid:
    """Parameters to try: one entry per line of each array.

    Parameters
    ----------
    level, trend, season, damping : numpy.ndarray
        Weights of the newest error in level, trend and season, and the share of the trend that
        is left after a period.
    parameters : numpy.ndarray
        How many parameters count against the entry in its AICc.
    """

    level: Array
    trend: Array
    season: Array
    damping: Array
    parameters: Array


def grid(
    levels: Sequence[float],
    *,
    flat: Sequence[float] = (),
    trends: Sequence[float] = (),
    damped_trends: Sequence[float] = (),
    dampings: Sequence[float] = (),
    seasons: Sequence[float] = (0.0,),
) -> Grid:
    """Return every combination of the values given; trend and season weights are relative ones.

    Parameters
    ----------
    levels : sequence of float
        Level weights of the entries with a trend.
    flat : sequence of float
        Level weights of the entries without one; their season stays as it was found.
    trends, damped_trends : sequence of float
        Trend weights as a share of the level weight, undamped and damped.
    dampings : sequence of float
        What is left of a damped trend after a period.
    seasons : sequence of float
        Season weights as a share of what the level leaves.

    Examples
    --------
    >>> made = grid([0.5], flat=[0.2], trends=[0.1], damped_trends=[0.2], dampings=[0.9])
    >>> made.trend.tolist(), made.damping.tolist(), made.parameters.tolist()
    ([0.0, 0.05, 0.1], [1.0, 1.0, 0.9], [2.0, 4.0, 5.0])
    """
    entries = [(a, 0.0, 0.0, 1.0, _NO_TREND) for a in flat]
    entries += [
        (a, a * b, g * (1 - a), 1.0, _TREND + (g > 0))
        for a, b, g in product(levels, trends, seasons)
    ]
    entries += [
        (a, a * b, g * (1 - a), p, _DAMPED + (g > 0))
        for a, b, p, g in product(levels, damped_trends, dampings, seasons)
    ]
    return Grid(*np.array(entries).T)


def smooth(rows: Rows, tried: Grid, horizon: int, pattern: Array | None = None) -> Array:
    r"""Return forecasts of every series, averaged over the grid by Akaike weights.

    Parameters
    ----------
    rows : Rows
        The series.
    tried : Grid
        The parameters.
    horizon : int
        Periods ahead.
    pattern : numpy.ndarray, optional
        Each series' seasonal shape to start from (it adds); no season by default.

    Notes
    -----
    Additive smoothing with trend :math:`b`, damping :math:`\varphi` and season :math:`s`:
    :math:`e_t = y_t - (l_{t-1} + \varphi b_{t-1} + s_{t-m})`,
    :math:`l_t = l_{t-1} + \varphi b_{t-1} + \alpha e_t`,
    :math:`b_t = \varphi b_{t-1} + \beta e_t`, :math:`s_t = s_{t-m} + \gamma e_t`.
    The weights are :math:`\exp(-\tfrac12 AICc)`. The recursion starts from the line through the
    first ten values, without trend from the first value, and runs in single precision on each
    series less its mean and divided by its spread.

    References
    ----------
    .. [1] Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., ch. 8,
       https://otexts.com/fpp3/expsmooth.html
    .. [2] Burnham and Anderson (2002), *Model Selection and Multimodel Inference*, ch. 2.
    """
    order = np.argsort(-rows.lengths, kind="stable")
    found = np.empty((len(order), horizon))
    for start in range(0, len(order), BLOCK):
        some = order[start : start + BLOCK]
        width = int(rows.lengths[some[0]])
        part = Rows(rows.values[some, :width], rows.lengths[some], rows.season)
        shape = None if pattern is None else pattern[some]
        found[some] = _smooth_block(part, tried, horizon, shape)
    return found


def _smooth_block(rows: Rows, tried: Grid, horizon: int, pattern: Array | None) -> Array:
    """Return the forecasts of series that are sorted by length, longest first."""
    mean = rows.values.sum(1) / rows.lengths
    spread = np.sqrt((((rows.values - mean[:, None]) * rows.own) ** 2).sum(1) / rows.lengths)
    spread = np.where(spread > TINY * np.maximum(np.abs(mean), 1.0), spread, 1.0)
    plain = rows.with_values((rows.values - mean[:, None]) / spread[:, None])
    season = None if pattern is None else pattern / spread[:, None]
    errors, level, trend, season = _run(plain, tried, season)
    weights = _akaike(errors, rows.lengths, tried.parameters)
    path = np.cumsum(tried.damping[:, None] ** np.arange(1, horizon + 1)[None, :], axis=1)
    found = (weights * level).sum(0)[:, None] + (weights * trend).T @ path
    if season is not None:
        found = found + ahead(np.einsum("gn,gmn->nm", weights, season), rows, horizon)
    return np.asarray(found * spread[:, None] + mean[:, None])


def _run(
    rows: Rows, tried: Grid, pattern: Array | None
) -> tuple[Array, Array, Array, Array | None]:
    """Return squared errors and last states, one line per entry of the grid and series."""
    values = np.ascontiguousarray(rows.values.T, dtype=np.float32)
    size = (len(tried.level), len(rows.lengths))
    a, b, g, p = (
        part.astype(np.float32)[:, None]
        for part in (tried.level, tried.trend, tried.season, tried.damping)
    )
    level, trend, season = _first_states(rows, tried, pattern)
    squares = np.zeros(size, dtype=np.float32)
    moves = season is not None and bool((tried.season > 0).any())
    active = (rows.lengths[None, :] > np.arange(len(values))[:, None]).sum(1)
    for t, k in enumerate(active.tolist()):
        now, slope = level[:, :k], trend[:, :k]
        slope *= p
        now += slope
        error = values[t, :k] - now
        if season is not None:
            error -= season[:, t % rows.season, :k]
        squares[:, :k] += error * error
        now += a * error
        slope += b * error
        if moves and season is not None:
            season[:, t % rows.season, :k] += g * error
    return squares.astype(float), level.astype(float), trend.astype(float), season


def _first_states(
    rows: Rows, tried: Grid, pattern: Array | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return level, trend and season before the first value, one line per entry and series."""
    bare = rows
    season: np.ndarray | None = None
    if pattern is not None:
        width = rows.values.shape[1]
        tiled = np.tile(pattern, (1, -(-width // rows.season)))[:, :width]
        bare = rows.with_values(rows.values - tiled)
        season = np.repeat(pattern.T.astype(np.float32)[None], len(tried.level), axis=0)
    count = np.full(len(rows.lengths), max(_START, rows.season))
    middle, slope = line(bare, count)
    before = middle - slope * ((np.minimum(rows.lengths, count) - 1) / 2 + 1)
    moving = (tried.parameters > _NO_TREND)[:, None]
    level = np.where(moving, before[None, :], bare.values[:, 0][None, :]).astype(np.float32)
    trend = np.where(moving, slope[None, :], 0.0).astype(np.float32)
    return level, trend, season


def _akaike(squares: Array, lengths: Counts, parameters: Array) -> Array:
    """Return the weight of each entry of the grid for each series."""
    count, k = lengths[None, :].astype(float), parameters[:, None]
    fit = count * np.log(np.maximum(squares / count, TINY))
    small = 2 * k * (k + 1) / np.maximum(count - k - 1, 1)
    score = fit + 2 * k + small
    weights = np.exp(-0.5 * (score - score.min(0, keepdims=True)))
    return np.asarray(weights / weights.sum(0, keepdims=True))
