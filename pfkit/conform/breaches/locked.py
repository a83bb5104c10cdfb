"""Entries posted to a month, or changed in it, after its ledger was locked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.conform.breaches.breach import (
    LOCKED,
    Breach,
    Entries,
    breach,
    entries_of,
    entry_word,
    listed,
)
from pfkit.conform.breaches.ledger import says_when
from pfkit.conform.engine import literal, quoted
from pfkit.conform.locks import lock_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from pfkit.conform.breaches.ledger import Ledger
    from pfkit.conform.declaration import Source

_ADVICE = "Post it in the open month, or have the month reopened and locked again."
_POSTED, _CHANGED = "posted late", "changed late"


@dataclass(frozen=True)
class Locks:
    """The lock of each month, and the months of which it cannot be told what came after it."""

    days: Mapping[str, dt.date]
    latest: Mapping[str, dt.date]
    untold: tuple[str, ...]


def locks_of(ledger: Ledger) -> Locks:
    """Return the lock of every month that is locked by now, and of which months none can be told.

    Where a source says only when it was exported, an export made after the lock says nothing of
    the day its entries were made.
    """
    calendar, by = ledger.evidence.period.calendar, ledger.evidence.conformed.as_of
    days = {month: lock_day(month, ledger.policies, calendar) for month in ledger.months}
    locked = {month: day for month, day in days.items() if day is not None and day < by}
    exported = {source.name for source in ledger.sources if not says_when(source)}
    latest: dict[str, dt.date] = {}
    untold = []
    for source, month, first, last in ledger.rows(
        f"SELECT source, month, min(known), max(known) FROM {ledger.view} GROUP BY 1, 2 ORDER BY 2"
    ):
        if month not in locked:
            continue
        latest[month] = max(last, latest.get(month, last))
        if source in exported and first > locked[month]:
            untold.append(month)
    told = {month: day for month, day in locked.items() if month not in untold}
    return Locks(told, latest, tuple(dict.fromkeys(untold)))


def after_lock(ledger: Ledger, locks: Locks) -> list[Breach]:
    """Return what came to a locked month: in the report's months, or to an earlier one in them.

    Parameters
    ----------
    ledger : Ledger
        The ledger's entries.
    locks : Locks
        From `locks_of`.
    """
    found: list[Breach] = []
    anew = [source for source in ledger.sources if source.replaces]
    others = listed(source.name for source in ledger.sources if not source.replaces)
    for month, came in _came(ledger, locks).items():
        day = locks.days[month]
        posted = entries_of(ledger, f"month = {literal(month)} AND {came} AND source IN ({others})")
        if posted is not None:
            told = f"posted to {month} after it was locked on {day}"
            found.append(_breach(month, posted, _POSTED, told))
        for source in anew:
            changed = entries_of(ledger, came, table=_changed(source, month, day))
            if changed is not None:
                told = f"of {month} stated anew, added or taken away after it was locked on {day}"
                found.append(_breach(month, changed, _CHANGED, told))
    return found


def _breach(month: str, held: Entries, reason: str, told: str) -> Breach:
    return breach(
        LOCKED,
        month,
        held,
        reason=reason,
        subject=held.source if reason == _CHANGED else "",
        detail=f"{entry_word(held.count)} {told}",
        advice=_ADVICE,
    )


def _came(ledger: Ledger, locks: Locks) -> dict[str, str]:
    """Return the months to which something came after their lock, and the test of when it did.

    To a month of the report at any time; to an earlier one in the days of the report, so that
    each report tells what its own months brought.
    """
    period = ledger.evidence.period
    first, last = literal(period.first), literal(period.last)
    tests = {}
    for month, day in locks.days.items():
        if month <= period.months[-1] and locks.latest[month] > day:
            own = month in period.months
            within = "" if own else f" AND known BETWEEN DATE {first} AND DATE {last}"
            tests[month] = f"known > DATE {literal(day)}{within}"
    return tests


def _changed(source: Source, month: str, day: dt.date) -> str:
    """Return a query of the entries that a restatement after the lock changed, and by how much.

    What the source said by the lock is its latest statement known by then; what it says now are
    the rows that count. An entry stated anew with the same amount is not changed.
    """
    keys = ", ".join(map(quoted, source.replaces))
    lock = f"DATE {literal(day)}"
    entry = (
        "COALESCE(entry_id, concat_ws(' ', account, nullif(cost_center, '(none)'), "
        "nullif(product, '(none)')))"
    )
    return (
        f"(WITH told AS (SELECT {entry} AS entry, {keys}, amount, known_on, _status, "
        f"max(known_on) FILTER (known_on <= {lock}) OVER (PARTITION BY {keys}) AS stood, "
        f"max(known_on) FILTER (_status = 'accepted') OVER (PARTITION BY {keys}) AS latest "
        f"FROM {quoted(f'rows_{source.name}')} WHERE _period = {literal(month)} "
        "AND (_status = 'accepted' OR _reason = 'restated')), "
        f"sides AS (SELECT entry, {keys}, max(latest) AS known, "
        "COALESCE(sum(amount) FILTER (known_on = stood), 0) AS before, "
        "COALESCE(sum(amount) FILTER (_status = 'accepted'), 0) AS after FROM told "
        f"WHERE latest > {lock} GROUP BY ALL) "
        f"SELECT entry, {literal(source.name)} AS source, known, abs(after - before) AS size "
        "FROM sides WHERE after <> before)"
    )
