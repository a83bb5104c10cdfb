"""A sheet as a person sees it: cells with their formulas, merged areas, and what is hidden."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
import python_calamine as calamine
from openpyxl.utils.exceptions import InvalidFileException

from pfkit.errors import SourceError
from pfkit.sources.budget.months import time_of
from pfkit.sources.encoding import decode
from pfkit.sources.workbook import column_letters, hollow_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Value = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
Place = tuple[int, int]

# A budget that people keep by hand is far smaller; what is larger is an export, with rows.
_LARGEST: Final = 64 << 20
_TOP: Final = 60
_CELLS: Final = 2_000_000
_MERGED: Final = 200_000
_DELIMITERS: Final = (",", ";", "\t", "|")
_NOT_CALCULATED: Final = re.compile(rb"<calcPr[^>]*\bfullCalcOnLoad=[\"'](1|true)[\"']")
_ERROR_TEXT: Final = re.compile(
    r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|Err:\d{3}"
)
#: What openpyxl raises on parts that are not what they should be.
_BROKEN: Final = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    EOFError,
    OSError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell.

    Parameters
    ----------
    value : str, number, bool, date, datetime, time, timedelta or None
        What it shows; a formula's answer, None where nobody calculated it.
    formula : str
        The formula, with its equals sign, or empty.
    state : str
        Empty, ``error`` (then `value` is the error's text), or ``uncalculated``.
    percent : bool
        Whether its number is shown as a percentage.
    style : tuple
        Indent and boldness: how a heading differs from its lines.
    """

    value: Value = None
    formula: str = ""
    state: str = ""
    percent: bool = False
    style: tuple[int, bool] = (0, False)

    @property
    def text(self) -> str:
        """The text of a text cell on one line, empty for anything else."""
        return " ".join(self.value.split()) if isinstance(self.value, str) else ""

    @property
    def is_number(self) -> bool:
        """Whether it holds a number (a truth value is none)."""
        return isinstance(self.value, (int, float)) and not isinstance(self.value, bool)


EMPTY: Final = Cell()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet; rows and columns count from 1.

    Parameters
    ----------
    name : str
        Its name; empty for a text file.
    cells : dict
        (row, column) to the cells that hold something.
    merged : dict
        (row, column) of a cell inside a merged area to the area's first cell.
    hidden_rows, hidden_columns : frozenset of int
        What a reader does not see.
    outline : dict
        Row to its outline level, where it has one.
    visible : bool
        Whether the sheet is shown.
    typed : bool
        Whether numbers are numbers; in a text file all is text.
    facts : bool
        Whether merged areas and hidden rows could be seen in this format.
    """

    name: str
    cells: Mapping[Place, Cell]
    merged: Mapping[Place, Place] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    outline: Mapping[int, int] = field(default_factory=dict)
    visible: bool = True
    typed: bool = True
    facts: bool = True

    @cached_property
    def height(self) -> int:
        """The last row that holds something."""
        return max((row for row, _ in self.cells), default=0)

    @cached_property
    def width(self) -> int:
        """The last column that holds something."""
        return max((column for _, column in self.cells), default=0)

    def at(self, row: int, column: int) -> Cell:
        """Return a cell as it stands."""
        return self.cells.get((row, column), EMPTY)

    def shown(self, row: int, column: int) -> Cell:
        """Return a cell, inside a merged area the area's."""
        return self.cells.get(self.merged.get((row, column), (row, column)), EMPTY)

    def address(self, row: int, column: int) -> str:
        """Return a cell's address, with the sheet where there are sheets."""
        place = f"{column_letters(column)}{row}"
        return f"{self.name}!{place}" if self.name else place


def read_grids(data: bytes, *, kind: str, where: str, encoding: str = "detect") -> list[Sheet]:
    """Read every sheet of a file.

    Parameters
    ----------
    data : bytes
        The content, decompressed; a zipped workbook has passed
        `pfkit.sources.workbook.workbook_format`.
    kind : str
        ``xlsx``, ``xls``, ``ods`` or ``csv``.
    where : str
        The file, for messages.
    encoding : str
        Of a text file.

    Returns
    -------
    list of Sheet
        In the workbook's order, hidden ones too. Formulas, merged areas and hidden rows are seen
        in ``xlsx``; merged areas in ``xls``.

    Raises
    ------
    SourceError
        If the file is damaged, locked, or larger than anyone keeps by hand.
    """
    if kind == "csv":
        return [_text_sheet(data, where=where, encoding=encoding)]
    if kind == "xlsx":
        return _openpyxl_sheets(data, where=where)
    return _calamine_sheets(data, kind=kind, where=where)


def _openpyxl_sheets(data: bytes, *, where: str) -> list[Sheet]:
    _refuse_large(data, where=where)
    try:
        with warnings.catch_warnings():
            # openpyxl warns about parts it drops; none of them holds a cell.
            warnings.simplefilter("ignore")
            values = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
            formulas = openpyxl.load_workbook(io.BytesIO(data), keep_links=False)
            return [
                _openpyxl_sheet(sheet, formulas[sheet.title], data, where)
                for sheet in values.worksheets
            ]
    except _BROKEN as error:
        raise SourceError(
            f"the workbook is truncated or damaged ({str(error).splitlines()[0][:80]})"
            if str(error)
            else "the workbook is truncated or damaged",
            where=where,
            advice="Open it in a spreadsheet program and save it again.",
        ) from error


def _refuse_large(data: bytes, *, where: str) -> None:
    """Refuse a sheet that only a program writes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if entry.filename.startswith("xl/worksheets/") and entry.file_size > _LARGEST:
                raise SourceError(
                    f"its part {entry.filename!r} holds {entry.file_size:,} bytes, more than a "
                    "budget kept by hand",
                    where=where,
                    advice="Delete the empty rows and columns, or export the sheet as CSV.",
                )


def _openpyxl_sheet(values: Any, formulas: Any, data: bytes, where: str) -> Sheet:  # noqa: ANN401 (openpyxl has no types)
    if values.max_row * values.max_column > _CELLS:
        raise SourceError(
            f"the sheet reaches to cell {column_letters(values.max_column)}{values.max_row}",
            where=f"{where}!{values.title}",
            advice="Delete the empty rows and columns below and beside the table.",
        )
    hollow = hollow_cells(data, values.title)
    never = _never_calculated(data, values, formulas)
    cells: dict[Place, Cell] = {}
    for row in formulas.iter_rows():
        for source in row:
            if source.value is None:
                continue
            place = (source.row, source.column)
            shown = values.cell(*place)
            formula = _formula_text(source) if source.data_type == "f" else ""
            state = "error" if shown.data_type == "e" else ""
            if formula and shown.value is None:
                # a formula whose answer is the empty text is not among the hollow ones
                state = "uncalculated" if hollow.get(place) == "formula" else ""
            if formula and never and not state:
                state = "uncalculated"
            cells[place] = Cell(
                value=None if state == "uncalculated" else shown.value,
                formula=formula,
                state=state,
                percent="%" in str(source.number_format),
                style=(int(source.alignment.indent or 0), bool(source.font.b)),
            )
    return Sheet(
        name=values.title,
        cells=cells,
        merged=_merged(
            (area.min_row, area.min_col, area.max_row, area.max_col)
            for area in values.merged_cells.ranges
        ),
        hidden_rows=frozenset(
            at for at, row in values.row_dimensions.items() if row.hidden or row.height == 0
        ),
        hidden_columns=frozenset(_hidden_columns(values)),
        outline={
            at: row.outlineLevel for at, row in values.row_dimensions.items() if row.outlineLevel
        },
        visible=values.sheet_state == "visible",
    )


def _formula_text(cell: Any) -> str:  # noqa: ANN401 (openpyxl has no types)
    return str(getattr(cell.value, "text", None) or cell.value)


def _never_calculated(data: bytes, values: Any, formulas: Any) -> bool:  # noqa: ANN401 (the same)
    """Tell whether a program wrote the formulas with answers of zero that nobody calculated."""
    answers = [
        values.cell(cell.row, cell.column).value
        for row in formulas.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    if not answers or any(answer != 0 for answer in answers):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return bool(_NOT_CALCULATED.search(archive.read("xl/workbook.xml")))


def _hidden_columns(sheet: Any) -> Iterator[int]:  # noqa: ANN401 (openpyxl has no types)
    last = sheet.max_column
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden or dimension.width == 0:
            yield from range(dimension.min or 0, min(dimension.max or 0, last) + 1)


def _merged(areas: Iterable[tuple[int, int, int, int]]) -> dict[Place, Place]:
    found: dict[Place, Place] = {}
    for top, left, bottom, right in areas:
        if (bottom - top + 1) * (right - left + 1) > _MERGED:
            continue  # a stripe across the whole sheet is decoration
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    found[row, column] = (top, left)
    return found


def top_grids(data: bytes, *, where: str) -> list[Sheet]:
    """Read the first rows of every sheet of a workbook: enough to see what it is.

    Raises
    ------
    SourceError
        If the file is damaged or locked.
    """
    return _calamine_sheets(data, kind="", where=where, rows=_TOP)


def uncalculated_on_top(data: bytes, kind: str, sheet: str) -> bool:
    """Tell whether formulas without values stand in the first rows of an xlsx sheet."""
    if kind != "xlsx":
        return False
    found = hollow_cells(data, sheet)
    return any(what == "formula" and row <= _TOP for (row, _), what in found.items())


def _calamine_sheets(data: bytes, *, kind: str, where: str, rows: int | None = None) -> list[Sheet]:
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            _calamine_sheet(
                book.get_sheet_by_name(sheet.name),
                visible=sheet.visible == calamine.SheetVisibleEnum.Visible,
                merges=kind == "xls",
                where=where,
                most=rows,
            )
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    except calamine.PasswordError as error:
        raise SourceError(
            "the workbook is locked with a password", where=where, advice="Save it without."
        ) from error
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError, OSError) as error:
        raise SourceError(
            f"the workbook is truncated or damaged ({error})",
            where=where,
            advice="Open it in a spreadsheet program and save it again.",
        ) from error


def _calamine_sheet(
    sheet: calamine.CalamineSheet,
    *,
    visible: bool,
    merges: bool,
    where: str,
    most: int | None,
) -> Sheet:
    if most is None and (sheet.total_height + 1) * (sheet.total_width + 1) > _CELLS:
        raise SourceError(
            f"the sheet reaches to cell {column_letters(sheet.total_width)}{sheet.total_height}",
            where=f"{where}!{sheet.name}",
            advice="Delete the empty rows and columns below and beside the table.",
        )
    cells: dict[Place, Cell] = {}
    for row, values in enumerate(sheet.to_python(skip_empty_area=False, nrows=most), start=1):
        for column, value in enumerate(values, start=1):
            if value == "":
                continue
            broken = isinstance(value, str) and _ERROR_TEXT.fullmatch(value) is not None
            cells[row, column] = Cell(value=value, state="error" if broken else "")
    areas = (sheet.merged_cell_ranges or []) if merges else []
    return Sheet(
        name=sheet.name,
        cells=cells,
        merged=_merged((a[0] + 1, a[1] + 1, b[0] + 1, b[1] + 1) for a, b in areas),
        visible=visible,
        facts=False,
    )


def _text_sheet(data: bytes, *, where: str, encoding: str) -> Sheet:
    text = decode(data, encoding=encoding, where=where).data.decode("utf-8")
    try:
        read = [_fields(text, mark) for mark in _DELIMITERS]
    except csv.Error as error:
        raise SourceError(
            f"the text is no table ({error})", where=where, advice="Export the file again."
        ) from error
    rows = max(read, key=_months_parted)
    cells = {
        (at, column): Cell(value=value)
        for at, fields in rows
        for column, value in enumerate(fields, start=1)
        if value.strip()
    }
    if len(cells) > _CELLS:
        raise SourceError(
            f"the file holds {len(cells):,} fields, more than a budget kept by hand",
            where=where,
            advice="Keep the budget with one row per line and month.",
        )
    return Sheet(name="", cells=cells, typed=False, facts=False)


def _fields(text: str, delimiter: str) -> list[tuple[int, Sequence[str]]]:
    """Return the rows of a text with the line each begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, Sequence[str]]] = []
    first = 1
    for fields in reader:
        rows.append((first, fields))
        first = reader.line_num + 1
    return rows


def _months_parted(rows: Sequence[tuple[int, Sequence[str]]]) -> tuple[int, int]:
    """Return how many months a delimiter parts in the row with most of them, and all fields."""
    months = max(
        (sum(time_of(field).kind == "month" for field in fields) for _, fields in rows[:60]),
        default=0,
    )
    return months, sum(len(fields) for _, fields in rows if len(fields) > 1)
