"""Decisions needed: what is overdue, what is open, and what nobody has decided yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.explained import shortened
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

NO_DATE = "no date agreed"
NO_OWNER = "no owner"


def decisions(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "decisions",  # noqa: A002 - the word for it
    section: str = "",
    comments: pd.DataFrame | None = None,
) -> Exhibit:
    """Print the decisions a director has to take, with owner and date.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.decisions`, or ``decisions`` of a summary.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    comments : pandas.DataFrame, optional
        Result of `pfkit.comments` on the same page; variances are printed in their unit.

    Returns
    -------
    Exhibit
        One line where nothing is to be decided. No owner and no date is made up: where there
        is none, the table says so. A decision says since when it is open.
    """
    if result.empty:
        text = str(result.attrs.get("reason", "")) or (
            "No decision is needed: none is open, and no line that nobody has decided on is"
            " materially unfavorable against its plan."
        )
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    asked = frame["text"].fillna("").astype(str)
    subject = frame["subject"].fillna("").astype(str)
    asked = asked.map(shortened)
    frame["question"] = asked.where(asked != "", "Accept or correct: " + subject)
    for name, empty in (("owner", NO_OWNER), ("due_on", NO_DATE)):
        held = frame[name].fillna("").astype(str)
        frame[name] = held.where((held != "") | frame["question"].str.startswith("Other ("), empty)
    amounts = frame["amount"].tolist()
    if comments is not None:
        amounts += comments[["actual", "base", "variance"]].to_numpy().ravel().tolist()
    scale = look.money_scale(amounts, setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [
        Col("question", "Decision", wide=True),
        Col("amount", f"Variance, {scale.unit}", "delta", good="favorable"),
        Col("owner", "Owner"),
        Col("due_on", "Due", "date"),
    ]
    if bool((frame["since"].fillna("") != "").any()):
        cols.append(Col("since", "Since", "date"))
    cols.append(Col("state", "State", "state"))
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}decisions needed, as of {setting.as_of(about)}".strip(", "),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("decisions",),
        notes=(
            ["Needed: material and unfavorable, and no decision stands on it yet."]
            if bool((frame["state"] == "needed").any())
            else []
        ),
        section=section,
        kind="decisions",
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    parts: list[str] = []
    for state, words in (("overdue", "overdue"), ("open", "open"), ("needed", "still to be put")):
        if bool((frame["state"] == state).any()):
            count = say.count("state", state)
            noun = "decision" if count == "1" else "decisions"
            verb = "is" if count == "1" else "are"
            parts.append(
                f"{count} {noun} {verb} {words}" if not parts else f"{count} {verb} {words}"
            )
    return ", ".join(parts)
