"""The demo company's whole report: what its files say is what its exhibits hold."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import openpyxl
import pikepdf
import pytest
from nbformat import read

from pfkit.contracts.form import TO_COMMENT
from pfkit.errors import ParameterError, PeriodError
from pfkit.present import look
from pfkit.publish.executed import exhibits, on_screen
from pfkit.publish.lint import lint
from pfkit.publish.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.demo import Demo

FIGURE = re.compile(r"[+\u2212]?\d[\d.\u202f]*(\u202f%)?")
NUMBER = re.compile(r"\d[\d.,]*")


@pytest.fixture(scope="module")
def report(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("reports")
    return run("monthly", book=demo.folder, period=demo.period, to=to)[0]


@pytest.fixture(scope="module")
def shown(report: Path) -> list[dict[str, Any]]:
    return exhibits(read(report / "notebook.ipynb", as_version=4))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_report_keeps_its_rules(report: Path) -> None:
    assert [str(finding) for finding in lint(report)] == []


def test_every_section_of_the_month_is_there(shown: list[dict[str, Any]]) -> None:
    assert shown[0]["kind"] == "headline"
    assert {one["section"] for one in shown} == {f"M{place}" for place in range(8)}


def test_every_printed_number_is_the_number_of_its_cell(shown: list[dict[str, Any]]) -> None:
    checked = 0
    for one in shown:
        names = [column["name"] for column in one["columns"]]
        data = {row[0]: dict(zip(names, row, strict=True)) for row in one["rows"]}
        heads = one.get("printed_columns", [])
        for key, cells in zip(one.get("printed_keys", []), one["printed"], strict=False):
            for head, text in zip(heads, cells, strict=True):
                if head["scale"] is None or head["decimals"] is None or not re.search(r"\d", text):
                    continue
                value = data[key][head["column"]]
                signed = text.startswith("+")
                told = look.number(
                    value, scale=head["scale"], decimals=head["decimals"], signed=signed
                )
                assert text == told, f"{one['id']}, {key}, {head['column']}"
                checked += 1
    assert checked > 500


def test_the_page_prints_every_cell(report: Path, shown: list[dict[str, Any]]) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    for one in shown:
        found = re.search(
            rf'<(section|header|p)[^>]* id="pf-{re.escape(one["id"])}".*?</\1>', page, re.DOTALL
        )
        if found is None:
            assert one["kind"] == "note"
            continue
        text = squeezed(html.unescape(re.sub(r"<[^>]*>", " ", found[0])))
        for row in one["printed"]:
            for cell in row:
                assert squeezed(cell) in text, f"{one['id']}: {cell}"


@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="no pdftotext: the PDF's text is not read here"
)
def test_the_pdf_prints_every_number_and_no_other(
    report: Path, shown: list[dict[str, Any]]
) -> None:
    command = ["pdftotext", "-layout", str(report / "report.pdf"), "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    text = done.stdout.decode()
    elsewhere = on_screen(read(report / "notebook.ipynb", as_version=4))
    assert {one["id"] for one in shown} > set(elsewhere) > {"product-pnl", "usage"}
    for one in shown:
        for row in [] if one["id"] in elsewhere else one["printed"]:
            for cell in row:
                if FIGURE.fullmatch(cell):
                    assert squeezed(cell) in squeezed(text), f"{one['id']}: {cell}"
    notebook = (report / "notebook.ipynb").read_text(encoding="utf-8")
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    known = squeezed(json.dumps(json.loads(notebook), ensure_ascii=False))
    known += squeezed(" ".join(map(str, range(1, manifest["pages"] + 1))))
    known += manifest["content_sha256"] + manifest["packages"]["pfkit"]
    strange = {
        number
        for line in text.splitlines()
        for number in NUMBER.findall(line)
        if number.strip(".,") not in known
    }
    assert strange == set()


def test_workbook_and_csv_hold_the_exhibits_values(
    report: Path, shown: list[dict[str, Any]]
) -> None:
    book = openpyxl.load_workbook(report / "tables.xlsx")
    tables = [one for one in shown if one["rows"]]
    assert book.sheetnames[:2] == ["Contents", TO_COMMENT]
    assert book.sheetnames[2:-1] == [one["id"][:31] for one in tables]
    assert book[book.sheetnames[-1]].sheet_state == "veryHidden"  # what stood, for the way back
    for one in tables:
        sheet = book[one["id"][:31]]
        cells = list(sheet.iter_rows(min_row=6, values_only=True))
        lines = list(csv.reader(io.StringIO((report / "data" / f"{one['id']}.csv").read_text())))
        assert lines[0][0] == "row_key"
        for row, written, line in zip(one["rows"], cells, lines[1:], strict=True):
            for value, cell, text in zip(row, written[: len(row)], line, strict=True):
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    assert cell == pytest.approx(value, rel=1e-15)
                    assert float(text) == value
                elif value is None:
                    assert (cell, text) == (None, "")


def test_the_pdf_is_tagged_and_carries_its_data(report: Path) -> None:
    with pikepdf.open(report / "report.pdf") as held, held.open_metadata() as told:
        assert (told["pdfaid:part"], told["pdfuaid:part"]) == ("3", "1")
        assert 3 <= len(held.pages) <= 12
        names = {path.name for path in (report / "data").iterdir()}
        assert set(held.attachments) == names | {"manifest.json"}


def test_the_manifest_accounts_for_every_file_and_input(report: Path, demo: Demo) -> None:
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((report / name).read_bytes()).hexdigest() == digest
    for one in manifest["inputs"]:
        data = (demo.folder / one["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == one["sha256"]
    for line in manifest["balance"]:
        parts = [line[f"rows_{fate}"] for fate in ("accepted", "quarantined", "excluded")]
        assert line["rows_in"] == sum(parts)


def test_a_rerun_elsewhere_gives_the_same_bytes(
    report: Path, demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(demo.folder, moved)
    monkeypatch.setenv("TZ", "America/St_Johns")
    monkeypatch.setenv("LANG", "tr_TR.UTF-8")
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    (again,) = run("monthly", book=moved, period=demo.period, to=tmp_path / "to")
    for path in sorted(report.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            assert (again / path.relative_to(report)).read_bytes() == path.read_bytes(), path.name
    first, second = (json.loads((at / "manifest.json").read_text()) for at in (report, again))
    assert first.pop("run") != second.pop("run")
    assert first == second


def test_a_quarter_of_one_product_runs(demo: Demo, tmp_path: Path) -> None:
    (folder,) = run(
        "quarterly", book=demo.folder, period="2026Q2", product="Atlas", to=tmp_path / "to"
    )
    assert folder.relative_to(tmp_path / "to").as_posix() == "meridian/2026Q2/quarterly/atlas"


def test_bad_input_is_a_clear_error_and_writes_nothing(demo: Demo, tmp_path: Path) -> None:
    to = tmp_path / "to"
    with pytest.raises(PeriodError, match="no data for 2031-01"):
        run("monthly", book=demo.folder, period="2031-01", to=to)
    with pytest.raises(ParameterError, match="closest known product is 'Atlas'"):
        run("monthly", book=demo.folder, period=demo.period, product="Atlass", to=to)
    assert not to.exists()
