from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import pfkit as pf
from pfkit.cli import app
from pfkit.errors import ReportError
from pfkit.publish.tables import to_csv

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = [
    {"name": "row_key", "type": "text"},
    {"name": "role", "type": "text"},
    {"name": "actual", "type": "money"},
    {"name": "share", "type": "rate"},
    {"name": "note", "type": "text"},
]
Row = list[Any]
OLD: list[Row] = [
    ["sales", "item", 1000.10, 0.5, ""],
    ["rent", "item", -300.05, 0.25, "late"],
    ["total", "total", 700.05, None, ""],
]
NEW: list[Row] = [
    ["sales", "item", 1000.30, 0.5, ""],
    ["tax", "item", -12.34, 0.1, ""],
    ["total", "total", 987.96, None, ""],
]


def report(
    folder: Path, rows: list[Row], *, as_of: str, sha: str = "aa", money: str = "EUR"
) -> Path:
    """Write the least a report's folder holds."""
    exhibit = {"id": "pnl", "kind": "table", "columns": COLUMNS, "rows": rows}
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"application/vnd.pfkit.exhibit+json": exhibit},
    }
    cell = {
        "cell_type": "code", "id": "a", "metadata": {}, "source": "", "execution_count": 1,
        "outputs": [output],
    }  # fmt: skip
    (folder / "data").mkdir(parents=True)
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "notebook.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (folder / "data" / "pnl.csv").write_bytes(to_csv(exhibit))
    manifest = {
        "company": "Acme", "kind": "monthly", "period": {"label": "2026-06"}, "currency": money,
        "as_of": as_of, "inputs": [{"file": "gl.csv", "sha256": sha}], "policies": {},
        "packages": {"pfkit": "0.1"}, "parameters": {"period": "2026-06"},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    old = report(tmp_path / "old", OLD, as_of="2026-07-01")
    return old, report(tmp_path / "new", NEW, as_of="2026-07-31", sha="bb")


def test_every_cell_that_differs_is_listed(pair: tuple[Path, Path]) -> None:
    found = pf.diff(*pair)
    assert found.different
    assert found.rows[["row_key", "column", "status", "difference"]].to_numpy().tolist() == [
        ["sales", "actual", "changed", Decimal("0.2")],
        ["rent", "", "removed", None],
        ["rent", "actual", "removed", Decimal("300.05")],
        ["rent", "share", "removed", Decimal("-0.25")],
        ["total", "actual", "changed", Decimal("287.91")],
        ["tax", "", "added", None],
        ["tax", "actual", "added", Decimal("-12.34")],
        ["tax", "share", "added", Decimal("0.1")],
    ]


def test_differences_add_up_to_the_cent(pair: tuple[Path, Path]) -> None:
    (total,) = pf.diff(*pair).totals.to_dict("records")
    # without the total: 1000.10 - 300.05 = 700.05, 1000.30 - 12.34 = 987.96
    assert (total["before"], total["after"]) == (Decimal("700.05"), Decimal("987.96"))
    assert total["difference"] == total["sum_of_rows"] == Decimal("287.91")


def test_what_the_reports_were_made_from_is_named(pair: tuple[Path, Path]) -> None:
    causes = pf.diff(*pair).causes
    assert causes.to_numpy().tolist() == [
        ["input", "gl.csv", "aa", "bb"],
        ["as of", "", "2026-07-01", "2026-07-31"],
    ]


def test_a_report_equals_itself(pair: tuple[Path, Path]) -> None:
    found = pf.diff(pair[0], pair[0])
    assert not found.different
    assert found.totals.empty
    assert found.causes.empty


def test_words_in_a_column_of_numbers_are_compared_as_words(tmp_path: Path) -> None:
    words = [["sales", "item", 1.0, "net", ""], ["rent", "item", 2.0, "cm1", ""]]
    moved = [["sales", "item", 1.0, "net", ""], ["rent", "item", 2.0, "cm2", ""]]
    sides = (
        report(tmp_path / "a", words, as_of="2026-07-01"),
        report(tmp_path / "b", moved, as_of="2026-07-01"),
    )
    assert pf.diff(sides[0], sides[0]).rows.empty
    (cell,) = pf.diff(*sides).rows.to_dict("records")
    assert (cell["row_key"], cell["before"], cell["after"]) == ("rent", "cm1", "cm2")


def test_currencies_are_not_mixed(tmp_path: Path) -> None:
    old = report(tmp_path / "old", OLD, as_of="2026-07-01")
    new = report(tmp_path / "new", OLD, as_of="2026-07-01", money="USD")
    with pytest.raises(ReportError, match="amounts in EUR and in USD cannot be compared"):
        pf.diff(old, new)


def test_a_key_that_stands_twice_stops_the_comparison(pair: tuple[Path, Path]) -> None:
    file = pair[1] / "data" / "pnl.csv"
    file.write_text(file.read_text() + "tax,item,1.00,,\n")
    with pytest.raises(ReportError, match="'tax' stands twice"):
        pf.diff(*pair)


@pytest.mark.usefixtures("pair")
def test_the_command_reads_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["diff", "old", "new", "--to", "found.csv"])
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "before: Acme, monthly 2026-06 as of 2026-07-01 (old)",
        "after:  Acme, monthly 2026-06 as of 2026-07-31 (new)",
        "",
        "pnl: 2 cells changed, 1 row only after, 1 row only before",
        "  sales actual: 1,000.10 -> 1,000.30 (+0.20)",
        "  rent actual: -300.05 -> (none) (+300.05)",
        "  rent share: 0.25 -> (none)",
        "  total actual: 700.05 -> 987.96 (+287.91)",
        "  tax actual: (none) -> -12.34 (-12.34)",
        "  tax share: (none) -> 0.1",
        "  sum of actual: 700.05 -> 987.96, +287.91 = its rows +287.91",
        "",
        "what else differs:",
        "  input gl.csv: changed",
        "  as of: 2026-07-01 -> 2026-07-31",
    ]
    assert len((tmp_path / "found.csv").read_text().splitlines()) == 9
    found = json.loads(CliRunner().invoke(app, ["diff", "old", "new", "--json"]).output)
    assert found["different"] is True
    assert found["totals"][0]["difference"] == "287.91"
    same = CliRunner().invoke(app, ["diff", "old", "old"])
    assert (same.exit_code, same.output.splitlines()[-1]) == (0, "no cell differs")


def test_what_is_no_report_says_what_to_name() -> None:
    with pytest.raises(ReportError) as caught:
        pf.diff("nowhere", "nowhere")
    assert caught.value.advice.startswith("Name the folder of a report")
