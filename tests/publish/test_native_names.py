"""A company with names in six scripts, and with addresses and a card in its input."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pikepdf
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typst

from pfkit import demo
from pfkit.present import paper
from pfkit.publish.lint import lint
from pfkit.publish.places import templates
from pfkit.publish.run import run
from pfkit.publish.typeset import _fonts

if TYPE_CHECKING:
    from pathlib import Path

COMPANY, ATLAS, FERRY = "מרידיאן תוכנה", "אטלס", "מעבורת 2"
HOSTING, PLANNING, GREEK = "אחסון ענן", "תכנון", "Λειτουργίες"
JAPANESE = "中継サービス"
ADDRESS, CARD = "sofia.medina@example.com", "4111 1111 1111 1111"
NAMES = {
    "Meridian Software": COMPANY,
    "Atlas": ATLAS,
    "Ferry": FERRY,
    "Lumen": JAPANESE,
    "Hosting": HOSTING,
    "Planning": PLANNING,
    "Operations": GREEK,
    "Payment fees": "Каденция",
    "Hanna Lindqvist": "دانة لطفي",
    "Sofía Medina": ADDRESS,
    "Campaigns and events": f"Events paid by card {CARD}",
}

needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="no pdftotext: the PDF's text is not read here"
)


def _renamed(text: str) -> str:
    for name, native in NAMES.items():
        text = text.replace(name, native)
    return text


def _rename(file: Path) -> None:
    if file.suffix in {".csv", ".toml"}:
        raw = file.read_bytes()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("cp1252")
        file.write_bytes(_renamed(text).encode("utf-8"))
    elif file.suffix == ".parquet":
        table = pq.read_table(file)
        for place, field in enumerate(table.schema):
            if field.type == pa.string():
                names = [name and _renamed(name) for name in table.column(place).to_pylist()]
                table = table.set_column(place, field.name, pa.array(names))
        pq.write_table(table, file)
    elif file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as packed:  # by hand, so that formulas keep their values
            held = {name: packed.read(name) for name in packed.namelist()}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in held.items():
                packed.writestr(name, _renamed(data.decode("utf-8")))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("native")
    made = demo.make(home / "book", months=2, products=3)
    for file in made.folder.rglob("*.*"):
        _rename(file)
    return run("monthly", book=made.folder, period=made.period, to=home / "reports")[0]


def _read(file: Path) -> str:
    """Return all text a file of the report holds, also what is packed inside it."""
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as packed:
            return "".join(packed.read(name).decode("utf-8") for name in packed.namelist())
    if file.suffix == ".pdf":
        with pikepdf.open(file) as pdf:
            held = [spec.get_file().read_bytes() for spec in pdf.attachments.values()]
        return b"".join(held).decode("utf-8")
    return file.read_text(encoding="utf-8")


def _pdf_text(file: Path, *options: str) -> str:
    done = subprocess.run(
        ["pdftotext", *options, str(file), "-"], check=True, capture_output=True, text=True
    )
    return re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", done.stdout)


def test_the_report_keeps_its_rules(report: Path) -> None:
    assert [str(finding) for finding in lint(report)] == []


def test_every_name_from_right_to_left_is_an_island_on_the_page(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    for name in (ATLAS, FERRY, HOSTING, PLANNING):
        assert f'<bdi dir="rtl">{name}</bdi>' in page
    body = page[page.index("<body") :]
    outside = re.sub(r"<bdi\b.*?</bdi>|<svg\b.*?</svg>|<[^>]*>", " ", body, flags=re.DOTALL)
    assert re.findall("[\u0590-\u06ff]+", html.unescape(outside)) == []


def test_tables_hold_the_names_as_they_are(report: Path) -> None:
    with (report / "data" / "product-pnl.csv").open(encoding="utf-8-sig", newline="") as file:
        products = {cell for row in csv.reader(file) for cell in row}
    assert {ATLAS, FERRY, JAPANESE} <= products
    book = openpyxl.load_workbook(report / "tables.xlsx")
    cells = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {ATLAS, FERRY, JAPANESE, GREEK} <= cells


@needs_pdftotext
def test_the_text_of_the_pdf_is_in_the_order_it_is_read(report: Path) -> None:
    text = _pdf_text(report / "report.pdf")
    for name in (COMPANY, ATLAS, "מעבורת", HOSTING, PLANNING, GREEK, "Каденция", "دانة لطفي"):
        assert name in text, name


@needs_pdftotext
def test_a_name_no_font_has_is_counted_and_said(report: Path) -> None:
    text = re.sub(r"\s+", " ", _pdf_text(report / "report.pdf", "-layout"))
    assert "1 name holds characters that no font of this PDF has (Katakana, CJK)" in text
    assert JAPANESE in (report / "report.html").read_text(encoding="utf-8")


@needs_pdftotext
def test_a_number_stands_right_of_the_name_before_it(tmp_path: Path) -> None:
    said = paper.words(f"Driver: {PLANNING} +247.7, all else −3.")
    source = f"{(templates() / 'report.typ').read_text(encoding='utf-8')}\n#{said}"
    pdf = tmp_path / "one.pdf"
    pdf.write_bytes(typst.compile(source.encode(), font_paths=_fonts(), ignore_system_fonts=True))
    places = {
        word: (float(left), float(right))
        for left, right, word in re.findall(
            r'<word xMin="([\d.]+)"[^>]*xMax="([\d.]+)"[^>]*>(.*?)</word>',
            _pdf_text(pdf, "-bbox"),
        )
    }
    drawn = PLANNING[::-1]  # a word's marks are listed as they stand, from left to right
    assert places["Driver:"][1] <= places[drawn][0]
    assert places[drawn][1] <= places["+247.7,"][0]


def test_no_address_and_no_card_is_left_in_any_file(report: Path) -> None:
    files = [file for file in report.rglob("*") if file.is_file()]
    assert len(files) > 10
    for file in files:
        text = _read(file)
        assert ADDRESS not in text, file.name
        assert CARD not in text, file.name
    page = (report / "report.html").read_text(encoding="utf-8")
    assert re.search(r"\[e-mail [0-9a-f]{12}\]", page)


def test_the_controls_of_the_report_list_them(report: Path) -> None:
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    found = [c for c in manifest["controls"] if c["control"] == "Personal data"]
    assert {(c["source"], c["detail"].split(" in ")[0]) for c in found} >= {
        ("cost_centers", "owner: e-mail"),
        ("ledger", "memo: card"),
    }
