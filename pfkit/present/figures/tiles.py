"""The tile row a report opens with: each number beside its references and its course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, sentences, setting
from pfkit.present.bars import flag, tone
from pfkit.present.body import Tile, Tiles, Tone
from pfkit.present.exhibit import Column, Exhibit, columns
from pfkit.present.facts import Facts, counted
from pfkit.present.figures.spark import spark

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.setting import Reference

_MOST = 10
_POINTS = "pp"


def tiles(
    result: pd.DataFrame,
    *,
    sparks: pd.DataFrame | None = None,
    about: About | None = None,
    id: str = "tiles",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw the headline numbers of a report.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.tiles`, or ``tiles`` of a summary: money in reporting currency, shares
        as fractions.
    sparks : pandas.DataFrame, optional
        Result of `pfkit.sparks`: the last months of each tile.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Each tile chooses its own unit; every number in it is a fact.
    """
    if result.empty:
        return setting.absent(id, about, "actuals", section=section)
    money = setting.currency(about)
    frame = _judged(result.reset_index(drop=True).head(_MOST), money)
    say = Facts(id, frame, look.money_scale([], money))
    drawn = tuple(_tile(record, say, sparks, money) for record in setting.records(frame))
    message = _message(frame, say)
    told = "; ".join(
        f"{tile.label} {tile.value}{look.THIN}{tile.unit}"
        + "".join(f", {text} {against}" for text, against, _ in tile.deltas)
        for tile in drawn
    )
    return Exhibit(
        id=id,
        kind="tiles",
        title=f"{setting.who(about)}headline numbers{setting.when(about)}",
        message=message,
        data=frame,
        body=Tiles(drawn),
        columns=_columns(frame, money),
        unit=money,
        source=setting.source(about, "actuals", "invoices", "budget", "cashflows"),
        as_of=setting.as_of(about),
        notes=_notes(frame),
        alt=f"Headline numbers: {told}.",
        facts=say.facts,
        section=section,
    )


def _references(record: dict[str, Any]) -> list[Reference]:
    found = [
        reference
        for reference in (setting.PLAN, setting.PRIOR, setting.PREVIOUS)
        if not look.missing(record.get(reference.variance))
    ]
    return found[:2]


def _writing(record: dict[str, Any], currency: str) -> tuple[float, int]:
    """Return what one printed unit of a tile stands for, and its decimals."""
    if record["unit"] != "money":
        return 0.01, 1
    scale = look.money_scale([record["actual"]], currency, headline=True)
    return scale.divisor, scale.decimals


def _judged(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Take the verdict off a variance that prints as zero: the page shows none."""
    out = frame.copy()
    for place, record in enumerate(setting.records(frame)):
        divisor, decimals = _writing(record, currency)
        for r in _references(record):
            text = look.number(record[r.variance], scale=divisor, decimals=decimals)
            if not text.strip("0."):
                out.loc[place, r.favorable] = pd.NA
    return out


def _tile(record: dict[str, Any], say: Facts, sparks: pd.DataFrame | None, currency: str) -> Tile:
    key = str(record["row_key"])
    is_money = record["unit"] == "money"
    scale = look.money_scale([record["actual"]], currency, headline=True)
    divisor, decimals = _writing(record, currency)
    deltas: list[tuple[str, str, Tone]] = []
    for r in _references(record):
        text = say.number(key, r.variance, scale=divisor, decimals=decimals, signed=True)
        if not is_money:
            text += f"{look.THIN}{_POINTS}"
        elif say.tells(key, r.variance_rate):
            text += f" ({say.rate(key, r.variance_rate, signed=True)})"
        deltas.append((text, f"vs {r.short}", tone(record[r.favorable])))
    values = _course(sparks, key)
    first = _references(record)
    good = flag(record[first[0].favorable]) if first else None
    return Tile(
        key=key,
        label=str(record["label"]),
        value=say.number(key, "actual", scale=divisor, decimals=decimals),
        unit=scale.unit if is_money else "%",
        deltas=tuple(deltas),
        remark="" if deltas else _remark(record, say, divisor, decimals),
        spark=spark(values, favorable=good),
        spark_alt=_spoken(str(record["label"]), values, divisor, decimals),
    )


def _remark(record: dict[str, Any], say: Facts, divisor: float, decimals: int) -> str:
    """Say what stands beside a number that has no variance."""
    note = str(record.get("note") or "")
    key = str(record["row_key"])
    if not say.has(key, "beside"):
        return note
    text = say.number(key, "beside", scale=divisor, decimals=decimals)
    unit = "" if record["unit"] == "money" else f"{look.THIN}%"
    return f"{text}{unit} {note}"


def _course(sparks: pd.DataFrame | None, key: str) -> list[object]:
    if sparks is None or sparks.empty:
        return []
    return list(sparks.loc[sparks["tile"] == key, "value"])


def _spoken(label: str, values: list[object], divisor: float, decimals: int) -> str:
    if not values:
        return ""
    first, last = (
        look.number(v, scale=divisor, decimals=decimals) for v in (values[0], values[-1])
    )
    return f"{label} over {len(values)} months, from {first} to {last}"


def _message(frame: pd.DataFrame, say: Facts) -> str:
    names = frame["reference"].fillna("")
    first = next((name for name in names if name), "")
    known = {r.column: r for r in (setting.PLAN, setting.PRIOR, setting.PREVIOUS)}
    if first not in known:
        key = str(frame["row_key"].iloc[0])
        scale = look.money_scale([frame["actual"].iloc[0]], say.scale.unit, headline=True)
        text = say.number(key, "actual", scale=scale.divisor, decimals=scale.decimals)
        return f"{frame['label'].iloc[0]} stands at {text}{look.THIN}{scale.unit}"
    reference = known[first]
    better, worse = (counted(frame, reference.favorable, good) for good in (True, False))
    if not better and not worse:
        return f"No headline number differs from {reference.words}"
    parts: list[str] = []
    for count, good, word in ((better, True, "favorable"), (worse, False, "unfavorable")):
        if not count:
            continue
        told = say.count(reference.favorable, equals=good)
        noun = "headline number is" if count == 1 else "headline numbers are"
        parts.append(f"{told} {word}" if parts else f"{told} {noun} {word}")
    return f"{sentences.joined(parts)} against {reference.words}"


def _notes(frame: pd.DataFrame) -> tuple[str, ...]:
    used = setting.references(frame, most=3)
    shown = [r for r in used if any(r in _references(rec) for rec in setting.records(frame))]
    parts = [f"{r.short} {r.words}" for r in shown]
    if bool((frame["unit"] != "money").any()) and shown:
        parts.append(f"{_POINTS} percentage points")
    return (f"{', '.join(parts)}.",) if parts else ()


def _columns(frame: pd.DataFrame, money: str) -> tuple[Column, ...]:
    given = [
        Column("row_key", "Row"),
        Column("label", "Number"),
        Column("unit", "Unit"),
        Column("actual", "AC", "number", money),
    ]
    for r in (setting.PLAN, setting.PRIOR, setting.PREVIOUS):
        given += [
            Column(r.column, r.short, "number", money),
            Column(r.variance, r.delta, "number", money),
            Column(r.variance_rate, f"{r.delta} %", "rate"),
            Column(r.favorable, f"{r.delta} favorable", "boolean"),
        ]
    return columns(frame, given)
