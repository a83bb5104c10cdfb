"""Restated: earlier months as last reported, as known now, and why they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.present import look, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.quality import exact
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit


def restated(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "restated",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print restated lines of earlier months with the causes that add up to their difference.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.restated`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A line as reported, as restated and the difference; below it the causes with rows, file and
        day known. One sentence where nothing was restated, or why it cannot be told.
    """
    if result.empty:
        nothing = "No line of an earlier month is restated: each says what the last report said."
        text = str(result.attrs.get("reason", "")) or nothing
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    frame["what"] = [_what(row) for row in frame.to_dict("records")]
    frame["month"] = frame["period"].where(frame["role"] == "item", "")
    frame["from"] = [_from(row) for row in frame.to_dict("records")]
    scale = exact(about, frame[["reported", "restated", "difference"]].to_numpy().ravel())
    say = Facts(id, frame, scale)
    cols = [
        Col("month", "Month"),
        Col("what", "Line, and why", wide=True),
        Col("rows", "Rows", "count"),
        Col("from", "Stated in"),
        Col("reported", "As reported", "money"),
        Col("restated", "As restated", "money"),
        Col("difference", look.DELTA, "delta", good="favorable", spoken="difference"),
        Col("difference_rate", f"{look.DELTA}{look.THIN}%", "points", spoken="difference %"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}earlier months restated since the last report, in {scale.unit}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "invoices"),
        notes=[
            (
                "As reported: as known when the report before this one was due. Causes add up to "
                f"{look.DELTA}, which is as restated minus as reported, the effect on profit."
            )
        ],
        section=section,
    )


def _what(row: Mapping[Any, Any]) -> str:
    if row["role"] != "memo":
        return str(row["line"])
    product = f", {row['product']}" if row["product"] else ""
    return f"{row['cause']}{product}"


def _from(row: Mapping[Any, Any]) -> str:
    if row["role"] != "memo" or not row["file"]:
        return ""
    name = str(row["file"]).rsplit("/", maxsplit=1)[-1]
    known = f", {look.iso(str(row['known_on']))}" if row["known_on"] else ""
    return f"{name}{known}"


def _message(frame: pd.DataFrame, say: Facts) -> str:
    lines = say.count("role", "item")
    if bool((frame["role"] == "other").any()):
        lines = f"The {lines} largest restated lines and others"
    last = str(frame.loc[frame["role"] != "memo", "row_key"].iloc[-1])
    total = say.delta(last, "difference")
    causes = list(dict.fromkeys(frame.loc[frame["role"] == "memo", "cause"]))
    noun = "line of an earlier month is" if lines == "1" else "lines of earlier months are"
    if lines.startswith("The"):
        return f"{lines} change earlier profit by {total}: {sentences.joined(causes)}"
    return f"{lines} {noun} restated, {total} on profit: {sentences.joined(causes)}"
