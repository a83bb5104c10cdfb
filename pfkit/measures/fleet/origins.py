"""Rolling origins: every series also as it stood some periods ago, and what came after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.members import MEMBERS, Task, forecasts
from pfkit.measures.fleet.rows import TINY, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array, Flags

#: How many origins a series is replayed from, and how many periods lie between two.
ORIGINS, STEP = 6, 3
#: How many periods before the end all of them lie. The last three are for the pool's intervals: an
#: error 18 periods ahead is then judged by as much as is known of the series' own errors now.
BACK = (*range(STEP, STEP * ORIGINS + 1, STEP), 24, 30, 36)
#: Periods beyond a year that must be left before an origin, and the fewest there may be.
BEYOND, FEWEST = 4, 8


@dataclass(frozen=True)
class Replayed:
    """What every member said, now and at each earlier origin.

    Parameters
    ----------
    rows : Rows
        The series, whole.
    now : numpy.ndarray
        Series by member by period ahead: forecasts from the last period; NaN where none.
    errors : numpy.ndarray
        Series by origin by member by period ahead: forecast less what came, in units of `scale`;
        NaN where nothing came yet, the origin is too early, or the member had no answer.
    scale : numpy.ndarray
        Each series' mean absolute change from a year before; from the period before where there
        are not two years or nothing changed from year to year; zero where it never changed.
    broken : dict
        Per member that raised, what it said.
    """

    rows: Rows
    now: Array
    errors: Array
    scale: Array
    broken: dict[str, str]

    @property
    def recent(self) -> Replayed:
        """The same with the six origins that weights and back-tests are from."""
        return replace(self, errors=self.errors[:, :ORIGINS])


def replay(rows: Rows, read: Rows, horizon: int, tier: str, *, deep: bool = False) -> Replayed:
    """Forecast every series from its end and from up to six origins, three periods apart.

    Parameters
    ----------
    rows, read : Rows
        The series as they came, which judge; and as members read them, wild values drawn in.
    horizon : int
        Periods ahead.
    tier : str
        ``fast`` or ``full``.
    deep : bool
        Whether to go on to the origins that only intervals are judged by.
    """
    size = len(rows.lengths)
    back = np.array([0, *(BACK if deep else BACK[:ORIGINS])])
    enough = rows.lengths[:, None] - back[None, :] >= max(rows.season + BEYOND, FEWEST)
    enough[:, 0] = True
    which, origin = np.nonzero(enough)
    lengths = rows.lengths[which] - back[origin]
    inside = np.arange(rows.values.shape[1])[None, :] < lengths[:, None]
    stood = Rows(np.where(inside, read.values[which], 0.0), lengths, rows.season)
    said, broken = forecasts(Task(stood, horizon, tier))
    ahead = np.full((size, len(back), len(MEMBERS), horizon), np.nan)
    ahead[which, origin] = said
    scale = scale_of(rows)
    unit = np.where(scale > 0, scale, np.nan)
    came = _came(rows, back[1:], horizon)
    errors = (ahead[:, 1:] - came[:, :, None, :]) / unit[:, None, None, None]
    return Replayed(rows, ahead[:, 0], errors, scale, broken)


def earlier(origin: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield the earlier origins that say something at one, and how many periods each had ended.

    As many periods before it count as before the end: eighteen.

    Examples
    --------
    >>> list(earlier(4, 9))
    [(5, 3), (6, 9), (7, 15)]
    """
    for place in range(origin + 1, count):
        ended = BACK[place] - BACK[origin]
        if ended <= STEP * ORIGINS:
            yield place, ended


def _came(rows: Rows, back: Counts, horizon: int) -> Array:
    """Return what came after each origin: series by origin by period ahead, NaN where nothing."""
    at = rows.lengths[:, None, None] - back[None, :, None] + np.arange(horizon)[None, None, :]
    there = (at >= 0) & (at < rows.lengths[:, None, None])
    place = np.clip(at, 0, rows.values.shape[1] - 1).reshape(len(at), -1)
    values = np.take_along_axis(rows.values, place, 1).reshape(at.shape)
    return np.where(there, values, np.nan)


def short(rows: Rows) -> Flags:
    """Return which series are too short for changes from a year before to say much."""
    return np.asarray(rows.lengths < 2 * rows.season)


def scale_of(rows: Rows) -> Array:
    """Return the in-sample error of last year's value; of the last value where it says nothing."""
    values, own = rows.values, rows.own
    found = []
    for lag in (rows.season, 1):
        change = np.abs(values[:, lag:] - values[:, :-lag]) * own[:, lag:]
        mean = change.sum(1) / np.maximum(rows.lengths - lag, 1)
        found.append(np.where(mean > TINY * np.abs(values).max(1, initial=0.0), mean, 0.0))
    return np.where(short(rows) | (found[0] == 0), found[1], found[0])
