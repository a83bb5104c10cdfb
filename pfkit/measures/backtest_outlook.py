"""How well the outlook would have done: every past year replayed, beside what else was known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError
from pfkit.measures.budget_lines import line_column
from pfkit.measures.grain import grain
from pfkit.measures.groups import COST_GROUPS, kept
from pfkit.measures.landing import estimate
from pfkit.measures.owners import names_of
from pfkit.measures.replays import replays
from pfkit.measures.rows import COUNT, JOIN, MONEY, RATE, TEXT, result, row_keys
from pfkit.measures.versions import plan_read, versions_read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.measures.landing import Estimate
    from pfkit.measures.medians import Array
    from pfkit.measures.replays import Replays
    from pfkit.measures.spans import Label
    from pfkit.period import Period

#: The simple corrections move the organization's outlook by at most this share.
NUDGE = 0.1
#: What the outlook is set beside, in order.
METHODS = ("plan", "latest", "ratio", "run_rate", "outlook")
_QUARTERS = (3, 6, 9)
_MONEY = ("actual", *METHODS, "low", "high")
_LINES, _TOTAL = "every-line", "total"


def backtest_outlook(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    *,
    period: Period,
    by: str | Sequence[str] | None = None,
    versions: Sequence[str] | None = None,
    plan: str | None = None,
    as_of: dt.date | None = None,
    lag_days: int = 0,
    months: Sequence[int] = _QUARTERS,
    level: float = 0.80,
    accounts: pd.DataFrame | None = None,
    groups: Sequence[str] = COST_GROUPS,
    owners: pd.DataFrame | None = None,
    each: Literal["line", "year"] = "line",
) -> pd.DataFrame:
    r"""Replay the outlook of every past year and set it beside what the year came to.

    Use it before trusting `outlook`: it shows the error of the plan, of the organization's own
    outlook, of two simple corrections of it and of `outlook`, on the same lines and years.

    Parameters
    ----------
    actuals, budget : pandas.DataFrame
        As in `outlook`.
    period : Period
        The last period looked at; years up to its year are replayed where what they came to is
        known.
    by, versions, plan : str or sequence of str, optional
        As in `outlook`.
    as_of : datetime.date, optional
        What years came to counts as known by this day. Default: the latest ``known_on``.
    lag_days : int
        How many days after the end of a month the outlook is made.
    months : sequence of int
        The points of the year replayed, in months gone; default the ends of Q1, Q2 and Q3.
    level : float
        The level of the intervals judged.
    accounts, groups, owners : pandas.DataFrame or sequence of str, optional
        As in `outlook`.
    each : str
        ``line``: a row for every line over all years; ``year``: a row for every year over all
        lines.

    Returns
    -------
    pandas.DataFrame
        Per point of the year: lines (or years), then ``every-line`` (all lines and years one by
        one) and ``total`` (the sum of the lines, year by year). ``row_key``, ``months``, the
        columns of `by` or ``year``, ``label``, ``role`` (``item``, ``subtotal``, ``total``),
        ``count`` (line-years, or years of the total); ``actual`` in reporting currency;
        ``<method>_wape_rate`` and ``<method>_bias_rate`` for ``plan``, ``latest`` (the
        organization's own outlook; where it has none, the last known year's actual), ``ratio``,
        ``run_rate`` and ``outlook``; ``covered_share`` of intervals that hold the actual,
        ``below_share`` and ``above_share`` of actuals outside; ``width_rate``, the width of the
        intervals; ``reason``.

    Raises
    ------
    ContractError, MeasureError
        As in `outlook`; also if `months` holds no month within the year.

    Notes
    -----
    :math:`WAPE = \sum |f - a| / \sum |a|` and :math:`bias = \sum (f - a) / \sum |a|` over lines
    and years where the actual, the organization's own outlook and ours are known. ``ratio`` is
    the organization's outlook times the last known year's actual over its outlook then, held
    between 0.9 and 1.1; ``run_rate`` the year to date times the last known year's actual over its
    year to date, held within ten percent of the organization's outlook. No replay knows a row
    learned after its day: not the plans, not the spending, not the errors it learns from.

    References
    ----------
    .. [1] Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, ch. 5 (evaluation
       by time series cross-validation).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> budget = pd.DataFrame([
    ...     {"version": "B", "period": f"{year}-12", "span": "year", "cost_center": "Fire",
    ...      "known_on": f"{year}-01-01", "amount": 100.0} for year in (2024, 2025)])
    >>> actuals = pd.DataFrame([
    ...     {"period": f"{year}-{month}", "span": "ytd", "cost_center": "Fire",
    ...      "known_on": f"{year}-{month}-28", "amount": amount}
    ...     for year in (2024, 2025) for month, amount in (("06", 50.0), ("12", 110.0))])
    >>> found = backtest_outlook(
    ...     actuals, budget, period=FiscalCalendar().period("2025-12"), months=(6,),
    ...     as_of=dt.date(2025, 12, 31))
    >>> found[["row_key", "count", "plan_wape_rate"]].values.tolist()[0]
    ['6|fire', 2, 0.09090909090909091]
    """
    shared = grain(actuals, budget, period=period, plan=plan)
    actuals, budget = shared.of(actuals), shared.of(budget)
    columns = [line_column(budget, actuals)] if by is None else [by] if isinstance(by, str) else by
    cells = outlook_cells(
        kept(actuals, accounts, groups),
        kept(budget, accounts, groups),
        period=period,
        by=list(columns),
        versions=versions,
        plan=plan,
        as_of=as_of,
        lag_days=lag_days,
        months=months,
        level=level,
    )
    out: list[dict[str, Any]] = []
    for gone in months:
        point = cells[cells["months"] == gone]
        lines = point[point["role"] == "item"]
        keys = list(columns) if each == "line" else ["year"]
        parts = {_label(key): part for key, part in lines.groupby(keys, sort=True)}
        named = dict(zip(parts, row_keys(list(parts), reserved=(_LINES, _TOTAL)), strict=True))
        for label, part in parts.items():
            words = label if each == "year" else names_of(label, columns, accounts, owners)
            out.append(
                {"row_key": f"{gone}|{named[label]}", "months": gone, "role": "item"}
                | {"label": JOIN.join(words)}
                | dict(zip(keys, label, strict=True))
                | _score(part)
            )
        sums = point[point["role"] == "total"]
        for key, role, name, part in (
            (_LINES, "subtotal", "Every line", lines),
            (_TOTAL, "total", "Total", sums),
        ):
            if len(part):
                out.append(
                    {"row_key": f"{gone}|{key}", "months": gone, "role": role, "label": name}
                    | dict.fromkeys(keys, "")
                    | _score(part)
                )
    return result(out, _columns(columns if each == "line" else ["year"]))


def outlook_cells(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    *,
    period: Period,
    by: Sequence[str],
    versions: Sequence[str] | None = None,
    plan: str | None = None,
    as_of: dt.date | None = None,
    lag_days: int = 0,
    months: Sequence[int] = _QUARTERS,
    level: float = 0.80,
) -> pd.DataFrame:
    """Return every replayed outlook: one row per point of the year, year and line, and their sums.

    Parameters
    ----------
    actuals, budget, period, by, versions, plan, as_of, lag_days, months, level
        As in `backtest_outlook`.

    Returns
    -------
    pandas.DataFrame
        ``months``, ``year``, the columns of `by`, ``role`` (``item``, ``total``); ``actual`` and
        every method, ``low``, ``high`` in reporting currency; ``within_plan_share``.
    """
    year = period.year.months
    wrong = [gone for gone in months if not 0 < gone < len(year)]
    if wrong or not months:
        raise MeasureError(
            f"{wrong[0]} months are no point within a year" if wrong else "no point of the year",
            where="months",
            advice=f"Give months gone, from 1 to {len(year) - 1}.",
        )
    names = versions_read(budget, period, versions, plan)
    chosen = plan_read(budget, period, names, plan)
    found: list[dict[str, Any]] = []
    for gone in months:
        point = period.calendar.join((year[gone - 1],), kind="month")
        replay = replays(
            actuals,
            budget,
            period=point,
            by=by,
            versions=names,
            as_of=point.last + dt.timedelta(days=lag_days),
            until=as_of or _latest(actuals, budget),
        )
        found += cells_of(replay, gone, plan=chosen, level=level)
    kinds = {"months": COUNT, "year": TEXT} | dict.fromkeys(by, TEXT) | {"role": TEXT}
    kinds |= dict.fromkeys(_MONEY, MONEY) | {"within_plan_share": RATE}
    return result(found, kinds)


def cells_of(
    replay: Replays, months: int, *, plan: str | None, level: float
) -> list[dict[str, Any]]:
    """Return the rows of `outlook_cells` for one point of the year, estimated from a replay."""
    made = estimate(replay)
    years = range(len(replay.years))
    return [row for place in years for row in _cells(made, place, plan, level, {"months": months})]


def _cells(
    made: Estimate,
    place: int,
    plan: str | None,
    level: float,
    head: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Return the lines of one replayed year whose outcome, own outlook and ours are known."""
    replay, by = made.replay, made.replay.by
    land = made.landing(place, level)
    outcome, latest = replay.outcome[:, place], _latest_word(made, place)
    there = np.isfinite(outcome) & np.isfinite(latest) & np.isfinite(land.outlook) & ~land.known
    lines = [int(line) for line in np.flatnonzero(there)]
    if not lines:
        return []
    planned = replay.stated[plan][:, place] if plan else np.full(len(outcome), np.nan)
    sums = np.nan_to_num(planned) if bool(np.isfinite(planned).any()) else planned
    within = land.within(planned)
    values = {
        "actual": outcome,
        "plan": planned,
        "latest": latest,
        "ratio": _ratio(made, place),
        "run_rate": _run_rate(made, place),
        "outlook": land.outlook,
        "low": land.low,
        "high": land.high,
    }
    head = dict(head) | {"year": str(replay.years[place])}
    rows = [
        head
        | dict(zip(by, replay.labels[line], strict=True))
        | {"role": "item", "within_plan_share": _known(within[line])}
        | {name: _known(column[line] / 100) for name, column in values.items()}
        for line in lines
    ]
    total = land.total(lines, _known(float(sums[lines].sum())))
    values["plan"] = sums
    whole = {name: _known(column[lines].sum() / 100) for name, column in values.items()}
    ends = {"low": total.low, "high": total.high}
    whole |= {name: None if end is None else end / 100 for name, end in ends.items()}
    rows.append(
        head | dict.fromkeys(by, "") | whole | {"role": "total", "within_plan_share": total.within}
    )
    return rows


def _latest_word(made: Estimate, place: int) -> Array:
    """Return the organization's own outlook; without one, the last known year's actual."""
    latest = made.anchor.latest[:, place]
    truth = made.replay.truth[place]
    before = _last_known(truth, np.ones(truth.shape), place, otherwise=np.nan)
    return np.where(np.isfinite(latest), latest, before)


def _ratio(made: Estimate, place: int) -> Array:
    """Return the own outlook times the last known year's actual over its outlook then."""
    latest = made.anchor.latest
    step = _last_known(made.replay.truth[place], latest, place)
    nudged: Array = _latest_word(made, place) * np.clip(step, 1 - NUDGE, 1 + NUDGE)
    return nudged


def _run_rate(made: Estimate, place: int) -> Array:
    """Return the year to date at the pace of the last known year, near the own outlook."""
    spent, latest = made.replay.spent, _latest_word(made, place)
    step = _last_known(made.replay.truth[place], spent, place, otherwise=np.nan)
    run = spent[:, place] * step
    room = np.abs(latest) * NUDGE
    return np.where(np.isfinite(run), np.clip(run, latest - room, latest + room), latest)


def _last_known(truth: Array, said: Array, place: int, *, otherwise: float = 1.0) -> Array:
    found = np.full(len(truth), otherwise)
    for year in range(place):
        there = np.isfinite(truth[:, year]) & np.isfinite(said[:, year]) & (said[:, year] != 0)
        found[there] = truth[there, year] / said[there, year]
    return found


def _score(part: pd.DataFrame) -> dict[str, Any]:
    """Return errors, bias and coverage of some cells."""
    actual = part["actual"].to_numpy(dtype="float64", na_value=np.nan)
    found: dict[str, Any] = {"count": len(part), "actual": float(actual.sum())}
    for method in METHODS:
        value = part[method].to_numpy(dtype="float64", na_value=np.nan)
        there = np.isfinite(value)
        size = float(np.abs(actual[there]).sum())
        error = (value - actual)[there]
        found[f"{method}_wape_rate"] = float(np.abs(error).sum()) / size if size else None
        found[f"{method}_bias_rate"] = float(error.sum()) / size if size else None
    low = part["low"].to_numpy(dtype="float64", na_value=np.nan)
    high = part["high"].to_numpy(dtype="float64", na_value=np.nan)
    there = np.isfinite(low)
    count, size = int(there.sum()), float(np.abs(actual[there]).sum())
    below, above = int((actual < low)[there].sum()), int((actual > high)[there].sum())
    wide = float((high - low)[there].sum())
    return found | {
        "covered_share": (count - below - above) / count if count else None,
        "below_share": below / count if count else None,
        "above_share": above / count if count else None,
        "width_rate": wide / size if size else None,
        "reason": _reason(size, count, len(part)),
    }


def _reason(size: float, intervals: int, cells: int) -> str:
    if intervals == 0:
        return "no interval: no earlier year was known"
    if size == 0:
        return "the actuals are zero"
    return "" if intervals == cells else f"{cells - intervals} of {cells} without interval"


def _columns(keys: Sequence[str]) -> dict[str, str]:
    columns = {"row_key": TEXT, "months": COUNT} | dict.fromkeys(keys, TEXT)
    columns |= {"label": TEXT, "role": TEXT, "count": COUNT, "actual": MONEY}
    columns |= {f"{method}_wape_rate": RATE for method in METHODS}
    columns |= {f"{method}_bias_rate": RATE for method in METHODS}
    columns |= dict.fromkeys(("covered_share", "below_share", "above_share", "width_rate"), RATE)
    return columns | {"reason": TEXT}


def _label(key: object) -> Label:
    return tuple(map(str, key)) if isinstance(key, tuple) else (str(key),)


def _latest(*tables: pd.DataFrame) -> dt.date:
    days = [pd.to_datetime(table["known_on"]).max() for table in tables if len(table)]
    return max(day.date() for day in days)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
