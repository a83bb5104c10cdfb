"""What a workbook does not show at first sight: hidden rows and columns, macros, its calendar."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Final

from pfkit.sources.workbook import attributes, sheet_part

_ROW: Final = re.compile(rb"<(?:\w+:)?row\s([^>]*\bhidden=[\"'](?:1|true)[\"'][^>]*)>")
_COLUMN: Final = re.compile(rb"<(?:\w+:)?col\s([^>]*\bhidden=[\"'](?:1|true)[\"'][^>]*)>")
_PROPERTIES: Final = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*>")
_TRUE: Final = frozenset({"1", "true"})


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """What stands beside the values of one sheet.

    Parameters
    ----------
    rows : tuple of int
        Hidden rows, from 1.
    columns : tuple of int
        Hidden columns, from 1.
    macros : bool
        Whether the workbook carries macros; they are never run.
    from_1904 : bool
        Whether its days are counted from 1904.
    """

    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    macros: bool = False
    from_1904: bool = False


def hidden(data: bytes, sheet: str) -> Hidden:
    """Return what one sheet of an xlsx workbook hides.

    Parameters
    ----------
    data : bytes
        The workbook, already passed by `pfkit.sources.workbook.workbook_format`.
    sheet : str
        Name of the sheet.

    Returns
    -------
    Hidden
        Nothing found, nothing named.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        part = sheet_part(archive, sheet)
        body = archive.read(part) if part in names else b""
        properties = _PROPERTIES.search(archive.read("xl/workbook.xml"))
    calendar = attributes(properties.group()).get("date1904", "") if properties else ""
    columns: list[int] = []
    for match in _COLUMN.finditer(body):
        held = attributes(match.group())
        first, last = int(held.get("min", "1")), int(held.get("max", "1"))
        columns += range(first, min(last, first + 1000) + 1)
    rows = (attributes(match.group()).get("r", "0") for match in _ROW.finditer(body))
    return Hidden(
        rows=tuple(int(row) for row in rows if row.isdigit()),
        columns=tuple(columns),
        macros=any(name.endswith("vbaProject.bin") for name in names),
        from_1904=calendar in _TRUE,
    )
