"""Amounts stated for a quarter or a year become months, as a book says and only where it does."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, counted, judged
from pfkit.conform.mapping import amounts
from pfkit.conform.parse import MONEY_TYPE, column_type
from pfkit.conform.repeats import repeats_table
from pfkit.conform.seasons import KEYS, load_profiles
from pfkit.errors import ControlError
from pfkit.money import cents

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.mapping import Setting
    from pfkit.conform.pipeline import LoadedSource

#: How many months an amount of a span covers, ending with its period.
_MONTHS = {"quarter": 3, "year": 12}
_MADE = "month of a "
#: Digits after the point that amounts are held with and divided to; the same of quantities.
_MONEY, _QUANTITY = (6, 2), (8, 6)


def phase_months(source: Source, setting: Setting, actuals: list[Source]) -> None:
    """Divide the rows of ``valued_<source>`` stated by quarter or year over their months.

    The row keeps the last month; a row beside it gets each month before. Amounts are divided to
    the cent, quantities to six digits, and the months are the whole. Amounts to date are left as
    they are.

    Parameters
    ----------
    source : Source
        Divided where it has `phase`.
    setting : Setting
        The engine and the calendar.
    actuals : list of Source
        Where seasons come from; settled.

    Raises
    ------
    BookError
        If `phase` names an account that stands nowhere.
    ControlError
        If the months are not the whole.
    """
    if source.phase is None:
        return
    engine, table = setting.engine, quoted(f"valued_{source.name}")
    split = dict.fromkeys((*amounts(source.promise), "_stated", "_stated_local"), _MONEY)
    if "quantity" in source.promise.names:
        split["quantity"] = _QUANTITY
    before = _sum(engine, table, list(split))
    role = " AND _role IS NULL" if source.hierarchy is not None else ""
    months = "CASE span " + " ".join(f"WHEN '{s}' THEN {n}" for s, n in _MONTHS.items()) + " END"
    again = f"_id NOT IN (SELECT _id FROM {quoted(repeats_table(source))} WHERE before)"
    stated = (
        f"SELECT *, CASE WHEN len(_bad) = 0{role} AND {again} THEN {months} END AS _months "
        f"FROM {table}"
    )
    keys = ", ".join(KEYS)
    needs = engine.rows(
        f"SELECT DISTINCT {keys} FROM ({stated}) WHERE _months IS NOT NULL ORDER BY ALL"
    )
    load_profiles(source, needs, setting, actuals)
    _divide(source, engine, stated, split)
    after = _sum(engine, table, list(split))
    if before != after:
        raise ControlError(
            f"amounts divided over their months add up to {after}, not to {before}",
            where=f"months of {source.name}",
            advice="The load is stopped: no figure of it can be trusted.",
        )


def _divide(source: Source, engine: Engine, stated: str, split: dict[str, tuple[int, int]]) -> None:
    table = quoted(f"valued_{source.name}")
    parts = ", ".join(
        f"{_part_sql(name, digits, source)} AS {quoted(name)}" for name, digits in split.items()
    )
    same = " AND ".join(f"s.{key} IS NOT DISTINCT FROM p.{key}" for key in KEYS)
    label = "printf('%04d-%02d', (_total - _back) // 12, (_total - _back) % 12 + 1)"
    engine.run(
        f"CREATE OR REPLACE TABLE {table} AS WITH stated AS ({stated}), "
        "spread AS (SELECT s.*, p._until, p._how, p._why, unnest(range(s._months)) AS _back, "
        "CAST(s.period[1:4] AS INTEGER) * 12 + CAST(s.period[6:7] AS INTEGER) - 1 AS _total "
        f"FROM stated s JOIN {quoted(f'profiles_{source.name}')} p ON {same} "
        "WHERE s._months IS NOT NULL) "
        "SELECT * EXCLUDE (_months), CAST(NULL AS VARCHAR) AS _how, CAST(NULL AS VARCHAR) AS _why "
        "FROM stated WHERE _months IS NULL UNION ALL BY NAME "
        f"SELECT * EXCLUDE (_months, _back, _total, _until) REPLACE ({parts}, {label} AS period, "
        f"{label} AS _period, 'month' AS span, "
        f"CASE WHEN _back > 0 THEN '{_MADE}' || span || ' ' || _back ELSE _made END AS _made, "
        f"CASE WHEN _back > 0 THEN (SELECT max(_id) FROM {table}) "
        "+ row_number() OVER (ORDER BY _back = 0, _id, _back) ELSE _id END AS _id) FROM spread"
    )


def _part_sql(column: str, digits: tuple[int, int], source: Source) -> str:
    """Return SQL for one month's part: the rounded running total less the one before it.

    Reckoned in whole numbers, half away from zero: parts add up to the whole, and none is more
    than a unit of the last digit from its exact share.
    """
    name = quoted(column)
    held, kept = digits
    step = 10 ** (held - kept)
    exact = f"abs(CAST(CAST({name} AS DECIMAL(38, {held})) * {10**held} AS HUGEINT))"
    whole = "_until[_months + 1]"

    def until(place: str) -> str:
        units = f"({exact} * _until[{place}] * 2 + {whole} * {step}) // ({whole} * {2 * step})"
        rounded = f"CAST(CAST(({units}) AS DECIMAL(38, 0)) * 0.{'0' * (kept - 1)}1 AS {kind})"
        return (
            f"CASE WHEN {place} = _months + 1 THEN {name} "
            f"WHEN {name} < 0 THEN -{rounded} ELSE {rounded} END"
        )

    known = column in source.promise.names
    kind = column_type(source.promise.column(column)) if known else MONEY_TYPE
    return f"CAST({until('_months - _back + 1')} - {until('_months - _back')} AS {kind})"


def _sum(engine: Engine, table: str, columns: list[str]) -> list[Decimal | None]:
    (row,) = engine.rows(f"SELECT {', '.join(f'sum({quoted(c)})' for c in columns)} FROM {table}")
    return list(row)


def phase_controls(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return what was divided over months and how, with rows and amount in the report's months."""
    source = held.declared
    if source.phase is None:
        return []
    amount, table = quoted(source.promise.amount or ""), quoted(held.rows_table)
    groups = evidence.conformed.engine.rows(
        f"SELECT _how, _why, count(DISTINCT _of), COALESCE(sum({amount}), 0) FROM {table} "
        f"WHERE _status = 'accepted' AND _period IN ({evidence.months_sql(source.table)}) "
        "AND _how IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
    )
    if not groups:
        text = "no row is stated by quarter or year"
        return [judged(evidence, "Phased to months", source.name, "green", text)]
    return [
        judged(
            evidence,
            "Phased to months",
            source.name,
            "amber" if why else "green",
            f"{counted(rows)} stated by quarter or year {'counts' if rows == 1 else 'count'} {how}"
            f"{f', because {why}' if why else ''}: {cents(Decimal(total)):,} in the months "
            "looked at",
            advice="Declare `shares` for them, or `even`." if why else "",
            key=f"{how}, {why}".rstrip(", ") if len(groups) > 1 else "",
        )
        for how, why, rows, total in groups
    ]
