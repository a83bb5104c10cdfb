from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Alignment, Font

from pfkit.errors import SourceError
from pfkit.sources.budget import Layout, has_months, read_budget

if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
PLAIN = ["Product", "Line", *MONTHS]


def _months(year: int) -> list[str]:
    return [f"{year}-{month:02d}" for month in range(1, 13)]


def test_years_above_merged_months_with_quarters_and_a_total_between(
    read: Callable[..., Any],
) -> None:
    def merge(sheet: Any) -> None:  # noqa: ANN401 (openpyxl has no types)
        sheet.merge_cells("C3:J3")

    found = read(
        [
            ["Meridian – Budget 2026 v2 – approved 2025-12-05"],
            ["in kEUR"],
            [None, None, 2026],
            ["Product", "Line", "Jan", "Feb", "Mar", "Q1", "Apr", "May", "Jun", "Q2", "Total"],
            ["Atlas", "Revenue", 10, 11, 12, 33, 13, 14, 15, 42, 75],
            ["Atlas", "Hosting", 1, 1, 1, 3, 2, 2, 2, 6, 9],
        ],
        merge,
    )
    # 75 + 9 thousand; the quarters and the total repeat them
    assert found.total == 84_000
    assert found.sums("period")["2026-06"] == 17_000
    assert found.excluded() == {"total column": Decimal(2 * 84_000)}
    assert found.values("version") == {"Budget 2026 v2"}
    assert found.values("currency") == {"EUR"}
    assert found.warned() == []


def test_a_fiscal_year_named_in_the_title_with_its_months(read: Callable[..., Any]) -> None:
    order = [*MONTHS[3:], *MONTHS[:3]]
    found = read(
        [
            ["Budget FY2026 (Apr 2025 – Mar 2026)"],
            ["Line", *order],
            ["Rent", *range(1, 13)],
        ]
    )
    sums = found.sums("period")
    assert sums["2025-04"] == 1
    assert sums["2025-12"] == 9
    assert sums["2026-03"] == 12


@pytest.mark.parametrize(
    ("title", "first"),
    [("Budget FY2026", "2025-04"), ("Budget FY2026/27", "2026-04"), ("Plan 2026/27", "2026-04")],
)
def test_a_fiscal_year_is_told_from_the_order_of_its_months(
    read: Callable[..., Any], title: str, first: str
) -> None:
    found = read([[title], ["Line", *MONTHS[3:], *MONTHS[:3]], ["Rent", *range(1, 13)]])
    assert found.sums("period")[first] == 1
    assert len(found.sums("period")) == 12


def test_a_calendar_year_whose_months_begin_in_april_is_refused(read: Callable[..., Any]) -> None:
    with pytest.raises(SourceError) as error:
        read([["Budget 2026"], ["Line", *MONTHS[3:], *MONTHS[:3]], ["Rent", *range(1, 13)]])
    assert "Budget!B2" in str(error.value)
    assert "Apr 2025 – Mar 2026" in str(error.value)


@pytest.mark.parametrize(
    "header",
    [
        [f"{m}-26" for m in MONTHS],
        [f"{m} 2026" for m in MONTHS],
        _months(2026),
        [f"{m:02d}/2026" for m in range(1, 13)],
        [dt.datetime(2026, m, 1) for m in range(1, 13)],  # noqa: DTZ001 (a cell has no zone)
        ["Januar 2026", "Februar 2026", "März 2026", "April 2026", "Mai 2026", "Juni 2026"],
        ["janv. 2026", "févr. 2026", "mars 2026", "avr. 2026", "mai 2026", "juin 2026"],
        ["ene 2026", "feb 2026", "mar 2026", "abr 2026", "may 2026", "jun 2026"],
        [202601, 202602, 202603],
        [f"01.{m:02d}.2026" for m in range(1, 13)],
        [f"{m:02d}/01/2026" for m in range(1, 13)],
        [f"2026M{m:02d}" for m in range(1, 13)],
    ],
    ids=str,
)
def test_months_are_read_as_people_write_them(read: Callable[..., Any], header: list[Any]) -> None:
    found = read([["Line", *header], ["Rent", *range(1, len(header) + 1)]])
    expected = {m: Decimal(n) for n, m in enumerate(_months(2026), start=1) if n <= len(header)}
    assert found.sums("period") == expected


def test_without_a_year_the_header_cell_is_named(read: Callable[..., Any]) -> None:
    with pytest.raises(SourceError) as error:
        read([PLAIN, ["Atlas", "Rent", *range(12)]])
    assert "budget.xlsx (Budget!C1)" in str(error.value)
    assert "'Jan'" in str(error.value)
    assert "--period 2026-01..2026-12" in str(error.value)


@pytest.mark.parametrize(
    ("layout", "where"),
    [
        (Layout(year=2026), "budget.xlsx"),
        (Layout(period=("2026-01", "2026-12")), "budget.xlsx"),
        (Layout(), "budget_2026.xlsx"),
    ],
)
def test_the_year_may_come_from_elsewhere(
    read: Callable[..., Any], layout: Layout, where: str
) -> None:
    found = read([PLAIN, ["Atlas", "Rent", *range(1, 13)]], layout=layout, where=where)
    assert list(found.sums("period")) == _months(2026)


def test_a_period_that_holds_a_month_twice_is_no_year(read: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match="holds the month twice"):
        read([PLAIN, ["A", "B", *range(12)]], layout=Layout(period=("2025-06", "2026-12")))


def test_a_year_column_gives_each_row_its_year(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Product", "Line", "Year", "Jan", "Feb", "Mar"],
            ["Atlas", "Rent", 2026, 1, 2, 3],
            ["Atlas", "Rent", 2027, 4, 5, 6],
        ]
    )
    assert found.sums("period")["2027-02"] == 5
    assert len(found.sums("period")) == 6


def test_two_versions_side_by_side_under_merged_headers(read: Callable[..., Any]) -> None:
    def merge(sheet: Any) -> None:  # noqa: ANN401
        sheet.merge_cells("B2:D2")
        sheet.merge_cells("F2:H2")

    found = read(
        [
            ["Plan 2026, EUR"],
            [None, "Adopted", None, None, None, "Revised"],
            ["Line", "Jan", "Feb", "Mar", "Total", "Jan", "Feb", "Mar", "Total"],
            ["Rent", 1, 2, 3, 6, 10, 20, 30, 60],
        ],
        merge,
    )
    assert found.sums("version") == {"Adopted": 6, "Revised": 60}
    assert found.warned() == []


def test_budget_and_actual_under_each_month(read: Callable[..., Any]) -> None:
    def merge(sheet: Any) -> None:  # noqa: ANN401
        for area in ("B2:D2", "E2:G2"):
            sheet.merge_cells(area)

    found = read(
        [
            ["2026"],
            [None, "Jan", None, None, "Feb", None, None],
            ["Line", "Budget", "Actual", "Var", "Budget", "Actual", "Var"],
            ["Rent", 10, 9, -1, 20, 22, 2],
        ],
        merge,
    )
    assert found.sums("period") == {"2026-01": 10, "2026-02": 20}
    assert found.excluded()["column of actuals"] == 31


def test_the_same_month_twice_is_refused(read: Callable[..., Any]) -> None:
    with pytest.raises(SourceError) as error:
        read([["2026"], ["Line", "Jan", "Feb", "Feb", "Mar"], ["Rent", 1, 2, 3, 4]])
    assert "Budget!C2 and Budget!D2 are both 2026-02" in str(error.value)


def test_versions_by_sheet_and_a_hidden_sheet_that_is_not_read(read: Callable[..., Any]) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.remove(book.active)
        for name, factor, state in (
            ("Adopted", 1, "visible"),
            ("Revised", 2, "visible"),
            ("Old draft", 5, "hidden"),
            ("Cover", 0, "visible"),
        ):
            sheet = book.create_sheet(name)
            sheet.sheet_state = state
            sheet.append(["Budget 2026"])
            if factor:
                sheet.append(["Line", "Jan", "Feb", "Mar"])
                sheet.append(["Rent", factor, factor, factor])

    found = read(book=fill)
    assert found.sums("version") == {"Adopted": 3, "Revised": 6}
    assert found.warned() == [("hidden sheet", "Old draft")]
    assert "'Cover'" in found.said("sheet not read")
    assert read(book=fill, layout=Layout(sheets=("Old*",))).total == 15


def test_subtotals_in_the_middle_and_a_grand_total_are_proven_and_left_out(
    read: Callable[..., Any],
) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Product", "Line", "Jan", "Feb", "Mar"],
            ["Atlas", "Revenue", 100, 110, 120],
            ["Atlas", "Hosting", 10, 11, 12],
            ["Subtotal", None, 110, 121, 132],
            ["Borea", "Revenue", 50, 55, 60],
            ["Borea", "Hosting", 5, 6, 7],
            ["Summe Borea", None, 55, 61, 67],
            ["Grand total", None, 165, 182, 199],
        ]
    )
    assert found.total == 165 + 182 + 199
    assert found.excluded() == {"total row": Decimal(363 + 183 + 546)}
    assert found.warned() == []


def test_a_total_that_does_not_add_up_is_told_with_both_figures(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Rent", 100, 100, 100],
            ["Travel", 20, 30, 40],
            ["Total", 120, 125, 140],
        ]
    )
    assert found.total == 390
    assert found.warned() == [("stale total", "Budget!C5")]
    assert "states 125, its rows add up to 130, -5 apart" in found.said("stale total")


def test_a_total_over_a_cell_that_cannot_be_read_is_not_called_stale(
    read: Callable[..., Any],
) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Rent", "1,234", 100, 100],
            ["Travel", 20, 30, 40],
            ["Total", 1254, 130, 140],
        ]
    )
    assert found.warned() == []
    assert found.rejected() == [("ambiguous number", "Budget!B3")]


def test_a_total_column_that_does_not_add_up_is_told(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar", "Total"],
            ["Rent", 100, 100, 100, 300],
            ["Travel", 20, 30, 40, 100],
        ]
    )
    assert found.warned() == [("stale total", "Budget!E4")]
    assert "states 100, its months add up to 90, +10 apart" in found.said("stale total")


def test_a_line_that_equals_the_rows_above_is_told(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Rent", 100, 100, 100],
            ["Travel", 20, 30, 40],
            ["Office", 120, 130, 140],
        ]
    )
    assert found.warned() == [("unlabeled total", "Budget!B5")]
    assert found.total == 780


def test_results_of_a_statement_are_no_lines(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Revenue", 100, 110, 120],
            ["Cost of revenue", 30, 33, 36],
            ["Gross profit", 70, 77, 84],
            ["Gross margin %", 0.7, 0.7, 0.7],
            ["Salaries", 40, 40, 40],
            ["Rent", 5, 5, 5],
            ["EBITDA", 25, 32, 39],
            ["Headcount", 8, 8, 9],
        ]
    )
    assert set(found.sums("Line")) == {"Revenue", "Cost of revenue", "Salaries", "Rent"}
    assert found.warned() == []
    assert set(found.excluded()) == {"total row", "ratio row", "count row"}


def test_product_headings_over_their_lines(read: Callable[..., Any]) -> None:
    def bold(sheet: Any) -> None:  # noqa: ANN401
        for cell in ("A3", "A7"):
            sheet[cell].font = Font(bold=True)

    found = read(
        [
            ["Budget 2026"],
            [None, "Jan", "Feb", "Mar"],
            ["Atlas"],
            ["Revenue", 10, 10, 10],
            ["Hosting", 1, 1, 1],
            ["Total Atlas", 11, 11, 11],
            ["Borea"],
            ["Revenue", 20, 20, 20],
            ["Travel"],
            ["Hosting", 2, 2, 2],
            ["Total Borea", 22, 22, 22],
        ],
        bold,
    )
    assert found.sums("section", "label") == {
        ("Atlas", "Revenue"): 30,
        ("Atlas", "Hosting"): 3,
        ("Borea", "Revenue"): 60,
        ("Borea", "Hosting"): 6,
    }
    assert found.warned() == []


def test_merged_group_labels_are_filled_down(read: Callable[..., Any]) -> None:
    rows = [
        ["Budget 2026"],
        ["Product", "Line", "Jan", "Feb", "Mar"],
        ["Atlas", "Revenue", 10, 10, 10],
        [None, "Hosting", 1, 1, 1],
        ["Borea", "Revenue", 20, 20, 20],
        [None, "Hosting", 2, 2, 2],
    ]

    def merge(sheet: Any) -> None:  # noqa: ANN401
        sheet.merge_cells("A3:A4")
        sheet.merge_cells("A5:A6")

    assert read(rows, merge).sums("Product") == {"Atlas": 33, "Borea": 66}
    apart = read(rows)
    assert apart.rejected()[:2] == [("label missing", "Budget!C4"), ("label missing", "Budget!D4")]
    assert apart.sums("Product") == {"Atlas": 30, "Borea": 60}
    declared = read(rows, layout=Layout(fill=("Product",)))
    assert declared.sums("Product") == {"Atlas": 33, "Borea": 66}


def test_group_labels_are_filled_where_a_total_proves_them(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Product", "Line", "Jan", "Feb", "Mar"],
            ["Atlas", "Revenue", 10, 10, 10],
            [None, "Hosting", 1, 1, 1],
            ["Atlas Total", None, 11, 11, 11],
            ["Borea", "Revenue", 20, 20, 20],
            [None, "Hosting", 2, 2, 2],
            ["Borea Total", None, 22, 22, 22],
            ["Grand Total", None, 33, 33, 33],
        ]
    )
    assert found.sums("Product") == {"Atlas": 33, "Borea": 66}
    assert found.rejected() == []


def test_text_numbers_are_read_or_refused_with_their_cell(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026 in EUR"],
            ["Line", *MONTHS],
            ["Rent", "1 234", "(500)", "1.234,5", "-", "1,234", "n/a", "12%", "2k", "", None, 1, 2],
        ]
    )
    assert found.sums("period") == {
        "2026-01": 1234,
        "2026-02": -500,
        "2026-03": Decimal("1234.5"),
        "2026-04": 0,
        "2026-11": 1,
        "2026-12": 2,
    }
    assert found.rejected() == [
        ("ambiguous number", "Budget!F3"),
        ("unreadable value", "Budget!G3"),
        ("unreadable value", "Budget!H3"),
        ("unreadable value", "Budget!I3"),
    ]
    assert "1234 or 1.234" in found.budget.rejected[0].advice


def test_formulas_without_values_are_refused_with_their_cell(read: Callable[..., Any]) -> None:
    rows = [
        ["Budget 2026"],
        ["Line", "Jan", "Feb", "Mar"],
        ["Rent", 100, "=B3*1.02", 100],
        ["Travel", 20, 30, 40],
    ]
    found = read(rows)
    assert found.rejected() == [("formula without value", "Budget!C3")]
    assert found.total == 290
    with pytest.raises(SourceError, match="none of its 2 formulas has a value") as error:
        read([rows[0], rows[1], ["Rent", "=1+1", "=2+2", None]])
    assert "Budget!B3" in str(error.value)


def test_answers_of_zero_that_a_program_wrote_are_no_values() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("Budget")
    for at, row in enumerate([["Budget 2026"], ["Line", "Jan", "Feb"], ["Rent", 1, 2], ["Pay"]]):
        sheet.write_row(at, 0, row)
    sheet.write_formula("B4", "=B3*2")  # the library writes 0 as its answer
    sheet.write_formula("C4", "=C3*2")
    book.close()
    budget = read_budget(stream.getvalue(), where="budget.xlsx")
    assert [row.line for row in budget.rejected] == ["Budget!B4", "Budget!C4"]


def test_a_header_of_formulas_without_values_is_named(read: Callable[..., Any]) -> None:
    day = dt.datetime(2026, 1, 1)  # noqa: DTZ001 (a cell has no zone)
    rows = [["Line", day, "=EDATE(B1,1)", "=EDATE(C1,1)"], ["Rent", 1, 2, 3]]
    with pytest.raises(SourceError, match="the header is a formula that nobody") as error:
        read(rows)
    assert "Budget!C1" in str(error.value)


def test_totals_that_nobody_calculated_are_left_out_and_told(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar", "Total"],
            ["Rent", 100, 100, 100, "=SUM(B3:D3)"],
            ["Travel", 20, 30, 40, "=SUM(B4:D4)"],
            ["Total", "=SUM(B3:B4)", "=SUM(C3:C4)", "=SUM(D3:D4)", "=SUM(E3:E4)"],
        ]
    )
    assert found.total == 390
    assert found.warned() == [
        ("total without value", "Budget!B5"),
        ("total without value", "Budget!E3"),
    ]
    assert found.rejected() == []


def test_a_cell_in_error_is_refused(read: Callable[..., Any]) -> None:
    def break_cell(sheet: Any) -> None:  # noqa: ANN401
        sheet["C3"] = "#REF!"
        sheet["C3"].data_type = "e"

    found = read([["Budget 2026"], ["Line", "Jan", "Feb", "Mar"], ["Rent", 1, 2, 3]], break_cell)
    assert found.rejected() == [("cell error", "Budget!C3")]


def test_hidden_rows_and_columns_count_and_are_told(read: Callable[..., Any]) -> None:
    rows = [
        ["Budget 2026"],
        ["Line", "Jan", "Feb", "Mar"],
        ["Rent", 100, 100, 100],
        ["Reserve", 7, 8, 9],
    ]

    def hide(sheet: Any) -> None:  # noqa: ANN401
        sheet.row_dimensions[4].hidden = True
        sheet.column_dimensions["D"].hidden = True

    found = read(rows, hide)
    assert found.total == 324
    assert found.warned() == [("hidden column", "Budget!D2"), ("hidden row", "Budget!A4")]
    assert "24 in 3 cells" in found.said("hidden row")
    assert 'hidden = "leave_out"' in found.said("hidden row")
    out = read(rows, hide, layout=Layout(hidden="leave_out"))
    assert out.total == 200
    assert out.excluded() == {"hidden column": 100, "hidden row": 24}


def test_a_declared_unit_must_agree_with_the_title(read: Callable[..., Any]) -> None:
    rows = [["Budget 2026, USD m"], ["Line", "Jan", "Feb", "Mar"], ["Rent", 1.5, 2, 3]]
    assert read(rows).total == 6_500_000
    with pytest.raises(SourceError) as error:
        read(rows, layout=Layout(unit="thousands"))
    assert "(Budget!A1)" in str(error.value)
    assert "states the unit millions, but thousands is declared" in str(error.value)


def test_the_same_line_twice_is_refused_with_both_cells(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Rent", 1, 1, 1],
            ["Travel", 2, 2, 2],
            ["Rent", 1, 1, 1],
        ]
    )
    assert found.rejected()[0] == ("repeated line", "Budget!B5")
    assert "Budget!A3" in found.budget.rejected[0].advice


def test_an_amount_only_in_the_total_column_has_no_month(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar", "FY"],
            ["Rent", 1, 1, 1, 3],
            ["Audit", None, None, None, 12],
        ]
    )
    assert found.rejected() == [("total without months", "Budget!E4")]


def test_lines_without_a_budget_and_notes_are_no_amounts(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026"],
            ["Product", "Line", "Jan", "Feb", "Mar", "Owner"],
            ["Atlas", "Rent", 1, None, 3, "Ines"],
            ["Atlas", "Travel", None, None, None, "Ines"],
            [],
            ["Note: excluding VAT"],
        ]
    )
    assert found.sums("period") == {"2026-01": 1, "2026-03": 3}
    assert found.values("Owner") == {"Ines"}


def test_a_summary_sheet_is_proven_and_left_out(read: Callable[..., Any]) -> None:
    def fill(book: openpyxl.Workbook, total: int = 3) -> None:
        book.remove(book.active)
        for name, amount in (("Summary", total), ("Atlas", 1), ("Borea", 2)):
            sheet = book.create_sheet(name)
            sheet.append(["Budget 2026"])
            sheet.append(["Line", "Jan", "Feb", "Mar"])
            sheet.append(["Rent", amount, amount, amount])

    found = read(book=fill)
    assert found.sums("sheet") == {"Atlas": 3, "Borea": 6}
    assert found.excluded() == {"summary sheet": 9}
    with pytest.raises(SourceError, match="is called a summary, but is not the sum"):
        read(book=lambda book: fill(book, 4))


def test_a_sheet_kept_twice_is_told(read: Callable[..., Any]) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        for name in ("Budget (2)", "Borea"):
            book.create_sheet(name)
        for at, sheet in enumerate(book.worksheets):
            sheet.append(["Budget 2026"])
            sheet.append(["Line", "Jan", "Feb", "Mar"])
            sheet.append(["Rent", 1, 2, 3 + (at == 1)])
            sheet.append(["Travel" if at < 2 else "Audit", 5, 6, 7])

    assert read(book=fill).warned() == [("sheet twice", "Budget (2)")]


def test_stacked_tables_take_unit_and_year_from_the_first(read: Callable[..., Any]) -> None:
    found = read(
        [
            ["Budget 2026 in kEUR"],
            ["Atlas"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Rent", 1, 2, 3],
            ["Total", 1, 2, 3],
            [],
            ["Borea"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Rent", 4, 5, 6],
        ]
    )
    assert found.sums("section") == {"Atlas": 6000, "Borea": 15000}


def test_a_bold_row_that_equals_the_rows_above_is_a_total(read: Callable[..., Any]) -> None:
    def bold(sheet: Any) -> None:  # noqa: ANN401
        sheet["A5"].font = Font(bold=True)

    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Rent", 100, 100, 100],
            ["Travel", 20, 30, 40],
            ["Operating cost", 120, 130, 140],
        ],
        bold,
    )
    assert found.total == 390
    assert found.warned() == [("unlabeled total", "Budget!B5")]


def test_net_sales_are_a_result_where_they_add_up_and_a_line_where_not(
    read: Callable[..., Any],
) -> None:
    rows = [
        ["Budget 2026"],
        ["Line", "Jan", "Feb", "Mar"],
        ["Gross sales", 10, 20, 30],
        ["Discounts", -1, -2, -3],
    ]
    assert read([*rows, ["Net sales", 9, 18, 27]]).total == 54
    assert read([*rows, ["Net sales abroad", 5, 5, 5]]).total == 69


def test_quarters_and_years_stand_across_where_there_are_no_months(
    read: Callable[..., Any],
) -> None:
    found = read([["Plan 2026"], ["Line", "Q1", "Q2", "Q3", "Q4", "FY"], ["Rent", 1, 2, 3, 4, 10]])
    assert found.sums("span", "period")["quarter", "2026-09"] == 3
    assert found.total == 10
    years = read([["Plan"], ["Line", 2026, 2027], ["Rent", 1, 2]])
    assert years.sums("span", "period")["year", "2027-12"] == 2


def test_indented_lines_under_their_sum(read: Callable[..., Any]) -> None:
    def indent(sheet: Any) -> None:  # noqa: ANN401
        for cell in ("A4", "A5"):
            sheet[cell].alignment = Alignment(indent=1)

    found = read(
        [
            ["Budget 2026"],
            ["Line", "Jan", "Feb", "Mar"],
            ["Revenue", 30, 30, 30],
            ["Licenses", 10, 10, 10],
            ["Services", 20, 20, 20],
            ["Rent", 5, 5, 5],
        ],
        indent,
    )
    assert set(found.sums("Line")) == {"Licenses", "Services", "Rent"}
    assert found.warned() == [("unlabeled total", "Budget!B3")]


def test_a_plain_csv_sheet_with_decimal_commas() -> None:
    text = "Budget 2026;;;;\nProduct;Line;Jan;Feb;Mar\nAtlas;Rent;1.250;12,5;1.000,25\n"
    found = read_budget(text.encode(), where="b.csv")
    assert [row["amount"] for row in found.table.to_pylist()] == ["1250", "12.5", "1000.25"]
    assert [row["_line"] for row in found.table.to_pylist()] == ["C3", "D3", "E3"]


def test_a_sheet_of_which_no_amount_can_be_read_is_refused(read: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match="none of its 3 amounts counts: ambiguous") as error:
        read([["Budget 2026"], ["Line", "Jan", "Feb", "Mar"], ["Rent", "1,234", "1,250", "9,999"]])
    assert "Budget!B3" in str(error.value)


def test_months_down_the_sheet_are_no_wide_budget(read: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match="months stand below each other") as error:
        read([["Month", "Rent"], ["Jan 2026", 1], ["Feb 2026", 2], ["Mar 2026", 3]])
    assert "Budget!A2" in str(error.value)
    assert not has_months(b"period,line,amount\n2026-01,Rent,1\n", where="b.csv")


def test_entities_in_a_workbook_are_refused() -> None:
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    bomb = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(bomb, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                body = b'<!DOCTYPE x [<!ENTITY a "b">]>' + body
            new.writestr(name, body)
    with pytest.raises(SourceError, match="declares entities"):
        read_budget(bomb.getvalue(), where="b.xlsx")
