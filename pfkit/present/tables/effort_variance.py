"""Hours against plan: more of them, or dearer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.driver import COVER, NO_DRIVER, leading
from pfkit.measures.effort_variance import PARTS
from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_HOURS = ("planned_hours", "flexed_hours", "actual_hours")
_NOTE = (
    "Volume: hours that follow the volume sold, at the standard rate; efficiency: actual hours "
    "less those, at the standard rate; rate: actual hours at the actual less the standard rate. "
    "A plus is more cost."
)


def effort_variance(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 12,
    id: str = "effort-variance",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the cost of hours against plan, split into volume, efficiency and rate.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.effort_variance`, cost in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Rows shown, the largest change first; the rest stand together as ``Other (n)``.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Hours and cost of every row with the three variances; one line where there are no hours.
    """
    if result.empty:
        why = str(result.attrs.get("reason", "")) or "no hours in the input"
        text = f"The cost of hours is not compared with plan: {why}."
        return setting.absent(id, about, "effort", section=section, otherwise=text)
    frame = _folded(result.reset_index(drop=True), top)
    scale = look.money_scale(
        frame[["planned", "actual"]].to_numpy().ravel().tolist(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    found = [name for name in PARTS if bool((frame[name].fillna(0) != 0).any())]
    heads = {
        "volume": "Volume",
        "efficiency": "Efficiency",
        "rate": "Rate",
        "not_split": "Not split",
    }
    cols = [
        Col("label", "Hours of", wide=True),
        Col("planned_hours", "h PL", "number", decimals=0, spoken="planned hours"),
        Col("actual_hours", "h AC", "number", decimals=0, spoken="actual hours"),
        Col("planned", f"PL, {scale.unit}", "money", swatch="plan", spoken="planned cost"),
        *(Col(name, heads[name], "delta") for name in found),
        Col("actual", "AC", "money", swatch="actual", spoken="actual cost"),
        Col("change", f"{look.DELTA}PL", "delta", good="favorable", spoken="variance to plan"),
        Col("change_rate", f"{look.DELTA}PL{look.THIN}%", "points"),
        Col("explained", "Driver"),
    ]
    return table(
        id,
        frame,
        cols,
        title=(
            f"{setting.who(about)}hours and their cost in {scale.unit}{setting.when(about)}: PL, AC"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("effort",),
        notes=[_NOTE, _reasons(frame)],
        ordered=False,
        section=section,
    )


def _folded(result: pd.DataFrame, top: int) -> pd.DataFrame:
    """Keep the rows with the largest change; add up the others."""
    items = result[result["role"] == "item"]
    kept, rest = (items, items.head(0)) if len(items) <= top + 1 else (items[:top], items[top:])
    records = setting.records(kept)
    if len(rest):
        records.append(_summed(rest))
    records += setting.records(result[result["role"] == "total"])
    frame = pd.DataFrame(
        {
            str(name): pd.Series([record[str(name)] for record in records], dtype=kind)
            for name, kind in result.dtypes.items()
        }
    )
    names = {NO_DRIVER: NO_DRIVER, "": ""}
    told = [names.get(str(name), str(name).capitalize()) for name in frame["driver"]]
    return frame.assign(explained=told)


def _summed(rest: pd.DataFrame) -> dict[str, Any]:
    sums = {
        str(name): round(float(rest[name].sum()), 2)
        for name in ("planned", "actual", "change", *PARTS)
    }
    hours = {name: float(rest[name].sum()) for name in _HOURS}
    cents = {name: round(sums[name] * 100) for name in (*PARTS, "change")}
    lead = leading([cents[name] for name in PARTS[:3]], cents["change"], COVER)
    driver = PARTS[lead] if lead is not None else NO_DRIVER if cents["change"] else ""
    blank: dict[str, Any] = dict.fromkeys(map(str, rest.columns), "")
    return blank | {
        "row_key": "other",
        "role": "other",
        "label": f"Other ({len(rest)})",
        **hours,
        "planned_hourly_cost": None,
        "actual_hourly_cost": None,
        **sums,
        "change_rate": sums["change"] / abs(sums["planned"]) if sums["planned"] else None,
        "favorable": None if not cents["change"] else cents["change"] < 0,
        "driver": driver,
    }


def _reasons(frame: pd.DataFrame) -> str:
    parts = [part for text in frame["reason"].dropna() for part in str(text).split("; ") if part]
    return f"Remarks: {'; '.join(dict.fromkeys(parts))}." if parts else ""


def _message(frame: pd.DataFrame, say: Facts) -> str:
    text = f"Hours cost {say.delta('total', 'change')}{look.THIN}{say.scale.unit} against plan"
    parts = [
        f"{say.delta('total', name)} {words}"
        for name, words in (
            ("volume", "from volume"),
            ("efficiency", "from efficiency"),
            ("rate", "from rates"),
        )
        if bool((frame[name].fillna(0) != 0).any())
    ]
    first = frame[frame["role"] == "item"].iloc[0]
    size = say.delta(str(first["row_key"]), "change")
    split = f": {', '.join(parts)}" if parts else ""
    return f"{text}{split}; {first['label']} moves most ({size})"
