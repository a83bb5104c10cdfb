"""The months a file is asked to be about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.errors import ParameterError, PeriodError
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True)
class Span:
    """A stretch of calendar months.

    Parameters
    ----------
    label : str
        As it was asked for.
    first, last : datetime.date
        First and last day, both included.
    """

    label: str
    first: dt.date
    last: dt.date

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years it touches."""
        return tuple(range(self.first.year, self.last.year + 1))

    def holds(self, day: dt.date) -> bool:
        """Return whether a day lies in it."""
        return self.first <= day <= self.last


def read_span(text: str | None) -> Span | None:
    """Return the months a text names.

    Parameters
    ----------
    text : str, optional
        ``2026-03``, ``2026Q1``, ``FY2026``, or two of them joined: ``2026-01..2026-12``.

    Raises
    ------
    ParameterError
        If it names none.

    Examples
    --------
    >>> span = read_span("2026-01..2026-03")
    >>> span.first.isoformat(), span.last.isoformat()
    ('2026-01-01', '2026-03-31')
    """
    if text is None:
        return None
    first, joined, last = text.strip().partition("..")
    calendar = FiscalCalendar()
    try:
        start = calendar.period(first)
        end = calendar.period(last) if joined else start
    except PeriodError as error:
        raise ParameterError(
            f"{text!r} is no period",
            where="--period",
            advice="Write 2026-03, 2026Q1, FY2026 or 2026-01..2026-12.",
        ) from error
    if end.last < start.first:
        raise ParameterError(
            f"{text!r} ends before it begins", where="--period", advice=f"Write {last}..{first}."
        )
    return Span(text.strip(), start.first, end.last)
