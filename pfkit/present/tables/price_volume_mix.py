"""Families or products with the effects that explain how their sales changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import ReportError, near_miss
from pfkit.measures.driver import COVER, NO_DRIVER, leading
from pfkit.measures.effects import EFFECT_NAMES
from pfkit.measures.rows import favorable, named
from pfkit.measures.split import EFFECTS
from pfkit.present import look, setting, split
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit
    from pfkit.present.setting import Reference

_HEADS = {
    "volume": "Volume",
    "mix": "Mix",
    "price": "Price",
    "joint": "Volume × price",
    "new": "New",
    "lost": "Lost",
    "fx": "Currency",
    "returns": "Returns",
    "not_split": "Not split",
}


def price_volume_mix(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    rows: str | None = None,
    top: int = 12,
    names: Mapping[str, str] | None = None,
    id: str = "price-volume-mix",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print how sales changed, a row per family or product and a column per effect.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.price_volume_mix`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    rows : str, optional
        The level that is printed: a column the result was split by, such as ``family`` or
        ``product``. Default: the coarsest.
    top : int
        Rows shown, the largest change first; the rest stand together as ``Other (n)``.
    names : mapping of str to str, optional
        Names of product codes.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Base, every effect that is found, actual, the change and its driver; one line where
        nothing can be split.
    """
    if result.empty:
        return setting.said(id, split.absent(result), about, section=section)
    by = [str(name) for name in result.columns[2 : list(result.columns).index("label")]]
    noun = rows or by[0]
    if noun not in by:
        raise ReportError(
            f"rows {noun!r} is no level of the result",
            where=f"exhibit {id}",
            advice=near_miss(noun, by, noun="level"),
        )
    shown = result[_at(result, by, noun)]
    frame = _folded(result, shown, top, names if noun == "product" else None)
    base = split.reference(result)
    scale = look.money_scale(
        frame[["base", "actual"]].to_numpy().ravel().tolist(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        _cols(frame, noun, base, scale),
        title=(
            f"{setting.who(about)}net revenue by {noun} in {scale.unit}{setting.when(about)}, "
            f"from {base.words} ({base.short}) to actual (AC) by effect"
        ),
        message=_message(frame, say, base),
        say=say,
        about=about,
        tables=("invoices", "actuals", "budget", "rates"),
        notes=[*split.notes(result, scale), _driver_note()],
        ordered=False,
        section=section,
    )


def _at(result: pd.DataFrame, by: list[str], level: str) -> pd.Series[bool]:
    """Return which rows stand at a level: named by it, and by nothing finer."""
    finer = by[by.index(level) + 1 :]
    there = (result["role"] != "total") & (result[level] != "")
    return there & (result[finer] == "").all(axis=1) if finer else there


def _folded(
    result: pd.DataFrame, shown: pd.DataFrame, top: int, names: Mapping[str, str] | None
) -> pd.DataFrame:
    """Return the rows with the largest change, the others as one row, and the total."""
    shown = shown[(shown[["base", "actual", *EFFECTS]] != 0).any(axis=1)]
    size = shown["change"].abs().sort_values(ascending=False, kind="stable")
    ranked = shown.reindex(size.index)
    kept, rest = (ranked, ranked.head(0)) if len(ranked) <= top + 1 else _cut(ranked, top)
    kept = kept.assign(role="item", label=[named(str(text), names) for text in kept["label"]])
    parts = [kept, result[result["role"] == "total"]]
    if len(rest):
        parts.insert(1, pd.DataFrame([_summed(rest)]).reindex(columns=result.columns))
    records = [record for part in parts for record in setting.records(part)]
    frame = pd.DataFrame(
        {
            name: pd.Series([record[name] for record in records], dtype=result[name].dtype)
            for name in result.columns
        }
    )
    return frame.assign(explained=[_explained(record) for record in setting.records(frame)])


def _cut(ranked: pd.DataFrame, top: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return ranked.iloc[:top], ranked.iloc[top:]


def _summed(rest: pd.DataFrame) -> dict[str, Any]:
    """Add rows up to the cent."""
    money = [
        str(name)
        for name in rest.columns
        if name in {"base", "actual", "change", *EFFECTS} or str(name).startswith("mix_")
    ]
    sums = {name: round(float(rest[name].sum()), 2) for name in money}
    lead = leading(
        [round(sums[name] * 100) for name in EFFECTS if name != "not_split"],
        round(sums["change"] * 100),
        COVER,
    )
    return {
        "row_key": "other",
        "role": "other",
        "label": f"Other ({len(rest)})",
        "count": int(rest["count"].sum()),
        "favorable_when": str(rest["favorable_when"].iloc[0]),
        "favorable": favorable(
            round(sums["change"] * 100), when=str(rest["favorable_when"].iloc[0])
        ),
        "change_rate": sums["change"] / abs(sums["base"]) if sums["base"] else None,
        "driver": EFFECTS[lead] if lead is not None else NO_DRIVER if sums["change"] else "",
        "reason": "",
        **sums,
    }


def _explained(record: Mapping[str, Any]) -> str:
    """Name what explains a row; where most of it is not split, say that."""
    change, apart = float(record["change"]), float(record["not_split"])
    if record["driver"] == NO_DRIVER and change and apart / change >= COVER:
        return "not split"
    return EFFECT_NAMES.get(str(record["driver"]), str(record["driver"]))


def _cols(frame: pd.DataFrame, noun: str, base: Reference, scale: look.Scale) -> list[Col]:
    found = [
        name
        for name in EFFECTS
        if any(scale.amount(value).strip("0.") for value in frame[name].dropna())
    ]
    return [
        Col("label", setting.capital(noun), wide=True),
        Col("base", base.short, "money", swatch=base.swatch, spoken=base.words),
        *(Col(name, _HEADS[name], "delta", spoken=EFFECT_NAMES[name].lower()) for name in found),
        Col("actual", "AC", "money", swatch="actual", spoken="actual"),
        Col("change", base.delta, "delta", good="favorable", spoken=f"variance to {base.words}"),
        Col("change_rate", f"{base.delta}{look.THIN}%", "points"),
        Col("explained", "Driver"),
    ]


def _driver_note() -> str:
    return (
        f"Driver: the one effect that covers at least {COVER:.0%} of the change, else no single "
        "driver."
    )


def _message(frame: pd.DataFrame, say: Facts, base: Reference) -> str:
    items = frame[frame["role"] == "item"]
    if items.empty:
        return f"Nothing was sold, as in {base.words}"
    first = items.iloc[0]
    key, unit = str(first["row_key"]), say.scale.unit
    change = say.delta(key, "change")
    text = f"{first['label']} moves most against {base.words} ({change}{look.THIN}{unit})"
    lead = str(first["driver"])
    if lead in EFFECTS:
        text += f", and {split.spoken(lead)} ({say.delta(key, lead)}) drives it"
    else:
        text += ", and no single driver covers it"
    return f"{text}; all together are {say.delta('total', 'change')}"
