"""What has changed since a day: by table and month, decided cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.engine import quoted
from pfkit.conform.freshness.cells import Place, Shift, file_shifts, laid, shifts
from pfkit.conform.personal import mask
from pfkit.conform.pipeline import settled_at
from pfkit.errors import ContractError
from pfkit.money import cents

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    from pfkit.conform.pipeline import Conformed

#: Rows and amount of a month.
Sums = tuple[int, Decimal]
Tables = dict[str, dict[str, Sums]]


@dataclass(frozen=True)
class Change:
    """What one table counts of one month otherwise than it did on an earlier day.

    Attributes
    ----------
    table, period : str
        Which; the period is empty for rows that belong to none.
    rows_then, rows : int
        How many counted then, and count now.
    amount_then, amount : decimal.Decimal
        What they add up to.
    money : bool
        Whether that is reporting currency.
    valued : bool
        Whether the table has an amount at all.
    shift : Shift, optional
        Its cells: how many differ, and by how much; None where what they were is not known.
    """

    table: str
    period: str
    rows_then: int
    rows: int
    amount_then: Decimal
    amount: Decimal
    money: bool
    valued: bool = True
    shift: Shift | None = None

    @property
    def difference(self) -> Decimal:
        """The amount now less the amount then."""
        return self.amount - self.amount_then

    @property
    def fresh(self) -> bool:
        """Whether the month is new: nothing of it counted then."""
        return self.rows_then == 0

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, amounts as decimal text."""
        cells = Shift().plain() | dict.fromkeys(("cells", "moved"))
        return {
            "table": self.table,
            "period": self.period,
            "rows_then": self.rows_then,
            "rows": self.rows,
            "amount_then": str(self.amount_then),
            "amount": str(self.amount),
            "difference": str(self.difference),
        } | (cells if self.shift is None else self.shift.plain())


@dataclass(frozen=True)
class Before:
    """What a load that was kept counted.

    Attributes
    ----------
    tables : mapping of str to mapping
        Rows and amount by table and month.
    cells : str
        The engine's table of its cells; empty where they were not kept.
    lost : collection of str
        Tables that are not whole now, of which nothing is told.
    """

    tables: Mapping[str, Mapping[str, Sums]]
    cells: str = ""
    lost: Collection[str] = ()


@dataclass(frozen=True)
class Since:
    """What has changed since a day, and what of that day's own months is no longer as it was.

    Attributes
    ----------
    day : datetime.date
        The day compared with.
    changes : tuple of Change
        What counts otherwise now: than the kept load counted, or where none was kept, than the
        same input counts as it was known then.
    rewritten : tuple of Change
        What a kept load counted otherwise than the same day counts now.
    reason : str
        Why it cannot be told what that day counts now.
    files : mapping
        The files behind `rewritten`: by source and path, and by month, the table and what differs.
    """

    day: dt.date
    changes: tuple[Change, ...] = ()
    rewritten: tuple[Change, ...] = ()
    reason: str = ""
    files: Mapping[Place, Mapping[str, tuple[str, Shift]]] = field(default_factory=dict)


def changed_since(conformed: Conformed, day: dt.date, kept: Before | None = None) -> Since:
    """Return what counts otherwise now than it did on a day, by table and month.

    The same input is settled again as it was known then; nothing is read from a report.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    day : datetime.date
        The day of the last report, or of the last load that was kept.
    kept : Before, optional
        What that load counted.
    """
    now, cells = table_sums(conformed), laid(conformed)
    changes: tuple[Change, ...] = ()
    if kept is not None:
        changes = _apart(conformed, kept, now, cells)
    try:
        known = conformed if day == conformed.as_of else settled_at(conformed, day)
    except ContractError as error:
        reason = f"as known on {day.isoformat()}, {mask(error.what)}"
        return Since(day, changes, reason=reason)
    then, cells_then = (now, cells) if known is conformed else (table_sums(known), laid(known))
    if kept is None:
        return Since(day, _apart(conformed, Before(then, cells_then), now, cells))
    rewritten = _apart(conformed, kept, then, cells_then)
    files = file_shifts(conformed, kept.cells, cells_then) if kept.cells and rewritten else {}
    return Since(day, changes, rewritten, files=files)


def _apart(
    conformed: Conformed, before: Before, after: Mapping[str, Mapping[str, Sums]], cells: str
) -> tuple[Change, ...]:
    """Return the months in which tables differ, in their sums or in a cell."""
    contracts = conformed.declaration.contracts
    told = shifts(conformed, before.cells, cells) if before.cells else {}
    found = []
    for table in dict.fromkeys([*after, *before.tables]):
        if table in before.lost:
            continue
        old, new = before.tables.get(table, {}), after.get(table, {})
        promise = contracts.contract(table)
        kind = promise.counts_money, promise.amount is not None
        found += [
            Change(table, period, *_pair(old, new, period), *kind, told.get((table, period)))
            for period in sorted({*old, *new})
            if old.get(period, _NOTHING) != new.get(period, _NOTHING) or (table, period) in told
        ]
    return tuple(found)


def _pair(
    before: Mapping[str, Sums], after: Mapping[str, Sums], period: str
) -> tuple[int, int, Decimal, Decimal]:
    (old, then), (new, now) = before.get(period, _NOTHING), after.get(period, _NOTHING)
    return old, new, then, now


_NOTHING: Sums = (0, Decimal("0.00"))


def table_sums(conformed: Conformed) -> Tables:
    """Return rows and amount that count, by table and month, of every table a source feeds."""
    contracts = conformed.declaration.contracts
    fed = dict.fromkeys(held.declared.table for held in conformed.sources if held.present)
    schema = quoted(conformed.engine.schema)
    found: Tables = {}
    for table in fed:
        column = contracts.contract(table).amount
        total = f"COALESCE(sum({quoted(column)}), 0)" if column else "0"
        rows = conformed.engine.rows(
            f"SELECT _period, count(*), {total} FROM {schema}.{quoted(f'final_{table}')} "
            "GROUP BY 1 ORDER BY 1"
        )
        found[table] = {period: (count, cents(Decimal(amount))) for period, count, amount in rows}
    return found
