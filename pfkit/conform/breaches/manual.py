"""Manual entries that stand where, when or by whom a company's manual entries do not stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.conform.breaches.breach import MANUAL, Breach, breach, entries_of, entry_word, listed
from pfkit.conform.breaches.cells import Cells, Trait
from pfkit.conform.breaches.habit import SEEN_MONTHS, news
from pfkit.conform.engine import literal
from pfkit.conform.evidence import grouped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.conform.breaches.habit import Seen
    from pfkit.conform.breaches.ledger import Ledger

_ADVICE = "Have somebody who did not post it read the entry and its voucher."
#: Days with manual entries, and manual entries with a time, that show when a company works.
DAYS, TIMES = 30, 60
#: Manual entries, and months with them, that show who posts.
ENTRIES, MONTHS = 60, 5
#: More entries than these on days of rest or at night are a team's work, not one entry's.
LONE, LONE_SHARE = 5, 0.2
#: Days that a week may rest on, Monday being 1.
_WEEKENDS = ((6, 7), (5, 6))
_WORKDAYS = 4
_NIGHT, _MORNING, _APART = 21, 6, 2.0
_SELDOM = 200
#: A person who posted so little before and so little now; more such people are a habit.
_FEW_BEFORE, _FEW_NOW, _PEOPLE = 500, 2, 3


#: What is counted of the ledger's entries.
BY_HAND = {"manual": Trait("manual", "manual IS NOT NULL")}


def unusual(cells: Cells) -> list[Breach]:
    """Return the manual entries of the report that the months before give no example of.

    Three questions are asked of each of at least the size that is pointed at: does its account
    see manual entries at all, does the company post on such a day or at such an hour, and does
    the person post at all. Accruals, which come every month, answer all three.

    Parameters
    ----------
    cells : Cells
        `BY_HAND`, counted by account.
    """
    ledger = cells.ledger
    found = []
    for month in ledger.judged:
        history = ledger.history(month)
        if len(history) < SEEN_MONTHS:
            continue
        found += _where(ledger, month, cells.seen("manual", month))
        found += _when(ledger, month, history)
        found += _who(ledger, month, history)
    return found


def _where(ledger: Ledger, month: str, accounts: Sequence[Seen]) -> list[Breach]:
    now = f"month = {literal(month)} AND manual AND size >= {ledger.floor}"
    found = []
    for one in news(accounts, year_end=ledger.first_without_precedent(month)):
        mine = f"{now} AND account = {literal(one.key)}"
        held = entries_of(ledger, f"{mine} AND {ledger.not_taking_back(month)}")
        if held is None:
            continue
        done = "only the system posts to" if one.past_with == 0 else "the system posts to"
        found.append(
            breach(
                MANUAL,
                month,
                held,
                reason="account",
                subject=one.key,
                detail=f"{entry_word(held.count)} by hand on account {one.key}, which {done}: "
                f"{grouped(one.past_with)} of {grouped(one.past)} entries in {one.months} months "
                "before were manual",
                advice=_ADVICE,
            )
        )
    return found


def _when(ledger: Ledger, month: str, history: Sequence[str]) -> list[Breach]:
    now = f"month = {literal(month)} AND manual"
    ((weekend, friday, nightly),) = ledger.rows(
        "SELECT count(*) FILTER (isodow(entered) >= 6), count(*) FILTER (isodow(entered) = 5), "
        f"count(*) FILTER (clock >= {_NIGHT} OR clock < {_MORNING}) "
        f"FROM {ledger.view} WHERE {now} AND size >= {ledger.floor}"
    )
    rest = _days_of_rest(ledger, history) if weekend or 0 < friday <= LONE else ()
    night = _free_hours(ledger, history) if nightly else []
    tests = []
    if rest:
        tests.append(f"isodow(entered) IN ({listed(rest)})")
    if night:
        hours = " OR ".join(f"(clock >= {a} AND clock < {b})" for a, b in night)
        tests.append(f"({hours})")
    if not tests:
        return []
    odd = " OR ".join(tests)
    ((every, lone),) = ledger.rows(
        f"SELECT count(*), count(*) FILTER ({odd}) FROM {ledger.view} WHERE {now}"
    )
    most = 1 if ledger.first_without_precedent(month) else max(LONE, LONE_SHARE * every)
    held = entries_of(ledger, f"{now} AND ({odd}) AND size >= {ledger.floor}")
    if lone > most or held is None:
        return []
    kinds = [name for name, there in (("on a day of rest", rest), ("at night", night)) if there]
    return [
        breach(
            MANUAL,
            month,
            held,
            reason="time",
            detail=f"{entry_word(held.count)} by hand entered {' or '.join(kinds)}, when "
            "manual entries were not entered in the months before",
            advice=_ADVICE,
        )
    ]


def _days_of_rest(ledger: Ledger, history: Sequence[str]) -> tuple[int, ...]:
    """Return the weekdays on which no manual entry was entered, where enough days say so."""
    days: Mapping[int, int] = dict(
        ledger.rows(
            f"SELECT isodow(entered), count(DISTINCT entered) FROM {ledger.view} "
            f"WHERE manual AND entered IS NOT NULL AND month IN ({listed(history)}) GROUP BY 1"
        )
    )
    if sum(days.values()) < DAYS:
        return ()
    allowed = sum(days.values()) // _SELDOM
    for weekend in _WEEKENDS:
        work = [day for day in days if day not in weekend and days[day] > allowed]
        if sum(days.get(day, 0) for day in weekend) <= allowed and len(work) >= _WORKDAYS:
            return weekend
    return ()


def _free_hours(ledger: Ledger, history: Sequence[str]) -> list[tuple[float, float]]:
    """Return the hours of the night near which no manual entry was keyed in the months before."""
    rows = ledger.rows(
        f"SELECT floor(clock), count(*) FROM {ledger.view} WHERE manual AND clock IS NOT NULL "
        f"AND month IN ({listed(history)}) GROUP BY 1"
    )
    keyed = {int(hour): int(count) for hour, count in rows}
    if sum(keyed.values()) < TIMES:
        return []
    allowed = sum(keyed.values()) // _SELDOM
    worked = [hour for hour, count in keyed.items() if count > allowed]
    nights = [*range(_NIGHT, 24), *range(_MORNING)]
    return [(hour, hour + 1) for hour in nights if all(_apart(hour, one) for one in worked)]


def _apart(hour: int, other: int) -> bool:
    away = abs(hour - other)
    return min(away, 24 - away) >= _APART


@dataclass(frozen=True)
class _Person:
    """How much one person posted by hand, before and now; the name never leaves this module."""

    name: str
    past: int
    now: int


def _who(ledger: Ledger, month: str, history: Sequence[str]) -> list[Breach]:
    now, past = f"month = {literal(month)}", f"month IN ({listed(history)})"
    size = max(ledger.floor, ledger.limit or ledger.evidence.materiality)
    here = dict(
        ledger.rows(
            f"SELECT enterer, count(*) FROM {ledger.view} WHERE {now} AND manual "
            f"AND enterer IS NOT NULL GROUP BY 1 HAVING count(*) <= {_FEW_NOW} "
            f"AND max(size) >= {size}"
        )
    )
    if not here or len(history) < MONTHS:
        return []
    before = dict(
        ledger.rows(
            f"SELECT enterer, count(*) FROM {ledger.view} WHERE {past} AND manual "
            "AND enterer IS NOT NULL GROUP BY 1"
        )
    )
    people = [
        _Person(name, before.get(name, 0), here.get(name, 0)) for name in sorted({*before, *here})
    ]
    entries = sum(one.past for one in people)
    if entries < ENTRIES:
        return []
    few = max(1, entries // _FEW_BEFORE)
    strange = [one for one in people if one.past <= few and 0 < one.now <= _FEW_NOW]
    seldom = [one for one in people if 0 < one.past <= max(few, _FEW_NOW)]
    if not strange or len(strange) >= _PEOPLE or len(seldom) >= _PEOPLE:
        return []
    mine = f"{now} AND manual AND enterer IN ({listed(one.name for one in strange)})"
    held = entries_of(ledger, f"{mine} AND size >= {size}")
    if held is None:
        return []
    return [
        breach(
            MANUAL,
            month,
            held,
            reason="person",
            detail=f"{entry_word(held.count)} by hand of people who posted "
            f"{'none' if not sum(one.past for one in strange) else 'hardly any'} of the "
            f"{grouped(entries)} manual entries before",
            advice=_ADVICE,
        )
    ]
