"""Find the cells in error of an old workbook (.xls), which its reader of values gives as empty."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ERRORS: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_BOF, _EOF, _SHEET, _ERROR_CELL, _FORMULA = 0x0809, 0x000A, 0x0085, 0x0205, 0x0006
_DIMENSIONS: Final = 0x0200
_CELLS: Final = frozenset(
    {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x027E}
)
_ROWS, _COLUMNS = 65_536, 256
_ADDRESS, _EXTENT = 4, 12
_LAST: Final = 0xFFFFFFFA
_ENTRY: Final = 128
_HEADER: Final = 512


def error_cells(data: bytes, sheet: str) -> dict[tuple[int, int], str] | None:
    """Return the cells of an xls sheet that show an error.

    Parameters
    ----------
    data : bytes
        The workbook.
    sheet : str
        Name of the sheet.

    Returns
    -------
    dict or None
        (row, column), both from 1, to ``#REF!`` or the like; None where the file is built in a
        way that cannot be followed.

    References
    ----------
    .. [1] Microsoft, *[MS-CFB] Compound File Binary File Format* and *[MS-XLS] Excel Binary File
       Format*, sections 2.4.24 (BoolErr), 2.4.127 (Formula), 2.4.28 (BoundSheet8)
    """
    try:
        stream = _workbook_stream(data)
        return _errors(stream, _sheet_start(stream, sheet))
    except (struct.error, LookupError, UnicodeDecodeError):
        return None


def check_records(data: bytes, *, where: str) -> None:
    """Refuse an xls workbook whose records break off, or name cells that no such sheet has.

    A reader believes them, and lays out four thousand million cells for one damaged column.

    Parameters
    ----------
    data : bytes
        The workbook, already passed by `pfkit.sources.compound.check_compound`.
    where : str
        The file, for messages.

    Raises
    ------
    SourceError
        If the records cannot be followed to the end, or a cell lies beyond IV65536.
    """
    try:
        problem = _problem(_workbook_stream(data))
    except (struct.error, UnicodeDecodeError):
        problem = "its records break off"
    except LookupError:
        # A compound file of another program, or a locked workbook: its reader says which.
        return
    if problem:
        raise SourceError(
            f"the workbook is truncated or damaged ({problem})",
            where=where,
            advice="Copy it again, or open it in a spreadsheet program and save it as xlsx.",
        )


def _problem(stream: bytes) -> str:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == 0 and not stream[at:].strip(b"\0"):
            return ""
        if at + 4 + length > len(stream):
            return "its records break off"
        if kind in _CELLS and length >= _ADDRESS:
            _, column = struct.unpack_from("<HH", stream, at + 4)
            if column >= _COLUMNS:
                return f"a cell stands in column {column + 1:,}"
        if kind == _DIMENSIONS and length >= _EXTENT:
            _, rows, _, columns = struct.unpack_from("<IIHH", stream, at + 4)
            if rows > _ROWS or columns > _COLUMNS:
                return f"a sheet states {rows:,} rows and {columns:,} columns"
        at += 4 + length
    return ""


def _workbook_stream(data: bytes) -> bytes:
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    mini = 1 << struct.unpack_from("<H", data, 32)[0]
    directory_at, cutoff, mini_table_at = struct.unpack_from("<I4xII", data, 48)
    table = _allocation(data, sector)
    directory = _chain(data, sector, table, directory_at, _HEADER)
    entries = {name: (start, size) for name, start, size in _entries(directory)}
    start, size = entries["Workbook" if "Workbook" in entries else "Book"]
    if size >= cutoff:
        return _chain(data, sector, table, start, _HEADER)[:size]
    inner = _chain(data, sector, table, entries["Root Entry"][0], _HEADER)
    packed = _chain(data, sector, table, mini_table_at, _HEADER)
    mini_table = list(struct.unpack(f"<{len(packed) // 4}I", packed))
    return _chain(inner, mini, mini_table, start, 0)[:size]


def _allocation(data: bytes, sector: int) -> list[int]:
    """Return, for each sector, the one after it."""
    places = list(struct.unpack_from("<109I", data, 76))
    more, count = struct.unpack_from("<II", data, 68)
    for _ in range(count):
        block = struct.unpack_from(f"<{sector // 4}I", data, _HEADER + more * sector)
        places.extend(block[:-1])
        more = block[-1]
    table: list[int] = []
    for place in places:
        if place < _LAST:
            at = _HEADER + place * sector
            table.extend(struct.unpack_from(f"<{sector // 4}I", data, at))
    return table


def _chain(data: bytes, sector: int, table: list[int], start: int, offset: int) -> bytes:
    parts: list[bytes] = []
    at = start
    while at < _LAST:
        # A chain longer than its table runs in a circle.
        if len(parts) > len(table):
            raise LookupError
        parts.append(data[offset + at * sector : offset + (at + 1) * sector])
        at = table[at]
    return b"".join(parts)


def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
    for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        start, size = struct.unpack_from("<II", directory, at + 116)
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le")
        yield name, start, size


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _sheet_start(stream: bytes, sheet: str) -> int:
    for kind, body in _records(stream, 0):
        if kind == _EOF:
            break
        if kind == _SHEET:
            start, length, wide = struct.unpack_from("<I2xBB", body)
            name = body[8 : 8 + length * (2 if wide & 1 else 1)]
            if name.decode("utf-16-le" if wide & 1 else "latin-1") == sheet:
                return int(start)
    raise LookupError(sheet)


def _errors(stream: bytes, start: int) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    depth = 0
    for kind, body in _records(stream, start):
        # A chart inside the sheet has its own beginning and end.
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 0:
            break
        code = None
        if kind == _ERROR_CELL and body[7]:
            code = body[6]
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:  # noqa: PLR2004
            code = body[8]
        if code is not None:
            row, column = struct.unpack_from("<HH", body)
            found[row + 1, column + 1] = _ERRORS.get(code, f"error {code}")
    return found
