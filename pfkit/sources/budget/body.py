"""The rows under a header: headings, lines, totals, ratios, and what each is called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from pfkit.sources.budget import words
from pfkit.sources.budget.amounts import Amount, amount_of
from pfkit.sources.budget.months import plain
from pfkit.sources.excel import cell_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from pfkit.sources.budget.amounts import Writing
    from pfkit.sources.budget.grid import Cell, Sheet
    from pfkit.sources.budget.header import Block, Column

Kind = Literal["line", "total", "ratio", "count", "heading", "text"]

_REMARK: Final = re.compile(r"(?=.* )[^\d]+|.{30,}")
_SIDE: Final = frozenset(
    "owner responsible verantwortlich comment comments note notes kommentar bemerkung remark "
    "remarks currency wahrung devise version unit einheit status type typ id code no nr number "
    "project vendor supplier".split()
)


@dataclass(kw_only=True)
class Row:
    """One row of a block.

    Parameters
    ----------
    at : int
        Its number.
    kind : str
        ``line``, ``total`` (by its label; proven elsewhere), ``ratio``, ``count``, ``heading``,
        or ``text`` (a note, or a line without a budget).
    labels : dict of int to str
        Column number to its text, merged areas and headings filled in.
    own : dict of int to str
        The same, as it stands in the row alone.
    path : tuple of str
        The headings above it, outermost first.
    amounts : dict of int to Amount
        Column number to what the cell says: months, totals and other columns.
    cells : dict of int to Cell
        The same cells as they stand.
    covers : tuple of int
        Of a proven total: the rows it covers.
    lacks : int
        Column whose label is missing and cannot be told, 0 for none.
    """

    at: int
    kind: Kind = "line"
    labels: dict[int, str] = field(default_factory=dict)
    own: dict[int, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    amounts: dict[int, Amount] = field(default_factory=dict)
    cells: dict[int, Cell] = field(default_factory=dict)
    covers: tuple[int, ...] = ()
    lacks: int = 0

    @property
    def name(self) -> str:
        """What the row is called, for messages."""
        return " / ".join(dict.fromkeys(t for t in self.own.values() if t)) or "(no label)"

    @property
    def filled(self) -> bool:
        """Whether some cell of it holds something where amounts stand."""
        return any(a.value is not None or a.rule for a in self.amounts.values())

    def value(self, column: int) -> Decimal | None:
        """Return a number, None where the cell is empty or cannot be read."""
        amount = self.amounts.get(column)
        return amount.value if amount is not None else None


def rows_of(sheet: Sheet, block: Block, writing: Writing, *, fill: Sequence[str] = ()) -> list[Row]:
    """Return the rows of a block that hold something, in order.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    block : Block
        Its table.
    writing : Writing
        How it writes numbers as text.
    fill : sequence of str
        Names of label columns whose empty cells repeat the cell above.
    """
    labels = block.of("label")
    numbers = block.of("value", "total", "other")
    rows = []
    for at in range(block.body[0], block.body[1] + 1):
        row = Row(at=at)
        for column in labels:
            if text := _label(sheet, at, column.at):
                row.labels[column.at] = text
            if text := _label(sheet, at, column.at, merged=False):
                row.own[column.at] = text
        for column in numbers:
            cell = sheet.at(at, column.at)
            row.amounts[column.at] = amount_of(cell, writing, typed=sheet.typed)
            row.cells[column.at] = cell
        if row.labels or row.filled:
            row.kind = _kind(row, [c.at for c in block.of("value")])
            rows.append(row)
    _put_headings(sheet, block, rows)
    _fill_labels(sheet, block, rows, fill)
    return rows


def _label(sheet: Sheet, row: int, column: int, *, merged: bool = True) -> str:
    cell = sheet.shown(row, column) if merged else sheet.at(row, column)
    if cell.value is None or cell.state == "error":
        return ""
    return " ".join((cell_text(cell.value) or "").split())


def _kind(row: Row, values: Sequence[int]) -> Kind:
    if not row.filled or _remarks(row):
        return "text"
    texts = list(row.own.values())
    if any(words.ratio(text) for text in texts):
        return "ratio"
    held = [row.cells[c] for c in values if row.amounts[c].value is not None]
    if held and sum(cell.percent for cell in held) * 2 > len(held):
        return "ratio"
    texts_of_percent = [row.cells[c].text for c in values if row.cells[c].text.endswith("%")]
    if texts_of_percent and not held:
        return "ratio"
    if any(words.count(text) for text in texts):
        return "count"
    if any(words.totals(text) or words.results(text) for text in texts):
        return "total"
    return "line"


def _remarks(row: Row) -> bool:
    """Tell whether a row without a label holds nothing but a remark where amounts stand."""
    held = [row.cells[c].text for c, a in row.amounts.items() if a.value is not None or a.rule]
    return not row.own and all(_REMARK.fullmatch(text) for text in held)


def _put_headings(sheet: Sheet, block: Block, rows: list[Row]) -> None:
    """Find the rows that head others, and give every row the headings above it."""
    _find_headings(sheet, block, rows)
    stack: list[tuple[tuple[int, int, int], str, bool]] = []
    for place, row in enumerate(rows):
        if row.kind == "heading":
            column, text = next(iter(row.own.items()))
            indent, bold = sheet.at(row.at, column).style
            key = (column, indent + sheet.outline.get(row.at, 0), 0 if bold else 1)
            outer = place + 1 < len(rows) and rows[place + 1].kind == "heading"
            while stack and _closes(stack[-1], key, outer=outer):
                stack.pop()
            stack.append((key, text, outer))
            continue
        row.path = tuple(text for _, text, _ in stack)
        if row.kind == "line" and row.path and words.count(row.path[-1]):
            row.kind = "count"
        if row.kind == "total":
            ends = {words.summed(text) for text in row.own.values()}
            for depth, (_, text, _) in enumerate(stack):
                if plain(text) in ends:
                    del stack[depth:]
                    break


def _find_headings(sheet: Sheet, block: Block, rows: list[Row]) -> None:
    named = {words.summed(t) for r in rows if r.kind == "total" for t in r.own.values()} - {""}
    for place, row in enumerate(rows):
        if row.kind == "text" and _heads(sheet, block, rows, place, named):
            row.kind = "heading"
    alike = {min(row.own) for row in rows if row.kind == "heading"}
    if rows and rows[0].kind == "text" and len(rows[0].own) == 1 and min(rows[0].own) in alike:
        rows[0].kind = "heading"  # the first of them has no blank row above it


def _closes(
    held: tuple[tuple[int, int, int], str, bool], key: tuple[int, int, int], *, outer: bool
) -> bool:
    """Tell whether a heading ends the one above it: it is of the same rank, or a higher one."""
    if held[0] == key:
        return outer or not held[2]
    return held[0] > key


def _heads(sheet: Sheet, block: Block, rows: list[Row], place: int, named: set[str]) -> bool:
    row = rows[place]
    if len(row.own) != 1:
        return False
    below = next((r for r in rows[place + 1 :] if r.kind != "text" or _bare(r)), None)
    if below is None or not any(r.filled for r in rows[place + 1 :]):
        return False
    column, text = next(iter(row.own.items()))
    if plain(text) in named:
        return True
    lines = [r for r in rows if r.kind == "line"]
    usual = min((min(r.own) for r in lines if r.own), default=column)
    labelled = sum(column in r.own for r in lines)
    if len(block.of("label")) > 1 and (column < usual or labelled * 2 < len(lines)):
        return True
    following = next((r for r in rows[place + 1 :] if r.filled), None)
    if following is None or not following.own:
        return False
    style = sheet.at(row.at, column).style
    other = sheet.at(following.at, min(following.own)).style
    if style[1] > other[1] or style[0] < other[0] or min(following.own) > column:
        return True
    if sheet.outline.get(following.at, 0) > sheet.outline.get(row.at, 0):
        return True
    if any(sheet.merged.get((row.at, c)) for c in row.cells):
        return True
    above = rows[place - 1] if place else None
    apart = above is not None and row.at - above.at > 1
    return apart or (above is not None and above.kind == "total" and bool(above.own))


def _bare(row: Row) -> bool:
    return len(row.own) == 1


def _fill_labels(sheet: Sheet, block: Block, rows: list[Row], fill: Sequence[str]) -> None:
    """Fill a group's empty labels where a heading, an outline or the book says what they are."""
    columns = block.of("label")
    for place, column in enumerate(columns):
        declared = plain(column.name) in {plain(name) for name in fill}
        above: Row | None = None
        heading = ""
        for row in rows:
            if row.kind == "heading" and column.at in row.own:
                heading, above = row.own[column.at], None
            elif column.at in row.labels:
                heading, above = ("", row) if row.kind == "line" else (heading, above)
            elif row.kind in {"line", "count", "ratio"} and any(
                c.at in row.labels for c in columns[place + 1 :]
            ):
                if heading:
                    row.labels[column.at] = heading
                elif above and (declared or _outlined(sheet, above.at, row.at)):
                    row.labels[column.at] = above.labels[column.at]
                elif above and _groups(column, columns, row):
                    row.lacks = row.lacks or column.at


def _groups(column: Column, columns: Sequence[Column], row: Row) -> bool:
    """Tell whether a column's empty cell leaves open what its row belongs to."""
    name = set(plain(column.name).split())
    before = [c for c in columns if c.at < column.at and c.at in row.labels]
    return not before and not name & _SIDE


def _outlined(sheet: Sheet, first: int, last: int) -> bool:
    levels = {sheet.outline.get(at, 0) for at in range(first + 1, last + 1)}
    return 0 not in levels


def by_number(rows: Sequence[Row]) -> Mapping[int, Row]:
    """Return rows by their number."""
    return {row.at: row for row in rows}
