"""Sources in which every level is present: one level counts, and each sum above is checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import ControlResult, Evidence, State, counted, judged
from pfkit.conform.mapping import amounts, refuse_unmapped
from pfkit.conform.parse import MONEY_TYPE
from pfkit.conform.repeats import repeats_table
from pfkit.conform.tree import Cells, Tree, tree_of
from pfkit.errors import BookError
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.mapping import Setting
    from pfkit.conform.pipeline import LoadedSource
    from pfkit.conform.shape import Hierarchy

#: What becomes of rows that do not count: the exclusion's name, and why.
OUTSIDE_LEVELS = {
    "above": ("level above", "the rows below it, which it adds up, are in the input"),
    "below": ("level below", "the level above it is the one that counts"),
}

_MARK = "chr(31)"
_TOLD = 10


@dataclass(frozen=True)
class _Node:
    """The rows of one code in one slice, added up."""

    slice: str
    node: str
    period: str
    version: str
    now: bool
    cells: Cells
    amount: Decimal | None
    largest: int


def slice_columns(names: Sequence[str]) -> list[str]:
    """Return the columns of a table within which its rows add up to one figure."""
    told = ("version", "span", "kind", "metric", "initiative")
    return [quoted(column) for column in told if column in names] + ["_period"]


def place_levels(source: Source, setting: Setting, as_of: date) -> None:
    """Mark in ``valued_<source>`` which rows stand above or below the level that counts.

    Adds ``_role`` (``above``, ``below``, NULL for rows that count) and table ``levels_<source>``
    with the amount of every code and the sum of what stands directly below it. Where `remainder`
    is declared, what a row above holds beyond its parts becomes a row of its own.

    Raises
    ------
    BookError
        If a code stands above itself, or there is no table to take parents from.
    ContractError
        If a row that counts has a value its closed map does not know.
    """
    how = source.hierarchy
    if how is None:
        return
    engine = setting.engine
    _place_rows(source, how, engine, as_of)
    nodes = _nodes(source, engine)
    if how.tree or how.parents:
        above = _dimension(source, how.tree, engine) if how.tree else how.parents
        nodes = [replace(n, cells=(n.cells[0], above.get(n.cells[0].strip(), ""))) for n in nodes]
    else:
        above = {n.cells[0]: n.cells[1] for n in nodes} if how.parent else {}
    rows = _placed(nodes, how, source.name, above)
    engine.load(f"levels_{source.name}", rows)
    _write(source, how, engine)
    refuse_unmapped(source, f"valued_{source.name}", setting, among="_role IS NULL")


def _place_rows(source: Source, how: Hierarchy, engine: Engine, as_of: date) -> None:
    """Fill ``places_<source>``: the slice and the node of every row that has a say in the tree."""
    names = source.promise.names
    left_out = [str(n) for n, rule in enumerate(source.rules) if rule.exclude]
    seen = [f"COALESCE(_rule, -1) NOT IN ({', '.join(left_out)})"] if left_out else []
    again = quoted(repeats_table(source))
    seen.append(f"_id NOT IN (SELECT _id FROM {again} WHERE before)")
    now = "TRUE"
    if "known_on" in names:
        seen.append(f"(known_on IS NULL OR known_on <= DATE {literal(as_of)})")
        if source.replaces:
            keys = ", ".join(quoted(column) for column in source.replaces)
            now = f"COALESCE(known_on = max(known_on) OVER (PARTITION BY {keys}), TRUE)"
    if source.blank == "skip":
        seen.append("_stated_local IS NOT NULL")
    outline = how.level is not None and how.code is None
    node = "CAST(_row AS VARCHAR)" if outline else f"array_to_string(_cells, {_MARK})"
    parts = [*slice_columns(names), f"array_to_string(_within, {_MARK})"]
    parts += ["_file"] if outline else []
    parts.append(
        "CASE WHEN _now THEN '' ELSE CAST(known_on AS VARCHAR) END" if now != "TRUE" else "''"
    )
    texts = ", ".join(f"COALESCE(CAST({part} AS VARCHAR), '')" for part in parts)
    engine.run(
        f"CREATE OR REPLACE TABLE {quoted(f'places_{source.name}')} AS SELECT _id, "
        f"concat_ws({_MARK}, {texts}) AS _slice, {node} AS _node, _now FROM "
        f"(SELECT *, {now} AS _now FROM {quoted(f'valued_{source.name}')} "
        f"WHERE {' AND '.join(seen)})"
    )


def _nodes(source: Source, engine: Engine) -> list[_Node]:
    version = "any_value(version)" if "version" in source.promise.names else "''"
    rows = engine.rows(
        f"SELECT p._slice, p._node, any_value(v._period), {version}, any_value(p._now), "
        "any_value(v._cells), sum(v._stated_local), arg_max(v._id, abs(v._stated_local)) "
        f"FROM {quoted(f'places_{source.name}')} p "
        f"JOIN {quoted(f'valued_{source.name}')} v USING (_id) "
        "GROUP BY p._slice, p._node ORDER BY p._slice, min(v._id)"
    )
    return [
        _Node(place, node, period, version or "", now, tuple(cells), amount, largest or 0)
        for place, node, period, version, now, cells, amount, largest in rows
    ]


def _dimension(source: Source, table: str, engine: Engine) -> dict[str, str]:
    """Return the parent of every code that a dimension gives one."""
    final, code = f"final_{table}", table.removesuffix("s")
    if not engine.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [final]):
        raise BookError(
            f"there is no table {table} to take parents from",
            where=f"book.toml sources.{source.name}.hierarchy.tree",
            advice=f'Add a source with table = "{table}" and its column parent.',
        )
    rows = engine.rows(
        f"SELECT {quoted(code)}, parent FROM {quoted(final)} WHERE parent IS NOT NULL"
    )
    return dict(rows)


def _placed(nodes: list[_Node], how: Hierarchy, name: str, known: Mapping[str, str]) -> pa.Table:
    slices: dict[str, list[_Node]] = {}
    for node in nodes:
        slices.setdefault(node.slice, []).append(node)
    found: list[dict[str, object]] = []
    for held in slices.values():
        try:
            tree = tree_of([node.cells for node in held], how, known)
        except BookError as error:
            raise BookError(
                error.what, where=f"book.toml sources.{name}.hierarchy", advice=error.advice
            ) from error
        found += [_level(held, place, tree, how) for place in range(len(held))]
    return pa.Table.from_pylist(found, schema=_SCHEMA)


_SCHEMA = pa.schema(
    [
        ("_slice", pa.string()),
        ("_node", pa.string()),
        ("period", pa.string()),
        ("version", pa.string()),
        ("now", pa.bool_()),
        ("label", pa.string()),
        ("depth", pa.int64()),
        ("role", pa.string()),
        ("amount", pa.decimal128(28, 6)),
        ("parts", pa.decimal128(28, 6)),
        ("children", pa.int64()),
        ("largest", pa.int64()),
    ]
)


def _level(held: list[_Node], place: int, tree: Tree, how: Hierarchy) -> dict[str, object]:
    node = held[place]
    below = tree.children.get(place, [])
    parts = sum((held[child].amount or Decimal(0) for child in below), Decimal(0))
    role = tree.role(place, how.keep)
    said = [cell for cell in node.cells if cell]
    return {
        "_slice": node.slice,
        "_node": node.node,
        "period": node.period,
        "version": node.version,
        "now": node.now,
        "label": " · ".join(said[:1] if how.parent or how.code else said) or "(blank)",
        "depth": tree.depths[place],
        "role": None if role == "kept" else role,
        "amount": node.amount,
        "parts": parts if below else None,
        "children": len(below),
        "largest": node.largest,
    }


def _write(source: Source, how: Hierarchy, engine: Engine) -> None:
    valued, rows = quoted(f"valued_{source.name}"), f"levels_{source.name}"
    placed = (
        f"SELECT v.*, l.role AS _role FROM {valued} v "
        f"LEFT JOIN {quoted(f'places_{source.name}')} p USING (_id) "
        f"LEFT JOIN {quoted(rows)} l ON l._slice = p._slice AND l._node = p._node"
    )
    if how.remainder is None:
        engine.run(f"CREATE OR REPLACE TABLE {valued} AS {placed}")
        return
    rest = (
        f"SELECT largest, amount - parts AS rest FROM {quoted(rows)} "
        f"WHERE now AND role = 'above' AND amount - parts > {how.tolerance}"
    )
    split = (*amounts(source.promise), "_stated", "_stated_local")
    less = [f"COALESCE({c} - {_share_sql(c)}, {c}) AS {c}" for c in map(quoted, split)]
    only = [f"{_share_sql(c)} AS {c}" for c in map(quoted, split)]
    only += [
        f"{_named_sql(column, text)} AS {quoted(column)}" for column, text in how.remainder.items()
    ]
    only += ["'not broken down' AS _made", "NULL AS _role"]
    only.append(f"(SELECT max(_id) FROM {valued}) + row_number() OVER (ORDER BY _id) AS _id")
    engine.run(
        f"CREATE OR REPLACE TABLE {valued} AS WITH shared AS (SELECT r.*, rest FROM ({placed}) r "
        f"LEFT JOIN ({rest}) s ON s.largest = r._id) "
        f"SELECT * EXCLUDE (rest) REPLACE ({', '.join(less)}) FROM shared UNION ALL BY NAME "
        f"SELECT * EXCLUDE (rest) REPLACE ({', '.join(only)}) FROM shared WHERE rest IS NOT NULL"
    )


def _share_sql(column: str) -> str:
    """Return SQL for the part of an amount that is not broken down."""
    return (
        f"CAST(CASE WHEN {column} = _stated_local THEN rest WHEN {column} = -_stated_local "
        f"THEN -rest ELSE {column} * rest / _stated_local END AS {MONEY_TYPE})"
    )


def _named_sql(column: str, text: str) -> str:
    return f"replace({literal(text)}, '{{}}', COALESCE({quoted(column)}, ''))"


@dataclass(frozen=True)
class _Compared:
    """One row above others: what it states and what stands directly below it."""

    period: str
    version: str
    label: str
    amount: Decimal
    parts: Decimal
    children: int

    @property
    def apart(self) -> Decimal:
        """What it holds beyond its parts."""
        return self.amount - self.parts


def levels(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return the controls of a hierarchy: whether each row above equals the sum of its parts."""
    source = held.declared
    how = source.hierarchy
    if how is None:
        return []
    rows = evidence.conformed.engine.rows(
        "SELECT period, version, label, amount, parts, children FROM "
        f"{quoted(f'levels_{source.name}')} WHERE now AND children > 0 "
        f"AND period IN ({evidence.months_sql(source.table)}) ORDER BY period, version, _id"
    )
    if not rows:
        return [_flat(source, how, evidence)]
    compared = [_Compared(*row) for row in rows if row[3] is not None]
    far = [row for row in compared if abs(row.apart) > Decimal(str(how.tolerance))]
    kept = [row for row in far if how.remainder is not None and row.apart > 0]
    wrong = sorted((row for row in far if row not in kept), key=lambda row: -abs(row.apart))
    equal = [row for row in compared if row not in far]
    text = f"{counted(len(rows))} above others; {len(equal)} of {len(compared)} equal what stands "
    text += "below, to the tolerance" if how.tolerance else "below"
    if kept:
        rest = cents(sum((row.apart for row in kept), Decimal(0)))
        text += f"; {len(kept)} hold more, {rest:,} kept as not broken down"
    state: State = "amber" if wrong else "green"
    told = [_apart(row, source, evidence) for row in wrong[:_TOLD]]
    if len(wrong) > _TOLD:
        told.append(_others(wrong[_TOLD:], source, evidence))
    stated, summed = _totals(equal)
    first = judged(evidence, "Hierarchy", source.name, state, text, expected=stated, actual=summed)
    return [first, *told]


def _flat(source: Source, how: Hierarchy, evidence: Evidence) -> ControlResult:
    return judged(
        evidence,
        "Hierarchy",
        source.name,
        "amber",
        f"no row of the report's months stands above another by {', '.join(how.columns)}: "
        "every row counts",
        advice="Check the columns that `hierarchy` names, or leave the setting out.",
    )


def _totals(rows: Sequence[_Compared]) -> tuple[Decimal, Decimal]:
    stated = sum((row.amount for row in rows), Decimal(0))
    return cents(stated), cents(sum((row.parts for row in rows), Decimal(0)))


def _apart(row: _Compared, source: Source, evidence: Evidence) -> ControlResult:
    said = [part for part in (row.label, row.version, row.period) if part]
    number = "1 row" if row.children == 1 else f"{row.children} rows"
    more = row.apart > 0
    advice = "`remainder` keeps what is not broken down" if more else "the rows below count"
    return judged(
        evidence,
        "Hierarchy",
        source.name,
        "red" if abs(row.apart) > evidence.materiality else "amber",
        f"{' '.join(said)}: {'more' if more else 'less'} than the {number} directly below it "
        "add up to",
        expected=cents(row.amount),
        actual=cents(row.parts),
        advice=f"Ask the source which is right; {advice}.",
        key="|".join(said),
    )


def _others(rows: Sequence[_Compared], source: Source, evidence: Evidence) -> ControlResult:
    apart = sum((abs(row.apart) for row in rows), Decimal(0))
    stated, summed = _totals(rows)
    return judged(
        evidence,
        "Hierarchy",
        source.name,
        "red" if apart > evidence.materiality else "amber",
        f"{len(rows)} more codes differ from what stands below them, by {cents(apart):,} together",
        expected=stated,
        actual=summed,
        key="more",
    )
