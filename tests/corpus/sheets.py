"""Write workbooks: xlsx through xlsxwriter, the older and open forms by hand."""

from __future__ import annotations

import datetime as dt
import io
import struct
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

import xlsxwriter

from tests.corpus.write import zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.corpus.rows import Row

#: A workbook notes when it was made; ours always says the same.
MADE: Final = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook knows no zones
NUMBERS: Final = ("amount", "units", "rate", "debit", "credit")
DATES: Final = ("posting_date", "date")


def table(
    rows: Sequence[Row], *, numbers: Sequence[str] = NUMBERS, dates: Sequence[str] = DATES
) -> list[list[Any]]:
    """Return header and rows as cells: amounts as numbers, days as days, the rest as text."""
    names = list(rows[0])

    def cell(name: str, value: str) -> Any:
        if value and name in numbers:
            return float(value)
        return dt.date.fromisoformat(value) if value and name in dates else value

    return [names, *([cell(name, row[name]) for name in names] for row in rows)]


def xlsx(
    *sheets: tuple[str, Sequence[Sequence[Any]]],
    touch: Callable[[xlsxwriter.Workbook], None] | None = None,
    **options: Any,
) -> bytes:
    """Return a workbook; `touch` may merge, hide, format or add to its sheets."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, **options})
    book.set_properties({"created": MADE})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, cells in sheets:
        sheet = book.add_worksheet(name)
        for at, line in enumerate(cells):
            for across, value in enumerate(line):
                if isinstance(value, dt.date):
                    sheet.write_datetime(at, across, value, day)
                elif isinstance(value, str):
                    if value:
                        sheet.write_string(at, across, value)
                elif value is not None:
                    sheet.write(at, across, value)
    if touch:
        touch(book)
    book.close()
    return stream.getvalue()


def ledger_xlsx(rows: Sequence[Row], **options: Any) -> bytes:
    """Return a workbook of one sheet, ``Ledger``."""
    return xlsx(("Ledger", table(rows)), **options)


_ODS_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    '<manifest:file-entry manifest:full-path="/" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_ODS_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def ods(cells: Sequence[Sequence[Any]], *, head: str = "", name: str = "Ledger") -> bytes:
    """Return an open document; `head` stands before its root element."""
    body = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, line))}</table:table-row>" for line in cells
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content {_ODS_SPACES} '
        'office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="{name}">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
            "META-INF/manifest.xml": _ODS_TYPES.encode(),
        }
    )


def _ods_cell(value: Any) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, float):
        kind = f'office:value-type="float" office:value="{value!r}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def _biff(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def xls(cells: Sequence[Sequence[Any]], *, name: str = "Ledger") -> bytes:
    """Return an old workbook (BIFF8 in a compound file)."""
    sheet = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0x0600))
    width = max(len(line) for line in cells)
    sheet += _biff(0x0200, struct.pack("<IIHHH", 0, len(cells), 0, width, 0))
    for at, line in enumerate(cells):
        for across, value in enumerate(line):
            place = struct.pack("<HHH", at, across, 0)
            if isinstance(value, float):
                sheet += _biff(0x0203, place + struct.pack("<d", value))
            elif value is not None and value != "":
                text = str(value)
                packed = struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
                sheet += _biff(0x0204, place + packed)
    sheet += _biff(0x000A, b"")
    begin = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0x0600))
    begin += _biff(0x0042, struct.pack("<H", 1200))
    begin += _biff(0x00E0, bytes(20))
    named = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    length = len(begin) + 4 + 6 + len(named) + 4
    bound = _biff(0x0085, struct.pack("<IH", length, 0) + named)
    return ole({"Workbook": begin + bound + _biff(0x000A, b"") + sheet})


def ole(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file; each stream is filled up to 4,096 bytes, so that none is small."""
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    bodies = {name: body.ljust(4096, b"\0") for name, body in streams.items()}
    table: list[int] = []
    data = b""
    starts = {}
    for name, body in bodies.items():
        starts[name] = len(table)
        count = -(-len(body) // 512)
        data += body.ljust(count * 512, b"\0")
        table += [*range(len(table) + 1, len(table) + count), end]
    entries = [_entry("Root Entry", 5, end, 0, child=1)]
    names = list(bodies)
    for at, name in enumerate(names):
        right = at + 2 if at + 1 < len(names) else free
        entries.append(_entry(name, 2, starts[name], len(bodies[name]), right=right))
    directory = b"".join(entries).ljust(-(-len(entries) // 4) * 512, b"\0")
    root = len(table)
    table += [*range(root + 1, root + len(directory) // 512), end]
    data += directory
    fats = 1
    while (len(table) + fats) > fats * 128:
        fats += 1
    places = [len(table) + at for at in range(fats)]
    table += [fat_mark] * fats
    data += struct.pack(f"<{fats * 128}I", *table, *([free] * (fats * 128 - len(table))))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6xIII4xIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, root, 4096, end, 0, end, 0
    )
    header += struct.pack("<109I", *places, *([free] * (109 - fats)))
    return header + data


def _entry(
    name: str, kind: int, start: int, size: int, *, child: int = -1, right: int = -1
) -> bytes:
    wide = name.encode("utf-16-le")
    none = 0xFFFFFFFF
    return (
        wide.ljust(64, b"\0")
        + struct.pack("<HBB", len(wide) + 2, kind, 1)
        + struct.pack("<III", none, right & none, child & none)
        + bytes(36)
        + struct.pack("<III", start, size, 0)
    )


def xlsb(cells: Sequence[Sequence[Any]], *, name: str = "Ledger") -> bytes:
    """Return a binary workbook, texts in line, numbers as they are."""
    sheet = _bin(129) + _bin(148, struct.pack("<IIII", 0, len(cells) - 1, 0, len(cells[0]) - 1))
    sheet += _bin(145)
    for at, line in enumerate(cells):
        sheet += _bin(0, struct.pack("<II", at, 0) + bytes(17))
        for across, value in enumerate(line):
            place = struct.pack("<II", across, 0)
            if isinstance(value, float):
                sheet += _bin(5, place + struct.pack("<d", value))
            elif value is not None and value != "":
                sheet += _bin(6, place + _wide(str(value)))
    sheet += _bin(146) + _bin(130)
    book = _bin(131) + _bin(143) + _bin(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name))
    book += _bin(144) + _bin(132)
    kinds = "application/vnd.ms-excel"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    return zipped(
        {
            "[Content_Types].xml": (
                f'<?xml version="1.0"?><Types xmlns="{package}/content-types">'
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
                f'.relationships+xml"/><Default Extension="bin" ContentType="{kinds}.sheet.binary'
                '.macroEnabled.main"/></Types>'
            ).encode(),
            "_rels/.rels": (
                f'<?xml version="1.0"?><Relationships xmlns="{package}/relationships">'
                f'<Relationship Id="rId1" Type="{relation}/officeDocument" '
                'Target="xl/workbook.bin"/></Relationships>'
            ).encode(),
            "xl/_rels/workbook.bin.rels": (
                f'<?xml version="1.0"?><Relationships xmlns="{package}/relationships">'
                f'<Relationship Id="rId1" Type="{relation}/worksheet" '
                'Target="worksheets/sheet1.bin"/></Relationships>'
            ).encode(),
            "xl/workbook.bin": book,
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _bin(kind: int, body: bytes = b"") -> bytes:
    """Return one record: kind and length in bytes of seven bits."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    length = b""
    while True:
        size, low = size >> 7, size & 0x7F
        length += bytes([low | (0x80 if size else 0)])
        if not size:
            return head + length + body
