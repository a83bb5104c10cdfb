"""How often a source is renewed, by which day, and the days on which it falls due."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from pfkit.conform.shape import Strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pfkit.contracts import Contract
    from pfkit.period import FiscalCalendar

Every = Literal["day", "week", "month", "quarter", "year"]

#: Days after the end of a day, week, month, quarter or year by which its rows are there, where a
#: book says nothing: a long weekend for what comes daily, a close for what comes monthly.
USUAL: dict[str, int] = {"day": 4, "week": 7, "month": 15, "quarter": 30, "year": 90}
_LENGTHS = tuple(USUAL)
#: How the Open Data Contract Standard may spell a unit.
_SPELLED = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
_WEEK = 7


class Timely(Strict):
    """What a source may say of its renewal; without it, its table's contract says."""

    every: Every | Literal["never"] | None = None
    fresh_within_days: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _renewed(self) -> Timely:
        if self.every == "never" and self.fresh_within_days is not None:
            message = "what is renewed never is due on no day; remove fresh_within_days"
            raise ValueError(message)
        return self


def promised(contract: Contract) -> Every | None:
    """Return how often a contract says its table is renewed; None where it says otherwise.

    Examples
    --------
    >>> from pfkit.contracts import contract
    >>> promised(contract("actuals")), promised(contract("budget"))
    ('month', 'year')
    """
    said = contract.freshness.removeprefix("every ").partition(":")[0].strip().lower()
    unit = said.removesuffix("s") if len(said) > 1 else said
    return next((one for one in _EVERY if one == _SPELLED.get(unit, unit)), None)


_EVERY: tuple[Every, ...] = ("day", "week", "month", "quarter", "year")


def longer(one: Every, other: Every) -> Every:
    """Return the longer of two units.

    Examples
    --------
    >>> longer("month", "quarter")
    'quarter'
    """
    return max(one, other, key=_LENGTHS.index)


def end_of(every: Every, day: dt.date, calendar: FiscalCalendar) -> dt.date:
    """Return the last day of the unit a day lies in; a week ends on Sunday.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> end_of("quarter", dt.date(2026, 5, 4), FiscalCalendar()).isoformat()
    '2026-06-30'
    """
    if every in {"day", "week"}:
        return day + dt.timedelta(days=(_WEEK - day.isoweekday()) if every == "week" else 0)
    return calendar.last_day(_months(every, day, calendar)[-1])


def start_of(every: Every, day: dt.date, calendar: FiscalCalendar) -> dt.date:
    """Return the first day of the month, quarter or year a day lies in.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> start_of("year", dt.date(2026, 5, 4), FiscalCalendar()).isoformat()
    '2026-01-01'
    """
    return calendar.first_day(_months(every, day, calendar)[0])


def ended(every: Every, day: dt.date, calendar: FiscalCalendar) -> dt.date:
    """Return the last day of the latest unit that was over on a day.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> ended("month", dt.date(2026, 6, 3), FiscalCalendar()).isoformat()
    '2026-05-31'
    """
    if end_of(every, day, calendar) == day:
        return day
    if every == "week":
        return day - dt.timedelta(days=day.isoweekday())
    return calendar.first_day(_months(every, day, calendar)[0]) - dt.timedelta(days=1)


def _months(every: Every, day: dt.date, calendar: FiscalCalendar) -> tuple[str, ...]:
    month = calendar.month_of(day)
    if every == "month":
        return (month,)
    if every == "quarter":
        return calendar.period(calendar.quarter_of(month)).months
    return calendar.months_of_year(calendar.fiscal_year_of(month))


def following(
    every: Every, end: dt.date, until: dt.date, calendar: FiscalCalendar
) -> Iterator[dt.date]:
    """Give the last day of each unit after one that ends on `end`, none after `until`."""
    while (end := end_of(every, end + dt.timedelta(days=1), calendar)) <= until:
        yield end


def label_of(every: Every, end: dt.date, calendar: FiscalCalendar) -> str:
    """Return what a unit that ends on a day is called.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> [label_of(unit, dt.date(2026, 6, 30), FiscalCalendar()) for unit in ("month", "year")]
    ['2026-06', 'FY2026']
    """
    if every in {"day", "week"}:
        return end.isoformat() if every == "day" else f"week to {end.isoformat()}"
    month = calendar.month_of(end)
    if every == "month":
        return month
    return (
        calendar.quarter_of(month) if every == "quarter" else f"FY{calendar.fiscal_year_of(month)}"
    )
