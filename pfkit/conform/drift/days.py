"""Days without rows in a source whose days always have some."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from pfkit.conform.drift.finding import WHOLE, Finding
from pfkit.conform.drift.holidays import rest_days
from pfkit.conform.drift.profile import monthly
from pfkit.conform.engine import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.period import FiscalCalendar

DAY = {"actuals": "posting_date", "invoices": "invoice_date", "usage": "ts"}
#: Share of such days that had rows, from which one without is odd.
ALWAYS = 0.97
#: Chance of an empty day below which it is no accident, and how steady daily counts are at best.
UNLIKELY, STEADIEST = 1e-5, 50.0
#: Days of a kind that must have been seen.
SEEN_WEEKDAYS, SEEN_MONTHS = 10, 6
_FROM_END = 3
_SATURDAY = 5
_SHOWN = 5
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def missing_days(
    held: LoadedSource, conformed: Conformed, history: Sequence[str], month: str
) -> list[Finding]:
    """Return the days of a month that should have had rows and have none.

    Two habits are learned from the months before: weekdays that always have rows, and days of the
    month (from its start or its end) that always have. A holiday of the reporting currency's
    countries, the days from Christmas to New Year, and days that were empty in the same week of
    the year before do not count.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    history : sequence of str
        The months compared with.
    month : str
        The month judged.
    """
    counts, amounts = _counts(held, conformed, [*history, month])
    calendar = conformed.declaration.company.fiscal_calendar()
    here = _days_of(calendar, [month])
    if not counts or not any(day in counts for day in here):
        return []
    past = _days_of(calendar, history)
    home = conformed.declaration.company.currency
    end = _last_told(held, conformed, month, here, counts)
    empty = [day for day in here if day not in counts and day <= end]
    weekly = _habit(past, counts, date.weekday, SEEN_WEEKDAYS, home)
    if weekly:  # a daily source: days of the month say nothing more
        everywhere = {_SATURDAY, _SATURDAY + 1} <= weekly  # who never rests keeps few holidays
        lost = [
            day
            for day in empty
            if day.weekday() in weekly
            and not _rests(day, "" if everywhere else home)
            and not _empty_last_year(day, set(past), counts)
        ]
    else:
        # what comes on a day of the month, also on weekends, is a machine's and keeps no holiday
        machine = any(day.weekday() >= _SATURDAY for day in counts)
        places = (_place_from_start(calendar), _place_from_end(calendar))
        habits = [_habit(past, counts, place, SEEN_MONTHS, home) for place in places]
        both = list(zip(places, habits, strict=True))
        lost = [
            day
            for day in empty
            if any(place(day) in habit for place, habit in both)
            and (machine or not _rests(day, home))
        ]
    return [_finding(held, lost, counts, amounts)] if lost else []


def _counts(
    held: LoadedSource, conformed: Conformed, months: Sequence[str]
) -> tuple[dict[date, int], dict[date, float]]:
    promise = held.declared.promise
    day = f"CAST({DAY[promise.table]} AS DATE)"
    rows = conformed.engine.rows(
        f"SELECT {day}, count(*), COALESCE(sum(CAST({promise.amount} AS DOUBLE)), 0) "
        f"FROM {quoted(held.rows_table)} WHERE _status IN ('accepted', 'quarantined') "
        f"AND {day} IS NOT NULL AND _period IN ({', '.join(literal(one) for one in months)}) "
        f"{monthly(held)} GROUP BY 1"
    )
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def _last_told(
    held: LoadedSource,
    conformed: Conformed,
    month: str,
    here: Sequence[date],
    counts: Mapping[date, int],
) -> date:
    """Return the last day judged: that invoices are cut short is told by another control."""
    end, last = here[-1], max(day for day in here if day in counts)
    if held.declared.table != "invoices":
        return end
    ((later,),) = conformed.engine.rows(
        f"SELECT count(*) FROM {quoted(held.rows_table)} WHERE _period > {literal(month)}"
    )
    short = (end - last).days > conformed.declaration.policies.complete_within_days
    return last if short and not later else end


def _days_of(calendar: FiscalCalendar, months: Iterable[str]) -> list[date]:
    found = []
    for month in months:
        day, last = calendar.first_day(month), calendar.last_day(month)
        while day <= last:
            found.append(day)
            day += timedelta(days=1)
    return found


def _rests(day: date, currency: str) -> bool:
    return day in rest_days(day.year, currency)


def _empty_last_year(day: date, past: set[date], counts: Mapping[date, int]) -> bool:
    """Return whether the same date, or the same weekday of that week, was empty a year ago."""
    then = [day - timedelta(days=days) for days in (364, 365, 366)]
    then = [one for one in then if one.weekday() == day.weekday() or one.day == day.day]
    return any(one in past and one not in counts for one in then if one.weekday() < _SATURDAY)


def _place_from_start(calendar: FiscalCalendar) -> Callable[[date], int]:
    return lambda day: (day - calendar.first_day(calendar.month_of(day))).days


def _place_from_end(calendar: FiscalCalendar) -> Callable[[date], int]:
    def place(day: date) -> int:
        left = (calendar.last_day(calendar.month_of(day)) - day).days
        return -left if left < _FROM_END else 99

    return place


def _habit(
    past: Sequence[date],
    counts: Mapping[date, int],
    place: Callable[[date], int],
    seen: int,
    currency: str,
) -> set[int]:
    """Return the kinds of days that (nearly) always had rows, and enough to be missed."""
    kinds: dict[int, list[int]] = defaultdict(list)
    for day in past:
        if day in counts or not _rests(day, currency):
            kinds[place(day)].append(counts.get(day, 0))
    return {
        kind
        for kind, rows in kinds.items()
        if len(rows) >= seen
        and sum(count > 0 for count in rows) >= ALWAYS * len(rows)
        and _chance(np.array([count for count in rows if count], dtype="float64")) < UNLIKELY
    }


def _chance(counts: np.ndarray) -> float:
    """Return the chance that a day of this kind is empty, by its counts and their scatter."""
    if not len(counts):
        return 1.0
    mean = float(np.median(counts))
    logs = np.log(counts)
    scatter = float(np.expm1(np.var(logs)))
    size = 1 / max(scatter, 1 / STEADIEST)
    return float((1 + mean / size) ** -size)


def _finding(
    held: LoadedSource,
    lost: Sequence[date],
    counts: Mapping[date, int],
    amounts: Mapping[date, float],
) -> Finding:
    named = ", ".join(f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}" for day in lost[:_SHOWN])
    more = f" and {len(lost) - _SHOWN} more days" if len(lost) > _SHOWN else ""
    usual = (
        float(np.median([amounts[day] for day in counts])) * len(lost)
        if held.declared.promise.counts_money
        else 0
    )
    return Finding(
        "Missing days",
        WHOLE,
        "",
        f"no row of {named}{more}; such days had rows all through the months before",
        "Have the days exported again; if the business rested, say so in a comment.",
        stake=usual,
    )
