"""Whether a bill has replaced an accrual that was taken back, and by how much it differs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pfkit.measures.reversals import OLD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.measures.reversals import Entry, Line, Pair

#: How far a bill may be from the accrual it replaces: an estimate that misses by more than a
#: quarter is not told from another cost.
NEAR = 0.25
_BILLS = frozenset({"", "regular"})
#: Where an open accrual is taken back.
_UNKNOWN = ""
Place = tuple["Line", str]


@dataclass(frozen=True)
class Moved:
    """What of a month's amount belongs to another month, in cents, and why."""

    cents: int
    month: str
    other: str
    why: str


@dataclass
class _Month:
    """What stands on one line in one month, in cents, beside the plan's rows."""

    bills: list[int] = field(default_factory=list)
    accruals: list[int] = field(default_factory=list)
    reversals: list[int] = field(default_factory=list)

    def split(self, accruals: Sequence[int], planned: Sequence[int]) -> tuple[int, int, int]:
        """Return the accruals a bill has replaced, these bills, and the accruals without one.

        A bill is one entry near the accrual and more than the plan has of that size, or all
        entries together: beyond plan, or at all where the month accrues its own cost again.
        """
        pool, left, replaced, billed = list(self.bills), list[int](), 0, 0
        for accrual in sorted(accruals, key=abs, reverse=True):
            seen = sum(_near(cents, accrual) for cents in (*self.bills, *self.accruals))
            more = seen > sum(_near(cents, accrual) for cents in planned)
            bill = min(pool, key=lambda cents: abs(cents - accrual), default=0)
            if more and _near(bill, accrual):
                pool.remove(bill)
                replaced, billed = replaced + accrual, billed + bill
            else:
                left.append(accrual)
        whole = sum(self.bills) - (0 if self.accruals else sum(planned))
        if left and _near(whole, sum(accruals)):
            return sum(accruals), whole, 0
        return replaced, billed, sum(left)


def _near(amount: int, accrual: int) -> bool:
    return accrual != 0 and abs(amount - accrual) <= NEAR * abs(accrual)


def moved_by_accruals(
    booked: Iterable[Entry],
    paired: Sequence[Pair],
    planned: Mapping[Place, Sequence[int]],
    months: Sequence[str],
    edges: tuple[str, str],
) -> dict[Line, list[Moved]]:
    """Return by line what accruals move across the first and the last month of a period.

    An accrual taken back and replaced by its bill leaves only the difference in the month of the
    bill; one that is accrued again each month is that month's cost. One that is taken back and
    not replaced is moved whole; a new one, still open, as far as it stands beyond plan.
    """
    kept = [pair for pair in paired if pair.state != OLD]
    book, actual = _book(booked, kept)
    found: dict[Line, list[Moved]] = defaultdict(list)
    for (line, month, other), accruals in _crossing(kept, set(months), edges).items():
        if other == _UNKNOWN:
            place = (line, month)
            beyond = actual[place] - sum(planned.get(place, ()))
            cents, why = _open(book[place], month, sum(accruals), beyond)
            found[line].append(Moved(cents, month, edges[1], why))
            continue
        place = (line, max(month, other))  # where it is taken back
        cents, why = _difference(
            book[place], accruals, planned.get(place, ()), accrued=min(month, other)
        )
        found[line].append(Moved(cents if month < other else -cents, month, other, why))
    return found


def _book(
    booked: Iterable[Entry], kept: Sequence[Pair]
) -> tuple[dict[Place, _Month], dict[Place, int]]:
    """Return the bills, accruals and reversals of each line and month, and its sum."""
    book: dict[Place, _Month] = defaultdict(_Month)
    actual: dict[Place, int] = defaultdict(int)
    held = {entry.place for pair in kept for entry in pair.entries}
    for entry in booked:
        actual[entry.line, entry.month] += entry.cents
        if entry.place not in held and entry.kind in _BILLS:
            book[entry.line, entry.month].bills.append(entry.cents)
    for pair in kept:
        if pair.accrual is not None:
            book[pair.accrual.line, pair.accrual.month].accruals.append(pair.accrual.cents)
        if pair.reversal is not None:
            book[pair.reversal.line, pair.reversal.month].reversals.append(pair.reversal.cents)
    return book, actual


def _crossing(
    kept: Sequence[Pair], inside: set[str], edges: tuple[str, str]
) -> dict[tuple[Line, str, str], list[int]]:
    """Return the accruals of which one end is in the period, by line and both their months."""
    found: dict[tuple[Line, str, str], list[int]] = defaultdict(list)
    for pair in kept:
        here = [entry for entry in pair.entries if entry.month in inside]
        if len(here) != 1:
            continue
        entry, other = here[0], edges[0]
        if entry is pair.accrual:
            other = _UNKNOWN if pair.reversal is None else pair.reversal.month
        elif pair.accrual is not None:
            other = pair.accrual.month
        cents = entry.cents if entry is pair.accrual else -entry.cents
        found[entry.line, entry.month, other].append(cents)
    return found


def _open(month: _Month, label: str, accruals: int, beyond: int) -> tuple[int, str]:
    """Return what of accruals that are still open is no cost planned for their month."""
    if month.reversals:
        return 0, f"accrual of {label}: its bill is not booked yet"
    cents = _within(beyond, accruals)
    return cents, f"accrual of {label}, {'beyond' if cents else 'within'} plan, open"


def _difference(
    month: _Month, accruals: Sequence[int], planned: Sequence[int], *, accrued: str
) -> tuple[int, str]:
    """Return accruals of an earlier month less the bills that replace them in this one."""
    replaced, billed, left = month.split(accruals, planned)
    if not left:
        return replaced - billed, f"bill of {accrued} against its accrual"
    if month.accruals:
        return replaced - billed, f"accrual of {accrued} recurs, its bill is not told apart"
    return replaced - billed + left, f"accrual of {accrued} taken back, no bill told for it"


def _within(beyond: int, accrual: int) -> int:
    """Return the part of an accrual that stands beyond plan."""
    if accrual > 0:
        return min(accrual, max(0, beyond))
    return max(accrual, min(0, beyond))
