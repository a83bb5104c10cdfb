from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

from pfkit.errors import ReportError
from pfkit.publish import manifest, tables, typeset
from pfkit.publish.pdf import page_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nbformat import NotebookNode


@pytest.fixture
def pdf(notebook: NotebookNode) -> bytes:
    return typeset.render(notebook, content=manifest.content(notebook))


@pytest.fixture
def opened(pdf: bytes) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(pdf)) as held:
        yield held


def tags(node: Any) -> Iterator[Any]:  # noqa: ANN401 - pikepdf's objects are not typed
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from tags(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from tags(node.K)


def test_it_is_marked_as_archival_and_accessible(opened: pikepdf.Pdf) -> None:
    with opened.open_metadata() as held:
        assert (held["pdfaid:part"], held["pdfaid:conformance"]) == ("3", "A")
        assert held["pdfuaid:part"] == "1"
        assert held["dc:title"] == "Toy & Sons · integration report · 2026-06"
    assert opened.Root.MarkInfo.Marked
    assert str(opened.Root.Lang) == "en"
    assert opened.Root.ViewerPreferences.DisplayDocTitle


def test_it_has_an_outline(opened: pikepdf.Pdf) -> None:
    with opened.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert titles[:2] == ["Two decisions are due.", "Atlas leads with 100 EUR."]


def test_figures_have_alternative_text_and_header_cells_a_scope(opened: pikepdf.Pdf) -> None:
    found = list(tags(opened.Root.StructTreeRoot.K))
    figures = [tag for tag in found if tag.S == "/Figure"]
    heads = [tag for tag in found if tag.S == "/TH"]
    assert [str(tag.Alt) for tag in figures] == ["a line", "Atlas 100, Borea 30, total 130 EUR."]
    scopes = []
    for head in heads:
        attributes = head.A if isinstance(head.A, pikepdf.Array) else [head.A]
        scopes += [str(held["/Scope"]) for held in attributes if "/Scope" in held]
    # Two tables of two columns; five body rows, each named by its first cell.
    assert scopes.count("/Column") == 4
    assert scopes.count("/Row") == len(heads) - 4 == 5


def test_it_carries_its_data_and_its_manifest(
    opened: pikepdf.Pdf, notebook: NotebookNode, exhibits: dict[str, Any]
) -> None:
    names = ["decisions.csv", "headline.csv", "manifest.json", "pnl.csv"]
    assert sorted(opened.attachments) == names
    held = opened.attachments["pnl.csv"].get_file().read_bytes()
    assert held == tables.to_csv(exhibits["pnl"])
    told = opened.attachments["manifest.json"].get_file().read_bytes()
    assert told == manifest.printed(manifest.content(notebook))


def test_only_the_report_s_own_fonts_are_inside(opened: pikepdf.Pdf) -> None:
    fonts = {
        str(font.BaseFont).split("+")[-1]
        for page in opened.pages
        for font in page.resources.get("/Font", {}).values()
    }
    assert fonts
    assert all(name.startswith(("SourceSans3", "DejaVuSans")) for name in fonts)


def test_the_same_notebook_gives_the_same_bytes(notebook: NotebookNode, pdf: bytes) -> None:
    assert typeset.render(notebook, content=manifest.content(notebook)) == pdf


def test_pages_are_counted(pdf: bytes, opened: pikepdf.Pdf) -> None:
    assert page_count(pdf) == len(opened.pages)
    assert page_count(b"no pdf") == 0


def test_a_figure_without_alternative_text_is_refused(notebook: NotebookNode) -> None:
    data = notebook.cells[-1].outputs[0].data
    data["text/vnd.typst"] = (
        "#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
        '<path d=\'M0 0h9\'/></svg>"), format: "svg")'
    )
    with pytest.raises(ReportError, match=r"the PDF cannot be set: .*missing alt text"):
        typeset.render(notebook, content=manifest.content(notebook))


def test_a_character_without_a_glyph_is_replaced_not_fatal(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any]
) -> None:
    exhibits["headline"]["title"] = "日本 lifts net revenue"
    made = notebook_of(exhibits["headline"], exhibits["pnl"])
    assert typeset.render(made, content=manifest.content(made)).startswith(b"%PDF-1.7")


def test_text_in_the_data_is_no_command(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any]
) -> None:
    exhibits["pnl"]["rows"][0][1] = '"] #panic("out") \\u{41} \x07'
    made = notebook_of(exhibits["headline"], exhibits["pnl"])
    pdf = typeset.render(made, content=manifest.content(made))
    with pikepdf.open(io.BytesIO(pdf)) as held:
        text = held.attachments["pnl.csv"].get_file().read_bytes().decode()
    assert '"""] #panic(""out"") \\u{41} \x07"' in text


def test_a_draft_says_so_on_every_page(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any]
) -> None:
    plain = notebook_of(exhibits["headline"])
    exhibits["headline"]["state"] = "red"
    red = notebook_of(exhibits["headline"])
    assert 'draft: "a control is red"' in typeset._source(red, manifest.content(red))
    assert 'draft: ""' in typeset._source(plain, manifest.content(plain))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext: no text is read here")
def test_paper_names_what_it_leaves_to_the_screen(notebook: NotebookNode, tmp_path: Path) -> None:
    for cell in notebook.cells:
        if any("pnl" in str(output) for output in cell.get("outputs", ())):
            cell.metadata["tags"] = ["screen"]
    file = tmp_path / "report.pdf"
    file.write_bytes(typeset.render(notebook, content=manifest.content(notebook)))
    with pikepdf.open(file) as made:
        assert "pnl.csv" in made.attachments
    text = subprocess.run(
        ["pdftotext", str(file), "-"], check=True, capture_output=True, text=True
    ).stdout
    assert "Also in report.html and tables.xlsx: pnl." in " ".join(text.split())
