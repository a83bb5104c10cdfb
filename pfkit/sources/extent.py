"""How far the sheets of a workbook reach: a reader lays out every cell up to the last one."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Places = npt.NDArray[np.int64]

#: Far more than any sheet people keep.
MOST: Final = 60_000_000
#: A sheet of this many places, one in fifty filled, is a table and a stray cell far away.
_THIN: Final = 4_000_000
_SHARE: Final = 50
_LETTERS: Final = 3
_DIGITS: Final = 7
_PIECE: Final = 4 << 20

_ROW_START: Final = re.compile(rb"<(?:\w+:)?row[\s>/]")
_CELL_START: Final = re.compile(rb"<(?:\w+:)?c[\s>/]")
_REPEATED: Final = re.compile(rb'number-(columns|rows)-repeated="(\d{1,9})"')
_ODS_ROW: Final = re.compile(
    rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL
)
_ODS_CELL: Final = re.compile(
    rb"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)",
    re.DOTALL,
)
_ROW_RECORD: Final = 0
_CELL_RECORDS: Final = range(1, 12)


@dataclass
class Extent:
    """The last row and column of a sheet, and how many cells it holds.

    Parameters
    ----------
    rows, columns : int
        Counted from 1.
    cells : int
        Cells that are written.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0

    @property
    def too_far(self) -> bool:
        """Return whether laying out every cell would cost far more than the sheet is worth."""
        area = self.rows * self.columns
        return area > MOST or area > max(_THIN, self.cells * _SHARE)


def sheet_extent(pieces: Iterable[bytes]) -> Extent:
    """Return the extent of an xlsx sheet from its text, in pieces.

    Examples
    --------
    >>> sheet_extent([b'<row r="2"><c r="AB2"><v>1</v></c></row>'])
    Extent(rows=2, columns=28, cells=1)
    """
    found = Extent()
    counted, widest, open_row = 0, 0, 0
    for text in _whole_tags(pieces):
        rows, columns = _named(text)
        found.rows = max(found.rows, rows)
        found.columns = max(found.columns, columns)
        starts = [match.start() for match in _ROW_START.finditer(text)]
        cells = np.array([match.start() for match in _CELL_START.finditer(text)], np.int64)
        counted += len(starts)
        found.cells += len(cells)
        edges = np.searchsorted(cells, np.array([*starts, len(text)], np.int64))
        # Cells before the first row of this piece belong to the row the last one ended in.
        open_row += int(edges[0])
        widest = max(widest, open_row)
        if starts:
            widest = max(widest, int(np.diff(edges).max()))
            open_row = int(edges[-1] - edges[-2])
    # A cell may leave out its address; it then stands beside the one before.
    found.rows = max(found.rows, counted)
    found.columns = max(found.columns, widest)
    return found


def _whole_tags(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        text = rest + piece
        cut = text.rfind(b"<")
        if cut < 0 or len(text) - cut > _PIECE:
            cut = len(text)
        rest = text[cut:]
        yield text[:cut]
    yield rest


def _named(text: bytes) -> tuple[int, int]:
    """Return the largest row and column among the addresses ``r="AB12"`` of a text."""
    view = np.frombuffer(text + bytes(_LETTERS + _DIGITS + 4), np.uint8)
    at = np.flatnonzero(view[:-3] == ord("r"))
    if not len(at):
        return 0, 0
    quote = view[at + 2]
    at = at[(view[at + 1] == ord("=")) & ((quote == ord('"')) | (quote == ord("'")))] + 3
    column = np.zeros(len(at), np.int64)
    for _ in range(_LETTERS):
        letter = view[at].astype(np.int64) - ord("A") + 1
        fits = (letter >= 1) & (letter <= 26)  # noqa: PLR2004 - letters from A to Z
        column = np.where(fits, column * 26 + letter, column)
        at = at + fits
    row = np.zeros(len(at), np.int64)
    for _ in range(_DIGITS):
        digit = view[at].astype(np.int64) - ord("0")
        fits = (digit >= 0) & (digit <= 9)  # noqa: PLR2004 - digits from 0 to 9
        row = np.where(fits, row * 10 + digit, row)
        at = np.minimum(at + fits, len(view) - 1)
    return (int(row.max()), int(column.max())) if len(at) else (0, 0)


def binary_extent(data: bytes) -> Extent:
    """Return the extent of an xlsb sheet from its records.

    References
    ----------
    .. [1] Microsoft, *[MS-XLSB]*, sections 2.1.4 (record) and 2.4.748 (BrtRowHdr)
    """
    found = Extent()
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80 and at < end:
            kind = kind & 0x7F | data[at] << 7
            at += 1
        size, shift = 0, 0
        while at < end:
            part = data[at]
            at += 1
            size |= (part & 0x7F) << shift
            shift += 7
            if not part & 0x80 or shift > 21:  # noqa: PLR2004 - four bytes at most
                break
        if at + 4 <= end and size >= 4:  # noqa: PLR2004 - both begin with a number of four bytes
            number = struct.unpack_from("<I", data, at)[0] + 1
            if kind == _ROW_RECORD:
                found.rows = max(found.rows, number)
            elif kind in _CELL_RECORDS:
                found.columns = max(found.columns, number)
                found.cells += 1
        at += size
    return found


def open_extent(text: bytes) -> Extent:
    """Return the extent of the widest table of an open document.

    Repeats of empty cells and rows at the end, which every such file has, do not count.

    Examples
    --------
    >>> open_extent(b'<table:table-row><table:table-cell table:number-columns-repeated="9"'
    ...             b' office:value="1"/></table:table-row>')
    Extent(rows=1, columns=9, cells=9)
    """
    found = Extent()
    rows = 0
    for match in _ODS_ROW.finditer(text):
        times = _times(match.group(1), b"rows")
        width = filled = passed = 0
        for cell in _ODS_CELL.finditer(match.group(2) or b""):
            count = _times(cell.group(1), b"columns")
            passed += count
            if b"office:" in cell.group(1) or (cell.group(2) or b"").strip():
                width = passed
                filled += count
        rows += times
        if width:
            found.rows = max(found.rows, rows)
            found.columns = max(found.columns, width)
            found.cells += filled
    return found


def _times(tag: bytes, what: bytes) -> int:
    return next((int(m.group(2)) for m in _REPEATED.finditer(tag) if m.group(1) == what), 1)
