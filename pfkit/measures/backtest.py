"""How well the forecast would have done: every series replayed from earlier origins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.measures.fleet.table import SERIES, read
from pfkit.measures.forecast import LEVELS, levels_of, naming, runs, why
from pfkit.measures.rows import COUNT, RATE, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from pfkit.measures.fleet.engine import Forecasts

_PERCENT = 100
#: The last row's key and what it says in the columns that name a series.
EVERY, EVERY_SERIES = "every-series", "(every series)"


def backtest(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    horizon: int | None = None,
    level: float | Sequence[float] = LEVELS,
    tier: Literal["fast", "full"] = "full",
    freq: Literal["M", "Q"] | None = None,
) -> pd.DataFrame:
    r"""Say how well `forecast` would have done on every series, had it been asked earlier.

    Use it before trusting `forecast`; the last row is the fleet.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period`` and a value, as for `forecast`.
    by : str or sequence of str, optional
        Columns that name a series; ``series_id`` by default.
    value : str, optional
        The column to forecast; ``value``, or ``amount`` where there is none, by default.
    horizon : int, optional
        Periods ahead at each origin; 18 months or 8 quarters by default.
    level : float or sequence of float
        Shares of what comes that an interval is to hold.
    tier : {"full", "fast"}
        How many parameters are tried.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.

    Returns
    -------
    pandas.DataFrame
        One row per series and one for all: ``row_key``, the columns of `by`; ``origins`` and
        ``tested``: replays, and periods they were judged by; ``error``: mean absolute error in
        units of the in-sample error of last year's value (MASE); ``naive_error``: the same of
        last year's value over the same periods; ``value_added_rate``: how much smaller the error
        is, a fraction; ``bias``: mean error, positive where forecasts were too high, same unit;
        per level ``covered80_share``: fraction of what came that lay in the interval, and
        ``msis80``: its mean scaled interval score; ``model``, ``fallback`` and ``reason`` as for
        `forecast`. NA where nothing could be replayed.

    Raises
    ------
    ContractError
        As `forecast`.
    ParameterError
        As `forecast`.

    Notes
    -----
    Rolling origins: six, three periods apart, each with what was known by then; the weights of
    the members at an origin come from earlier replays over periods that had ended. An origin
    leaves at least a year and four periods of history. The width of an interval is learned from
    the same replays pooled over the fleet, so coverage over all series is near its level by
    making; that of one series is not. The interval score of level :math:`1-\alpha` is
    :math:`(u - l) + \tfrac{2}{\alpha}\max(l - y, 0) + \tfrac{2}{\alpha}\max(y - u, 0)`.

    References
    ----------
    .. [1] Tashman (2000), "Out-of-sample tests of forecasting accuracy", *International Journal
       of Forecasting* 16, 437-450.
    .. [2] Gneiting and Raftery (2007), "Strictly proper scoring rules", *Journal of the American
       Statistical Association* 102, 359-378.

    Examples
    --------
    >>> months = [f"{year}-{month:02d}" for year in (2022, 2023, 2024) for month in range(1, 13)]
    >>> steps = pd.DataFrame({"period": months, "amount": [float(k) for k in range(36)]})
    >>> tested = backtest(steps)
    >>> tested[["row_key", "origins", "tested"]].values.tolist()
    [['total', 6, 63], ['every-series', 6, 63]]
    """
    levels = levels_of(level)
    taken = read(table, by=by, value=value, freq=freq)
    names = taken.by or (SERIES,)
    parts, whole = [], _Sums(len(levels))
    for series, part in runs(taken, horizon=horizon, levels=levels, tier=tier):
        sums = _sums(part, levels)
        whole = whole.plus(sums)
        parts.append(
            pd.DataFrame(naming(taken, series, part) | _columns(sums, levels))
            .assign(model=[part.model(k) for k in range(len(part.which))])
            .assign(fallback=part.failed, reason=why(series, part))
        )
    rows = pd.concat(parts, ignore_index=True).sort_values(list(names), ignore_index=True)
    blank = {"row_key": EVERY, "model": "", "fallback": "", "reason": ""}
    last = pd.DataFrame(_columns(whole, levels)).assign(**dict.fromkeys(names, EVERY_SERIES))
    found = pd.concat([rows, last.assign(**blank)[rows.columns]], ignore_index=True)
    kinds = dict.fromkeys((*names, *blank), TEXT) | {"origins": COUNT, "tested": COUNT}
    numbers = {name: RATE for name in found.columns if name not in kinds}
    found[list(numbers)] = found[list(numbers)].mask(found[list(numbers)].isna())
    return found.astype(kinds | numbers)


class _Sums:
    """Back-test figures of series that can be added up."""

    def __init__(self, levels: int, size: int = 1) -> None:
        self.origins = np.zeros(size)
        self.tested = np.zeros(size)
        self.error = np.zeros(size)
        self.naive = np.zeros(size)
        self.bias = np.zeros(size)
        self.covered = np.zeros((levels, size))
        self.score = np.zeros((levels, size))

    def plus(self, other: _Sums) -> _Sums:
        found = _Sums(len(self.covered))
        for name, own in vars(self).items():
            setattr(found, name, own + vars(other)[name].sum(-1, keepdims=True))
        return found


def _sums(part: Forecasts, levels: tuple[float, ...]) -> _Sums:
    there = np.isfinite(part.errors) & np.isfinite(part.naive)
    found = _Sums(len(levels), len(part.which))
    size = np.where(there, np.abs(part.errors), 0.0)
    found.origins = there.any(2).sum(1).astype(float)
    found.tested = there.sum((1, 2)).astype(float)
    found.error = size.sum((1, 2))
    found.naive = np.where(there, np.abs(part.naive), 0.0).sum((1, 2))
    found.bias = np.where(there, part.errors, 0.0).sum((1, 2))
    for k, level in enumerate(levels):
        reach = part.reach[k]
        beyond = np.maximum(size - reach, 0.0) * 2 / (1 - level)
        found.covered[k] = (there & (size <= reach)).sum((1, 2))
        found.score[k] = np.where(there, 2 * reach + beyond, 0.0).sum((1, 2))
    return found


def _columns(sums: _Sums, levels: tuple[float, ...]) -> dict[str, Any]:
    """Return means of what was added up, NaN where nothing was replayed."""
    count = np.where(sums.tested > 0, sums.tested, np.nan)
    naive = np.where(sums.naive > 0, sums.naive, np.nan)
    found: dict[str, Any] = {
        "origins": sums.origins.astype(int),
        "tested": sums.tested.astype(int),
        "error": sums.error / count,
        "naive_error": sums.naive / count,
        "value_added_rate": 1 - sums.error / naive,
        "bias": sums.bias / count,
    }
    for k, level in enumerate(levels):
        percent = round(level * _PERCENT)
        found[f"covered{percent}_share"] = sums.covered[k] / count
        found[f"msis{percent}"] = sums.score[k] / count
    return found
