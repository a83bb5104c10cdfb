"""Budget versions: which count, what each says of the year, and the lines that moved since."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["revenue", "cost", "result"]

_COUNTED = re.compile(r"\d+ of \d+ months")


def budget_versions(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "budget-versions",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the versions of a budget in the order they followed each other.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.budget_versions`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per version with its stage, approval and full year; below it, what moved since the
        version before. One line where the book has no budget.
    """
    if result.empty:
        return setting.absent(id, about, "budget", section=section)
    frame = result.reset_index(drop=True)
    if not bool(frame["result"].notna().any()):
        why = reasons(frame).removeprefix(f"{look.MISSING} not available: ")
        why = _COUNTED.sub("only some months", why)  # a note has no data that a number stands in
        return setting.said(id, f"No version states the whole year: {why}", about, section=section)
    frame["state"] = [_state(record) for record in setting.records(frame)]
    scale = look.money_scale(frame[_AMOUNTS].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    income = bool((frame["revenue"].fillna(0) != 0).any())
    return table(
        id,
        frame,
        _cols(frame, scale, income=income),
        title=(
            f"{setting.who(about)}budget versions in {scale.unit},"
            f" {' and '.join(dict.fromkeys(frame['year']))} full year"
        ),
        message=_message(frame, say, income=income),
        say=say,
        about=about,
        tables=("budget",),
        notes=_notes(frame, income=income),
        section=section,
    )


def _state(record: dict[str, object]) -> str:
    """Return a version's stage and approval in a few words; empty on a line that moved."""
    if record["role"] != "item":
        return ""
    stage, approval = str(record["stage"]), str(record["approval"])
    if approval == "approved":
        day = f"approved {record['approved_on']}".strip()
        return f"{stage}, {day}" if stage else setting.capital(day)
    parts = [stage, "" if approval == "not stated" else approval]
    return ", ".join(part for part in parts if part)


def _cols(frame: pd.DataFrame, scale: look.Scale, *, income: bool) -> list[Col]:
    cols = [Col("label", f"Version, {scale.unit}", wide=True)]
    if bool((frame["state"] != "").any()):
        cols.append(Col("state", "Stage and approval"))
    cols.append(Col("known_on", "Known on", "date"))
    year, change = "Full year", "Against the version before"
    if income:
        cols.append(Col("revenue", "Net revenue", "money", group=year))
    cols.append(Col("cost", "Cost", "money", group=year))
    if income:
        cols.append(Col("result", "Result", "money", group=year))
    if bool(frame["result_change"].notna().any()):
        if income:
            cols += [
                Col("revenue_change", "Net revenue", "delta", group=change),
                Col("cost_change", "Cost", "delta", group=change),
            ]
        what = "result_change" if income else "cost_change"
        label = f"{look.DELTA} {'result' if income else 'cost'}"
        cols.append(Col(what, label, "delta", good="favorable", group=change))
        cols.append(Col("lines_moved", "Lines moved", "count", group=change))
    return cols


def _message(frame: pd.DataFrame, say: Facts, *, income: bool) -> str:
    items = frame[frame["role"] == "item"]
    counting = items[(items["counts"] == True) & items["result"].notna()]  # noqa: E712
    out = items[items["counts"] != True]  # noqa: E712
    tail = ""
    if len(out):
        names = " and ".join(str(name) for name in out["label"])
        drafts = bool((out["stage"] == "draft").all())
        why = ("a draft" if len(out) == 1 else "drafts") if drafts else "not approved"
        tail = f"; {names}, {why}, {'counts' if len(out) == 1 else 'count'} nowhere"
    if counting.empty:
        return f"No budget version counts: {reasons(out).split(': ')[-1].rstrip('.')}"
    last = counting.iloc[-1]
    key = str(last["row_key"])
    what = "result" if income else "cost"
    text = f"{setting.capital(str(last['label']))} puts the {what} of {last['year']} at "
    text += f"{say.amount(key, what)}{look.THIN}{say.scale.unit}"
    if last["compared_with"] and say.has(key, f"{what}_change"):
        text += f", {say.delta(key, f'{what}_change')} against {last['compared_with']}"
    return f"{text}{tail}"


def _notes(frame: pd.DataFrame, *, income: bool) -> list[str]:
    notes = []
    if bool(frame["result_change"].notna().any()):
        notes.append(
            "A version is set against the one before it that counts; below it stand the lines that"
            f" moved its {'result' if income else 'cost'} most, which add up to the change."
        )
    if income:
        notes.append("Result is net revenue less cost.")
    if bool((frame["counts"] == False).any()):  # noqa: E712
        notes.append("What is a draft, or not approved, is plan and outlook of nothing.")
    missing = frame[frame["result"].isna() & (frame["role"] == "item")]
    return [" ".join(notes), reasons(missing)]
