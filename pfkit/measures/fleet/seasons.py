"""The season of each series: whether it has one, how strong, and the series without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.rows import TINY, Rows

if TYPE_CHECKING:
    from pfkit.measures.medians import Array, Flags

#: One-sided 90 % point of the normal distribution, as in the M4 competition's test.
LIMIT = 1.645
#: Years of history the test needs.
YEARS = 3


def seasonal(rows: Rows) -> Flags:
    r"""Return which series have a season.

    Notes
    -----
    The test of the M4 competition's benchmarks: the autocorrelation at lag :math:`m` lies beyond
    :math:`1.645\,\sqrt{(1 + 2\sum_{k<m} r_k^2)/n}` (Bartlett), and there are three years.

    References
    ----------
    .. [1] Makridakis, Spiliotis and Assimakopoulos (2020), "The M4 Competition", *International
       Journal of Forecasting* 36(1), 54-74.

    Examples
    --------
    >>> from pfkit.measures.fleet.rows import rows_of
    >>> seasonal(rows_of([np.tile([1.0, 2.0, 5.0, 2.0], 4), np.arange(16.0) % 3], 4)).tolist()
    [True, False]
    """
    season, width = rows.season, rows.values.shape[1]
    if width <= season:
        return np.zeros(len(rows.lengths), dtype=bool)
    mean = rows.values.sum(1) / rows.lengths
    gap = (rows.values - mean[:, None]) * rows.own
    spread = (gap**2).sum(1)
    whole = np.where(spread > 0, spread, 1.0)
    lags = [(gap[:, k:] * gap[:, : width - k]).sum(1) / whole for k in range(1, season + 1)]
    limit = LIMIT * np.sqrt((1 + 2 * sum(r**2 for r in lags[:-1])) / rows.lengths)
    return np.asarray((np.abs(lags[-1]) > limit) & (rows.lengths >= YEARS * season) & (spread > 0))


def _trend(rows: Rows) -> Array:
    """Return the centered moving average over a year, NaN where half a year is missing."""
    season, width, half = rows.season, rows.values.shape[1], rows.season // 2
    found = np.full(rows.values.shape, np.nan)
    if width > season:
        added = np.concatenate(
            [np.zeros((len(rows.lengths), 1)), np.cumsum(rows.values, axis=1)], axis=1
        )
        years = added[:, season:] - added[:, :-season]
        found[:, half : width - half] = (years[:, :-1] + years[:, 1:]) / (2 * season)
    at = np.arange(width)[None, :]
    found[(at < half) | (at >= rows.lengths[:, None] - half)] = np.nan
    return found


def shape(rows: Rows, wanted: Flags, *, times: bool = False) -> Array:
    r"""Return each series' seasonal shape by position since its start, drawn toward none.

    Parameters
    ----------
    rows : Rows
        The series.
    wanted : numpy.ndarray
        Which of them have a season; the others get none.
    times : bool
        Whether the shape multiplies (around 1) or adds (around 0).

    Notes
    -----
    Classical decomposition: means per position of the ratio (or distance) to the centered moving
    average. Like the estimator of James and Stein, the shape is then drawn toward none by
    :math:`1 - (m-3)\,s^2/(c\,\sum_j d_j^2)`, where :math:`s^2` is the spread within a position
    over :math:`c` years and :math:`d_j` the distance of the position from none.

    References
    ----------
    .. [1] Miller and Williams (2003), "Shrinkage estimators of time series seasonal factors and
       their effect on forecasting accuracy", *International Journal of Forecasting* 19, 669-684.
    """
    season, none = rows.season, 1.0 if times else 0.0
    trend = _trend(rows)
    there = np.isfinite(trend) & ((trend > TINY) | (not times))
    safe = np.where(there, trend, 1.0)
    gap = np.where(there, rows.values / safe if times else rows.values - safe, 0.0)
    count = np.stack([there[:, k::season].sum(1) for k in range(season)], 1)
    mean = np.stack([gap[:, k::season].sum(1) for k in range(season)], 1) / np.maximum(count, 1)
    within = np.zeros(len(rows.lengths))
    for k in range(season):
        within += (((gap[:, k::season] - mean[:, k, None]) * there[:, k::season]) ** 2).sum(1)
    within /= np.maximum(count.sum(1) - season, 1)
    middle = mean.mean(1, keepdims=True)
    found = mean / np.where(middle > TINY, middle, 1.0) if times else mean - middle
    size = ((found - none) ** 2).sum(1)
    noise = (season - 3) * within / np.maximum(count.mean(1), 1)
    drawn = none + (found - none) * np.clip(1 - noise / np.maximum(size, TINY), 0, 1)[:, None]
    usable = wanted & (count > 0).all(1) & ((drawn > 0).all(1) | (not times))
    return np.where(usable[:, None], drawn, none)


def along(pattern: Array, width: int) -> Array:
    """Return a pattern repeated from the start of a series over `width` periods."""
    return np.asarray(np.tile(pattern, (1, -(-width // pattern.shape[1])))[:, :width])


def ahead(pattern: Array, rows: Rows, horizon: int) -> Array:
    """Return a pattern's values for the periods after the end of each series."""
    at = (rows.lengths[:, None] + np.arange(horizon)[None, :]) % rows.season
    return np.asarray(np.take_along_axis(pattern, at, 1))
