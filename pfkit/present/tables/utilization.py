"""Hours worked against capacity: who has too much to do, and who too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit


def utilization(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    names: dict[str, str] | None = None,
    id: str = "utilization",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print hours worked and hours that could be worked, the fullest team first.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.utilization`.
    about : About, optional
        The book: company, period, sources.
    names : dict of str to str, optional
        What a reader calls a cost center.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Rows over and under the limits of the measure are marked.
    """
    items = result[result["role"] == "item"] if len(result) else result
    if bool(items["capacity"].isna().all()):
        return setting.absent(id, about, "capacity", section=section, otherwise=_OF_TEAMS)
    frame = result.reset_index(drop=True)
    if names and "cost_center" in frame.columns:
        said = frame["cost_center"].map(lambda code: names.get(code, code))
        role = frame["effort_role"] if "effort_role" in frame.columns else ""
        own = said + " · " + role if "effort_role" in frame.columns else said
        frame["label"] = own.where(frame["role"] == "item", frame["label"])
    scale = look.money_scale(frame["spare_cost"].to_numpy(), setting.currency(about))
    say = Facts(id, frame, scale)
    hours = "Hours"
    cols = [
        Col("label", "Team", wide=True),
        Col("capacity", "Capacity", "count", group=hours),
        Col("worked", "Worked", "count", group=hours),
        Col("spare", "Spare", "count", group=hours),
        Col("used_share", f"Used{look.THIN}%", "rate", group="Share of capacity"),
        Col("used_to_date_share", f"YTD{look.THIN}%", "rate", group="Share of capacity"),
        Col("highest_share", "Fullest month", "rate", group="Share of capacity"),
        Col("spare_cost", f"Cost of spare, {scale.unit}", "money"),
        Col("state", "State"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}hours worked against capacity by team{setting.when(about)}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("effort", "capacity"),
        notes=(
            _MEANING,
            reasons(frame),
        ),
        section=section,
    )


_OF_TEAMS = "No capacity stands beside these hours: it is that of teams, not of one product."
_MEANING = (
    "Spare: capacity less hours worked, below 0 where more was worked; its cost is at the hourly"
    " cost of those worked. Fullest month: of the year to date."
)


def _message(frame: pd.DataFrame, say: Facts) -> str:
    text = f"Teams worked {say.rate('total', 'used_share')} of "
    text += f"{say.number('total', 'capacity')} hours that could be worked"
    items = frame[frame["role"] == "item"]
    for state, words in (("over", "is over its capacity with"), ("under", "uses")):
        rows = items[items["state"] == state]
        if rows.empty:
            continue
        row = rows.iloc[0 if state == "over" else -1]
        text += f"; {row['label']} {words} {say.rate(str(row['row_key']), 'used_share')}"
    return text
