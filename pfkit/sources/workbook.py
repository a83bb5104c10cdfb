"""Look into a zipped workbook before it is opened: its size, and the cells without a value."""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
import zlib
from typing import Final

from pfkit.errors import SourceError

# Sheets of one constant shrink some 100 times; no sheet anyone filled shrinks 200 times.
_RATIO: Final = 200
_FREE: Final = 8 << 20
_LARGEST: Final = 2 << 30
_ENTRIES: Final = 10_000

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


def workbook_format(data: bytes, *, where: str) -> str:
    """Return the format of a zip archive, after a look at its directory only.

    Use it before any reader opens the archive: nothing is unpacked here but a name of some bytes.

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
        If the directory is damaged, an entry would unpack beyond reason, entries overlap, or the
        archive holds no workbook.

    References
    ----------
    .. [1] D. Fifield, *A better zip bomb*, https://www.usenix.org/conference/woot19/presentation/fifield
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_bomb(entries, len(data), where=where)
            names = {entry.filename for entry in entries}
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise SourceError(
            f"the archive is truncated or damaged ({error})",
            where=where,
            advice="Copy or export the file again.",
        ) from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if b"opendocument.spreadsheet" in kind:
        return "ods"
    shown = ", ".join(sorted(names)[:5])
    raise SourceError(
        f"the zip archive holds no workbook (it holds: {shown or 'nothing'})",
        where=where,
        advice="Unpack it into the data folder.",
    )


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
        part = _sheet_part(archive, sheet)
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


def _refuse_bomb(entries: list[zipfile.ZipInfo], size: int, *, where: str) -> None:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    worst = max(entries, key=lambda entry: entry.file_size, default=None)
    reason = ""
    if worst and worst.file_size > max(_FREE, worst.compress_size * _RATIO):
        reason = (
            f"its part {worst.filename!r} would unpack from {worst.compress_size:,} "
            f"to {worst.file_size:,} bytes"
        )
    elif total > _LARGEST:
        reason = f"it would unpack to {total:,} bytes"
    elif len(entries) > _ENTRIES:
        reason = f"it has {len(entries):,} parts"
    elif packed > size:
        reason = "its parts overlap"
    if reason:
        raise SourceError(
            f"the archive is refused before opening: {reason}",
            where=where,
            advice="If the workbook is real, save it again, or export its sheet as CSV.",
        )


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    targets = {
        attributes.get("Id", ""): attributes.get("Target", "")
        for match in _RELATION.finditer(archive.read("xl/_rels/workbook.xml.rels"))
        if (attributes := _attributes(match.group()))
    }
    for match in _SHEET.finditer(archive.read("xl/workbook.xml")):
        attributes = _attributes(match.group())
        if attributes.get("name") == sheet:
            identity = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            target = targets.get(identity, "")
            return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return ""


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        name.decode(): html.unescape((double or single).decode("utf-8", errors="replace"))
        for name, double, single in _ATTRIBUTE.findall(tag)
    }


def _note(found: dict[tuple[int, int], str], tag: bytes, what: str) -> None:
    address = re.fullmatch(r"([A-Z]{1,3})(\d+)", _attributes(tag).get("r", ""))
    if address:
        found.setdefault((int(address[2]), column_number(address[1])), what)
