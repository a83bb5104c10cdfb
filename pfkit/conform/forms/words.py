"""The form a value is written in, told from its pattern, and how two forms read to a person."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

#: What a column is for: a number, a day, or a text.
Role = Literal["number", "date", "text"]

WHOLE, FLOAT, LEADING = "whole numbers", "whole numbers with .0", "numbers with leading zeros"
POINT, COMMA = "decimals with a point", "decimals with a comma"
SLASHES, DASHES = "days with slashes", "days with dashes"
TEXT = "text"
#: What is said of a day's parts where none is above 12.
EITHER = "day and month in either order"

#: Forms that a number is read from alike.
PLAIN: Final = frozenset({WHOLE, FLOAT, LEADING, POINT})

#: The first form whose pattern fits the whole value; digits are 9, letters a, leading zeros z.
_FORMS: Final = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (r"z9+", LEADING),
        (r"[+-]?9+", WHOLE),
        (r"[+-]?9+\.0", FLOAT),
        (r"[+-]?[9z]?9*\.9+(a[+-]?9+)?", POINT),
        (r"[+-]?9{1,3}(,9{3})+\.[09]+", "decimals with a point, thousands with a comma"),
        (r"[+-]?9{1,3}(\.9{3})+,9+", "decimals with a comma, thousands with a point"),
        (r"[+-]?9{1,3}([ '\u00a0\u202f]9{3})+\.[09]+", "decimals with a point, thousands apart"),
        (r"[+-]?9{1,3}([ '\u00a0\u202f]9{3})+,9+", "decimals with a comma, thousands apart"),
        (r"[+-]?[9z]?9*,9+", COMMA),
        (r"\([^()a]*9[^()a]*\)", "negatives in parentheses"),
        (r"[9z][9.,]*-", "negatives with the minus behind"),
        (r"[+-]?[9z][9.,]* ?%", "percentages"),
        (r"[+-]?[9z][9.,]* ?(aaa|[$€£¥])|(aaa|[$€£¥]) ?[+-]?[9z][9.,]*", "numbers with a currency"),
        (r"9{4}-[9z]9-[9z]9", "days as 2026-05-31"),
        (r"9{4}/[9z]?9/[9z]?9", "days as 2026/05/31"),
        (r"[9z]?9\.[9z]?9\.(9{4}|99)", "days with dots"),
        (r"[9z]?9/[9z]?9/(9{4}|99)", SLASHES),
        (r"[9z]?9-[9z]?9-9{4}", DASHES),
        (r"9{4}-[9z]9-[9z]9[a ][9z]9:99(:99([.,][09]+)?)?", "moments without an offset"),
        (r"9{4}-[9z]9-[9z]9[a ][9z]9:99(:99([.,][09]+)?)? ?(a|[+-][9z]9:?99)", "moments in a zone"),
        (r"[9z]?9[/.][9z]?9[/.]9{4} [9z]?9:99.*", "days with a time of day"),
        (r"9{4}-[9z]9", "months as 2026-05"),
        (r"[9z]?9[ -]a{3,}[ -](9{4}|99)|a{3,} [9z]?9,? 9{4}", "days with the month's name"),
        (r"a{3,}[ -](9{4}|99)", "months by name"),
    )
)  # fmt: skip


@lru_cache(maxsize=65536)
def form_of(pattern: str) -> str:
    """Return the form of a value by its pattern: digits as 9, letters as a, a leading zero as z.

    Examples
    --------
    >>> form_of("99,99"), form_of("9999-99-99"), form_of("a-99")
    ('decimals with a comma', 'days as 2026-05-31', 'text')
    """
    held = pattern.strip()
    return next((form for fits, form in _FORMS if fits.fullmatch(held)), TEXT)


def pattern_sql(value: str) -> str:
    """Return SQL for the pattern of a text; plain replacements, since every value is read.

    A zero that leads other digits is z at the start of the value, and stays a digit elsewhere;
    ``.0`` at the end stays as it is.
    """
    digits = f"translate(lower({value}), '0123456789', '9999999999')"
    letters = f"translate({digits}, 'abcdefghijklmnopqrstuvwxyz', repeat('a', 26))"
    led = f"{value} LIKE '0_%' AND substr({value}, 2, 1) BETWEEN '0' AND '9'"
    whole = f"CASE WHEN {led} THEN 'z' || substr({letters}, 2) ELSE {letters} END"
    return f"CASE WHEN {value} LIKE '%.0' THEN left({whole}, -1) || '0' ELSE {whole} END"


def advice(role: Role, before: str, after: str) -> str:
    """Return what to do about a column that is written otherwise than it was.

    Examples
    --------
    >>> advice("text", WHOLE, FLOAT)
    'Export it as text: an id with .0 is another id, and joins to nothing.'
    """
    if after == FLOAT and role == "text":
        return "Export it as text: an id with .0 is another id, and joins to nothing."
    if before == LEADING:
        return "Export it as text, with its leading zeros: without them it is another id."
    if role == "number" and after == TEXT:
        return "Export the column as numbers; what stands there is held back, row by row."
    if role == "number":
        return (
            "Export it as before, or give these files a source of their own that declares decimal, "
            "thousands, negatives or symbols."
        )
    if role == "date":
        return (
            "Export it as before, or give these files a source of their own with its date_format "
            "(or zone)."
        )
    return "Export it as before, or map the new values to the old."
