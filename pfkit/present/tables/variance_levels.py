"""The levels of variance analysis, from the whole gap down to its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_NOTE = (
    "Parts of level 3 add up to the variance of level 2 above them, and those to level 1. Mixed "
    "cost: lines with variable and fixed accounts."
)


def variance_levels(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "variance-levels",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the static-budget variance, its two parts and theirs.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.variance_levels`, effects on profit in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per variance; one line where there is none.
    """
    if result.empty:
        text = "No levels of variance: the budget is not flexed."
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    scale = look.money_scale(frame["amount"].tolist(), setting.currency(about))
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        [
            Col("variance", f"Variance, {scale.unit}", wide=True),
            Col("level", "Level", "count"),
            Col("amount", "Effect on profit", "delta", good="favorable", spoken="effect on profit"),
        ],
        title=f"{setting.who(about)}levels of variance in {scale.unit}{setting.when(about)}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "budget", "invoices", "accounts"),
        notes=[_NOTE],
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    parts = frame[frame["role"] == "item"]
    size = parts["amount"].abs().sort_values(ascending=False, kind="stable")
    first = parts.reindex(size.index).iloc[0]
    part = say.delta(str(first["row_key"]), "amount")
    return (
        f"The largest part of {say.delta('static-budget', 'amount')}{look.THIN}{say.scale.unit} "
        f"against plan is {str(first['variance']).lower()} ({part})"
    )
