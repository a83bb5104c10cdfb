"""Open commitments and budget carried forward, by line and in whole cents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pfkit.errors import MeasureError
from pfkit.measures.groups import kept
from pfkit.measures.rows import require, texts, whole_cents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.measures.spans import Label
    from pfkit.period import Period

OPEN = "open"


@dataclass(frozen=True)
class Committed:
    """Open commitments by line, in cents.

    Attributes
    ----------
    year : dict of tuple to int
        Still to be booked by the end of the fiscal year, those of earlier years too.
    before : dict of tuple to int
        Of these, expected in earlier fiscal years.
    later : int
        Expected in later fiscal years, all lines together.
    """

    year: dict[Label, int] = field(default_factory=dict)
    before: dict[Label, int] = field(default_factory=dict)
    later: int = 0


def committed(
    commitments: pd.DataFrame,
    *,
    by: Sequence[str],
    period: Period,
    accounts: pd.DataFrame | None,
    groups: Sequence[str],
) -> Committed:
    """Return what is still to be booked of a fiscal year, and beside it.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is missing, or a status is neither open nor closed.
    """
    found = Committed()
    if commitments.empty:
        return found
    require(commitments, [*by, "period", "amount", "status"], name="commitments")
    status = texts(commitments["status"])
    other = sorted(set(status) - {OPEN, "closed"})
    if other:
        raise MeasureError(
            f"status {other[0]!r} is neither open nor closed",
            where="commitments",
            advice="Say which it means by a map in book.toml.",
        )
    rows = kept(commitments[status == OPEN], accounts, groups)
    cents = whole_cents(rows["amount"], name="commitments")
    months = [period.calendar.period(label).months[-1] for label in texts(rows["period"])]
    first, last = period.year.months[0], period.year.months[-1]
    later = 0
    labels = zip(*(texts(rows[column]) for column in by), strict=True)
    for label, month, amount in zip(labels, months, cents, strict=True):
        if month > last:
            later += int(amount)
            continue
        found.year[label] = found.year.get(label, 0) + int(amount)
        if month < first:
            found.before[label] = found.before.get(label, 0) + int(amount)
    return Committed(found.year, found.before, later)


def carried_in(
    carried: pd.DataFrame | None, *, by: Sequence[str], period: Period
) -> dict[Label, int]:
    """Return what was carried into a fiscal year, by line in cents.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a line is carried twice, or into another year.
    """
    if carried is None or carried.empty:
        return {}
    require(carried, [*by, "role", "into", "carried"], name="carried")
    items = carried[texts(carried["role"]) == "item"]
    found: dict[Label, int] = {}
    labels = zip(*(texts(items[column]) for column in by), strict=True)
    amounts = whole_cents(items["carried"].astype("Float64").fillna(0.0), name="carried")
    for label, into, amount in zip(labels, texts(items["into"]), amounts, strict=True):
        if into != period.year.label:
            raise MeasureError(
                f"{' · '.join(label)} is carried into {into}, not into {period.year.label}",
                where="carried",
                advice="Pass the result of carry_forward for the same fiscal year.",
            )
        if label in found:
            raise MeasureError(
                f"{' · '.join(label)} is carried twice into {into}",
                where="carried",
                advice="Pass one result of carry_forward: what is carried counts once.",
            )
        found[label] = int(amount)
    return found


@dataclass(frozen=True)
class Funds:
    """What is committed and what was carried, by line."""

    committed: Committed
    carried: Mapping[Label, int]

    @property
    def labels(self) -> set[Label]:
        """The lines either of them names."""
        return {*self.committed.year, *self.carried}

    def of(self, labels: Sequence[Label]) -> tuple[int, int]:
        """Return what was carried, and what is committed, of some lines together in cents."""
        carried = sum(self.carried.get(label, 0) for label in labels)
        return carried, sum(self.committed.year.get(label, 0) for label in labels)


def funds_of(
    commitments: pd.DataFrame | None,
    carried: pd.DataFrame | None,
    *,
    by: Sequence[str],
    period: Period,
    accounts: pd.DataFrame | None,
    groups: Sequence[str],
) -> Funds | None:
    """Return commitments and what was carried; None where there is neither."""
    due = Committed()
    there = commitments is not None and len(commitments) > 0
    if commitments is not None and there:
        due = committed(commitments, by=by, period=period, accounts=accounts, groups=groups)
    early = carried_in(carried, by=by, period=period)
    return Funds(due, early) if there or early else None
