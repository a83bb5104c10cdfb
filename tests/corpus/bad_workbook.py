"""Workbooks: errors, formulas, hidden parts, bombs, damage, and files that only claim to be one."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tests.corpus import rows as clean
from tests.corpus.case import ACCEPT, QUARANTINE, REJECT, REPAIR, WARN, Shelf
from tests.corpus.sheets import ledger_xlsx, ods, ole, table, xls, xlsb, xlsx
from tests.corpus.write import flipped, gzipped, plain, repacked, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    import xlsxwriter

shelf = Shelf()
ROWS: Final = clean.ledger(24)
TOTAL: Final = clean.total(ROWS)
WHOLE: Final = {"accepted": 24, "amount": TOTAL}
REST: Final = TOTAL - Decimal(ROWS[3]["amount"])
HELD: Final = {"names": ("G5",), "accepted": 23, "quarantined": 1, "amount": REST}
SHEET: Final = "xl/worksheets/sheet1.xml"
STRINGS: Final = "xl/sharedStrings.xml"
BOOK: Final = "xl/workbook.xml"


def _cells() -> None:
    cells = table(ROWS)

    def formula(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("Ledger").write_formula(4, 6, "=100+20.5", None, "")

    shelf.add(
        "formula-uncached.xlsx",
        "formula",
        xlsx(("Ledger", cells), touch=formula),
        QUARANTINE,
        **HELD,
    )

    def cached(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("Ledger").write_formula(4, 6, "=100+20.5", None, 120.5)

    shelf.add(
        "formula-cached.xlsx",
        "clean",
        xlsx(("Ledger", cells), touch=cached),
        (ACCEPT, REPAIR),
        accepted=24,
        amount=REST + Decimal("120.5"),
        because="the value stands in the file",
    )
    for error in ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!"):
        name = "".join(letter for letter in error.lower() if letter.isalnum())

        def broken(book: xlsxwriter.Workbook, error: str = error) -> None:
            book.get_worksheet_by_name("Ledger").write_formula(4, 6, "=A99", None, error)

        shelf.add(
            f"error-{name}.xlsx",
            "cell error",
            xlsx(("Ledger", cells), touch=broken),
            QUARANTINE,
            **HELD,
        )
    texts = table(ROWS, numbers=())
    shelf.add(
        "numbers-as-text.xlsx",
        "numbers as text",
        xlsx(("Ledger", texts)),
        (ACCEPT, REPAIR),
        **WHOLE,
        because="the digits are plain",
    )
    mixed = table(ROWS)
    mixed[4][6] = "1,234.50"
    shelf.add(
        "number-as-text-grouped.xlsx",
        "numbers as text",
        xlsx(("Ledger", mixed)),
        (REPAIR, QUARANTINE),
        amounts=(REST, REST + Decimal("1234.50")),
        because="one reading: repair and list, or hold back",
    )
    mixed[4][6] = "n/a"
    shelf.add("number-as-word.xlsx", "numbers as text", xlsx(("Ledger", mixed)), QUARANTINE, **HELD)
    mixed[4][6] = True
    shelf.add("amount-true.xlsx", "wrong type", xlsx(("Ledger", mixed)), QUARANTINE, **HELD)
    ids = table(ROWS)
    for at, line in enumerate(ids[1:]):
        line[0] = 12345678901234567000.0 + at * 10_000
    shelf.add(
        "ids-as-big-numbers.xlsx",
        "id as float",
        xlsx(("Ledger", ids)),
        (WARN, QUARANTINE),
        because="a cell holds 15 digits; the rest of the id is gone",
    )
    for at, line in enumerate(ids[1:]):
        line[0] = 100001.0 + at
    shelf.add(
        "ids-as-numbers.xlsx",
        "id as float",
        xlsx(("Ledger", ids)),
        (ACCEPT, REPAIR),
        **WHOLE,
        because="a workbook knows one kind of number; whole ones are their digits",
    )
    noise = table(ROWS)
    noise[4][6] = 0.1 + 0.2
    shelf.add(
        "amount-binary-noise.xlsx",
        "float amounts",
        xlsx(("Ledger", noise)),
        (ACCEPT, REPAIR),
        accepted=24,
        amount=REST + Decimal("0.30"),
        because="a workbook holds every number as a binary fraction",
    )
    noise[4][6] = 1e30
    shelf.add("amount-overflow.xlsx", "overflow", xlsx(("Ledger", noise)), QUARANTINE, **HELD)


def _layout() -> None:
    cells = table(ROWS)

    def hidden_sheet(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("Old").hide()

    old = table(clean.ledger(5, seed=9))
    shelf.add(
        "hidden-sheet.xlsx",
        "hidden sheet",
        xlsx(("Ledger", cells), ("Old", old), touch=hidden_sheet),
        (WARN, REPAIR),
        says=("old",),
        **WHOLE,
        because="the visible sheet is read; that another was not is listed",
    )

    def only_hidden(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("Ledger").hide()
        book.get_worksheet_by_name("Cover").activate()

    shelf.add(
        "hidden-data.xlsx",
        "hidden sheet",
        xlsx(("Cover", [["See the ledger"]]), ("Ledger", cells), touch=only_hidden),
        REJECT,
    )
    two = xlsx(("May", table(ROWS[:12])), ("June", table(ROWS[12:])))
    shelf.add("two-sheets.xlsx", "sheets", two, REJECT, says=("may",))
    shelf.add(
        "empty-second-sheet.xlsx",
        "sheets",
        xlsx(("Ledger", cells), ("Sheet2", [])),
        (ACCEPT, REPAIR),
        **WHOLE,
        because="an empty sheet holds nothing",
    )

    def hidden_rows(book: xlsxwriter.Workbook) -> None:
        sheet = book.get_worksheet_by_name("Ledger")
        for at in (4, 5, 6):
            sheet.set_row(at, None, None, {"hidden": True})

    shelf.add(
        "hidden-rows.xlsx",
        "hidden rows",
        xlsx(("Ledger", cells), touch=hidden_rows),
        WARN,
        says=("hidden",),
        accepted=24,
        amount=TOTAL,
    )

    def filtered(book: xlsxwriter.Workbook) -> None:
        sheet = book.get_worksheet_by_name("Ledger")
        sheet.autofilter(0, 0, 24, 7)
        for at in range(1, 20):
            sheet.set_row(at, None, None, {"hidden": True})

    shelf.add(
        "filtered-rows.xlsx",
        "hidden rows",
        xlsx(("Ledger", cells), touch=filtered),
        WARN,
        says=("hidden",),
        accepted=24,
        amount=TOTAL,
    )

    def hidden_column(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("Ledger").set_column("G:G", None, None, {"hidden": True})

    shelf.add(
        "hidden-amount-column.xlsx",
        "hidden rows",
        xlsx(("Ledger", cells), touch=hidden_column),
        (WARN, ACCEPT),
        **WHOLE,
        because="the column asked for is hidden from people",
    )

    def merged(book: xlsxwriter.Workbook) -> None:
        sheet = book.get_worksheet_by_name("Ledger")
        sheet.merge_range(0, 0, 0, 7, "Ledger export 2026")

    headed = [[""] * 8, *cells]
    shelf.add(
        "merged-title.xlsx",
        "merged header",
        xlsx(("Ledger", headed), touch=merged),
        (REPAIR, REJECT),
        because="the header is found below with a remark, or the person is told its row",
    )

    def groups(book: xlsxwriter.Workbook) -> None:
        sheet = book.get_worksheet_by_name("Ledger")
        sheet.merge_range(0, 0, 0, 1, "Entry")
        sheet.merge_range(0, 2, 0, 5, "Where")
        sheet.merge_range(0, 6, 0, 7, "What")

    shelf.add(
        "merged-groups.xlsx",
        "merged header",
        xlsx(("Ledger", headed), touch=groups),
        (REPAIR, REJECT),
        because="as above",
    )


def _merged_and_summed() -> None:
    cells = table(ROWS)

    def cells_merged(book: xlsxwriter.Workbook) -> None:
        book.get_worksheet_by_name("Ledger").merge_range(4, 2, 6, 2, "4000")

    holes = [list(line) for line in cells]
    for at in (4, 5, 6):
        holes[at][2] = ""
    shelf.add(
        "merged-account.xlsx",
        "merged cells",
        xlsx(("Ledger", holes), touch=cells_merged),
        (QUARANTINE, REPAIR),
        because="the account stands in the first of three rows: hold the others back, "
        "or fill down and list",
    )
    sums = [*cells, ["Total", "", "", "", "", "", float(TOTAL), ""]]
    shelf.add(
        "total.xlsx",
        "totals row",
        xlsx(("Ledger", sums)),
        (QUARANTINE, WARN),
        names=("A26", "B26", "G26"),
        **WHOLE,
        because="a total is no entry",
    )
    plan = table(clean.budget_wide(), numbers=clean.MONTHS)
    spent = sum(value for line in plan[1:] for value in line[2:])
    wide = {"table": "budget", "period": "2026-01..2026-12", "amount": Decimal(str(spent))}
    titled = [["Budget 2026"], [], *plan]
    shelf.add(
        "budget-title.xlsx",
        "merged header",
        xlsx(("Plan", titled)),
        (REPAIR, ACCEPT),
        **wide,
        because="a title above the header is how budgets look",
    )
    units = [["Budget 2026 (in thousands of EUR)"], [], *plan]
    shelf.add(
        "budget-thousands.xlsx",
        "unit",
        xlsx(("Plan", units)),
        (REPAIR, WARN),
        **(wide | {"amount": Decimal(str(spent)) * 1000}),
        because="the unit in the title is used and listed",
    )
    footed = [*plan, ["Total", "", *(sum(line[at] for line in plan[1:]) for at in range(2, 14))]]
    shelf.add(
        "budget-total.xlsx",
        "totals row",
        xlsx(("Plan", footed)),
        (REPAIR, WARN),
        **wide,
        because="left out and listed",
    )
    quarters = [
        [
            *line[:2],
            *(
                cell
                for at in range(4)
                for cell in (
                    *line[2 + at * 3 : 5 + at * 3],
                    f"Q{at + 1}" if line is plan[0] else sum(line[2 + at * 3 : 5 + at * 3]),
                )
            ),
        ]
        for line in plan
    ]
    shelf.add(
        "budget-quarters.xlsx",
        "totals row",
        xlsx(("Plan", quarters)),
        (REPAIR, WARN),
        **wide,
        because="quarter totals between the months are left out and listed",
    )


def _damaged() -> None:
    made = ledger_xlsx(ROWS)
    shelf.add("cut.xlsx", "truncated", made[: len(made) // 2], REJECT)
    shelf.add("cut-tail.xlsx", "truncated", made[:-30], REJECT)
    shelf.add("flipped-sheet.xlsx", "flipped", _flip_member(made, SHEET), REJECT)
    shelf.add("flipped-strings.xlsx", "flipped", _flip_member(made, STRINGS), REJECT)
    shelf.add("flipped-stored.xlsx", "flipped", _flip_stored(made), REJECT)
    shelf.add("sheet-missing.xlsx", "damaged", _without(made, SHEET), REJECT)
    shelf.add("strings-missing.xlsx", "damaged", _without(made, STRINGS), REJECT)
    shelf.add(
        "sheet-cut-xml.xlsx",
        "damaged",
        repacked(made, {SHEET: lambda body: body[: len(body) // 2]}),
        REJECT,
    )
    shelf.add("zip-without-book.xlsx", "wrong name", zipped({"readme.txt": b"hello"}), REJECT)
    shelf.add(
        "word.xlsx",
        "wrong name",
        zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}),
        REJECT,
    )
    old = xls(table(ROWS, dates=()))
    shelf.add("cut.xls", "truncated", old[: len(old) // 2], REJECT)
    shelf.add("flipped-head.xls", "flipped", flipped(old, 30, bit=4), REJECT)
    shelf.add("noise.xls", "damaged", old[:8] + bytes(3000), REJECT)
    shelf.add("circle.xls", "damaged", _circle(old), REJECT)
    shelf.add("far-column.xls", "far cell", _far_column(old), REJECT)
    binary = xlsb(table(ROWS, dates=()))
    shelf.add("cut.xlsb", "truncated", binary[: len(binary) // 2], REJECT)
    shelf.add("flipped.xlsb", "flipped", _flip_member(binary, "xl/worksheets/sheet1.bin"), REJECT)
    open_one = ods(table(ROWS))
    shelf.add("cut.ods", "truncated", open_one[: len(open_one) // 2], REJECT)
    shelf.add("flipped.ods", "flipped", _flip_member(open_one, "content.xml"), REJECT)
    shelf.add(
        "error.ods",
        "cell error",
        ods(_with_error()),
        QUARANTINE,
        names=("G5",),
        accepted=23,
        amount=REST,
    )
    locked = ole(
        {
            "EncryptionInfo": struct.pack("<HHI", 4, 4, 0x40) + b"<encryption/>",
            "EncryptedPackage": bytes(5000),
        }
    )
    shelf.add("locked.xlsx", "locked", locked, REJECT, says=("password",))
    shelf.add(
        "packed.xlsx.gz",
        "compressed",
        gzipped(made),
        (REJECT, REPAIR),
        because="unpack it by hand, or read it with a remark",
    )


def _circle(data: bytes) -> bytes:
    """Let the first sector of a compound file follow itself."""
    fat = 512 + 512 * struct.unpack_from("<I", data, 76)[0]
    body = bytearray(data)
    struct.pack_into("<I", body, fat, 0)
    return bytes(body)


def _far_column(data: bytes) -> bytes:
    """Put the first number of an old workbook into column 60,001."""
    at = data.index(b"\x03\x02\x0e\x00")
    return data[: at + 6] + struct.pack("<H", 60_000) + data[at + 8 :]


def _with_error() -> list[list[object]]:
    cells = table(ROWS)
    cells[4][6] = "#REF!"
    return cells


def _flip_member(data: bytes, name: str) -> bytes:
    """Turn a bit inside a packed member, so that its check sum no longer holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(name)
    start = info.header_offset + 30 + len(info.filename)
    return flipped(data, start + info.compress_size * 2 // 3, bit=2)


def _flip_stored(data: bytes) -> bytes:
    """Turn a digit of an amount in a member that is stored, not packed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name), body)
    made = stream.getvalue()
    digits = ROWS[3]["amount"].encode()
    return flipped(made, made.index(b"<v>" + digits.rstrip(b"0")) + 3, bit=1)


def _without(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({other: archive.read(other) for other in archive.namelist() if other != name})


_DOCTYPE = (
    b'<!DOCTYPE bomb [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
_OUTSIDE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def _declared(doctype: bytes, entity: bytes = b"") -> Callable[[bytes], bytes]:
    def turn(body: bytes) -> bytes:
        head, rest = body.split(b"?>", 1)
        return (
            head
            + b"?>"
            + doctype
            + rest.replace(b"Entry 4<", entity + b"<" if entity else b"Entry 4<")
        )

    return turn


def _bombs() -> None:
    made = ledger_xlsx(ROWS)
    shelf.add("bomb-sheet.xlsx", "zip bomb", lambda: _bomb(made, SHEET, 24 << 20), REJECT)
    shelf.add("bomb-strings.xlsx", "zip bomb", lambda: _bomb(made, STRINGS, 24 << 20), REJECT)
    shelf.add(
        "bomb-other-part.xlsx",
        "zip bomb",
        lambda: _bomb(made, "docProps/core.xml", 24 << 20),
        REJECT,
    )
    shelf.add("bomb-lies.xlsx", "zip bomb", lambda: _lying(_bomb(made, SHEET, 24 << 20)), REJECT)
    shelf.add("bomb-many-parts.xlsx", "zip bomb", lambda: _many(made), REJECT)
    shelf.add("bomb-overlap.xlsx", "zip bomb", lambda: _overlapping(made), REJECT)
    shelf.add(
        "bomb.ods", "zip bomb", lambda: _bomb(ods(table(ROWS)), "content.xml", 24 << 20), REJECT
    )
    shelf.add(
        "bomb.xlsb",
        "zip bomb",
        lambda: _bomb(xlsb(table(ROWS, dates=())), "xl/worksheets/sheet1.bin", 24 << 20),
        REJECT,
    )
    shelf.add(
        "bomb.csv.gz",
        "zip bomb",
        lambda: gzipped(plain(ROWS)) + gzipped(bytes(1 << 20)) * 90,
        REJECT,
    )
    shelf.add(
        "bomb-csv.zip",
        "zip bomb",
        lambda: zipped({"a.csv": plain(ROWS) + b"0" * (24 << 20)}),
        REJECT,
    )
    shelf.add(
        "bomb-cell-far.xlsx",
        "far cell",
        xlsx(
            ("Ledger", table(ROWS)),
            touch=lambda book: book.get_worksheet_by_name("Ledger").write(1_048_575, 16_383, "x"),
        ),
        REJECT,
    )
    shelf.add(
        "xml-bomb.xlsx", "XML bomb", repacked(made, {STRINGS: _declared(_DOCTYPE, b"&d;")}), REJECT
    )
    shelf.add(
        "xml-outside.xlsx",
        "XML entity",
        repacked(made, {STRINGS: _declared(_OUTSIDE, b"&e;")}),
        REJECT,
    )
    shelf.add(
        "xml-bomb-sheet.xlsx", "XML bomb", repacked(made, {SHEET: _declared(_DOCTYPE)}), REJECT
    )
    shelf.add("xml-bomb-book.xlsx", "XML bomb", repacked(made, {BOOK: _declared(_DOCTYPE)}), REJECT)
    shelf.add("xml-bomb.ods", "XML bomb", ods(table(ROWS), head=_DOCTYPE.decode()), REJECT)
    shelf.add(
        "slip.xlsx",
        "path",
        repacked(made, {}, more={"../../etc/passwd": b"x"}),
        (REJECT, ACCEPT),
        because="nothing is unpacked to disk; refusing is safe too",
    )
    shelf.add(
        "macro.xlsm",
        "macro",
        repacked(made, {}, more={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(600)}),
        (WARN, ACCEPT),
        **WHOLE,
        because="macros are never run; that there are some may be said",
    )
    shelf.add(
        "external-link.xlsx",
        "outside link",
        repacked(made, {}, more={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}),
        (ACCEPT, WARN),
        **WHOLE,
        because="links are never followed",
    )


_CELLS: Final = b"<row>" + b'<c t="inlineStr"><is><t>1</t></is></c>' * 40 + b"</row>"
_ODS_ROW: Final = (
    b'<table:table-row><table:table-cell office:value-type="string"><text:p>1</text:p>'
    b"</table:table-cell></table:table-row>"
)
#: What a part may be filled with so that it stays well formed, and before which tag.
_FILLING: Final = {
    SHEET: (_CELLS, b"</sheetData>"),
    STRINGS: (b"<si><t>a</t></si>", b"</sst>"),
    "content.xml": (_ODS_ROW, b"</table:table>"),
}


def _bomb(data: bytes, name: str, size: int) -> bytes:
    """Fill a part of an archive with the same words over and over, in pieces to spare memory."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {other: archive.read(other) for other in archive.namelist()}
    word, before = _FILLING.get(name, (bytes(64), b""))
    place = members[name].rindex(before) if before else len(members[name])
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, body in members.items():
            if other != name:
                archive.writestr(zipfile.ZipInfo(other), body)
        piece = word * ((1 << 20) // len(word))
        with archive.open(info, "w") as part:
            part.write(members[name][:place])
            for _ in range(size >> 20):
                part.write(piece)
            part.write(members[name][place:])
    return stream.getvalue()


def _lying(data: bytes) -> bytes:
    """Make the directory claim that every member is small."""
    body = bytearray(data)
    at = body.find(b"PK\x01\x02")
    while at >= 0:
        size = struct.unpack_from("<I", body, at + 24)[0]
        if size > 1 << 20:
            struct.pack_into("<I", body, at + 24, 50_000)
        at = body.find(b"PK\x01\x02", at + 4)
    return bytes(body)


def _many(data: bytes) -> bytes:
    return repacked(data, {}, more={f"xl/media/{at}.bin": b"" for at in range(12_000)})


def _overlapping(data: bytes) -> bytes:
    """Return an archive whose directory names one packed part many times."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with zipfile.ZipFile(io.BytesIO(data)) as before:
            for name in before.namelist():
                archive.writestr(zipfile.ZipInfo(name), before.read(name))
        archive.writestr("xl/media/0.bin", bytes(1 << 20))
        first = archive.getinfo("xl/media/0.bin")
        for at in range(1, 3000):
            copy = zipfile.ZipInfo(f"xl/media/{at}.bin")
            for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(copy, name, getattr(first, name))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
    return stream.getvalue()


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('a pickle ran')",))


def _pretenders() -> None:
    page = b"<html><body><table><tr><td>entry_id</td><td>amount</td></tr></table></body></html>"
    shelf.add("html.xls", "HTML named xls", page, REJECT, says=("html",))
    shelf.add(
        "login.csv",
        "HTML named csv",
        b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
        REJECT,
        says=("html",),
    )
    shelf.add("html-spaced.xls", "HTML named xls", b"\r\n\r\n  " + page, REJECT)
    shelf.add("html-utf16.xls", "HTML named xls", page.decode().encode("utf-16"), REJECT)
    shelf.add(
        "xml-spreadsheet.xls",
        "XML named xls",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        REJECT,
    )
    shelf.add(
        "mhtml.xls",
        "HTML named xls",
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n" + page,
        REJECT,
    )
    for protocol in (0, 2, 4, 5):
        harm = pickle.dumps(_Harm(), protocol=protocol)
        shelf.add(f"pickle-{protocol}.csv", "pickle", harm, REJECT)
    shelf.add("pickle.xlsx", "pickle", pickle.dumps(_Harm()), REJECT)
    shelf.add("pickle.csv.gz", "pickle", gzipped(pickle.dumps(_Harm())), REJECT)
    for name, head in (
        ("pdf.csv", b"%PDF-1.7\n"),
        ("png.csv", b"\x89PNG\r\n\x1a\n"),
        ("elf.csv", b"\x7fELF\x02\x01\x01"),
        ("exe.xlsx", b"MZ\x90\x00"),
        ("rtf.csv", b"{\\rtf1\\ansi "),
        ("7z.csv", b"7z\xbc\xaf\x27\x1c\x00\x04"),
    ):
        shelf.add(name, "other kind of file", head + bytes(range(1, 250)), REJECT)
    shelf.add(
        "csv-named.xlsx",
        "wrong name",
        plain(ROWS),
        (REPAIR, ACCEPT),
        **WHOLE,
        because="the content says what it is",
    )
    shelf.add(
        "xlsx-named.csv",
        "wrong name",
        ledger_xlsx(ROWS),
        (REPAIR, ACCEPT),
        **WHOLE,
        because="as above",
    )
    shelf.add(
        "xls-named.xlsx",
        "wrong name",
        xls(table(ROWS, dates=())),
        (REPAIR, ACCEPT),
        **WHOLE,
        because="as above",
    )
    shelf.add(
        "tsv-named.xls",
        "wrong name",
        plain(ROWS, delimiter="\t"),
        (REPAIR, ACCEPT),
        **WHOLE,
        because="as above",
    )


for fill in (_cells, _layout, _merged_and_summed, _damaged, _bombs, _pretenders):
    fill()
