"""A calendar that is given week by week: whole weeks without a gap, twelve months a year."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pfkit.errors import PeriodError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WEEK = 7
_MONTHS_IN_YEAR = 12
_WEEKS_IN_YEAR = (52, 53)
_WHERE = "calendar"


@dataclass(frozen=True, order=True)
class Week:
    """One week of a fiscal calendar.

    Attributes
    ----------
    first, last : datetime.date
        First and last day, seven in all.
    period : str
        The fiscal month it counts in: ``2023-01`` is the first month of fiscal 2023.
    """

    first: date
    last: date
    period: str

    def __str__(self) -> str:
        """Return its first and last day."""
        return f"{self.first.isoformat()} to {self.last.isoformat()}"


def checked_weeks(weeks: Iterable[Week]) -> tuple[Week, ...]:
    """Return weeks in order, or refuse a list that is no calendar.

    Parameters
    ----------
    weeks : iterable of Week
        Whole fiscal years, in any order.

    Returns
    -------
    tuple of Week
        In the order of their days.

    Raises
    ------
    PeriodError
        If a week is missing, overlaps another or is listed twice, has not seven days, if months
        do not follow each other, or a year is not whole. The week is named.

    Examples
    --------
    >>> start = date(2023, 1, 29)
    >>> weeks = [Week(start, start + timedelta(days=6), "2023-01")]
    >>> checked_weeks([*weeks, Week(date(2023, 2, 12), date(2023, 2, 18), "2023-01")])
    Traceback (most recent call last):
    pfkit.errors.PeriodError: calendar: week 2023-02-05 to 2023-02-11 is missing
      -> Add it to the list, after week 2023-01-29 to 2023-02-04 of 2023-01.
    """
    listed = tuple(sorted(weeks))
    if not listed:
        raise PeriodError(
            "lists no week",
            where=_WHERE,
            advice="Give a row for each week: first_day, last_day, period.",
        )
    for week in listed:
        _refuse_length(week)
    for before, after in itertools.pairwise(listed):
        _refuse_gap(before, after)
        _refuse_order(before, after)
    _refuse_part_years(listed)
    return listed


def _refuse_length(week: Week) -> None:
    days = (week.last - week.first).days + 1
    if days != WEEK:
        raise PeriodError(
            f"week {week} of {week.period} has {days} day{'' if days == 1 else 's'}, not {WEEK}",
            where=_WHERE,
            advice="Correct its first or last day; a long year has a 53rd week, no long one.",
        )


def _refuse_gap(before: Week, after: Week) -> None:
    """Name the week that is missing between two, or the two that share days."""
    if after.first == before.first:
        raise PeriodError(
            f"week {before} is listed twice, in {before.period} and {after.period}"
            if before.period != after.period
            else f"week {before} of {before.period} is listed twice",
            where=_WHERE,
            advice="Leave one of the two out.",
        )
    if after.first <= before.last:
        raise PeriodError(
            f"weeks {before} of {before.period} and {after} of {after.period} overlap",
            where=_WHERE,
            advice="Correct their days: a day lies in one week.",
        )
    days = (after.first - before.last).days - 1
    if days == 0:
        return
    first = before.last + timedelta(days=1)
    whole, rest = divmod(days, WEEK)
    if rest:
        raise PeriodError(
            f"{days} day{'' if days == 1 else 's'} from {first.isoformat()} on lie in no week",
            where=_WHERE,
            advice=f"Weeks {before} of {before.period} and {after} of {after.period} stand around "
            "them: correct their days.",
        )
    missing = Week(first, first + timedelta(days=WEEK - 1), "")
    more = f", and {whole - 1} more after it" if whole > 1 else ""
    raise PeriodError(
        f"week {missing} is missing{more}",
        where=_WHERE,
        advice=f"Add it to the list, after week {before} of {before.period}.",
    )


def _refuse_order(before: Week, after: Week) -> None:
    if after.period in {before.period, following(before.period)}:
        return
    raise PeriodError(
        f"month {after.period} (week {after}) follows {before.period}, not "
        f"{following(before.period)}",
        where=_WHERE,
        advice="Name the fiscal month of each week: the weeks of a month stand together, and "
        "months run from 01 to 12 in every year.",
    )


def _refuse_part_years(listed: Sequence[Week]) -> None:
    first, last = listed[0], listed[-1]
    if not (first.period.endswith("-01") and last.period.endswith(f"-{_MONTHS_IN_YEAR}")):
        part = first if not first.period.endswith("-01") else last
        raise PeriodError(
            f"fiscal year {part.period[:4]} is not whole: the list "
            f"{'begins' if part is first else 'ends'} with {part.period} (week {part})",
            where=_WHERE,
            advice="List whole fiscal years, months 01 to 12.",
        )
    for year, held in itertools.groupby(listed, key=lambda week: week.period[:4]):
        weeks = list(held)
        if len(weeks) not in _WEEKS_IN_YEAR:
            raise PeriodError(
                f"fiscal year {year} has {len(weeks)} weeks, not 52 or 53",
                where=_WHERE,
                advice=f"It is listed from {weeks[0].first.isoformat()} to "
                f"{weeks[-1].last.isoformat()}: correct the months of its weeks.",
            )


def following(month: str) -> str:
    """Return the month label after another.

    Examples
    --------
    >>> following("2023-12"), following("2023-04")
    ('2024-01', '2023-05')
    """
    year, number = int(month[:4]), int(month[5:7])
    turn = number == _MONTHS_IN_YEAR
    return f"{year + turn:04d}-{1 if turn else number + 1:02d}"
