"""What a reader hands on: the rows as found, where each came from, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "_file"
LINE = "_line"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the files of one source are to be read.

    Parameters
    ----------
    format : str
        ``detect``, ``excel`` for any spreadsheet, or a format of `FileFact`.
    encoding : str
        A codec name, or ``detect``; for text.
    sheet : str, optional
        Name of the sheet; for spreadsheets.
    header : int
        Row or line of the column names, from 1.
    delimiter : str
        One character, ``tab``, or ``detect``; for delimited text.
    query : str, optional
        A table's name or a SELECT; for databases.
    columns : tuple of str, optional
        Columns to read; all when not given.
    records : tuple of str
        Where in nested JSON the rows stand, as `pfkit.sources.nested.records` reads it.
    """

    format: str = "detect"
    encoding: str = "detect"
    sheet: str | None = None
    header: int = 1
    delimiter: str = "detect"
    query: str | None = None
    columns: tuple[str, ...] | None = None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FileFact:
    """Provenance of one file.

    Parameters
    ----------
    path : str
        Path relative to the data folder, with forward slashes.
    sha256 : str
        Digest of the file as it lies on disk.
    bytes : int
        Size on disk.
    format : str
        ``csv``, ``xlsx``, ``xls``, ``ods``, ``parquet``, ``jsonl``, ``json`` or ``sqlite``.
    encoding : str
        Encoding of a text file, or empty.
    compression : str
        ``gzip``, ``bz2``, ``xz``, ``zstd``, ``zip``, or empty.
    rows : int
        Data rows found, rejected ones included.
    notes : tuple of str
        What was repaired or skipped on the way.
    types : tuple of (str, str)
        The file's own columns, in order, and the type it gives each: ``string`` in text formats.
    """

    path: str
    sha256: str
    bytes: int
    format: str
    encoding: str = ""
    compression: str = ""
    rows: int = 0
    notes: tuple[str, ...] = ()
    types: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class RejectedRow:
    """One row that could not be read as a row.

    Parameters
    ----------
    file : str
        Path relative to the data folder.
    line : str
        Line number in a text file, cell in a spreadsheet.
    rule : str
        What it broke, as a short word.
    text : str
        The row as it stands in the file, shortened.
    advice : str
        What to do.
    """

    file: str
    line: str
    rule: str
    text: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one reader found in one file, before it is joined with the others.

    Parameters
    ----------
    table : pyarrow.Table
        Columns as in the file.
    lines : pyarrow.Array
        For each row, its line, row number or cell, as text.
    rejected : tuple of RejectedRow
        Rows that are not in `table`.
    encoding : str
        Encoding of a text file, or empty.
    notes : tuple of str
        What was repaired or skipped.
    sparse : bool
        Whether a column that is absent means empty, as in JSON.
    """

    table: pa.Table
    lines: pa.Array
    rejected: tuple[RejectedRow, ...] = ()
    encoding: str = ""
    notes: tuple[str, ...] = ()
    sparse: bool = False


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """All rows of one source, as found.

    Parameters
    ----------
    table : pyarrow.Table
        Columns as in the files, then ``_file`` and ``_line`` as text. Text formats and
        spreadsheets give text; Parquet and SQLite keep their types.
    rejected : tuple of RejectedRow
        Rows that are not in `table`.
    files : tuple of FileFact
        The files, in the order read.
    """

    table: pa.Table
    rejected: tuple[RejectedRow, ...] = ()
    files: tuple[FileFact, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns found, without ``_file`` and ``_line``."""
        return tuple(name for name in self.table.column_names if name not in {FILE, LINE})


def shorten(text: str, width: int = 200) -> str:
    r"""Return a row's text on one line, cut to what a message can carry.

    Examples
    --------
    >>> shorten("a,b\nc", width=5)
    'a,b c'
    >>> shorten("abcdef", width=5)
    'abcd…'
    """
    flat = " ".join(text.split())
    return flat if len(flat) <= width else f"{flat[: width - 1]}…"
