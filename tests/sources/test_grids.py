from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import openpyxl
import pytest

from pfkit.errors import SourceError
from pfkit.sources.grids import Grid, read_grids

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write two sheets, one of them hidden, with a gap above and left of the cells."""
    made = openpyxl.Workbook()
    first = made.active
    assert first is not None
    first.title = "Plan"
    first["C3"], first["D3"], first["E3"] = "text", 0.1, dt.date(2026, 7, 31)
    first["C4"], first["D4"] = "=cmd|' /C calc'!A0", "=1+1"
    first["C5"].value, first["C5"].data_type = "#REF!", "e"
    hidden = made.create_sheet("Notes")
    hidden.sheet_state = "veryHidden"
    hidden["A1"] = "kept"
    path = tmp_path / "book.xlsx"
    made.save(path)
    return path


def test_every_cell_has_its_place_and_its_text(book: Path) -> None:
    grids = read_grids(book, where="book.xlsx")
    assert list(grids) == ["Plan", "Notes"]
    plan = grids["Plan"]
    assert [plan.cell(2, place) for place in range(6)] == ["", "", "text", "0.1", "2026-07-31", ""]
    assert plan.place(2, 4) == "Plan!E3"
    assert grids["Notes"].rows == [["kept"]]


def test_a_formula_is_its_own_text_and_an_error_is_told(book: Path) -> None:
    plan = read_grids(book, where="book.xlsx")["Plan"]
    assert [plan.cell(3, 2), plan.cell(3, 3)] == ["=cmd|' /C calc'!A0", "=1+1"]
    assert plan.broken == {(4, 2): "#REF!"}


def test_beyond_the_edge_there_is_nothing() -> None:
    assert Grid("x", [["a"]]).cell(5, 5) == ""


def test_what_is_no_workbook_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError, match="this is no workbook but csv") as caught:
        read_grids(path, where="a.xlsx")
    assert caught.value.advice == "Name the tables.xlsx of a report, as it was filled in."
