"""Prove that a total is the sum it claims to be: by its formula, else by arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from openpyxl.utils.cell import column_index_from_string

from pfkit.sources.budget import words
from pfkit.sources.budget.months import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pfkit.sources.budget.body import Row

Parts = tuple[tuple[int, int], ...]  # (sign, row number)

_REFERENCE: Final = r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?"
_TERM: Final = re.compile(
    rf"\s*([+-]?)\s*(?:(?:SUM|SUBTOTAL)\(\s*(?:10?9\s*[,;]\s*)?"
    rf"((?:{_REFERENCE}\s*[,;]?\s*)+)\)|({_REFERENCE}))",
    re.IGNORECASE,
)
_PAIRS: Final = 40


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a total was compared with.

    Parameters
    ----------
    parts : tuple of (sign, row)
        What it is the sum of.
    wrong : tuple of (column, stated, computed)
        Where the two differ.
    twice : bool
        Whether its formula counts rows twice: lines, and the subtotal above them.
    """

    parts: Parts
    wrong: tuple[tuple[int, Decimal, Decimal], ...] = ()
    twice: bool = False

    @property
    def holds(self) -> bool:
        """Whether the total is that sum in every column."""
        return not self.wrong


def prove(
    row: Row, rows: Sequence[Row], columns: Sequence[int], tolerance: Decimal
) -> Proof | None:
    """Compare a total row with the rows it may cover.

    Parameters
    ----------
    row : Row
        The total.
    rows : sequence of Row
        All rows of its block; totals above it have been compared before.
    columns : sequence of int
        The value columns.
    tolerance : Decimal
        The difference that rounding leaves.

    Returns
    -------
    Proof or None
        The first sum that fits in every column, else the one that fits best; None where there is
        nothing to add up.
    """
    kept = [r for r in rows if r.kind in {"line", "total"} and r.at != row.at]
    above = [r for r in kept if r.at < row.at]
    best: Proof | None = None
    for parts in _likely(row, kept, columns):
        proof = _compare(row, parts, kept, columns, tolerance)
        if proof.holds:
            return proof
        if best is None or len(proof.wrong) < len(best.wrong):
            best = proof
    lines = [r for r in above if r.kind == "line"]
    below = [r for r in kept if r.at > row.at and r.kind == "line"]
    run = _run(row, lines[::-1], columns, tolerance) or _run(row, below, columns, tolerance)
    if run:
        return _compare(row, run, kept, columns, tolerance)
    for parts in _signed(above, _group(above)):
        proof = _compare(row, parts, kept, columns, tolerance)
        if proof.holds:
            return proof
    return best


def _run(
    row: Row, lines: Sequence[Row], columns: Sequence[int], tolerance: Decimal
) -> Parts | None:
    """Return the shortest run of lines, nearest first, whose sum a row states."""
    stated = {c: row.value(c) or Decimal(0) for c in columns if not row.amounts[c].rule}
    sums = dict.fromkeys(stated, Decimal(0))
    dead: set[int] = set()
    for count, line in enumerate(lines, start=1):
        for c in sums:
            sums[c] += line.value(c) or Decimal(0)
        dead |= {c for c in sums if line.amounts[c].rule}
        if all(c in dead or _near(stated[c], sums[c], tolerance) for c in sums):
            return _plus(sorted(lines[:count], key=lambda r: r.at))
    return None


def _near(stated: Decimal, computed: Decimal, tolerance: Decimal) -> bool:
    return abs(stated - computed) <= tolerance + abs(stated) * Decimal("1e-9")


def covered(row: Row, parts: Parts, rows: Mapping[int, Row]) -> tuple[int, ...]:
    """Return the lines behind a total, subtotals resolved."""
    found: list[int] = []
    for _, at in parts:
        inner = rows[at]
        found += inner.covers if inner.kind == "total" and inner.covers else [at]
    return tuple(dict.fromkeys(at for at in found if at != row.at))


def sum_above(
    row: Row, rows: Sequence[Row], columns: Sequence[int], tolerance: Decimal
) -> Parts | None:
    """Return the two or more lines directly above whose sum an unlabelled row repeats."""
    lines: list[Row] = []
    for other in reversed([r for r in rows if r.at < row.at]):
        if other.kind != "line":
            break
        if other.path != row.path and lines:
            break
        lines.append(other)
    filled = [c for c in columns if row.value(c)]
    if len(filled) < 2 or row.kind != "line":  # noqa: PLR2004 (one figure may be chance)
        return None
    known = {r.at: r for r in lines}
    probe, reached, used = filled[0], Decimal(0), 0
    stated = row.value(probe) or Decimal(0)
    for height, line in enumerate(lines, start=1):
        reached += line.value(probe) or Decimal(0)
        used += used < 2 and any(line.value(c) for c in columns)  # noqa: PLR2004
        if used > 1 and _near(stated, reached, tolerance):  # one month decides most sums
            parts = _plus(lines[:height][::-1])
            if not _wrong(row, parts, known, columns, tolerance):
                return parts
    return None


def formula_rows(row: Row, columns: Sequence[int]) -> Parts | None:
    """Return the rows a row's formulas add up, where all are sums down their own column."""
    found: Parts | None = None
    held = [c for c in columns if row.cells[c].formula]
    if len(held) < len([c for c in columns if row.value(c) is not None]) or not held:
        return None
    for column in held:
        parts = _parsed(row.cells[column].formula, column)
        if parts is None or (found is not None and parts != found):
            return None
        found = parts
    return found


def _parsed(formula: str, column: int) -> Parts | None:
    body = formula.removeprefix("=").strip()
    parts: list[tuple[int, int]] = []
    at = 0
    while at < len(body):
        term = _TERM.match(body, at)
        if term is None or (parts and not term[1]):
            return None
        sign = -1 if term[1] == "-" else 1
        for first, top, last, bottom in re.findall(_REFERENCE, term[2] or term[7], re.IGNORECASE):
            letters = {column_index_from_string(x.upper()) for x in (first, last) if x}
            rows = range(int(top), int(bottom or top) + 1)
            if letters != {column} or len(rows) > 5000:  # noqa: PLR2004 (no sheet people keep)
                return None
            parts += [(sign, number) for number in rows]
        at = term.end()
    return tuple(parts) or None


def _likely(row: Row, rows: Sequence[Row], columns: Sequence[int]) -> Iterator[Parts]:
    """Yield the sums a total is most likely meant to be; a difference is told against these."""
    by_number = {r.at: r for r in rows}
    stated = formula_rows(row, columns)
    if stated:
        inside = tuple((sign, at) for sign, at in stated if at in by_number and at != row.at)
        if inside:
            yield inside
    above = [r for r in rows if r.at < row.at]
    group = _group(above)
    if group:
        yield _plus(group)
    for chosen in _named(row, rows):
        if chosen:
            yield _plus(chosen)
    lines = [r for r in above if r.kind == "line"]
    if lines:
        yield _plus(lines)


def sum_below(
    row: Row,
    rows: Sequence[Row],
    columns: Sequence[int],
    tolerance: Decimal,
    depth: Mapping[int, int],
) -> Parts | None:
    """Return the deeper lines directly below whose sum a row repeats: a total above its lines."""
    chosen: list[Row] = []
    for other in (r for r in rows if r.at > row.at):
        if other.kind != "line" or depth[other.at] <= depth[row.at]:
            break
        chosen.append(other)
    parts = _plus(chosen)
    by_number = {r.at: r for r in chosen}
    if not parts or not any(row.value(c) for c in columns):
        return None
    return None if _wrong(row, parts, by_number, columns, tolerance) else parts


def _group(above: Sequence[Row]) -> list[Row]:
    """Return the lines since the last total or heading."""
    found: list[Row] = []
    for other in reversed(above):
        if other.kind != "line" or (found and other.path != found[-1].path):
            break
        found.append(other)
    return found[::-1]


def _named(row: Row, rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the lines that a total names: those of its heading, or with its other labels."""
    lines = [r for r in rows if r.kind == "line"]
    about = {words.summed(text) for text in row.own.values()} - {""}
    others = {c: plain(t) for c, t in row.own.items() if not words.totals(t)}
    if others:
        yield [r for r in lines if all(plain(r.labels.get(c, "")) == t for c, t in others.items())]
    for name in about:
        yield [r for r in lines if name in {plain(t) for t in (*r.labels.values(), *r.path)}]


def _signed(above: Sequence[Row], group: Sequence[Row]) -> Iterator[Parts]:
    """Yield differences: revenue less cost, a result less what follows it."""
    totals = [r for r in above if r.kind == "total"]
    for held in reversed(totals):
        since = [r for r in above if r.at > held.at]
        lines = [r for r in since if r.kind == "line"]
        later = [r for r in since if r.kind == "total"]
        for others in (lines, later):
            if others:
                yield ((1, held.at), *((-1, r.at) for r in others))
                yield ((1, held.at), *((1, r.at) for r in others))
    for start in range(len(group)):
        rest = group[start + 1 :]
        if rest:
            yield ((1, group[start].at), *((-1, r.at) for r in rest))
    everything = [r for r in above if r.kind == "line"]
    if len(everything) > 1:
        yield ((1, everything[0].at), *((-1, r.at) for r in everything[1:]))
    items = [r for r in above if r.kind == "total" or r in group][-_PAIRS:]
    for first in items:
        for second in items:
            if first is not second:
                yield ((1, first.at), (-1, second.at))
                yield ((1, first.at), (1, second.at))


def _plus(rows: Sequence[Row]) -> Parts:
    return tuple((1, r.at) for r in rows)


def _compare(
    row: Row, parts: Parts, rows: Sequence[Row], columns: Sequence[int], tolerance: Decimal
) -> Proof:
    by_number = {r.at: r for r in rows}
    wrong = _wrong(row, parts, by_number, columns, tolerance)
    held = {at for _, at in parts}
    twice = any(by_number[at].kind == "total" and set(by_number[at].covers) & held for at in held)
    return Proof(parts=parts, wrong=tuple(wrong), twice=twice)


def _wrong(
    row: Row,
    parts: Parts,
    rows: Mapping[int, Row],
    columns: Sequence[int],
    tolerance: Decimal,
) -> list[tuple[int, Decimal, Decimal]]:
    found = []
    for column in columns:
        if row.amounts[column].rule or any(rows[at].amounts[column].rule for _, at in parts):
            continue  # what nobody calculated, or can read, has nothing to compare
        stated = row.value(column) or Decimal(0)
        computed = sum(
            (sign * (rows[at].value(column) or Decimal(0)) for sign, at in parts), Decimal(0)
        )
        if not _near(stated, computed, tolerance):
            found.append((column, stated, computed))
    return found
