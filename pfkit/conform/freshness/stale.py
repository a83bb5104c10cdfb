"""What is stale: which source lacks a month or an export that was due, since when, for whom."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from pfkit.conform.cadence import (
    USUAL,
    Every,
    end_of,
    ended,
    following,
    label_of,
    longer,
    promised,
    start_of,
)
from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, judged
from pfkit.conform.freshness.affects import affected
from pfkit.conform.freshness.watermarks import EVENTS, Watermark, told_sql, watermarks
from pfkit.errors import PeriodError

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.period import FiscalCalendar

State = Literal["stale", "due", "fresh", "not judged"]

#: A month with less than this share of the rows it usually has is not there yet.
_TRACE = 0.05
_RECENT = 6
#: A month of which every row is held back is not there.
_KEPT = "_status <> 'quarantined'"
#: Tables that state what is to come: a year of them is due as it begins, not once it is over.
_PLANS = frozenset({"budget"})

COLUMNS = (
    "row_key", "source", "table", "state", "every", "within_days", "day", "known_on", "at",
    "covers", "missing", "due_on", "late_days", "units", "affects", "detail",
)  # fmt: skip


@dataclass(frozen=True)
class Judgment:
    """What is to be said of one source.

    Attributes
    ----------
    mark : Watermark
        How far it reaches.
    state : str
        ``stale`` (something is missing that was due), ``due`` (a month is over and its cut-off is
        not), ``fresh``, or ``not judged``.
    every : str, optional
        How often it is renewed.
    within : int
        Days after the end of a unit by which it is there.
    covers, missing : str
        The last unit it has, and the first it lacks.
    due_on : datetime.date, optional
        The cut-off of the first it lacks.
    late_days, units : int
        How long ago that was, and how many units were due by now.
    why : str
        Why it is not judged.
    """

    mark: Watermark
    state: State
    every: Every | None = None
    within: int = 0
    covers: str = ""
    missing: str = ""
    due_on: dt.date | None = None
    late_days: int = 0
    units: int = 0
    why: str = ""

    @property
    def said(self) -> str:
        """The judgment in words."""
        if self.state == "not judged":
            return self.why
        has = f"has {self.covers}" if self.covers else "has nothing yet"
        if self.state == "fresh":
            return f"{has}, all that was due"
        when = self.due_on.isoformat() if self.due_on is not None else ""
        if self.state == "due":
            return f"{has}; {self.missing} is due by {when}"
        more = f", and {self.units - 1} more since" if self.units > 1 else ""
        days = "1 day" if self.late_days == 1 else f"{self.late_days} days"
        return f"{has}; {self.missing} was due by {when}, {days} ago{more}"


def freshness(conformed: Conformed, *, until: dt.date | None = None) -> list[Judgment]:
    """Judge how fresh every source is, from its rows and the days they were learned.

    Parameters
    ----------
    conformed : Conformed
        The loaded book; its knowledge date is the day that is judged on.
    until : datetime.date, optional
        The last day of the report: what is due for later is not asked for.
    """
    return [_judged(held, conformed, until) for held in conformed.sources if held.present]


def table_of(judgments: list[Judgment]) -> pd.DataFrame:
    """Return judgments as a table: what ``book.freshness`` is.

    Returns
    -------
    pandas.DataFrame
        One row per source, what is stale first: ``row_key, source, table, state, every,
        within_days, day, known_on, at, covers, missing, due_on, late_days, units, affects,
        detail``.
    """
    order = {state: place for place, state in enumerate(("stale", "due", "fresh", "not judged"))}
    ranked = sorted(judgments, key=lambda one: (order[one.state], -one.late_days))
    return pd.DataFrame([_row(one) for one in ranked], columns=[*COLUMNS])


def _row(one: Judgment) -> dict[str, Any]:
    mark = one.mark
    return {
        "row_key": mark.source,
        "source": mark.source,
        "table": mark.table,
        "state": one.state,
        "every": one.every or "",
        "within_days": one.within if one.every else pd.NA,
        "day": mark.day,
        "known_on": mark.known_on,
        "at": mark.at,
        "covers": one.covers,
        "missing": one.missing,
        "due_on": one.due_on,
        "late_days": one.late_days if one.state == "stale" else pd.NA,
        "units": one.units if one.state == "stale" else pd.NA,
        "affects": ", ".join(affected(mark.table)),
        "detail": one.said,
    }


def _judged(held: LoadedSource, conformed: Conformed, until: dt.date | None) -> Judgment:
    source = held.declared
    mark = watermarks(held, conformed)[0]
    every, why = _cadence(held, conformed)
    if every is None:
        return Judgment(mark, "not judged", why=why)
    within = source.fresh_within_days if source.fresh_within_days is not None else USUAL[every]
    calendar = conformed.declaration.company.fiscal_calendar()
    limit = min(conformed.as_of, until) if until is not None else conformed.as_of
    plan = every in {"quarter", "year"} and source.table in _PLANS
    try:
        covered = _covered(held, conformed, every, mark)
        if covered is None:
            return Judgment(mark, "not judged", why=f"no row known by {conformed.as_of}")
        last = end_of(every, limit, calendar) if plan else limit
        lacks = [*following(every, covered, last, calendar)]
        has = label_of(every, covered, calendar)
        missing = label_of(every, lacks[0], calendar) if lacks else ""
    except PeriodError as error:  # a calendar that lists its weeks ends
        return Judgment(mark, "not judged", why=error.what)
    if not lacks:
        return Judgment(mark, "fresh", every, within, has)
    starts = [start_of(every, end, calendar) if plan else end for end in lacks]
    due = [day + dt.timedelta(days=within) for day in starts]
    units = sum(day < conformed.as_of for day in due)
    late = max(0, (conformed.as_of - due[0]).days)
    return Judgment(
        mark, "stale" if units else "due", every, within, has, missing, due[0], late, units
    )


def _cadence(held: LoadedSource, conformed: Conformed) -> tuple[Every | None, str]:
    """Return how often a source is renewed, or why that says nothing of it."""
    source = held.declared
    said = source.every
    if said == "never":
        return None, "declared as never renewed"
    if source.lines:
        return None, "stands in book.toml itself"
    every = said or promised(source.promise)
    if every is None:
        return None, "its contract names no day, week, month, quarter or year"
    if source.table in EVENTS:
        return (every if said else longer(every, _span(held, conformed))), ""
    if "known_on" not in source.promise.names:
        return None, "no row says when it was learned"
    asked = said is not None or source.fresh_within_days is not None
    if asked or _dated_by_file(source):
        return every, ""
    return None, "its rows say when each changed, not when all were exported; declare `every`"


def _dated_by_file(source: Source) -> bool:
    return source.known_on is not None and source.known_on.file_name is not None


def _span(held: LoadedSource, conformed: Conformed) -> Every:
    """Return the shortest stretch that rows of a source are stated for."""
    if "span" not in held.declared.promise.names:
        return "day"
    spans = {
        row[0] for row in conformed.engine.rows(f"SELECT DISTINCT span FROM {held.rows_table}")
    }
    if "month" in spans or not spans & {"quarter", "ytd", "year"}:
        return "day"
    return "quarter" if spans & {"quarter", "ytd"} else "year"


def _covered(
    held: LoadedSource, conformed: Conformed, every: Every, mark: Watermark
) -> dt.date | None:
    """Return the last day of the last unit a source has; None where it has no row."""
    calendar = conformed.declaration.company.fiscal_calendar()
    if held.declared.table in _PLANS and every in {"quarter", "year"}:
        return _planned(held, conformed, every, calendar)
    if held.declared.table not in EVENTS:
        return None if mark.known_on is None else ended(every, mark.known_on, calendar)
    if every in {"day", "week"}:
        if mark.day is None:
            return None
        return mark.day if every == "day" else end_of("week", mark.day, calendar)
    month = _last_month(held, conformed, calendar)
    return None if month is None else ended(every, calendar.last_day(month), calendar)


def _planned(
    held: LoadedSource, conformed: Conformed, every: Every, calendar: FiscalCalendar
) -> dt.date | None:
    """Return the last day of the last unit that a plan known by the book's day states."""
    ((month,),) = conformed.engine.rows(
        f"SELECT max(_period) FILTER (_period <> '') FROM {quoted(held.rows_table)} "
        f"WHERE {told_sql(held)} AND {_KEPT} AND known_on <= ?",
        [conformed.as_of],
    )
    return None if month is None else end_of(every, calendar.last_day(month), calendar)


def _last_month(held: LoadedSource, conformed: Conformed, calendar: FiscalCalendar) -> str | None:
    """Return the last month begun that has more than a trace of the rows it usually has."""
    counts = conformed.engine.rows(
        f"SELECT _period, count(*) FROM {quoted(held.rows_table)} "
        f"WHERE _period <> '' AND {told_sql(held)} AND {_KEPT} GROUP BY 1 ORDER BY 1"
    )
    begun = [
        (month, rows) for month, rows in counts if calendar.first_day(month) <= conformed.as_of
    ]
    while begun:
        month, rows = begun.pop()
        usual = [count for _, count in begun[-_RECENT:]]
        if not usual or rows >= _TRACE * median(usual):
            return str(month)
    return None


def stale_controls(evidence: Evidence) -> list[ControlResult]:
    """Return one amber control for each source that lacks what was due for the report.

    Parameters
    ----------
    evidence : Evidence
        The conformed book and its period.
    """
    found = freshness(evidence.conformed, until=evidence.period.last)
    stale = [one for one in found if one.state == "stale"]
    results = [
        judged(
            evidence,
            "Freshness",
            one.mark.source,
            "amber",
            one.said,
            advice=f"Have {one.missing} exported; until then "
            f"{', '.join(affected(one.mark.table))} go without it.",
        )
        for one in stale
    ]
    if fresh := [one for one in found if one.state == "fresh"]:
        named = "1 source has" if len(fresh) == 1 else f"{len(fresh)} sources have"
        detail = f"{named} all that was due for {evidence.period.label}"
        results.append(judged(evidence, "Freshness", "", "green", detail))
    return results
