from __future__ import annotations

import struct

import pytest

from pfkit.sources.extent import Extent, binary_extent, open_extent, sheet_extent


@pytest.mark.parametrize(
    ("text", "rows", "columns", "cells"),
    [
        (b"<sheetData/>", 0, 0, 0),
        (b'<row r="2"><c r="AB2"/></row>', 2, 28, 1),
        (b"<row><c r='XFD1048576'/></row>", 1_048_576, 16_384, 1),
        (b'<x:row r="7"><x:c r="C7"><x:v>1</x:v></x:c></x:row>', 7, 3, 1),
        (b"<row><c/><c/></row><row><c/></row>", 2, 2, 3),
        (b'<col min="1" max="16384"/><row r="1"><c r="A1"/></row>', 1, 1, 1),
    ],
)
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_the_last_cell_of_a_sheet_is_found_however_it_is_cut(
    text: bytes, rows: int, columns: int, cells: int, step: int
) -> None:
    pieces = [text[at : at + step] for at in range(0, len(text), step)]
    assert sheet_extent(pieces) == Extent(rows=rows, columns=columns, cells=cells)


def test_a_stray_cell_far_away_is_too_far_and_a_long_table_is_not() -> None:
    assert Extent(rows=1_048_576, columns=16_384, cells=20).too_far
    assert Extent(rows=1_000_000, columns=8, cells=17).too_far
    assert not Extent(rows=1_000_000, columns=8, cells=7_000_000).too_far
    assert not Extent(rows=50_000, columns=60, cells=100).too_far
    assert Extent(rows=1_048_576, columns=100, cells=90_000_000).too_far


def test_the_records_of_a_binary_sheet_are_walked() -> None:
    def record(kind: int, body: bytes) -> bytes:
        head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
        return head + bytes([len(body)]) + body

    sheet = record(129, b"") + record(0, struct.pack("<I", 41) + bytes(20))
    sheet += record(5, struct.pack("<IId", 25, 0, 1.5)) + record(130, b"")
    assert binary_extent(sheet) == Extent(rows=42, columns=26, cells=1)
    assert binary_extent(sheet[:-30]).rows in {0, 42}


def test_empty_repeats_at_the_end_of_an_open_document_do_not_count() -> None:
    row = (
        b'<table:table-row><table:table-cell office:value="1"><text:p>1</text:p>'
        b"</table:table-cell>"
        b'<table:table-cell table:number-columns-repeated="16383"/></table:table-row>'
    )
    rest = (
        b'<table:table-row table:number-rows-repeated="1048575"><table:table-cell '
        b'table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert open_extent(row + rest) == Extent(rows=1, columns=1, cells=1)
    assert open_extent(row + rest + row) == Extent(rows=1_048_577, columns=1, cells=2)
    wide = b'<table:table-row><table:table-cell table:number-columns-repeated="900">'
    wide += b"<text:p>x</text:p></table:table-cell></table:table-row>"
    assert open_extent(wide).columns == 900
