"""Which months a book can be reported on."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, NoReturn

from pfkit.conform.outcomes import quarantine
from pfkit.errors import ContractError, PeriodError
from pfkit.period import read_day

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import Period

_REASONS = 3
#: The share of the rows a month usually has that makes one held back whole a month lost.
_LOST = 0.5
_PRIMARY = ("actuals", "invoices", "budget", "usage", "cloud")


def _months_with_data(conformed: Conformed) -> list[str]:
    for table in _PRIMARY:
        if conformed.has(table):
            column = "period" if table in {"actuals", "budget"} else "_period"
            rows = conformed.engine.rows(
                f"SELECT DISTINCT {column} FROM final_{table} WHERE {column} <> '' ORDER BY 1"
            )
            if rows:
                return [row[0] for row in rows]
    return []


def last_month(conformed: Conformed) -> str:
    """Return the last month a book has rows of.

    Raises
    ------
    PeriodError
        If no row was known by then.
    ContractError
        If every row that was is held back.
    """
    months = _months_with_data(conformed)
    if not months:
        _refuse_all_held_back(conformed)
        raise PeriodError(
            "no row is left to report on",
            where="book",
            advice=f"Nothing was known by {conformed.as_of.isoformat()}; give a later --as-of.",
        )
    return months[-1]


def require_data(conformed: Conformed, period: Period) -> None:
    """Refuse a period of which the book has nothing to report.

    Raises
    ------
    PeriodError
        If no month of it has rows, and no budget is stated for it.
    ContractError
        If every row of the book, of the period, or of one of its months in the table that leads
        the report, is held back.
    """
    months = _months_with_data(conformed)
    if not months:
        _refuse_all_held_back(conformed)
    if not set(period.months) & set(months) and not _budget_stated(conformed, period):
        _refuse_all_held_back(conformed, period)
        held = f"{months[0]} to {months[-1]}" if months else "no month at all"
        raise PeriodError(
            f"no data for {period.label} ({period.first.isoformat()} to "
            f"{period.last.isoformat()}) known by {conformed.as_of.isoformat()}",
            where="period",
            advice=f"The book holds {held}.",
        )
    _refuse_lost_month(conformed, period)


def _refuse_lost_month(conformed: Conformed, period: Period) -> None:
    """Refuse a period of which a month's rows of the leading table are all held back.

    A few rows of a month that has not come yet are no month lost; as many as half of what a month
    usually has are.

    Raises
    ------
    ContractError
        Naming the month, the rows and their reasons.
    """
    table = next(one for one in _PRIMARY if conformed.has(one))
    column = "period" if table in {"actuals", "budget"} else "_period"
    counts = dict(
        conformed.engine.rows(
            f"SELECT {column}, count(*) FROM final_{table} WHERE {column} <> '' GROUP BY 1"
        )
    )
    lost = [month for month in period.months if month not in counts]
    if not lost or not counts:
        return
    held = quarantine(conformed)
    for month in lost:
        back = held[(held["table"] == table) & (held["period"] == month)]
        if len(back) >= _LOST * median(counts.values()):
            _refuse_held_back(back, f" of {month} in table {table}")


def _budget_stated(conformed: Conformed, period: Period) -> bool:
    """Return whether a budget has something to show of a period without actuals.

    It has where a statement was made within the period, where the budget covers the period and
    the period is over (its actuals are late or were never published), and where it is stated for
    longer than months: the report of an adopted year. A month to come of a budget is no period
    to report on.
    """
    if not conformed.has("budget"):
        return False
    over = conformed.as_of >= period.last or not conformed.has("actuals")
    ((stated, covered, wide),) = conformed.engine.rows(
        "SELECT count(*) FILTER (WHERE known_on BETWEEN ? AND ? AND span <> 'month'), "
        "count(*) FILTER (WHERE list_contains(?, period)), "
        "count(*) FILTER (WHERE span <> 'month' AND period IN (?, ?)) FROM final_budget",
        [
            period.first,
            period.last,
            list(period.months),
            period.months[-1],
            period.year.months[-1],
        ],
    )
    return bool(stated or wide or (over and covered))


def _refuse_all_held_back(conformed: Conformed, period: Period | None = None) -> None:
    """Name the reasons when rows were read, of a period where one is given, and none counts."""
    held = quarantine(conformed)
    held = held[held["table"].isin(_PRIMARY)]
    if period is not None:
        held = held[held["period"].isin(period.months)]
    if held.empty:
        return
    _refuse_held_back(held, "" if period is None else f" of {period.label}")


def _refuse_held_back(held: pd.DataFrame, of: str) -> NoReturn:
    kinds = held.groupby(["rule", "column"], sort=False)
    shown = [
        f"{len(rows):,} {rule}" + (f" ({column} {rows['value'].iloc[0]!r})" if column else "")
        for (rule, column), rows in list(kinds)[:_REASONS]
    ]
    first = held.iloc[0]
    raise ContractError(
        f"no row{of} counts, all {len(held):,} are held back: {'; '.join(shown)}",
        where=f"{first['source']} ({first['file']}, line {first['line']})",
        advice=str(first["advice"]),
    )


def months_before(day: date, months: int) -> date:
    """Return the same day some months earlier; the last of a month stays the last.

    Examples
    --------
    >>> months_before(date(2026, 3, 31), 1).isoformat()
    '2026-02-28'
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def known_day(as_of: str | date | None) -> date | None:
    """Return a knowledge date given as a day or as text."""
    return read_day(as_of) if isinstance(as_of, str) else as_of
