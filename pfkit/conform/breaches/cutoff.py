"""Cut-off: what stands in one month and belongs to the month before or after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.conform.breaches.breach import (
    CUT_OFF,
    Breach,
    Entries,
    breach,
    entries_of,
    entry_word,
    listed,
)
from pfkit.conform.breaches.habit import Seen, news, seen_of
from pfkit.conform.engine import literal
from pfkit.conform.evidence import grouped
from pfkit.conform.parse import month_of_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.breaches.ledger import Ledger

_ADVICE = "Book it in the month it belongs to, or accrue it there."


@dataclass(frozen=True)
class _Date:
    """A date of an entry that says which month it belongs to, from ``first`` to ``last``."""

    first: str
    last: str
    named: str


_SERVICE = _Date("service_start", "service_end", "service")
_DOCUMENT = _Date("document_date", "document_date", "document")
_POSTING = _Date("posting_date", "posting_date", "posting date")


@dataclass(frozen=True)
class _Misplaced:
    """One way of standing in the wrong month: a date, and how many months away."""

    date: _Date
    test: str
    words: str


def _ways(date: _Date) -> list[_Misplaced]:
    return [
        _Misplaced(date, "first > here", "of a later month"),
        _Misplaced(date, "here - last = 1", "of the month before"),
        _Misplaced(date, "here - last > 1", "of two or more months before"),
    ]


def misplaced(ledger: Ledger, month: str) -> list[Breach]:
    """Return entries of a month whose service, document or posting day lies in another month.

    Suppliers' invoices of the month before come every month, and a company that posts them late
    as a habit is told nothing; an account on which it never happened is.

    Parameters
    ----------
    ledger : Ledger
        The ledger's entries.
    month : str
        A month of the report.
    """
    dates = []
    if {"service_start", "service_end"} & ledger.mapped:
        dates.append(_SERVICE)
    if "document_date" in ledger.mapped:
        dates.append(_DOCUMENT)
    if {"posting_date", "period"} <= ledger.mapped:
        dates.append(_POSTING)
    return _of(ledger, month, dates, group="account")


def misbilled(billed: Ledger, month: str) -> list[Breach]:
    """Return invoice lines of a month whose service lies wholly in another month.

    Parameters
    ----------
    billed : Ledger
        The invoice lines, as the ledger's entries are read.
    month : str
        A month of the report.
    """
    if not {"service_start", "service_end"} & billed.mapped:
        return []
    return _of(billed, month, [_SERVICE], group="kind")


def _of(ledger: Ledger, month: str, dates: Sequence[_Date], *, group: str) -> list[Breach]:
    history = ledger.history(month)
    now, past = f"month = {literal(month)}", f"month IN ({listed(history)})"
    year_end = ledger.first_without_precedent(month)
    found = []
    for date in dates:
        ways = _ways(date)
        placed = _placed(ledger, date, [*history, month], group)
        counts = ", ".join(
            f"count(*) FILTER ({past} AND {way.test}), "
            f"list(DISTINCT month) FILTER ({past} AND {way.test}), "
            f"count(*) FILTER ({now} AND {way.test} AND size >= {ledger.floor})"
            for way in ways
        )
        rows = ledger.rows(
            f"SELECT key, count(*) FILTER ({past}), count(DISTINCT month) FILTER ({past}), "
            f"count(*) FILTER ({now}), {counts} FROM {placed} GROUP BY 1 ORDER BY 1"
        )
        for place, way in enumerate(ways):
            at = 4 + 3 * place
            seen = [
                seen_of((row[0], row[1], row[at], row[2], row[at + 1], row[3], row[at + 2]))
                for row in rows
            ]
            for one in news(seen, year_end=year_end):
                mine = f"{now} AND {way.test} AND size >= {ledger.floor}"
                held = entries_of(ledger, f"{mine} AND key = {literal(one.key)}", table=placed)
                if held is not None:
                    found.append(_breach(month, way, one, held, group))
    return found


def _breach(month: str, way: _Misplaced, one: Seen, held: Entries, noun: str) -> Breach:
    return breach(
        CUT_OFF,
        month,
        held,
        reason=f"{way.date.named} {way.words}",
        subject=one.key,
        detail=f"{entry_word(held.count)} of {noun} {one.key} with a {way.date.named} {way.words}; "
        f"{grouped(one.past_with)} of {grouped(one.past)} before had one",
        advice=_ADVICE,
    )


def _placed(ledger: Ledger, date: _Date, months: Sequence[str], group: str) -> str:
    """Return a query of entries with the number of their month and of those they belong to."""
    calendar = ledger.evidence.period.calendar
    first, last = (
        _number(f"month({day})", f"year({day})")
        if calendar.rule == "month"
        else _number_of(month_of_sql(day, calendar))
        for day in (date.first, date.last)
    )
    return (
        f"(SELECT source, entry, month, size, {group} AS key, {_number_of('month')} AS here, "
        f"{first} AS first, {last} AS last FROM {ledger.view} "
        f"WHERE {date.first} IS NOT NULL AND month IN ({listed(months)}))"
    )


def _number(month: str, year: str) -> str:
    return f"({year} * 12 + {month})"


def _number_of(month: str) -> str:
    """Return SQL for the number of a month, so that months can be subtracted."""
    parts = (f"right({month}, 2)", f"left({month}, 4)")
    return _number(*(f"CAST({part} AS INTEGER)" for part in parts))
