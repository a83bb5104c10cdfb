"""Which product metrics move with which financial KPIs, and how sure that is: never a cause."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from pfkit.errors import ContractError, ParameterError, near_miss
from pfkit.measures.associated.permuted import chances, correlations, shares_false
from pfkit.measures.associated.whitened import basis, whitened
from pfkit.measures.fleet.periods import SEASONS, period_label, read_period
from pfkit.measures.forecast import levels_of
from pfkit.measures.rows import COUNT, FLAG, RATE, TEXT, require, result, row_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.associated.whitened import Whitened
    from pfkit.measures.medians import Array, Flags

_COLUMNS = {
    **dict.fromkeys(("row_key", "metric", "kpi"), TEXT),
    "lag": COUNT,
    **dict.fromkeys(("association", "low", "high", "p", "q"), RATE),
    "found": FLAG,
    "n": COUNT,
    "level": RATE,
    **dict.fromkeys(("label", "reason"), TEXT),
}
_TREND, _SEASON, _COMMON = "trend", "season", "common"
_WORDS = (_TREND, _SEASON, _COMMON)
LABEL = "association"
#: What must be left to move freely, other metrics that a common factor needs, and draws at least.
_FREE, _OTHERS, _DRAWS = 7, 3, 9_999
#: More alike than this, one is a multiple of the other.
_SAME = 0.9999
_FLAT = 1e-9


@dataclass(frozen=True)
class _Wide:
    """Series side by side: one row per period, NaN where one says nothing."""

    names: list[str]
    numbers: Array
    first: int
    season: int


@dataclass(frozen=True)
class _Asked:
    """What is asked of every pair."""

    lags: list[int]
    trend: bool
    season: int
    common: bool
    level: float
    draws: int
    seed: int


def associations(
    metrics: pd.DataFrame,
    kpis: pd.DataFrame,
    *,
    lags: int | Sequence[int] = 3,
    controls: Sequence[str] = (_TREND, _SEASON),
    level: float = 0.90,
    rate: float = 0.10,
    draws: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Say which product metrics move with which financial KPIs, and how many months ahead.

    Use it to choose what to look into, or to test; a pair found here is an association: what
    earned revenue is for `attribution`, what would move it for an experiment.

    Parameters
    ----------
    metrics : pandas.DataFrame
        ``period``, ``metric``, ``value``; one row per month or quarter and metric.
    kpis : pandas.DataFrame
        ``period``, ``kpi``, ``value``; the same for what finance watches.
    lags : int or sequence of int
        Periods that a metric may be ahead; a number stands for all from 0 up to it.
    controls : sequence of str
        What is taken out of both: ``trend``, ``season``, ``common`` (the first principal component
        of the other metrics), and names of series of either table, which are then not tested.
    level : float
        Share of associations that an interval is to hold, the choice of the lag paid for.
    rate : float
        Share of the pairs found that may be found by chance.
    draws : int, optional
        Orders of the periods drawn; without it 9,999, or more where there are many pairs.
    seed : int
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        One row per metric and KPI, likeliest first: ``row_key``, ``metric``, ``kpi``; ``lag`` in
        periods, the strongest; ``association``, the partial correlation at that lag, −1 to 1, with
        ``low``, ``high`` and ``level``; ``p`` over all lags, ``q`` over all pairs; ``found`` where
        `q` is at most `rate`; ``n`` periods; ``label``, always ``association``; ``reason``. NA and
        a reason where the data cannot answer.

    Raises
    ------
    ContractError
        If a column is missing, a period cannot be read or repeats, or lengths are mixed.
    ParameterError
        If `lags`, `controls`, `level`, `rate` or `draws` cannot be.

    Notes
    -----
    Series that are above zero throughout are taken in logarithms. Trend, season and other controls
    and the memory of one period are taken out of each series by itself, memory without the bias of
    short series. What is left is correlated at every lag; the strongest is compared with that of
    periods in random order, controls taken out again (Freedman and Lane), so that the choice of the
    lag is paid for, and divided by the root of Bartlett's factor for memory that is left. Over
    pairs, :math:`q_{(i)} = \min_{j \ge i} p_{(j)} m / j` (Benjamini and Hochberg). Intervals are
    Fisher's, at :math:`level^{1/L}` for :math:`L` lags. A pair needs two seasons, and 7 periods
    more than controls and the longest lag. KPIs that are added up from one another move with the
    same metrics.

    References
    ----------
    .. [1] Haugh (1976), "Checking the independence of two covariance-stationary time series",
       *Journal of the American Statistical Association* 71, 378-385.
    .. [2] Freedman and Lane (1983), "A nonstochastic interpretation of reported significance
       levels", *Journal of Business & Economic Statistics* 1, 292-298.
    .. [3] Benjamini and Hochberg (1995), "Controlling the false discovery rate", *Journal of the
       Royal Statistical Society B* 57, 289-300.

    Examples
    --------
    Revenue follows logins by a month.

    >>> from pfkit.measures.fleet.periods import period_label
    >>> moves = [(k * k * 7 + k * 3) % 11 - 5 for k in range(37)]
    >>> months = [period_label(12, 2022 * 12 + k) for k in range(36)]
    >>> logins = pd.DataFrame({"period": months, "metric": "logins",
    ...                        "value": [100 + 2 * k + moves[k + 1] for k in range(36)]})
    >>> revenue = pd.DataFrame({"period": months, "kpi": "revenue",
    ...                         "value": [900 + 5 * k + 20 * moves[k] for k in range(36)]})
    >>> associations(logins, revenue)[["metric", "kpi", "lag", "found", "label"]].values.tolist()
    [['logins', 'revenue', 1, True, 'association']]
    """
    levels_of(level)
    wanted = _lags(lags)
    if not 0 < rate < 1 or (draws is not None and draws < 1):
        raise ParameterError(
            f"rate {rate!r} with draws {draws!r} cannot be",
            advice="Use a share such as 0.10, and no draws or many, such as 9999.",
        )
    first, second = _wide(metrics, "metric"), _wide(kpis, "kpi")
    if first.season != second.season and first.names and second.names:
        raise ContractError(
            "metrics and kpis are not told for the same length of time",
            where="associations",
            advice="Give both by month or both by quarter.",
        )
    first, second, moving = _apart(*_beside(first, second), controls)
    pairs = len(first.names) * len(second.names)
    asked = _Asked(
        wanted,
        _TREND in controls,
        first.season if _SEASON in controls else 1,
        _COMMON in controls,
        level,
        max(_DRAWS, math.ceil(10 * pairs / rate)) if draws is None else draws,
        seed,
    )
    return _judged(_pairs(first, second, moving, asked), asked, rate)


def _lags(lags: int | Sequence[int]) -> list[int]:
    found = list(range(lags + 1)) if isinstance(lags, int) else sorted(set(lags))
    if not found or found[0] < 0:
        raise ParameterError(f"lags {lags!r} cannot be", advice="Use 3, or some such as [0, 3, 6].")
    return found


def _wide(table: pd.DataFrame, name: str) -> _Wide:
    where = f"{name}s"
    require(table, ["period", name, "value"], name=where)
    codes, known = pd.factorize(table["period"].astype("str"))
    read = [read_period(str(one)) for one in known]
    sizes = {one[0] for one in read if one is not None}
    for place, one in enumerate(read):
        if one is None or len(sizes) > 1:
            what = "is no month and no quarter" if one is None else "stands beside another length"
            raise ContractError(
                f"period {str(known[place])!r} {what}",
                where=f"{where} (row {int((codes == place).argmax()) + 1})",
                advice="Give months as 2011-06 or quarters as 2011Q2, one of them.",
            )
    season = sizes.pop() if sizes else SEASONS["M"]
    at = np.array([one[1] for one in read if one is not None], dtype=np.int64)[codes]
    names = sorted(set(table[name].astype("str")))
    column = pd.Index(names).get_indexer(pd.Index(table[name].astype("str")))
    again = pd.DataFrame({"at": at, "name": column}).duplicated().to_numpy()
    if again.any():
        row = int(again.argmax())
        raise ContractError(
            f"{names[column[row]]!r} has {period_label(season, int(at[row]))} more than once",
            where=f"{where} (row {row + 1})",
            advice="Add the rows up before, one row per period and name.",
        )
    first = int(at.min()) if len(at) else 0
    values = np.full((int(at.max()) - first + 1 if len(at) else 0, len(names)), np.nan)
    values[at - first, column] = pd.to_numeric(table["value"], errors="coerce").astype("float64")
    return _Wide(names, np.where(np.isfinite(values), values, np.nan), first, season)


def _beside(first: _Wide, second: _Wide) -> tuple[_Wide, _Wide]:
    """Return both over the same periods."""
    begin = min(first.first, second.first)
    end = max(one.first + len(one.numbers) for one in (first, second))
    found = []
    for one in (first, second):
        values = np.full((end - begin, len(one.names)), np.nan)
        values[one.first - begin : one.first - begin + len(one.numbers)] = one.numbers
        found.append(_Wide(one.names, values, begin, one.season))
    return found[0], found[1]


def _apart(first: _Wide, second: _Wide, controls: Sequence[str]) -> tuple[_Wide, _Wide, Array]:
    """Return the series that are tested, and those that are controls."""
    named = [one for one in dict.fromkeys(controls) if one not in _WORDS]
    known = [*first.names, *second.names]
    for one in named:
        if one not in known:
            raise ParameterError(
                f"control {one!r} is no series",
                advice=near_miss(one, [*_WORDS, *known], noun="control"),
            )
    both = np.column_stack([first.numbers, second.numbers])
    moving = both[:, [known.index(one) for one in named]]
    kept = []
    for wide in (first, second):
        stays = [k for k, name in enumerate(wide.names) if name not in named]
        names = [wide.names[k] for k in stays]
        kept.append(_Wide(names, wide.numbers[:, stays], wide.first, wide.season))
    return kept[0], kept[1], _logged(moving)


def _logged(values: Array) -> Array:
    """Return series above zero throughout as logarithms."""
    above = np.where(np.isnan(values), 1.0, values).min(0, initial=1.0) > 0
    return np.where(above, np.log(np.where(above & ~np.isnan(values), values, 1.0)), values) + (
        values * 0
    )


def _bounds(values: Array) -> tuple[Array, Flags]:
    """Return first and last period that each series tells, and whether there is a gap between."""
    there = ~np.isnan(values)
    if not len(values):
        empty = np.zeros(values.shape[1])
        return np.stack([empty, empty - 1]), np.asarray(there.any(0))
    none = ~there.any(0)
    first = np.where(none, len(values), there.argmax(0))
    last = np.where(none, -1, len(values) - 1 - there[::-1].argmax(0))
    return np.stack([first, last]).astype(np.float64), there.sum(0) < np.maximum(
        last - first + 1, 0
    )


def _pairs(first: _Wide, second: _Wide, moving: Array, asked: _Asked) -> list[dict[str, Any]]:
    """Return a row per pair; pairs that know the same periods are worked on at once."""
    left, right = _logged(first.numbers), _logged(second.numbers)
    (begun, ended), gaps = _bounds(left)
    (other_begun, other_ended), other_gaps = _bounds(right)
    held, held_gaps = _bounds(moving)
    start = np.maximum(begun[:, None], other_begun)
    stop = np.minimum(ended[:, None], other_ended) + 1
    if moving.shape[1]:
        start = np.maximum(start, held[0].max())
        stop = np.minimum(stop, held[1].min() + 1)
    broken = gaps[:, None] | other_gaps | held_gaps.any()
    apart = np.arange(len(first.names))[:, None] * int(asked.common) + 0 * start
    spans = np.stack([start.ravel(), stop.ravel(), apart.ravel()], axis=1).astype(np.int64)
    known, which = np.unique(spans, axis=0, return_inverse=True)
    rows: list[dict[str, Any]] = []
    for place, (begin, end, _) in enumerate(known.tolist()):
        places = np.flatnonzero(which.ravel() == place)
        one, two = np.divmod(places, max(len(second.names), 1))
        metrics, kpis = np.unique(one), np.unique(two)
        part = slice(begin, max(begin, end))
        rest = np.delete(left[part], metrics, axis=1)
        found = _group(left[part, metrics], right[part, kpis], rest, moving[part], asked)
        for metric, kpi in zip(one.tolist(), two.tolist(), strict=True):
            at = (int(np.searchsorted(metrics, metric)), int(np.searchsorted(kpis, kpi)))
            told = {"metric": first.names[metric], "kpi": second.names[kpi], "reason": ""}
            gap = "a period is missing in between" if broken[metric, kpi] else ""
            rows.append(_row(told, found, at, gap, asked) | {"n": max(end - begin, 0)})
    return rows


def _group(
    ahead: Array, behind: Array, others: Array, moving: Array, asked: _Asked
) -> dict[str, Any]:
    """Return associations of series over the same periods, or why there are none."""
    periods = len(ahead)
    fixed = basis(max(periods, 1), season=asked.season, trend=asked.trend)[:periods]
    width = fixed.shape[1] + moving.shape[1] + int(asked.common)
    need = max(2 * asked.season, width + _FREE + 1 + max(asked.lags))
    if periods < need:
        return {"why": f"{periods} periods known of both are fewer than {need}"}
    if asked.common:
        others = others[:, ~np.isnan(others).any(0)]
        if others.shape[1] < _OTHERS:
            return {"why": f"a common factor needs {_OTHERS} other metrics over the same periods"}
        moving = np.column_stack([moving, _common(others, fixed)])
    more = np.nan_to_num(moving) if moving.shape[1] else None
    ahead, behind = np.nan_to_num(ahead), np.nan_to_num(behind)
    first, second = whitened(ahead, fixed, more), whitened(behind, fixed, more)
    return {
        "why": "",
        "flat": (_flat(ahead, first), _flat(behind, second)),
        "by_lag": correlations(first.left, second.left, asked.lags),
        "p": chances(first, second, asked.lags, draws=asked.draws, seed=asked.seed),
        "free": periods - 1 - width - max(asked.lags),
    }


def _common(others: Array, fixed: Array) -> Array:
    """Return what other metrics have in common, without trend and season."""
    rest = others - fixed @ np.linalg.lstsq(fixed, others, rcond=None)[0]
    sizes = rest.std(0)
    parts, _, _ = np.linalg.svd(rest[:, sizes > _FLAT] / sizes[sizes > _FLAT], full_matrices=False)
    return np.asarray(parts[:, 0])


def _flat(values: Array, left: Whitened) -> Flags:
    """Return whether the controls tell all of a series."""
    moved = np.sqrt((left.left**2).mean(0))
    return np.asarray(moved <= _FLAT * np.maximum(np.abs(values).max(0), 1.0))


def _row(
    told: dict[str, Any], found: dict[str, Any], at: tuple[int, int], gap: str, asked: _Asked
) -> dict[str, Any]:
    """Return the row of one pair."""
    empty = dict.fromkeys(("lag", "association", "low", "high", "p"))
    why = gap or found["why"]
    if not why:
        for kind, place in zip(("metric", "kpi"), at, strict=True):
            if found["flat"][("metric", "kpi").index(kind)][place]:
                why = f"{told[kind]} is constant, or the controls tell all of it"
    if why:
        return told | empty | {"reason": why}
    by_lag = found["by_lag"][at]
    best = int(np.abs(by_lag).argmax())
    strongest = float(by_lag[best])
    if abs(strongest) > _SAME:
        return told | empty | {"reason": "one is worked out from the other: they move as one"}
    sure = float(norm.ppf(0.5 + asked.level ** (1 / len(by_lag)) / 2))
    apart = sure / math.sqrt(max(found["free"] - 2, 1))
    low, high = (float(np.tanh(np.arctanh(strongest) + end * apart)) for end in (-1, 1))
    return told | {
        "lag": asked.lags[best],
        "association": strongest,
        "low": low,
        "high": high,
        "p": float(found["p"][at]),
    }


def _judged(rows: list[dict[str, Any]], asked: _Asked, rate: float) -> pd.DataFrame:
    """Return the pairs, likeliest first, with the share of false findings each comes with."""
    tested = [row for row in rows if row["p"] is not None]
    shares = shares_false(np.array([row["p"] for row in tested], dtype=np.float64))
    for row in rows:
        row |= {"q": None, "found": None, "level": asked.level, "label": LABEL}
    for row, share in zip(tested, shares.tolist(), strict=True):
        row |= {"q": share, "found": share <= rate}
    rows.sort(
        key=lambda row: (
            row["p"] is None,
            row["p"] or 0,
            -abs(row["association"] or 0),
            row["metric"],
            row["kpi"],
        )
    )
    keys = row_keys([(row["metric"], row["kpi"]) for row in rows])
    return result([row | {"row_key": key} for row, key in zip(rows, keys, strict=True)], _COLUMNS)
