"""Hours worked against hours that could be worked, by team and role."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from pfkit.errors import MeasureError
from pfkit.measures.rows import (
    COUNT,
    JOIN,
    MONEY,
    RATE,
    TEXT,
    reasons,
    require,
    result,
    row_keys,
    texts,
)
from pfkit.measures.statement import ACTUAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.period import Period

_COLUMNS: Final = ("cost_center", "role")
_WITHOUT: Final = "no capacity"
_IDLE: Final = "no hours worked"


def utilization(
    effort: pd.DataFrame,
    capacity: pd.DataFrame,
    *,
    period: Period,
    by: Sequence[str] = _COLUMNS,
    over: float = 1.0,
    under: float = 0.8,
) -> pd.DataFrame:
    r"""Compare hours worked with hours that could be worked.

    Use it before hiring or moving work; `reallocation` proposes moves.

    Parameters
    ----------
    effort : pandas.DataFrame
        Table ``effort``; version ``actual`` counts.
    capacity : pandas.DataFrame
        Table ``capacity``: ``period``, ``cost_center``, ``role``, ``hours``.
    period : Period
        The month, quarter or year reported.
    by : sequence of str
        What a row is: ``cost_center``, ``role`` or both.
    over, under : float
        Shares of capacity above and below which a row is marked.

    Returns
    -------
    pandas.DataFrame
        The fullest first, then ``total`` (of rows with capacity). ``row_key``, the columns of `by`
        (the role of work as ``effort_role``), ``label``, ``role`` (``item``, ``total``);
        ``capacity``, ``worked`` and ``spare`` hours (below 0: more was worked than there is);
        ``used_share``, ``used_to_date_share`` (year to date) and ``highest_share`` (the fullest
        month of the year to date), fractions; ``spare_cost``, spare hours at the hourly cost of
        those worked, in reporting currency; ``months`` over `over` in the year to date; ``state``
        (``over``, ``under`` or empty); ``reason``.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If `by` is not known or hours are missing.

    Notes
    -----
    :math:`used = worked / capacity`. Rows without capacity have no share and are not in the total.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 9 (capacity).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> at = {"period": "2026-01", "cost_center": "R&D", "role": "Engineer"}
    >>> effort = pd.DataFrame(
    ...     [at | {"version": "actual", "product": "Atlas", "hours": 90.0, "hourly_cost": 80.0}]
    ... )
    >>> capacity = pd.DataFrame([at | {"hours": 120.0}])
    >>> found = utilization(effort, capacity, period=FiscalCalendar().period("2026-01"))
    >>> found[["label", "used_share", "spare", "spare_cost"]].values.tolist()[0]
    ['R&D · Engineer', 0.75, 30.0, 2400.0]
    """
    columns = list(by)
    if not columns or set(columns) - set(_COLUMNS):
        raise MeasureError(
            f"by {columns} is no part of a team",
            where="by",
            advice="Name cost_center, role or both.",
        )
    require(effort, ["version", "period", *_COLUMNS, "hours", "hourly_cost"], name="effort")
    require(capacity, ["period", *_COLUMNS, "hours"], name="capacity")
    worked = _hours(effort[texts(effort["version"]) == ACTUAL], columns, "effort")
    there = _hours(capacity, columns, "capacity")
    rows = []
    for key in sorted({*worked, *there}):
        spans = (period.months, period.year_to_date.months)
        done, could = worked.get(key, {}), there.get(key, {})
        if not any(month in done or month in could for month in period.months):
            continue
        label = {_named(c): value for c, value in zip(columns, key, strict=True)}
        label |= {"label": JOIN.join(key), "role": "item"}
        rows.append(label | _row(done, could, spans, (over, under)))
    if not rows:
        return result([], _types(columns))
    rows.sort(key=lambda r: (r["used_share"] is None, -(r["used_share"] or 0.0), r["label"]))
    total = _added([row for row in rows if row["capacity"] is not None], columns)
    keys = row_keys([tuple(row[_named(c)] for c in columns) for row in rows], reserved=["total"])
    out = [
        {"row_key": key} | row for key, row in zip([*keys, "total"], [*rows, total], strict=True)
    ]
    return result(out, _types(columns))


def _named(column: str) -> str:
    return "effort_role" if column == "role" else column


_Months = dict[str, tuple[float, float]]


def _hours(table: pd.DataFrame, by: Sequence[str], name: str) -> dict[tuple[str, ...], _Months]:
    """Return hours, and their cost where it is known, by team and month."""
    rows = table.assign(**{column: texts(table[column]) for column in by})
    hours = rows["hours"].astype("float64")
    if not hours.map(math.isfinite).all():
        raise MeasureError(
            "hours are missing", where=name, advice="Quarantine these rows in the book."
        )
    rows["hours"] = hours
    cost = rows["hourly_cost"].astype("float64") if "hourly_cost" in rows.columns else math.nan
    rows["cost"] = hours * cost
    sums = rows.groupby([*by, "period"])[["hours", "cost"]].sum(min_count=1).reset_index()
    found: dict[tuple[str, ...], _Months] = {}
    for record in sums.to_dict("records"):
        key = tuple(str(record[column]) for column in by)
        found.setdefault(key, {})[str(record["period"])] = (record["hours"], record["cost"])
    return found


def _row(
    done: _Months,
    could: _Months,
    spans: Sequence[Sequence[str]],
    limits: tuple[float, float],
) -> dict[str, Any]:
    now, to_date = spans
    worked = math.fsum(done.get(month, (0.0, 0.0))[0] for month in now)
    cost = math.fsum(c for m in now for h, c in [done.get(m, (0.0, 0.0))] if math.isfinite(c))
    known = [month for month in now if month in could]
    hours = math.fsum(could[month][0] for month in known) if known else None
    shares = [
        done.get(month, (0.0, 0.0))[0] / could[month][0]
        for month in to_date
        if month in could and could[month][0] > 0
    ]
    share = worked / hours if hours and hours > 0 else None
    spare = None if hours is None else hours - worked
    part = [month for month in to_date if month in could]
    whole = math.fsum(could[month][0] for month in part)
    year = math.fsum(done.get(month, (0.0, 0.0))[0] for month in part)
    state = ""
    if share is not None:
        state = "over" if share > limits[0] else ("under" if share < limits[1] else "")
    partial = "" if hours is None or len(known) == len(now) else "capacity of some months only"
    return {
        "capacity": hours,
        "worked": worked,
        "spare": spare,
        "used_share": share,
        "used_to_date_share": year / whole if whole > 0 else None,
        "highest_share": max(shares, default=None),
        "spare_cost": spare * cost / worked if spare is not None and worked > 0 and cost else None,
        "months": sum(one > limits[0] for one in shares),
        "state": state,
        "reason": reasons(_WITHOUT if hours is None else "", partial, "" if worked else _IDLE),
    }


def _added(rows: Sequence[dict[str, Any]], by: Sequence[str]) -> dict[str, Any]:
    capacity, worked = (math.fsum(row[name] for row in rows) for name in ("capacity", "worked"))
    costs = [row["spare_cost"] for row in rows if row["spare_cost"] is not None]
    return {
        **{_named(column): "" for column in by},
        "label": "Total",
        "role": "total",
        "capacity": capacity,
        "worked": worked,
        "spare": capacity - worked,
        "used_share": worked / capacity if capacity > 0 else None,
        "used_to_date_share": None,
        "highest_share": None,
        "spare_cost": math.fsum(costs) if costs else None,
        "months": None,
        "state": "",
        "reason": "" if rows else _WITHOUT,
    }


def _types(by: Sequence[str]) -> dict[str, str]:
    columns = {"row_key": TEXT} | {_named(column): TEXT for column in by}
    columns |= {"label": TEXT, "role": TEXT}
    columns |= dict.fromkeys(("capacity", "worked", "spare"), "Float64")
    columns |= dict.fromkeys(("used_share", "used_to_date_share", "highest_share"), RATE)
    return columns | {"spare_cost": MONEY, "months": COUNT, "state": TEXT, "reason": TEXT}
