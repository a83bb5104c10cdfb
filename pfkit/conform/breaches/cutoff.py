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
)
from pfkit.conform.breaches.cells import Cells, Trait, days_sql
from pfkit.conform.breaches.habit import news
from pfkit.conform.engine import literal
from pfkit.conform.evidence import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.breaches.habit import Seen
    from pfkit.conform.breaches.ledger import Ledger

_ADVICE = "Book it in the month it belongs to, or accrue it there."


@dataclass(frozen=True)
class _Date:
    """A date of an entry that says which month it belongs to, from ``first`` to ``last``."""

    name: str
    first: str
    last: str
    named: str


_SERVICE = _Date("service", "service_start", "service_end", "service")
_DOCUMENT = _Date("document", "document_date", "document_date", "document")
_POSTING = _Date("posting", "posting_date", "posting_date", "posting date")


@dataclass(frozen=True)
class _Way:
    """One way of standing in the wrong month: a date, and how far away it is."""

    name: str
    trait: Trait
    words: str


def _ways(dates: Sequence[_Date]) -> list[_Way]:
    return [
        _Way(f"{date.name}_{place}", Trait(test, f"{date.first} IS NOT NULL"), words)
        for date in dates
        for place, (test, words) in enumerate(
            (
                (f"{date.first} > last_day", f"{date.named} of a later month"),
                (
                    f"{date.last} < first_day AND {date.last} >= before",
                    f"{date.named} of the month before",
                ),
                (f"{date.last} < before", f"{date.named} of two or more months before"),
            )
        )
    ]


def dated(ledger: Ledger) -> dict[str, Trait]:
    """Return what is counted of a ledger's entries, or of invoice lines, by the days they have."""
    return {way.name: way.trait for way in _ways(_dates(ledger))}


def _dates(ledger: Ledger) -> list[_Date]:
    dates = []
    if {"service_start", "service_end"} & ledger.mapped:
        dates.append(_SERVICE)
    if "document_date" in ledger.mapped:
        dates.append(_DOCUMENT)
    if {"posting_date", "period"} <= ledger.mapped:
        dates.append(_POSTING)
    return dates


def misplaced(cells: Cells, *, group: str) -> list[Breach]:
    """Return entries whose service, document or posting day lies in another month than they do.

    Suppliers' invoices of the month before come every month, and a company that posts them late
    as a habit is told nothing; an account on which it never happened is.

    Parameters
    ----------
    cells : Cells
        The traits of `dated`, counted.
    group : str
        The column they are counted by: accounts of a ledger, kinds of invoice lines.
    """
    ledger = cells.ledger
    ways = _ways(_dates(ledger))
    placed = f"(SELECT * FROM {ledger.view} JOIN {days_sql(ledger)} USING (month))"
    found = []
    for month in ledger.judged:
        year_end = ledger.first_without_precedent(month)
        for way in ways:
            for one in news(cells.seen(way.name, month), year_end=year_end):
                test = f"{way.trait.tells} AND {way.trait.has} AND size >= {ledger.floor}"
                mine = f"month = {literal(month)} AND {group} = {literal(one.key)} AND {test}"
                held = entries_of(ledger, mine, table=placed)
                if held is not None:
                    found.append(_breach(month, way, one, held, group))
    return found


def _breach(month: str, way: _Way, one: Seen, held: Entries, noun: str) -> Breach:
    return breach(
        CUT_OFF,
        month,
        held,
        reason=way.words,
        subject=one.key,
        detail=f"{entry_word(held.count)} of {noun} {one.key} with a {way.words}; "
        f"{grouped(one.past_with)} of {grouped(one.past)} before had one",
        advice=_ADVICE,
    )
