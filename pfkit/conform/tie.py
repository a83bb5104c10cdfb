"""Proof that nothing was lost: the balance of every load, and totals it must tie to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.conform.long import started
from pfkit.conform.partitions.sums import all_known, grouped_sql
from pfkit.conform.partitions.widen import once_each
from pfkit.conform.repeats import repeats_table
from pfkit.conform.values import held_file
from pfkit.errors import BookError, ControlError, near_miss
from pfkit.money import cents
from pfkit.sources import FileFact, read_files

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from pfkit.conform.declaration import Control
    from pfkit.conform.engine import Engine
    from pfkit.conform.pipeline import Conformed, LoadedSource

UNPLACED = "(none)"

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")


@dataclass(frozen=True)
class Balance:
    """Rows and amount of one source in one period: in = accepted + quarantined + excluded."""

    source: str
    table: str
    period: str
    rows_in: int
    rows_accepted: int
    rows_quarantined: int
    rows_excluded: int
    amount_in: Decimal
    amount_accepted: Decimal
    amount_quarantined: Decimal
    amount_excluded: Decimal


@dataclass(frozen=True)
class Tie:
    """One control total against what was read, before anything was set aside.

    ``read`` is False where the control total names a month of which no row was read: its file may
    well stand elsewhere, so only a report that looks at the month minds. ``control``
    is the file and the columns of the control total.
    """

    source: str
    period: str
    what: str
    expected: Decimal
    actual: Decimal
    read: bool = True
    control: str = ""


def balances(conformed: Conformed) -> list[Balance]:
    """Return the balance of every source and period, proven before anything is computed.

    Raises
    ------
    ControlError
        If rows or money went missing, or came twice, on the way from file to table.
    """
    found = []
    for held in conformed.sources:
        if held.present:
            _prove(held, conformed)
            found += _balance(held, conformed)
    return found


def _prove(held: LoadedSource, conformed: Conformed) -> None:
    source = held.declared
    engine = conformed.engine
    read, rows, once = _counted(held, engine)
    stated = sum(fact.rows for fact in held.files) - len(held.rejected)
    known = _known_by(held, conformed)
    ((due,),) = engine.rows(f"SELECT count(*) FROM {quoted(f'valued_{source.name}')} WHERE {known}")
    ((valued,),) = engine.rows(
        f"SELECT count(*) FROM {quoted(f'valued_{source.name}')} WHERE _made IS NULL"
    )
    lost = valued != read or (source.unpivot is None and read != stated)
    if rows != due or once != due or lost:
        raise ControlError(
            f"{stated if source.unpivot is None else read} rows were read, {due} of {valued} "
            f"known by {conformed.as_of.isoformat()}, but {rows} ({once} of them once) have a "
            "status",
            where=f"balance of {source.name}",
            advice="The load is stopped: no figure of it can be trusted. Run `pfkit check`.",
        )
    if _amount(held) == "0":
        return
    before, after = _amounts(held, conformed, known)
    if before != after:
        raise ControlError(
            f"amount in {before} differs from accepted + quarantined + excluded {after}",
            where=f"balance of {source.name}",
            advice="The load is stopped: no figure of it can be trusted. Run `pfkit check`.",
        )


def _counted(held: LoadedSource, engine: Engine) -> tuple[int, int, int]:
    """Return the rows read, the rows with a status, and how many of these are there once."""
    table = quoted(held.rows_table)
    if held.parts is not None:
        ((rows,),) = engine.rows(f"SELECT count(*) FROM {table}")
        return held.parts.read + len(held.mended), rows, rows if once_each(held, engine) else -1
    ((read,),) = engine.rows(f"SELECT count(*) FROM {quoted(started(held.declared))}")
    ((rows, once),) = engine.rows(f"SELECT count(*), count(DISTINCT _id) FROM {table}")
    return read, rows, once


def _amounts(held: LoadedSource, conformed: Conformed, known: str) -> tuple[object, object]:
    """Return the amount before anything was set aside, and what has a status after."""
    engine, amount = conformed.engine, _amount(held)
    valued = f"SELECT sum({amount}) FROM {quoted(f'valued_{held.declared.name}')} WHERE {known}"
    if held.parts is None:
        after = (
            f"SELECT sum({amount}) FROM {quoted(held.rows_table)} "
            "WHERE _status IN ('accepted', 'quarantined', 'excluded')"
        )
    else:
        after = _sums_sql(held, conformed, {}, {"amount": f"sum({amount})"})
    ((found,),) = engine.rows(after)
    decided = conformed.decided.of(held.declared.name)
    if held.parts is not None and all_known(held.parts, conformed.as_of) and not decided:
        # of every batch as it came in, before its rows were told apart
        return held.parts.amount, Decimal(found or 0)
    ((before,),) = engine.rows(valued)
    return before, found


def _sums_sql(
    held: LoadedSource, conformed: Conformed, keys: dict[str, str], sums: dict[str, str]
) -> str:
    rows = quoted(held.rows_table)
    return grouped_sql(held.parts, conformed.engine, rows, keys, sums, as_of=conformed.as_of)


def _known_by(held: LoadedSource, conformed: Conformed) -> str:
    """Return the test that a row was known by the book's knowledge date."""
    if "known_on" not in held.declared.promise.names:
        return "TRUE"
    return f"(known_on IS NULL OR known_on <= DATE {literal(conformed.as_of)})"


def _amount(held: LoadedSource) -> str:
    column = held.declared.promise.amount
    return "0" if column is None else quoted(column)


def _balance(held: LoadedSource, conformed: Conformed) -> list[Balance]:
    name = held.declared.name
    keys = {
        "month": f"CASE WHEN _period = '' THEN '{UNPLACED}' ELSE _period END",
        "status": "_status",
    }
    made = "count(*) FILTER (WHERE _made IS NULL)"
    asked = {"n": made, "amount": f"COALESCE(sum({_amount(held)}), 0)"}
    rows = conformed.engine.rows(_sums_sql(held, conformed, keys, asked))
    sums: dict[str, dict[str, tuple[int, Decimal]]] = {}
    for period, status, count, amount in rows:
        sums.setdefault(period, {})[status] = (count, Decimal(amount))
    if held.rejected:
        rejected = sums.setdefault(UNPLACED, {})
        count, amount = rejected.get("quarantined", (0, Decimal(0)))
        rejected["quarantined"] = (count + len(held.rejected), amount)
    zero = (0, Decimal(0))
    result = []
    for period in sorted(sums):
        parts = {
            status: sums[period].get(status, zero)
            for status in ("accepted", "quarantined", "excluded")
        }
        total = cents(sum((amount for _, amount in parts.values()), Decimal(0)))
        quarantined, excluded = cents(parts["quarantined"][1]), cents(parts["excluded"][1])
        result.append(
            Balance(
                source=name,
                table=held.declared.table,
                period=period,
                rows_in=sum(count for count, _ in parts.values()),
                rows_accepted=parts["accepted"][0],
                rows_quarantined=parts["quarantined"][0],
                rows_excluded=parts["excluded"][0],
                amount_in=total,
                amount_accepted=total - quarantined - excluded,
                amount_quarantined=quarantined,
                amount_excluded=excluded,
            )
        )
    return result


def control_ties(
    conformed: Conformed, *, data: Path
) -> tuple[list[Tie], list[Control], list[FileFact]]:
    """Compare every declared control total with what was read, before any cleaning.

    Returns
    -------
    tuple
        The ties that hold, period by period; the controls whose file is absent; the files read.

    Raises
    ------
    ControlError
        If a total does not tie, naming source, period, both figures and the difference.
    BookError
        If the control's file lacks a declared column or holds no number where one is due.
    """
    ties: list[Tie] = []
    wrong: list[Tie] = []
    absent: list[Control] = []
    files: dict[str, FileFact] = {}
    for control in conformed.declaration.controls:
        held = next((h for h in conformed.sources if h.declared.name == control.source), None)
        if held is None or not held.present:  # None where it could not be loaded
            continue
        file = held_file(data, control.path, where=f"book.toml controls ({control.path})")
        if file is None:
            absent.append(control)
            continue
        raw = read_files([file], root=data)
        files |= {fact.path: fact for fact in raw.files}
        found = _tie(control, held, conformed, raw.table)
        allowed = Decimal(str(control.tolerance))
        wrong += [t for t in found if t.read and abs(t.actual - t.expected) > allowed]
        ties += found
    if wrong:
        tie = wrong[0]
        more = f" ({len(wrong) - 1} more totals do not tie)" if len(wrong) > 1 else ""
        raise ControlError(
            f"{tie.what} read {tie.actual:,} but the control total says {tie.expected:,}, "
            f"{tie.actual - tie.expected:+,} apart{more}",
            where=f"{tie.source} {tie.period}",
            advice="Export the period again, or correct the control total; nothing was written.",
        )
    return ties, absent, list(files.values())


def _tie(control: Control, held: LoadedSource, conformed: Conformed, table: pa.Table) -> list[Tie]:
    stated = _stated_totals(control, held, conformed)
    where = f"book.toml controls ({control.path})"
    names = [name for name in table.column_names if not name.startswith("_")]
    wanted = [control.period, control.rows, control.amount, control.currency]
    for column in wanted:
        if column is not None and column not in names:
            raise BookError(
                f"no column {column!r}", where=where, advice=near_miss(column, names, noun="column")
            )
    name = control_name(control)
    ties = []
    for row in table.to_pylist():
        if row[control.period] is None:
            continue
        period = str(row[control.period])
        currency = str(row[control.currency]) if control.currency else ""
        read = (period, currency) in stated
        rows, amount = stated.get((period, currency), (0, Decimal(0)))
        if not read and None in {row[name] for name in wanted if name is not None}:
            continue  # a month that is prepared in the file, not stated yet
        label = f"{period} {currency}".strip()
        if control.rows is not None:
            expected = _number(row[control.rows], f"{where} {control.rows}")
            ties.append(Tie(held.declared.name, label, "rows", expected, Decimal(rows), read, name))
        if control.amount is not None:
            expected = cents(_number(row[control.amount], f"{where} {control.amount}"))
            actual = cents(amount)
            ties.append(Tie(held.declared.name, label, "amount", expected, actual, read, name))
    return ties


def control_name(control: Control) -> str:
    """Return a control's file and columns, which tell it from another one of its source."""
    columns = [one for one in (control.rows, control.amount, control.currency) if one is not None]
    return f"{control.path}: {', '.join(columns)}"


def _stated_totals(
    control: Control, held: LoadedSource, conformed: Conformed
) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Return rows and amount by month, and by currency where the control names one.

    A total without a currency is in reporting currency. Months of which some rows were learned
    later are left out: today's total says nothing of what was known then.
    """
    currency = "COALESCE(currency, '')" if control.currency else "''"
    stated = "_stated_local" if control.currency else "_stated"
    rows = conformed.engine.rows(
        f"SELECT _period, {currency}, count(*) FILTER (WHERE _made IS NULL), "
        f"COALESCE(sum({stated}), 0) FROM {quoted(f'valued_{held.declared.name}')} "
        f"WHERE _id NOT IN (SELECT _id FROM {quoted(repeats_table(held.declared))} WHERE before) "
        "GROUP BY 1, 2 "
        f"HAVING bool_and({_known_by(held, conformed)})"
    )
    return {(period, money): (count, Decimal(total)) for period, money, count, total in rows}


def _number(value: object, where: str) -> Decimal:
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise BookError(
            f"{value!r} is no number", where=where, advice="Write control totals as 1234.56."
        )
    return Decimal(text)
