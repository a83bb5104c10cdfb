"""A budget as a planning workbook: title rows, months across, one sheet per block, kEUR."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from pfkit.demo.company import NAME
from pfkit.demo.plan import owner

if TYPE_CHECKING:
    from pfkit.demo.plan import Budget

HEADER = 5  # row of the column names in a sheet
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
COLUMNS = (
    "Version", "Stage", "Issued", "Approved", "Prepared by", "Approved by", "Year",
    "Product", "Account", "Cost center", "Owner",
)  # fmt: skip
_PREPARED_BY, _APPROVED_BY = "Lena Ostrow", "Henrik Solberg"
Changed = dict[tuple[str, int, int], str]
VOLUMES = "Volumes"
_TITLES = {
    "Revenue": "Revenue by product and region",
    "Cost": "Cost by product and cost center",
    VOLUMES: "Units sold by product and region",
}
_NOTES = (
    "All amounts in kEUR at budget rates; revenue and cost are both positive.",
    "Returns (accounts 4800 and 4810) are stated as positive deductions.",
    "Sheet Volumes: seats of subscriptions, thousand calls of usage, days of services.",
)


def workbook(budget: Budget, changed: Changed) -> bytes:
    """Return one budget as a workbook: a notes sheet, then one sheet per block.

    `changed` holds texts that stand where a number belongs: (sheet, row, month of the year).
    """
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        issued = dt.datetime.fromisoformat(budget.issued)
        book.set_properties({"title": budget.name, "author": NAME, "created": issued})
        bold = book.add_format({"bold": True})
        number = book.add_format({"num_format": "#,##0.0"})
        notes = book.add_worksheet("Notes")
        head = f"{NAME}: budget {budget.year}, {budget.version}"
        state = f"Approved {budget.approved}" if budget.approved else "Draft, not approved"
        for row, text in enumerate((head, state, *_NOTES)):
            notes.write_string(row, 0, text)
        for sheet, title in _TITLES.items():
            page = book.add_worksheet(sheet)
            page.write_string(0, 0, f"{NAME}: {title}", bold)
            page.write_string(1, 0, f"Budget {budget.year}, version {budget.version}")
            page.write_string(2, 0, "units" if sheet == VOLUMES else "kEUR")
            page.write_row(HEADER - 1, 0, (*COLUMNS, *MONTHS, "Total"), bold)
            page.set_column(0, len(COLUMNS) - 1, 13)
            _fill(page, budget, sheet, changed, number)
    return sink.getvalue()


def places(budget: Budget, sheet: str) -> list[int]:
    """Return the places of a sheet's lines, in the order of its rows."""
    if sheet == VOLUMES:
        return [place for place, line in enumerate(budget.lines) if line.units is not None]
    return [place for place, line in enumerate(budget.lines) if line.sheet == sheet]


def tenths(amounts: np.ndarray) -> list[int]:
    """Return EUR as tenths of a thousand, the grain of the workbook."""
    return [int(value) for value in np.rint(amounts / 100)]


def _fill(page: Any, budget: Budget, sheet: str, changed: Changed, number: Any) -> None:  # noqa: ANN401 (xlsxwriter has no types)
    row = HEADER
    for place in places(budget, sheet):
        line = budget.lines[place]
        approver = _APPROVED_BY if budget.approved else ""
        head = (budget.version, budget.stage, budget.issued, budget.approved, _PREPARED_BY)
        page.write_number(row, COLUMNS.index("Year"), budget.year)
        texts = (*head, approver, "", line.product, line.account, line.cost_center, owner(line))
        for column, text in enumerate(texts):
            if text:
                page.write_string(row, column, text)
        counted = sheet == VOLUMES
        values = tenths(budget.units[place] * 1000 if counted else budget.cells[place])
        for month, value in enumerate(values):
            note = changed.get((sheet, row + 1, month))
            if note is None:
                page.write_number(row, len(COLUMNS) + month, value / 10, number)
            else:
                page.write_string(row, len(COLUMNS) + month, note)
                values[month] = 0
        _sum_across(page, row, sum(values), number)
        row += 1


def _sum_across(page: Any, row: int, value: int, number: Any) -> None:  # noqa: ANN401 (xlsxwriter has no types)
    first = xl_col_to_name(len(COLUMNS))
    last = xl_col_to_name(len(COLUMNS) + len(MONTHS) - 1)
    formula = f"=SUM({first}{row + 1}:{last}{row + 1})"
    page.write_formula(row, len(COLUMNS) + len(MONTHS), formula, number, value / 10)
