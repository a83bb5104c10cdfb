"""Years and their parts: what is known of each, what may come of it, and sums of series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pfkit.measures.fleet.engine import run
from pfkit.measures.fleet.paths import bounds, paths
from pfkit.measures.fleet.periods import MONTHS, QUARTERS, period_label, read_period

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pfkit.measures.fleet.engine import Forecasts
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.medians import Array, Flags
    from pfkit.period import FiscalCalendar

YEAR, REMAINING, QUARTER = "year", "remaining", "quarter"


class Span(NamedTuple):
    """A stretch of the year: its kind, label, first period and the one after its last."""

    kind: str
    label: str
    first: int
    stop: int


@dataclass(frozen=True)
class Drawn:
    """What spans of series, or of sums of them, may come to.

    Parameters
    ----------
    actual, mean : numpy.ndarray
        Series by span: what is known, and what is expected in all.
    ahead : numpy.ndarray
        Series by span: periods still to come.
    draws : numpy.ndarray
        Series by path by span: what it may come to; NaN where nothing says how wide.
    floor : numpy.ndarray
        Series by span: below this no total can lie.
    """

    actual: Array
    mean: Array
    ahead: Counts
    draws: Array
    floor: Array

    def bounds(self, levels: Sequence[float]) -> tuple[Array, Array]:
        """Return lower and upper bounds: level by series by span."""
        low, high = bounds(self.draws, levels, axis=1)
        low = np.maximum(np.minimum(low, self.mean), self.floor)
        return self._sure(low), self._sure(np.maximum(high, self.mean))

    def reaching(self, amount: Array, *, higher: bool) -> Array:
        """Return how likely each total comes to an amount or more; or to it or less."""
        with np.errstate(invalid="ignore"):
            held = np.maximum(self.draws, self.floor[:, None, :])
            met = held >= amount[:, None, :] if higher else held <= amount[:, None, :]
            sure = self.mean >= amount if higher else self.mean <= amount
        # one draw more, half of it met: no chance is said to be none, or all
        share = (met.sum(1) + 0.5) / (self.draws.shape[1] + 1)
        found = np.where(self.ahead > 0, share, sure.astype(float))
        return np.where(np.isfinite(amount) & np.isfinite(self._known), found, np.nan)

    def taken(self, some: Counts) -> Drawn:
        """Return some of the series."""
        return Drawn(
            self.actual[some],
            self.mean[some],
            self.ahead[some],
            self.draws[some],
            self.floor[some],
        )

    @property
    def _known(self) -> Array:
        return np.where(self.ahead > 0, self.draws[:, 0], self.mean)

    def _sure(self, bound: Array) -> Array:
        return np.where(self.ahead[None] > 0, bound, self.mean[None])


def spans_of(end: int, season: int, calendar: FiscalCalendar) -> list[Span]:
    """Return the fiscal year of the first period to come, what remains of it, and its quarters.

    Parameters
    ----------
    end : int
        The running number of the last period that has come.
    season : int
        Periods in a year; a quarter's label is that of the fiscal year already.
    calendar : FiscalCalendar
        Says which months are a year.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> year, rest, *quarters = spans_of(2026 * 12 + 7, 12, FiscalCalendar(year_start=7))
    >>> year.label, rest.label, [one.label for one in quarters]
    ('FY2027', '2026-09..2027-06', ['2027Q1', '2027Q2', '2027Q3', '2027Q4'])
    """
    size = season // QUARTERS
    if season == MONTHS:
        name = calendar.fiscal_year_of(period_label(season, end + 1))
        months = calendar.months_of_year(name)
        found = read_period(months[0])
        first = found[1] if found else 0
        labels = [calendar.quarter_of(month) for month in months[::size]]
    else:
        name = (end + 1) // season
        first = name * season
        labels = [period_label(season, first + k) for k in range(QUARTERS)]
    stop = first + season
    last = period_label(season, stop - 1)
    ahead = period_label(season, end + 1)
    rest = ahead if end + 1 == stop - 1 else f"{ahead}..{last}"
    return [
        Span(YEAR, f"FY{name:04d}", first, stop),
        Span(REMAINING, rest, end + 1, stop),
        *(
            Span(QUARTER, label, first + k * size, first + (k + 1) * size)
            for k, label in enumerate(labels)
        ),
    ]


def ended(series: Series, end: int) -> Flags:
    """Return which series have had no value for a year: nothing more is expected of them."""
    return np.asarray(end - series.last >= series.season)


def drawn(
    series: Series,
    spans: Sequence[Span],
    *,
    end: int,
    tier: str,
    levels: Sequence[float],
    count: int,
    seed: int,
) -> Iterator[tuple[Forecasts, Drawn]]:
    """Yield what every span of every series may come to, some series at a time."""
    gone = ended(series, end)
    open_ = series.last[~gone] if (~gone).any() else np.array([end])
    horizon = int(spans[0].stop - 1 - open_.min())
    first = np.array([span.first for span in spans])
    stop = np.array([span.stop for span in spans])
    for part in run(series, horizon=horizon, tier=tier, levels=levels):
        last = series.last[part.which]
        at = last[:, None] + np.arange(1, horizon + 1)[None, :]
        inside = (at[:, None, :] >= first[None, :, None]) & (at[:, None, :] < stop[None, :, None])
        inside &= ~gone[part.which][:, None, None]
        # what remains is all that is not known yet, also of a series that is late
        inside[:, 1] = inside[:, 0]
        mask = inside.astype(float)
        actual = _actual(series, part.which, first, stop)
        actual[:, 1] = 0.0
        draws = np.einsum(
            "nch,nsh->ncs", paths(part, count=count, seed=seed, floored=False), mask, optimize=True
        )
        mean = actual + np.einsum("nh,nsh->ns", part.mean, mask)
        floor = np.where(part.never_negative[:, None], actual, -np.inf)
        yield part, Drawn(actual, mean, inside.sum(2), draws + actual[:, None, :], floor)


def _actual(series: Series, some: Counts, first: Counts, stop: Counts) -> Array:
    """Return what is known of each span: series by span; gaps within a series filled."""
    rows, _ = series.rows(some)
    at = series.first[some][:, None] + np.arange(rows.values.shape[1])[None, :]
    inside = (at[:, None, :] >= first[None, :, None]) & (at[:, None, :] < stop[None, :, None])
    inside &= rows.own[:, None, :]
    return np.asarray(np.einsum("nt,nst->ns", rows.values, inside.astype(float)))


class Sums:
    """Sums of series over the same paths, added up some series at a time.

    Parameters
    ----------
    size : int
        How many sums.
    count : int
        Paths.
    spans : int
        Stretches of the year.
    """

    def __init__(self, size: int, count: int, spans: int) -> None:
        self.actual, self.mean = np.zeros((size, spans)), np.zeros((size, spans))
        self.ahead = np.zeros((size, spans), dtype=np.int64)
        self.draws = np.zeros((size, count, spans))
        self.never_negative = np.ones(size, dtype=bool)
        self.members = np.zeros(size, dtype=np.int64)

    def add(self, code: Counts, one: Drawn) -> None:
        """Add series to the sums that `code` names.

        Parameters
        ----------
        code : numpy.ndarray
            Per series the position of its sum.
        one : Drawn
            The series.
        """
        np.add.at(self.actual, code, one.actual)
        np.add.at(self.mean, code, one.mean)
        np.maximum.at(self.ahead, code, one.ahead)
        np.add.at(self.members, code, 1)
        positive = np.isfinite(one.floor).all(1)
        np.logical_and.at(self.never_negative, code, positive)
        order = np.argsort(code, kind="stable")
        starts = np.nonzero(np.diff(code[order], prepend=-1))[0]
        # a series that will not be seen any more is known, whatever its width
        known = np.where(one.ahead[:, None, :] > 0, one.draws, one.mean[:, None, :])
        self.draws[code[order][starts]] += np.add.reduceat(known[order], starts, axis=0)

    def drawn(self) -> Drawn:
        """Return what the sums may come to."""
        floor = np.where(self.never_negative[:, None], self.actual, -np.inf)
        return Drawn(self.actual, self.mean, self.ahead, self.draws, floor)
