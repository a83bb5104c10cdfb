"""What a product will bring that is not launched yet, by what launches of its siblings brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.launches import (
    blended,
    bounds,
    by_age,
    curve,
    guessed,
    medians,
    size_of,
)
from pfkit.measures.fleet.periods import labels, read_period
from pfkit.measures.fleet.rows import TINY
from pfkit.measures.fleet.seasons import YEARS
from pfkit.measures.fleet.siblings import factors, family_shapes
from pfkit.measures.fleet.table import SERIES, read
from pfkit.measures.forecast import HORIZONS, LAUNCHED, LEVELS, YOUNG, levels_of
from pfkit.measures.rows import COUNT, JOIN, RATE, TEXT, reasons, require, row_keys, texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from pfkit.measures.fleet.launches import Curve
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.medians import Array

MODEL = "launch_curve"
_LAUNCHES = "launches"
_PERCENT = 100


def launch_forecast(
    table: pd.DataFrame,
    launches: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    siblings: str | None = None,
    value: str | None = None,
    horizon: int | None = None,
    level: float | Sequence[float] = LEVELS,
    freq: Literal["M", "Q"] | None = None,
    fewest: int = 5,
) -> pd.DataFrame:
    r"""Forecast products that are not launched yet by the launch curve of their siblings.

    Use it for zero periods of history, and for a launch of which only the first periods are known;
    what has no launch in sight goes to `forecast`.

    Parameters
    ----------
    table : pandas.DataFrame
        What siblings brought: ``period`` and a value, as for `forecast`. Months without a sale are
        rows of zero; what is missing is filled in.
    launches : pandas.DataFrame
        The columns of `by` and ``period``, the month or quarter of the launch; the column of
        `siblings`. Optionally ``plan``: with one row per series, the planned mean per period over
        the first year, in the table's unit; with more rows, the plan of each period from the
        launch on. Plans of siblings launched before tell how far plans are to be trusted.
    by : str or sequence of str, optional
        Columns that name a series; ``series_id`` by default.
    siblings : str, optional
        The column that says which series are siblings, such as ``family``; all by default.
    value : str, optional
        The column to forecast; ``value``, or ``amount`` where there is none, by default.
    horizon : int, optional
        Periods ahead, from the launch or the last period known; 18 months or 8 quarters by default.
    level : float or sequence of float
        Shares of what comes that an interval is to hold.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.
    fewest : int
        With fewer launches of siblings of the same age there is no forecast.

    Returns
    -------
    pandas.DataFrame
        One row per series of `launches` of which less than two years are known, and period
        ahead: ``row_key``, the columns of `by`, ``step``, ``period``, ``age`` (1 in the period
        of the launch), ``mean`` and per level ``lo80`` and ``hi80`` in the table's unit, ``model``
        (``launch_curve``), ``fallback`` (empty), ``n``: periods known since the launch;
        ``siblings``: launches of that age it rests on; ``reason``. NA where too few are known.

    Raises
    ------
    ContractError
        If a table is not as told, or a series of `launches` has two families.
    ParameterError
        If `horizon`, `level`, `freq` or `fewest` cannot be.

    Notes
    -----
    A series that begins at least three months (one quarter) after the table does was launched
    then; others were there before, and how they were launched is not known. The curve is the
    median over siblings of value over size, where a launch's size is its mean over the first year.
    :math:`y_a = s_a\,(n\,o + k\,g)/(n + k)`: shape :math:`s` at age :math:`a`, size :math:`o` by
    the :math:`n` periods known, and the guess :math:`g` before the launch: the plan times the
    median of size over plan where enough siblings had one, else the plan, else the median size.

    Intervals are the quantiles of what came over what was expected, where each sibling is
    forecast from the others as if only as many periods were known, at the same age. A plan that
    no sibling's plan speaks for moves the middle and narrows nothing. The season that long series
    share is taken out before and put back after.

    References
    ----------
    .. [1] Goodwin, Dyussekeneva and Meeran (2013), "The use of analogies in forecasting the annual
       sales of new electronics products", *IMA Journal of Management Mathematics* 24, 407-422.
    .. [2] Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), "Distribution-free predictive
       inference for regression", *Journal of the American Statistical Association* 113.

    Examples
    --------
    Five siblings sold 10 in the first month and 20 in each later one; the new one is planned at
    twice their size.

    >>> months = [f"2024-{month:02d}" for month in range(1, 13)]
    >>> old = pd.DataFrame({"product": "Old", "period": months, "amount": 7.0})
    >>> young = [
    ...     pd.DataFrame({"product": name, "period": months[4:], "amount": [10.0] + [20.0] * 7})
    ...     for name in "ABCDE"
    ... ]
    >>> new = pd.DataFrame({"product": ["New"], "period": ["2025-02"], "plan": [37.5]})
    >>> sold = pd.concat([old, *young], ignore_index=True)
    >>> launch_forecast(sold, new, by="product", horizon=3)[["period", "mean"]].values.tolist()
    [['2025-02', 20.0], ['2025-03', 40.0], ['2025-04', 40.0]]
    """
    levels = levels_of(level)
    if fewest < 2:  # noqa: PLR2004 - one sibling says nothing of another
        raise ParameterError(f"fewest {fewest} cannot be", advice="Use 2 or more siblings.")
    if horizon is not None and horizon < 1:
        raise ParameterError(f"horizon {horizon} cannot be", advice="Use 1 or more periods.")
    taken = read(table, by=by, value=value, freq=freq, siblings=siblings)
    if len(taken.series) > 1:
        raise ContractError(
            "months and quarters", where="series", advice="Keep one of them, or ask for freq Q."
        )
    series = taken.series[0]
    ahead = horizon or HORIZONS[series.season]
    named = taken.by or (SERIES,)
    kin = taken.families or ("",)
    wanted = _wanted(launches, named, siblings, series, kin)
    seen = _seen(series, wanted, ahead)
    rows = [_forecast(one, seen, ahead, levels, fewest) for one in wanted]
    return _table([one for one in rows if one], named, levels)


@dataclass(frozen=True)
class _Launch:
    """A launch that is planned, or was."""

    name: tuple[str, ...]
    at: int
    family: int
    called: str
    plan: Array  # by age, NaN where there is none
    mean_plan: float  # of the first year, NaN where the plan is by period
    place: int  # in the series of the table, -1 where it is not there


@dataclass(frozen=True)
class _Seen:
    """Launches the table saw from their first period, by age, less the season they share."""

    series: Series
    place: Counts
    came: Array
    family: Counts
    shared: Array
    planned: dict[int, _Launch]


def _wanted(
    launches: pd.DataFrame,
    named: tuple[str, ...],
    siblings: str | None,
    series: Series,
    kin: tuple[str, ...],
) -> list[_Launch]:
    """Return the launches of the table of launches, in its order."""
    kinship = () if siblings is None else (siblings,)
    require(launches, [*named, "period", *kinship], name=_LAUNCHES)
    periods = [_number(text, series.season, k) for k, text in enumerate(texts(launches["period"]))]
    frame = pd.DataFrame(
        {
            "name": list(zip(*(texts(launches[name]) for name in named), strict=True)),
            "at": periods,
            "kin": "" if siblings is None else texts(launches[siblings]),
            "plan": _plans(launches),
        }
    )
    place = {name: k for k, name in enumerate(series.names)}
    found = []
    for name, rows in frame.groupby("name", sort=True):
        label = tuple(str(part) for part in cast("tuple[str, ...]", name))
        if len(set(rows["kin"])) > 1 or rows["at"].duplicated().any():
            raise ContractError(
                f"{JOIN.join(label)!r} has two families, or a period twice",
                where=_LAUNCHES,
                advice="Give a launch one family, and each period of its plan one row.",
            )
        at, called = int(rows["at"].min()), str(rows["kin"].iloc[0])
        plan = np.full(int(rows["at"].max()) - at + 1, np.nan)
        plan[rows["at"].to_numpy() - at] = rows["plan"].to_numpy()
        alone = len(rows) == 1
        found.append(
            _Launch(
                label,
                at,
                kin.index(called) if called in kin else -1,
                called,
                np.full(1, np.nan) if alone else plan,
                float(plan[0]) if alone else np.nan,
                place.get(JOIN.join(label), -1),
            )
        )
    return found


def _number(text: str, season: int, row: int) -> int:
    found = read_period(text)
    if found is None or (found[0] < season):
        raise ContractError(
            f"period {text!r} is no {'month' if season > YEARS + 1 else 'quarter'}",
            where=f"{_LAUNCHES} (row {row + 1})",
            advice="Write it as the table does, such as 2011-06 or 2011Q2.",
        )
    return found[1] * season // found[0]


def _plans(launches: pd.DataFrame) -> Array:
    if "plan" not in launches.columns:
        return np.full(len(launches), np.nan)
    found: Array = np.asarray(pd.to_numeric(launches["plan"], errors="coerce"), dtype=float)
    wrong = launches["plan"].notna().to_numpy() & ~(found > 0) | np.isinf(found)
    if wrong.any():
        row = int(wrong.argmax())
        raise ContractError(
            f"plan {str(launches['plan'].iloc[row])!r} is no number above zero",
            where=f"{_LAUNCHES} (row {row + 1})",
            advice="Leave it empty where there is no plan.",
        )
    return found


def _seen(series: Series, wanted: list[_Launch], ahead: int) -> _Seen:
    """Return the launches that the table saw."""
    length = series.last - series.first + 1
    planned = {one.place: one for one in wanted if one.place >= 0}
    late = series.first - series.first.min() >= LAUNCHED[series.season]
    late[[place for place, one in planned.items() if one.at == series.first[place]]] = True
    every = np.arange(len(series.names))
    long = every[length >= YEARS * series.season]
    shapes = np.zeros((int(series.family.max(initial=0)) + 1, series.season))
    if len(long):
        made = family_shapes(series.rows(long)[0], series.first[long], series.family[long])
        shapes[: len(made)] = made
    place = every[late]
    came = by_age(series, place, shapes, int(length.max(initial=1)) + ahead)
    return _Seen(series, place, came, series.family[place], shapes, planned)


def _sizes_planned(seen: _Seen, some: Counts, made: Curve) -> Array:
    """Return the planned size of siblings, NaN where no plan is known."""
    found = np.full(len(some), np.nan)
    for k, place in enumerate(seen.place[some].tolist()):
        if place in seen.planned:
            found[k] = _size_planned(seen.planned[place], made.shape)
    return found


def _size_planned(one: _Launch, shape: Array) -> float:
    """Return the mean over the first year that a plan comes to, by the curve."""
    if np.isfinite(one.mean_plan):
        return one.mean_plan
    plan = np.full(len(shape), np.nan)
    plan[: len(one.plan)] = one.plan[: len(shape)]
    known = np.isfinite(plan) & np.isfinite(shape)
    return float(size_of(plan[None], known[None], shape)[0])


@dataclass(frozen=True)
class _Kin:
    """Siblings as they bear on one launch: which, their curve, plans that count, and errors."""

    some: Counts
    made: Curve
    planned: Array
    prior: float
    ratio: Array


def _kin(seen: _Seen, some: Counts, known: int, fewest: int, *, by_plan: bool) -> _Kin:
    came = seen.came[some]
    made = curve(came, seen.series.season, fewest)
    planned = _sizes_planned(seen, some, made)
    if not by_plan or np.isfinite(planned).sum() < fewest:
        planned = np.full(len(some), np.nan)
    found = guessed(came, made, planned, known)
    return _Kin(some, made, planned, found.prior, found.ratio)


def _forecast(
    one: _Launch, seen: _Seen, ahead: int, levels: tuple[float, ...], fewest: int
) -> dict[str, Any]:
    """Return the columns of one launch; nothing where it is two years old, or was there before."""
    own = np.nonzero(seen.place == one.place)[0]
    if one.place >= 0 and not len(own):
        return {}
    history = seen.came[own[0]] if len(own) else np.full(seen.came.shape[1], np.nan)
    known = int(np.isfinite(history).sum())
    if known >= YOUNG * seen.series.season:
        return {}
    others = np.setdiff1d(np.arange(len(seen.place)), own)
    mine = others[seen.family[others] == one.family]
    few = len(mine) < fewest
    kin = _kin(
        seen, others if few else mine, known, fewest, by_plan=bool(np.isfinite(_any_plan(one)))
    )
    every = [kin] if few else _every_kin(seen, others, known, fewest, kin)
    ages = np.arange(known, known + ahead)
    size, said = _size(one, kin, history, known, fewest)
    shape = np.pad(kin.made.shape, (0, ahead), constant_values=np.nan)[ages]
    count: Counts = np.pad(kin.made.count, (0, ahead)).astype(np.int64)[ages]
    first = one.at if not len(own) else int(seen.series.first[one.place])
    lent = seen.shared[max(one.family, 0)]
    season = factors(lent[None], np.array([first]), np.array([known]), ahead)[0]
    mean = size * shape * season
    low, high = _reach(kin, every, ages, levels)
    told = reasons(
        f"{one.called!r} has {len(mine)} launches: the curve is that of all {len(others)}"
        if few and one.called and len(others) >= fewest
        else "",
        said if len(others) >= fewest else "",
        "the season is that of the longer series" if np.abs(lent).max() > TINY else "",
    )
    return {
        "name": one.name,
        "step": np.arange(1, ahead + 1),
        "period": labels(seen.series.season, first + ages),
        "age": ages + 1,
        "mean": mean,
        "low": mean * low,
        "high": mean * high,
        "n": known,
        "siblings": count,
        "reason": _why(told, count, mean, low, levels, fewest=fewest),
    }


def _any_plan(one: _Launch) -> float:
    """Return some number of the plan; NaN where there is none."""
    known = one.plan[np.isfinite(one.plan)]
    return one.mean_plan if np.isfinite(one.mean_plan) or not len(known) else float(known[0])


def _every_kin(seen: _Seen, others: Counts, known: int, fewest: int, kin: _Kin) -> list[_Kin]:
    """Return the siblings of every family that has enough, the launch's own first."""
    by_plan = bool(np.isfinite(kin.planned).any())
    found = [kin]
    for family in np.unique(seen.family[others]).tolist():
        some = others[seen.family[others] == family]
        if len(some) >= fewest and not np.isin(some, kin.some).all():
            found.append(_kin(seen, some, known, fewest, by_plan=by_plan))
    return found


def _size(one: _Launch, kin: _Kin, history: Array, known: int, fewest: int) -> tuple[float, str]:
    """Return how large a launch is taken for, and why, in words."""
    middle = float(medians(kin.made.sizes[:, None])[0])
    plan = _size_planned(one, kin.made.shape)
    came = kin.made.sizes / kin.planned
    if np.isfinite(plan) and np.isfinite(came).sum() >= fewest:
        share = float(medians(came[:, None])[0])
        first, said = plan * share, f"the plan times {share:.2f}, to which siblings' plans came"
    elif np.isfinite(plan):
        first, said = plan, "the plan as it stands: too few plans of siblings are known to judge it"
    else:
        first, said = middle, "no plan: the size is that of the middle sibling"
    there = np.isfinite(history)
    own = size_of(history[None, : len(kin.made.shape)], there[None], kin.made.shape)
    size = float(blended(own, np.array([first]), known, kin.prior)[0])
    if known and np.isfinite(own[0]):
        said = f"{known} periods known, and before them {said}"
    return size, said


def _reach(
    kin: _Kin, every: list[_Kin], ages: Counts, levels: tuple[float, ...]
) -> tuple[Array, Array]:
    """Return between which multiples of the mean what comes lies, level by period ahead."""
    low, high = np.full((2, len(levels), len(ages)), np.nan)
    for h, age in enumerate(ages.tolist()):
        if age >= kin.ratio.shape[1]:
            continue
        near = bounds(kin.ratio[:, age], levels)
        wide = bounds(np.concatenate([one.ratio[:, age] for one in every]), levels)
        found = np.where(np.isfinite(near), near, wide)
        low[:, h], high[:, h] = np.minimum(found[:, 0], 1.0), np.maximum(found[:, 1], 1.0)
    return low, high


def _why(
    told: str, count: Counts, mean: Array, low: Array, levels: tuple[float, ...], *, fewest: int
) -> list[str]:
    """Return what there is to know about each number, in words."""
    names = [f"{round(level * _PERCENT)} %" for level in levels]
    found = []
    for h, old in enumerate(count.tolist()):
        open_ = [name for name, bound in zip(names, low[:, h], strict=True) if np.isnan(bound)]
        if np.isnan(mean[h]):
            last = f"{old} launches of that age are known, {fewest} are needed"
        else:
            last = f"too few siblings of that age for {' and '.join(open_)}" if open_ else ""
        found.append(reasons(told, last))
    return found


def _table(
    rows: list[dict[str, Any]], named: tuple[str, ...], levels: tuple[float, ...]
) -> pd.DataFrame:
    """Return the columns of all launches as one table."""
    keys = row_keys([one["name"] for one in rows])
    parts = []
    for key, one in zip(keys, rows, strict=True):
        columns: dict[str, Any] = {"row_key": [f"{key}|{period}" for period in one["period"]]}
        columns |= dict(zip(named, one["name"], strict=True))
        columns |= {name: one[name] for name in ("step", "period", "age", "mean")}
        for k, level in enumerate(levels):
            percent = round(level * _PERCENT)
            columns |= {f"lo{percent}": one["low"][k], f"hi{percent}": one["high"][k]}
        columns |= {"model": MODEL, "fallback": "", "n": one["n"], "siblings": one["siblings"]}
        parts.append(pd.DataFrame(columns | {"reason": one["reason"]}))
    text = ("row_key", *named, "period", "model", "fallback", "reason")
    bounded = [f"{side}{round(level * _PERCENT)}" for level in levels for side in ("lo", "hi")]
    order = ["row_key", *named, "step", "period", "age", "mean", *bounded, "model", "fallback"]
    found = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=[*order, "n", "siblings", "reason"])
    )
    kinds = dict.fromkeys(text, TEXT) | dict.fromkeys(("step", "age", "n", "siblings"), COUNT)
    numbers = dict.fromkeys(("mean", *bounded), RATE)
    found[list(numbers)] = found[list(numbers)].astype(float)
    found[list(numbers)] = found[list(numbers)].mask(found[list(numbers)].isna())
    return found.astype(kinds | numbers)
