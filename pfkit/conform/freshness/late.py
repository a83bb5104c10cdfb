"""Rows that came after their month was closed, and what has changed since a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.cadence import USUAL
from pfkit.conform.engine import literal, quoted
from pfkit.conform.freshness.watermarks import EVENTS, told_sql
from pfkit.conform.locks import lock_day
from pfkit.conform.personal import mask
from pfkit.conform.pipeline import settled_at
from pfkit.errors import ContractError
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.period import FiscalCalendar

#: Rows and amount of a month.
Sums = tuple[int, Decimal]


@dataclass(frozen=True)
class Late:
    """Rows of one source and month that were learned after the month was closed.

    Attributes
    ----------
    source, table, period : str
        Whose rows, and of which month.
    closed_on : datetime.date
        The lock of the month, or where none is declared the source's cut-off.
    rows : int
        Those that count and came later.
    held_back : int
        Those that came later and are quarantined.
    amount : decimal.Decimal
        What the rows that count add up to, in the unit of the table's balance.
    money : bool
        Whether that is reporting currency.
    first_known, last_known : datetime.date
        When they were learned.
    whole : bool
        Whether nothing of the month was known by its close: the export was late, not its rows.
    """

    source: str
    table: str
    period: str
    closed_on: dt.date
    rows: int
    held_back: int
    amount: Decimal
    money: bool
    first_known: dt.date
    last_known: dt.date
    whole: bool

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, amounts as decimal text."""
        days = ("closed_on", "first_known", "last_known")
        found: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("source", "table", "period", "rows", "held_back", "whole")
        }
        return (
            found | {"amount": str(self.amount)} | {n: getattr(self, n).isoformat() for n in days}
        )


def late_rows(conformed: Conformed) -> list[Late]:
    """Return what came to each closed month afterwards, by source and month.

    A source whose rows were all learned on one declared day says nothing of it.
    """
    found: list[Late] = []
    for held in conformed.sources:
        source = held.declared
        tells = source.known_on is None or source.known_on.date is None
        if held.present and source.table in EVENTS and tells:
            found += _late(held, conformed)
    return found


def _late(held: LoadedSource, conformed: Conformed) -> list[Late]:
    source, calendar = held.declared, conformed.declaration.company.fiscal_calendar()
    month = " AND span = 'month'" if "span" in source.promise.names else ""
    rows = f"{quoted(held.rows_table)} WHERE _period <> '' AND {told_sql(held)}{month}"
    earliest = conformed.engine.rows(
        f"SELECT _period, min(known_on) FROM {rows} GROUP BY 1 "
        "HAVING min(known_on) IS NOT NULL ORDER BY 1"
    )
    first = dict(earliest)
    closed = {period: closed_on(held, period, conformed, calendar) for period in first}
    over = [period for period, day in closed.items() if day < conformed.as_of]
    if not over:
        return []
    days = ", ".join(f"{literal(period)}: DATE {literal(closed[period])}" for period in over)
    listed = ", ".join(map(literal, over))
    return [
        Late(
            source.name,
            source.table,
            period,
            closed[period],
            count,
            aside,
            cents(Decimal(total)),
            source.promise.counts_money,
            since,
            last,
            first[period] > closed[period],
        )
        for period, count, aside, total, since, last in conformed.engine.rows(
            "SELECT _period, count(*) FILTER (_status = 'accepted'), "
            "count(*) FILTER (_status = 'quarantined'), "
            f"COALESCE(sum({_amount_sql(held)}) FILTER (_status = 'accepted'), 0), "
            f"min(known_on), max(known_on) FROM {rows} AND _period IN ({listed}) "
            f"AND known_on > MAP {{{days}}}[_period] AND _status IN ('accepted', 'quarantined') "
            "GROUP BY 1 ORDER BY 1"
        )
    ]


def closed_on(
    held: LoadedSource, period: str, conformed: Conformed, calendar: FiscalCalendar
) -> dt.date:
    """Return the day a month was closed: its lock, else the cut-off of the source."""
    locked = lock_day(period, conformed.declaration.policies, calendar)
    if locked is not None:
        return locked
    within = held.declared.fresh_within_days
    days = within if within is not None else USUAL["month"]
    return calendar.last_day(period) + dt.timedelta(days=days)


def _amount_sql(held: LoadedSource) -> str:
    column = held.declared.promise.amount
    return quoted(column) if column else "0"


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
    """

    table: str
    period: str
    rows_then: int
    rows: int
    amount_then: Decimal
    amount: Decimal
    money: bool

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
        return {
            "table": self.table,
            "period": self.period,
            "rows_then": self.rows_then,
            "rows": self.rows,
            "amount_then": str(self.amount_then),
            "amount": str(self.amount),
            "difference": str(self.difference),
        }


@dataclass(frozen=True)
class Since:
    """What has changed since a day, and what of that day's own months is no longer as it was.

    Attributes
    ----------
    day : datetime.date
        The day compared with.
    changes : tuple of Change
        What counts otherwise now, because more was learned since.
    rewritten : tuple of Change
        What a kept load counted otherwise than the same day counts now: its file, a map or a rule
        was changed, and nothing says when that was learned.
    reason : str
        Why nothing can be told, where it cannot.
    """

    day: dt.date
    changes: tuple[Change, ...] = ()
    rewritten: tuple[Change, ...] = ()
    reason: str = ""


def changed_since(
    conformed: Conformed, day: dt.date, kept: Mapping[str, Mapping[str, Sums]] | None = None
) -> Since:
    """Return what counts otherwise now than it did on a day, by table and month.

    The same input is settled again as it was known then; nothing is read from a report.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    day : datetime.date
        The day of the last report, or of the last load that was kept.
    kept : mapping of str to mapping, optional
        What that load counted, by table and month.
    """
    try:
        then = table_sums(settled_at(conformed, day))
    except ContractError as error:
        return Since(day, reason=f"as known on {day.isoformat()}, {mask(error.what)}")
    changes = _apart(then, table_sums(conformed), conformed)
    return Since(day, changes, _apart(kept, then, conformed) if kept else ())


def _apart(
    before: Mapping[str, Mapping[str, Sums]],
    after: Mapping[str, Mapping[str, Sums]],
    conformed: Conformed,
) -> tuple[Change, ...]:
    """Return the months in which tables differ; a table only one side has is no difference."""
    contracts = conformed.declaration.contracts
    return tuple(
        Change(table, period, *_pair(before[table], after[table], period), money)
        for table in after
        if table in before
        for money in (contracts.contract(table).counts_money,)
        for period in sorted({*before[table], *after[table]})
        if before[table].get(period, _NOTHING) != after[table].get(period, _NOTHING)
    )


def _pair(
    before: Mapping[str, Sums], after: Mapping[str, Sums], period: str
) -> tuple[int, int, Decimal, Decimal]:
    (old, then), (new, now) = before.get(period, _NOTHING), after.get(period, _NOTHING)
    return old, new, then, now


_NOTHING: Sums = (0, Decimal("0.00"))


def table_sums(conformed: Conformed) -> dict[str, dict[str, Sums]]:
    """Return rows and amount that count, by table and month, of every table a source feeds."""
    contracts = conformed.declaration.contracts
    fed = dict.fromkeys(held.declared.table for held in conformed.sources if held.present)
    schema = quoted(conformed.engine.schema)
    found: dict[str, dict[str, Sums]] = {}
    for table in fed:
        column = contracts.contract(table).amount
        total = f"COALESCE(sum({quoted(column)}), 0)" if column else "0"
        rows = conformed.engine.rows(
            f"SELECT _period, count(*), {total} FROM {schema}.{quoted(f'final_{table}')} "
            "GROUP BY 1 ORDER BY 1"
        )
        found[table] = {period: (count, cents(Decimal(amount))) for period, count, amount in rows}
    return found
