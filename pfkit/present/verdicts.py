"""What was found of features, in the words and rows that its tables and its figure share."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from pfkit.present import look, setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

#: Verdicts that carry a number.
NUMBERED: Final = ("randomised", "supported", "fragile")
UNATTRIBUTED: Final = "Not identified"
LEVEL: Final = 0.9
_MEANING: Final = {
    "randomised": "Randomized: given out by lot, in waves that are alike.",
    "supported": "Supported: revenue kept its trend before first use.",
}
_WORDS: Final = {
    "randomised": "randomized",
    "not_identified": "not identified",
    "too_few": "too few users",
}


def word(verdict: object) -> str:
    """Return a verdict as it is printed.

    Examples
    --------
    >>> word("not_identified"), word("fragile"), word(None)
    ('not identified', 'fragile', '')
    """
    text = "" if look.missing(verdict) else str(verdict)
    return _WORDS.get(text, text.replace("_", " "))


def meaning(verdicts: pd.Series) -> str:
    """Explain the verdicts that occur and speak for a number.

    Examples
    --------
    >>> import pandas as pd
    >>> meaning(pd.Series(["supported", "too_few"]))
    'Supported: revenue kept its trend before first use.'
    """
    known = set(verdicts.dropna())
    return " ".join(text for verdict, text in _MEANING.items() if verdict in known)


def labels(features: pd.Series, names: Mapping[str, str] | None) -> pd.Series:
    """Return what readers call features: their names where they have one."""
    known = names or {}
    return features.map(lambda one: known.get(str(one)) or str(one)).astype("str")


def interval(low: object, high: object, scale: look.Scale) -> str:
    """Return an interval in the exhibit's unit; empty where there is none.

    Examples
    --------
    >>> interval(1_000.0, 2_500.0, look.Scale(1_000, 1, "kEUR"))
    '1.0 to 2.5'
    """
    if look.missing(low) or look.missing(high):
        return ""
    return f"{scale.amount(low)} to {scale.amount(high)}"


def minus(text: object) -> str:
    """Return a reason with true minus signs.

    Examples
    --------
    >>> minus("-0.1 % off, F-1")
    '−0.1 % off, F-1'
    """
    return "" if look.missing(text) else re.sub(r"(?<!\S)-(?=\d)", look.MINUS, str(text))


def percent(value: object) -> str:
    """Return a return as percent with its sign; what says nothing as percent, as its bound.

    Examples
    --------
    >>> percent(0.065), percent(40.0), percent(None)
    ('+6', '>+999', '')
    """
    if look.missing(value):
        return ""
    if look.beyond(value):
        return ">+999" if float(value) > 0 else f"<{look.MINUS}999"  # type: ignore[arg-type]
    return look.number(value, scale=0.01, signed=True)


def percents(low: object, high: object) -> str:
    """Return an interval of returns as percents; empty where there is none.

    Examples
    --------
    >>> percents(0.1, 0.25), percents(None, 0.1)
    ('+10 to +25', '')
    """
    if look.missing(low) or look.missing(high):
        return ""
    return f"{percent(low)} to {percent(high)}"


def silent(
    features: pd.DataFrame,
    name: str,
    about: About | None,
    *,
    section: str = "",
    what: str = "No feature is attributed",
) -> Exhibit:
    """Return the one line that stands where nothing is attributed: what is missing.

    The reason is in the data of the exhibit, word for word: numbers in it are the measure's.
    """
    reason = str(features.attrs.get("reason") or "there is no release to speak of")
    line = setting.said(name, f"{what}: {reason}.", about, section=section)
    return replace(line, data=pd.DataFrame({"row_key": ["reason"], "reason": [reason]}))


def needed(refused: pd.DataFrame, *, most: int = 3) -> str:
    """Say which data would make refused features answerable, the most frequent first.

    Parameters
    ----------
    refused : pandas.DataFrame
        ``label`` and ``needs`` of features without a number.
    most : int
        Names told behind each need.
    """
    told: dict[str, list[str]] = {}
    for row in setting.records(refused):
        for need in filter(None, str(row["needs"]).split("; ")):
            told.setdefault(need, []).append(str(row["label"]))
    parts = []
    for need, names in sorted(told.items(), key=lambda one: -len(one[1])):
        more = f" and {len(names) - most} more" if len(names) > most else ""
        parts.append(f"{setting.capital(need)}: {', '.join(names[:most])}{more}")
    return f"What would make them answerable. {'. '.join(parts)}." if parts else ""
