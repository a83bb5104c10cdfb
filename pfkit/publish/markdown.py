"""A notebook's sentences: Markdown cells as HTML and as Typst, nothing in them taken as code."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import mistune
from mistune.core import BaseRenderer

from pfkit.present.paper import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistune.core import BlockState

_DEEPEST_HEADING = 6


def to_html(text: str) -> str:
    """Return Markdown as HTML; raw HTML in it is shown, never obeyed.

    Examples
    --------
    >>> to_html("Which lines *moved*? <script>alert(1)</script>").strip()
    '<p>Which lines <em>moved</em>? &lt;script&gt;alert(1)&lt;/script&gt;</p>'
    """
    return str(_html()(text))


def to_typst(text: str) -> str:
    """Return Markdown as Typst; every word is a string literal, so no word is a command.

    Examples
    --------
    >>> to_typst("Which lines *moved*? #panic()").strip()
    '#par[#"Which lines "#emph[#"moved"]#"? #panic()"]'
    """
    return str(_typst()(text))


class TypstRenderer(BaseRenderer):
    """Writes the tokens of a parsed Markdown text as Typst."""

    NAME = "typst"

    def render_token(self, token: dict[str, Any], state: BlockState) -> str:
        """Write one token; what Markdown nests is written first."""
        kind: str = token["type"]
        attributes: dict[str, Any] = token.get("attrs") or {}
        if "children" in token:
            inner = self.render_tokens(token["children"], state)
        else:
            inner = str(token.get("raw", ""))
        writer = self.methods.get(kind)
        return writer(inner, attributes) if writer else f"#{literal(inner)}"

    @property
    def methods(self) -> dict[str, Any]:
        """How each kind of token is written; any other kind is written as its text."""
        return {
            "text": lambda text, _: f"#{literal(text)}",
            "paragraph": lambda inner, _: f"#par[{inner}]\n\n",
            "block_text": lambda inner, _: inner,
            "emphasis": lambda inner, _: f"#emph[{inner}]",
            "strong": lambda inner, _: f"#strong[{inner}]",
            "codespan": lambda text, _: f"#raw({literal(text)})",
            "block_code": lambda text, _: f"#raw({literal(text)}, block: true)\n\n",
            "link": lambda inner, _: inner,
            "image": lambda inner, _: inner,
            "linebreak": lambda *_: "#linebreak()",
            "softbreak": lambda *_: '#" "',
            "blank_line": lambda *_: "",
            "thematic_break": lambda *_: "#line(length: 100%)\n\n",
            "block_quote": lambda inner, _: f"#quote(block: true)[{inner}]\n\n",
            "heading": _heading,
            "list": _list,
            "list_item": lambda inner, _: f"[{inner}], ",
        }

    def render_tokens(self, tokens: Iterable[dict[str, Any]], state: BlockState) -> str:
        """Write tokens one after the other."""
        return "".join(self.iter_tokens(tokens, state))


def _heading(inner: str, attributes: dict[str, Any]) -> str:
    level = min(int(attributes["level"]), _DEEPEST_HEADING)
    return f"#heading(level: {level})[{inner}]\n\n"


def _list(inner: str, attributes: dict[str, Any]) -> str:
    return f"#{'enum' if attributes.get('ordered') else 'list'}({inner})\n\n"


@functools.cache
def _html() -> mistune.Markdown:
    return mistune.create_markdown(escape=True)


@functools.cache
def _typst() -> mistune.Markdown:
    return mistune.create_markdown(renderer=TypstRenderer())
