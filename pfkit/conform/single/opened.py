"""Open one file: its sheet and header row, and which of its cells are numbers by themselves."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine as calamine

from pfkit.conform.single.findings import Finding, Place
from pfkit.conform.single.form import Form, form_of
from pfkit.errors import ContractError, SourceError
from pfkit.sources import RawTable, read_files
from pfkit.sources.detect import SPREADSHEETS
from pfkit.sources.encoding import decode
from pfkit.sources.excel import cell_text
from pfkit.sources.hidden import Hidden, hidden
from pfkit.sources.load import load
from pfkit.sources.names import header_names
from pfkit.sources.panics import Unpanicked
from pfkit.sources.workbook import column_letters, workbook_format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

_TOP: Final = 40
_KEYS: Final = frozenset(
    {"entry_id", "journal_id", "event_id", "account_id", "customer", "account", "cost_center"}
)
_DELIMITERS: Final = (",", ";", "\t", "|")
_CELL: Final = re.compile(r"(.*)!([A-Z]+)([0-9]+)")
_JSON_NUMBER: Final = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_QUIET: Final = re.compile(r"above the header skipped")


@dataclass(frozen=True)
class Opened:
    """One file, read: its rows as text, its form, and where each row and column stands.

    Parameters
    ----------
    raw : RawTable
        As the readers of files give it.
    form : Form
        What its columns mean.
    columns : dict of str to pyarrow.ChunkedArray
        Its own columns as text.
    typed : dict of str to numpy.ndarray
        For a column, which rows the file itself marks as numbers.
    places : list of Place
        One for each row.
    letters : dict of str to str
        In a workbook, the letters of each column.
    hidden : Hidden
        What a workbook does not show.
    header : Place
        Where the column names stand.
    notes : tuple of Finding
        What was repaired while reading.
    """

    raw: RawTable
    form: Form
    columns: dict[str, pa.ChunkedArray]
    typed: dict[str, npt.NDArray[np.bool_]]
    places: list[Place]
    letters: dict[str, str] = field(default_factory=dict)
    hidden: Hidden = field(default_factory=Hidden)
    header: Place = field(default_factory=lambda: Place(1))
    notes: tuple[Finding, ...] = ()

    def cell(self, place: Place, own: str) -> str:
        """Return the cell of a row and column of a workbook, or empty."""
        if not place.sheet:
            return ""
        return f"{place.sheet}!{self.letters.get(own, 'A')}{place.line}"


def open_file(path: Path, table: str) -> Opened:
    """Read one file as one form of a table.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    table : str
        ``actuals``, ``budget``, ``usage`` or ``rates``.

    Raises
    ------
    SourceError
        If it cannot be read, or several sheets hold such a table.
    ContractError
        If a column that must be there is not.
    """
    root = path.parent
    try:
        raw = read_files([path], root=root)
        form = form_of(table, raw.columns, where=raw.files[0].path)
        sheet, header, notes = _sheet_of(raw), 1, list[Finding]()
    except (SourceError, ContractError) as refusal:
        found = _search(path, table)
        if found is None:
            raise
        sheet, header, others = found
        try:
            raw = read_files([path], root=root, sheet=sheet or None, header=header)
            form = form_of(table, raw.columns, where=raw.files[0].path)
        except (SourceError, ContractError):
            raise refusal from None
        notes = [*_chosen(sheet, others), *_skipped(header)]
    return _opened(path, raw, form, sheet, header, notes)


def _sheet_of(raw: RawTable) -> str:
    if raw.files[0].format not in SPREADSHEETS:
        return ""
    lines = raw.table.column("_line")
    first = lines[0].as_py() if len(lines) else (raw.rejected[0].line if raw.rejected else "")
    found = _CELL.fullmatch(first)
    return found[1] if found else ""


def _chosen(sheet: str, others: Sequence[str]) -> Iterator[Finding]:
    if others:
        listed = ", ".join(repr(name) for name in others)
        yield Finding(
            "sheet",
            "repair",
            f"sheet {sheet!r} is read, the only one with the columns asked for; not read: {listed}",
            "Name the sheet in a book if it is another.",
        )


def _skipped(header: int) -> Iterator[Finding]:
    if header > 1:
        yield Finding(
            "header row",
            "repair",
            f"the column names stand in row {header}; what stands above is left out",
            f"Declare header = {header} in a book.",
            place=Place(header),
        )


def _search(path: Path, table: str) -> tuple[str, int, list[str]] | None:
    """Return sheet and header row of the one place with the columns asked for, and other sheets."""
    try:
        loaded = load(path, where=path.name)
        kind = workbook_format(loaded.data, where=path.name) if loaded.found == "zip" else ""
        kind = kind or loaded.found
        if kind == "csv":
            row = _header_row(_text_rows(loaded.data, path.name), table)
            return None if row is None else ("", row, [])
        if kind not in SPREADSHEETS:
            return None
        with Unpanicked(path.name):
            book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(loaded.data))
    except (SourceError, calamine.CalamineError, calamine.ZipError, calamine.XmlError, OSError):
        return None
    try:
        return _sheet_with(book, path.name, table)
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError, OSError):
        return None


def _sheet_with(
    book: calamine.CalamineWorkbook, where: str, table: str
) -> tuple[str, int, list[str]] | None:
    found: dict[str, int] = {}
    filled = []
    shown = (calamine.SheetTypeEnum.WorkSheet, calamine.SheetVisibleEnum.Visible)
    for sheet in book.sheets_metadata:
        if (sheet.typ, sheet.visible) != shown:
            continue
        rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False, nrows=_TOP)
        if rows:
            filled.append(sheet.name)
        row = _header_row([[cell_text(v) or "" for v in row] for row in rows], table)
        if row is not None:
            found[sheet.name] = row
    if len(found) > 1:
        listed = ", ".join(repr(name) for name in found)
        raise SourceError(
            f"{len(found)} sheets hold such a table ({listed})",
            where=where,
            advice="Save the one to check as a file of its own, or name it in a book.",
        )
    for name, row in found.items():
        return name, row, [other for other in filled if other != name]
    return None


def _text_rows(data: bytes, where: str) -> list[list[str]]:
    text = decode(data[: 1 << 18], where=where).data.decode("utf-8", errors="replace")
    lines = text.splitlines()[:_TOP]
    best = max(_DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines), default=0))
    return [next(csv.reader([line], delimiter=best), []) for line in lines]


def _header_row(rows: Sequence[Sequence[str]], table: str) -> int | None:
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if sum(bool(cell) for cell in cells) > 1:
            try:
                form_of(table, [cell for cell in cells if cell], where="")
            except ContractError:
                continue
            return number
    return None


def _opened(  # noqa: PLR0917 (what was found out on the way)
    path: Path, raw: RawTable, form: Form, sheet: str, header: int, notes: list[Finding]
) -> Opened:
    fact = raw.files[0]
    read = {name: raw.table.column(name) for name in raw.columns}
    columns = {name: _as_text(values) for name, values in read.items()}
    typed = {name: np.ones(len(v), bool) for name, v in read.items() if _is_number(v.type)}
    places = [_place(line) for line in raw.table.column("_line").to_pylist()]
    letters: dict[str, str] = {}
    beside = Hidden()
    if fact.format in SPREADSHEETS:
        data = load(path, where=fact.path).data
        if fact.format == "xlsx":
            beside = hidden(data, sheet)
        letters, typed = _cells(data, sheet, header, places, raw.columns)
    if fact.format in {"json", "jsonl"}:
        typed = {name: _json_numbers(values) for name, values in columns.items()}
    notes = [*_float_ids(read, form), *notes]
    notes = [*noted(fact.notes), *notes]
    top = Place(header, sheet)
    return Opened(raw, form, columns, typed, places, letters, beside, top, tuple(notes))


def noted(notes: Sequence[str]) -> Iterator[Finding]:
    """Return what the reader of a file mended or left out."""
    for note in notes:
        if note.startswith("no rows "):
            yield Finding("no rows", "warn", note, "Check that the export is of the right period.")
        elif note.startswith("sheets not read"):
            yield Finding("sheet", "warn", note, "What they hold counts nowhere; check it.")
        elif not _QUIET.search(note):
            line = re.search(r"\bline ([0-9]+)", note)
            place = Place(int(line[1])) if line else Place()
            advice = "Export it so that nothing has to be mended."
            yield Finding("file", "repair", note, advice, place=place)


def _float_ids(read: dict[str, pa.ChunkedArray], form: Form) -> Iterator[Finding]:
    for name, own in form.names.items():
        if name in _KEYS and pa.types.is_floating(read[own].type):
            yield Finding(
                "id as float",
                "repair",
                f"column {own!r} holds {name} as floating-point numbers; whole ones are read as "
                "their digits",
                "Export ids as text: leading zeros and digits beyond the fifteenth are lost.",
                name,
            )


def _place(line: str) -> Place:
    if line.isdigit():
        return Place(int(line))
    found = _CELL.fullmatch(line)
    return Place(int(found[3]), found[1]) if found else Place()


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text in which no digit is lost and no id has a point."""
    kind = values.type
    if pa.types.is_string(kind):
        return values
    if pa.types.is_floating(kind):
        texts = [
            None if v is None else cell_text(v) if _finite(v) else str(v)
            for v in values.to_pylist()
        ]
        return pa.chunked_array([pa.array(texts, pa.string())])
    if pa.types.is_timestamp(kind):
        zoned = kind.tz is not None
        plain = values.cast(pa.timestamp("us", kind.tz), safe=False)
        if zoned:
            plain = plain.cast(pa.timestamp("us", "UTC"))
        texts = [None if v is None else v.isoformat(sep=" ") for v in plain.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        texts = [None if v is None else str(v) for v in values.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return pc.cast(values, pa.string())


def _finite(value: float) -> bool:
    return value == value and abs(value) != float("inf")  # noqa: PLR0124 (NaN differs from itself)


def _json_numbers(values: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    found = pc.fill_null(pc.match_substring_regex(values, _JSON_NUMBER), False)  # noqa: FBT003
    return np.asarray(found.to_numpy(), dtype=bool)


def _cells(
    data: bytes, sheet: str, header: int, places: Sequence[Place], names: Sequence[str]
) -> tuple[dict[str, str], dict[str, npt.NDArray[np.bool_]]]:
    """Return the letters of every column, and which of its cells are numbers."""
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    there = header_names([cell_text(v) or "" for v in rows[header - 1]], where=sheet).names
    at = {name: place for place, name in enumerate(there)}
    letters = {name: column_letters(place + 1) for name, place in at.items()}
    typed = {
        name: np.fromiter(
            (_is_typed(rows[(place.line or 1) - 1][at[name]]) for place in places),
            dtype=bool,
            count=len(places),
        )
        for name in names
    }
    return letters, typed


def _is_typed(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
