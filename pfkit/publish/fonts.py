"""The report's font, cut to the characters a page uses and carried inside it."""

from __future__ import annotations

import base64
import functools
import io
import re

from fontTools import subset

from pfkit.publish.places import fonts

FAMILY = "Source Sans 3"

_FACES = (
    ("SourceSans3-Regular.ttf", 400, "normal"),
    ("SourceSans3-Semibold.ttf", 600, "normal"),
    ("SourceSans3-Bold.ttf", 700, "normal"),
    ("SourceSans3-It.ttf", 400, "italic"),
)
_ALWAYS = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))
_ITALIC = re.compile(r"<(em|i)\b|font-style:\s*italic")


def font_faces(page: str) -> str:
    """Return the ``@font-face`` rules for a page, each font cut to what the page can show.

    Parameters
    ----------
    page : str
        The page's HTML and style; characters outside the font fall back to the reader's own.

    Returns
    -------
    str
        CSS with the fonts inside as woff2; the italic only where the page uses it.

    Examples
    --------
    >>> css = font_faces("<p>Net revenue</p>")
    >>> css.count("@font-face"), "url(data:font/woff2;base64," in css
    (3, True)
    """
    characters = "".join(sorted(_ALWAYS | {mark for mark in page if mark.isprintable()}))
    italic = _ITALIC.search(page) is not None
    return "\n".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};font-style:{style};'
        f"font-display:block;src:url(data:font/woff2;base64,{_cut(name, characters)})"
        ' format("woff2")}'
        for name, weight, style in _FACES
        if style == "normal" or italic
    )


@functools.lru_cache(maxsize=16)
def _cut(name: str, characters: str) -> str:
    options = subset.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = ["kern", "tnum", "lnum"]
    options.name_IDs = [1, 2]
    held = io.BytesIO()
    with subset.load_font(str(fonts() / name), options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters)
        cutter.subset(font)
        subset.save_font(font, held, options)
    return base64.b64encode(held.getvalue()).decode("ascii")
