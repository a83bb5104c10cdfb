"""Every sheet of a workbook as a grid of cells with their places, for what people filled in."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import python_calamine as calamine

from pfkit.errors import SourceError
from pfkit.sources.detect import SPREADSHEETS
from pfkit.sources.excel import cell_text, cells_of, told_damage
from pfkit.sources.load import load
from pfkit.sources.workbook import column_letters, formula_texts, hollow_cells, workbook_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_UNCALCULATED = "formula"


@dataclass(frozen=True)
class Grid:
    """One sheet, every cell as exact text, empty where there is nothing.

    Attributes
    ----------
    name : str
        Name of the sheet.
    rows : sequence of sequence of str
        From A1 on.
    broken : mapping of tuple to str
        Cells that show an error, by row and column from 0: what they show.
    """

    name: str
    rows: Sequence[Sequence[str]]
    broken: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def place(self, row: int, column: int) -> str:
        """Return a cell as a person names it: sheet and address.

        Examples
        --------
        >>> Grid("To comment", []).place(6, 10)
        'To comment!K7'
        """
        return f"{self.name}!{column_letters(column + 1)}{row + 1}"

    def cell(self, row: int, column: int) -> str:
        """Return the text of a cell; empty beyond the sheet's edge."""
        held = self.rows[row] if row < len(self.rows) else ()
        return held[column] if column < len(held) else ""


def read_grids(path: Path, *, where: str) -> dict[str, Grid]:
    """Read every sheet of a workbook, hidden ones too; nothing is run.

    Parameters
    ----------
    path : pathlib.Path
        The workbook.
    where : str
        Its name in messages.

    Returns
    -------
    dict of str to Grid
        By name of the sheet. A number in its shortest exact form, a day as ``2026-07-31``. A
        formula that nobody calculated is its own text (``=cmd|...``): it is never worked out.

    Raises
    ------
    SourceError
        If the file is no workbook, is damaged or locked, or would unpack beyond reason.
    """
    loaded = load(path, where=where)
    kind = loaded.found
    if kind == "zip":
        kind = workbook_format(loaded.data, where=where)
    if kind not in SPREADSHEETS:
        raise SourceError(
            f"this is no workbook but {kind}",
            where=where,
            advice="Name the tables.xlsx of a report, as it was filled in.",
        )
    with told_damage(where):
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(loaded.data))
        sheets = {name: cells_of(book, name, where=where) for name in book.sheet_names}
    found = {}
    for name, cells in sheets.items():
        rows = [[cell_text(value) or "" for value in row] for row in cells]
        broken = _mended(rows, loaded.data, name) if kind == "xlsx" else {}
        found[name] = Grid(name, rows, broken)
    return found


def _mended(rows: list[list[str]], data: bytes, sheet: str) -> dict[tuple[int, int], str]:
    """Put the text of formulas without a value in their place, and return what shows an error."""
    hollow = hollow_cells(data, sheet)
    if not hollow:
        return {}
    formulas = formula_texts(data, sheet)
    broken = {}
    for (row, column), shows in hollow.items():
        at = (row - 1, column - 1)
        text = formulas.get((row, column), "")
        if text or shows == _UNCALCULATED:
            _put(rows, *at, text or "=")
        else:
            broken[at] = shows
    return broken


def _put(rows: list[list[str]], row: int, column: int, text: str) -> None:
    while len(rows) <= row:
        rows.append([])
    rows[row] += [""] * (column + 1 - len(rows[row]))
    rows[row][column] = text
