"""The list of rows held back: one page, one workbook and one Parquet file, together."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pfkit.errors import ReportError
from pfkit.publish.quarantine import FILES, page, workbook, write_quarantine

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class _About:
    company: str = "R&D <Ltd>"
    currency: str = "EUR"
    as_of: dt.date = dt.date(2026, 7, 3)
    demo: bool = False


ABOUT = _About()
RULES = ["repeated key", "unreadable value", "repeated key", "unreadable value"]
VALUES = ["A1", "=1+1", "A2", "<script>alert(1)</script>"]
AMOUNTS = [1.0, float("nan"), -4000.5, 20.0]


@pytest.fixture
def rows() -> pd.DataFrame:
    """Give four rows of two reasons, one of unknown amount."""
    return pd.DataFrame(
        {
            "id": ["a1", "b2", "c3", "d4"],
            "table": "invoices",
            "source": "billing",
            "period": "2026-06",
            "file": "billing.csv",
            "line": ["3", "4", "5", "6"],
            "rule": RULES,
            "column": "invoice_id",
            "value": VALUES,
            "amount": AMOUNTS,
            "advice": "Correct it.",
            "may": "accept, fix",
        }
    )


RAW = ('{"id": "a"}', '{"id": "b"}', '{"id": "c"}', '{"id": "d"}')


def test_the_parquet_file_keeps_exact_amounts_and_the_raw_row(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    found = write_quarantine(rows, raw=RAW, about=ABOUT, to=tmp_path / "held")
    assert [path.name for path in found] == list(FILES)
    table = pq.read_table(found[0]).to_pylist()
    assert [row["amount"] for row in table] == [
        Decimal("-4000.50"),
        Decimal("20.00"),
        Decimal("1.00"),
        None,
    ]
    assert [(row["id"], row["raw"]) for row in table] == [
        ("c3", '{"id": "c"}'),
        ("d4", '{"id": "d"}'),
        ("a1", '{"id": "a"}'),
        ("b2", '{"id": "b"}'),
    ]


def test_the_page_groups_by_reason_with_sums_the_largest_first(rows: pd.DataFrame) -> None:
    text = page(rows, about=ABOUT)
    assert re.findall(r'<h2[^>]*id="reason-\d">([^<]*)', text) == [
        "Repeated key",
        "Unreadable value",
    ]
    # 4000.50 + 1.00 signs aside, -3999.50 with them
    thin = "\N{NARROW NO-BREAK SPACE}"
    assert f"2 rows, 4{thin}001.50 EUR signs aside" in text
    assert "2 rows, 20.00 EUR signs aside, 1 of unknown amount" in text
    assert f"\N{MINUS SIGN}3{thin}999.50" in text
    assert f"<h1>4 rows are held back, 4{thin}021.50 EUR signs aside; 1 of unknown amount" in text


def test_no_value_runs_in_the_page_or_the_workbook(rows: pd.DataFrame) -> None:
    text = page(rows, about=ABOUT)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "R&amp;D &lt;Ltd&gt;" in text
    assert text.count("<script>") == 1
    assert "script-src 'sha256-" in text
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(rows, about=ABOUT)))["quarantine"]
    cells = {cell.value: cell for line in sheet.iter_rows() for cell in line}
    assert cells["=1+1"].data_type == "s"
    assert cells["=1+1"].quotePrefix
    assert cells[-4000.5].number_format == "#,##0.00"


def test_the_workbook_has_filters_and_a_frozen_header(rows: pd.DataFrame) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(rows, about=ABOUT)))["quarantine"]
    assert sheet.freeze_panes == "B6"
    assert sheet.auto_filter.ref == "A5:L9"
    assert [cell.value for cell in sheet[5]][:5] == ["Rule", "Amount", "File", "Line", "Column"]


def test_the_same_rows_give_the_same_bytes(rows: pd.DataFrame, tmp_path: Path) -> None:
    one = write_quarantine(rows, raw=RAW, about=ABOUT, to=tmp_path / "one")
    two = write_quarantine(rows, raw=RAW, about=ABOUT, to=tmp_path / "two")
    assert [a.read_bytes() == b.read_bytes() for a, b in zip(one, two, strict=True)] == [True] * 3


def test_a_folder_with_other_files_is_left_alone(rows: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ReportError, match=r"the folder holds 'notes.txt' too"):
        write_quarantine(rows, raw=RAW, about=ABOUT, to=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(ReportError, match="is no folder"):
        write_quarantine(rows, raw=RAW, about=ABOUT, to=tmp_path / "notes.txt")


def test_an_earlier_list_is_replaced_whole_or_stays(
    rows: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "held"
    write_quarantine(rows, raw=RAW, about=ABOUT, to=to)
    before = {path.name: path.read_bytes() for path in to.iterdir()}
    count = iter(range(99))

    def full(_handle: int) -> None:
        if next(count) == 2:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ReportError, match="No space left"):
            write_quarantine(rows.head(1), raw=RAW[:1], about=ABOUT, to=to)
    assert {path.name: path.read_bytes() for path in to.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["held"]
    write_quarantine(rows.head(0), raw=(), about=ABOUT, to=to)
    assert "No row is held back" in (to / "quarantine.html").read_text(encoding="utf-8")


def test_a_book_is_listed_in_files(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from pfkit import cli

    (tmp_path / "book.toml").write_text(
        'company = { name = "Shop", currency = "EUR" }\n[[sources]]\nname = "billing"\n'
        'table = "invoices"\npath = "b.csv"\nknown_on = { column = "day" }\ncolumns = { invoice_id '
        '= "id", invoice_date = "day", product = "item", amount_local = "sum" }\n',
        encoding="utf-8",
    )
    lines = (
        "id,day,item,sum\nA1,2026-01-05,tea,1\nA2,2026-01-05,a@b.example,x\nA3,2026-01-05,t,1,0\n"
    )
    (tmp_path / "b.csv").write_text(lines, encoding="utf-8")
    to = tmp_path / "held"
    ran = CliRunner().invoke(cli.app, ["quarantine", "write", str(tmp_path), "--to", str(to)])
    assert ran.exit_code == 0, ran.output
    assert ran.output.splitlines() == [str(to / name) for name in FILES]
    table: list[dict[str, Any]] = pq.read_table(to / "quarantine.parquet").to_pylist()
    assert [(row["line"], row["may"]) for row in table] == [("3", "fix"), ("4", "fix")]
    assert '"sum": "x"' in table[0]["raw"]
    assert "a@b.example" not in table[0]["raw"]
    assert table[1]["raw"] == '{"text": "A3,2026-01-05,t,1,0"}'
