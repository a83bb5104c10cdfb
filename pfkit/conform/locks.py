"""When a month's ledger is locked: what a book may declare, and the day that follows from it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator

if TYPE_CHECKING:
    from pfkit.conform.declaration import Policies
    from pfkit.period import FiscalCalendar

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def _days(value: object) -> object:
    """Return the declared lock days by month, or say which entry is none.

    Raises
    ------
    ValueError
        If a key is no month or a value is no day.
    """
    if not isinstance(value, dict):
        message = (
            f"locked is {value!r}, not a table of months and days\n"
            '  -> Write locked = { "2026-05" = 2026-06-08 }.'
        )
        raise ValueError(message)  # noqa: TRY004 (pydantic reports values, not types)
    return {_month(key): _day(key, day) for key, day in value.items()}


def _month(key: object) -> str:
    if isinstance(key, str) and _MONTH.fullmatch(key):
        return key
    message = f"locked names {key!r}, which is no month\n  -> Write the month as 2026-05."
    raise ValueError(message)


def _day(month: object, day: object) -> dt.date:
    if isinstance(day, dt.date) and not isinstance(day, dt.datetime):
        return day
    if isinstance(day, str):
        try:
            return dt.date.fromisoformat(day.strip())
        except ValueError:
            pass
    message = (
        f"the lock of {month} is {str(day)!r}, which is no day\n"
        "  -> Write the day as 2026-06-08, without a time."
    )
    raise ValueError(message)


#: Months and the days they were locked on, as ``book.toml`` states them.
LockDays = Annotated[dict[str, dt.date], BeforeValidator(_days)]


def lock_day(month: str, policies: Policies, calendar: FiscalCalendar) -> dt.date | None:
    """Return the last day a month's ledger was open on; None where the book locks nothing.

    Parameters
    ----------
    month : str
        A fiscal month.
    policies : Policies
        ``locked`` names the day of single months, ``lock_days`` says it for the others.
    calendar : FiscalCalendar
        The book's calendar.
    """
    stated = policies.locked.get(month)
    if stated is not None or policies.lock_days is None:
        return stated
    return calendar.last_day(month) + dt.timedelta(days=policies.lock_days)


def refuse_early_locks(policies: Policies, calendar: FiscalCalendar) -> None:
    """Refuse a lock before the end of its month: every entry would break it.

    Raises
    ------
    ValueError
        If there is one; it is named with both days.
    """
    for month, day in policies.locked.items():
        last = calendar.last_day(month)
        if day < last:
            message = (
                f"policies.locked says {month} was locked on {day}, before it ends on {last}\n"
                "  -> Name the last day on which entries of the month could still be posted."
            )
            raise ValueError(message)
