"""A fan: what came, what is to come with its intervals, the plan, and where the year ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pfkit.measures.ahead import (
    CAME,
    COMES,
    INSIDE,
    MEETS,
    NEXT,
    REST,
    SUM,
    THIS_YEAR,
    YEAR,
    beside_plan,
    levels,
    one_series,
    single_periods,
)
from pfkit.present import look, setting
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.fan import fan, floor_of, shown
from pfkit.present.tables.sheet import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.contracts.about import About


#: A smaller probability is said in words.
_RARE = 0.01


def forecast(
    result: pd.DataFrame,
    history: pd.DataFrame,
    *,
    running: pd.DataFrame | None = None,
    year: pd.DataFrame | None = None,
    series: str | Sequence[str] | None = None,
    measure: str = "Net revenue",
    about: About | None = None,
    id: str = "forecast",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw one series, its forecast with intervals and its plan, and say where plan lies.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.forecast`, or of `pfkit.coherent_forecast`, in reporting currency.
    history : pandas.DataFrame
        What it was made from, such as ``book.net_revenue``: ``period``, ``amount``, ``plan``.
    running : pandas.DataFrame, optional
        Result of `pfkit.forecast` with ``running=True``: intervals of the next months together and
        of what is left of the year. Bounds of single months do not add up to them.
    year : pandas.DataFrame, optional
        Result of `pfkit.year_forecast` instead: the next whole quarter and what is left of the
        year, and how likely the year meets its budget.
    series : str or sequence of str, optional
        Which series, where `result` has several.
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
        Actual as a line, plan as open circles, forecast dashed in its bands; one line of text
        where nothing is forecast.
    """
    if result.empty:
        return setting.absent(id, about, "statement", section=section)
    mine = single_periods(one_series(result, series))
    frame = beside_plan(
        result,
        history,
        running=running,
        year=year,
        series=series,
        year_end=_year_end(mine, about),
    )
    drawn, known = shown(frame), levels(result)
    weeks = about is not None and about.period.weeks is not None
    bounds = [f"{side}{level}" for level in known for side in ("lo", "hi")]
    amounts = frame.loc[frame["role"] != SUM, ["actual", "plan", "forecast", *bounds]]
    scale = look.money_scale(
        amounts.to_numpy(dtype="float64", na_value=math.nan).ravel(),
        setting.currency(about),
        headline=True,
    )
    say = Facts(id, frame, scale)
    told = setting.spoken(measure)
    message = _message(frame, say, told)
    unit = "quarter" if "Q" in drawn[0]["period"] else "month"
    what = f"{told} of {series}" if isinstance(series, str) else told
    planned = any(not look.missing(row["plan"]) for row in drawn)
    sure = " and ".join(f"{level}{look.THIN}%" for level in known)
    first, last = drawn[0]["period"], drawn[-1]["period"]
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about) or setting.capital(what)}{what if about else ''} in {scale.unit}"
            f" by {unit}, {first} to {last}: AC,{' PL,' if planned else ''} FC with {sure} interval"
        ),
        message=message,
        data=frame,
        body=fan(drawn, known, scale, weeks=weeks),
        columns=described(frame, (), setting.currency(about)),
        unit=scale.unit,
        source=setting.source(about, "actuals", "invoices", "budget"),
        as_of=setting.as_of(about),
        notes=_notes(mine, history, known, planned=planned, start=floor_of(drawn, known, scale)),
        alt=_alt(drawn, known, scale, message),
        facts=say.facts,
        section=section,
    )


def _year_end(result: pd.DataFrame, about: About | None) -> str | None:
    """Return the last period of the fiscal year that the first period forecast is in."""
    if about is None:
        return None
    calendar = about.period.calendar
    first = str(result["period"].iloc[0])
    months = calendar.months_of_year(calendar.fiscal_year_of(calendar.period(first).months[-1]))
    return calendar.quarter_of(months[-1]) if "Q" in first else months[-1]


def _message(frame: pd.DataFrame, say: Facts, told: str) -> str:
    """Say where plan lies, of the sums whose interval is known; else what is forecast."""
    sums = [key for key in (NEXT, REST) if say.has(key, "forecast")]
    judged = [key for key in sums if say.has(key, "judged") and bool(say.value(key, "judged"))]
    ahead = frame.loc[frame["role"] == COMES, "row_key"].astype("str").tolist()
    if judged:
        return _plan_lies(frame, say, judged) + _likely(say)
    if bool(frame["judged"].fillna(value=False).any()):
        level = f"{say.number(ahead[0], 'level', scale=0.01)}{look.THIN}%"
        inside = say.count("plan_lies", INSIDE)
        every = say.count("judged", equals=True)
        unit = "quarters" if "Q" in ahead[0] else "months"
        return f"Plan lies inside the {level} interval in {inside} of {every} {unit} to come"
    if not sums:
        amount = f"{say.amount(ahead[-1], 'forecast')}{look.THIN}{say.scale.unit}"
        return f"{setting.capital(told)} is forecast at {amount} in {ahead[-1]}"
    parts = []
    for place, key in enumerate(sums):
        unit = "" if place else f"{look.THIN}{say.scale.unit}"
        text = f"at {say.amount(key, 'forecast')}{unit} {_span(frame, say, key)}"
        parts.append(f"{text} ({_reach(frame, say, key)})" if _bounded(frame, say, key) else text)
    return f"{setting.capital(told)} is forecast {' and '.join(parts)}"


def _plan_lies(frame: pd.DataFrame, say: Facts, judged: list[str]) -> str:
    """Say of each sum whether plan lies inside the interval, with plan and interval."""
    level = f"{say.number(judged[0], 'level', scale=0.01)}{look.THIN}%"
    low, high = _narrow(frame)
    parts = []
    for place, key in enumerate(judged):
        unit = "" if place else f"{look.THIN}{say.scale.unit}"
        lies = str(say.value(key, "plan_lies"))
        where = f"{lies} {'it' if place else f'the {level} interval'} "
        same = place and lies == say.value(judged[0], "plan_lies")
        reach = f"{say.amount(key, low)} to {say.amount(key, high)}"
        plan = f"{say.amount(key, 'plan')}{unit}"
        parts.append(f"{'' if same else where}{_span(frame, say, key)} ({plan}; {reach})")
    return f"Plan lies {' and '.join(parts)}"


def _likely(say: Facts) -> str:
    """Say how likely the year meets its budget, where that is known."""
    if not say.has(YEAR, MEETS):
        return ""
    likely = float(say.value(YEAR, MEETS))  # type: ignore[arg-type]
    if not _RARE <= likely <= 1 - _RARE:
        verb = "miss" if likely < _RARE else "meet"
        return f"; with what has come, the year is all but sure to {verb} its budget"
    share = say.number(YEAR, MEETS, scale=0.01)
    return f"; with what has come, the year meets its budget with {share}{look.THIN}% probability"


def _bounded(frame: pd.DataFrame, say: Facts, key: str) -> bool:
    return all(say.has(key, bound) for bound in _narrow(frame))


def _narrow(frame: pd.DataFrame) -> tuple[str, str]:
    level = levels(frame)[0]
    return f"lo{level}", f"hi{level}"


def _reach(frame: pd.DataFrame, say: Facts, key: str) -> str:
    low, high = _narrow(frame)
    level = say.number(key, "level", scale=0.01)
    return f"{level}{look.THIN}%: {say.amount(key, low)} to {say.amount(key, high)}"


def _span(frame: pd.DataFrame, say: Facts, key: str) -> str:
    """Name the periods of a sum, as in "for the next 3 months"."""
    if key == REST and say.value(key, "stretch") == THIS_YEAR:
        return "to the end of the year"
    label = str(say.value(key, "period"))
    if say.has(key, "actual"):
        return f"for {label}"
    unit = "quarter" if "Q" in str(frame["period"].iloc[-1]) else "month"
    count = say.number(key, "count")
    return f"for the next {unit}" if count == "1" else f"for the next {count} {unit}s"


def _notes(
    result: pd.DataFrame,
    history: pd.DataFrame,
    known: list[int],
    *,
    planned: bool,
    start: str,
) -> tuple[str, ...]:
    """Say what is drawn how, and what there is to know of the series."""
    wide = f" and tinted {known[-1]}{look.THIN}%" if len(known) > 1 else ""
    text = (
        f"AC actual, solid;{' PL plan, open circles;' if planned else ''} FC forecast, dashed, in"
        f" hatched {known[0]}{look.THIN}%{wide} intervals, learned from how the same forecasts"
        " missed in the past. Sums have intervals of their own."
    )
    if start:
        text += f" The axis starts at {start}."
    notes = [text]
    row = result.iloc[0]
    why = [str(row[name]) for name in ("reason", "fallback") if name in row.index and row[name]]
    left = history.attrs.get("reason", "")
    if why or left:
        notes.append(setting.capital("; ".join([*why, *([left] if left else [])])) + ".")
    return tuple(notes)


def _alt(rows: list[dict[str, Any]], known: list[int], scale: look.Scale, message: str) -> str:
    came = [row for row in rows if row["role"] == CAME]
    told = []
    if came:
        told.append(f"AC {came[-1]['period']} {scale.amount(came[-1]['actual'])}")
    for row in rows:
        if row["role"] != COMES:
            continue
        text = f"{row['period']} FC {scale.amount(row['forecast'])}"
        low, high = row[f"lo{known[0]}"], row[f"hi{known[0]}"]
        if not look.missing(low):
            text += f" ({scale.amount(low)} to {scale.amount(high)})"
        if not look.missing(row["plan"]):
            text += f", PL {scale.amount(row['plan'])}"
        told.append(text)
    return f"Line with a fan in {scale.unit}. {message}. {'; '.join(told)}."
