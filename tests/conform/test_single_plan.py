from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from pfkit.conform.single import check_file
from pfkit.conform.single.labels import agreed_labels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
PLAIN = ["Product", "Line", *MONTHS]
TITLED = [["Budget 2026 v2 in kEUR"], PLAIN, ["Atlas", "Revenue", *[10] * 12]]


def _check(
    folder: Path,
    rows: list[list[Any]],
    change: Callable[[Any], None] | None = None,
    *,
    period: str | None = None,
) -> dict[str, Any]:
    book = openpyxl.Workbook()
    book.active.title = "Plan"
    for row in rows:
        book.active.append(row)
    if change is not None:
        change(book.active)
    book.save(folder / "plan.xlsx")
    return check_file(folder / "plan.xlsx", table="budget", period=period)


def _rules(found: dict[str, Any], severity: str) -> list[tuple[str, str | None]]:
    return [(f["rule"], f.get("cell")) for f in found["findings"] if f["severity"] == severity]


def test_a_plain_sheet_takes_its_year_from_the_period(tmp_path: Path) -> None:
    found = _check(tmp_path, [PLAIN, ["Atlas", "Revenue", *[10.5] * 12]], period="2026-01..2026-12")
    assert (found["verdict"], found["accepted"], found["amount_accepted"]) == (
        "accept",
        12,
        "126.00",
    )


def test_a_plain_text_sheet_does_too(tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text(f"{','.join(PLAIN)}\nAtlas,Revenue{',10.5' * 12}\n", encoding="utf-8")
    found = check_file(file, table="budget", period="2026-01..2026-12")
    assert (found["verdict"], found["amount_accepted"]) == ("accept", "126.00")
    refused = check_file(file, table="budget")
    assert refused["verdict"] == "reject"
    assert refused["findings"][0]["line"] == 1
    assert "or give --period" in refused["findings"][0]["advice"]


def test_proven_totals_are_excluded_and_listed(tmp_path: Path) -> None:
    rows = [*TITLED, ["Atlas", "Hosting", *[1] * 12], ["Total", None, *[11] * 12]]
    found = _check(tmp_path, rows)
    assert found["verdict"] == "repair"
    # 12 x (10 + 1) thousand, and the total once more
    assert found["amount_accepted"] == "132000.00"
    assert found["amount_excluded"] == "132000.00"
    assert found["amount_in"] == "264000.00"
    assert (found["rows_in"], found["accepted"], found["excluded"]) == (36, 24, 12)
    assert _rules(found, "repair") == [("unit", "Plan!A1"), ("total row", "Plan!C5")]


def test_a_stale_total_is_a_warning_with_its_cell(tmp_path: Path) -> None:
    found = _check(tmp_path, [*TITLED, ["Total", None, *[10] * 11, 12]])
    assert found["verdict"] == "warn"
    assert _rules(found, "warn") == [("stale total", "Plan!N4")]
    assert found["amount_accepted"] == "120000.00"


def test_hidden_rows_are_a_warning(tmp_path: Path) -> None:
    def hide(sheet: Any) -> None:  # noqa: ANN401 (openpyxl has no types)
        sheet.row_dimensions[4].hidden = True

    found = _check(tmp_path, [*TITLED, ["Atlas", "Hosting", *[1] * 12]], hide)
    assert found["verdict"] == "warn"
    assert _rules(found, "warn") == [("hidden row", "Plan!A4")]


def test_formulas_without_values_are_held_back_or_refused(tmp_path: Path) -> None:
    found = _check(tmp_path, [*TITLED, ["Atlas", "Hosting", "=C3*2", *[1] * 11]])
    assert found["verdict"] == "quarantine"
    assert _rules(found, "quarantine") == [("formula without value", "Plan!C4")]
    assert (found["accepted"], found["quarantined"]) == (23, 1)
    refused = _check(tmp_path, [TITLED[0], PLAIN, ["Atlas", "Revenue", *["=1+1"] * 12]])
    assert refused["verdict"] == "reject"
    assert (refused["findings"][0]["cell"], refused["findings"][0]["line"]) == ("Plan!C3", 3)


def test_headings_and_sheets_name_the_product(tmp_path: Path) -> None:
    rows = [
        ["Budget 2026"],
        [None, *MONTHS],
        ["Atlas"],
        ["Revenue", *[10] * 12],
        ["Total Atlas", *[10] * 12],
        ["Borea"],
        ["Revenue", *[5] * 12],
        ["Total Borea", *[5] * 12],
    ]
    found = _check(tmp_path, rows)
    assert (found["verdict"], found["amount_accepted"]) == ("repair", "180.00")
    assert any("headings above the lines are read as products" in f["message"]
               for f in found["findings"])  # fmt: skip


def test_a_month_outside_the_period_is_held_back(tmp_path: Path) -> None:
    found = _check(tmp_path, TITLED, period="2026-01..2026-11")
    assert found["quarantined"] == 1
    assert _rules(found, "quarantine") == [("outside the period", "Plan!N3")]


@pytest.mark.parametrize(
    ("labels", "agreed"),
    [
        (["Product", "Line"], {"product": ["Product"], "line": ["Line"]}),
        (["Kostenstelle", "Konto"], {"cost_center": ["Kostenstelle"], "account": ["Konto"]}),
        (["Department", "Category", "Item"], {"cost_center": ["Department"],
                                              "line": ["Category", "Item"]}),
        (["Budget holder", "What"], {"owner": ["Budget holder"], "line": ["What"]}),
    ],
)  # fmt: skip
def test_labels_are_known_by_the_names_people_use(
    labels: list[str], agreed: dict[str, list[str]]
) -> None:
    assert agreed_labels(labels)[0] == agreed
