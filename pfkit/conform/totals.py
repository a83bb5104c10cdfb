"""Totals that stand among the rows they add up: a source that looks like it is told to declare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations, takewhile
from typing import TYPE_CHECKING

from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, grouped, judged
from pfkit.conform.levels import slice_columns
from pfkit.conform.mapping import amounts
from pfkit.conform.shape import Hierarchy
from pfkit.conform.tree import Cells, tree_of
from pfkit.errors import BookError
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.pipeline import LoadedSource

_TABLES = ("budget", "actuals", "usage", "invoices")
_MOST_ROWS = 60_000
_MOST_COLUMNS = 14
#: How much of what stands above others must equal its parts, and of all money, to be remarked on.
_AGREE, _SHARE = 0.8, 0.25
_FEW, _MANY = 3, 5
_TOTAL_WORD = re.compile(
    r"(?i)\b(sub-?\s?|grand\s)?(total|totals|totale?|totaux|sum|summe|gesamt|suma|итого|всего)\b"
    r"|σ[υύ]νολ|סה.?כ|סך ה?כל|合計|合计|总计"
)


@dataclass(frozen=True)
class _Row:
    """What stands in one row's text columns, and its amount."""

    slice: str
    cells: Cells
    amount: Decimal


@dataclass(frozen=True)
class _Found:
    """Rows that equal the sum of others, and the setting that leaves them out."""

    what: str
    setting: str
    amount: Decimal


def totals_among(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Remark on accepted rows that equal the sum of other rows: a plain sum counts them twice."""
    source = held.declared
    proven = source.hierarchy is not None or source.layout is not None
    if proven or source.table not in _TABLES:
        return []
    engine = evidence.conformed.engine
    columns = _text_columns(source, engine)
    rows = _rows(held, columns, evidence)
    if not columns or len(rows) < _FEW:
        return []
    found = max(_candidates(columns, rows), key=lambda one: one.amount, default=None)
    if found is None:
        return []
    return [
        judged(
            evidence,
            "Totals among the rows",
            source.name,
            "amber",
            f"{found.what}: {cents(found.amount):,} counts more than once",
            actual=cents(found.amount),
            expected=Decimal("0.00"),
            advice=f"Declare `{found.setting}` for the source, or exclude these rows by a rule.",
        )
    ]


def _text_columns(source: Source, engine: Engine) -> list[str]:
    money = {source.columns[c].column for c in amounts(source.promise) if c in source.columns}
    money.add(source.unpivot.value if source.unpivot else None)
    return [
        column
        for column, kind in engine.types(f"typed_{source.name}").items()
        if not column.startswith("_")
        and column not in money
        and (kind == "VARCHAR" or "INT" in kind)
    ][:_MOST_COLUMNS]


def _rows(held: LoadedSource, columns: Sequence[str], evidence: Evidence) -> list[_Row]:
    source = held.declared
    amount = quoted(source.promise.amount or "")
    parts = ", ".join(
        f"COALESCE(CAST(r.{part} AS VARCHAR), '')" for part in slice_columns(source.promise.names)
    )
    texts = ", ".join(f"COALESCE(trim(CAST(t.{quoted(c)} AS VARCHAR)), '')" for c in columns)
    where = (
        f"FROM {quoted(held.rows_table)} r JOIN {quoted(f'typed_{source.name}')} t USING (_id) "
        f"WHERE r._status = 'accepted' AND r._made IS NULL AND r.{amount} IS NOT NULL "
        f"AND r._period IN ({evidence.months_sql(source.table)})"
    )
    engine = evidence.conformed.engine
    ((count,),) = engine.rows(f"SELECT count(*) {where}")
    if not columns or not count:
        return []
    if count > _MOST_ROWS:  # one month is enough to see it
        ((period, count),) = engine.rows(
            f"SELECT r._period, count(*) {where} GROUP BY 1 ORDER BY 1 DESC LIMIT 1"
        )
        where += f" AND r._period = '{period}'"
    if count > _MOST_ROWS:
        return []
    rows = engine.rows(
        f"SELECT concat_ws(chr(31), {parts}), [{texts}]::VARCHAR[], r.{amount} {where} "
        "ORDER BY r._id"
    )
    return [_Row(place, tuple(cells), Decimal(amount)) for place, cells, amount in rows]


def _candidates(columns: Sequence[str], rows: Sequence[_Row]) -> Iterator[_Found]:
    for place, column in enumerate(columns):
        values = {row.cells[place] for row in rows}
        if len(values) < 2:  # noqa: PLR2004 (one value has nothing above it)
            continue
        if all(re.fullmatch(r"[1-9]", value) for value in values):
            yield from _tried(Hierarchy(level=column), (place,), rows, by_row=True)
            continue
        yield from _tried(Hierarchy(code=column), (place,), rows)
        yield from _value_total(column, place, rows)
    for code, parent in permutations(range(len(columns)), 2):
        if _is_parent(code, parent, rows):
            how = Hierarchy(code=columns[code], parent=columns[parent])
            yield from _tried(how, (code, parent), rows)
    chain = _chain(rows, len(columns))
    if chain:
        yield from _tried(Hierarchy(path=tuple(columns[c] for c in chain)), chain, rows)


def _is_parent(code: int, parent: int, rows: Sequence[_Row]) -> bool:
    """Return whether one column names rows of the other: all its values, and not its own row."""
    codes = {row.cells[code] for row in rows}
    named = {row.cells[parent] for row in rows} - {""}
    others = sum(row.cells[code] != row.cells[parent] for row in rows)
    return bool(named) and named <= codes and len(named) < len(codes) and others * 2 > len(rows)


def _chain(rows: Sequence[_Row], width: int) -> tuple[int, ...]:
    """Return neighboring columns of which each is blank wherever the one before it is."""
    best: tuple[int, ...] = ()
    for start in range(width - 1):
        run = [start]
        run += takewhile(
            lambda c: all(row.cells[c] == "" for row in rows if row.cells[c - 1] == ""),
            range(start + 1, width),
        )
        blank = any(row.cells[run[-1]] == "" for row in rows)
        if len(run) > max(1, len(best)) and blank:
            best = tuple(run)
    return best


def _tried(
    how: Hierarchy, places: Sequence[int], rows: Sequence[_Row], *, by_row: bool = False
) -> Iterator[_Found]:
    """Yield what a declaration would leave out, if it fits the amounts as it must."""
    slices: dict[str, dict[Cells, Decimal]] = {}
    for number, row in enumerate(rows):
        key = tuple(row.cells[place] for place in places)
        held = slices.setdefault(row.slice, {})
        one = (*key, str(number)) if by_row else key
        held[one] = held.get(one, Decimal(0)) + row.amount
    known = {key[0]: key[1] for held in slices.values() for key in held} if how.parent else {}
    above = equal = 0
    total = sum((abs(row.amount) for row in rows), Decimal(0))
    counted = Decimal(0)
    for held in slices.values():
        nodes = list(held)
        try:
            tree = tree_of([key[: len(places)] for key in nodes], how, known)
        except BookError:
            return
        for node, children in tree.children.items():
            amount = held[nodes[node]]
            if len(children) < 2 or not amount:  # noqa: PLR2004 (one part shows nothing)
                continue
            above += 1
            if _equal(amount, sum((held[nodes[c]] for c in children), Decimal(0))):
                equal += 1
                counted += abs(amount)
    if not equal or equal < above * _AGREE or counted < total * Decimal(str(_SHARE)):
        return
    said = ", ".join(how.columns)
    yield _Found(
        f"{grouped(equal)} of {grouped(above)} rows that stand above others by {said} equal "
        "their sum",
        f"hierarchy = {{ {_settings(how)} }}",
        counted,
    )


def _settings(how: Hierarchy) -> str:
    if how.path:
        return "path = [" + ", ".join(f'"{column}"' for column in how.path) + "]"
    pairs = (("code", how.code), ("parent", how.parent), ("level", how.level))
    return ", ".join(f'{key} = "{value}"' for key, value in pairs if value)


def _equal(amount: Decimal, parts: Decimal) -> bool:
    """Return whether a sum is met, to the cent or to what rounded figures may differ by."""
    return abs(amount - parts) <= max(Decimal("0.01"), abs(amount) / 1000)


def _value_total(column: str, place: int, rows: Sequence[_Row]) -> Iterator[_Found]:
    """Yield a value, such as Total, whose rows equal the sum of all others in every slice."""
    slices: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        held = slices.setdefault(row.slice, {})
        held[row.cells[place]] = held.get(row.cells[place], Decimal(0)) + row.amount
    told = [held for held in slices.values() if sum(map(bool, held.values())) >= _FEW]
    for value in sorted({value for held in told for value in held}):
        mine = [held for held in told if held.get(value)]
        met = [held for held in mine if _equal(2 * held[value], sum(held.values(), Decimal(0)))]
        sums = {held[value] for held in met}
        others = min((len(held) - 1 for held in met), default=0)
        named = _TOTAL_WORD.search(value) is not None
        sure = named or others >= _MANY or (others >= _FEW and len(sums) >= _FEW)
        if met and sure and len(met) >= _AGREE * len(told):
            yield _Found(
                f"{value!r} in {column} equals the sum of all other values",
                f'hierarchy = {{ code = "{column}", totals = ["{value}"] }}',
                sum((abs(held[value]) for held in met), Decimal(0)),
            )
