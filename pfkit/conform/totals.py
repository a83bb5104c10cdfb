"""Totals that stand among the rows they add up: a source that looks like it is told to declare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, grouped, judged
from pfkit.conform.glance import Glance
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
    among = _among(held, columns, evidence)
    if among is None:
        return []
    found = max(_candidates(columns, among), key=lambda one: one.amount, default=None)
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


@dataclass(frozen=True)
class _Among:
    """The rows that are looked through, as SQL: their slice, their text columns and the rest."""

    engine: Engine
    slices: str
    texts: tuple[str, ...]
    amount: str
    where: str

    def glance(self) -> Glance:
        texts = ", ".join(self.texts)
        return Glance.of(
            self.engine.arrow(
                f"SELECT {self.slices}, {texts}, CAST({self.amount} AS DOUBLE) {self.where}"
            ),
            _SHARE,
        )

    def rows(self, places: Sequence[int], *, apart: bool) -> list[_Row]:
        """Return what some columns say, with its amount: row by row, or added up."""
        cells = f"[{', '.join(self.texts[place] for place in places)}]::VARCHAR[]"
        by = "1, 2, r._id" if apart else "1, 2"
        found = self.engine.rows(
            f"SELECT {self.slices}, {cells}, sum({self.amount}) {self.where} "
            f"GROUP BY {by} ORDER BY min(r._id)"
        )
        return [_Row(place, tuple(cells), Decimal(amount)) for place, cells, amount in found]

    def total(self) -> Decimal:
        """Return the sum of all amounts without their signs."""
        ((total,),) = self.engine.rows(f"SELECT sum(abs({self.amount})) {self.where}")
        return Decimal(total)


def _among(held: LoadedSource, columns: Sequence[str], evidence: Evidence) -> _Among | None:
    source = held.declared
    amount = "r._stated"  # turned by account, one side of a journal equals the sum of the others
    parts = ", ".join(
        f"COALESCE(CAST(r.{part} AS VARCHAR), '')" for part in slice_columns(source.promise.names)
    )
    where = (
        f"FROM {quoted(held.rows_table)} r JOIN {quoted(f'typed_{source.name}')} t USING (_id) "
        f"WHERE r._status = 'accepted' AND r._made IS NULL AND {amount} IS NOT NULL "
        f"AND r._period IN ({evidence.months_sql(source.table)})"
    )
    engine = evidence.conformed.engine
    ((count,),) = engine.rows(f"SELECT count(*) {where}")
    if count > _MOST_ROWS:  # one month is enough to see it
        ((period, count),) = engine.rows(
            f"SELECT r._period, count(*) {where} GROUP BY 1 ORDER BY 1 DESC LIMIT 1"
        )
        where += f" AND r._period = '{period}'"
    if not columns or not _FEW <= count <= _MOST_ROWS:
        return None
    texts = tuple(f"COALESCE(trim(CAST(t.{quoted(c)} AS VARCHAR)), '')" for c in columns)
    return _Among(engine, f"concat_ws(chr(31), {parts})", texts, amount, where)


def _candidates(columns: Sequence[str], among: _Among) -> Iterator[_Found]:
    """Yield what a declaration would leave out, by every reading the amounts may bear."""
    glance = among.glance()
    readings = list(_readings(columns, glance))
    if not readings:
        return
    total = among.total()
    for how, places in readings:
        rows = among.rows(places, apart=how is not None and how.level is not None)
        if how is None:
            yield from _value_total(columns[places[0]], rows)
        else:
            yield from _tried(how, rows, total)


def _readings(
    columns: Sequence[str], glance: Glance
) -> Iterator[tuple[Hierarchy | None, tuple[int, ...]]]:
    """Yield the hierarchies, or None for one value of a column, that are worth exact sums."""
    for place, column in enumerate(columns):
        if len(glance.columns[place].values) < 2:  # noqa: PLR2004 (one value has nothing above it)
            continue
        if glance.numbered(place):
            if glance.levels(place):
                yield Hierarchy(level=column), (place,)
            continue
        if glance.codes(place):
            yield Hierarchy(code=column), (place,)
        if glance.halves(place, _AGREE):
            yield None, (place,)
    for code, parent in permutations(range(len(columns)), 2):
        if glance.parents(code, parent):
            yield Hierarchy(code=columns[code], parent=columns[parent]), (code, parent)
    chain = glance.chain()
    if chain:
        yield Hierarchy(path=tuple(columns[c] for c in chain)), chain


def _tried(how: Hierarchy, rows: Sequence[_Row], total: Decimal) -> Iterator[_Found]:
    """Yield what a declaration would leave out, if it fits the amounts as it must."""
    slices: dict[str, dict[Cells, Decimal]] = {}
    for number, row in enumerate(rows):
        held = slices.setdefault(row.slice, {})
        one = (*row.cells, str(number)) if how.level else row.cells
        held[one] = held.get(one, Decimal(0)) + row.amount
    known = {key[0]: key[1] for held in slices.values() for key in held} if how.parent else {}
    above = equal = 0
    counted = Decimal(0)
    for held in slices.values():
        nodes = list(held)
        try:
            tree = tree_of([key[: len(how.columns)] for key in nodes], how, known)
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


def _value_total(column: str, rows: Sequence[_Row]) -> Iterator[_Found]:
    """Yield a value, such as Total, whose rows equal the sum of all others in every slice."""
    slices: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        held = slices.setdefault(row.slice, {})
        (value,) = row.cells
        held[value] = held.get(value, Decimal(0)) + row.amount
    told = [held for held in slices.values() if sum(map(bool, held.values())) >= _FEW]
    met_by: dict[str, list[dict[str, Decimal]]] = {}
    for held in told:
        whole = sum(held.values(), Decimal(0))
        for value, amount in held.items():
            if amount and _equal(2 * amount, whole):
                met_by.setdefault(value, []).append(held)
    for value, met in sorted(met_by.items()):
        sums = {held[value] for held in met}
        others = min((len(held) - 1 for held in met), default=0)
        named = _TOTAL_WORD.search(value) is not None
        sure = named or others >= _MANY or (others >= _FEW and len(sums) >= _FEW)
        if sure and len(met) >= _AGREE * len(told):
            yield _Found(
                f"{value!r} in {column} equals the sum of all other values",
                f'hierarchy = {{ code = "{column}", totals = ["{value}"] }}',
                sum((abs(held[value]) for held in met), Decimal(0)),
            )
