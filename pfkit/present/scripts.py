"""Names written from right to left, kept apart from the numbers and signs beside them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

RIGHT_TO_LEFT_MARK = "\N{RIGHT-TO-LEFT MARK}"

# Hebrew, Arabic, Syriac, Thaana, N'Ko and their kin, their presentation forms, and the planes above
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff"
_WITHIN = re.compile("(?<=[0-9])\N{THIN SPACE}(?=[0-9])")
_HAS_RTL = re.compile(f"[{_RTL}]")
# one such letter, or from one to another over what stands inside names
_RUN = re.compile(f"[{_RTL}](?:[{_RTL}\\s'\"’()\\[\\]/&0-9-]*[{_RTL}])?")
_CLOSES = {"(": ")", "[": "]", "{": "}"}

Part = tuple[str, str]


def names_in(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the names of a table that are written from right to left, longest first.

    A cell that is a sentence in English about such a name is none.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"row_key": ["a"], "product": ["מעבורת 2"], "amount": [2.0]})
    >>> names_in(frame) == ("מעבורת 2",)
    True
    """
    found: set[str] = set()
    for column in frame.columns:
        if frame[column].dtype.kind in "OTUS" or str(frame[column].dtype) in {"str", "string"}:
            found |= {v for v in frame[column] if isinstance(v, str) and _is_name(v)}
    return tuple(sorted(found, key=lambda name: (-len(name), name)))


def parts(text: str, names: Iterable[str] = ()) -> list[Part]:
    """Cut a text where its direction must not leak: each part with "rtl", "ltr" or "".

    Parameters
    ----------
    text : str
        A cell, a label or a sentence.
    names : iterable of str
        Names as the data have them, longest first: a figure at a name's end belongs to it.

    Returns
    -------
    list of tuple
        Texts that make up `text` in order; those with a direction are set as islands of it.

    Examples
    --------
    >>> parts("Net revenue")
    [('Net revenue', '')]
    >>> parts("מעבורת 2 +5.0", ["מעבורת 2"]) == [("מעבורת 2", "rtl"), (" +5.0", "")]
    True
    """
    if not _HAS_RTL.search(text):
        return [(text, "")] if text else []
    found: list[Part] = []
    known = [name for name in names if name in text and _HAS_RTL.search(name)]
    pattern = "|".join(map(re.escape, known))
    place = 0
    for match in re.finditer(pattern, text) if known else ():
        found += _runs(text[place : match.start()])
        found.append((match[0], _direction(match[0])))
        place = match.end()
    return found + _runs(text[place:])


def html(text: str, names: Iterable[str] = ()) -> str:
    """Return a text escaped for HTML, its islands in ``<bdi>``.

    Examples
    --------
    >>> html("a < b"), html("אור: 3") == '<bdi dir="rtl">אור</bdi>: 3'
    ('a &lt; b', True)
    """
    return "".join(
        f'<bdi dir="{direction}">{escape(part)}</bdi>' if direction else escape(part)
        for part, direction in parts(unbroken(text), names)
    )


def unbroken(text: str) -> str:
    r"""Return a text whose numbers stay on one line: thin spaces within them do not break.

    Examples
    --------
    >>> unbroken("1\u2009204") == "1\u202f204", unbroken("a\u2009b") == "a\u2009b"
    (True, True)
    """
    return _WITHIN.sub("\N{NARROW NO-BREAK SPACE}", text)


def label(text: str) -> str:
    """Return a label for a drawing: a name from right to left keeps its figures on its own side.

    Examples
    --------
    >>> label("Atlas 2"), label("מעבורת 2").endswith("2" + RIGHT_TO_LEFT_MARK)
    ('Atlas 2', True)
    """
    if _HAS_RTL.search(text) and _direction(text) == "rtl":
        return f"{text}{RIGHT_TO_LEFT_MARK}"
    return text


@lru_cache(maxsize=4096)
def _direction(text: str) -> str:
    for mark in text:
        kind = unicodedata.bidirectional(mark)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def _is_name(text: str) -> bool:
    """Return whether a cell is a name from right to left, and no sentence that holds one."""
    marks = [unicodedata.bidirectional(mark) for mark in text] if _HAS_RTL.search(text) else []
    return sum(kind in {"R", "AL"} for kind in marks) > marks.count("L")


def _runs(text: str) -> list[Part]:
    """Cut at the runs that no name explains; a bracket opened in a run is closed in it."""
    found: list[Part] = []
    place = 0
    for match in _RUN.finditer(text):
        start, end = match.span()
        for opens, closes in _CLOSES.items():
            run = text[start:end]
            if run.count(opens) > run.count(closes) and text[end : end + 1] == closes:
                end += 1
        found += [(text[place:start], ""), (text[start:end], "rtl")]
        place = end
    return [part for part in [*found, (text[place:], "")] if part[0]]
