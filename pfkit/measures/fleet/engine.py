"""The whole run: a pool of series says what the fleet is like, then all are forecast in chunks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.combine import mixed, replayed_mix, weights_now
from pfkit.measures.fleet.dependence import origin_scores
from pfkit.measures.fleet.intervals import expected, expected_then
from pfkit.measures.fleet.members import BEYOND, MEMBERS, applies
from pfkit.measures.fleet.origins import Replayed, replay
from pfkit.measures.fleet.pool import Fleet, fleet_of, rehearsed, together, unit_of
from pfkit.measures.fleet.repairs import calmed
from pfkit.measures.fleet.rows import TINY
from pfkit.measures.fleet.seasons import YEARS
from pfkit.measures.fleet.siblings import borrows, factors
from pfkit.measures.fleet.spreading import here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pfkit.measures.fleet.dependence import Dependence
    from pfkit.measures.fleet.intervals import Spread
    from pfkit.measures.fleet.rows import Counts, Rows
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.fleet.spreading import Spreader
    from pfkit.measures.medians import Array, Flags

#: Series forecast together, and series at most that say what the fleet is like.
CHUNK, POOL = 128, 2048
#: Members that weigh less than this are not named.
_NAMED = 0.005
#: What is said of a member that did not raise and has no forecast.
NO_NUMBER = f"no number, or one beyond {BEYOND:.0f} times the largest seen"


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
class _Part:
    """Some series as they are forecast together, with all that is needed of them.

    A borrowed season is taken out of `rows`; `shared` holds it by month or quarter, one line per
    series, on the scale of logarithms.
    """

    which: Counts
    first: Counts
    rows: Rows
    filled: Counts
    borrowed: Flags
    shared: Array


@dataclass(frozen=True)
class _Chunk:
    part: _Part
    replayed: Replayed
    wild: Counts
    shift: Counts


def run(
    series: Series,
    *,
    horizon: int,
    tier: str,
    levels: Sequence[float],
    progress: Callable[[int, int], None] | None = None,
    spread: Spreader = here,
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
    spread : Spreader
        What does the work; the same numbers come of it wherever it is done.

    Notes
    -----
    What the fleet is like is learned from at most 2,048 series of three years or more, evenly
    spaced in the order of their names, so a chunk depends on no other and memory does not grow
    with the fleet. Shorter series take the season these share, if they share one: that of their
    own family, where the series have families.
    """
    count = len(series.names)
    length = series.last - series.first
    long = np.nonzero(length + 1 >= YEARS * series.season)[0]
    long = long if len(long) else np.arange(count)
    pool = long[np.linspace(0, len(long) - 1, min(len(long), POOL)).round().astype(np.int64)]
    rest = np.setdiff1d(np.arange(count), pool)
    done, held = 0, []
    parts = (_part(series, some, None) for some in _chunks(pool, length))
    for chunk in spread(_replayed_deep, parts, horizon, tier):
        held.append(chunk)
        done += len(chunk.part.which)
        if progress is not None:
            progress(done, count)
    order = np.concatenate([chunk.part.which for chunk in held])
    first, family = series.first[order], series.family[order]
    fleet = fleet_of([one.replayed for one in held], first, tuple(levels), family)
    siblings = together([chunk.replayed.rows for chunk in held])
    while held:
        chunk = held.pop(0)
        yield _finished(replace(chunk, replayed=chunk.replayed.recent), fleet)
    for alike in _ages(rest, length + 1, series.season):
        age = int(np.median(length[alike])) + 1
        like = fleet
        if age < YEARS * series.season:
            like = rehearsed(fleet, siblings, first, family, length=age, horizon=horizon, tier=tier)
        parts = (_part(series, some, fleet.season) for some in _chunks(alike, length))
        for found in spread(_forecast, parts, horizon, tier, like):
            # what all share need not come back with every part
            yield replace(found, spread=like.spread, dependence=like.dependence)
            done += len(found.which)
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


def _part(series: Series, some: Counts, season: Array | None) -> _Part:
    """Return some series as they are forecast together, less the season they borrow."""
    rows, filled = series.rows(some)
    first = series.first[some]
    shared = np.zeros((len(some), rows.season)) if season is None else season[series.family[some]]
    borrowed = borrows(rows) & (np.abs(shared).max(1) > TINY)
    if borrowed.any():
        start = np.zeros(len(some), dtype=np.int64)
        taken = rows.values / factors(shared, first, start, rows.values.shape[1])
        rows = rows.with_values(np.where(borrowed[:, None], taken, rows.values))
    return _Part(some, first, rows, filled, borrowed, shared)


def _replayed(part: _Part, horizon: int, tier: str) -> _Chunk:
    read, wild, shift = calmed(part.rows)
    return _Chunk(part, replay(part.rows, read, horizon, tier), wild, shift)


def _replayed_deep(part: _Part, horizon: int, tier: str) -> _Chunk:
    read, wild, shift = calmed(part.rows)
    return _Chunk(part, replay(part.rows, read, horizon, tier, deep=True), wild, shift)


def _forecast(part: _Part, horizon: int, tier: str, fleet: Fleet) -> Forecasts:
    """Return the forecasts of a part, without what all parts share."""
    found = _finished(_replayed(part, horizon, tier), fleet)
    return replace(found, spread=replace(fleet.spread, known=fleet.spread.known[:0]))


def _finished(chunk: _Chunk, fleet: Fleet) -> Forecasts:
    part, replayed, rows = chunk.part, chunk.replayed, chunk.replayed.rows
    weights = weights_now(replayed, fleet.errors)
    mean = mixed(replayed.now, weights)
    mean = np.where(np.isfinite(mean), mean, rows.last()[:, None])
    errors = replayed_mix(replayed, fleet.errors)
    scale = unit_of(rows, replayed.scale, fleet)
    plain = replayed.scale / np.where(scale > 0, scale, 1.0)
    width = expected(errors * plain[:, None, None], rows, mean, scale, fleet.spread)
    then = expected_then(errors, rows, fleet.spread.growth)
    last_year = list(MEMBERS).index("last_year")
    if part.borrowed.any():
        shared = factors(part.shared, part.first, rows.lengths, mean.shape[1])
        season = np.where(part.borrowed[:, None], shared, 1.0)
        mean, width = mean * season, width * season
    reach = fleet.spread.reach[:, None, None] * width[None]
    floor = np.where(rows.never_negative, 0.0, -np.inf)[None, :, None]
    return Forecasts(
        which=part.which,
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
        filled=part.filled,
        wild=chunk.wild,
        shift=chunk.shift,
        expected=width,
        never_negative=rows.never_negative,
        spread=fleet.spread,
        dependence=fleet.dependence,
        scores=origin_scores(fleet.spread.normal(errors / then), fleet.dependence.steps),
        season=rows.season,
        constant=_constant(rows),
        borrowed=part.borrowed,
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
            f"{name} left out ({replayed.broken.get(name, NO_NUMBER)})"
            for name, failed in zip(MEMBERS, row, strict=True)
            if failed
        ]
        if not answers.any():
            parts.append("no member is left: the last value is carried forward")
        found.append("; ".join(parts))
    return found
