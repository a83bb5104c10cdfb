"""What a pool of series says of their fleet, and of series as short as some of it are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.combine import fleet_errors, mixed, replayed_mix, weights
from pfkit.measures.fleet.dependence import Dependence, dependence_of
from pfkit.measures.fleet.intervals import Spread, expected_then, pooled, spread_of
from pfkit.measures.fleet.members import Task, forecasts
from pfkit.measures.fleet.origins import Replayed, scale_of, short
from pfkit.measures.fleet.rows import Rows
from pfkit.measures.fleet.siblings import FEWEST, borrows, factors, family_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array

#: Series at most that rehearse what it is to be short.
REHEARSED = 512
#: What siblings of the same age show is sure: their errors count by this power.
AGE_POWER = 3.0
#: The fleet's usual change counts as much as so many changes of a short series' own.
_CHANGES = 3.0


@dataclass(frozen=True)
class Fleet:
    """What the pool says of the fleet.

    Parameters
    ----------
    errors : numpy.ndarray
        Per member, its mean back-test error as a share of that of all.
    spread : Spread
        How wide intervals are.
    levels : tuple of float
        The shares of what comes that the intervals are to hold.
    unit : float
        A series' mean change from a year before as a multiple of its change from one period to
        the next, in the middle of the pool: for series that have no year yet.
    size : float
        The same change as a share of the series' mean size: for series of one value.
    season : numpy.ndarray
        The season the long series share, by family and month or quarter, on the scale of
        logarithms.
    dependence : Dependence
        How errors of one path, and of several series, belong together.
    """

    errors: Array
    spread: Spread
    levels: tuple[float, ...]
    unit: float
    size: float
    season: Array
    dependence: Dependence


def together(parts: Sequence[Rows]) -> Rows:
    """Return the rows of several as one."""
    width = max(part.values.shape[1] for part in parts)
    padded = [np.pad(one.values, ((0, 0), (0, width - one.values.shape[1]))) for one in parts]
    lengths = np.concatenate([part.lengths for part in parts])
    return Rows(np.concatenate(padded), lengths, parts[0].season)


def fleet_of(
    pool: Sequence[Replayed],
    first: Counts,
    levels: tuple[float, ...],
    family: Counts | None = None,
) -> Fleet:
    """Return what all replayed series of the pool say together.

    Parameters
    ----------
    pool : sequence of Replayed
        The series, in parts.
    first : numpy.ndarray
        The running number of each series' first period, in the order of the parts.
    levels : sequence of float
        Shares of what comes that the intervals are to hold.
    family : numpy.ndarray, optional
        The number of each series' family; all are of one by default.
    """
    rows = together([one.rows for one in pool])
    lengths = rows.lengths
    whole = Replayed(
        rows,
        np.concatenate([one.now for one in pool]),
        np.concatenate([one.errors for one in pool]),
        np.concatenate([one.scale for one in pool]),
        {},
    )
    errors = fleet_errors(whole.recent)
    mix = replayed_mix(whole, errors)
    spread = spread_of(mix, rows, levels)
    dependence = dependence_of(mix / expected_then(mix, rows, spread.growth), spread)
    change = np.abs(np.diff(rows.values, axis=1) * rows.own[:, 1:]).sum(1) / (lengths - 1).clip(1)
    size = np.abs(rows.values).sum(1) / lengths
    full = ~short(rows) & (whole.scale > 0) & (change > 0) & (size > 0)
    unit = float(np.median(whole.scale[full] / change[full])) if full.any() else 1.0
    share = float(np.median(whole.scale[full] / size[full])) if full.any() else np.nan
    season = family_shapes(rows, first, family)
    return Fleet(errors, spread, levels, unit, share, season, dependence)


def unit_of(rows: Rows, scale: Array, fleet: Fleet) -> Array:
    """Return each series' scale; that of a short one is drawn to what is usual for its size."""
    size = np.abs(rows.values).sum(1) / rows.lengths
    if not np.isfinite(fleet.size):
        return np.where(rows.lengths == 1, np.nan, scale)
    changes = (rows.lengths - 1).astype(float)
    drawn = (changes * scale * fleet.unit + _CHANGES * size * fleet.size) / (changes + _CHANGES)
    return np.where(short(rows), drawn, scale)


def rehearsed(
    fleet: Fleet,
    pool: Rows,
    first: Counts,
    family: Counts | None = None,
    *,
    length: int,
    horizon: int,
    tier: str,
) -> Fleet:
    """Return what the fleet would be like if every series were as short as told.

    Parameters
    ----------
    fleet : Fleet
        What it is like as it is.
    pool : Rows
        Its long series.
    first : numpy.ndarray
        The running number of each one's first period.
    family : numpy.ndarray, optional
        The number of each one's family.
    length : int
        How many values to leave each; those after are what comes.
    horizon : int
        Periods ahead.
    tier : str
        ``fast`` or ``full``.

    Notes
    -----
    Each long series is cut to `length` values that end a horizon before its own end. So members
    weigh, and intervals are wide, by what happened to siblings at the same age.
    """
    some = np.nonzero(pool.lengths >= length + horizon)[0]
    if len(some) < FEWEST:
        return fleet
    some = some[np.linspace(0, len(some) - 1, min(len(some), REHEARSED)).astype(np.int64)]
    start = pool.lengths[some] - horizon - length
    at = start[:, None] + np.arange(length + horizon)[None, :]
    values = np.take_along_axis(pool.values[some], at, 1)
    known = Rows(values[:, :length], np.full(len(some), length), pool.season)
    lent = fleet.season[np.zeros(len(some), dtype=int) if family is None else family[some]]
    shared = factors(lent, first[some], start, length + horizon)
    values = np.where(borrows(known)[:, None], values / shared, values)
    known = Rows(values[:, :length], known.lengths, pool.season)
    said, _ = forecasts(Task(known, horizon, tier))
    unit = unit_of(known, scale_of(known), fleet)
    unit = np.where(unit > 0, unit, np.nan)
    errors = (said - values[:, None, length:]) / unit[:, None, None]
    replayed = Replayed(known, said, errors[:, None], unit, {})
    members = fleet_errors(replayed) ** AGE_POWER
    nothing = np.zeros(said.shape[:2])
    there = np.asarray(np.isfinite(errors).all(2))
    mix = mixed(errors, weights(nothing, nothing, members, there))
    spread = pooled(np.abs(mix)[:, None], fleet.levels)
    dependence = dependence_of(mix[:, None] / spread.growth, spread, fleet.dependence)
    return replace(fleet, errors=members, spread=spread, dependence=dependence)
