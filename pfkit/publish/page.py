"""The report as one HTML file: nothing is fetched, no data can run as a script."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from pfkit.errors import ReportError
from pfkit.publish import markdown
from pfkit.publish.executed import EXHIBIT, declared, exhibits, pieces, run_record, text_of
from pfkit.publish.fonts import font_faces
from pfkit.publish.places import exhibit_style, templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

_FORBIDDEN = frozenset(
    {"applet", "audio", "base", "button", "embed", "form", "frame", "iframe", "input", "link"}
    | {"math", "meta", "object", "script", "source", "style", "textarea", "track", "video"}
)
_ADDRESSES = frozenset({"action", "formaction", "href", "poster", "src", "srcset", "xlink:href"})
_TAG = re.compile(r"<[a-zA-Z][^>]*>")
_NAMES = re.compile(r'(?<=[\s"])(id|aria-labelledby|aria-describedby|href|xlink:href)="([^"]*)"')
_REFERENCE = re.compile(r"url\(\s*#([^)\s]+)\s*\)")
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


def render(notebook: NotebookNode, *, content: Mapping[str, Any]) -> str:
    """Return a settled notebook as one HTML page.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A finished report notebook.
    content : mapping
        Its manifest's content; the page names its digest.

    Returns
    -------
    str
        The page: fonts and style inside, a Content-Security-Policy that allows the page's own
        script and nothing else, tables that sort by keyboard, light and dark.

    Raises
    ------
    ReportError
        If an exhibit's HTML holds a script, an event handler or an address.
    """
    facts = run_record(notebook)
    shown = exhibits(notebook)
    body = "\n".join(_pieces(notebook))
    script = (templates() / "html" / "page.js").read_text(encoding="utf-8").strip()
    rules = exhibit_style() + (templates() / "html" / "page.css").read_text(encoding="utf-8")
    style = f"{font_faces(rules + body)}\n{rules}"
    context: dict[str, Any] = {
        "title": title(notebook),
        "facts": facts,
        "product": declared(notebook)["parameters"].get("product"),
        "parameters": parameters_line(notebook),
        "draft": content["draft"],
        "digest": content["content_sha256"],
        "sections": [
            {"anchor": f"pf-{exhibit['id']}", "text": exhibit["title"] or exhibit["message"]}
            for exhibit in shown
            if exhibit["kind"] == "section"
        ],
        "body": Markup(body),  # noqa: S704 - checked piece by piece in _pieces
        "script": Markup(script),  # noqa: S704 - the page's own
        "script_hash": _source_hash(script),
        "style": Markup(style),  # noqa: S704 - the package's own
        "style_hash": _source_hash(style),
    }
    return _environment().get_template("page.html.j2").render(context)


def title(notebook: NotebookNode) -> str:
    """Return the report's title, as in the window and the document's properties.

    Built from the run record and the product the report is about.
    """
    facts = run_record(notebook)
    product = declared(notebook)["parameters"].get("product")
    parts = [facts["company"], product, "integration report", facts["period"]["label"]]
    return " · ".join(str(part) for part in parts if part)


def parameters_line(notebook: NotebookNode) -> str:
    """Return the parameters a report was made with, as one line."""
    given = declared(notebook)["parameters"].items()
    return ", ".join(f"{name} {value}" for name, value in given if value and name != "data")


def separated(fragment: str, name: str) -> str:
    """Return an HTML fragment whose drawings share no id with another exhibit's.

    Examples
    --------
    >>> separated('<svg><path id="p"/><use href="#p" clip-path="url(#p)"/></svg>', "pnl")
    '<svg><path id="pnl-p"/><use href="#pnl-p" clip-path="url(#pnl-p)"/></svg>'
    """

    def drawing(found: re.Match[str]) -> str:
        return _TAG.sub(lambda tag: _prefixed(tag[0], name), found[0])

    return _SVG.sub(drawing, fragment)


def require_harmless(fragment: str, name: str) -> None:
    """Refuse an exhibit's HTML that could run or fetch something.

    Raises
    ------
    ReportError
        Naming the exhibit and the tag or attribute.
    """
    reader = _Reader(name)
    reader.feed(fragment)
    reader.close()


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _FORBIDDEN:
            self._refuse(f"the tag <{tag}>")
        for attribute, value in attrs:
            text = (value or "").strip()
            if attribute.startswith("on"):
                self._refuse(f"the event handler {attribute}")
            if attribute in _ADDRESSES and not text.startswith("#"):
                self._refuse(f"the address {text[:60]!r}")
            if attribute == "style":
                self._refuse(f"the inline style {text[:60]!r}")

    def _refuse(self, what: str) -> None:
        raise ReportError(
            f"its HTML holds {what}, which a report never carries",
            where=f"exhibit {self._name}",
            advice="Escape the value where the exhibit is drawn; data are text, never markup.",
        )


def _pieces(notebook: NotebookNode) -> Iterator[str]:
    for sentence, data in pieces(notebook):
        if sentence:
            yield f'<div class="pf-words">{markdown.to_html(sentence)}</div>'
        else:
            name = str(data[EXHIBIT]["id"])
            fragment = separated(text_of(data, "text/html"), name)
            require_harmless(fragment, name)
            yield fragment


def _prefixed(tag: str, name: str) -> str:
    def attribute(found: re.Match[str]) -> str:
        key, value = found[1], found[2]
        if key in {"href", "xlink:href"}:
            return f'{key}="#{name}-{value[1:]}"' if value.startswith("#") else found[0]
        joined = " ".join(f"{name}-{part}" for part in value.split())
        return f'{key}="{joined}"'

    return _REFERENCE.sub(rf"url(#{name}-\1)", _NAMES.sub(attribute, tag))


def _source_hash(script: str) -> str:
    found = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(found).decode('ascii')}"


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates() / "html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
