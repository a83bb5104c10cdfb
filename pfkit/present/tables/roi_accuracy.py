"""ROI tracking accuracy: how far stated returns and the best simple rule are from the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table
from pfkit.present.verdicts import minus

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.measures import RoiAccuracy
    from pfkit.present.exhibit import Exhibit

_KEY, _BENCHMARK = "total", "benchmark"
_READING = (
    "Error: sum of absolute differences from the return found later over the sum of these returns"
    " (WAPE), of what was stated (E1) and of the simple rule that is nearest (E0), on the same"
    " initiatives. Cut: (E0 less E1) over E0; claimed only where its lower end reaches the target."
)


def roi_accuracy(
    found: RoiAccuracy,
    *,
    benchmark: RoiAccuracy | None = None,
    about: About | None = None,
    top: int = 8,
    id: str = "roi-accuracy",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print how much nearer to the truth stated returns are than the best simple rule's.

    Parameters
    ----------
    found : RoiAccuracy
        Result of `pfkit.roi_accuracy`.
    benchmark : RoiAccuracy, optional
        The same of made-up companies whose truth is planted; stands apart, and is never added.
    about : About, optional
        The book: company, period, sources.
    top : int
        Initiatives printed, those with the largest returns.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per initiative with the return stated, the best rule's and the one found later; then
        their errors, the cut with its interval and target, and what it was in earlier quarters. One
        line where no initiative is reviewed.
    """
    if found.rows.empty and benchmark is None:
        return setting.absent(id, about, "reviews", section=section)
    frame = _frame(found, benchmark)
    say = Facts(id, frame, look.Scale(1, 0, ""))
    items = frame["role"] == "item"
    size = frame["truth_rate"].abs().where(items).rank(ascending=False, method="first")
    return table(
        id,
        frame,
        [
            Col("label", "Initiative", wide=True),
            Col("truth_rate", "found", "rate", group="ROI, %"),
            Col("stated_rate", "stated", "rate", group="ROI, %"),
            Col("best_rate", "rule", "rate", group="ROI, %"),
            Col("stated_off_rate", "stated", "rate", group="Off, %"),
            Col("best_off_rate", "rule", "rate", group="Off, %"),
            Col("cut_rate", "Cut, %", "rate"),
            Col("interval", f"{look.number(found.level, scale=0.01)}{look.THIN}% interval"),
            Col("things", "n", "count"),
            Col("told", "Found by, or why not"),
        ],
        title=(
            f"{setting.who(about)}ROI tracking accuracy{setting.when(about)}: returns stated of"
            " closed initiatives against those found later, beside the best simple rule"
        ),
        message=_message(found, say, benchmark),
        say=say,
        about=about,
        tables=("reviews", "invoices", "usage", "releases", "effort"),
        notes=[_READING, _why(found), _planted(benchmark)],
        section=section,
        kept=(~items | (size <= top)).tolist(),
        left="initiatives with smaller returns",
    )


def _frame(found: RoiAccuracy, benchmark: RoiAccuracy | None) -> pd.DataFrame:
    """Return initiatives, their errors, what it was before, and the benchmark."""
    rows = found.rows.rename(
        columns={
            "truth": "truth_rate",
            "stated": "stated_rate",
            "rule": "best_rate",
            "stated_error": "stated_off_rate",
            "rule_error": "best_off_rate",
        }
    ).drop(columns="period")
    rows["label"], rows["role"] = rows["initiative"], "item"
    rows["told"] = rows["reason"].where(rows["reason"] != "", rows["method"])
    sums = []
    if not found.rows.empty:
        sums.append(_summed(found, _KEY, "WAPE and cut", "total"))
        sums += [
            {
                "row_key": f"trend-{one['row_key']}",
                "label": f"As known in {one['period']}",
                "role": "memo",
                "things": one["count"],
                "cut_rate": one["value"],
                "low_rate": one["low"],
                "high_rate": one["high"],
                "told": "" if not look.missing(one["value"]) else "too few",
            }
            for one in setting.records(found.trend.iloc[:-1])
        ]
    if benchmark is not None:
        sums.append(_summed(benchmark, _BENCHMARK, "Benchmark, made-up companies", "memo"))
    whole = pd.concat([rows, pd.DataFrame(sums)], ignore_index=True)
    numbers = [name for name in map(str, whole.columns) if name.endswith("_rate")]
    whole = whole.astype(dict.fromkeys([*numbers, "things"], "Float64"))
    whole["interval"] = [_between(row) for row in setting.records(whole)]
    return whole.drop(columns=["reason"])


def _summed(found: RoiAccuracy, key: str, label: str, role: str) -> dict[str, object]:
    return {
        "row_key": key,
        "label": label,
        "role": role,
        "things": found.count,
        "stated_off_rate": _known(found.error),
        "best_off_rate": _known(found.rule_error),
        "numerator_rate": _known(found.rule_error - found.error),
        "cut_rate": _known(found.value),
        "low_rate": _known(found.low),
        "high_rate": _known(found.high),
        "target_rate": found.target,
        "level_rate": found.level,
        "told": _word(found),
    }


def _known(value: float) -> float | None:
    return None if look.missing(value) else value


def _word(found: RoiAccuracy) -> str:
    target = f"{look.number(found.target, scale=0.01)}{look.THIN}%"
    words = {"claimed": f"claimed, target {target}", "not_claimed": f"not claimed, target {target}"}
    return words.get(found.verdict, "too few to tell")


def _between(row: dict[str, object]) -> str:
    if look.missing(row.get("low_rate")):
        return ""
    return f"{look.rate(row['low_rate'])} to {look.rate(row['high_rate'])}"


def _message(found: RoiAccuracy, say: Facts, benchmark: RoiAccuracy | None) -> str:
    parts = []
    if not found.rows.empty:
        parts.append(f"ROI tracking accuracy is {_told(found, say, _KEY)}")
    if benchmark is not None:
        lead = "on made-up companies it is" if parts else "On made-up companies it is"
        parts.append(f"{lead} {_told(benchmark, say, _BENCHMARK)}")
    return "; ".join(parts)


def _told(found: RoiAccuracy, say: Facts, key: str) -> str:
    """Say whether it is claimed, on how many, and how sure: never a bare percentage."""
    count = say.number(key, "things")
    of = f"{count} closed initiative{'' if count == '1' else 's'}"
    if not say.has(key, "cut_rate"):
        return f"not claimed: {of} compared, too few to tell"
    level = f"{say.number(key, 'level_rate', scale=0.01)}{look.THIN}%"
    bounds = f"{level}: {say.rate(key, 'low_rate')} to {say.rate(key, 'high_rate')}"
    errors = f"error {say.rate(key, 'stated_off_rate')} against {say.rate(key, 'best_off_rate')}"
    size = f"{say.rate(key, 'cut_rate')} less than by {found.rule} over {of} ({bounds})"
    claimed = "claimed" if found.verdict == "claimed" else "not claimed"
    return f"{claimed} at {say.rate(key, 'target_rate')}: {errors}, {size}"


def _why(found: RoiAccuracy) -> str:
    return f"Not claimed: {minus(found.reason)}." if found.reason else ""


def _planted(benchmark: RoiAccuracy | None) -> str:
    if benchmark is None:
        return ""
    return (
        "Benchmark: companies made up by `python -m bench attribution`, whose truth is planted;"
        " initiatives of a company are drawn together. It says nothing of this company's own."
    )
