"""What is done to a series before it is forecast: gaps filled, single wild values drawn in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pfkit.measures.fleet.rows import TINY, Rows
from pfkit.measures.fleet.seasons import along, seasonal, shape

if TYPE_CHECKING:
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array, Flags

#: A single value counts as wild beyond so many robust spreads from its neighbors.
WILD = 10.0
#: A level counts as shifted by a step of so many usual ones, half as many spreads around it.
SHIFT = 6.0
_AROUND, _PASSES = 3, 3
_NORMAL = 1.4826  # median absolute deviation to standard deviation


def fill(values: Array, rows_own: Flags, season: int) -> tuple[Array, Counts]:
    """Return series without gaps, and how many values of each were filled.

    Parameters
    ----------
    values : numpy.ndarray
        One series per row, NaN where a value is missing; the first and last value are there.
    rows_own : numpy.ndarray
        Which cells lie between a series' first and last value.
    season : int
        Periods in a year.

    Notes
    -----
    A straight line between the neighbors; where the series then shows a season, the line runs
    through the values without their season, which is found again three times.

    Examples
    --------
    >>> gap = np.array([[1.0, np.nan, 3.0]])
    >>> filled, count = fill(gap, np.ones((1, 3), dtype=bool), 12)
    >>> filled.tolist(), count.tolist()
    ([[1.0, 2.0, 3.0]], [1])
    """
    missing = np.isnan(values) & rows_own
    count = missing.sum(1)
    if not count.any():
        return np.where(rows_own, values, 0.0), count
    some = np.nonzero(count)[0]
    lengths = rows_own.sum(1)
    again = _line_between(values[some], rows_own[some])
    for _ in range(_PASSES):
        drawn = Rows(again, lengths[some], season)
        pattern = along(shape(drawn, seasonal(drawn)), values.shape[1])
        again = _line_between(values[some] - pattern, rows_own[some]) + pattern
    found = np.where(rows_own, values, 0.0)
    found[some] = np.where(missing[some], again, np.where(rows_own[some], values[some], 0.0))
    return found, count


def _line_between(values: Array, own: Flags) -> Array:
    """Return values with a straight line across each gap, zero outside the series."""
    at = np.arange(values.shape[1])[None, :]
    known = ~np.isnan(values) & own
    before = np.maximum.accumulate(np.where(known, at, 0), axis=1)
    later = np.where(known, at, values.shape[1] - 1)[:, ::-1]
    after = np.minimum.accumulate(later, axis=1)[:, ::-1]
    plain = np.where(known, values, 0.0)
    left, right = np.take_along_axis(plain, before, 1), np.take_along_axis(plain, after, 1)
    share = (at - before) / np.maximum(after - before, 1)
    return np.where(own, left + share * (right - left), 0.0)


def calmed(rows: Rows) -> tuple[Rows, Counts, Counts]:
    """Return series with single wild values drawn in, how many, and where a level shifted.

    Returns
    -------
    Rows
        The series as its members read it; what came is always the value as it was.
    numpy.ndarray
        Wild values per series.
    numpy.ndarray
        The position of the first value after a level shift; -1 where there is none.

    Notes
    -----
    A value is wild where it lies beyond ten robust spreads from the median of the seven around
    it, after the season, and neither neighbor does; one of the last three never is, as it may be
    the start of something. On logarithms where every value is above zero.
    """
    on_logs = rows.positive[:, None]
    values = np.where(on_logs, rows.logs.values, rows.values)
    plain = Rows(values, rows.lengths, rows.season)
    pattern = along(shape(plain, seasonal(plain)), values.shape[1])
    bare = plain.with_values(values - pattern)
    holes = np.where(rows.own, bare.values, np.nan)
    padded = np.pad(holes, ((0, 0), (_AROUND, _AROUND)), constant_values=np.nan)
    middle = _median(sliding_window_view(padded, 2 * _AROUND + 1, axis=1))
    gap = np.where(rows.own, bare.values - middle, 0.0)
    spread = _NORMAL * _median(np.where(rows.own, np.abs(gap), np.nan))
    # where most values equal their neighbors the median says nothing: take the mean
    mean = np.abs(gap).sum(1) / rows.lengths
    spread = np.where(spread > TINY, spread, mean)
    far = (np.abs(gap) > WILD * spread[:, None]) & (spread > TINY)[:, None] & rows.own
    alone = far.copy()
    alone[:, 1:] &= ~far[:, :-1]
    alone[:, :-1] &= ~far[:, 1:]
    alone &= np.arange(values.shape[1])[None, :] < rows.lengths[:, None] - _AROUND
    alone &= (rows.lengths > 2 * _AROUND + 1)[:, None]
    drawn = np.where(alone, middle + pattern, values)
    drawn = np.where(on_logs, np.exp(np.where(on_logs & alone, drawn, 0.0)), drawn)
    kept = rows.with_values(np.where(alone, drawn, rows.values))
    return kept, alone.sum(1), _shift(bare, alone, middle)


def _median(values: Array) -> Array:
    """Return the median over the last axis of what is there; zero where nothing is."""
    ordered = np.sort(values, axis=-1)  # NaN last
    count = np.isfinite(values).sum(-1)
    low = np.maximum((count - 1) // 2, 0)[..., None]
    high = np.minimum(count // 2, values.shape[-1] - 1)[..., None]
    found = np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1)
    return np.where(count > 0, found[..., 0] / 2, 0.0)


def _shift(bare: Rows, wild: Flags, middle: Array) -> Counts:
    """Return where one step takes the series from its level of half a year to another."""
    half, width = max(bare.season // 2, 4), bare.values.shape[1]
    found = np.full(len(bare.lengths), -1)
    if width < 2 * half:
        return found
    calm = np.where(wild, middle, bare.values)
    changes = np.where(bare.own[:, 1:], np.abs(np.diff(calm, axis=1)), np.nan)
    usual = _NORMAL * _median(changes)
    windows = sliding_window_view(calm, half, axis=1)
    level = _median(windows)
    around = _NORMAL * _median(np.abs(windows - level[:, :, None]))
    moved = np.abs(level[:, half:] - level[:, :-half])
    jump = changes[:, half - 1 : half - 1 + moved.shape[1]]
    steady = np.maximum(around[:, half:], around[:, :-half])
    inside = np.arange(moved.shape[1])[None, :] + 2 * half <= bare.lengths[:, None]
    sure = inside & (jump > SHIFT * usual[:, None]) & (usual > TINY)[:, None]
    sure &= (moved > SHIFT / 2 * steady) & (moved > jump / 2)
    size = np.where(sure, jump, 0.0)
    return np.where(sure.any(1), size.argmax(1) + half, found)
