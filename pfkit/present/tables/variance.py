"""Variance, line by line: actual against budget, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ("actual", "budget", "variance")


def variance(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 10,
    id: str = "variance",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the largest variances; the rest stand together, with their sum.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.variance` or `pfkit.materiality`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Lines shown; the rest stand together as ``Other (n)``.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        The `top` variances by size, the others together as ``Other (n)``, and the total; one line
        where the book has no budget.
    """
    if result.empty:
        return setting.absent(id, about, "budget", section=section)
    frame = _folded(result, top)
    scale = look.money_scale(
        frame[["actual", "budget"]].to_numpy().ravel(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    cols = [
        Col("label", f"Line, {scale.unit}", wide=True),
        Col("actual", "AC", "money", swatch="actual", spoken="actual"),
        Col("budget", "PL", "money", swatch="plan", spoken="plan"),
        Col("variance", f"{look.DELTA}PL", "delta", good="favorable", spoken="variance to plan"),
        Col("variance_rate", f"{look.DELTA}PL{look.THIN}%", "points"),
    ]
    if "material_reason" in frame.columns:
        cols.append(Col("material_reason", "Materiality"))
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}variance in {scale.unit}{setting.when(about)}: AC, PL",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "budget"),
        notes=[setting.legend([setting.PLAN]), reasons(frame)],
        ordered=False,
        section=section,
    )


def _folded(result: pd.DataFrame, top: int) -> pd.DataFrame:
    """Return the largest variances, the others as one row, and the total."""
    size = result["variance"].astype(float).abs().fillna(0)
    ranked = result.reindex(size.sort_values(ascending=False, kind="stable").index)
    names = [str(n) for n in result.columns[1 : list(result.columns).index("favorable_when")]]
    shown, rest = ranked.head(top), ranked.iloc[top:]
    rows: list[dict[str, Any]] = [
        {"label": " · ".join(str(record[n]) for n in names), "role": "item"} | record
        for record in setting.records(shown)
    ]
    if len(rest):
        rows.append(_summed(rest, f"Other ({len(rest)})", "other"))
    rows.append(_summed(ranked, "Total", "total"))
    frame = pd.DataFrame(rows)
    first = ["row_key", "label", "role"]
    return frame[[*first, *(n for n in map(str, result.columns) if n not in first)]]


def _summed(rows: pd.DataFrame, label: str, role: str) -> dict[str, Any]:
    """Add up rows to the cent; a sum is favorable only if its rows agree on what is."""
    sums = {n: round(float(rows[n].astype(float).fillna(0).sum()), 2) for n in _AMOUNTS}
    known = rows["favorable_when"].dropna().unique()
    when = str(known[0]) if len(known) == 1 else ""
    gap = sums["variance"]
    directed = when in {"higher", "lower"} and gap != 0
    good = bool((gap > 0) == (when == "higher"))
    rate = pd.NA if sums["budget"] == 0 else gap / abs(sums["budget"])
    return {
        "row_key": role,
        "label": label,
        "role": role,
        "favorable_when": when,
        **sums,
        "variance_rate": rate,
        "favorable": good if directed else pd.NA,
        "reason": "",
    }


def _message(frame: pd.DataFrame, say: Facts) -> str:
    text = f"Actuals are {say.delta('total', 'variance')}{look.THIN}{say.scale.unit}"
    if say.has("total", "variance_rate"):
        text += f" ({say.rate('total', 'variance_rate', signed=True)})"
    first = frame.iloc[0]
    if first["role"] != "item":
        return f"{text} against plan"
    return (
        f"{text} against plan; the largest variance is {first['label']}"
        f" ({say.delta(str(first['row_key']), 'variance')})"
    )
