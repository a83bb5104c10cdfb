from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from pfkit import measures
from pfkit.present import figures, tables, words
from pfkit.present.paper import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit

HOSTILE = '#panic("x") $y^2$ *b* _i_ `c` <script>alert(1)</script> " onload="z" & \\" @ref ]'


class Tags(HTMLParser):
    """What a browser would make of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and the names of its attributes."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        """Gather the text."""
        self.text += data


@pytest.fixture
def hostile(statement: pd.DataFrame, june: Period, about: About) -> list[Exhibit]:
    statement["product"] = statement["product"].replace("Atlas", HOSTILE)
    statement["line"] = statement["line"].replace("Gross sales", HOSTILE)
    page = measures.summary(statement, period=june)
    result = measures.pnl(statement, period=june)
    return [
        words.section("M1", HOSTILE, below=HOSTILE),
        words.note("n", HOSTILE),
        words.comments(page.comments, about=about),
        tables.pnl(result, about=about),
        tables.product_pnl(measures.product_pnl(statement, period=june, by="product"), about=about),
        figures.bridge(result, start="plan", end="actual", about=about),
        figures.trend(measures.trend(statement, period=june, measure=HOSTILE), about=about),
    ]


def test_no_name_becomes_a_tag_or_a_handler(hostile: list[Exhibit]) -> None:
    for exhibit in hostile:
        reader = Tags()
        reader.feed(exhibit._repr_mimebundle_()["text/html"])
        assert "script" not in reader.tags
        assert not {name for name in reader.attributes if name.startswith("on")}
        assert "style" not in reader.attributes
        if exhibit.kind == "table":
            assert HOSTILE in reader.text


def test_no_name_becomes_typst(hostile: list[Exhibit], compiled: Callable[..., bytes]) -> None:
    assert compiled(*hostile).startswith(b"%PDF")


def test_a_literal_holds_what_it_was_given_and_ends_where_it_should() -> None:
    assert literal('a"b\\c') == '"a\\"b\\\\c"'
    assert literal("line\nbreak\x00\x1b") == '"line break"'


def test_a_dollar_sign_in_a_chart_stays_a_dollar_sign(hostile: list[Exhibit]) -> None:
    trend = hostile[-1]._repr_mimebundle_()["text/html"]
    assert "$y^2$" in trend
