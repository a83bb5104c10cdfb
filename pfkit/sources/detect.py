"""Tell a file's format from its bytes, never from its name."""

from __future__ import annotations

import re
from typing import Final

from pfkit.errors import SourceError, near_miss

TEXT: Final = frozenset({"csv", "jsonl", "json"})
SPREADSHEETS: Final = frozenset({"xlsx", "xlsb", "xls", "ods"})
FORMATS: Final = TEXT | SPREADSHEETS | {"parquet", "sqlite"}
COMPRESSIONS: Final = frozenset({"gzip", "bz2", "xz", "zstd"})

_MAGIC: Final = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"%PDF", "pdf"),
    (b"ARROW1", "arrow"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"PARE", "locked parquet"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"\x7fELF", "program"),
    (b"{\\rtf", "rtf"),
    (b"MIME-Version:", "html"),
)
_ADVICE: Final = {
    "pdf": ("a PDF document", "Export the table itself, as CSV or xlsx."),
    "arrow": ("an Arrow file", "Save it as Parquet."),
    "7z": ("a 7z archive", "Unpack it into the data folder."),
    "rar": ("a RAR archive", "Unpack it into the data folder."),
    "locked parquet": ("Parquet with an encrypted footer", "Export it without encryption."),
    "image": ("a picture", "Export the table itself, as CSV or xlsx."),
    "program": ("a program", "Do not run it; ask the sender for an export."),
    "rtf": ("a text document", "Save its table as xlsx or CSV."),
    "pickle": ("a Python pickle, which could run code", "Save it as Parquet or CSV."),
    "duckdb": ("a DuckDB database", "Export the table as Parquet."),
    "html": (
        "an HTML page, whatever its name says",
        "Save it as xlsx from a spreadsheet program; if it is a log-in page, export again.",
    ),
    "xml": ("an XML document", "Save it as xlsx or CSV."),
}
_MARKUP: Final = re.compile(rb"<(!doctype\s+html|html|head|body|table|div|meta)\b", re.IGNORECASE)
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")
# The first protocol is text: it names a module and a thing in it, then calls it.
_OLD_PICKLE: Final = re.compile(rb"c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n[pq(]")


def detect(head: bytes, *, where: str) -> str:
    r"""Return the format of a file from its first bytes.

    Use it before any reader opens a file, so that a wrong name cannot choose the reader.

    Parameters
    ----------
    head : bytes
        The first bytes of the file, decompressed; some hundred are enough.
    where : str
        The file, for the message.

    Returns
    -------
    str
        A member of ``FORMATS``, of ``COMPRESSIONS``, or ``zip``, which may hold a workbook.

    Raises
    ------
    SourceError
        If the file is empty, or of a kind that is never read.

    Examples
    --------
    >>> detect(b"id,amount\n1,2.50\n", where="a.csv")
    'csv'
    >>> detect(b'\n[{"id": 1}]', where="a.json")
    'json'
    """
    if not head:
        raise SourceError(
            "the file is empty (0 bytes)",
            where=where,
            advice="Export it again; a period without rows still has its header.",
        )
    found = next((name for magic, name in _MAGIC if head.startswith(magic)), "")
    if not found and (_PICKLE.match(head) or _OLD_PICKLE.match(head)):
        found = "pickle"
    if not found and head.startswith(b"MZ") and b"\x00" in head[:64]:
        found = "program"
    if not found and head[8:12] == b"DUCK":
        found = "duckdb"
    found = found or _text_format(head)
    if found in _ADVICE:
        what, advice = _ADVICE[found]
        raise SourceError(f"the file is {what}", where=where, advice=advice)
    return found


def agree(declared: str, found: str, *, where: str) -> str:
    """Return the format to read with, after comparing what was declared with what was found.

    Parameters
    ----------
    declared : str
        ``detect``, ``excel`` for any spreadsheet, or a member of ``FORMATS``.
    found : str
        What `detect` said.
    where : str
        The file, for the message.

    Returns
    -------
    str
        A member of ``FORMATS``.

    Raises
    ------
    SourceError
        If the declared format is unknown, or the file is of another kind.

    Examples
    --------
    >>> agree("csv", "json", where="a.csv")
    'csv'
    >>> agree("detect", "xls", where="a.xlsx")
    'xls'
    """
    check_declared(declared)
    if declared == "detect":
        return found
    if found in TEXT and declared in TEXT:
        # A CSV header may begin with a bracket; between text formats the book knows best.
        return declared
    same_family = found in SPREADSHEETS and declared in SPREADSHEETS | {"excel"}
    if found == declared or same_family:
        return found
    raise SourceError(
        f"declared as {declared!r}, but the file holds {found!r}",
        where=where,
        advice='Say format = "detect", or replace the file.',
    )


def check_declared(declared: str) -> None:
    """Refuse a format nobody reads.

    Raises
    ------
    SourceError
        If `declared` is not ``detect``, ``excel`` or a member of ``FORMATS``.

    Examples
    --------
    >>> check_declared("csv")
    """
    known = FORMATS | {"detect", "excel"}
    if declared not in known:
        raise SourceError(
            f"there is no format {declared!r}",
            where="format",
            advice=near_miss(declared, known, noun="format"),
        )


def _text_format(head: bytes) -> str:
    text = _plain(head).lstrip()
    if text.startswith(b"<"):
        return "html" if _MARKUP.search(text) else "xml"
    if text.startswith(b"["):
        return "json"
    return "jsonl" if text.startswith(b"{") else "csv"


def _plain(head: bytes) -> bytes:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[2:].replace(b"\x00", b"")
    return head.removeprefix(b"\xef\xbb\xbf")
