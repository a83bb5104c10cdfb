"""Forecasts that add up: product to family to company, month to quarter to year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError
from pfkit.measures.coherent.hierarchy import history_of
from pfkit.measures.coherent.overrides import HELD
from pfkit.measures.coherent.solve import solve
from pfkit.measures.coherent.spans import spans_of
from pfkit.measures.fleet.periods import MONTHS
from pfkit.measures.forecast import HORIZONS, LEVELS, TIERS, levels_of, nothing
from pfkit.measures.rows import COUNT, RATE, TEXT, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from pfkit.measures.coherent.solve import Joint, Method
    from pfkit.measures.coherent.spans import Span
    from pfkit.measures.medians import Array

_PERCENT = 100
#: What stands beside the forecast where there is none.
_KNOWN = {
    "depth": COUNT,
    "grain": TEXT,
    "known": RATE,
    "base": RATE,
    "adjustment": RATE,
    "adjustment_rate": RATE,
    "model": TEXT,
    "fallback": TEXT,
    "reason": TEXT,
}
_TEXT = ("grain", "period", "override", "model", "fallback", "reason")


def coherent_forecast(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str],
    value: str | None = None,
    horizon: int | None = None,
    level: float | Sequence[float] = LEVELS,
    tier: Literal["fast", "full"] = "full",
    method: Method = "wls_struct",
    temporal: bool = True,
    crossed: bool = False,
    overrides: pd.DataFrame | None = None,
    freq: Literal["M", "Q"] | None = None,
    year_start: int = 1,
    begun: bool = False,
    samples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Forecast every series and every sum of them so that all add up, over series and periods.

    Use it where products, families and the company, or months, quarters and the year, stand in
    one report; `forecast` forecasts each by itself.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period`` (``2011-06``, ``2011Q2`` or a day) and a value, such as ``book.net_revenue``.
        What no row tells of counts as zero from a series' first period to the last of the table;
        rows without a value after that, such as plans, are left out.
    by : str or sequence of str
        Columns from coarse to fine, such as family and product. The company is always the top.
    value : str, optional
        The column to forecast; ``value``, or ``amount`` where there is none, by default.
    horizon : int, optional
        Periods ahead; 18 months or 8 quarters by default.
    level : float or sequence of float
        Shares of what comes that an interval is to hold.
    tier : {"full", "fast"}
        How many parameters the engine tries.
    method : {"wls_struct", "wls_var", "ols", "mint_shrink", "bottom_up"}
        How far each node may be moved: as many times as it holds series; by its back-test error;
        all alike; by the shrunk covariance of back-test errors; or not at all, so that sums are
        those of the lowest series and periods.
    temporal : bool
        Whether forecasts of quarters count as well as those of months, from three years on.
    crossed : bool
        Whether every choice of columns makes nodes, as of regions and products, instead of the
        first, the first two and so on.
    overrides : pandas.DataFrame, optional
        Table ``overrides``: ``override``, the columns of `by` (empty where it adds up over them),
        ``period``, one of ``value``, ``change`` and ``factor``, ``entered_by``, ``reason``,
        ``until``, ``status``, ``known_on``.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.
    year_start : int
        The calendar month a fiscal year starts in; it cuts months into quarters and years.
    begun : bool
        Whether quarters and years that began before the horizon are listed too: they hold what is
        known and what is to come. One that ends beyond the horizon never is.
    samples, seed : int
        Joint paths that intervals come from, and what they are drawn by.

    Returns
    -------
    pandas.DataFrame
        One row per node and month, quarter and year: ``row_key``, the columns of `by` (``(all)``
        where the node adds up over one), ``depth`` (columns that name it, none for the company),
        ``grain``, ``period``, ``known`` (what of it is known, zero unless `begun`), ``base`` (the
        forecast before, in the table's unit), ``mean`` and per level ``lo80`` and ``hi80``,
        ``adjustment`` (mean less base) and ``adjustment_rate`` (over the size of base, NA where
        that is zero); with `overrides` also ``before`` (the mean without them), ``effect`` (mean
        less before) and ``override`` (the names of those held here); ``model``, ``fallback`` and
        ``reason`` as for `forecast`.

    Raises
    ------
    ContractError
        As `forecast`; if a value is empty, months and quarters are mixed, or an override names
        no node, asks for nothing, says no reason or contradicts another: both are named.
    MeasureError
        If no forecast keeps every bound and override.
    ParameterError
        If an argument cannot be.

    Notes
    -----
    Every node is forecast by itself, in months and in complete quarters; a year has no forecast of
    its own. The result is the point nearest to all of these that adds up:
    :math:`\tilde y = S (S' W^{-1} S)^{-1} S' W^{-1} \hat y`, with :math:`S` the sums over series
    times those over periods and :math:`W` the weights of `method` times the months of a period.
    As both :math:`S` and :math:`W` are Kronecker products, projecting over periods and then over
    series is that one solution, exactly.

    A series, and a sum, that was never negative is held at or above zero by a quadratic program
    with the same weights. An override holds its node as an equality in that program: ``value`` is
    what the node comes to, ``change`` and ``factor`` are taken from the forecast without
    overrides; the others absorb it by their weights. One whose ``until`` lies before the last
    known period, or whose period is known or beyond the horizon, is not applied. What
    is added to a product partly comes from its siblings, as forecasts of sums count too; with
    ``bottom_up`` it passes to the sums whole.

    Intervals are quantiles of joint paths that add up: the errors of all nodes are drawn together,
    correlated as their back-test errors were over nodes and periods, and projected as the
    forecasts are. Paths are moved to where overrides hold the mean: that somebody names a number
    makes it no surer. Where a path would fall below zero it is held there, and the paths are scaled
    so that their mean stays; a forecast held at zero therefore has no spread. Bounds of parts do
    not add up to those of sums, as paths do.

    References
    ----------
    .. [1] Wickramasuriya, Athanasopoulos and Hyndman (2019), "Optimal forecast reconciliation for
       hierarchical and grouped time series through trace minimization", *Journal of the American
       Statistical Association* 114, 804-819.
    .. [2] Athanasopoulos, Hyndman, Kourentzes and Petropoulos (2017), "Forecasting with temporal
       hierarchies", *European Journal of Operational Research* 262, 60-74.
    .. [3] Di Fonzo and Girolimetto (2023), "Cross-temporal forecast reconciliation: optimal
       combination method and heuristic alternatives", *International Journal of Forecasting* 39,
       39-57.
    .. [4] Panagiotelis, Gamakumara, Athanasopoulos and Hyndman (2023), "Probabilistic forecast
       reconciliation", *European Journal of Operational Research* 306, 693-706.

    Examples
    --------
    >>> years = [f"{year}Q{quarter}" for year in range(2020, 2026) for quarter in range(1, 5)]
    >>> sold = pd.concat(
    ...     pd.DataFrame({"product": name, "period": years, "amount": amounts * 6})
    ...     for name, amounts in {"Atlas": [10.0, 20, 40, 30], "Borea": [5.0, 5, 5, 5]}.items()
    ... )
    >>> ahead = coherent_forecast(sold, by="product", horizon=4, level=0.80)
    >>> ahead.loc[ahead["grain"] == "year", ["product", "period", "mean"]].round(2).values.tolist()
    [['(all)', 'FY2026', 120.0], ['Atlas', 'FY2026', 100.0], ['Borea', 'FY2026', 20.0]]
    """
    levels = levels_of(level)
    if samples < 100:  # noqa: PLR2004 - said in the message
        raise ParameterError(
            f"samples {samples} are too few for an interval", advice="Use 100 or more."
        )
    if table.empty:
        return nothing(by, levels, _KNOWN)
    joint = solved(
        table,
        by=by,
        value=value,
        horizon=horizon,
        levels=levels,
        tier=tier,
        method=method,
        temporal=temporal,
        crossed=crossed,
        overrides=overrides,
        freq=freq,
        year_start=year_start,
        begun=begun,
        samples=samples,
        seed=seed,
    )
    return _table(joint, levels, told=overrides is not None)


def solved(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str],
    value: str | None,
    horizon: int | None,
    levels: Sequence[float],
    tier: str,
    method: str,
    temporal: bool,
    crossed: bool,
    overrides: pd.DataFrame | None,
    freq: str | None,
    year_start: int,
    begun: bool,
    samples: int,
    seed: int,
) -> Joint:
    """Return the forecasts of all nodes as arrays.

    Raises
    ------
    ParameterError
        If an argument cannot be.
    """
    if tier not in TIERS:
        raise ParameterError(f"tier {tier!r} is not known", advice="Use fast or full.")
    if horizon is not None and horizon < 1:
        raise ParameterError(f"horizon {horizon} cannot be", advice="Use 1 or more periods.")
    columns = (by,) if isinstance(by, str) else tuple(by)
    history = history_of(table, by=columns, value=value, freq=freq, crossed=crossed)
    spans = spans_of(
        history.end,
        horizon or HORIZONS[history.season],
        season=history.season,
        year_start=year_start,
        whole=temporal,
        begun=begun,
    )
    return solve(
        history,
        spans,
        tier=tier,
        method=method,
        temporal=temporal,
        levels=levels,
        overrides=overrides,
        year_start=year_start,
        samples=samples,
        seed=seed,
    )


def known_parts(joint: Joint) -> Array:
    """Return what of each node's spans is known already: node by span."""
    history, spans = joint.history, joint.spans
    found = np.zeros((len(history.tree.labels), len(spans.rows)))
    for k, span in enumerate(spans.rows):
        if spans.begun(span):
            found[:, k] = history.amounts[:, max(span.first - history.start, 0) :].sum(1)
    return found


def _table(joint: Joint, levels: Sequence[float], *, told: bool) -> pd.DataFrame:
    tree, spans = joint.history.tree, joint.spans
    count, sums = len(spans.rows), joint.spans.sums.T
    known = known_parts(joint)
    mean = tree.whole(joint.after) @ sums + known
    before = tree.whole(joint.before) @ sums + known
    base = joint.base.mean @ sums
    base[:, joint.quarters.rows] = joint.quarters.mean
    base = _years(joint, base) + known
    nodes = [tuple("" if part == "(all)" else part for part in label) for label in tree.labels]
    keys = row_keys([label if any(label) else ("total",) for label in nodes])
    columns: dict[str, object] = {
        "row_key": [f"{key}|{span.label}" for key in keys for span in spans.rows]
    }
    columns |= {
        name: np.repeat([label[place] for label in tree.labels], count)
        for place, name in enumerate(tree.by)
    }
    columns |= {
        "depth": np.repeat(tree.depths, count),
        "grain": np.tile([span.grain for span in spans.rows], len(keys)),
        "period": np.tile([span.label for span in spans.rows], len(keys)),
        "known": known,
        "base": base,
        "mean": mean,
    }
    never = joint.history.never_negative[:, None]
    for k, one in enumerate(levels):
        percent = round(one * _PERCENT)
        low = np.minimum(joint.low[k] + known, mean)
        columns[f"lo{percent}"] = np.where(never, np.maximum(low, 0.0), low)
        columns[f"hi{percent}"] = np.maximum(joint.high[k] + known, mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(base != 0, (mean - base) / np.abs(base), np.nan)
    columns |= {"adjustment": mean - base, "adjustment_rate": rate}
    if told:
        columns |= {"before": before, "effect": mean - before, "override": _names(joint)}
    columns |= {
        "model": np.repeat(joint.base.models, count),
        "fallback": np.repeat(joint.base.failed, count),
        "reason": _reasons(joint),
    }
    for name, column in columns.items():
        if isinstance(column, np.ndarray) and column.dtype.kind == "f":
            flat = pd.Series(column.ravel()).astype("Float64")
            columns[name] = flat.mask(np.isnan(column.ravel())).array
    columns["depth"] = pd.array(columns["depth"], dtype="Int64")  # type: ignore[call-overload]
    text = [name for name in (*tree.by, "row_key", *_TEXT) if name in columns]
    return pd.DataFrame(columns).astype(dict.fromkeys(text, "str"))


def _years(joint: Joint, base: Array) -> Array:
    """Return base forecasts with those of years from their quarters, where these have their own."""
    rows, spans = joint.spans.rows, joint.spans
    for k, span in enumerate(rows):
        if span.grain != "year" or not joint.quarters.rows:
            continue
        inside = [
            q
            for q in joint.quarters.rows
            if rows[q].first >= span.first and rows[q].last <= span.last
        ]
        rest = spans.sums[k] - spans.sums[inside].sum(0)
        base[:, k] = base[:, inside].sum(1) + joint.base.mean @ rest
    return base


def _names(joint: Joint) -> list[str]:
    """Return per row the overrides that are held there."""
    rows, count = joint.spans.rows, len(joint.spans.rows)
    found = [""] * (len(joint.history.tree.labels) * count)
    place = {span.label: k for k, span in enumerate(rows)}
    for one in joint.overrides:
        if one.state == HELD and one.span.label in place:
            at = one.node * count + place[one.span.label]
            found[at] = f"{found[at]}, {one.name}" if found[at] else one.name
    return found


def _reasons(joint: Joint) -> list[str]:
    """Return per row what else to know."""
    history, spans = joint.history, joint.spans
    tree, unit = history.tree, "months" if history.season == MONTHS else "quarters"
    absent = np.concatenate([np.zeros(tree.above, dtype=np.int64), history.absent]).tolist()
    per_span = [_span_reason(joint, span) for span in spans.rows]
    zero = tree.whole(joint.after) @ spans.sums.T <= 0
    zero &= history.never_negative[:, None]
    found = []
    for node, said in enumerate(joint.base.reasons):
        gaps = f"{absent[node]} {unit} without a row count as zero" if absent[node] else ""
        plain = "; ".join(part for part in (said, gaps) if part)
        own = bool(joint.quarters.own[node])
        for k, span in enumerate(spans.rows):
            lacks = span.grain == "quarter" and unit == "months" and not own
            parts = (
                plain,
                per_span[k],
                "too few quarters for a forecast of their own" if lacks else "",
                "held at zero" if zero[node, k] else "",
            )
            found.append("; ".join(part for part in parts if part))
    return found


def _span_reason(joint: Joint, span: Span) -> str:
    if not joint.spans.begun(span):
        return ""
    count = joint.spans.start - span.first
    unit = "month" if joint.history.season == MONTHS else "quarter"
    return f"{count} {unit}{'' if count == 1 else 's'} of it known"
