"""What each series is forecast at, how sure that is, by which model and how that did before."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from pfkit.measures.ahead import INSIDE, by_series, levels, next_periods
from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_MEMBERS = {
    "theta": "Theta",
    "theta_log": "log Theta",
    "smooth_raw": "smooth",
    "smooth_log": "log smooth",
    "autoregression": "changes",
    "last_year": "last year",
}
_SHARE = re.compile(r"([\d.]+) (\w+)")


def forecast(
    result: pd.DataFrame,
    history: pd.DataFrame | None = None,
    *,
    periods: int = 3,
    top: int = 20,
    what: str = "Product",
    about: About | None = None,
    id: str = "forecasts",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the next periods of each series with interval, model, past error and reason.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.forecast`, in reporting currency.
    history : pandas.DataFrame, optional
        What it was made from, such as ``book.net_revenue``: gives the last actual and the plan.
    periods : int
        How many periods ahead.
    top : int
        Series printed, the largest first; the data hold them all.
    what : str
        What a series is.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per series; one line of text where nothing is forecast.
    """
    if result.empty:
        return setting.absent(id, about, "statement", section=section)
    labels = next_periods(result, periods)
    frame = by_series(result, history, periods=periods)
    method = [_method(str(model)) for model in frame["model"]]
    shared, own = _shared(frame["reason"].astype("str").tolist())
    frame = frame.assign(method=method, own_reason=own, level=levels(result)[0] / 100)
    order = frame["forecast_1"].abs().sort_values(ascending=False, kind="stable").index
    frame = frame.loc[order].reset_index(drop=True)
    amounts = [
        name for name in frame.columns if re.fullmatch(r"(forecast|low|high|plan)_\d+", name)
    ]
    scale = look.money_scale(
        frame[["last", *amounts]].to_numpy(dtype="float64", na_value=math.nan).ravel(),
        setting.currency(about),
    )
    say = Facts(id, frame, scale)
    level = f"{levels(result)[0]}{look.THIN}%"
    return table(
        id,
        frame,
        _cols(frame, labels, what=what, unit=scale.unit, level=level),
        title=(
            f"{setting.who(about)}forecast (FC) by {setting.spoken(what.lower())} in {scale.unit},"
            f" {labels[0]} to {labels[-1]}, with {level} interval"
        ),
        message=_message(frame, say, labels[0]),
        say=say,
        about=about,
        tables=("actuals", "invoices", "budget"),
        notes=[_legend(level), *([f"Where nothing else is told: {shared}."] if shared else [])],
        ordered=False,
        section=section,
        kept=[place < top for place in range(len(frame))],
        left="smaller series",
    )


def _cols(frame: pd.DataFrame, labels: list[str], *, what: str, unit: str, level: str) -> list[Col]:
    cols = [Col("label", f"{what}, {unit}", wide=True)]
    if bool(frame["last"].notna().any()):
        cols.append(Col("last", "AC", "money", swatch="actual", spoken="last actual"))
    for place, label in enumerate(labels, start=1):
        group = f"{label}, {level}"
        if bool(frame[f"plan_{place}"].notna().any()):
            cols.append(Col(f"plan_{place}", "PL", "money", swatch="plan", group=group))
        cols += [
            Col(f"forecast_{place}", "FC", "money", swatch="outlook", group=group),
            Col(f"low_{place}", "Low", "money", group=group),
            Col(f"high_{place}", "High", "money", group=group),
        ]
    if bool(frame["error"].notna().any()):
        cols.append(Col("error", "Error", "number", decimals=2, spoken="error of the back-test"))
    cols.append(Col("method", "Model"))
    if bool((frame["fallback"] != "").any()):
        cols.append(Col("fallback", "Failed", wide=True))
    if bool((frame["own_reason"] != "").any()):
        cols.append(Col("own_reason", "To know", wide=True))
    return cols


def _shared(reasons: list[str]) -> tuple[str, list[str]]:
    """Return what most series have in common, once, and what is told of each beside it.

    Examples
    --------
    >>> _shared(["9 months", "9 months; 1 filled in"])
    ('9 months', ['', '1 filled in'])
    """
    parts = [[part for part in text.split("; ") if part] for text in reasons]
    counts = Counter(part for some in parts for part in some)
    common = [part for part, count in counts.items() if count > len(parts) / 2]
    own = ["; ".join(part for part in some if part not in common) for some in parts]
    return "; ".join(common), own


def _method(model: str) -> str:
    """Name the member with the largest share of a forecast.

    Examples
    --------
    >>> _method("0.75 smooth_raw + 0.11 theta_log + 0.14 theta")
    'smooth 75'
    """
    found = [(float(share), name) for share, name in _SHARE.findall(model)]
    if not found:
        return model
    share, name = max(found, key=lambda one: one[0])
    if len(found) > 1 and share == min(found)[0]:
        return "equal"
    return f"{_MEMBERS.get(name, name)} {share * 100:.0f}"


def _message(frame: pd.DataFrame, say: Facts, first: str) -> str:
    judged = bool((frame["plan_lies"] != "").any())
    every = say.count("label")
    noun = "series is" if every == "1" else "series are"
    if judged:
        inside = say.count("plan_lies", INSIDE)
        level = say.number(str(frame["row_key"].iloc[0]), "level", scale=0.01)
        return (
            f"Plan of {first} lies inside the {level}{look.THIN}% interval for {inside} of {every}"
            " series"
        )
    untested = int((frame["tested"] == "not tested").sum())
    if untested == len(frame):
        return f"{every} {noun} forecast, and none has a past long enough to test it on"
    better = say.count("tested", "better")
    return f"{better} of {every} {noun} forecast with less error than repeating last year's values"


def _legend(level: str) -> str:
    return (
        f"FC forecast, PL plan, AC the last actual. Low and High: {level} interval. Error: that of"
        " the back-test over that of repeating last year's values; below 1 is better. Model:"
        " the member with the largest share in percent: exponential smoothing, Theta, both also of"
        " logarithms, a regression on changes, last year's value."
    )
