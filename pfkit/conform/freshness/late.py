"""Rows that came after their month was closed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pfkit.conform.cadence import USUAL
from pfkit.conform.engine import literal, quoted
from pfkit.conform.freshness.cells import STATEMENT, cell_sql, profit_sql
from pfkit.conform.freshness.watermarks import EVENTS, told_sql
from pfkit.conform.locks import lock_day
from pfkit.money import cents

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed, LoadedSource
    from pfkit.period import FiscalCalendar


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
    moved : decimal.Decimal
        Their amounts added up account by account and product by product (cell by cell), signs
        aside: what debit and credit move, though they add up to nothing.
    profit : decimal.Decimal, optional
        What they add to profit; None where no account says which way they count.
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
    moved: Decimal = Decimal("0.00")
    profit: Decimal | None = None

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, amounts as decimal text."""
        days = ("closed_on", "first_known", "last_known")
        found: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("source", "table", "period", "rows", "held_back", "whole")
        }
        profit = None if self.profit is None else str(self.profit)
        found |= {"amount": str(self.amount), "moved": str(self.moved), "profit": profit}
        return found | {n: getattr(self, n).isoformat() for n in days}


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
            cents(Decimal(moved)),
            None if profit is None else cents(Decimal(profit)),
        )
        for period, count, aside, total, since, last, moved, profit in conformed.engine.rows(
            "SELECT _period, sum(counted), sum(aside), sum(amount), min(since), max(latest), "
            f"sum(abs(amount)), sum(profit) FROM ({_cells_sql(held, conformed, rows)} "
            f"AND _period IN ({listed}) AND known_on > MAP {{{days}}}[_period] "
            "AND _status IN ('accepted', 'quarantined') GROUP BY ALL) GROUP BY 1 ORDER BY 1"
        )
    ]


def _cells_sql(held: LoadedSource, conformed: Conformed, rows: str) -> str:
    """Return a query for rows and amounts by month and cell, to be told which rows count."""
    column, have = held.declared.promise.amount, conformed.engine.types(held.rows_table)
    amount = quoted(column) if column else "0"
    total = f"COALESCE(sum({amount}) FILTER (_status = 'accepted'), 0)"
    profit = "NULL"
    if held.declared.table in STATEMENT:
        each = profit_sql(conformed, f"{quoted(held.rows_table)}.account", amount)
        profit = f"COALESCE(sum({each}) FILTER (_status = 'accepted'), 0)"
    return (
        f"SELECT _period, {cell_sql([*have])} AS cell, "
        "count(*) FILTER (_status = 'accepted') AS counted, "
        f"count(*) FILTER (_status = 'quarantined') AS aside, {total} AS amount, "
        f"{profit} AS profit, min(known_on) AS since, max(known_on) AS latest FROM {rows}"
    )


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
