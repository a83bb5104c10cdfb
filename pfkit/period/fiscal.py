"""Months, quarters and years of a fiscal calendar, and the days they span."""

from __future__ import annotations

import calendar as _gregorian
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from pfkit.errors import ParameterError, PeriodError
from pfkit.period.weeks import year_end

Kind = Literal["month", "quarter", "year"]
Rule = Literal["month", "4-4-5", "4-5-4", "5-4-4"]

_MONTHS_IN_YEAR = 12
_MONTHS_IN_QUARTER = 3
_MONTH_LABEL = re.compile(r"([1-9][0-9]{3})-([0-9]{2})")
_QUARTER_LABEL = re.compile(r"([1-9][0-9]{3})-?Q([1-4])", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR_LABEL = re.compile(r"FY([1-9][0-9]{3})", re.IGNORECASE)


@dataclass(frozen=True)
class Period:
    """A named stretch of the fiscal calendar.

    Attributes
    ----------
    label : str
        ``2011-06``, ``2011Q2``, ``FY2011`` or a joined label such as ``2011-01..2011-06``.
    kind : str
        ``month``, ``quarter`` or ``year``; a year to date is of its end's kind.
    first, last : datetime.date
        First and last day, both included.
    months : tuple of str
        The fiscal month labels it holds, in order.
    calendar : FiscalCalendar
        The calendar it was cut from.
    """

    label: str
    kind: Kind
    first: date
    last: date
    months: tuple[str, ...]
    calendar: FiscalCalendar = field(repr=False, compare=False)

    @property
    def fiscal_year(self) -> int:
        """The fiscal year of the last month, named for the year it ends in."""
        return self.calendar.fiscal_year_of(self.months[-1])

    @property
    def year(self) -> Period:
        """The whole fiscal year this period lies in."""
        return self.calendar.fiscal_year_period(self.fiscal_year)

    @property
    def year_to_date(self) -> Period:
        """From the first month of the fiscal year to the end of this period."""
        months = self.calendar.months_of_year(self.fiscal_year)
        return self.calendar.join(months[: months.index(self.months[-1]) + 1], kind=self.kind)

    @property
    def prior_year(self) -> Period:
        """The same months one fiscal year earlier."""
        months = tuple(self.calendar.shift(month, -_MONTHS_IN_YEAR) for month in self.months)
        return self.calendar.join(months, kind=self.kind)

    @property
    def previous(self) -> Period:
        """The period of the same length just before this one."""
        months = tuple(self.calendar.shift(month, -len(self.months)) for month in self.months)
        return self.calendar.join(months, kind=self.kind)

    @property
    def earlier_months(self) -> tuple[str, ...]:
        """The months a report compares with: of the prior year and of this one, before it."""
        before = {*self.year_to_date.months, *self.year.prior_year.months} - {*self.months}
        return tuple(sorted(before))

    def trailing(self, count: int) -> Period:
        """Return the `count` months that end with this period.

        Examples
        --------
        >>> FiscalCalendar().period("2011-02").trailing(3).months
        ('2010-12', '2011-01', '2011-02')
        """
        end = self.months[-1]
        months = tuple(self.calendar.shift(end, -back) for back in range(count - 1, -1, -1))
        return self.calendar.join(months, kind=self.kind)

    def __str__(self) -> str:
        """Return the label."""
        return self.label


@dataclass(frozen=True)
class FiscalCalendar:
    """A fiscal calendar: which month a day belongs to, and which year a month belongs to.

    Parameters
    ----------
    year_start : int
        The calendar month (1 to 12) the fiscal year starts in; for calendar-month books.
    rule : str
        ``month`` (fiscal months are calendar months) or a week pattern, ``4-4-5``, ``4-5-4`` or
        ``5-4-4``, whose years end by `year_end` and whose long years put the 53rd week at the end.
    year_end : str
        For week patterns, such as ``last Saturday of September`` or
        ``nearest Saturday to the end of January``.

    Notes
    -----
    A fiscal year is named for the calendar year it ends in. Month labels
    are calendar months (``2011-06``) under ``month``; under a week pattern they are the fiscal
    year and the number of the month in it (``2023-01`` is the first fiscal month of FY2023).

    Examples
    --------
    >>> city = FiscalCalendar(year_start=7)
    >>> quarter = city.period("2019Q2")
    >>> quarter.months, quarter.first.isoformat(), quarter.year_to_date.months[0]
    (('2018-10', '2018-11', '2018-12'), '2018-10-01', '2018-07')
    >>> shop = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September")
    >>> (shop.period("FY2023").last - shop.period("FY2023").first).days + 1
    371
    """

    year_start: int = 1
    rule: Rule = "month"
    year_end: str = ""

    def __post_init__(self) -> None:
        """Check the declaration once."""
        if not 1 <= self.year_start <= _MONTHS_IN_YEAR:
            raise PeriodError(
                f"fiscal_year_start {self.year_start} is no month",
                where="book.toml [company]",
                advice="Give the first month of the fiscal year as a number from 1 to 12.",
            )
        if self.rule != "month":
            year_end(self.year_end)

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
        weeks = sum(self._weeks(year)[: number - 1])
        return self._year_last(year - 1) + timedelta(days=1 + 7 * weeks)

    def last_day(self, month: str) -> date:
        """Return the last day of a fiscal month."""
        year, number = _split(month)
        if self.rule == "month":
            return date(year, number, _gregorian.monthrange(year, number)[1])
        weeks = sum(self._weeks(year)[:number])
        return self._year_last(year - 1) + timedelta(days=7 * weeks)

    def month_of(self, day: date) -> str:
        """Return the label of the fiscal month a day falls in."""
        if self.rule == "month":
            return f"{day.year:04d}-{day.month:02d}"
        for year in (day.year, day.year + 1, day.year - 1):
            if self._year_last(year - 1) < day <= self._year_last(year):
                return next(m for m in self.months_of_year(year) if day <= self.last_day(m))
        raise PeriodError(f"{day.isoformat()} lies in no fiscal year", where="calendar")

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
        pattern = [int(part) for part in self.rule.split("-")]
        weeks = pattern * 4
        days = (self._year_last(year) - self._year_last(year - 1)).days
        weeks[-1] += days // 7 - sum(weeks)
        return weeks

    def _year_last(self, year: int) -> date:
        return year_end(self.year_end).in_year(year)


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
