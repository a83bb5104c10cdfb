"""Quarters and years over a horizon: which are complete, which had begun, what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pfkit.errors import ParameterError
from pfkit.measures.fleet.periods import MONTHS, QUARTERS, period_label, read_period

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

Grain = Literal["month", "quarter", "year"]
_YEAR = re.compile(r"[Ff][Yy](\d{4})")


@dataclass(frozen=True)
class Span:
    """A month, quarter or year over the horizon.

    Parameters
    ----------
    grain : str
        ``month``, ``quarter`` or ``year``.
    label : str
        As it is written: ``2026-07``, ``2026Q3``, ``FY2026``.
    first, last : int
        Its first and last period as running numbers.
    """

    grain: Grain
    label: str
    first: int
    last: int


@dataclass(frozen=True)
class Spans:
    """The spans of a horizon: its periods, then quarters, then years.

    Parameters
    ----------
    rows : list of Span
        Those that end within the horizon.
    start, horizon : int
        The running number of the first period to come, and how many there are.
    season : int
        Periods in a year.
    """

    rows: list[Span]
    start: int
    horizon: int
    season: int

    @property
    def sums(self) -> Array:
        """Span by period to come: one where it belongs."""
        at = self.start + np.arange(self.horizon)
        first = np.array([span.first for span in self.rows])
        last = np.array([span.last for span in self.rows])
        inside = (at[None, :] >= first[:, None]) & (at[None, :] <= last[:, None])
        return np.asarray(inside, dtype=float)

    def begun(self, span: Span) -> bool:
        """Return whether some of it is known already."""
        return span.first < self.start


def spans_of(
    start: int, horizon: int, *, season: int, year_start: int, whole: bool, begun: bool
) -> Spans:
    """Return the spans of a horizon.

    Parameters
    ----------
    start, horizon : int
        The running number of the first period to come, and how many there are.
    season : int
        Periods in a year: 12 or 4.
    year_start : int
        The calendar month a fiscal year starts in; quarters are fiscal quarters already.
    whole : bool
        Whether there are quarters and years at all.
    begun : bool
        Whether those count that began before the horizon.

    Raises
    ------
    ParameterError
        If `year_start` is no month, or quarters cannot be cut by it.

    Examples
    --------
    >>> made = spans_of(2026 * 12 + 6, 6, season=12, year_start=1, whole=True, begun=False)
    >>> [span.label for span in made.rows[5:]]
    ['2026-12', '2026Q3', '2026Q4']
    """
    if not 1 <= year_start <= MONTHS:
        raise ParameterError(
            f"year_start {year_start} is no month", advice="Use a number from 1 to 12."
        )
    if season == QUARTERS and year_start != 1:
        raise ParameterError(
            f"year_start {year_start} says nothing of quarters",
            advice="Leave it out: quarters are taken as fiscal quarters, four from Q1 a year.",
        )
    name: Grain = "month" if season == MONTHS else "quarter"
    at = range(start, start + horizon)
    rows = [Span(name, period_label(season, number), number, number) for number in at]
    shift = (year_start - 1) * season // MONTHS
    sizes: list[tuple[Grain, int]] = [("quarter", season // QUARTERS), ("year", season)]
    for grain, size in sizes:
        if not whole or size == 1:
            continue
        first = (start - shift) // size
        for place in range(first, (start + horizon - shift) // size):
            span = Span(
                grain,
                _label(grain, place, year_start),
                place * size + shift,
                place * size + shift + size - 1,
            )
            if begun or span.first >= start:
                rows.append(span)
    return Spans(rows, start, horizon, season)


def _label(grain: Grain, place: int, year_start: int) -> str:
    """Return a fiscal quarter or year by its running number; years are named for their end."""
    later = 0 if year_start == 1 else 1
    if grain == "year":
        return f"FY{place + later:04d}"
    year, quarter = divmod(place, QUARTERS)
    return f"{year + later:04d}Q{quarter + 1}"


def read_span(text: str, *, season: int, year_start: int) -> Span | None:
    """Return the month, fiscal quarter or fiscal year that a label names; None where it is none.

    Parameters
    ----------
    text : str
        ``2026-07``, ``2026Q3``, ``FY2026``, or a day, which stands for its month.
    season : int
        Periods in a year; where they are quarters a month is none of them.
    year_start : int
        The calendar month a fiscal year starts in.

    Examples
    --------
    >>> found = read_span("FY2026", season=12, year_start=7)
    >>> period_label(12, found.first), period_label(12, found.last)
    ('2025-07', '2026-06')
    """
    later, shift = (0 if year_start == 1 else 1), (year_start - 1) * season // MONTHS
    plain = text.strip()
    if found := _YEAR.fullmatch(plain):
        first = (int(found[1]) - later) * season + shift
        return Span("year", f"FY{int(found[1]):04d}", first, first + season - 1)
    read = read_period(plain)
    if read is None:
        return None
    size, number = read
    label = period_label(size, number)
    if size == MONTHS:
        return Span("month", label, number, number) if season == MONTHS else None
    length = season // QUARTERS
    first = (number - later * QUARTERS) * length + shift
    return Span("quarter", label, first, first + length - 1)
