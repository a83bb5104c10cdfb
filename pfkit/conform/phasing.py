"""Amounts stated for a quarter or a year become months, evenly and only where a book says so."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, counted, judged
from pfkit.conform.mapping import amounts
from pfkit.conform.parse import MONEY_TYPE
from pfkit.conform.repeats import repeats_table
from pfkit.errors import ControlError
from pfkit.money import cents

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.pipeline import LoadedSource

#: How many months an amount of a span covers, ending with its period.
_MONTHS = {"quarter": 3, "year": 12}
_MADE = "month of a "


def phase_months(source: Source, engine: Engine) -> None:
    """Divide the rows of ``valued_<source>`` stated by quarter or year evenly over their months.

    The row keeps the last month; a row beside it gets each month before. Amounts are divided to
    the cent, and the months are the whole. Amounts to date are left as they are.

    Raises
    ------
    ControlError
        If the months are not the whole.
    """
    if source.phase is None:
        return
    table = quoted(f"valued_{source.name}")
    money = [*amounts(source.promise), "_stated", "_stated_local"]
    before = _sum(engine, table, money)
    role = " AND _role IS NULL" if source.hierarchy is not None else ""
    months = "CASE span " + " ".join(f"WHEN '{s}' THEN {n}" for s, n in _MONTHS.items()) + " END"
    again = f"_id NOT IN (SELECT _id FROM {quoted(repeats_table(source))} WHERE before)"
    stated = (
        f"SELECT *, CASE WHEN len(_bad) = 0{role} AND {again} THEN {months} END AS _months "
        f"FROM {table}"
    )
    parts = ", ".join(f"{_part_sql(column)} AS {quoted(column)}" for column in money)
    label = "printf('%04d-%02d', (_total - _back) // 12, (_total - _back) % 12 + 1)"
    engine.run(
        f"CREATE OR REPLACE TABLE {table} AS WITH stated AS ({stated}), "
        "spread AS (SELECT *, unnest(range(_months)) AS _back, "
        "CAST(period[1:4] AS INTEGER) * 12 + CAST(period[6:7] AS INTEGER) - 1 AS _total "
        "FROM stated WHERE _months IS NOT NULL) "
        "SELECT * EXCLUDE (_months) FROM stated WHERE _months IS NULL UNION ALL BY NAME "
        f"SELECT * EXCLUDE (_months, _back, _total) REPLACE ({parts}, {label} AS period, "
        f"{label} AS _period, 'month' AS span, "
        f"CASE WHEN _back > 0 THEN '{_MADE}' || span || ' ' || _back ELSE _made END AS _made, "
        f"CASE WHEN _back > 0 THEN (SELECT max(_id) FROM {table}) "
        "+ row_number() OVER (ORDER BY _back = 0, _id, _back) ELSE _id END AS _id) FROM spread"
    )
    after = _sum(engine, table, money)
    if before != after:
        raise ControlError(
            f"amounts divided over their months add up to {after}, not to {before}",
            where=f"months of {source.name}",
            advice="The load is stopped: no figure of it can be trusted.",
        )


def _part_sql(column: str) -> str:
    """Return SQL for one month's part: the rounded running total less the one before it.

    Parts add up to the whole, and none is more than a cent from the others.
    """
    name = quoted(column)

    def until(parts: str) -> str:
        running = f"round(CAST({name} AS DOUBLE) * ({parts}) / _months, 2)"
        return f"CASE WHEN ({parts}) = _months THEN {name} ELSE CAST({running} AS {MONEY_TYPE}) END"

    return f"CAST({until('_months - _back')} - {until('_months - _back - 1')} AS {MONEY_TYPE})"


def _sum(engine: Engine, table: str, columns: list[str]) -> list[Decimal | None]:
    (row,) = engine.rows(f"SELECT {', '.join(f'sum({quoted(c)})' for c in columns)} FROM {table}")
    return list(row)


def phase_controls(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return what was divided over months, with its rows and its amount in the report's months."""
    source = held.declared
    if source.phase is None:
        return []
    amount, table = quoted(source.promise.amount or ""), quoted(held.rows_table)
    ((rows, total),) = evidence.conformed.engine.rows(
        f"SELECT count(DISTINCT _of), COALESCE(sum({amount}), 0) FROM {table} "
        f"WHERE _status = 'accepted' AND _period IN ({evidence.months_sql(source.table)}) "
        f"AND _of IN (SELECT _of FROM {table} WHERE starts_with(_made, '{_MADE}'))"
    )
    text = "no row is stated by quarter or year"
    if rows:
        text = (
            f"{counted(rows)} stated by quarter or year count evenly in their months: "
            f"{cents(Decimal(total)):,} in the months looked at"
        )
    return [judged(evidence, "Phased to months", source.name, "green", text)]
