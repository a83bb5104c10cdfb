"""The fiscal calendar: which month a day belongs to, and which year a month belongs to."""

from __future__ import annotations

import calendar as _gregorian
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import pandas as pd

from pfkit.errors import ParameterError, PeriodError
from pfkit.period.listed import WEEK, Week, checked_weeks
from pfkit.period.stretch import Period
from pfkit.period.weeks import RETAIL, year_end

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.period.stretch import Kind

Rule = Literal["month", "4-4-5", "4-5-4", "5-4-4", "listed"]
NamedFor = Literal["end", "start"]

_MONTHS_IN_YEAR = 12
_MONTHS_IN_QUARTER = 3
_MONTH_LABEL = re.compile(r"([1-9][0-9]{3})-([0-9]{2})")
_QUARTER_LABEL = re.compile(r"([1-9][0-9]{3})-?Q([1-4])", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR_LABEL = re.compile(r"FY([1-9][0-9]{3})", re.IGNORECASE)


@dataclass(frozen=True)
class FiscalCalendar:
    """A fiscal calendar: which month a day belongs to, and which year a month belongs to.

    Parameters
    ----------
    year_start : int
        The calendar month (1 to 12) the fiscal year starts in; for calendar-month books.
    rule : str
        ``month`` (fiscal months are calendar months), a week pattern, ``4-4-5``, ``4-5-4`` or
        ``5-4-4``, whose years end by `year_end`, or ``listed``: the weeks themselves.
    year_end : str
        For week patterns, such as ``last Saturday of September`` or
        ``nearest Saturday to the end of January``.
    extra_week : int
        The fiscal month (1 to 12) that has the 53rd week of a long year.
    named_for : str
        The calendar year a fiscal year of a week pattern is named for: the one it ``end`` s in,
        or, as retailers name theirs, the one it ``start`` s in.
    weeks : tuple of Week
        For ``listed``: every week of whole fiscal years.

    Raises
    ------
    PeriodError
        If the declaration says too little or contradicts itself, or a listed week is missing.

    Notes
    -----
    A fiscal year is named for the calendar year it ends in unless `named_for` says otherwise.
    Month labels are calendar months (``2011-06``) under ``month``; else they are the fiscal year
    and the number of the month in it (``2023-01`` is the first fiscal month of FY2023).

    Examples
    --------
    >>> city = FiscalCalendar(year_start=7)
    >>> quarter = city.period("2019Q2")
    >>> quarter.months, quarter.first.isoformat(), quarter.year_to_date.months[0]
    (('2018-10', '2018-11', '2018-12'), '2018-10-01', '2018-07')
    >>> shop = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September")
    >>> shop.period("FY2023").days, shop.period("FY2023").weeks
    (371, 53)
    """

    year_start: int = 1
    rule: Rule = "month"
    year_end: str = ""
    extra_week: int = _MONTHS_IN_YEAR
    named_for: NamedFor = "end"
    weeks: tuple[Week, ...] = ()

    def __post_init__(self) -> None:
        """Check the declaration once."""
        if not 1 <= self.year_start <= _MONTHS_IN_YEAR:
            raise PeriodError(
                f"fiscal_year_start {self.year_start} is no month",
                where="book.toml [company]",
                advice="Give the first month of the fiscal year as a number from 1 to 12.",
            )
        if not 1 <= self.extra_week <= _MONTHS_IN_YEAR:
            raise PeriodError(
                f"extra_week {self.extra_week} is no month",
                where="book.toml [company]",
                advice="Name the fiscal month that has the 53rd week, from 1 to 12.",
            )
        if self.rule == "listed":
            object.__setattr__(self, "weeks", checked_weeks(self.weeks))
        elif self.rule != "month":
            year_end(self.year_end)

    @classmethod
    def of_weeks(cls, weeks: Iterable[Week]) -> FiscalCalendar:
        """Return the calendar that a list of weeks is.

        Raises
        ------
        PeriodError
            If a week is missing, overlaps another or stands in no order; the week is named.
        """
        return cls(rule="listed", weeks=tuple(weeks))

    def period(self, text: str) -> Period:
        """Return the period a label names.

        Parameters
        ----------
        text : str
            ``YYYY-MM``, ``YYYYQn`` or ``FYYYYY``.

        Raises
        ------
        PeriodError
            If `text` is none of these.
        """
        label = text.strip()
        if found := _MONTH_LABEL.fullmatch(label):
            if not 1 <= int(found[2]) <= _MONTHS_IN_YEAR:
                raise PeriodError(
                    f"{text!r} has no month {found[2]}",
                    where="period",
                    advice="Months run from 01 to 12, as in 2011-06.",
                )
            return self.join((label,), kind="month", label=label)
        if found := _QUARTER_LABEL.fullmatch(label):
            year, quarter = int(found[1]), int(found[2])
            start = (quarter - 1) * _MONTHS_IN_QUARTER
            months = self.months_of_year(year)[start : start + _MONTHS_IN_QUARTER]
            return self.join(months, kind="quarter", label=f"{year:04d}Q{quarter}")
        if found := _YEAR_LABEL.fullmatch(label):
            return self.fiscal_year_period(int(found[1]))
        raise PeriodError(
            f"{text!r} is no period",
            where="period",
            advice="Write a month as 2011-06, a fiscal quarter as 2011Q2, a fiscal year as FY2011.",
        )

    def fiscal_year_period(self, year: int) -> Period:
        """Return a whole fiscal year as a period."""
        return self.join(self.months_of_year(year), kind="year", label=f"FY{year:04d}")

    def join(self, months: tuple[str, ...], *, kind: Kind, label: str = "") -> Period:
        """Return the period that holds `months`, which must follow each other."""
        first = self.first_day(months[0])
        last = self.last_day(months[-1])
        name = label or self._label(months)
        return Period(name, kind, first, last, months, self)

    def months_of_year(self, year: int) -> tuple[str, ...]:
        """Return the twelve month labels of a fiscal year, in order."""
        if self.rule != "month":
            return tuple(f"{year:04d}-{number:02d}" for number in range(1, _MONTHS_IN_YEAR + 1))
        first_year = year if self.year_start == 1 else year - 1
        start = f"{first_year:04d}-{self.year_start:02d}"
        return tuple(self.shift(start, step) for step in range(_MONTHS_IN_YEAR))

    def fiscal_year_of(self, month: str) -> int:
        """Return the fiscal year a month label belongs to."""
        year, number = _split(month)
        if self.rule != "month" or self.year_start == 1:
            return year
        return year + 1 if number >= self.year_start else year

    def quarter_of(self, month: str) -> str:
        """Return the label of the fiscal quarter a month belongs to.

        Examples
        --------
        >>> FiscalCalendar(year_start=12).quarter_of("2011-02")
        '2011Q1'
        """
        year = self.fiscal_year_of(month)
        place = self.months_of_year(year).index(month)
        return f"{year:04d}Q{place // _MONTHS_IN_QUARTER + 1}"

    def shift(self, month: str, by: int) -> str:
        """Return the month label `by` months later (earlier when negative)."""
        year, number = _split(month)
        total = year * _MONTHS_IN_YEAR + number - 1 + by
        return f"{total // _MONTHS_IN_YEAR:04d}-{total % _MONTHS_IN_YEAR + 1:02d}"

    def first_day(self, month: str) -> date:
        """Return the first day of a fiscal month."""
        year, number = _split(month)
        if self.rule == "month":
            return date(year, number, 1)
        if self.rule == "listed":
            return self._listed(month)[0].first
        weeks = sum(self._weeks(year)[: number - 1])
        return self._year_last(year - 1) + timedelta(days=1 + 7 * weeks)

    def last_day(self, month: str) -> date:
        """Return the last day of a fiscal month."""
        year, number = _split(month)
        if self.rule == "month":
            return date(year, number, _gregorian.monthrange(year, number)[1])
        if self.rule == "listed":
            return self._listed(month)[-1].last
        weeks = sum(self._weeks(year)[:number])
        return self._year_last(year - 1) + timedelta(days=7 * weeks)

    def month_of(self, day: date) -> str:
        """Return the label of the fiscal month a day falls in."""
        if self.rule == "month":
            return f"{day.year:04d}-{day.month:02d}"
        if self.rule == "listed":
            held = next((week for week in self.weeks if week.first <= day <= week.last), None)
            if held is None:
                raise self._not_listed(day.isoformat())
            return held.period
        for year in (day.year, day.year + 1, day.year - 1):
            if self._year_last(year - 1) < day <= self._year_last(year):
                return next(m for m in self.months_of_year(year) if day <= self.last_day(m))
        raise PeriodError(f"{day.isoformat()} lies in no fiscal year", where="calendar")

    def weeks_between(self, first: date, last: date) -> tuple[Week, ...]:
        """Return the weeks that begin on or after a day and end by another, in order.

        Examples
        --------
        >>> shop = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September")
        >>> [str(week) for week in shop.weeks_between(date(2023, 9, 17), date(2023, 9, 30))]
        ['2023-09-17 to 2023-09-23', '2023-09-24 to 2023-09-30']
        """
        if self.rule == "month":
            return ()
        if self.rule == "listed":
            return tuple(week for week in self.weeks if first <= week.first and week.last <= last)
        found, start = [], self.first_day(self.month_of(first))
        while start + timedelta(days=WEEK - 1) <= last:
            if start >= first:
                end = start + timedelta(days=WEEK - 1)
                found.append(Week(start, end, self.month_of(start)))
            start += timedelta(days=WEEK)
        return tuple(found)

    @property
    def told(self) -> str:
        """The rule in words, as a report prints it.

        Examples
        --------
        >>> FiscalCalendar(rule="4-4-5", year_end="last Saturday of September", extra_week=3).told
        'weeks, 4-4-5 a quarter, year to the last Saturday of September, a 53rd week in month 3'
        >>> FiscalCalendar(year_start=7).told
        'calendar months, year from July'
        """
        if self.rule == "month":
            name = _gregorian.month_name[self.year_start]
            return "calendar months" + ("" if self.year_start == 1 else f", year from {name}")
        if self.rule == "listed":
            return "weeks as the calendar lists them"
        ends = re.sub(r"^the\s+", "", self.year_end.strip())
        return (
            f"weeks, {self.rule} a quarter, year to the {ends}, a 53rd week in month "
            f"{self.extra_week}"
        )

    def weeks_of_year(self, year: int) -> tuple[int, ...]:
        """Return how many weeks each month of a fiscal year has; none where months are calendar's.

        Examples
        --------
        >>> FiscalCalendar(rule="4-4-5", year_end="last Saturday of September").weeks_of_year(2023)
        (4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 6)
        """
        return () if self.rule == "month" else tuple(self._weeks(year))

    def table(self, first: date, last: date) -> pd.DataFrame:
        """Return table ``calendar``: one row per fiscal month from `first` to `last`.

        Returns
        -------
        pandas.DataFrame
            ``period, first_day, last_day, quarter, fiscal_year``.
        """
        month, end = self.month_of(first), self.month_of(last)
        rows = []
        while month <= end:
            rows.append(
                {
                    "period": month,
                    "first_day": self.first_day(month),
                    "last_day": self.last_day(month),
                    "quarter": self.quarter_of(month),
                    "fiscal_year": self.fiscal_year_of(month),
                }
            )
            month = self.shift(month, 1)
        columns = ["period", "first_day", "last_day", "quarter", "fiscal_year"]
        return pd.DataFrame(rows, columns=columns)

    def _label(self, months: tuple[str, ...]) -> str:
        if len(months) == 1:
            return months[0]
        quarters = {self.quarter_of(month) for month in months}
        if len(months) == _MONTHS_IN_QUARTER and len(quarters) == 1:
            return quarters.pop()
        if months == self.months_of_year(self.fiscal_year_of(months[-1])):
            return f"FY{self.fiscal_year_of(months[-1]):04d}"
        return f"{months[0]}..{months[-1]}"

    def _weeks(self, year: int) -> list[int]:
        if self.rule == "listed":
            return [len(self._listed(month)) for month in self.months_of_year(year)]
        pattern = [int(part) for part in self.rule.split("-")]
        weeks = pattern * 4
        days = (self._year_last(year) - self._year_last(year - 1)).days
        weeks[self.extra_week - 1] += days // WEEK - sum(weeks)
        return weeks

    def _year_last(self, year: int) -> date:
        return year_end(self.year_end).in_year(year + (self.named_for == "start"))

    @cached_property
    def _by_month(self) -> dict[str, list[Week]]:
        found: dict[str, list[Week]] = {}
        for week in self.weeks:
            found.setdefault(week.period, []).append(week)
        return found

    def _listed(self, month: str) -> list[Week]:
        """Return the weeks of a month, or refuse one that is not in the list."""
        held = self._by_month.get(month)
        if held is None:
            raise self._not_listed(f"month {month}")
        return held

    def _not_listed(self, what: str) -> PeriodError:
        first, last = self.weeks[0], self.weeks[-1]
        return PeriodError(
            f"{what} is not in the list of weeks, which runs from {first.first.isoformat()} "
            f"({first.period}) to {last.last.isoformat()} ({last.period})",
            where="calendar",
            advice="List the weeks of that fiscal year too; a report looks back to the year "
            "before its own.",
        )


def retail_calendar() -> FiscalCalendar:
    """Return the 4-5-4 calendar of the National Retail Federation, years named for their start.

    Examples
    --------
    >>> year = retail_calendar().period("FY2023")
    >>> year.first.isoformat(), year.last.isoformat(), year.weeks
    ('2023-01-29', '2024-02-03', 53)
    """
    return FiscalCalendar(rule="4-5-4", year_end=RETAIL, named_for="start")


def read_day(text: str, *, where: str = "as_of") -> date:
    """Read a day, written as year, month and day and in no other way.

    Parameters
    ----------
    text : str
        The day.
    where : str
        What it is given as, for the message.

    Returns
    -------
    datetime.date
        The day.

    Raises
    ------
    ParameterError
        If the text is no day or is written otherwise, such as ``20110630`` or ``2011-W26-4``.

    Examples
    --------
    >>> read_day("2011-06-30")
    datetime.date(2011, 6, 30)
    """
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise ParameterError(
            f"{text!r} is no day", where=where, advice="Write it as 2011-06-30."
        ) from None


def _split(month: str) -> tuple[int, int]:
    return int(month[:4]), int(month[5:7])
