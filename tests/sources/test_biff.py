from __future__ import annotations

from pathlib import Path

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
