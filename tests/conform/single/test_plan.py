from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl

from pfkit.conform.single import check_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conform.single.conftest import Check

LONG = "version,period,product,line,amount,currency"
SHEET = "Product,Line,Jan,Feb,Mar"


def test_a_long_budget_is_read_by_month_quarter_and_year(checked: Check) -> None:
    lines = [LONG, *(f"adopted,{p},Atlas,rent,100.00,EUR" for p in ("2026-01", "2026Q1", "FY2026"))]
    found = checked(lines, table="budget", period="FY2026")
    assert (found["accepted"], found["amount_accepted"]) == (3, "300.00")


def test_a_month_that_is_none_is_held_back(checked: Check) -> None:
    lines = [LONG, "adopted,2026-13,Atlas,rent,100.00,EUR", "adopted,2026-12,Atlas,rent,1.00,EUR"]
    found = checked(lines, table="budget")
    assert [(f["rule"], f["line"]) for f in found["findings"]] == [("unreadable value", 2)]


def test_a_sheet_takes_its_year_from_the_period_or_is_rejected(checked: Check) -> None:
    lines = [SHEET, "Atlas,Rent,1.50,2.50,3.50"]
    found = checked(lines, table="budget", period="2026-01..2026-12")
    assert (found["verdict"], found["rows_in"], found["amount_in"]) == ("accept", 3, "7.50")
    refused = checked(lines, table="budget")
    assert refused["verdict"] == "reject"
    assert "year" in refused["findings"][0]["message"]
    assert "--period" in refused["findings"][0]["advice"]


def test_totals_of_a_sheet_are_excluded_and_hidden_rows_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Budget 2026"],
        ["Product", "Line", "Jan", "Feb", "Mar"],
        ["Atlas", "Revenue", 10, 20, 30],
        ["Borea", "Revenue", 1, 2, 3],
        ["Total", None, 11, 22, 33],
    ):
        sheet.append(row)
    sheet.row_dimensions[4].hidden = True
    book.save(tmp_path / "plan.xlsx")
    found = check_file(tmp_path / "plan.xlsx", table="budget")
    assert (found["amount_accepted"], found["amount_excluded"]) == ("66.00", "66.00")
    told = {(f["rule"], f["severity"], f["line"]) for f in found["findings"]}
    assert told == {("hidden row", "warn", 4), ("total row", "repair", 5)}
