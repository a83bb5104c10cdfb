from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pfkit.sources import biff
from pfkit.sources.biff import error_cells

# Written by xlwt: a text, a number, a date and, in D3, a cell that shows #DIV/0!.
XLS = Path(__file__).parent / "data" / "plain.xls"


def test_a_cell_in_error_is_found() -> None:
    assert error_cells(XLS.read_bytes(), "Budget") == {(3, 4): "#DIV/0!"}


def test_what_cannot_be_followed_gives_no_answer() -> None:
    data = XLS.read_bytes()
    assert error_cells(data, "Other") is None
    assert error_cells(data[:600], "Budget") is None
    circle = bytearray(data)
    first = int.from_bytes(data[76:80], "little")
    at = 512 + first * 512
    circle[at : at + 512] = bytes(512)
    assert error_cells(bytes(circle), "Budget") is None


def _record(kind: int, *numbers: int, form: str = "<HHH") -> bytes:
    body = struct.pack(form, *numbers)
    return struct.pack("<HH", kind, len(body)) + body


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        (_record(0x0203, 4, 255, 0) + bytes(40), ""),
        (_record(0x0203, 4, 256, 0), "a cell stands in column 257"),
        (_record(0x0200, 0, 70_000, 0, 4, form="<IIHH"), "a sheet states 70,000 rows"),
        (_record(0x0203, 4, 1, 0)[:-2], "its records break off"),
    ],
)
def test_records_that_no_sheet_has_are_found(stream: bytes, says: str) -> None:
    assert biff._problem(stream).startswith(says)
    assert bool(biff._problem(stream)) == bool(says)
