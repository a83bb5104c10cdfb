"""Cloud reconciliation: why effective cost is not what was billed, cause by cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures.cloud_reconciliation import BOUGHT, UNUSED, USED
from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit
#: A cause is named where it makes this share of a difference or more.
_MOST = 0.6


def cloud_reconciliation(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "cloud-reconciliation",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the walk from billed to effective cloud cost.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cloud_reconciliation`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per cause between billed and effective; one line where the book has no bill.
    """
    if result.empty:
        return setting.absent(id, about, "cloud", section=section)
    frame = result.reset_index(drop=True)
    steps = frame["role"] == "step"
    frame["step"] = frame["amount"].where(steps)
    frame["gap"] = (frame["effective"] - frame["billed"]).round(2).where(~steps)
    paid = frame["cause"].isin([BOUGHT, USED, UNUSED])
    frame["commitments"] = frame["step"].where(paid)
    frame.loc[frame["role"] == "end", "commitments"] = round(float(frame["commitments"].sum()), 2)
    ends = {"start": "subtotal", "end": "total"}
    frame["walk"] = frame["role"]
    frame["role"] = frame["role"].replace(ends)
    amounts = frame[["billed", "effective"]].to_numpy().ravel()
    scale = look.bill_scale(amounts, setting.currency(about))
    say = Facts(id, frame, scale)
    whole = bool((frame["whole_units"].fillna(0) != 0).any())
    cols = [
        Col("cause", f"Cause, {scale.unit}"),
        Col("lines", "Charges", "count"),
        Col("billed", "Billed", "money"),
        Col("effective", "Effective", "money"),
        Col("step", "Effective less billed", "delta"),
        *([Col("whole_units", "of it rounded away", "delta")] if whole else []),
        Col("because", "Why", wide=True),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}from billed to effective cloud cost in {scale.unit}"
        f"{setting.when(about)}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("cloud",),
        notes=[_note(whole=whole)],
        ordered=True,
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    gap = float(frame.loc[frame["row_key"] == "effective", "gap"].iloc[0])
    billed = say.amount("billed", "billed")
    if round(gap, 2) == 0:
        return f"Effective cloud cost equals the {billed}{unit} that were billed"
    side = "above" if gap > 0 else "below"
    apart = say.number(
        "effective", "gap", scale=say.scale.divisor, decimals=say.scale.decimals, magnitude=True
    )
    text = f"Effective cloud cost is {apart}{unit} {side} the {billed} that were billed"
    lost = frame.loc[frame["row_key"] == "effective", "whole_units"].fillna(0).iloc[0]
    if lost and round(float(lost), 2) == round(gap, 2):
        return f"{text}, all of it because providers round effective cost to whole units"
    if _drives(frame.loc[frame["row_key"] == "effective", "commitments"].iloc[0], gap):
        made = say.delta("effective", "commitments")
        return f"{text}; commitments paid for in other months make {made} of it"
    steps = setting.records(frame[frame["walk"] == "step"])
    largest = max(steps, key=lambda step: abs(float(step["amount"])))
    if not _drives(largest["amount"], gap):
        return f"{text}; no single cause makes most of it"
    made = say.delta(str(largest["row_key"]), "amount")
    return f"{text}; {str(largest['cause']).lower()} make {made} of it"


def _drives(part: object, whole: float) -> bool:
    """Return whether a part makes most of a difference, in its direction and not far beyond it."""
    share = float(str(part)) / whole
    return _MOST <= share <= 1 / _MOST


def _note(*, whole: bool) -> str:
    text = "Each charge stands under one cause; the steps add up to effective less billed."
    if whole:
        text += " Rounded away: of providers whose effective cost is the billed one in whole units."
    return text
