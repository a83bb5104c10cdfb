"""The whole run: a pool of series says what the fleet is like, then all are forecast in chunks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.combine import mixed, replayed_mix, weights_now
from pfkit.measures.fleet.dependence import origin_scores
from pfkit.measures.fleet.intervals import expected, expected_then
from pfkit.measures.fleet.members import MEMBERS, applies
from pfkit.measures.fleet.origins import Replayed, replay
from pfkit.measures.fleet.pool import Fleet, fleet_of, rehearsed, together, unit_of
from pfkit.measures.fleet.repairs import calmed
from pfkit.measures.fleet.rows import TINY
from pfkit.measures.fleet.seasons import YEARS
from pfkit.measures.fleet.siblings import borrows, factors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pfkit.measures.fleet.dependence import Dependence
    from pfkit.measures.fleet.intervals import Spread
    from pfkit.measures.fleet.rows import Counts, Rows
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.medians import Array, Flags

#: Series forecast together, and series at most that say what the fleet is like.
CHUNK, POOL = 128, 2048
#: Members that weigh less than this are not named.
_NAMED = 0.005


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
    expected : numpy.ndarray
        Series by period ahead: the error expected, in the series' unit.
    never_negative : numpy.ndarray
        Whether no value is below zero, so that no forecast is.
    spread, dependence : Spread, Dependence
        How far errors reach, and how they belong together.
    scores : numpy.ndarray
        Series by origin: the error of the whole path as a score of the normal distribution.
    season : int
        Periods in a year.
    constant : numpy.ndarray
        Whether every value is the same.
    borrowed : numpy.ndarray
        Whether the season is that of the long series of the fleet.
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
    expected: Array
    never_negative: Flags
    spread: Spread
    dependence: Dependence
    scores: Array
    season: int
    constant: Flags
    borrowed: Flags
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
    borrowed: Flags


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
    What the fleet is like is learned from at most 2,048 series of three years or more, evenly
    spaced in the order of their names, so a chunk depends on no other and memory does not grow
    with the fleet. Shorter series take the season these share, if they share one.
    """
    count = len(series.names)
    length = series.last - series.first
    long = np.nonzero(length + 1 >= YEARS * series.season)[0]
    long = long if len(long) else np.arange(count)
    pool = long[np.linspace(0, len(long) - 1, min(len(long), POOL)).round().astype(np.int64)]
    rest = np.setdiff1d(np.arange(count), pool)
    done, held = 0, []
    for some in _chunks(pool, length):
        held.append(_replayed(series, some, horizon, tier, deep=True))
        done += len(some)
        if progress is not None:
            progress(done, count)
    first = np.concatenate([series.first[chunk.which] for chunk in held])
    fleet = fleet_of([one.replayed for one in held], first, tuple(levels))
    siblings = together([chunk.replayed.rows for chunk in held])
    while held:
        chunk = held.pop(0)
        yield _finished(replace(chunk, replayed=chunk.replayed.recent), series, fleet)
    for alike in _ages(rest, length + 1, series.season):
        age = int(np.median(length[alike])) + 1
        like = fleet
        if age < YEARS * series.season:
            like = rehearsed(fleet, siblings, first, length=age, horizon=horizon, tier=tier)
        for some in _chunks(alike, length):
            yield _finished(_replayed(series, some, horizon, tier, fleet.season), series, like)
            done += len(some)
            if progress is not None:
                progress(done, count)


def _ages(some: Counts, lengths: Counts, season: int) -> Iterator[Counts]:
    """Yield series that are about as long as each other; all of three years or more together."""
    bounds = sorted({1, 2, 3, *(season * k // 4 for k in (2, 3, 4, 6, 8, 10, 4 * YEARS))})
    for low, high in zip(bounds, [*bounds[1:], np.inf], strict=True):
        alike = some[(lengths[some] >= low) & (lengths[some] < high)]
        if len(alike):
            yield alike


def _chunks(some: Counts, length: Counts) -> Iterator[Counts]:
    order = some[np.argsort(length[some], kind="stable")]
    for start in range(0, len(order), CHUNK):
        yield order[start : start + CHUNK]


def _replayed(
    series: Series,
    some: Counts,
    horizon: int,
    tier: str,
    season: Array | None = None,
    *,
    deep: bool = False,
) -> _Chunk:
    rows, filled = series.rows(some)
    borrowed = borrows(rows) & (season is not None and bool(np.abs(season).max() > TINY))
    if season is not None and borrowed.any():
        start = np.zeros(len(some), dtype=np.int64)
        shared = factors(season, series.first[some], start, rows.values.shape[1])
        rows = rows.with_values(np.where(borrowed[:, None], rows.values / shared, rows.values))
    read, wild, shift = calmed(rows)
    replayed = replay(rows, read, horizon, tier, deep=deep)
    return _Chunk(some, replayed, filled, wild, shift, borrowed)


def _finished(chunk: _Chunk, series: Series, fleet: Fleet) -> Forecasts:
    replayed, rows = chunk.replayed, chunk.replayed.rows
    weights = weights_now(replayed, fleet.errors)
    mean = mixed(replayed.now, weights)
    mean = np.where(np.isfinite(mean), mean, rows.last()[:, None])
    errors = replayed_mix(replayed, fleet.errors)
    scale = unit_of(rows, replayed.scale, fleet)
    plain = replayed.scale / np.where(scale > 0, scale, 1.0)
    width = expected(errors * plain[:, None, None], rows, mean, scale, fleet.spread)
    then = expected_then(errors, rows, fleet.spread.growth)
    last_year = list(MEMBERS).index("last_year")
    if chunk.borrowed.any():
        first = series.first[chunk.which]
        shared = factors(fleet.season, first, rows.lengths, mean.shape[1])
        season = np.where(chunk.borrowed[:, None], shared, 1.0)
        mean, width = mean * season, width * season
    reach = fleet.spread.reach[:, None, None] * width[None]
    floor = np.where(rows.never_negative, 0.0, -np.inf)[None, :, None]
    return Forecasts(
        which=chunk.which,
        mean=mean,
        low=np.maximum(mean[None] - reach, floor),
        high=mean[None] + reach,
        tested=fleet.spread.tested,
        weights=weights,
        errors=errors,
        naive=replayed.errors[:, :, last_year],
        reach=fleet.spread.reach[:, None, None, None] * then[None],
        scale=replayed.scale,
        lengths=rows.lengths,
        filled=chunk.filled,
        wild=chunk.wild,
        shift=chunk.shift,
        expected=width,
        never_negative=rows.never_negative,
        spread=fleet.spread,
        dependence=fleet.dependence,
        scores=origin_scores(fleet.spread.normal(errors / then), fleet.dependence.steps),
        season=rows.season,
        constant=_constant(rows),
        borrowed=chunk.borrowed,
        failed=_failed(replayed),
        meant=applies(rows),
    )


def _constant(rows: Rows) -> Flags:
    low = np.where(rows.own, rows.values, np.inf).min(1)
    return np.asarray(low == np.where(rows.own, rows.values, -np.inf).max(1))


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
