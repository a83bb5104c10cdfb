"""Usage: how much of each metric was counted, and how it moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import COUNT, NONE, RATE, TEXT, reasons, require, result, row_keys, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.period import Period

_UNITS = "float64"
_DECIMALS = 6
_NAMED = {"previous": "previous period", "prior_year": "prior year"}
_PREFIX = {"previous": "previous", "prior_year": "prior"}

Sums = dict[tuple[str, str], float]


def usage(
    activity: pd.DataFrame,
    *,
    period: Period,
    by: str = "product",
    rates: Mapping[str, Sequence[str]] | None = None,
    top: int | None = None,
) -> pd.DataFrame:
    r"""Count each metric of a period, beside the period before and the year before.

    Use it for what was done with a product, in its own units; `product_pnl` gives the money.

    Parameters
    ----------
    activity : pandas.DataFrame
        Table ``usage``, or ``book.activity``; ``units`` of each ``metric`` by ``period``.
    period : Period
        The month, quarter or year reported.
    by : str
        ``product``, ``feature`` or another column of `activity`.
    rates : mapping of str to sequence of str, optional
        Shares of one metric in another: ``{"conversion": ("purchases", "sessions")}``.
    top : int, optional
        Rows shown of each metric; the rest stand together as ``Other (n)``. Default: all.

    Returns
    -------
    pandas.DataFrame
        For each metric, in alphabetical order, a row with everything (``role`` ``total``), the
        values of `by` by size (``item``) and ``other``; only ``item`` where there is one value.
        ``row_key, metric``, `by`, ``label, role, count`` (values of `by` in it); ``units,
        previous, prior_year, units_ytd`` in units of the metric; ``previous_variance`` and
        ``prior_variance``, each with ``_rate``, a fraction; ``rate`` (name of the share that has
        the metric on top) with ``value_share`` and ``previous_share``; ``reason`` says why
        something is NA.

    Raises
    ------
    ContractError
        If `activity` lacks a column.
    MeasureError
        If an amount is missing, a rate names a metric that is not in the input, or `top` is not
        positive.

    Notes
    -----
    Different metrics are never added. Units are added exactly and rounded to six decimals, so that
    kilograms stay kilograms. A period with a month missing is not compared.

    References
    ----------
    .. [1] Croll, A. and Yoskovitz, B., *Lean Analytics*, ch. 2 (a metric is a ratio or a rate).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> activity = pd.DataFrame(
    ...     [
    ...         ("2026-01", "Shop", "visits", 80.0),
    ...         ("2026-02", "Shop", "visits", 100.0),
    ...         ("2026-02", "Shop", "purchases", 4.0),
    ...     ],
    ...     columns=["period", "product", "metric", "units"],
    ... )
    >>> table = usage(
    ...     activity,
    ...     period=FiscalCalendar().period("2026-02"),
    ...     rates={"conversion": ("purchases", "visits")},
    ... )
    >>> table[["metric", "units", "previous_variance_rate", "value_share"]].values.tolist()
    [['purchases', 4.0, <NA>, 0.04], ['visits', 100.0, 0.25, <NA>]]
    """
    require(activity, ["period", "metric", "units", by], name="usage")
    if top is not None and top < 1:
        raise MeasureError(f"top {top} shows no row", where="top", advice="Give 1 or more.")
    rows = pd.DataFrame({name: texts(activity[name]) for name in ("period", "metric", by)})
    rows["units"] = activity["units"].astype("float64").to_numpy()
    if not bool(rows["units"].map(math.isfinite).all()):
        raise MeasureError(
            "some units are missing or not finite", where="usage", advice="Quarantine these rows."
        )
    named = _named_rates(rates or {}, set(rows["metric"]))
    reads = {
        "units": period,
        "previous": period.previous,
        "prior_year": period.prior_year,
        "ytd": period.year_to_date,
    }
    sums = {name: _sums(rows, by, stretch) for name, stretch in reads.items()}
    why = {name: _why(rows, name, stretch) for name, stretch in reads.items()}
    table = _table(top, sums)
    keys = row_keys([(metric, key) for metric, key, _, _, _ in table])
    out = [
        {"row_key": row_key, "metric": metric, by: key}
        | {"label": label, "role": role, "count": len(parts)}
        | _row(metric, parts, sums, why, named)
        for row_key, (metric, key, label, role, parts) in zip(keys, table, strict=True)
    ]
    return result(out, _columns(by))


def _columns(by: str) -> dict[str, str]:
    columns = dict.fromkeys(("row_key", "metric", by, "label", "role"), TEXT) | {"count": COUNT}
    columns |= dict.fromkeys(("units", "previous", "prior_year", "units_ytd"), _UNITS)
    for prefix in _PREFIX.values():
        columns |= {f"{prefix}_variance": _UNITS, f"{prefix}_variance_rate": RATE}
    return columns | {
        "rate": TEXT,
        "value_share": RATE,
        "previous_share": RATE,
        "reason": TEXT,
    }


def _named_rates(rates: Mapping[str, Sequence[str]], known: set[str]) -> dict[str, tuple[str, str]]:
    """Return for a metric the name of its share and the metric it is a share of."""
    found = {}
    for name, metrics in rates.items():
        for metric in metrics:
            if known and metric not in known:
                raise MeasureError(
                    f"rate {name!r} names metric {metric!r}, which is not in the input",
                    where="usage",
                    advice=near_miss(metric, known, noun="metric"),
                )
        found[metrics[0]] = (name, metrics[1])
    return found


def _sums(rows: pd.DataFrame, by: str, stretch: Period) -> Sums | None:
    """Return units per metric and value; None where a month of the stretch is missing."""
    mine = rows[rows["period"].isin(stretch.months)]
    if mine["period"].nunique() < len(stretch.months):
        return None
    parts: dict[tuple[str, str], list[float]] = {}
    for metric, value, units in zip(mine["metric"], mine[by], mine["units"], strict=True):
        parts.setdefault((metric, value), []).append(units)
    return {label: math.fsum(units) for label, units in parts.items()}


def _why(rows: pd.DataFrame, name: str, stretch: Period) -> str:
    there = rows.loc[rows["period"].isin(stretch.months), "period"].nunique()
    if there == len(stretch.months):
        return ""
    what = _NAMED.get(name, "year to date" if name == "ytd" else "usage")
    if there == 0:
        return f"{what}: {stretch.label} is not in the input"
    return f"{what}: {there} of {len(stretch.months)} months of {stretch.label} in the input"


def _table(
    top: int | None, sums: Mapping[str, Sums | None]
) -> list[tuple[str, str, str, str, list[str]]]:
    """Return metric, value, label, role and the values of each row, in printed order."""
    there = {label for known in sums.values() for label in known or ()}
    out: list[tuple[str, str, str, str, list[str]]] = []
    for metric in sorted({metric for metric, _ in there}):
        size = {
            value: abs((sums["units"] or {}).get((metric, value), 0.0))
            for kind, value in there
            if kind == metric
        }
        values = sorted(size, key=lambda value: (-size[value], value))
        if len(values) == 1:
            out.append((metric, values[0], metric, "item", values))
            continue
        shown = values if top is None or len(values) <= top + 1 else values[:top]
        out.append((metric, "", metric, "total", values))
        out += [(metric, v, NONE if v == NONE else v, "item", [v]) for v in shown]
        if len(values) > len(shown):
            rest = values[len(shown) :]
            out.append((metric, "other", f"Other ({len(rest)})", "other", rest))
    return out


def _row(
    metric: str,
    parts: Sequence[str],
    sums: Mapping[str, Sums | None],
    why: Mapping[str, str],
    rates: Mapping[str, tuple[str, str]],
) -> dict[str, Any]:
    told = {name: _added(known, metric, parts) for name, known in sums.items()}
    row: dict[str, Any] = {name: told[name] for name in ("units", "previous", "prior_year")}
    row["units_ytd"] = told["ytd"]
    missing = [why["units"], why["previous"], why["prior_year"], why["ytd"]]
    for name, prefix in _PREFIX.items():
        now, before = told["units"], told[name]
        gap = None if now is None or before is None else round(now - before, _DECIMALS)
        row[f"{prefix}_variance"] = gap
        row[f"{prefix}_variance_rate"] = gap / abs(before) if gap is not None and before else None
        missing.append(f"{_NAMED[name]} is zero" if before == 0 else "")
    name, base = rates.get(metric, ("", ""))
    row["rate"] = name
    for column, known in (("value_share", "units"), ("previous_share", "previous")):
        whole = _added(sums[known], base, parts)
        row[column] = (told[known] or 0.0) / whole if name and whole else None
        missing.append(f"no {base}" if name and whole == 0 else "")
    return row | {"reason": reasons(*missing)}


def _added(known: Sums | None, metric: str, parts: Sequence[str]) -> float | None:
    if known is None:
        return None
    return round(math.fsum(known.get((metric, value), 0.0) for value in parts), _DECIMALS)
