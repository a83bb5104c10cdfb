"""Conversions: foreign amounts, the rate that turned them, its day and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import setting
from pfkit.present.facts import Facts
from pfkit.present.tables.quality import exact
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit


def conversions(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "conversions",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print which rates turned foreign amounts into reporting currency, with day, file and line.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.conversions`.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per source, month, currency and rate; one line where nothing was converted.
    """
    if result.empty:
        text = "No amount of the period is in a foreign currency: nothing was converted."
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    scale = exact(about, frame["amount"])
    say = Facts(id, frame, scale)
    frame["from"] = [_place(row) for row in frame.to_dict("records")]
    cols = [
        Col("source", "Source"),
        Col("period", "Month"),
        Col("currency", "Currency"),
        Col("rows", "Rows", "count"),
        Col("amount_local", "As booked", "number", decimals=2),
        Col("rate", "Rate", "number", decimals=6),
        Col("rate_date", "Rate of"),
        Col("kind", "Kind"),
        Col("path", "Path"),
        Col("from", "Stated in", wide=True),
        Col("amount", scale.unit or "Amount", "money", spoken="amount"),
        Col("apart", "Apart", "money"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}foreign currency converted{setting.when(about)}",
        message=_message(say),
        say=say,
        about=about,
        tables=("rates",),
        notes=[
            (
                "Rate: reporting currency per 1 unit. Apart: amount less as booked times rate. By "
                "the source: it gives both amounts, and the rate is what they imply."
            )
        ],
        section=section,
    )


_WORDS = "apart from amount as booked times rate"


def _place(row: dict[object, object]) -> str:
    return f"{row['file']} {row['line']}" if row["file"] else ""


def _message(say: Facts) -> str:
    count = say.count("currency", weight="count")
    noun = "conversion is" if count == "1" else "conversions are"
    return f"{count} {noun} {say.amount('total', 'apart')} {say.scale.unit} {_WORDS}"
