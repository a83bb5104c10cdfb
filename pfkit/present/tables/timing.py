"""Timing against permanent: what goes away by itself, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_MONEY = ("variance", "accruals", "shifted", "permanent")
_NOTE = (
    "Effects on profit. Accruals: bills of the month before against the accruals they replace, and "
    "accruals beyond plan or without a bill; a cost accrued each month is cost of that month. "
    "Early, late: planned in the month beside. Permanent: the rest."
)


def timing(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 10,
    id: str = "timing",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print variances to plan with the part that is timing and the part that stays.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.timing`, effects on profit in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Lines shown, the largest variance first; the rest stand together as ``Other (n)``. Lines
        with a part of timing are always shown.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per line, the others together, and the total; one line where nothing can be split.
    """
    if result.empty:
        why = str(result.attrs.get("reason", "")) or "no actuals and plan by month in the input"
        text = f"Variances are not split into timing and permanent: {why}."
        return setting.said(id, text, about, section=section)
    frame = _folded(result.reset_index(drop=True), top)
    scale = look.money_scale(frame[[*_MONEY]].to_numpy().ravel().tolist(), setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [
        Col("label", f"Line, {scale.unit}", wide=True),
        Col(
            "variance", f"{look.DELTA}PL", "delta", good="favorable", scaling="variance",
            spoken="variance to plan",
        ),
        Col("accruals", "Accruals", "delta"),
        Col("shifted", "Early, late", "delta"),
        Col(
            "permanent", "Permanent", "delta", good="permanent_favorable", scaling="variance",
        ),
    ]  # fmt: skip
    if bool((frame["reason"].fillna("") != "").any()):
        cols.append(Col("reason", "What, and when"))
    return table(
        id,
        frame,
        cols,
        title=(
            f"{setting.who(about)}timing and permanent variance to plan in {scale.unit}"
            f"{setting.when(about)}"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "budget"),
        notes=[_NOTE, *setting.grain(result)],
        ordered=False,
        section=section,
    )


def _folded(result: pd.DataFrame, top: int) -> pd.DataFrame:
    """Keep the largest lines and all with timing; add up the others."""
    items = result[result["role"] == "item"]
    moved = (items["accruals"] != 0) | (items["shifted"] != 0)
    kept = moved.to_numpy() | (pd.RangeIndex(len(items)) < top)
    rest = items[~kept]
    if len(rest) <= 1:
        return result
    sums = {name: round(float(rest[name].sum()), 2) for name in _MONEY}
    other: dict[str, Any] = dict.fromkeys(result.columns, "") | {
        "row_key": "other",
        "role": "other",
        "label": f"Other ({len(rest)})",
        **sums,
        "timing_share": 0.0 if sums["variance"] else None,
        "favorable": None if sums["variance"] == 0 else sums["variance"] > 0,
        "permanent_favorable": None if sums["permanent"] == 0 else sums["permanent"] > 0,
    }
    parts = (items[kept], None, result[result["role"] == "total"])
    records = [
        record for part in parts for record in ([other] if part is None else setting.records(part))
    ]
    return pd.DataFrame(
        {
            str(name): pd.Series([record[str(name)] for record in records], dtype=kind)
            for name, kind in result.dtypes.items()
        }
    )


def _message(frame: pd.DataFrame, say: Facts) -> str:
    text = (
        f"Of {say.delta('total', 'variance')}{look.THIN}{say.scale.unit} against plan, "
        f"{say.delta('total', 'permanent')} is permanent"
    )
    total = frame.iloc[-1]
    parts = []
    if total["accruals"]:
        parts.append(
            f"{say.delta('total', 'accruals')} from accruals of other months and beyond plan"
        )
    if total["shifted"]:
        parts.append(f"{say.delta('total', 'shifted')} was planned in another month")
    return f"{text}; {' and '.join(parts)}" if parts else f"{text}; nothing of it is timing"
