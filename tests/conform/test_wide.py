from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from pfkit.book import open_book
from pfkit.errors import BookError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.book import Book

BOOK = """
[company]
name = "Corner Shop"
currency = "EUR"
fiscal_year_start = {start}

[[sources]]
name = "plan"
table = "budget"
path = "*.xlsx"
{layout}
known_on = {{ date = 2025-12-05 }}

[sources.columns]
version = "version"
period = "period"
span = "span"
product = "Product"
account = "Line"
currency = {{ sql = "coalesce(currency, 'EUR')" }}
amount_local = "amount"
"""

ROWS = [
    ["Budget 2026 v2 in kEUR"],
    ["Product", "Line", "Jan", "Feb", "Mar", "Q1"],
    ["Atlas", "Revenue", 10, 11, 12, 33],
    ["Atlas", "Hosting", 1, 1, 2, 4],
    ["Total", None, 11, 12, 14, 37],
]


def _open(
    folder: Path, rows: list[list[Any]], *, layout: str = 'layout = "budget"', start: int = 1
) -> Book:
    made = openpyxl.Workbook()
    made.active.title = "Plan"
    for row in rows:
        made.active.append(row)
    made.save(folder / "plan.xlsx")
    text = BOOK.format(layout=layout, start=start)
    (folder / "book.toml").write_text(text, encoding="utf-8")
    return open_book(folder, period="2026-03")


def test_a_budget_sheet_becomes_budget_rows_and_its_totals_are_excluded(tmp_path: Path) -> None:
    book = _open(tmp_path, ROWS)
    rows = book.budget
    assert rows["amount"].sum() == 37_000
    assert set(rows["version"]) == {"Budget 2026 v2"}
    assert sorted(rows["_line"])[:2] == ["Plan!C3", "Plan!C4"]
    rules = book.rules.set_index("target")
    # rows: 37 thousand by month, and once more in the corner of both totals
    assert rules.loc["total row", "amount"] == 74_000
    assert rules.loc["total column", "amount"] == 37_000
    assert rules.loc["total row", "because"] == "the row adds up other rows of the sheet"
    balance = book.balance
    assert balance["amount_in"].sum() == 37_000 + 74_000 + 37_000
    assert balance["amount_excluded"].sum() == 111_000


def test_sql_calculates_with_the_amount_of_a_sheet(tmp_path: Path) -> None:
    _open(tmp_path, ROWS)
    text = (tmp_path / "book.toml").read_text(encoding="utf-8")
    turned = text.replace(
        'amount_local = "amount"',
        "amount_local = { sql = \"CASE WHEN Line = 'Hosting' THEN -amount ELSE amount END\" }",
    )
    (tmp_path / "book.toml").write_text(turned, encoding="utf-8")
    assert open_book(tmp_path, period="2026-03").budget["amount"].sum() == 33_000 - 4_000


def test_a_net_cost_that_adds_up_its_groups_is_a_total(tmp_path: Path) -> None:
    rows = [
        ["Budget 2026 v2 in kEUR"],
        ["Product", "Line", "Jan", "Feb", "Mar"],
        ["Roads", "Repairs", 10, 11, 12],
        ["Roads", "Parking income", -4, -5, -6],
        ["Total Roads", None, 6, 6, 6],
        ["Library", "Books", 2, 3, 5],
        ["Library", "Fines", -1, -1, -1],
        ["Total Library", None, 1, 2, 4],
        ["Net cost of services", None, 7, 8, 10],
        ["Net present value", "Advice", 1, 1, 1],
    ]
    book = _open(tmp_path, rows)
    assert book.quarantine.empty
    assert book.budget["amount"].sum() == 25_000 + 3_000  # a net that adds up nothing is a line
    assert book.rules.set_index("target").loc["total row", "amount"] == 18_000 + 7_000 + 25_000


def test_a_stale_total_turns_a_control_amber(tmp_path: Path) -> None:
    rows = [*ROWS[:4], ["Total", None, 11, 99, 14, 37]]
    book = _open(tmp_path, rows)
    control = book.controls[book.controls["control"] == "Budget sheet"].iloc[0]
    assert control["state"] == "amber"
    assert "plan.xlsx Plan!D5" in control["detail"]
    assert "states 99, its rows add up to 12" in control["detail"]
    assert book.budget["amount"].sum() == 37_000


def test_a_sheet_whose_totals_hold_is_green(tmp_path: Path) -> None:
    book = _open(tmp_path, ROWS)
    assert set(book.controls[book.controls["control"] == "Budget sheet"]["state"]) == {"green"}


def test_the_notes_of_the_file_say_what_unit_was_read(tmp_path: Path) -> None:
    book = _open(tmp_path, ROWS)
    assert "Plan!A1: amounts are in thousands of EUR" in book.provenance["notes"].iloc[0]


def test_a_unit_that_contradicts_the_title_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="states the unit thousands, but millions is declared"):
        _open(tmp_path, ROWS, layout='layout = "budget"\nunit = "millions"')


def test_a_fiscal_year_follows_the_calendar_of_the_book(tmp_path: Path) -> None:
    order = ["Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar"]
    rows = [["Budget 2026"], ["Product", "Line", *order], ["Atlas", "Rent", *range(1, 13)]]
    book = _open(tmp_path, rows, start=4)
    amounts = book.budget.set_index("period")["amount"]
    assert amounts["2025-04"] == 1
    assert amounts["2026-03"] == 12


def test_a_layout_says_what_the_sheet_does_not(tmp_path: Path) -> None:
    rows = [
        ["Product", "Line", "Jan", "Feb", "Mar"],
        ["Atlas", "Rent", 1, 2, 3],
        [None, "Hosting", 4, 5, 6],
    ]
    layout = 'layout = { name = "budget", year = 2026, version = "adopted", fill = ["Product"] }'
    book = _open(tmp_path, rows, layout=layout)
    assert book.budget["amount"].sum() == 21
    assert set(book.budget["version"]) == {"adopted"}
    assert set(book.budget["product"]) == {"Atlas"}


def test_a_cell_that_cannot_be_read_is_held_back_with_its_place(tmp_path: Path) -> None:
    rows = [*ROWS[:3], ["Atlas", "Hosting", 1, "1,234", 2, None]]
    book = _open(tmp_path, rows)
    held = book.quarantine.iloc[0]
    assert (held["rule"], held["line"]) == ("ambiguous number", "Plan!D4")
    assert "1234 or 1.234" in held["advice"]
    assert book.balance["rows_quarantined"].sum() == 1
    assert Decimal(str(book.budget["amount"].sum())) == 36_000


def test_a_layout_leaves_no_header_to_declare(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="a layout finds header, months and totals itself"):
        _open(tmp_path, ROWS, layout='layout = "budget"\nheader = 2')
