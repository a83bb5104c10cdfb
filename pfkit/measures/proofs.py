"""Results of an attribution beside the benefit register: which entry each one speaks for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError
from pfkit.measures.rows import NONE, reasons, records, require, texts, whole_cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

#: What an attribution can say of a feature (DESIGN: a verdict on every number).
VERDICTS = (
    "randomised",
    "supported",
    "fragile",
    "not_identified",
    "too_few",
    "descriptive",
)
#: Verdicts that are proof, and the grade of the evidence.
PROVEN = {"randomised": "A", "supported": "B"}
_SPELLED = {"randomized": "randomised"}
#: Kinds of benefit that an effect on revenue can be.
_REVENUE = frozenset({"", "revenue", "other"})
_LEVEL = 0.90
_YEAR = 12
_AMOUNTS = {"incremental": "realized_amount", "lo90": "realized_low", "hi90": "realized_high"}
#: What the effect of a feature is called where no entry of the register says it.
METRIC = "Incremental revenue"

Row = dict[str, Any]


def prove(
    results: pd.DataFrame, register: Sequence[Row], *, through: str, measured_on: str
) -> list[Row]:
    """Return a row of the register for each proven effect, and say on the entries what they lose.

    Parameters
    ----------
    results : pandas.DataFrame
        ``feature, incremental, lo90, hi90, verdict``; optional ``benefit``, ``initiative``,
        ``months`` (that the effect was added up over).
    register : sequence of dict
        Judged entries of the register, amounts in cents; ``proofs`` and ``reason`` are set.
    through : str
        Last month of the effects, for results without ``months``; empty where it is not known.
    measured_on : str
        Day the results were known, ISO text.
    """
    found = []
    for one in _read(results):
        entries = _entries(one, register)
        verdict = one["verdict"]
        if verdict not in PROVEN:
            for row in entries:
                row["reason"] = reasons(
                    row["reason"],
                    f"attribution of {one['feature']} is {verdict.replace('_', ' ')}, no proof",
                )
            continue
        found.append(_row(one, entries, register, through=through, measured_on=measured_on))
    return found


def _read(results: pd.DataFrame) -> list[Row]:
    require(results, ["feature", *_AMOUNTS, "verdict"], name="attribution")
    given = set(map(str, results.columns))
    rows = results[[]].copy()
    for name in ("feature", "verdict", "benefit", "initiative"):
        rows[name] = texts(results[name]).replace(NONE, "") if name in given else ""
    rows["verdict"] = rows["verdict"].replace(_SPELLED)
    rows["months"] = results["months"].astype("float64") if "months" in given else math.nan
    for name in _AMOUNTS:
        known = results[name].notna()
        rows[name] = results[name].astype("object").where(known, None)
        rows.loc[known, name] = whole_cents(results[name][known], name="attribution")
    unknown = sorted(set(rows["verdict"]) - set(VERDICTS))
    if unknown:
        raise MeasureError(
            f"verdict {unknown[0]!r} is not known",
            where="attribution",
            advice=f"Use one of {', '.join(VERDICTS)}.",
        )
    twice = rows["feature"][rows["feature"].duplicated()].tolist()
    if twice:
        raise MeasureError(
            f"feature {twice[0]!r} has two results",
            where="attribution",
            advice="Give one result for each feature, over all of its months.",
        )
    if bool((rows["months"] <= 0).any()):
        raise MeasureError(
            "an effect was added up over no months",
            where="attribution",
            advice="Give the months from the release to the last period.",
        )
    return sorted(records(rows), key=lambda row: str(row["feature"]))


def _entries(one: Row, register: Sequence[Row]) -> list[Row]:
    """Return the entries a result speaks for: by benefit, else by feature, else by initiative."""
    open_ = [row for row in register if row["status"] != "withdrawn" and row["kind"] in _REVENUE]
    for name in ("benefit", "feature", "initiative"):
        mine = [row for row in open_ if one[name] and row[name] == one[name]]
        if mine:
            alike = name != "initiative" or len({row["metric"] for row in mine}) == 1
            return mine if alike else []
    return []


def _row(
    one: Row, entries: Sequence[Row], register: Sequence[Row], *, through: str, measured_on: str
) -> Row:
    """Return a proven effect as a row of the register, at a year's worth."""
    first = entries[0] if entries else None
    months = one["months"] or _between(first["start"] if first else "", through)
    names = {row["benefit"] for row in register}
    name = one["feature"]
    base = dict.fromkeys(_TEXTS, "") if first is None else {key: first[key] for key in _TEXTS}
    amounts = {
        column: None if one[name_] is None or not months else round(one[name_] * _YEAR / months)
        for name_, column in _AMOUNTS.items()
    }
    why = [
        "" if entries else "no entry of the register names the feature, not counted",
        "" if one["incremental"] is not None else "the effect is not stated",
        "" if months else "over how many months is not stated, so that a year's worth is not known",
    ]
    proof = f"attribution of {one['feature']}"
    for row in entries:
        row["proofs"] = [*row.get("proofs", ()), proof]
    return base | amounts | {
        "benefit": f"{name} (attribution)" if name in names else name,
        "initiative": base["initiative"] or one["initiative"] or NONE,
        "metric": base["metric"] or METRIC,
        "name": name if first is None else f"{base['name']}, as attributed",
        "role": "item",
        "count": 1,
        "claimed_by": "",
        "kind": "revenue",
        "source": "attribution",
        "status": "measured",
        "grade": PROVEN[one["verdict"]],
        "method": f"Attribution, {one['verdict']}",
        "promised_amount": None,
        "level": _LEVEL,
        "measured_on": measured_on,
        "measured_months": months or None,
        "proofs": [proof],
        "counts_promised": False,
        "counts_realized": bool(entries and months and one["incremental"] is not None),
        "reason": reasons(*why),
    }  # fmt: skip


_TEXTS = (
    *("initiative", "initiative_name", "product", "account", "name", "metric", "owner"),
    *("feature", "start", "end"),
)


def _between(start: str, through: str) -> int:
    """Return how many months there are from one to another, both counted; 0 where unknown."""
    if not start or not through or through < start:
        return 0
    first, last = (int(text[:4]) * _YEAR + int(text[5:7]) for text in (start, through))
    return last - first + 1
