from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from pfkit.publish import tables

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF = dt.date(2026, 7, 4)


@pytest.fixture
def sheets(exhibits: dict[str, Any]) -> Callable[[str], Any]:
    made = tables.to_xlsx(exhibits.values(), title="Toy", as_of=AS_OF)
    return lambda name: openpyxl.load_workbook(io.BytesIO(made))[name]


def test_a_csv_starts_with_row_key_and_keeps_every_digit(exhibits: dict[str, Any]) -> None:
    read = list(csv.reader(io.StringIO(tables.to_csv(exhibits["pnl"]).decode())))
    assert read[0][0] == "row_key"
    assert float(read[1][3]) == 30 / 130
    assert read[3] == ["total", "Total", "130.0", "1.0", "", "13", ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_in_a_csv_is_no_formula_and_a_number_stays_one(start: str) -> None:
    exhibit = {"columns": [{"name": "row_key"}, {"name": "n"}], "rows": [[f"{start}1", -5.5]]}
    (_, row) = csv.reader(io.StringIO(tables.to_csv(exhibit).decode(), newline=""))
    assert row == [f"'{start}1", "-5.5"]


def test_a_workbook_has_a_sheet_per_exhibit_and_a_list_of_them(exhibits: dict[str, Any]) -> None:
    made = tables.to_xlsx(exhibits.values(), title="Toy", as_of=AS_OF)
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["Contents", "headline", "decisions", "pnl"]
    assert book["Contents"]["B6"].value == "Toy, product P&L in EUR"


def test_cells_are_typed(sheets: Callable[[str], Any]) -> None:
    cells = {cell.coordinate: cell for row in sheets("pnl").iter_rows() for cell in row}
    assert (cells["B7"].value, cells["B7"].data_type) == ("007", "s")
    assert (cells["C7"].value, cells["C7"].number_format) == (100, "#,##0.00")
    assert (cells["D6"].value, cells["D6"].number_format) == (pytest.approx(30 / 130), "0.0%")
    assert (cells["E6"].value, cells["E6"].is_date) == (dt.datetime(2026, 6, 30), True)  # noqa: DTZ001
    assert (cells["F6"].value, cells["F6"].number_format) == (3, "#,##0")
    assert (cells["G6"].value, cells["G6"].data_type) == (False, "b")
    assert cells["E8"].value is None


def test_no_cell_is_a_formula(sheets: Callable[[str], Any]) -> None:
    cell = sheets("decisions")["B7"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ('=HYPERLINK("x")', "s", True)


def test_a_workbook_repeats_to_the_byte(exhibits: dict[str, Any]) -> None:
    first = tables.to_xlsx(exhibits.values(), title="Toy", as_of=AS_OF)
    assert first == tables.to_xlsx(exhibits.values(), title="Toy", as_of=AS_OF)
    with zipfile.ZipFile(io.BytesIO(first)) as held:
        assert b"2026-07-04T00:00:00Z" in held.read("docProps/core.xml")


def test_long_and_equal_names_give_sheets_of_their_own(exhibits: dict[str, Any]) -> None:
    long = "a" * 40
    shown = [exhibits["pnl"] | {"id": long}, exhibits["pnl"] | {"id": long + "b"}]
    made = tables.to_xlsx(shown, title="Toy", as_of=AS_OF)
    names = openpyxl.load_workbook(io.BytesIO(made)).sheetnames
    assert names == ["Contents", "a" * 31, "a" * 29 + "-2"]


def test_a_note_has_no_rows() -> None:
    assert not tables.has_rows({"id": "n", "columns": [], "rows": []})
