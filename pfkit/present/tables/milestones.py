"""Milestones that are open or came late: planned, expected, and by how many days they slipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit


def milestones(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 20,
    id: str = "milestones",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the milestones that are overdue, open, or were reached late.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.milestones`.
    about : About, optional
        The book: company, period, sources.
    top : int
        Rows printed; those left out are counted in a note.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Overdue ones first, then open ones by the day expected, then those reached late by their
        slip; one line where the book has no milestones.
    """
    if result.empty:
        return setting.absent(id, about, "milestones", section=section)
    frame, left = _telling(result, top)
    say = Facts(id, frame, look.Scale(1, 0, "days"))
    return table(
        id,
        frame,
        _cols(frame),
        title=f"{setting.who(about)}milestones of initiatives{setting.when(about)}: open or late",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("milestones", "initiatives"),
        notes=_notes(frame, left),
        section=section,
    )


def _telling(result: pd.DataFrame, top: int) -> tuple[pd.DataFrame, int]:
    """Return the open milestones and those reached late, and how many of these are left out."""
    frame = result.reset_index(drop=True)
    named = frame["name"].fillna("").astype(str)
    frame.insert(1, "label", named.where(named != "", frame["initiative"].astype(str)))
    ahead = frame[frame["state"] != "done"]
    ahead = ahead.sort_values(["state", "expected_on", "row_key"], ascending=[False, True, True])
    late = frame[(frame["state"] == "done") & (frame["slip_days"] > 0).fillna(value=False)]
    late = late.sort_values(["slip_days", "row_key"], ascending=[False, True])
    shown = late.head(max(0, top - len(ahead)))
    if ahead.empty and shown.empty:  # all came in time: then all are shown
        return frame.head(top), max(0, len(frame) - top)
    return pd.concat([ahead, shown], ignore_index=True), len(late) - len(shown)


def _cols(frame: pd.DataFrame) -> list[Col]:
    cols = [Col("milestone", "Milestone", wide=True), Col("label", "Initiative")]
    if bool((frame["owner"].fillna("") != "").any()):
        cols.append(Col("owner", "Owner"))
    days = "Days"
    return [
        *cols,
        Col("state", "State"),
        Col("planned_on", "Planned", "date"),
        Col("expected_on", "Expected, done", "date"),
        Col("slip_days", "Slip", "count", group=days),
        Col("moved_days", "Moved", "count", group=days),
        Col("overdue_days", "Overdue", "count", group=days),
    ]


def _message(frame: pd.DataFrame, say: Facts) -> str:
    overdue, ahead = frame[frame["state"] == "overdue"], frame[frame["state"] != "done"]
    if len(overdue):
        count = say.count("state", "overdue")
        row = setting.records(overdue.sort_values("overdue_days", ascending=False))[0]
        late = say.number(str(row["row_key"]), "overdue_days")
        noun = "milestone is" if count == "1" else "milestones are"
        return (
            f"{count} {noun} overdue; {row['milestone']} of {row['label']} was expected {late}"
            f" day{'' if late == '1' else 's'} ago"
        )
    if len(ahead):
        count = say.count("state", "open")
        row = setting.records(ahead)[0]
        noun = "milestone is" if count == "1" else "milestones are"
        return (
            f"{count} {noun} open and none is overdue; the next is {row['milestone']} of"
            f" {row['label']}, expected on {row['expected_on']}"
        )
    row = setting.records(frame)[0]
    if look.missing(row["slip_days"]) or int(row["slip_days"]) <= 0:
        return "All milestones are reached, none of them late"
    late = say.number(str(row["row_key"]), "slip_days")
    return f"All milestones are reached; the latest came {late} days after plan"


def _notes(frame: pd.DataFrame, left: int) -> list[str]:
    meaning = (
        "Slip: expected or done after planned. Moved: expected or done after what was expected"
        " before. Overdue: since the day expected. A minus is early."
    )
    verb = "is" if left == 1 else "are"
    more = f"{left} more that came late {verb} not shown." if left else ""
    return [" ".join(part for part in (meaning, more) if part), named_reasons(frame)]
