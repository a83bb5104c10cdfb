from __future__ import annotations

import datetime as dt
import json
import pickle
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pfkit.conform.single import check_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = ["entry_id", "posting_date", "account", "cost_center", "product", "currency", "amount"]


def rows(count: int = 8) -> list[list[Any]]:
    return [
        [1000000 + n, dt.date(2026, 1, n + 1), "4000", "0100", "Atlas", "EUR", 100.5 + n]
        for n in range(count)
    ]


def workbook(path: Path, change: Callable[[Any, Any], None] | None = None) -> dict[str, Any]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Ledger"
    for row in [HEADER, *rows()]:
        sheet.append(row)
    if change is not None:
        change(book, sheet)
    book.save(path / "ledger.xlsx")
    return check_file(path / "ledger.xlsx", table="ledger", period="2026-01")


def hide_row(_book: Any, sheet: Any) -> None:  # noqa: ANN401 (openpyxl publishes no types)
    sheet.row_dimensions[5].hidden = True


def count_from_1904(book: Any, _sheet: Any) -> None:  # noqa: ANN401
    book.epoch = CALENDAR_MAC_1904


def hide_sheet(book: Any, _sheet: Any) -> None:  # noqa: ANN401
    other = book.create_sheet("old")
    other.append(["entry_id"])
    other.sheet_state = "hidden"


def formula(_book: Any, sheet: Any) -> None:  # noqa: ANN401
    sheet["G5"] = "=G4*2"


def title(_book: Any, sheet: Any) -> None:  # noqa: ANN401
    sheet.insert_rows(1, 2)
    sheet["A1"] = "Ledger of January"


def twice(book: Any, sheet: Any) -> None:  # noqa: ANN401
    other = book.create_sheet("Ledger 2")
    for row in sheet.iter_rows(values_only=True):
        other.append(row)


def day_as_text(_book: Any, sheet: Any) -> None:  # noqa: ANN401
    sheet["B5"] = "03/04/2026"


@pytest.mark.parametrize(
    ("change", "verdict", "cell", "said"),
    [
        (None, "accept", None, ""),
        (count_from_1904, "repair", None, "1904"),
        (hide_row, "warn", "Ledger!A5", "103.50"),
        (hide_sheet, "warn", None, "'old'"),
        (formula, "quarantine", "Ledger!G5", "formula"),
        (title, "repair", None, "row 3"),
        (twice, "reject", None, "'Ledger', 'Ledger 2'"),
        (day_as_text, "reject", "Ledger!B5", "2026-04-03 (day first)"),
    ],
)
def test_a_workbook_is_read_or_refused_with_its_cell(
    tmp_path: Path,
    change: Any,  # noqa: ANN401
    verdict: str,
    cell: str | None,
    said: str,
) -> None:
    found = workbook(tmp_path, change)
    assert found["verdict"] == verdict, found["findings"]
    if said:
        assert said in " ".join(f["message"] for f in found["findings"])
    if cell is not None:
        assert cell in {f.get("cell") for f in found["findings"]}


def test_the_same_rows_are_the_same_in_every_format(tmp_path: Path) -> None:
    plain = [dict(zip(HEADER, map(str, row), strict=True)) for row in rows()]
    (tmp_path / "a.json").write_text(json.dumps(plain), encoding="utf-8")
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, plain)), encoding="utf-8")
    columns = dict(zip(HEADER, zip(*rows(), strict=True), strict=True))
    typed = pa.table(columns).set_column(0, "entry_id", pa.array(columns["entry_id"], pa.int64()))
    pq.write_table(typed, tmp_path / "a.parquet")
    for name in ("a.json", "a.jsonl", "a.parquet"):
        found = check_file(tmp_path / name, table="ledger")
        # 100.5 + … + 107.5
        assert (found["verdict"], found["amount_in"]) == ("accept", "832.00"), found["findings"]


def test_what_could_run_code_is_rejected_unread(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(pickle.dumps(rows()))
    found = check_file(tmp_path / "a.csv", table="ledger")
    assert found["verdict"] == "reject"
    assert "pickle" in found["findings"][0]["message"]


def test_lines_above_the_header_are_left_out_and_told(tmp_path: Path) -> None:
    text = "Ledger export\n\n" + "\n".join(",".join(map(str, r)) for r in [HEADER, *rows()])
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    found = check_file(tmp_path / "a.csv", table="ledger")
    assert (found["verdict"], found["accepted"]) == ("repair", 8)
    assert found["findings"][0]["line"] == 3
