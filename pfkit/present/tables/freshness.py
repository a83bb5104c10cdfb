"""Freshness: which source lacks what was due, since when, and what came after its close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import setting
from pfkit.present.facts import Facts
from pfkit.present.tables.quality import exact
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit


def freshness(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "freshness",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print how far each source reaches, what it lacks, and since when.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.freshness``: one row per source, what is stale first.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per source; those that have all that was due, and those nothing is known of, stand
        in the data only where another is stale or due. ``state`` is amber where one is stale.
    """
    if result.empty:
        return setting.absent(id, about, "freshness", section=section)
    frame = result.reset_index(drop=True)
    for column in ("within_days", "late_days", "units"):
        frame[column] = frame[column].astype("Int64")
    say = Facts(id, frame, exact(about))
    stale = frame[frame["state"] == "stale"]
    cols = [
        Col("source", "Source"),
        Col("every", "Every"),
        Col("day", "Rows to", "date"),
        Col("known_on", "Known on", "date"),
        Col("missing", "Lacks"),
        Col("due_on", "Due by", "date"),
        Col("late_days", "Days late", "count"),
        Col("affects", "Sections", wide=True),
        Col("state", "State"),
    ]
    judged = frame["state"].isin(["stale", "due"])
    return table(
        id,
        frame,
        [col for col in cols if bool(frame[col.name].replace("", pd.NA).notna().any())],
        title=f"{setting.who(about)}freshness of the sources, as known on {setting.as_of(about)}",
        message=_message(stale, say),
        say=say,
        about=about,
        tables=(),
        notes=["A source is stale when the cut-off of a month it lacks is over."],
        ordered=False,
        section=section,
        state="green" if stale.empty else "amber",
        kept=judged.tolist() if bool(judged.any()) else None,
        left="rows of sources with all that was due, or that say nothing of it",
    )


def _message(stale: pd.DataFrame, say: Facts) -> str:
    if stale.empty:
        fresh = say.count("state", "fresh")
        noun = "source has" if fresh == "1" else "sources have"
        return f"{fresh} {noun} all that was due, none is stale"
    first = stale.iloc[0]
    count = say.count("state", "stale")
    days = say.number(str(first["row_key"]), "late_days")
    head = "source is stale" if count == "1" else "sources are stale, first of them"
    name = f": {first['source']}" if count == "1" else f" {first['source']}"
    noun = "day" if days == "1" else "days"
    return f"{count} {head}{name}, which lacks {first['missing']}, {days} {noun} late"


def late_rows(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "late-rows",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the rows that were learned after their month was closed, by month and source.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.late_rows``, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per source and month, the latest month first; one sentence where nothing came late.
    """
    if result.empty:
        nothing = "No row came to a month after it was closed."
        return setting.said(id, nothing, about, section=section)
    frame = result.sort_values(["period", "source"], ascending=[False, True], ignore_index=True)
    frame["what"] = frame["whole"].map({True: "whole export", False: "single rows"})
    frame["profit"] = frame["profit"].astype("float64")
    scale = exact(about, frame["amount"])
    say = Facts(id, frame, scale)
    first = str(frame["row_key"].iloc[0])
    rows = say.number(first, "rows")
    noun = "row" if rows == "1" else "rows"
    known = f" of {say.amount(first, 'amount')}" if say.has(first, "amount") else ""
    booked = bool(frame["profit"].notna().any())
    if say.has(first, "profit"):  # debit and credit add up to nothing
        known = f", {say.delta(first, 'profit')} of profit,"
    return table(
        id,
        frame,
        [
            Col("period", "Month"),
            Col("source", "Source", wide=True),
            Col("what", "Late"),
            Col("closed_on", "Closed on", "date"),
            Col("first_known", "Known from", "date"),
            Col("last_known", "to", "date"),
            Col("rows", "Rows", "count"),
            Col("held_back", "Held back", "count"),
            Col("amount", f"Amount, {scale.unit}", "money"),
            Col("moved", f"Moved, {scale.unit}", "money"),
            *([Col("profit", f"Profit, {scale.unit}", "delta")] if booked else []),
        ],
        title=f"{setting.who(about)}rows known after the close of their month",
        message=f"{rows} {noun}{known} came to {frame['period'].iloc[0]} after it was closed",
        say=say,
        about=about,
        tables=(),
        notes=[
            "Closed: the lock of the month, else the cut-off of the source.",
            "Moved: what they change account by account, product by product, signs aside.",
        ],
        ordered=False,
        section=section,
    )
