"""The statistical outlook beside what planned releases are likely to add, counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.measures import Roadmap
    from pfkit.present.exhibit import Exhibit

TOTAL = "total"
_QUARTER = 3
_MONEY = ("outlook", "promised", "likely", "usual", "beyond", "together")
_READING = (
    "Promised: as the roadmap states it, from the month each release is expected in. Likely: after"
    " what came of earlier promises, how late releases came, and how many came at all. Carried on:"
    " what releases of as many months before were to add, at the same share; the outlook continues"
    " it, so only what lies beyond counts on top. How sure FC is stands with the outlook."
)


def roadmap(
    found: Roadmap,
    *,
    about: About | None = None,
    id: str = "roadmap",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the outlook beside what the roadmap is likely to add, and both together.

    Parameters
    ----------
    found : Roadmap
        Result of `pfkit.roadmap`.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per quarter ahead and their total; one line where nothing is planned.
    """
    if found.verdict == "refused":
        return refused(found, id, about, section)
    frame = _frame(found)
    scale = look.money_scale(
        frame[list(_MONEY)].to_numpy(dtype="float64", na_value=0.0).ravel(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        [
            Col("label", f"Months, {scale.unit}", wide=True),
            Col("outlook", "FC", "money", swatch="outlook", spoken="statistical outlook"),
            Col("promised", "promised", "money", group="Roadmap"),
            Col("likely", "likely", "money", group="Roadmap"),
            Col("usual", "carried on", "money", group="Roadmap"),
            Col("beyond", "beyond", "money", group="Roadmap"),
            Col("together", "FC and beyond", "money"),
        ],
        title=(
            f"{setting.who(about)}net revenue ahead in {scale.unit}{setting.when(about)}: outlook,"
            " and what planned releases add"
        ),
        message=message(say),
        say=say,
        about=about,
        tables=("releases", "benefits", "milestones", "actuals", "invoices"),
        notes=[_READING, record(found), _missing(found)],
        section=section,
    )


def refused(found: Roadmap, name: str, about: About | None, section: str) -> Exhibit:
    """Return the one line that stands where nothing is planned."""
    return setting.said(name, f"No roadmap is projected: {found.reason}.", about, section=section)


def _frame(found: Roadmap) -> pd.DataFrame:
    """Return sums of three months each, the total, and what the sentence tells of the record."""
    months = found.months
    part = pd.Series(range(len(months))) // _QUARTER
    known = months[list(_MONEY)].astype("Float64")
    by = known.groupby(part.to_numpy())
    sums = by.sum().where(by.count().eq(by.size(), axis=0)).astype("Float64")
    first, last = (months["period"].groupby(part.to_numpy()).nth(at).to_numpy() for at in (0, -1))
    label = [a if a == b else f"{a} to {b}" for a, b in zip(first, last, strict=True)]
    sums.insert(0, "row_key", [str(one) for one in first])
    sums.insert(1, "label", label)
    sums.insert(2, "role", "item")
    whole = known.sum(skipna=False)
    counted = found.items[found.items["reason"] == ""]
    total = {"row_key": TOTAL, "label": "Total", "role": "total", "count": len(counted)}
    total |= {name: whole[name] for name in _MONEY}
    numbers = {
        "hit_rate": found.hit_rate,
        "hit_low_rate": found.hit_low,
        "hit_high_rate": found.hit_high,
        "level_rate": found.level,
    }
    total |= {name: None if look.missing(one) else one for name, one in numbers.items()}
    total["hits"] = found.hit_count
    frame = pd.concat([sums, pd.DataFrame([total])], ignore_index=True)
    kinds = dict.fromkeys([*_MONEY, *numbers], "Float64") | {"hits": "Int64", "count": "Int64"}
    return frame.astype(kinds)


def message(say: Facts) -> str:
    """Say what is promised, what of it is likely, and what comes on top of the outlook."""
    unit = f"{look.THIN}{say.scale.unit}" if say.scale.unit else ""
    count = say.number(TOTAL, "count")
    lead = f"{count} planned release is" if count == "1" else f"{count} planned releases are"
    text = f"{lead} promised to add {say.amount(TOTAL, 'promised')}{unit}"
    if not say.has(TOTAL, "hit_rate"):
        return f"{text}; no haircut can be told of it, so nothing is likely yet"
    level = say.number(TOTAL, "level_rate", scale=0.01)
    ends = [say.rate(TOTAL, f"hit_{end}_rate") for end in ("low", "high")]
    text += f" and likely to add {say.amount(TOTAL, 'likely')}, as earlier promises came to "
    text += f"{say.rate(TOTAL, 'hit_rate')} ({level}{look.THIN}%: {ends[0]} to {ends[1]})"
    if not say.has(TOTAL, "beyond"):
        return text
    if say.scale.zero(say.value(TOTAL, "beyond")):
        return (
            f"{text}; earlier releases were to add as much, so nothing counts on top of the outlook"
        )
    return f"{text}; {say.delta(TOTAL, 'beyond')}{unit} of it is beyond what the outlook carries on"


def record(found: Roadmap) -> str:
    """Say what the haircut, slips and chances rest on."""
    parts = []
    if found.hit_count:
        parts.append(f"haircut from {found.hit_count} promises whose result is known")
    if not look.missing(found.slip_months):
        late = look.number(found.slip_months, decimals=1)
        parts.append(f"slips from {found.slip_count} releases, {late} months late on average")
    else:
        parts.append("no slips: too few releases had a plan before")
    if not look.missing(found.come_rate):
        parts.append(f"{look.rate(found.come_rate, decimals=0)}{look.THIN}% of plans came")
    return f"Rests on: {'; '.join(parts)}."


def _missing(found: Roadmap) -> str:
    told = [
        f"{one['item']}: {one['reason']}" for one in setting.records(found.items) if one["reason"]
    ]
    text = f"Not counted: {'. '.join(told[:4])}. " if told else ""
    if not found.usual_known:
        text += "Not added up: what releases of the months before were to add is not stated of all."
    return text.strip()
