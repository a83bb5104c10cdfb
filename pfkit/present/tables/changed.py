"""What changed: restated or replanned since the last report, new, gone or moved since then."""

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
    "replanned": ("full-year budget has changed", "full-year budgets have changed"),
    "new": ("product is new", "products are new"),
    "stopped": ("is not sold this {span}", "are not sold this {span}"),
    "moved": ("line has moved", "lines have moved"),
}
_GONE = "not sold"
_SINCE_REPORT = ("restated", "replanned")


def changed(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "changed",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what is different from the last report and from the previous period.

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
    note = str(result.attrs.get("note", ""))
    if result.empty:
        reason = str(result.attrs.get("reason", ""))
        text = reason or "Nothing material has changed since the last period."
        return setting.said(id, f"{text} {note}".strip(), about, section=section)
    frame = result.reset_index(drop=True)
    frame["change"] = frame["kind"].replace("stopped", _GONE)
    scale = look.money_scale(frame[["before", "after"]].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [
        Col("change", "Change"),
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
        title=f"{setting.who(about)}what changed, in {scale.unit}: {_since(frame)}",
        message=_message(frame, say, "period" if about is None else about.period.kind),
        say=say,
        about=about,
        tables=("actuals", "invoices"),
        notes=[note] if note else [],
        ordered=False,
        section=section,
    )


def _since(frame: pd.DataFrame) -> str:
    """Say what is compared with the last report, and what with the previous period."""
    kinds = list(dict.fromkeys(frame["kind"]))
    report = [kind for kind in kinds if kind in _SINCE_REPORT]
    period = [_GONE if kind == "stopped" else kind for kind in kinds if kind not in _SINCE_REPORT]
    parts = [f"{sentences.joined(report)} since the last report"] if report else []
    parts += [f"{sentences.joined(period)} against the previous period"] if period else []
    return ", ".join(parts)


def _message(frame: pd.DataFrame, say: Facts, span: str) -> str:
    parts: list[str] = []
    products = False
    for kind, (one, many) in _PHRASES.items():
        if not bool((frame["kind"] == kind).any()):
            continue
        count = say.count("kind", kind, weight="count")
        text = (one if count == "1" else many).format(span=span)
        if kind == "stopped" and not products:
            text = f"{'product' if count == '1' else 'products'} {text}"
        products = kind == "new"
        parts.append(f"{count} {text}")
    text = sentences.joined(parts)
    single = frame[frame["count"] == 1]
    if len(single) > 1:
        first = single.iloc[int(single["amount"].astype(float).abs().fillna(0).argmax())]
        size = say.delta(str(first["row_key"]), "amount")
        whole = len(single) == len(frame)
        text += f"; the largest{'' if whole else ' single one'} is {first['subject']} ({size})"
    return setting.capital(text)
