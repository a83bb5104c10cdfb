"""How far each source and each of its files reaches: in its rows, and in when they were learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.conform.engine import literal, quoted
from pfkit.conform.repeats import EXPORTED_BEFORE

if TYPE_CHECKING:
    import datetime as dt

    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.period import FiscalCalendar

#: Tables whose rows tell what happened, month by month: what they lack of a month is missing.
EVENTS = frozenset({"actuals", "invoices", "usage", "cloud", "rates", "effort"})
#: The day a row speaks of, the first that its table has.
DAYS = ("posting_date", "invoice_date", "ts", "date")
#: Columns that say at which moment something happened or was keyed.
MOMENTS = ("ts", "entered_at", "charge_period_end")


@dataclass(frozen=True)
class Watermark:
    """How far the rows of a source, or of one of its files, reach.

    Attributes
    ----------
    source, table, file : str
        The file is empty for the source as a whole.
    rows : int
        Rows known by the book's knowledge date, without those exported before.
    day : datetime.date, optional
        The latest day they speak of, that of a month its last; None where they tell of no day.
    known_on : datetime.date, optional
        The latest day one of them was learned.
    at : datetime.datetime, optional
        The latest moment one of them names.
    first_day, first_known : datetime.date, optional
        The earliest of both days.
    """

    source: str
    table: str
    file: str
    rows: int
    day: dt.date | None
    known_on: dt.date | None
    at: dt.datetime | None
    first_day: dt.date | None
    first_known: dt.date | None

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        found = {name: getattr(self, name) for name in ("source", "table", "file", "rows")}
        days = ("day", "known_on", "at", "first_day", "first_known")
        return found | {name: _text(getattr(self, name)) for name in days}


def _text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def told_sql(held: LoadedSource) -> str:
    """Return the test that a row is none of a plan, and stands in no export known before."""
    again = f"_reason IS DISTINCT FROM {literal(EXPORTED_BEFORE)}"
    actual = " AND version = 'actual'" if held.declared.table == "effort" else ""
    return again + actual


def watermarks(held: LoadedSource, conformed: Conformed) -> list[Watermark]:
    """Return how far a source reaches, and then each of its files, in their order.

    A day after the book's knowledge date is a plan, or a mistake, and moves no watermark.

    Parameters
    ----------
    held : LoadedSource
        A source that is present.
    conformed : Conformed
        The loaded book.
    """
    source, calendar = held.declared, conformed.declaration.company.fiscal_calendar()
    names = set(source.promise.names)
    day = next((f"CAST({column} AS DATE)" for column in DAYS if column in names), "NULL::DATE")
    known = "known_on" if "known_on" in names else "NULL::DATE"
    moments = [f"CAST({name} AS TIMESTAMP)" for name in MOMENTS if name in names]
    at = f"max(greatest({', '.join(moments)}))" if moments else "NULL::TIMESTAMP"
    by = f"DATE {literal(conformed.as_of)}"
    now = literal(_month(conformed.as_of, calendar))
    rows = conformed.engine.rows(
        f"SELECT _file, count(*), max({day}) FILTER ({day} <= {by}), min({day}), "
        f"max(_period) FILTER (_period <> '' AND _period <= {now}), "
        f"min(_period) FILTER (_period <> ''), max({known}), min({known}), {at} "
        f"FROM {quoted(held.rows_table)} WHERE {told_sql(held)} "
        "GROUP BY GROUPING SETS ((), (_file)) ORDER BY _file NULLS FIRST, min(_id)"
    )
    dated = source.table in EVENTS
    return [
        Watermark(
            source.name,
            source.table,
            file or "",
            count,
            _day(last, month, conformed.as_of, calendar) if dated else None,
            latest,
            moment,
            _first(first, start, calendar) if dated else None,
            earliest,
        )
        for file, count, last, first, month, start, latest, earliest, moment in rows
    ]


def _month(day: dt.date, calendar: FiscalCalendar) -> str:
    return calendar.month_of(day) if calendar.rule != "listed" else _listed(day, calendar)


def _listed(day: dt.date, calendar: FiscalCalendar) -> str:
    """Return the month of a day, of one after the listed weeks the last that is listed."""
    held = [week.period for week in calendar.weeks if week.first <= day]
    return max(held, default="")


def _day(
    last: dt.date | None, month: str | None, by: dt.date, calendar: FiscalCalendar
) -> dt.date | None:
    if last is not None or month is None:
        return last
    return min(calendar.last_day(month), by)


def _first(first: dt.date | None, month: str | None, calendar: FiscalCalendar) -> dt.date | None:
    return first if first is not None or month is None else calendar.first_day(month)
