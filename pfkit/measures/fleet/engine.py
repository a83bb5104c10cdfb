"""The whole run: a pool of series says what the fleet is like, then all are forecast in chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.combine import fleet_errors, mixed, replayed_mix, weights_now
from pfkit.measures.fleet.intervals import (
    Spread,
    expected,
    levels_then,
    own_then,
    spread_of,
)
from pfkit.measures.fleet.members import MEMBERS, applies
from pfkit.measures.fleet.origins import Replayed, replay, short
from pfkit.measures.fleet.repairs import calmed
from pfkit.measures.fleet.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.medians import Array, Flags

#: Series forecast together, and series at most that say what the fleet is like.
CHUNK, POOL = 256, 2048
#: Members that weigh less than this are not named.
_NAMED = 0.005


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
    """

    errors: Array
    spread: Spread
    levels: tuple[float, ...]
    unit: float
    size: float


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of some series, with what is known about each.

    Parameters
    ----------
    which : numpy.ndarray
        The positions of the series.
    mean : numpy.ndarray
        Series by period ahead.
    low, high : numpy.ndarray
        Level by series by period ahead; NaN where nothing says how wide.
    tested : bool
        Whether the width comes from back-tests of the fleet; if not, from a random walk.
    weights : numpy.ndarray
        Series by member; all zero where every member failed.
    errors : numpy.ndarray
        Series by origin by period ahead: back-test errors of the mix in units of `scale`.
    naive : numpy.ndarray
        The same of last year's value.
    reach : numpy.ndarray
        Level by series by origin by period ahead: how far the interval reached at each origin, in
        units of `scale`.
    scale : numpy.ndarray
        Mean absolute change from a year before.
    lengths, filled, wild, shift : numpy.ndarray
        Periods from first to last; filled ones; wild ones drawn in; where a level shifted, or -1.
    constant : numpy.ndarray
        Whether every value is the same.
    failed : list of str
        Per series what failed, empty where nothing did.
    meant : numpy.ndarray
        Series by member: whether the member is meant for such a series.
    """

    which: Counts
    mean: Array
    low: Array
    high: Array
    tested: bool
    weights: Array
    errors: Array
    naive: Array
    reach: Array
    scale: Array
    lengths: Counts
    filled: Counts
    wild: Counts
    shift: Counts
    constant: Flags
    failed: list[str]
    meant: Flags

    def model(self, k: int) -> str:
        """Return which members made the forecast of a series, the heaviest first."""
        named = sorted(zip(-self.weights[k], MEMBERS, strict=True))
        text = " + ".join(f"{-w:.2f} {name}" for w, name in named if -w >= _NAMED)
        return text or "last_value"


@dataclass(frozen=True)
class _Chunk:
    which: Counts
    replayed: Replayed
    filled: Counts
    wild: Counts
    shift: Counts


def run(
    series: Series,
    *,
    horizon: int,
    tier: str,
    levels: Sequence[float],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Forecasts]:
    """Forecast every series, a chunk at a time, shortest series first.

    Parameters
    ----------
    series : Series
        Series of one frequency.
    horizon : int
        Periods ahead.
    tier : str
        ``fast`` or ``full``.
    levels : sequence of float
        Shares of what comes that the intervals are to hold.
    progress : callable, optional
        Told how many series are done, and of how many.

    Notes
    -----
    What the fleet is like is learned from at most 2,048 series, evenly spaced in the order of
    their names, so a chunk depends on no other and memory does not grow with the fleet.
    """
    count = len(series.names)
    length = series.last - series.first
    pool = np.unique(np.linspace(0, count - 1, min(count, POOL)).round().astype(np.int64))
    rest = np.setdiff1d(np.arange(count), pool)
    done, held = 0, []
    for some in _chunks(pool, length):
        held.append(_replayed(series, some, horizon, tier))
        done += len(some)
        if progress is not None:
            progress(done, count)
    fleet = _fleet([chunk.replayed for chunk in held], tuple(levels))
    while held:
        yield _finished(held.pop(0), fleet)
    for some in _chunks(rest, length):
        yield _finished(_replayed(series, some, horizon, tier), fleet)
        done += len(some)
        if progress is not None:
            progress(done, count)


def _chunks(some: Counts, length: Counts) -> Iterator[Counts]:
    order = some[np.argsort(length[some], kind="stable")]
    for start in range(0, len(order), CHUNK):
        yield order[start : start + CHUNK]


def _replayed(series: Series, some: Counts, horizon: int, tier: str) -> _Chunk:
    rows, filled = series.rows(some)
    read, wild, shift = calmed(rows)
    return _Chunk(some, replay(rows, read, horizon, tier), filled, wild, shift)


def _fleet(pool: Sequence[Replayed], levels: tuple[float, ...]) -> Fleet:
    """Return what all replayed series of the pool say together."""
    width = max(one.rows.values.shape[1] for one in pool)
    padded = [np.pad(r.rows.values, ((0, 0), (0, width - r.rows.values.shape[1]))) for r in pool]
    lengths = np.concatenate([one.rows.lengths for one in pool])
    rows = Rows(np.concatenate(padded), lengths, pool[0].rows.season)
    whole = Replayed(
        rows,
        np.concatenate([one.now for one in pool]),
        np.concatenate([one.errors for one in pool]),
        np.concatenate([one.scale for one in pool]),
        {},
    )
    errors = fleet_errors(whole)
    spread = spread_of(replayed_mix(whole, errors), rows, levels)
    change = np.abs(np.diff(rows.values, axis=1) * rows.own[:, 1:]).sum(1) / (lengths - 1).clip(1)
    size = np.abs(rows.values).sum(1) / lengths
    full = ~short(rows) & (whole.scale > 0) & (change > 0) & (size > 0)
    unit = float(np.median(whole.scale[full] / change[full])) if full.any() else 1.0
    share = float(np.median(whole.scale[full] / size[full])) if full.any() else np.nan
    return Fleet(errors, spread, levels, unit, share)


def _finished(chunk: _Chunk, fleet: Fleet) -> Forecasts:
    replayed, rows = chunk.replayed, chunk.replayed.rows
    weights = weights_now(replayed, fleet.errors)
    mean = mixed(replayed.now, weights)
    mean = np.where(np.isfinite(mean), mean, rows.last()[:, None])
    errors = replayed_mix(replayed, fleet.errors)
    scale = _unit(replayed, fleet)
    width = expected(errors, rows, mean, scale, fleet.spread)
    reach = fleet.spread.reach[:, None, None] * width[None]
    floor = np.where(rows.never_negative, 0.0, -np.inf)[None, :, None]
    then = levels_then(rows, errors.shape[1])
    own = own_then(np.abs(errors) / then[:, :, None], fleet.spread.growth) * then
    expected_then = own[:, :, None] * fleet.spread.growth[None, None, :]
    last_year = list(MEMBERS).index("last_year")
    return Forecasts(
        chunk.which,
        mean,
        np.maximum(mean[None] - reach, floor),
        mean[None] + reach,
        fleet.spread.tested,
        weights,
        errors,
        replayed.errors[:, :, last_year],
        fleet.spread.reach[:, None, None, None] * expected_then[None],
        replayed.scale,
        rows.lengths,
        chunk.filled,
        chunk.wild,
        chunk.shift,
        _constant(rows),
        _failed(replayed),
        applies(rows),
    )


def _constant(rows: Rows) -> Flags:
    low = np.where(rows.own, rows.values, np.inf).min(1)
    return np.asarray(low == np.where(rows.own, rows.values, -np.inf).max(1))


def _unit(replayed: Replayed, fleet: Fleet) -> Array:
    """Return each series' scale; the fleet's ratios help a series that has no year of changes."""
    rows, scale = replayed.rows, replayed.scale
    alone = np.abs(rows.values[:, 0]) * fleet.size
    return np.where(rows.lengths == 1, alone, np.where(short(rows), scale * fleet.unit, scale))


def _failed(replayed: Replayed) -> list[str]:
    """Return per series which members failed it, and what stands in their place."""
    meant = applies(replayed.rows)
    silent = meant & ~np.isfinite(replayed.now).all(2)
    found = []
    for row, answers in zip(silent, meant & ~silent, strict=True):
        parts = [
            f"{name} left out ({replayed.broken.get(name, 'no finite number')})"
            for name, failed in zip(MEMBERS, row, strict=True)
            if failed
        ]
        if not answers.any():
            parts.append("no member is left: the last value is carried forward")
        found.append("; ".join(parts))
    return found
