"""Read a spreadsheet: every cell as exact text, every row with its cell; nothing is run."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import python_calamine as calamine

from pfkit.errors import SourceError, near_miss
from pfkit.sources.biff import error_cells
from pfkit.sources.names import header_names, wanted_columns
from pfkit.sources.panics import Unpanicked
from pfkit.sources.raw import Part, RejectedRow, shorten
from pfkit.sources.workbook import column_letters, hollow_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pfkit.sources.names import Header
    from pfkit.sources.raw import Options

Cell = str | float | bool | dt.time | dt.date | dt.datetime | dt.timedelta

# Far more than any sheet people keep; a stray cell in the last row of the last column exceeds it.
_CELLS: Final = 60_000_000
# The stream of a compound file that holds a locked workbook of the newer kind.
_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
_ERROR_TEXT: Final = re.compile(
    r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|Err:\d{3}"
)


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """One sheet as it stands in the workbook."""

    name: str
    where: str
    rows: Sequence[Sequence[Cell]]
    hollow: Mapping[tuple[int, int], str]

    @property
    def place(self) -> str:
        return f"{self.where}!{self.name}"


def read_excel(data: bytes, *, kind: str, where: str, options: Options) -> Part:
    """Read one sheet of a workbook.

    Parameters
    ----------
    data : bytes
        The workbook; a zipped one has passed `pfkit.sources.workbook.workbook_format`.
    kind : str
        ``xlsx``, ``xlsb``, ``xls`` or ``ods``.
    where : str
        The file, for messages.
    options : Options
        ``sheet``, ``header`` (a row number) and ``columns`` are used.

    Returns
    -------
    Part
        All columns text: a number in its shortest exact form (``123``, ``0.1``), a date as
        ``2026-01-31``, a moment as ``2026-01-31 08:30:00``, an empty cell null. Lines are
        cells: ``Sheet!A17``. Rows with a cell error or an uncalculated formula are rejected.

    Raises
    ------
    SourceError
        If the workbook is damaged or locked, the sheet is unknown or in doubt, or the header
        row is past the end.
    """
    if kind == "xls" and _LOCKED in data:
        raise _locked(where)
    with told_damage(where):
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        name, notes = _choose_sheet(book, options.sheet, where=where)
        rows = cells_of(book, name, where=where)
    hollow = _hollow(data, kind, name)
    if hollow is None:
        notes.append(f"cells in error read as empty in this {kind} file; xlsx would list them")
        hollow = {}
    return _part(_Sheet(name=name, where=where, rows=rows, hollow=hollow), notes, options)


@contextlib.contextmanager
def told_damage(where: str) -> Iterator[None]:
    """Turn what a reader says of a damaged or locked workbook into an error that names the file.

    Raises
    ------
    SourceError
        If the workbook is truncated, damaged or locked.
    """
    try:
        with Unpanicked(where):
            yield
    except calamine.PasswordError as error:
        raise _locked(where) from error
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError, OSError) as error:
        raise SourceError(
            f"the workbook is truncated or damaged ({error})",
            where=where,
            advice="Open it in a spreadsheet program and save it again.",
        ) from error


def cells_of(book: calamine.CalamineWorkbook, name: str, *, where: str) -> list[list[Cell]]:
    """Return every cell of a sheet, from A1 on.

    Raises
    ------
    SourceError
        If the sheet reaches absurdly far.
    """
    sheet = book.get_sheet_by_name(name)
    end = sheet.end or (0, 0)
    if (end[0] + 1) * (end[1] + 1) > _CELLS:
        last = f"{column_letters(end[1] + 1)}{end[0] + 1}"
        raise SourceError(
            f"the sheet reaches to cell {last}",
            where=f"{where}!{name}",
            advice="Delete the empty rows and columns below and beside the table.",
        )
    rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
    return rows


def _locked(where: str) -> SourceError:
    return SourceError(
        "the workbook is locked with a password", where=where, advice="Save it without."
    )


def _hollow(data: bytes, kind: str, name: str) -> dict[tuple[int, int], str] | None:
    if kind == "xlsx":
        return hollow_cells(data, name)
    if kind == "xls":
        return error_cells(data, name)
    # An open document writes its errors as text; a binary xlsb is not looked into.
    return {} if kind == "ods" else None


def cell_text(value: Cell) -> str | None:
    """Return the text of a cell, or None when it is empty.

    Parameters
    ----------
    value : str, float, bool, date, time, datetime or timedelta
        As the workbook holds it.

    Returns
    -------
    str or None
        A number in its shortest exact decimal form, without exponent.

    Examples
    --------
    >>> import datetime as dt
    >>> [cell_text(v) for v in ("007", 123.0, 0.1, 1e16, True, dt.date(2026, 1, 31), "")]
    ['007', '123', '0.1', '10000000000000000', 'true', '2026-01-31', None]
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number_text(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign = "-" if seconds < 0 else ""
        hours, rest = divmod(abs(seconds), 3600)
        return f"{sign}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return value.isoformat()


def _number_text(value: float) -> str:
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def _choose_sheet(
    book: calamine.CalamineWorkbook, wanted: str | None, *, where: str
) -> tuple[str, list[str]]:
    sheets = [s for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if wanted is not None:
        if wanted not in names:
            raise SourceError(
                f"there is no sheet {wanted!r}",
                where=where,
                advice=near_miss(wanted, names, noun="sheet"),
            )
        return wanted, []
    visible = [s.name for s in sheets if s.visible == calamine.SheetVisibleEnum.Visible]
    filled = [name for name in visible if book.get_sheet_by_name(name).end is not None]
    if len(filled) != 1:
        listed = ", ".join(repr(name) for name in filled) or "none"
        raise SourceError(
            f"the workbook has {len(filled)} visible sheets with content ({listed})",
            where=where,
            advice='Name the one to read: sheet = "...".',
        )
    hidden = [name for name in names if name not in visible]
    full = [name for name in hidden if book.get_sheet_by_name(name).end is not None]
    listed = ", ".join(repr(name) for name in full)
    return filled[0], [f"sheets not read because they are hidden: {listed}"] if full else []


def _part(sheet: _Sheet, notes: list[str], options: Options) -> Part:
    header = _header(sheet.rows, options.header, where=sheet.place)
    notes = [*notes, *_skipped_above(options.header)]
    wanted = wanted_columns(header.names, options.columns, where=sheet.place)
    places = {column: at for at, column in enumerate(header.names)}
    kept: list[list[str | None]] = []
    lines: list[str] = []
    rejected: list[RejectedRow] = []
    blank = 0
    for number, row in enumerate(sheet.rows[options.header :], start=options.header + 1):
        cells = [cell_text(value) for value in row]
        # Error cells come as empty, so that a row of errors alone looks blank and is none.
        broken = _broken(cells, sheet.hollow, number, [places[column] for column in wanted])
        if broken:
            rejected.append(_rejected(broken, cells, sheet, number))
        elif not any(cell and cell.strip() for cell in cells):
            blank += 1
        else:
            kept.append(cells)
            lines.append(f"{sheet.name}!A{number}")
    if blank:
        notes.append(f"{blank} blank rows skipped")
    if not kept and not rejected:
        notes.append("no rows under the header")
    arrays = {
        column: pa.array([cells[at] for cells in kept], pa.string())
        for column, at in places.items()
    }
    free = [column for column in header.unnamed if column not in (options.columns or ())]
    empty = [column for column in free if arrays[column].null_count == len(kept)]
    notes.extend(header.notes(empty))
    table = pa.table({column: arrays[column] for column in wanted if column not in empty})
    return Part(
        table=table,
        lines=pa.array(lines, pa.string()),
        rejected=tuple(rejected),
        notes=tuple(notes),
    )


def _skipped_above(header: int) -> list[str]:
    return [f"{header - 1} rows above the header skipped"] if header > 1 else []


def _header(rows: Sequence[Sequence[Cell]], header: int, *, where: str) -> Header:
    if header < 1:
        raise SourceError(f"the header row is {header}", where=where, advice="Count rows from 1.")
    if not rows:
        raise SourceError("the sheet is empty", where=where, advice="Name another sheet.")
    if header > len(rows):
        raise SourceError(
            f"the header is declared in row {header}, past the end of the sheet ({len(rows)} rows)",
            where=where,
            advice="Set header to the row that holds the column names.",
        )
    cells = [cell_text(value) or "" for value in rows[header - 1]]
    if not any(cell.strip() for cell in cells):
        filled = [at for at, row in enumerate(rows, start=1) if any(cell_text(v) for v in row)]
        raise SourceError(
            f"the header row {header} is empty",
            where=where,
            advice=f"Set header to the row of the column names; row {filled[0]} has text."
            if filled
            else "Name another sheet.",
        )
    return header_names(cells, where=f"{where} (row {header})")


def _broken(
    cells: Sequence[str | None],
    hollow: Mapping[tuple[int, int], str],
    number: int,
    places: Sequence[int],
) -> list[tuple[int, str]]:
    found = [(at, hollow[number, at + 1]) for at in places if (number, at + 1) in hollow]
    found += [(at, str(cells[at])) for at in places if _ERROR_TEXT.fullmatch(cells[at] or "")]
    return sorted(found)


def _rejected(
    broken: Sequence[tuple[int, str]], cells: Sequence[str | None], sheet: _Sheet, number: int
) -> RejectedRow:
    at, what = broken[0]
    address = f"{column_letters(at + 1)}{number}"
    more = f" ({len(broken) - 1} more in this row)" if len(broken) > 1 else ""
    uncalculated = what == "formula"
    shown = dict(broken)
    text = " | ".join(shown.get(i, cell or "") for i, cell in enumerate(cells))
    return RejectedRow(
        file=sheet.where,
        line=f"{sheet.name}!{address}",
        rule="formula without value" if uncalculated else "cell error",
        text=shorten(text),
        advice=f"Open the workbook, let it calculate, and save it{more}."
        if uncalculated
        else f"The cell shows {what}; mend its formula{more}.",
    )
