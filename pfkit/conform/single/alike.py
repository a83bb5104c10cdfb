"""Keys that are not what they look like: apart by case, of two alphabets, made into dates."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows

_IDS: Final = ("entry_id", "event_id", "journal_id")
_KEYS: Final = (
    *_IDS,
    *("account", "account_id", "customer", "cost_center", "product", "feature", "line"),
)
#: Alphabets with letters that look like those of another.
_ALPHABETS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK"})
_LISTED: Final = 20
_NAMES: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mrz|M\u00e4r|Mai|Okt|Dez"
_DATE: Final = re.compile(rf"({_NAMES})-\d\d|\d{{1,2}}[-.]({_NAMES})(-\d\d(\d\d)?)?")
_FEW: Final = 0.25


def warn_alike(rows: Rows) -> None:
    """Warn of ids that differ in case only, and of words with letters of two alphabets.

    Parameters
    ----------
    rows : Rows
        Settled rows; nothing is held back.
    """
    for column in _KEYS:
        values = rows.texts.get(column)
        if values is None:
            continue
        first: dict[str, int] = {}
        for row, value in enumerate(values):
            if value and value not in first and row not in rows.held:
                first[value] = row
        if column in _IDS:
            _case_twins(rows, column, first)
        _dates(rows, column, first)
        for value, row in first.items():
            if not value.isascii() and (word := _mixed(value)):
                rows.warn(
                    row,
                    "look-alike letters",
                    column,
                    value,
                    f"{column} {value!r}: the word {word!r} has letters of two alphabets, so it "
                    "joins nothing that looks the same",
                    "Type it again.",
                )


def _dates(rows: Rows, column: str, first: dict[str, int]) -> None:
    """Warn of the few codes that a spreadsheet turned into dates: 5-26 became May-26."""
    found = [value for value in first if _DATE.fullmatch(value)]
    if len(found) > _FEW * len(first):
        return
    for value in found:
        rows.warn(
            first[value],
            "code became a date",
            column,
            value,
            f"{column} {value!r} looks like a code that a spreadsheet turned into a date; "
            f"{len(first) - len(found)} others look like none",
            "Format the column as text before it is exported.",
        )


def _case_twins(rows: Rows, column: str, first: dict[str, int]) -> None:
    folded: dict[str, str] = {}
    told = 0
    for value, row in first.items():
        twin = folded.setdefault(value.casefold(), value)
        if twin == value or told == _LISTED:
            continue
        told += 1
        rows.warn(
            row,
            "ids alike but for case",
            column,
            value,
            f"{column} {value!r} and {twin!r} on {rows.places[first[twin]]} differ in case only",
            "If they are one entry, remove one of the two.",
        )


def _mixed(text: str) -> str:
    """Return the first word with letters of two alphabets, or nothing.

    Examples
    --------
    >>> _mixed("Atlas"), _mixed("\u0391tlas") == "\u0391tlas", _mixed("\u0391\u03c4 Atlas")
    ('', True, '')
    """
    for word in text.replace("-", " ").replace("/", " ").split():
        found = {
            unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()
        }
        if len(found & _ALPHABETS) > 1:
            return word
    return ""
