"""Decisions about rows held back, applied to a load: a row passes a rule, or gets its values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pfkit.conform.audit import in_force
from pfkit.conform.engine import literal, quoted
from pfkit.conform.long import started
from pfkit.conform.parse import Marks, agreed_sql, column_type, money_type
from pfkit.conform.rowids import rejected_ids, row_ids

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.conform.audit import Decision
    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.mapping import Setting
    from pfkit.conform.pipeline import LoadedSource
    from pfkit.contracts import Column, Contract
    from pfkit.sources import FileFact

#: Reason of a second row with the key of an earlier one, or a value that may occur once.
REPEATED = "repeated key"
_TAKEN = ("unknown product", "unknown cost_center", "value out of range", REPEATED)
_FIX_ONLY = {
    "unreadable value": "there is no value to take",
    "missing value": "there is no value to take",
    "value not allowed": "reports know no other values of the column",
    "unknown account": "without its account the amount would stand on no line",
    "unknown initiative": "without its initiative the cash flow would belong to nothing",
    "kind without a line": "the kind needs a line in [statement]",
}
_NO_ROW = "the line is no row of the file's form"


@dataclass(frozen=True)
class Applied:
    """The decisions a load went by, and those whose row it did not find."""

    decisions: tuple[Decision, ...] = ()
    lost: tuple[Decision, ...] = ()
    file: FileFact | None = None
    written: tuple[Decision, ...] = ()

    def at(self, as_of: dt.date) -> Applied:
        """Return the decisions that were in force on another day."""
        return Applied(in_force(self.written, as_of), written=self.written)

    def of(self, source: str) -> tuple[Decision, ...]:
        """Return the decisions about rows of a source."""
        return tuple(d for d in self.decisions if d.source == source)


def refusal(rule: str, promise: Contract) -> str:
    """Return why a row held back for a rule cannot be accepted as it is; empty where it can.

    Examples
    --------
    >>> from pfkit.contracts import contract
    >>> refusal("unreadable value", contract("invoices"))
    'there is no value to take'
    >>> refusal("repeated key", contract("invoices"))
    ''
    >>> refusal("repeated key", contract("products"))
    'table products has one row per key, and two would count what refers to it twice'
    """
    if any(own.name == rule for own in promise.rules):
        return ""
    if rule not in _TAKEN:
        return _FIX_ONLY.get(rule, _NO_ROW)
    if rule == REPEATED and promise.amount is None and not promise.table.startswith("x_"):
        return (
            f"table {promise.table} has one row per key, and two would count what refers to it "
            "twice"
        )
    if rule == "value out of range" and promise.table == "rates":
        return "amounts cannot be converted at such a rate"
    return ""


def decided_table(source: Source) -> str:
    """Return the engine table of a source's mapped rows after decisions."""
    return f"decided_{source.name}"


def passed(rule: str, column: str) -> str:
    """Return what a row is marked with that passes a rule by decision."""
    return f"{rule}|{column}"


def with_mended(held: LoadedSource, decisions: Iterable[Decision], engine: Engine) -> LoadedSource:
    """Give rows that are none a row in the engine, where a decision says what they say.

    The row is empty until `apply` sets its columns; it is no longer among the rejected.
    """
    ids = rejected_ids(held.declared, held.rejected)
    held = replace(held, rejected_ids=tuple(ids))
    fixed = {d.row for d in decisions if d.action == "fix" and d.source == held.declared.name}
    if held.declared.unpivot is not None or not fixed & set(ids):
        return held
    raw = quoted(f"raw_{held.declared.name}")
    read = int(engine.noted(f"read_{held.declared.name}") or 0)  # of partitions, beside the rest
    ((last,),) = engine.rows(f"SELECT greatest(COALESCE(max(_id), 0), {read}) FROM {raw}")
    mended: dict[int, str] = {}
    left = []
    for row, name in zip(held.rejected, ids, strict=True):
        if name not in fixed:
            left.append(row)
            continue
        mended[last + len(mended) + 1] = name
        engine.run(
            f"INSERT INTO {raw} (_id, _file, _line) VALUES (?, ?, ?)",
            [last + len(mended), row.file, row.line],
        )
    names = tuple(name for name in ids if name not in fixed)
    return replace(held, rejected=tuple(left), rejected_ids=names, mended=mended)


def apply(
    source: Source,
    decisions: Sequence[Decision],
    mended: Mapping[int, str],
    setting: Setting,
) -> list[Decision]:
    """Write ``decided_<source>``: the mapped rows, those decided about marked and mended.

    Returns the decisions without a row. Adds ``_decision`` (ids of the decisions), ``_passed``
    (the rules a row passes), ``_fixed`` (columns that were set), and ``_was_amount, _was_local``:
    what control totals still count.
    """
    engine = setting.engine
    kinds = {"_decision": "VARCHAR", "_passed": "VARCHAR[]", "_fixed": "VARCHAR[]"}
    kinds |= dict.fromkeys(("_was_amount", "_was_local"), money_type(source.promise))
    more = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in kinds.items())
    engine.run(
        f"CREATE OR REPLACE TABLE {quoted(decided_table(source))} AS "
        f"SELECT *, {more} FROM {quoted(f'mapped_{source.name}')}"
    )
    asked = {decision.row for decision in decisions}
    ids = row_ids(source, engine, f"SELECT _id FROM {quoted(started(source))}", among=asked)
    places = {row: place for place, row in (ids | dict(mended)).items()}
    lost = []
    for decision in decisions:
        place = places.get(decision.row)
        if place is None:
            lost.append(decision)
        else:
            _apply_one(source, decision, place, setting)
    if mended:
        engine.run(
            f"DELETE FROM {quoted(f'repeats_{source.name}')} WHERE list_contains(?, _id)",
            [list(mended)],
        )
    return lost


def _apply_one(source: Source, decision: Decision, place: int, setting: Setting) -> None:
    promise, engine = source.promise, setting.engine
    name = quoted(decided_table(source))
    sets = ["_decision = concat_ws(' ', _decision, ?)"]
    values: list[object] = [decision.decision]
    if decision.action == "accept":
        sets.append("_passed = list_append(COALESCE(_passed, []), ?)")
        values.append(passed(decision.rule, decision.column))
    for column, text in decision.after.items() if decision.action == "fix" else ():
        sets.append(f"{quoted(column)} = {value_sql(promise.column(column), text, setting)}")
        for was, stated in (("_was_amount", promise.amount), ("_was_local", promise.local)):
            if column == stated:  # of several fixes, the first knows what the source said
                set_before = f"list_contains(COALESCE(_fixed, []), {literal(column)})"
                sets.append(f"{was} = CASE WHEN {set_before} THEN {was} ELSE {quoted(column)} END")
    if decision.action == "fix":
        sets.append("_fixed = list_concat(COALESCE(_fixed, []), ?)")
        values.append(list(decision.after))
    engine.run(f"UPDATE {name} SET {', '.join(sets)} WHERE _id = ?", [*values, place])
    if decision.action == "fix":
        _clear(source, place, engine)


def _clear(source: Source, place: int, engine: Engine) -> None:
    """Forget what could not be read or mapped and has been set since."""
    name = quoted(decided_table(source))
    ((fixed, bad),) = engine.rows(f"SELECT _fixed, _bad FROM {name} WHERE _id = ?", [place])
    read = [
        entry["col"]
        for entry in bad
        if entry["col"] in fixed
        or (entry["col"] not in source.columns and set(fed_by(source, entry["col"])) <= set(fixed))
    ]
    engine.run(
        f"UPDATE {name} SET _bad = list_filter(_bad, lambda x: NOT list_contains(?, x.col)), "
        "_unmapped = list_filter(_unmapped, lambda x: NOT list_contains(_fixed, x.col)) "
        "WHERE _id = ?",
        [read, place],
    )


def fed_by(source: Source, raw: str) -> tuple[str, ...]:
    """Return the agreed columns that a source column fills, alone or in an expression."""
    return tuple(
        name
        for name, mapping in source.columns.items()
        if mapping.column == raw or (mapping.sql is not None and raw.lower() in mapping.sql.lower())
    )


def value_sql(column: Column, text: str | None, setting: Setting) -> str:
    """Return SQL for a value a person sets, NULL where it is not of the column's kind."""
    kind = column_type(column)
    if not text:
        return f"CAST(NULL AS {kind})"
    value = f"CAST({literal(text)} AS VARCHAR)"
    return f"CAST({agreed_sql(value, 'VARCHAR', column, Marks(), setting.calendar)} AS {kind})"


def decision_sql(source: Source, engine: Engine) -> str:
    """Return the mark of decided rows as a column to select, nothing where no row is decided."""
    decided = "_decision" in engine.types(f"rows_{source.name}")
    return ", _decision" if decided else ""
