"""What the workbook asks: where the cells stand, what they take, what is locked and hidden."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

from pfkit.present.form import form
from pfkit.publish import tables
from tests.conform.form_book import Sheet, edited, report

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

HEADS = [
    "Comment", "Comment by", "Comment approved by", "Comment status",
    "Decision", "Decision owner", "Decision due on", "Decision status",
]  # fmt: skip


@pytest.fixture(scope="module")
def book() -> Workbook:
    return edited(report())


def test_a_list_of_every_material_row_stands_first(book: Workbook) -> None:
    assert book.sheetnames[:3] == ["Contents", "To comment", "pnl"]
    assert book["Contents"]["A2"].value == "To comment"
    heads = [cell.value for cell in book["To comment"][5]]
    assert heads[:3] == ["Exhibit", "Row", "Decision number"]
    assert heads[-8:] == HEADS
    rows = [[cell.value for cell in row[:5]] for row in book["To comment"].iter_rows(min_row=6)]
    assert rows == [
        ["pnl", "hosting", None, "Hosting", -10_000],
        ["pnl", "travel", None, "Travel", -2_000],
        ["budget-lines", "hosting", None, "Hosting", 10_000],
    ]
    sentence = Sheet(book["To comment"]).at("pnl|travel", "What the numbers say").value
    assert sentence.startswith("Travel is \N{MINUS SIGN}2.0")


def test_cells_to_fill_in_are_open_and_the_others_locked(book: Workbook) -> None:
    sheet = book["To comment"]
    assert sheet.protection.sheet
    listed = Sheet(sheet)
    assert [listed.at("pnl|hosting", head).protection.locked for head in HEADS] == [False] * 8
    assert listed.at("pnl|hosting", "Subject").protection.locked
    assert not sheet["B3"].protection.locked  # the day of these comments
    assert not book["pnl"].protection.sheet  # numbers may be sorted and filtered


def test_days_and_states_are_checked_where_they_are_typed(book: Workbook) -> None:
    for name, column in (("To comment", "Q"), ("budget-lines", None)):
        rules = {rule.type: rule for rule in book[name].data_validations.dataValidation}
        assert set(rules) == {"date", "list"}
        assert rules["list"].formula1 == '"open,closed"'
        if column:
            areas = [str(rule.sqref) for rule in book[name].data_validations.dataValidation]
            assert areas == ["B3", "N6:N8", "Q6:Q8", "R6:R8"]


def test_the_columns_stand_beside_the_rows_and_move_with_them(book: Workbook) -> None:
    sheet = book["pnl"]
    heads = [cell.value for cell in sheet[5]]
    assert heads[-8:] == HEADS
    last = openpyxl.utils.get_column_letter(len(heads))
    assert sheet.auto_filter.ref == f"A5:{last}{sheet.max_row}"
    beside = Sheet(sheet)
    assert (
        beside.at("hosting", "Comment").fill.bgColor.rgb
        != beside.at("fees", "Comment").fill.bgColor.rgb
    )  # only what is asked about is framed


def test_the_hidden_sheet_knows_every_row(book: Workbook) -> None:
    hidden = book["pfkit form"]
    assert hidden.sheet_state == "veryHidden"
    assert [cell.value for cell in hidden[1]][:4] == [
        "pfkit comments 1", "shop", "2026-01", "2026-02-03",
    ]  # fmt: skip
    rows = [[cell.value for cell in row[:3]] for row in hidden.iter_rows(min_row=3)]
    assert rows[:4] == [
        ["To comment", "pnl", "hosting"],
        ["To comment", "pnl", "travel"],
        ["To comment", "budget-lines", "hosting"],
        ["pnl", "pnl", "fees"],
    ]
    assert ["budget-lines", "budget-lines", "total"] in rows


def test_it_repeats_to_the_byte() -> None:
    written = pd.DataFrame(
        {"row_key": ["hosting"], "exhibit": "pnl", "text": "=1+1", "author": "Ana"}
    ).assign(known_on="2026-02-03", period="2026-01", approved_by="Omar", status="open")
    assert report(written=written) == report(written=written)
    cell = Sheet(edited(report(written=written))["pnl"]).at("hosting", "Comment")
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_what_hangs_on_no_row_is_listed_with_its_decision_alone() -> None:
    taken = pd.DataFrame(
        {"decision": ["D-1", "D-2"], "row_key": ["hosting", ""], "text": ["Go?", "Hire?"]}
    ).assign(owner="Ana", due_on=dt.date(2026, 3, 31), status="open", known_on="2026-02-03")
    listed = Sheet(edited(report(taken=taken))["To comment"])
    assert listed.at("pnl|hosting", "Decision").value == "Go?"
    hires = listed.at("D-2", "Decision")
    assert (hires.value, hires.protection.locked) == ("Hire?", False)
    assert listed.at("D-2", "Comment").protection.locked


def test_a_report_that_comments_nothing_asks_nothing(exhibits: dict[str, Any]) -> None:
    assert form(exhibits.values()) is None
    made = tables.to_xlsx(
        exhibits.values(), title="Toy", as_of=dt.date(2026, 7, 4), form=form(exhibits.values())
    )
    assert "To comment" not in openpyxl.load_workbook(io.BytesIO(made)).sheetnames


def test_no_exhibit_takes_the_name_of_its_sheets(exhibits: dict[str, Any]) -> None:
    shown = [exhibits["pnl"] | {"id": "To Comment"}, exhibits["pnl"] | {"id": "pfkit form"}]
    made = tables.to_xlsx(shown, title="Toy", as_of=dt.date(2026, 7, 4))
    names = openpyxl.load_workbook(io.BytesIO(made)).sheetnames
    assert names == ["Contents", "To Comment-2", "pfkit form-2"]
