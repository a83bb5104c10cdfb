"""The budget at actual volume: plan, what volume did, flexed plan, what spending did, actual."""

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
    "Flexed: the plan at the volume that was reached, which is actual over planned volume at "
    "planned prices. Variable lines follow it, fixed ones do not, semi ones by their variable "
    "share, mixed ones account by account; the chart of accounts says which."
)


def flexed_budget(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "flexed-budget",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the statement with its plan flexed to actual volume.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.flexed_budget`, effects on profit in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Plan, volume variance, flexed plan, variance at actual volume and actual of every line;
        one line where there is nothing to flex.
    """
    if result.empty:
        why = str(result.attrs.get("reason", "")) or "no plan with volumes in the input"
        return setting.said(id, f"The budget is not flexed: {why}.", about, section=section)
    frame = result.reset_index(drop=True)
    scale = look.money_scale(
        frame[["static", "flexible", "actual"]].to_numpy().ravel().tolist(),
        setting.currency(about),
    )
    say = Facts(id, frame, scale)
    cols = [
        Col("line", f"Line, {scale.unit}", wide=True),
        Col("behavior", "Behavior"),
        Col("static", "PL", "money", swatch="plan", spoken="plan"),
        Col(
            "volume_variance",
            "Volume",
            "delta",
            good="volume_favorable",
            scaling="variance",
            spoken="sales-volume variance",
        ),
        Col("flexible", "PL flexed", "money", swatch="plan", spoken="plan at actual volume"),
        Col(
            "flexible_variance",
            "Price, spending",
            "delta",
            good="flexible_favorable",
            scaling="variance",
            spoken="flexible-budget variance",
        ),
        Col("flexible_variance_rate", f"{look.THIN}%", "points", spoken="of the flexed plan"),
        Col("actual", "AC", "money", swatch="actual", spoken="actual"),
    ]
    return table(
        id,
        frame,
        cols,
        title=(
            f"{setting.who(about)}plan flexed to actual volume in {scale.unit}"
            f"{setting.when(about)}: PL, PL flexed, AC; effects on profit"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "budget", "invoices", "accounts"),
        notes=[_NOTE, _reasons(frame)],
        section=section,
    )


def _reasons(frame: pd.DataFrame) -> str:
    parts = [part for text in frame["reason"].dropna() for part in str(text).split("; ") if part]
    known = list(dict.fromkeys(parts))
    return f"Not flexed as declared: {'; '.join(known)}." if known else ""


def _message(frame: pd.DataFrame, say: Facts) -> str:
    last = str(frame["row_key"].iloc[-1])
    name, unit = str(frame["line"].iloc[-1]), say.scale.unit
    mixed = "mix_variance" in frame.columns and bool((frame["mix_variance"].fillna(0) != 0).any())
    text = (
        f"{name} is {say.delta(last, 'static_variance')}{look.THIN}{unit} against plan: "
        f"{say.delta(last, 'volume_variance')} from volume{' and mix' if mixed else ''}, "
        f"{say.delta(last, 'flexible_variance')} from prices and spending"
    )
    lines = frame[frame["role"] == "line"]
    size = lines["flexible_variance"].abs().sort_values(ascending=False, kind="stable")
    if not len(lines) or not float(size.iloc[0]):
        return text
    first = lines.reindex(size.index).iloc[0]
    key = str(first["row_key"])
    return f"{text}; the largest is {first['line']} ({say.delta(key, 'flexible_variance')})"
