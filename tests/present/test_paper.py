from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd
import pikepdf
import pytest
import typst

from pfkit import measures
from pfkit.present import figures, tables, words
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Exhibit

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period


@pytest.fixture
def page(statement: pd.DataFrame, june: Period, about: About) -> list[Exhibit]:
    result = measures.pnl(statement, period=june)
    summed = measures.summary(statement, period=june)
    return [
        words.headline(summed.headline, about=about),
        figures.tiles(summed.tiles, sparks=summed.sparks, about=about),
        words.comments(summed.comments, about=about),
        words.section("M1", "Product P&L"),
        figures.trend(measures.trend(statement, period=june), about=about),
        tables.pnl(result, about=about),
        figures.bridge(result, start="plan", end="actual", about=about),
    ]


def structure(node: pikepdf.Object, found: list[pikepdf.Object]) -> list[pikepdf.Object]:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found.append(kid)
            structure(kid, found)
    return found


def test_a_page_is_archival_tagged_and_says_its_language(
    page: list[Exhibit], compiled: Callable[..., bytes]
) -> None:
    with pikepdf.open(io.BytesIO(compiled(*page))) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Test"


def test_figures_have_alt_texts_with_numbers_and_heads_have_scope(
    page: list[Exhibit], compiled: Callable[..., bytes]
) -> None:
    with pikepdf.open(io.BytesIO(compiled(*page))) as pdf:
        nodes = structure(pdf.Root.StructTreeRoot, [])
        alts = [str(node.get("/Alt", "")) for node in nodes if str(node.S) == "/Figure"]
        heads = [node for node in nodes if str(node.S) == "/TH"]
        assert len(alts) >= 2
        assert all(any(char.isdigit() for char in alt) for alt in alts)
        assert heads
        assert all("/Column" in str(node.get("/A")) for node in heads)


def test_a_figure_without_alt_text_stops_the_page(compiled: Callable[..., bytes]) -> None:
    bare = Exhibit(
        id="bare",
        kind="figure",
        title="t",
        message="m",
        data=pd.DataFrame(),
        body=Drawing('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"></svg>', 9, 9),
    )
    assert 'alt: ""' in bare._repr_mimebundle_()["text/vnd.typst"]
    with pytest.raises(typst.TypstError, match="alt"):
        compiled(bare)


def test_a_long_table_runs_over_pages(about: About, compiled: Callable[..., bytes]) -> None:
    many = pd.DataFrame(
        {
            "row_key": [f"r{number}" for number in range(120)],
            "source": "invoices",
            "action": "exclude",
            "target": [f"line {number}" for number in range(120)],
            "because": "reason",
            "rows": 1,
            "amount": 1.0,
        }
    )
    with pikepdf.open(io.BytesIO(compiled(tables.rules(many, about=about)))) as pdf:
        assert len(pdf.pages) == 2


def test_the_same_page_is_the_same_bytes(
    page: list[Exhibit], compiled: Callable[..., bytes]
) -> None:
    assert compiled(*page) == compiled(*page)


def test_an_exhibit_stands_alone_without_a_section(
    page: list[Exhibit], compiled: Callable[..., bytes]
) -> None:
    assert compiled(page[-1]).startswith(b"%PDF")


def test_a_draft_is_stamped(page: list[Exhibit], compiled: Callable[..., bytes]) -> None:
    assert compiled(*page, draft="a control is red") != compiled(*page)
