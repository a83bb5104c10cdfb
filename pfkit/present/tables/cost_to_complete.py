"""Initiatives: what they still take, what they will have cost, and their next milestone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["approved_amount", "actual_cost", "estimate_to_complete", "estimate_at_completion"]
_METHODS = {
    "milestone": "the work left at the cost of what its milestones reached took",
    "cpi": "the work left at the cost performance to date",
    "cpi_spi": "the work left at the cost and schedule performance to date",
    "remaining": "the work left as budgeted",
    "plan": "the outlay still planned",
}
ALL_REACHED, OVERDUE = "all reached", ", overdue"


def cost_to_complete(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "cost-to-complete",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what initiatives will have cost against what was approved, and what comes next.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cost_to_complete`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per initiative and their total, with a bar for the variance at completion; one
        line where the book has no cash flows.
    """
    if result.empty:
        return setting.absent(id, about, "cashflows", section=section)
    if bool(result["estimate_at_completion"].isna().all()):
        text = "No cost to complete: no initiative has a planned outlay."
        return setting.absent(id, about, "cashflows", section=section, otherwise=text)
    frame = result.reset_index(drop=True)
    named = frame["name"].fillna("").astype(str)
    frame.insert(1, "label", named.where(named != "", frame["initiative"].astype(str)))
    reached = (frame["milestone_count"] > 0) & (frame["role"] == "item")
    stands = frame["next_milestone"].fillna("").astype(str)
    late = frame["overdue_days"].notna()
    stands = stands.where(~late, stands + OVERDUE)
    frame["next"] = stands.where((stands != "") | ~reached.fillna(value=False), ALL_REACHED)
    scale = look.money_scale(frame[_AMOUNTS].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        _cols(frame, scale),
        title=(
            f"{setting.who(about)}cost to complete of initiatives in {scale.unit}, AC to"
            f" {frame['to_date'].iloc[-1]}, against the approved amount"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("initiatives", "cashflows", "milestones"),
        notes=_notes(frame, about),
        ordered=False,
        section=section,
    )


def _cols(frame: pd.DataFrame, scale: look.Scale) -> list[Col]:
    stone, money = "Next milestone", "Outlay"
    cols = [Col("label", f"Initiative, {scale.unit}", wide=True)]
    if bool((frame["owner"].fillna("") != "").any()):
        cols.append(Col("owner", "Owner"))
    if bool((frame["milestone_count"].fillna(0) > 0).any()):
        cols += [
            Col("next", "What", group=stone),
            Col("next_expected_on", "Expected", "date", group=stone),
            Col("slip_days", "Slip", "count", group=stone, spoken="slip, days"),
        ]
    if bool(frame["done_share"].notna().any()):
        cols.append(Col("done_share", f"Done{look.THIN}%", "rate", decimals=0))
    cols += [
        Col("actual_cost", "AC", "money", group=money, spoken="actual"),
        Col("estimate_to_complete", "ETC", "money", group=money, spoken="to complete"),
        Col("estimate_at_completion", "EAC", "money", group=money, spoken="at completion"),
    ]
    if bool(frame["approved_amount"].notna().any()):
        cols += [
            Col("approved_amount", "Approved", "money", group=money),
            Col("variance", look.DELTA, "delta", good="favorable", group=money, spoken="variance"),
        ]
    return cols


def _message(frame: pd.DataFrame, say: Facts) -> str:
    total = str(frame.loc[frame["role"] == "total", "row_key"].iloc[0])
    worth = f"{say.amount(total, 'estimate_at_completion')}{look.THIN}{say.scale.unit}"
    items = frame[frame["role"] == "item"]
    first = setting.records(items)[0]
    who = str(first["label"]) if len(items) == 1 else "the initiatives"
    text = f"At completion {who} will have cost {worth}"
    if say.has(total, "variance"):
        text += f", {say.delta(total, 'variance')}"
        if say.has(total, "variance_rate"):
            text += f" ({say.rate(total, 'variance_rate', signed=True)})"
        text += " against what was approved"
    key = str(first["row_key"])
    if len(items) > 1:
        if look.missing(first["variance"]) or float(first["variance"]) <= 0:
            return text
        above = say.amount(key, "variance", magnitude=True)
        text += f"; {first['label']} alone is {above}{look.THIN}{say.scale.unit} above it"
    if say.has(key, "overdue_days"):
        late = say.number(key, "overdue_days")
        text += f", and its next milestone is {late} day{'' if late == '1' else 's'} overdue"
    return text


def _notes(frame: pd.DataFrame, about: About | None) -> list[str]:
    items = frame[frame["role"] == "item"]
    used = [m for m in _METHODS if bool((items["method"] == m).any())]
    parts = [f"ETC estimate to complete: {'; else '.join(_METHODS[m] for m in used)}."]
    parts.append("EAC estimate at completion: AC and ETC.")
    if bool(frame["done_share"].notna().any()):
        parts.append("Done: the share of the milestones' weights that is reached.")
    if bool((frame["milestone_count"].fillna(0) > 0).any()):
        parts.append(
            "Slip: days by which it is expected later than planned, or was the last one done."
        )
    if bool(frame["variance"].notna().any()):
        parts.append(f"{look.DELTA} is EAC minus approved; a positive one is unfavorable.")
    missing = "" if about is None else about.missing.get("milestones", "")
    return [" ".join(parts), missing, named_reasons(items)]
