"""Years between two days, by the conventions that contracts name."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from pfkit.errors import MeasureError, near_miss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_FEBRUARY: Final = 2
_LONGEST: Final = 30


def year_fraction(start: date, end: date, *, day_count: str = "act/365F") -> float:
    r"""Return how many years lie between two days, by a day-count convention.

    Use it to see what `xirr` and `xnpv` take as time; a contract names its convention.

    Parameters
    ----------
    start, end : datetime.date
        The two days; negative where `end` is the earlier.
    day_count : str
        ``act/365F``, ``act/360``, ``act/act ISDA``, ``30/360 SIA`` or ``30E/360``.

    Returns
    -------
    float
        Years.

    Raises
    ------
    MeasureError
        If the convention is not known, or one of the two is no day.

    Notes
    -----
    ``act`` counts days as they are. ``act/act ISDA`` divides the days in leap years by 366 and the
    others by 365. The ``30`` conventions count :math:`360 \Delta y + 30 \Delta m + \Delta d` over
    360 after changing days of the month: ``30E/360`` makes the 31st the 30th; ``30/360 SIA`` does
    so at the end only where the start is the 30th or later, and takes the last day of February as
    the 30th at the start, and at the end where the start is one too.

    References
    ----------
    .. [1] ISDA, *2006 ISDA Definitions*, section 4.16.
    .. [2] Mayle, *Standard Securities Calculation Methods* (SIA, 1993), vol. 1.

    Examples
    --------
    >>> year_fraction(date(2007, 12, 28), date(2008, 2, 28)) * 365
    62.0
    >>> year_fraction(date(2007, 2, 28), date(2007, 3, 31), day_count="30/360 SIA") * 360
    30.0
    """
    return years([start, end], day_count=day_count, since=start)[1]


def years(
    dates: Sequence[date], *, day_count: str = "act/365F", since: date | None = None
) -> list[float]:
    """Return the years from the earliest day, or from `since`, to each."""
    known = ", ".join(f"'{name}'" for name in _COUNTS)
    if day_count not in _COUNTS:
        raise MeasureError(
            f"day count {day_count!r} is not known",
            where="day_count",
            advice=f"{near_miss(day_count, _COUNTS, noun='day count')} Known: {known}.",
        )
    days = [_day(day, place) for place, day in enumerate(dates)]
    first = min(days) if since is None else _day(since, 0)
    between = _COUNTS[day_count]
    return [between(first, day) if day >= first else -between(day, first) for day in days]


def span_days(dates: Iterable[date]) -> int:
    """Return the days between the earliest and the latest."""
    days = [_day(day, place).toordinal() for place, day in enumerate(dates)]
    return max(days) - min(days)


def _day(given: date, place: int) -> date:
    if isinstance(given, datetime) and given == given:  # noqa: PLR0124 - pandas.NaT is a datetime
        return given.date()
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    raise MeasureError(
        f"date {place} is {given!r}, which is no day",
        where="dates",
        advice="Give datetime.date or pandas.Timestamp, one per value.",
    )


def _act_act(start: date, end: date) -> float:
    if start.year == end.year:
        return (end - start).days / _year_days(start.year)
    begun = (date(start.year + 1, 1, 1) - start).days / _year_days(start.year)
    ended = (end - date(end.year, 1, 1)).days / _year_days(end.year)
    return begun + (end.year - start.year - 1) + ended


def _year_days(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def _thirty(start: date, end: date, first: int, last: int) -> float:
    months = 12 * (end.year - start.year) + end.month - start.month
    return (30 * months + last - first) / 360


def _thirty_e(start: date, end: date) -> float:
    return _thirty(start, end, min(start.day, _LONGEST), min(end.day, _LONGEST))


def _thirty_sia(start: date, end: date) -> float:
    first, last = min(start.day, _LONGEST), end.day
    if _ends_february(start):
        first = _LONGEST
        last = _LONGEST if _ends_february(end) else last
    return _thirty(start, end, first, min(last, _LONGEST) if first == _LONGEST else last)


def _ends_february(day: date) -> bool:
    return day.month == _FEBRUARY and day.day == calendar.monthrange(day.year, _FEBRUARY)[1]


_COUNTS: Final[dict[str, Callable[[date, date], float]]] = {
    "act/365F": lambda start, end: (end - start).days / 365,
    "act/360": lambda start, end: (end - start).days / 360,
    "act/act ISDA": _act_act,
    "30/360 SIA": _thirty_sia,
    "30E/360": _thirty_e,
}
