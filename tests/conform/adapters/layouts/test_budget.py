from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from pfkit.conform.adapters.tried import try_adapter

if TYPE_CHECKING:
    Desk = Any


@pytest.mark.parametrize("label", ["Line", "Line item", "Account"])
def test_a_sheet_with_months_across_becomes_lines_in_whole_units(desk: Desk, label: str) -> None:
    book = openpyxl.Workbook()
    for row in [
        ["Budget 2026 v2 in kEUR"],
        ["Product", label, "Jan", "Feb", "Mar", "Q1"],
        ["Atlas", "Revenue", 10, 11, 12, 33],
        ["Atlas", "Hosting", 1, 1, 2, 4],
        ["Total", None, 11, 12, 14, 37],
    ]:
        book.active.append(row)
    path = desk.folder / "budget-2026-01-15.xlsx"
    book.save(path)
    found = try_adapter("excel-budget", path, rows=100)
    # six months of two lines; the totals of three months, and three times the quarter, are left out
    assert (found["accepted"], found["excluded"], found["quarantined"]) == (6, 6, 0)
    # 10 + 11 + 12 + 1 + 1 + 2 thousand
    assert Decimal(found["amount_accepted"]) == 37_000
    first = found["rows"][0]
    assert (first["product"], first["account"], first["period"]) == ("Atlas", "Revenue", "2026-01")
    assert (first["amount_local"], first["currency"], first["version"]) == (
        "10000",
        "EUR",
        "Budget 2026 v2",
    )
    assert first["known_on"] == "2026-01-15"
