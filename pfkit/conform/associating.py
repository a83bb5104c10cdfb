"""What product counts and what finance watches, side by side, in the form associations read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.views import REVENUE, nothing

if TYPE_CHECKING:
    from pfkit.period import Period

METRICS = ("period", "metric", "value")
KPIS = ("period", "kpi", "value")
#: More series than these only make every single one harder to tell from chance.
_METRICS, _LINES = 20, 4
_SUMS = {
    "Net revenue": (REVENUE, 1),
    "Cost of revenue": (("cost_of_revenue",), -1),
    "Operating cost": (("operating",), -1),
}


def metrics(activity: pd.DataFrame, period: Period, *, cut_short: str = "") -> pd.DataFrame:
    """Return what was used by month: each metric, and each feature where a metric has several.

    Parameters
    ----------
    activity : pandas.DataFrame
        ``period, product, feature, metric, units``.
    period : Period
        The period reported: nothing after it counts.
    cut_short : str
        The last day with rows, where the last month is not whole: it is left out.

    Returns
    -------
    pandas.DataFrame
        ``period, metric, value``; at most 20 metrics, those with the longest history first.
    """
    rows = _whole(activity, period, cut_short)
    if rows.empty:
        return nothing(METRICS)
    rows = rows.assign(value=rows["units"].astype("float64"))
    sums = rows.groupby(["period", "metric"])[["value"]].sum().reset_index()
    several = rows[rows["feature"] != "(none)"].groupby("metric")["feature"].nunique()
    by = rows[rows["metric"].isin(several[several > 1].index) & (rows["feature"] != "(none)")]
    by = by.assign(metric=by["metric"] + ", " + by["feature"])
    apart = by.groupby(["period", "metric"])[["value"]].sum().reset_index()
    found = pd.concat([sums, apart], ignore_index=True)
    known = found.groupby("metric").size().sort_values(ascending=False, kind="stable")
    kept = found[found["metric"].isin(known.index[:_METRICS])]
    return kept.sort_values(["metric", "period"], ignore_index=True)[list(METRICS)]


def kpis(statement: pd.DataFrame, period: Period, *, cut_short: str = "") -> pd.DataFrame:
    """Return what finance watches by month: revenue, its largest lines, and cost, above zero.

    Parameters
    ----------
    statement : pandas.DataFrame
        The statement of a book; what is stated for longer than a month is left out.
    period : Period
        The period reported: nothing after it counts.
    cut_short : str
        The last day with rows, where the last month is not whole: it is left out.

    Returns
    -------
    pandas.DataFrame
        ``period, kpi, value`` in reporting currency: net revenue, cost of revenue, operating cost,
        and the four largest lines of gross revenue where there are several.
    """
    rows = _whole(statement, period, cut_short)
    rows = rows[rows["version"] == "actual"]
    if "since" in rows.columns:
        rows = rows[rows["since"] == rows["period"]]
    if rows.empty:
        return nothing(KPIS)
    parts = []
    for name, (groups, sign) in _SUMS.items():
        held = rows[rows["group"].isin(groups)]
        sums = (held.groupby("period")["amount"].sum() * sign).rename("value")
        parts.append(sums.reset_index().assign(kpi=name))
    gross = rows[rows["group"] == "gross"]
    lines = gross.groupby("line")["amount"].sum().sort_values(ascending=False, kind="stable")
    if len(lines) > 1:
        held = gross[gross["line"].isin(lines.index[:_LINES])]
        sums = held.groupby(["period", "line"])["amount"].sum().rename("value")
        parts.append(sums.reset_index().rename(columns={"line": "kpi"}))
    found = pd.concat(parts, ignore_index=True)
    found = found.groupby(["kpi", "period"], sort=True)[["value"]].sum().reset_index()
    return found[list(KPIS)]


def _whole(rows: pd.DataFrame, period: Period, cut_short: str) -> pd.DataFrame:
    last = period.months[-1]
    return rows[rows["period"] < last] if cut_short else rows[rows["period"] <= last]
