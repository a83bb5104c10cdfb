"""What comes next, for every series of a table: forecasts with intervals that held in the past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError
from pfkit.measures.fleet.engine import run
from pfkit.measures.fleet.members import SHORTEST
from pfkit.measures.fleet.paths import added
from pfkit.measures.fleet.periods import MONTHS, labels, period_label
from pfkit.measures.fleet.seasons import YEARS
from pfkit.measures.fleet.spreading import here, spreader
from pfkit.measures.fleet.table import SERIES, read
from pfkit.measures.rows import COUNT, RATE, TEXT, reasons, row_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Literal

    from pfkit.measures.fleet.engine import Forecasts
    from pfkit.measures.fleet.series import Series
    from pfkit.measures.fleet.spreading import Spreader
    from pfkit.measures.fleet.table import Read

#: Periods ahead where none are asked for, as in the M competitions.
HORIZONS = {12: 18, 4: 8}
TIERS = ("fast", "full")
LEVELS = (0.80, 0.95)
#: A series that begins so many periods after the table does was launched then, by periods a year;
#: so many years later it is a series like any other.
LAUNCHED, YOUNG = {12: 3, 4: 1}, 2
_PERCENT = 100
#: What is known of each series beside its forecast.
_KNOWN = {
    "model": TEXT,
    "fallback": TEXT,
    "n": COUNT,
    "filled": COUNT,
    "error": RATE,
    "reason": TEXT,
}


def forecast(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    horizon: int | None = None,
    level: float | Sequence[float] = LEVELS,
    tier: Literal["fast", "full"] = "full",
    freq: Literal["M", "Q"] | None = None,
    running: bool = False,
    siblings: str | None = None,
    executor: Literal["local", "dask"] | Any = "local",  # noqa: ANN401 - or a client of Dask
) -> pd.DataFrame:
    r"""Forecast every series of a table at once, with intervals and the reason for each.

    Use it for "what will it be, and how sure are we"; `backtest` says how well it would have done.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period`` (``2011-06``, ``2011Q2`` or a day) and a value, such as ``book.revenue``.
    by : str or sequence of str, optional
        Columns that name a series; other columns are summed over. ``series_id`` by default, whose
        periods may not repeat; without that column all rows are one series.
    value : str, optional
        The column to forecast; ``value``, or ``amount`` where there is none, by default.
    horizon : int, optional
        Periods ahead; 18 months or 8 quarters by default.
    level : float or sequence of float
        Shares of what comes that an interval is to hold.
    tier : {"full", "fast"}
        How many parameters are tried.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.
    running : bool
        Whether ``mean`` and its bounds are those of the running total: step 6 is the sum of six
        periods. Bounds of single periods do not add up to it.
    siblings : str, optional
        The column that says which series are siblings, such as ``family``: a short series then
        takes the season of its own family, drawn to that of all.
    executor : {"local", "dask"} or distributed.Client
        Where the work is done: here, by the cluster a client of `dask.distributed` is connected
        to, or by that of the client given. The numbers are the same.

    Returns
    -------
    pandas.DataFrame
        One row per series and period ahead: ``row_key``, the columns of `by` (``series_id`` where
        there are none), ``step``, ``period``, ``mean`` and per level ``lo80`` and ``hi80``, in the
        table's unit; ``model``: the share of each member; ``fallback``: what failed, and what
        stands in its place, empty where nothing did; ``n``: values known; ``filled``: periods
        filled in; ``error``: mean absolute error of the back-test in units of the in-sample error
        of last year's value (MASE); ``reason``: what else to know about the series.

    Raises
    ------
    ContractError
        If a value is no finite number, a period cannot be read or repeats with another value, or a
        series has no value, mixes months and quarters, leaps over years, or has two families.
    ParameterError
        If `horizon`, `level`, `tier`, `freq` or `executor` cannot be.

    Notes
    -----
    Six members forecast every series: Theta on the values and on their logarithms, exponential
    smoothing with trend, damped trend or none on both (averaged over a grid of parameters by
    Akaike weights), a ridge regression on changes, and last year's value. Each is replayed from
    up to six earlier origins three periods apart. Its weight is the inverse fourth power of its
    mean absolute error there, drawn to the fleet's. Members that need logarithms have no part in a
    series with values at or below zero.

    Intervals are the errors of the mix in the same replays, each divided by what was expected of
    its series, origin and period ahead, pooled over the fleet; for these, replays go back further,
    so that an error far ahead is judged by as much as is known now. A series of less than three
    years takes the season that the longer ones share, if at least half of them do, and weights and
    width by what came of these when they were as short. A series that was never negative has no
    negative forecast or bound. Running totals are those of a thousand sample paths, which keep how
    errors of one path belonged together in the replays.

    References
    ----------
    .. [1] Bates and Granger (1969), "The combination of forecasts", *Operational Research
       Quarterly* 20, 451-468.
    .. [2] Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed.,
       https://otexts.com/fpp3/

    Examples
    --------
    A season that never changed comes again, and nothing was ever missed by.

    >>> years = [f"{year}Q{quarter}" for year in range(2020, 2026) for quarter in range(1, 5)]
    >>> sold = pd.DataFrame({"period": years, "amount": [10.0, 20.0, 40.0, 30.0] * 6})
    >>> ahead = forecast(sold, horizon=4, level=0.80)
    >>> ahead[["period", "mean", "lo80"]].round(2).values.tolist()[:2]
    [['2026Q1', 10.0, 10.0], ['2026Q2', 20.0, 20.0]]
    """
    levels = levels_of(level)
    spread = spreader(executor)
    if table.empty:
        return nothing(by, levels)
    taken = read(table, by=by, value=value, freq=freq, siblings=siblings)
    parts = list(
        pieces(taken, horizon=horizon, levels=levels, tier=tier, running=running, spread=spread)
    )
    return pd.concat(parts, ignore_index=True).sort_values(
        [*(taken.by or (SERIES,)), "step"], ignore_index=True
    )


def nothing(
    by: str | Sequence[str] | None, levels: Sequence[float], more: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return a forecast of no series: its columns, and no row.

    Parameters
    ----------
    by : str or sequence of str, optional
        Columns that name a series.
    levels : sequence of float
        Levels of the bounds.
    more : mapping of str to str, optional
        Columns behind the bounds with their kinds; those of `forecast` by default.

    Examples
    --------
    >>> nothing("product", [0.80]).columns.tolist()[:6]
    ['row_key', 'product', 'step', 'period', 'mean', 'lo80']
    """
    names = [by] if isinstance(by, str) else list(by or (SERIES,))
    bounds = [f"{end}{round(level * _PERCENT)}" for level in levels for end in ("lo", "hi")]
    kinds = dict.fromkeys(["row_key", *names], TEXT) | {"step": COUNT, "period": TEXT}
    kinds |= dict.fromkeys(["mean", *bounds], RATE) | dict(more or _KNOWN)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def levels_of(level: float | Sequence[float]) -> tuple[float, ...]:
    """Return levels in rising order.

    Raises
    ------
    ParameterError
        If one is not between 0 and 1, or not whole percent.
    """
    found = tuple(sorted({level} if isinstance(level, float) else set(level)))
    for one in found:
        if not 0 < one < 1 or abs(one * _PERCENT - round(one * _PERCENT)) > 1e-9:  # noqa: PLR2004
            raise ParameterError(
                f"level {one!r} cannot be", advice="Use shares of whole percent, such as 0.80."
            )
    if not found:
        raise ParameterError("there is no level", advice="Use a share such as 0.80.")
    return found


def pieces(
    taken: Read,
    *,
    horizon: int | None,
    levels: tuple[float, ...],
    tier: str,
    running: bool = False,
    progress: Callable[[int, int], None] | None = None,
    spread: Spreader = here,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of `forecast` some series at a time, so that no more need be held.

    Raises
    ------
    ParameterError
        If `horizon` or `tier` cannot be.
    """
    every = runs(taken, horizon=horizon, levels=levels, tier=tier, progress=progress, spread=spread)
    for series, part in every:
        yield _piece(taken, series, added(part, levels) if running else part, levels)


def runs(
    taken: Read,
    *,
    horizon: int | None,
    levels: tuple[float, ...],
    tier: str,
    progress: Callable[[int, int], None] | None = None,
    spread: Spreader = here,
) -> Iterator[tuple[Series, Forecasts]]:
    """Yield what the engine says, some series at a time."""
    if tier not in TIERS:
        raise ParameterError(f"tier {tier!r} is not known", advice="Use fast or full.")
    if horizon is not None and horizon < 1:
        raise ParameterError(f"horizon {horizon} cannot be", advice="Use 1 or more periods.")
    every, before = sum(len(series.names) for series in taken.series), 0
    for series in taken.series:

        def told(done: int, _count: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, every)

        ahead = horizon or HORIZONS[series.season]
        found = run(series, horizon=ahead, tier=tier, levels=levels, progress=told, spread=spread)
        for part in found:
            yield series, part
        before += len(series.names)


def _piece(taken: Read, series: Series, part: Forecasts, levels: tuple[float, ...]) -> pd.DataFrame:
    horizon, which = part.mean.shape[1], part.which
    steps = np.arange(1, horizon + 1)
    at = (series.last[which][:, None] + steps[None, :]).ravel()
    period = labels(series.season, at)
    names = naming(taken, series, part)
    columns: dict[str, object] = {
        "row_key": [
            f"{key}|{label}"
            for key, label in zip(np.repeat(names.pop("row_key"), horizon), period, strict=True)
        ]
    }
    columns |= {name: np.repeat(texts, horizon) for name, texts in names.items()}
    columns |= {
        "step": pd.array(np.tile(steps, len(which)), dtype="Int64"),
        "period": period,
        "mean": _numbers(part.mean),
    }
    for k, level in enumerate(levels):
        percent = round(level * _PERCENT)
        columns[f"lo{percent}"], columns[f"hi{percent}"] = (
            _numbers(part.low[k]),
            _numbers(part.high[k]),
        )
    columns |= {
        "model": np.repeat([part.model(k) for k in range(len(which))], horizon),
        "fallback": np.repeat(part.failed, horizon),
        "n": pd.array(np.repeat(part.lengths - part.filled, horizon), dtype="Int64"),
        "filled": pd.array(np.repeat(part.filled, horizon), dtype="Int64"),
        "error": _numbers(np.repeat(mean_error(part.errors), horizon)),
        "reason": np.repeat(why(series, part), horizon),
    }
    text = ("row_key", *names, "period", "model", "fallback", "reason")
    return pd.DataFrame(columns).astype(dict.fromkeys(text, "str"))


def naming(taken: Read, series: Series, part: Forecasts) -> dict[str, list[str]]:
    """Return the row keys of the series and the columns that name them."""
    labels_ = [taken.parts[series.names[k]] or (series.names[k],) for k in part.which.tolist()]
    found = {"row_key": row_keys(labels_)}
    for place, column in enumerate(taken.by or (SERIES,)):
        found[column] = [label[place] for label in labels_]
    return found


def mean_error(errors: np.ndarray) -> np.ndarray:
    """Return the mean absolute error over origins and periods ahead; NaN where there is none."""
    there = np.isfinite(errors)
    count = there.sum((1, 2))
    total = np.where(there, np.abs(errors), 0.0).sum((1, 2))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def why(series: Series, part: Forecasts) -> list[str]:
    """Return what there is to know about each series, in words."""
    tested = np.asarray(np.isfinite(part.errors).any((1, 2)))
    begins = int(series.first.min())
    negative = ~part.meant.all(1) & (part.lengths > series.season)
    found = []
    for k, which in enumerate(part.which.tolist()):
        length, filled, wild = int(part.lengths[k]), int(part.filled[k]), int(part.wild[k])
        shift = period_label(series.season, int(series.first[which] + part.shift[k]))
        unit = "months" if series.season == MONTHS else "quarters"
        few = 1 < length < YEARS * series.season
        bare = 1 < length < SHORTEST[series.season]
        late = int(series.first[which]) - begins >= LAUNCHED[series.season]
        young = late and length < YOUNG * series.season
        one, constant = length == 1, bool(part.constant[k]) and length > 1
        found.append(
            reasons(
                "one value: it is carried forward" if one else "",
                "too few for a trend: the last value is carried forward"
                if bare and not one
                else "",
                "every value is the same" if constant else "",
                f"{filled} of {length} {unit} filled in" if filled else "",
                f"{wild} wild {'value' if wild == 1 else 'values'} drawn in" if wild else "",
                f"the level shifts at {shift}" if part.shift[k] >= 0 else "",
                "values at or below zero: no logarithms" if negative[k] else "",
                f"{length} {unit}: too few to tell a season" if few else "",
                "the season is that of the longer series" if part.borrowed[k] else "",
                "it began after others: if that was a launch, launch_forecast knows better"
                if young
                else "",
                _untested(part, k) if not tested[k] and not constant else "",
            )
        )
    return found


def _untested(part: Forecasts, k: int) -> str:
    if not np.isfinite(part.low[:, k]).all():
        return "no interval: nothing to learn it from"
    if part.scale[k] == 0 and part.lengths[k] > 1:
        return "it never changed: no error to learn an interval from"
    if part.tested:
        return "no back-test: weights and interval are those of siblings"
    return "no back-test: equal weights, and the interval of a random walk"


def _numbers(values: np.ndarray) -> object:
    """Return numbers as a column with NA where there is none."""
    flat = np.asarray(values, dtype=float).ravel()
    return pd.Series(flat).astype("Float64").mask(np.isnan(flat)).array
