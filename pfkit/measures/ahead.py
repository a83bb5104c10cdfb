"""Forecasts beside what came and what was planned, period by period and in sum."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError, near_miss
from pfkit.measures.fleet.periods import QUARTERS, period_label, read_period
from pfkit.measures.fleet.table import SERIES, TOTAL
from pfkit.measures.rows import COUNT, FLAG, MONEY, NONE, RATE, TEXT, records, require, result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INSIDE, ABOVE, BELOW = "inside", "above", "below"
#: Roles of rows: what came, what is to come, and sums of the latter.
CAME, COMES, SUM = "actual", "forecast", "total"
#: Stretches of periods to come; without a year's end there is but one.
THIS_YEAR, LATER, AHEAD = "this year", "later", "ahead"
#: Keys of sums: the next three months or next quarter, what is left of the year, the year.
NEXT, REST, YEAR = "next", "rest", "year"
#: What stands in a column that is added up over, and the grains of periods, fine to coarse.
EVERY = "(all)"
_GRAINS = ("month", "quarter")
MEETS = "meets_budget_share"
_SPANS = {"remaining": REST, "year": YEAR}
_BOUND = re.compile(r"lo(\d+)")
_NEXT = {QUARTERS: 1}
_BETTER, _WORSE, _UNTESTED = "better", "no better", "not tested"


def series_names(forecasts: pd.DataFrame) -> list[str]:
    """Return the columns that name a series in a result of `forecast` or `coherent_forecast`."""
    columns = [str(column) for column in forecasts.columns]
    return columns[1 : columns.index("depth" if "depth" in columns else "step")]


def levels(forecasts: pd.DataFrame) -> list[int]:
    """Return the levels of the intervals in percent, narrow ones first."""
    found = (_BOUND.fullmatch(str(column)) for column in forecasts.columns)
    return sorted(int(one[1]) for one in found if one)


def single_periods(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of months, or of quarters where there are no months, with their ``step``."""
    if "grain" not in forecasts.columns:
        return forecasts
    grains = forecasts["grain"].astype("str")
    fine = forecasts[(grains == next(g for g in _GRAINS if (grains == g).any())).to_numpy()]
    names = series_names(forecasts)
    return fine.assign(step=fine.groupby(names, sort=False).cumcount() + 1)


def one_series(forecasts: pd.DataFrame, series: str | Sequence[str] | None) -> pd.DataFrame:
    """Return the rows of one series of a result of `forecast`; of a company where it has one.

    Raises
    ------
    ParameterError
        If there are several and none is named, or the one named is not there.
    """
    names = series_names(forecasts)
    if series is None and "depth" in forecasts.columns:
        return forecasts.loc[(forecasts["depth"] == 0).to_numpy()]
    labels = forecasts[names[0]].astype("str")
    for name in names[1:]:
        labels = labels + " · " + forecasts[name].astype("str")
    known = list(dict.fromkeys(labels))
    if series is None:
        if len(known) > 1:
            raise ParameterError(
                f"there are {len(known)} series, and one is drawn",
                advice=f"Name it in series: {', '.join(known[:3])}.",
            )
        return forecasts
    wanted = series if isinstance(series, str) else " · ".join(series)
    short = labels.str.removesuffix(f" · {EVERY}")
    found = ((labels == wanted) | (short == wanted)).to_numpy()
    if not found.any():
        raise ParameterError(
            f"series {wanted!r} is not forecast",
            advice=near_miss(wanted, known, noun="series"),
        )
    return forecasts.loc[found]


def beside_plan(
    forecasts: pd.DataFrame,
    history: pd.DataFrame,
    *,
    running: pd.DataFrame | None = None,
    year: pd.DataFrame | None = None,
    series: str | Sequence[str] | None = None,
    year_end: str | None = None,
) -> pd.DataFrame:
    """Set one series' forecast beside what came and its plan, with sums and where plan lies.

    Parameters
    ----------
    forecasts : pandas.DataFrame
        Result of `forecast`, or of `coherent_forecast`, whose company is the series by default.
    history : pandas.DataFrame
        What it was made from: ``period``, ``amount`` and, where there is one, ``plan``.
    running : pandas.DataFrame, optional
        Result of `forecast` with ``running=True``: the intervals of sums.
    year : pandas.DataFrame, optional
        Result of `year_forecast`: the intervals of sums, and how likely the budget is met.
    series : str or sequence of str, optional
        The series, where there are several.
    year_end : str, optional
        The last period of the fiscal year; the last one forecast by default.

    Returns
    -------
    pandas.DataFrame
        One row per period: ``row_key``, ``role`` (actual, forecast), ``stretch`` (came, this year,
        later; ahead without a year's end), ``period``, ``count``, ``actual``, ``plan``,
        ``forecast`` and per level ``lo80`` and
        ``hi80``; ``plan_variance``: forecast less plan; ``plan_lies`` (inside, above, below the
        narrowest interval), ``judged``: whether it does, and ``level``: that of the interval.
        Rows ``next`` and ``rest`` are sums with role ``total``: of the next three months or the
        next quarter, and to the year's end; their intervals are NA without `running`, and plan is
        not added up over a period that has none. With `year` they are the next whole quarter and
        what is left of the year, beside a row ``year`` for all of it, with what has come; and
        ``meets_budget_share`` is the probability of meeting the budget.
    """
    mine = single_periods(one_series(forecasts, series))
    names = series_names(mine)
    told = history_of(history, mine, names)
    bounds = [f"{side}{level}" for level in levels(mine) for side in ("lo", "hi")]
    narrow = levels(mine)[0]
    rows = [_came(record) for record in told[told["amount"].notna()].to_dict("records")]
    plan = dict(zip(told["period"], told["plan"], strict=True))
    ahead = []
    for record in records(mine):
        period = str(record["period"])
        row = {"row_key": period, "role": COMES, "period": period, "count": 1}
        within = THIS_YEAR if year_end is None or period <= year_end else LATER
        row["stretch"] = AHEAD if year_end is None else within
        row |= {"forecast": record["mean"], "plan": _plain(plan.get(period))}
        ahead.append(row | {bound: record[bound] for bound in bounds})
    if year is not None:
        sums = _of_year(year, mine, names, bounds)
    else:
        sums = _sums(ahead, None if running is None else one_series(running, series), bounds)
    rows += [_judged(row, narrow) for row in (*ahead, *sums)]
    texts = ("row_key", "role", "stretch", "period")
    amounts = ("actual", "plan", "forecast", *bounds, "plan_variance")
    columns = dict.fromkeys(texts, TEXT) | {"count": COUNT} | dict.fromkeys(amounts, MONEY)
    columns |= {"plan_lies": TEXT, "judged": FLAG, "level": RATE, MEETS: RATE}
    found = result([dict.fromkeys(columns) | row for row in rows], columns)
    return found.assign(**{name: found[name].round(2) for name in amounts})


def history_of(
    history: pd.DataFrame, forecasts: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """Return ``period, amount, plan`` of the one series that `forecasts` is about."""
    value = "amount" if "amount" in history.columns else "value"
    require(history, ["period", value], name="history")
    rows = history
    if list(names) != [SERIES] or SERIES in history.columns:
        require(history, names, name="history")
        for name in names:
            label = str(forecasts[name].iloc[0])
            if label == EVERY:
                continue
            rows = rows[(rows[name].astype("str").fillna(NONE) == label).to_numpy()]
    taken = {"amount": rows[value], "plan": rows["plan"] if "plan" in rows.columns else pd.NA}
    found = pd.DataFrame({"period": rows["period"].astype("str"), **taken})
    found = found.astype(dict.fromkeys(taken, "Float64"))
    return found.groupby("period", sort=True)[list(taken)].sum(min_count=1).reset_index()


def _came(record: Mapping[Any, Any]) -> dict[str, Any]:
    period = str(record["period"])
    return {
        "row_key": period,
        "role": CAME,
        "stretch": "came",
        "period": period,
        "count": 1,
        "actual": float(record["amount"]),
        "plan": _plain(record["plan"]),
        "plan_lies": "",
        "judged": False,
    }


def _plain(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]


def _sums(
    ahead: list[dict[str, Any]], running: pd.DataFrame | None, bounds: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the sums of the next periods and of what is left of the year."""
    season = (read_period(str(ahead[0]["period"])) or (0, 0))[0]
    soon = _NEXT.get(season, 3)
    left = sum(row["stretch"] != LATER for row in ahead)
    found = []
    totals = {} if running is None else {int(row["step"]): row for row in records(running)}
    for key, count in ((NEXT, soon), (REST, left)):
        if count < 1 or count > len(ahead) or (key == REST and count == soon):
            continue
        part = ahead[:count]
        planned = [row["plan"] for row in part]
        row = {"row_key": key, "role": SUM, "stretch": ahead[0]["stretch"], "count": count}
        row["period"] = f"{part[0]['period']} to {part[-1]['period']}"
        row["plan"] = None if None in planned else sum(planned)
        known = totals.get(count, {})
        row["forecast"] = known.get("mean", sum(one["forecast"] for one in part))
        found.append(row | {bound: known.get(bound) for bound in bounds})
    return found


def _of_year(
    year: pd.DataFrame, mine: pd.DataFrame, names: Sequence[str], bounds: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the next whole quarter, what is left of the year, and the year, of one series."""
    rows, own = year, [str(column) for column in year.columns]
    known = own[1 : own.index("role")]
    if any(name not in known and str(mine[name].iloc[0]) not in {EVERY, TOTAL} for name in names):
        return []  # sums of whole products say nothing of one family
    for name in known:
        label = str(mine[name].iloc[0]) if name in names else EVERY
        told = rows[name].astype("str")
        if bool((told != told.iloc[0]).any()):
            rows = rows[(told == label).to_numpy()]
    season = (read_period(str(mine["period"].iloc[0])) or (0, 0))[0]
    chosen: dict[str, dict[str, Any]] = {}
    for one in records(rows):
        key = _SPANS.get(str(one["span"]), NEXT)
        if one["ahead"] and (key != NEXT or one["ahead"] == _NEXT.get(season, 3)):
            chosen.setdefault(key, one)
    if NEXT in chosen and REST in chosen and chosen[NEXT]["ahead"] == chosen[REST]["ahead"]:
        del chosen[NEXT]  # the last quarter is all that is left of the year
    found = []
    for key in (NEXT, REST, YEAR):
        if key not in chosen:
            continue
        told_row = chosen[key]
        row = {"row_key": key, "role": SUM, "stretch": THIS_YEAR, "count": told_row["ahead"]}
        row |= {"period": told_row["period"], "actual": told_row["actual_to_date"]}
        row |= {"forecast": told_row["mean"], "plan": told_row["budget"]}
        row |= {bound: told_row.get(bound) for bound in bounds}
        found.append(row | {MEETS: told_row["meets_budget_share"]})
    return found


def _judged(row: dict[str, Any], narrow: int) -> dict[str, Any]:
    """Add how far forecast and plan lie apart, and where plan lies."""
    plan, low, high = row["plan"], row.get(f"lo{narrow}"), row.get(f"hi{narrow}")
    row["plan_variance"] = None if plan is None else row["forecast"] - plan
    row["plan_lies"], row["level"] = "", narrow / 100
    if plan is not None and low is not None and high is not None:
        row["plan_lies"] = BELOW if plan < low else ABOVE if plan > high else INSIDE
    row["judged"] = row["plan_lies"] != ""
    return row


def by_series(
    forecasts: pd.DataFrame, history: pd.DataFrame | None = None, *, periods: int = 3
) -> pd.DataFrame:
    """Return one row per series with its next periods side by side.

    Parameters
    ----------
    forecasts : pandas.DataFrame
        Result of `forecast`.
    history : pandas.DataFrame, optional
        What it was made from: gives the last actual and the plan.
    periods : int
        How many periods ahead.

    Returns
    -------
    pandas.DataFrame
        ``row_key``; ``label``; ``last``: the last actual; per period ahead ``forecast_1, low_1,
        high_1, plan_1``, of the narrowest interval; ``plan_lies`` of the first; ``n``, ``error``,
        ``tested`` (better than last year's value, no better, not tested), ``model``, ``fallback``
        and ``reason`` as in `forecast`.
    """
    forecasts = single_periods(forecasts)
    names = series_names(forecasts)
    narrow = levels(forecasts)[0]
    rows = []
    near: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in records(forecasts[(forecasts["step"] <= periods).to_numpy()]):
        near.setdefault(tuple(str(one[name]) for name in names), []).append(one)
    known = None if history is None else _histories(history, forecasts, names)
    for label, taken in near.items():
        row: dict[str, Any] = {"label": " · ".join(label)}
        row["row_key"] = str(taken[0]["row_key"]).rpartition("|")[0]
        plan: dict[str, Any] = {}
        if known is not None:
            told = known.get(label, [])
            came = [amount for _, amount, _ in told if amount is not None]
            row["last"] = came[-1] if came else None
            plan = {period: planned for period, _, planned in told}
        for place, one in enumerate(taken, start=1):
            row[f"forecast_{place}"] = one["mean"]
            row[f"low_{place}"], row[f"high_{place}"] = one[f"lo{narrow}"], one[f"hi{narrow}"]
            row[f"plan_{place}"] = _plain(plan.get(str(one["period"])))
        first = {"plan": row["plan_1"], "forecast": row["forecast_1"]}
        first |= {f"lo{narrow}": row["low_1"], f"hi{narrow}": row["high_1"]}
        row["plan_lies"] = _judged(first, narrow)["plan_lies"]
        row |= {name: taken[0].get(name) for name in ("n", "error", "model", "fallback", "reason")}
        error = row["error"]
        row["tested"] = _UNTESTED if error is None else _BETTER if error < 1 else _WORSE
        rows.append(row)
    columns = {"row_key": TEXT, "label": TEXT, "last": MONEY}
    for place in range(1, periods + 1):
        parts = ("forecast", "low", "high", "plan")
        columns |= {f"{part}_{place}": MONEY for part in parts}
    columns |= {"plan_lies": TEXT, "n": COUNT, "error": RATE, "tested": TEXT}
    columns |= dict.fromkeys(("model", "fallback", "reason"), TEXT)
    made = result([dict.fromkeys(columns) | row for row in rows], columns)
    decimals = {name: 2 for name, kind in columns.items() if kind == MONEY} | {"error": 4}
    return made.round(decimals)


def _histories(
    history: pd.DataFrame, forecasts: pd.DataFrame, names: Sequence[str]
) -> dict[tuple[str, ...], list[tuple[str, float | None, float | None]]]:
    """Return ``period, amount, plan`` of every series by its label, in one pass."""
    labels = forecasts[list(names)].astype("str")
    whole = (labels == EVERY).to_numpy().any(1)
    found: dict[tuple[str, ...], list[tuple[str, float | None, float | None]]] = {}
    for label in labels[whole].drop_duplicates().itertuples(index=False, name=None):
        first = int(np.flatnonzero((labels == list(label)).to_numpy().all(1))[0])
        mine = forecasts.iloc[[first]]
        rows = history_of(history, mine, names)
        found[label] = [_triple(one) for one in records(rows)]
    if list(names) == [SERIES] and SERIES not in history.columns:
        rows = history_of(history, forecasts.head(1), names)
        told = [_triple(one) for one in records(rows)]
        every = labels.drop_duplicates().itertuples(index=False, name=None)
        return found | dict.fromkeys(every, told)
    value = "amount" if "amount" in history.columns else "value"
    require(history, ["period", value, *names], name="history")
    taken = {"amount": history[value], "plan": history.get("plan", pd.NA)}
    keys = {name: history[name].astype("str").fillna(NONE) for name in names}
    table = pd.DataFrame(keys | {"period": history["period"].astype("str")} | taken)
    table = table.astype(dict.fromkeys(taken, "Float64"))
    sums = table.groupby([*names, "period"], sort=True)[list(taken)].sum(min_count=1)
    for one in records(sums.reset_index()):
        found.setdefault(tuple(str(one[name]) for name in names), []).append(_triple(one))
    return found


def _triple(record: Mapping[str, Any]) -> tuple[str, float | None, float | None]:
    return str(record["period"]), _plain(record["amount"]), _plain(record["plan"])


def next_periods(forecasts: pd.DataFrame, periods: int) -> list[str]:
    """Return the labels of the next periods, as every series has them; those of the first."""
    first = str(single_periods(forecasts)["period"].iloc[0])
    season, number = read_period(first) or (0, 0)
    return [period_label(season, number + place) for place in range(periods)]
