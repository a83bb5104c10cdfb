from __future__ import annotations

import io
import tracemalloc
import zipfile

import openpyxl
import pytest

from pfkit.errors import SourceError
from pfkit.sources.workbook import column_letters, column_number, workbook_format


def _zip(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_the_parts_tell_the_format() -> None:
    assert workbook_format(_zip({"xl/workbook.xml": b"<x/>"}), where="a") == "xlsx"
    assert workbook_format(_zip({"xl/workbook.bin": b"x"}), where="a") == "xlsb"
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    assert workbook_format(_zip({"mimetype": kind}), where="a") == "ods"


def test_a_bomb_is_refused_from_its_directory_without_unpacking() -> None:
    bomb = _zip({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * (200 << 20)})
    tracemalloc.start()
    with pytest.raises(SourceError, match=r"plan\.xlsx: the archive is refused before opening"):
        workbook_format(bomb, where="plan.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 << 20


def test_parts_that_overlap_are_refused() -> None:
    data = bytearray(_zip({"xl/workbook.xml": b"<x/>"}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 20 : at + 24] = (1 << 20).to_bytes(4, "little")
    with pytest.raises(SourceError, match="its parts overlap"):
        workbook_format(bytes(data), where="a")


def test_an_ordinary_large_sheet_passes() -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(4000):
        sheet.append([number, "the same text", 0, 0])
    stream = io.BytesIO()
    book.save(stream)
    assert workbook_format(stream.getvalue(), where="a") == "xlsx"


def test_a_zip_of_other_things_says_what_it_holds() -> None:
    with pytest.raises(SourceError, match=r"holds no workbook \(it holds: may\.csv\)"):
        workbook_format(_zip({"may.csv": b"a"}), where="a.zip")


def test_a_truncated_archive_says_so() -> None:
    data = _zip({"xl/workbook.xml": b"<x/>" * 100})
    with pytest.raises(SourceError, match="the archive is truncated or damaged"):
        workbook_format(data[:-30], where="a.xlsx")


@pytest.mark.parametrize(("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (16384, "XFD")])
def test_columns_have_letters(number: int, letters: str) -> None:
    assert column_letters(number) == letters
    assert column_number(letters) == number


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_part_that_declares_entities_is_refused(encoding: str) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "haha">]><sst>&a;</sst>'
    book = _zip({"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": text.encode(encoding)})
    with pytest.raises(SourceError, match=r"part 'xl/sharedStrings\.xml' declares entities"):
        workbook_format(book, where="plan.xlsx")


def test_a_stray_cell_far_away_is_refused_before_a_reader_lays_out_the_sheet() -> None:
    sheet = b'<sheetData><row r="1"><c r="A1"/></row><row r="9"><c r="XFD1048576"/></row>'
    book = _zip({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": sheet})
    with pytest.raises(SourceError, match=r"the sheet reaches to cell XFD1048576"):
        workbook_format(book, where="plan.xlsx")


def test_a_turned_bit_in_a_part_is_noticed() -> None:
    book = bytearray(_zip({"xl/workbook.xml": b"<x/>" * 40}))
    book[50] ^= 1
    with pytest.raises(SourceError, match="truncated or damaged"):
        workbook_format(bytes(book), where="plan.xlsx")
