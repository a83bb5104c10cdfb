"""Years of 52 or 53 weeks: the rule by which they end, and the retail calendar."""

from __future__ import annotations

import calendar as _gregorian
import functools
import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from pfkit.errors import PeriodError

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_NAMES = tuple(name.lower() for name in _gregorian.month_name[1:])
_FILLERS = frozenset(
    {"the", "on", "to", "of", "in", "end", "day", "that", "is", "st", "nd", "rd", "th"}
)


@dataclass(frozen=True)
class YearEnd:
    """The rule by which a year of weeks ends.

    Attributes
    ----------
    weekday : int
        0 for Monday.
    month : int
        1 to 12.
    day : int or None
        The day of the month it is nearest to; None for the month's last.
    nearest : bool
        Whether it may fall after that day.
    """

    weekday: int
    month: int
    day: int | None
    nearest: bool

    def in_year(self, year: int) -> date:
        """Return the last day of a year."""
        last = _gregorian.monthrange(year, self.month)[1]
        end = date(year, self.month, min(self.day or last, last))
        back = (end.weekday() - self.weekday) % 7
        if self.nearest and back > 3:  # noqa: PLR2004 (half a week)
            return end + timedelta(days=7 - back)
        return end - timedelta(days=back)


@functools.cache
def year_end(rule: str) -> YearEnd:
    """Read a rule such as ``last Saturday of September`` or ``Saturday nearest 31 January``."""
    words = re.findall(r"[a-z]+|[0-9]+", rule.lower())
    days = [word for word in words if word in _WEEKDAYS]
    months = [word for word in words if word in _MONTH_NAMES]
    numbers = [int(word) for word in words if word.isdigit()]
    nearest = not {"nearest", "closest"}.isdisjoint(words)
    known = {*days, *months, *map(str, numbers), *_FILLERS, "nearest", "closest", "last"}
    ended = nearest or "last" in words
    dated = len(numbers) == nearest or not numbers
    whole = all(1 <= number <= 31 for number in numbers)  # noqa: PLR2004
    if not (len(days) == len(months) == 1 and ended and dated and whole and known >= {*words}):
        raise PeriodError(
            f"year_end {rule!r} is no rule",
            where="book.toml [company]",
            advice="Write it as 'last Saturday of September', 'Saturday nearest 31 January' or "
            "'nearest Saturday to the end of January'.",
        )
    weekday, month = _WEEKDAYS.index(days[0]), _MONTH_NAMES.index(months[0]) + 1
    return YearEnd(weekday, month, numbers[0] if numbers else None, nearest)


def fiscal_year_days(year: int, *, rule: str) -> int:
    """Return how many days a fiscal year of weeks has.

    Use it to know whether a year has a 53rd week before two years are compared.

    Parameters
    ----------
    year : int
        The year it is named for: the one in which the day of the rule falls.
    rule : str
        How it ends: ``last Saturday of September`` or ``Saturday nearest 31 January``.

    Returns
    -------
    int
        364, or 371 where there is a 53rd week.

    Raises
    ------
    PeriodError
        If the rule cannot be read, or `year` is no year.

    References
    ----------
    .. [1] Internal Revenue Service, *Publication 538*, 52-53-week tax year.

    Examples
    --------
    >>> [fiscal_year_days(year, rule="last Saturday of September") for year in (2022, 2023)]
    [364, 371]
    """
    ends = year_end(rule)
    return (ends.in_year(_year(year)) - ends.in_year(_year(year - 1))).days


#: How a year of the retail calendar ends.
RETAIL = "Saturday nearest 31 January"


def retail_year_end(year: int) -> date:
    """Return the last day of a year of the retail calendar, 4-5-4 weeks a quarter.

    Use it to align a shop's year with the calendar of the National Retail Federation (NRF).

    Parameters
    ----------
    year : int
        The retail year, named for the calendar year in which it begins.

    Returns
    -------
    datetime.date
        The Saturday nearest to 31 January of the following year.

    Raises
    ------
    PeriodError
        If `year` is no year.

    Notes
    -----
    `FiscalCalendar` names years for the calendar year in which they end: the NRF's 2023 is its
    FY2024.

    References
    ----------
    .. [1] National Retail Federation, *4-5-4 Calendar*, nrf.com.

    Examples
    --------
    >>> retail_year_end(2023)
    datetime.date(2024, 2, 3)
    """
    return year_end(RETAIL).in_year(_year(year) + 1)


def retail_53_week_years(start: int, end: int) -> list[int]:
    """Return the years of the retail calendar that have a 53rd week.

    Use it before a retail year is compared with the one before: 53 weeks sell more than 52.

    Parameters
    ----------
    start, end : int
        First and last retail year, both included.

    Returns
    -------
    list of int
        Years, named for the calendar year in which they begin.

    Raises
    ------
    PeriodError
        If one of the two is no year.

    Notes
    -----
    The 53rd week stands at the end; the NRF restates the calendar of the year after.

    References
    ----------
    .. [1] National Retail Federation, *4-5-4 Calendar*, nrf.com.

    Examples
    --------
    >>> retail_53_week_years(2000, 2023)
    [2000, 2006, 2012, 2017, 2023]
    """
    years = range(_year(start), _year(end) + 1)
    return [year for year in years if fiscal_year_days(year + 1, rule=RETAIL) > 364]  # noqa: PLR2004


def _year(year: int) -> int:
    if not MINYEAR < year < MAXYEAR:
        raise PeriodError(
            f"{year} is no year", where="year", advice="Give a calendar year, as in 2024."
        )
    return int(year)
