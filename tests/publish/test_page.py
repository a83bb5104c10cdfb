from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import ReportError
from pfkit.publish import manifest, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode


class Ids(HTMLParser):
    """Collects every id of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002, D102
        self.found += [value for name, value in attrs if name == "id" and value]


def rendered(notebook: NotebookNode) -> str:
    return page.render(notebook, content=manifest.content(notebook))


def source_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_allows_the_page_s_own_script_and_style_only(notebook: NotebookNode) -> None:
    html = rendered(notebook)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert policy is not None
    assert len(scripts) == len(styles) == html.count("<script") == html.count("<style") == 1
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": f"'{source_hash(scripts[0])}'",
        "style-src": f"'{source_hash(styles[0])}'",
        "font-src": "data:",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_page_names_no_address(notebook: NotebookNode) -> None:
    html = re.sub(r"data:font/woff2;base64,[^)]*", "", rendered(notebook))
    assert not re.search(r"(?:https?:)?//[a-z]", re.sub(r"<script>.*?</script>", "", html))


def test_ids_are_unique_and_references_reach_them(notebook: NotebookNode) -> None:
    html = rendered(notebook)
    reader = Ids()
    reader.feed(html)
    assert len(reader.found) == len(set(reader.found))
    assert {"decisions-p1", "pnl-p1"} <= set(reader.found)
    assert '<use href="#pnl-p1" clip-path="url(#pnl-p1)"' in html


def test_company_and_parameters_are_text(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any], facts: dict[str, Any]
) -> None:
    facts["company"] = "<script>alert(1)</script>"
    html = rendered(notebook_of(*exhibits.values(), facts=facts))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    ("fragment", "what"),
    [
        ("<p><script>1</script></p>", "the tag <script>"),
        ('<img src="x" onerror="alert(1)">', "the address 'x'"),
        ('<p onclick="1">x</p>', "the event handler onclick"),
        ('<a href="javascript:alert(1)">x</a>', "the address 'javascript:alert"),
        ('<p style="background:url(//x)">x</p>', "the inline style"),
        ("<SVG><foreignObject><iframe></iframe></foreignObject></SVG>", "the tag <iframe>"),
        ('<link rel="stylesheet" href="#">', "the tag <link>"),
        ('<svg><use xlink:href="https://x/#a"/></svg>', "the address 'https://x/#a'"),
    ],
)
def test_html_that_could_run_or_fetch_is_refused(fragment: str, what: str) -> None:
    with pytest.raises(ReportError, match=re.escape(what)) as caught:
        page.require_harmless(fragment, "pnl")
    assert str(caught.value).startswith("exhibit pnl: its HTML holds ")


def test_an_exhibit_that_carries_a_script_stops_the_page(notebook: NotebookNode) -> None:
    notebook.cells[-1].outputs[0].data["text/html"] += "<script>alert(1)</script>"
    with pytest.raises(ReportError, match="exhibit pnl"):
        rendered(notebook)


def test_a_red_control_stamps_the_page(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any], facts: dict[str, Any]
) -> None:
    assert "DRAFT" not in re.sub(
        r"<style>.*?</style>", "", rendered(notebook_of(*exhibits.values())), flags=re.DOTALL
    )
    facts["controls"][0]["state"] = "red"
    html = rendered(notebook_of(*exhibits.values(), facts=facts))
    assert '<body class="pf-page pf-is-draft">' in html
    assert "<strong>DRAFT</strong>" in html


def test_a_cell_for_the_notebook_s_reader_stays_out(notebook: NotebookNode) -> None:
    assert "What did <em>June</em> bring?" in rendered(notebook)
    notebook.cells[2].metadata["tags"] = ["hide"]
    assert "bring?" not in rendered(notebook)


def test_the_run_record_stands_last(notebook: NotebookNode) -> None:
    html = rendered(notebook)
    footer = html[html.index('<footer class="pf-footer">') :]
    assert "1 input file as known on 2026-07-04; book toy, period 2026-06." in footer
    assert manifest.content(notebook)["content_sha256"] in footer


def test_a_note_is_not_said_twice(
    notebook_of: Callable[..., NotebookNode], exhibits: dict[str, Any]
) -> None:
    note = exhibits["pnl"] | {"id": "bridge", "kind": "note", "printed": [["No budget."]]}
    made = notebook_of(exhibits["headline"], note, note | {"id": "lines"})
    assert 'id="pf-bridge"' in rendered(made)
    assert 'id="pf-lines"' not in rendered(made)


def test_the_title_names_company_product_and_period(
    notebook: NotebookNode,
) -> None:
    assert page.title(notebook) == "Toy & Sons · integration report · 2026-06"
    notebook.metadata.pfkit.parameters["product"] = "007"
    assert page.title(notebook) == "Toy & Sons · 007 · integration report · 2026-06"
