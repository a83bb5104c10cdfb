"""Forecasts that add up: each node as forecast by itself, by how much it moved, and where to."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from pfkit.measures.coherent.hierarchy import ALL
from pfkit.measures.rows import JOIN
from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_LEVEL = re.compile(r"lo(\d+)")
_MONEY = re.compile(r"known|base|mean|adjustment|before|effect|(lo|hi)\d+")
_YEAR = "year"


def coherent_forecast(
    result: pd.DataFrame,
    *,
    period: str | None = None,
    top: int = 6,
    what: str = "Product",
    measure: str = "Net revenue",
    about: About | None = None,
    id: str = "coherent-forecast",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the forecast of every node for one period, and by how much it was moved to add up.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.coherent_forecast`, in reporting currency; with ``begun=True`` the fiscal
        year that runs is in it.
    period : str, optional
        The month, quarter or year printed; by default the first year, else the first period.
    top : int
        Nodes of the lowest level printed, the largest first; those above are all printed, and the
        data hold every row.
    what : str
        What a node of the lowest level is.
    measure : str
        What is forecast.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per node, the company last; one line of text where nothing is forecast.
    """
    if result.empty:
        return setting.absent(id, about, "statement", section=section)
    label = period or _first(result)
    if label not in set(result["period"]):
        text = f"No forecast of {label} adds up: it ends beyond the months that were forecast."
        return setting.said(id, text, about, section=section)
    frame = _ordered(result, label)
    level = next(found[1] for name in frame.columns if (found := _LEVEL.fullmatch(str(name))))
    amounts = frame.loc[frame["shown"], ["known", "base", "mean", f"lo{level}", f"hi{level}"]]
    scale = look.money_scale(
        amounts.to_numpy(dtype="float64", na_value=math.nan).ravel(), setting.currency(about)
    )
    kept = _kept(frame, top)
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        _cols(frame, level, what=what, unit=scale.unit),
        title=(
            f"{setting.who(about)}{setting.spoken(measure)} of {label} in {scale.unit}: forecast"
            f" of each node by itself, adjustment, and FC with {level}{look.THIN}% interval"
        ),
        message=_message(frame, say, label),
        say=say,
        about=about,
        tables=("actuals", "invoices"),
        notes=_notes(frame, level),
        ordered=False,
        section=section,
        kept=kept,
        left="rows of smaller nodes and other periods",
    )


def _first(result: pd.DataFrame) -> str:
    """Return the first year of a forecast; its first period where it has no whole year."""
    years = result.loc[result["grain"] == _YEAR, "period"]
    return str((result["period"] if years.empty else years).iloc[0])


def _ordered(result: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the rows of the period first: the lowest by size, what they add up to, the company."""
    names = [str(name) for name in result.columns]
    names = names[1 : names.index("depth")]
    frame = result.reset_index(drop=True)
    money = [str(name) for name in frame.columns if _MONEY.fullmatch(str(name))]
    parts = zip(*(frame[name].astype("str") for name in names), strict=True)
    depth = frame["depth"].astype("int64")
    frame = frame.assign(
        **{name: frame[name].round(2) for name in money},
        label=[JOIN.join(part for part in row if part != ALL) or "Total" for row in parts],
        role=depth.map(lambda k: "total" if k == 0 else "item" if k == depth.max() else "subtotal"),
        shown=frame["period"] == label,
    )
    rank = frame.assign(rest=~frame["shown"], place=-depth, size=-frame["mean"].abs())
    order = rank.sort_values(["rest", "place", "size", "row_key"], kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _kept(frame: pd.DataFrame, top: int) -> list[bool]:
    shown, item = frame["shown"].to_numpy(), (frame["role"] == "item").to_numpy()
    kept = shown & (~item | ((shown & item).cumsum() <= top))
    return [bool(one) for one in kept.tolist()]


def _cols(frame: pd.DataFrame, level: str, *, what: str, unit: str) -> list[Col]:
    shown = frame[frame["shown"]]
    sure = f"{level}{look.THIN}% interval"
    cols = [Col("label", f"{what}, {unit}", wide=True)]
    if bool((shown["known"] != 0).any()):
        cols.append(Col("known", "AC", "money", swatch="actual", spoken="actual to date"))
    cols += [
        Col("base", "By itself", "money", spoken="forecast of the node by itself"),
        Col("adjustment", "Moved", "delta", spoken="adjustment so that all add up"),
        Col("adjustment_rate", f"Moved{look.THIN}%", "points"),
    ]
    if "effect" in frame.columns and bool((shown["effect"].abs() > 0).any()):
        cols.append(Col("effect", "Override", "delta", spoken="effect of overrides"))
    return [
        *cols,
        Col("mean", "FC", "money", swatch="outlook", spoken="forecast that adds up"),
        Col(f"lo{level}", "Low", "money", spoken="low end of the interval", group=sure),
        Col(f"hi{level}", "High", "money", spoken="high end of the interval", group=sure),
    ]


def _message(frame: pd.DataFrame, say: Facts, label: str) -> str:
    shown = frame[frame["shown"]]
    total = str(shown.loc[shown["role"] == "total", "row_key"].iloc[0])
    unit = f"{look.THIN}{say.scale.unit}"
    text = (
        f"{label} lands at {say.amount(total, 'mean')}{unit} where all sums agree;"
        f" by itself the company's forecast is {say.amount(total, 'base')}{unit}"
    )
    others = shown[shown["role"] != "total"]
    moved = others["adjustment"].abs()
    if not moved.gt(0).any():
        return text
    row = others.iloc[int(moved.to_numpy(dtype="float64").argmax())]
    far = say.delta(str(row["row_key"]), "adjustment")
    return f"{text}, and of its parts {row['label']} is moved most ({far}{unit})"


def _notes(frame: pd.DataFrame, level: str) -> list[str]:
    shown = frame[frame["shown"]]
    text = (
        "By itself: each node as its own history forecasts it. Moved: as little as its weight"
        " allows until parts add up to sums and months to quarters and years; nothing that was"
        f" never negative falls below zero. {level}{look.THIN}% interval: from joint paths that"
        " add up too, so bounds of parts do not add up to those of sums."
    )
    if bool((shown["known"] != 0).any()):
        text += " AC is in every column but Moved."
    if "override" not in shown.columns:
        return [text]
    held = sorted({one for one in shown["override"].astype("str") if one})
    if held:
        text += f" Held by overrides: {', '.join(held)}."
    return [text]
