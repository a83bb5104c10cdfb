"""What changed since the last report: restated, new, stopped and moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_PHRASES = {
    "restated": ("earlier line is restated", "earlier lines are restated"),
    "new": ("product is new", "products are new"),
    "stopped": ("product has stopped", "products have stopped"),
    "moved": ("line has moved", "lines have moved"),
}


def changed(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "changed",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what is different from the last report.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.changed`, or ``changed`` of a summary.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per change found, amounts in reporting currency; one line where nothing material
        changed.
    """
    if result.empty:
        reason = str(result.attrs.get("reason", ""))
        text = reason or "Nothing material has changed since the last period."
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    scale = look.money_scale(frame[["before", "after"]].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [
        Col("kind", "Change"),
        Col("subject", "What", wide=True),
        Col("period", "Period"),
        Col("before", "Before", "money"),
        Col("after", "After", "money"),
        Col("amount", "Change", "delta", good="favorable"),
        Col("amount_rate", f"Change{look.THIN}%", "points"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}what changed since the last report, in {scale.unit}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "invoices"),
        ordered=False,
        section=section,
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    parts = []
    for kind, (one, many) in _PHRASES.items():
        rows = frame[frame["kind"] == kind]
        folded = rows[rows["count"] != 1]
        if rows.empty:
            continue
        if folded.empty:
            count = say.count("kind", kind)
            parts.append(f"{count} {one if count == '1' else many}")
        else:
            others = say.number(str(folded["row_key"].iloc[0]), "count")
            parts.append(f"{others} more {many}")
    single = frame[frame["count"] == 1]
    if single.empty:
        return setting.capital(sentences.joined(parts))
    first = single.iloc[int(single["amount"].astype(float).abs().fillna(0).argmax())]
    size = say.delta(str(first["row_key"]), "amount")
    return setting.capital(f"{sentences.joined(parts)}; the largest is {first['subject']} ({size})")
