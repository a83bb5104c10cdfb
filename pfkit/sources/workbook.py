"""Look into a zipped workbook before it is opened: its size, and the cells without a value."""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, Final

from pfkit.errors import SourceError
from pfkit.sources.archive import entries, unpacked
from pfkit.sources.extent import Extent, binary_extent, open_extent, sheet_extent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zipfile import ZipInfo

_SHEETS: Final = ("xl/worksheets/", "xl/chartsheets/", "xl/dialogsheets/", "xl/macrosheets/")
# A document type can name entities that grow without end, or that reach for other files.
_DECLARED: Final = tuple(
    word.encode(form)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for form in ("ascii", "utf-16-le", "utf-16-be")
)
_OVERLAP: Final = max(map(len, _DECLARED)) - 1

_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE: Final = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ERROR: Final = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*\bt=["']e["'][^>]*)>.*?<(?:\w+:)?v>([^<]*)</""", re.DOTALL
)
_FORMULA: Final = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>|</(?:\w+:)?c>)"""
)

_FORMULA_TEXT: Final = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b[^>]*>([^<]*)</(?:\w+:)?f>"""
)


def workbook_format(data: bytes, *, where: str) -> str:
    """Return the format of a zipped workbook, after a look at all that a reader would trust.

    Use it before any reader opens the archive. A bomb is refused by its directory alone; then each
    part is unpacked in pieces, so that a damaged one, a document type or a stray cell in the last
    row of the last column is found here and not by a reader that fills the memory or reads on.

    Parameters
    ----------
    data : bytes
        The archive.
    where : str
        The file, for messages.

    Returns
    -------
    str
        ``xlsx``, ``xlsb`` or ``ods``.

    Raises
    ------
    SourceError
        If the archive is damaged, a part would unpack beyond reason, the text of a part declares
        entities, a sheet reaches absurdly far, or the archive holds no workbook.
    """
    found = entries(data, where=where)
    names = {entry.filename for entry in found}
    kind = _kind(data, found, names, where)
    for entry in found:
        pieces = unpacked(data, entry, where=where)
        if entry.filename.endswith((".xml", ".rels", ".vml")):
            pieces = _without_entities(pieces, entry.filename, where)
        extent = _extent(kind, entry.filename, pieces)
        if extent.too_far:
            raise SourceError(
                f"the sheet reaches to cell {column_letters(extent.columns)}{extent.rows}",
                where=f"{where} ({entry.filename})",
                advice="Delete the empty rows and columns below and beside the table.",
            )
    return kind


def _kind(data: bytes, found: list[ZipInfo], names: set[str], where: str) -> str:
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    for entry in found:
        if entry.filename == "mimetype":
            words = b"".join(unpacked(data, entry, where=where))[:100]
            if b"opendocument.spreadsheet" in words:
                return "ods"
    shown = ", ".join(sorted(names)[:5])
    raise SourceError(
        f"the zip archive holds no workbook (it holds: {shown or 'nothing'})",
        where=where,
        advice="Unpack it into the data folder.",
    )


def _without_entities(pieces: Iterable[bytes], part: str, where: str) -> Iterator[bytes]:
    tail = b""
    for piece in pieces:
        text = tail + piece
        if b"!" in text and any(word in text for word in _DECLARED):
            raise SourceError(
                f"the workbook's part {part!r} declares entities, which no spreadsheet needs "
                "and which can fill the memory or reach for other files",
                where=where,
                advice="Do not open it; ask the sender for an export.",
            )
        tail = text[-_OVERLAP:]
        yield piece


def _extent(kind: str, part: str, pieces: Iterable[bytes]) -> Extent:
    if kind == "xlsx" and part.startswith(_SHEETS) and part.endswith(".xml"):
        return sheet_extent(pieces)
    if kind == "xlsb" and part.startswith(_SHEETS) and part.endswith(".bin"):
        return binary_extent(b"".join(pieces))
    if kind == "ods" and part == "content.xml":
        return open_extent(b"".join(pieces))
    for _ in pieces:
        pass
    return Extent()


def hollow_cells(data: bytes, sheet: str) -> dict[tuple[int, int], str]:
    """Return the cells of an xlsx sheet that show an error, or a formula nobody calculated.

    The reader of values gives both as empty, which would turn a broken amount into none.

    Parameters
    ----------
    data : bytes
        The workbook, already passed by `workbook_format`.
    sheet : str
        Name of the sheet.

    Returns
    -------
    dict
        (row, column), both from 1, to ``#REF!`` or the like, or to ``formula`` where a formula
        carries no calculated value.
    """
    found: dict[tuple[int, int], str] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = sheet_part(archive, sheet)
        body = archive.read(part) if part in archive.namelist() else b""
    if b't="e"' in body or b"t='e'" in body:
        for match in _ERROR.finditer(body):
            _note(found, match.group(1), match.group(2).decode("utf-8", errors="replace"))
    if b"<f" in body or b":f" in body:
        for match in _FORMULA.finditer(body):
            # A formula whose answer is the empty text has that answer.
            if b't="str"' not in match.group(1):
                _note(found, match.group(1), "formula")
    return found


def formula_texts(data: bytes, sheet: str) -> dict[tuple[int, int], str]:
    """Return the formulas of an xlsx sheet as their text, calculated or not; nothing is run.

    Parameters
    ----------
    data : bytes
        The workbook, already passed by `workbook_format`.
    sheet : str
        Name of the sheet.

    Returns
    -------
    dict
        (row, column), both from 1, to the formula with its ``=``.
    """
    found: dict[tuple[int, int], str] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = sheet_part(archive, sheet)
        body = archive.read(part) if part in archive.namelist() else b""
    for match in _FORMULA_TEXT.finditer(body):
        text = html.unescape(match.group(2).decode("utf-8", errors="replace"))
        _note(found, match.group(1), f"={text}")
    return found


def column_letters(column: int) -> str:
    """Return the letters a spreadsheet shows for a column, from 1.

    Examples
    --------
    >>> column_letters(1), column_letters(28), column_letters(703)
    ('A', 'AB', 'AAA')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number of a column, from 1.

    Examples
    --------
    >>> column_number("AB")
    28
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part that holds a sheet of an xlsx workbook, or empty."""
    targets = {
        held.get("Id", ""): held.get("Target", "")
        for match in _RELATION.finditer(archive.read("xl/_rels/workbook.xml.rels"))
        if (held := attributes(match.group()))
    }
    for match in _SHEET.finditer(archive.read("xl/workbook.xml")):
        held = attributes(match.group())
        if held.get("name") == sheet:
            identity = next((v for k, v in held.items() if k.endswith(":id")), "")
            target = targets.get(identity, "")
            return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return ""


def attributes(tag: bytes) -> dict[str, str]:
    """Return the attributes of a tag, by their names as they stand."""
    return {
        name.decode(): html.unescape((double or single).decode("utf-8", errors="replace"))
        for name, double, single in _ATTRIBUTE.findall(tag)
    }


def _note(found: dict[tuple[int, int], str], tag: bytes, what: str) -> None:
    address = re.fullmatch(r"([A-Z]{1,3})(\d+)", attributes(tag).get("r", ""))
    if address:
        found.setdefault((int(address[2]), column_number(address[1])), what)
