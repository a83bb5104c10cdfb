"""The members of the mix: each forecasts every series, or says why it does not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from pfkit.measures.fleet.rows import TINY, Rows, line
from pfkit.measures.fleet.seasons import ahead, along, seasonal, shape
from pfkit.measures.fleet.smoothing import Grid, grid, smooth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pfkit.measures.medians import Array, Flags

#: What the errors of a member that breaks may be.
BREAKS = (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError)
#: A forecast beyond so many times the largest value seen is none.
BEYOND = 20.0

_FLAT = (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)
_TRENDS, _DAMPED_TRENDS = (0.01, 0.06), (0.05, 0.15)
FLAT = grid([], flat=_FLAT)
GRIDS: Mapping[str, Grid] = {
    "fast": grid(
        [0.05, 0.15, 0.35, 0.6, 0.9],
        flat=_FLAT[::2],
        trends=_TRENDS,
        damped_trends=_DAMPED_TRENDS,
        dampings=[0.9],
        seasons=[0.0, 0.1, 0.3],
    ),
    "full": grid(
        [0.02, 0.08, 0.18, 0.3, 0.45, 0.65, 0.9],
        flat=_FLAT,
        trends=_TRENDS,
        damped_trends=_DAMPED_TRENDS,
        dampings=[0.85, 0.95],
        seasons=[0.0, 0.05, 0.15, 0.35],
    ),
}


@dataclass(frozen=True)
class Task:
    """Series to forecast, with what several members need of them.

    Parameters
    ----------
    rows : Rows
        The series.
    horizon : int
        Periods ahead.
    tier : str
        ``fast`` or ``full``: how many parameters are tried.
    """

    rows: Rows
    horizon: int
    tier: str

    @cached_property
    def seasonal(self) -> Flags:
        """Which series have a season."""
        return seasonal(self.rows)

    @cached_property
    def adding(self) -> Array:
        """The seasonal shape that adds."""
        return shape(self.rows, self.seasonal)

    @cached_property
    def adding_to_logs(self) -> Array:
        """The seasonal shape that adds to the logarithm."""
        return shape(self.rows.logs, self.seasonal)


Member: TypeAlias = "Callable[[Task], Array]"


def theta(task: Task) -> Array:
    r"""Forecast by the Theta method on the series without its season, which multiplies.

    Notes
    -----
    Half the line through the whole history, half the simple smoothing of twice the series less
    that line. A series with values at or below zero has none.

    References
    ----------
    .. [1] Assimakopoulos and Nikolopoulos (2000), "The theta model", *International Journal of
       Forecasting* 16, 521-530.
    """
    pattern = shape(task.rows, task.seasonal, times=True)
    bare = task.rows.with_values(task.rows.values / along(pattern, task.rows.values.shape[1]))
    found = _theta(bare, task.horizon) * ahead(pattern, task.rows, task.horizon)
    return np.where(task.rows.positive[:, None], found, np.nan)


def theta_log(task: Task) -> Array:
    """Forecast by the Theta method on logarithms, season and trend multiplying."""
    rows, pattern = task.rows.logs, task.adding_to_logs
    bare = rows.with_values(rows.values - along(pattern, rows.values.shape[1]))
    return _power(task, _theta(bare, task.horizon) + ahead(pattern, rows, task.horizon))


def _theta(rows: Rows, horizon: int) -> Array:
    mean, slope = line(rows)
    middle = (rows.lengths - 1) / 2
    at = np.arange(rows.values.shape[1])[None, :] - middle[:, None]
    drawn = rows.with_values(2 * rows.values - (mean[:, None] + slope[:, None] * at))
    steps = middle[:, None] + np.arange(1, horizon + 1)[None, :]
    return np.asarray(
        0.5 * smooth(drawn, FLAT, horizon) + 0.5 * (mean[:, None] + slope[:, None] * steps)
    )


def smooth_raw(task: Task) -> Array:
    """Forecast by exponential smoothing with trend, damped trend or none, the season adding."""
    return smooth(task.rows, GRIDS[task.tier], task.horizon, task.adding)


def smooth_log(task: Task) -> Array:
    """Forecast by the same smoothing of logarithms, so that season and trend multiply."""
    logs = smooth(task.rows.logs, GRIDS[task.tier], task.horizon, task.adding_to_logs)
    return _power(task, logs)


def autoregression(task: Task) -> Array:
    r"""Forecast by a ridge regression of each period's change on the changes before it.

    Notes
    -----
    Logarithms where every value is above zero, else the values, without their season. Six lags
    of a month, four of a quarter; the penalty of lag :math:`j` is :math:`2j`, that of the drift
    8, in units of the changes' spread; the drift fades by 3 % a period.

    References
    ----------
    .. [1] Hoerl and Kennard (1970), "Ridge regression", *Technometrics* 12, 55-67.
    """
    on_logs = task.rows.positive[:, None]
    rows = Rows(
        np.where(on_logs, task.rows.logs.values, task.rows.values),
        task.rows.lengths,
        task.rows.season,
    )
    pattern = np.where(on_logs, task.adding_to_logs, task.adding)
    bare = rows.with_values(rows.values - along(pattern, rows.values.shape[1]))
    lags = LAGS[rows.season]
    if rows.values.shape[1] < lags + 2:
        return np.full((len(rows.lengths), task.horizon), np.nan)
    found = _changes_ahead(bare, lags, task.horizon) + ahead(pattern, rows, task.horizon)
    return np.where(on_logs, np.exp(np.where(on_logs, found, 0.0)), found)


def _changes_ahead(bare: Rows, lags: int, horizon: int) -> Array:
    changes = np.where(bare.own[:, 1:], np.diff(bare.values, axis=1), 0.0)
    count = bare.lengths - 1
    spread = np.sqrt((changes**2).sum(1) / np.maximum(count, 1))
    spread = np.where(spread > TINY, spread, 1.0)
    z = changes / spread[:, None]
    width = z.shape[1]
    used = (np.arange(lags, width)[None, :] < count[:, None]).astype(float)
    before = [z[:, lags - j : width - j] * used for j in range(1, lags + 1)]
    design, size = [*before, used], lags + 1
    left, right = np.empty((len(z), size, size)), np.empty((len(z), size))
    for j in range(size):
        right[:, j] = np.einsum("nt,nt->n", design[j], z[:, lags:])
        for k in range(j + 1):
            left[:, j, k] = left[:, k, j] = np.einsum("nt,nt->n", design[j], design[k])
    left += np.diag([*(2.0 * np.arange(1, lags + 1)), 8.0])[None]
    weights = np.linalg.solve(left, right[:, :, None])[:, :, 0]
    at = np.maximum(count[:, None] - 1 - np.arange(lags)[None, :], 0)
    known = np.take_along_axis(z, at, 1)
    level = bare.last()
    found = np.empty((len(count), horizon))
    for h in range(horizon):
        change = (known * weights[:, :lags]).sum(1) + weights[:, lags] * 0.97**h
        level = level + change * spread
        found[:, h] = level
        known = np.concatenate([change[:, None], known[:, :-1]], axis=1)
    return found


def last_year(task: Task) -> Array:
    """Forecast the same period of the last year; the last value where there is no year."""
    rows, season = task.rows, task.rows.season
    at = rows.lengths[:, None] - season + (np.arange(task.horizon) % season)[None, :]
    at = np.where((rows.lengths >= season)[:, None], at, rows.lengths[:, None] - 1)
    return np.asarray(np.take_along_axis(rows.values, at, 1))


def _power(task: Task, logs: Array) -> Array:
    """Return forecasts of logarithms as values; NaN where a series has no logarithm."""
    there = task.rows.positive[:, None]
    return np.where(there, np.exp(np.where(there, logs, 0.0)), np.nan)


MEMBERS: dict[str, Member] = {
    "theta": theta,
    "theta_log": theta_log,
    "smooth_raw": smooth_raw,
    "smooth_log": smooth_log,
    "autoregression": autoregression,
    "last_year": last_year,
}
#: Members that take logarithms, and lags the regression looks back by frequency.
NEEDS_POSITIVE = ("theta", "theta_log", "smooth_log")
LAGS: Mapping[int, int] = {12: 6, 4: 4}
#: Values below which only the last one is carried forward: fewer show no trend.
SHORTEST: Mapping[int, int] = {12: 6, 4: 4}


def applies(rows: Rows) -> Flags:
    """Return series by member: whether the member is meant for such a series at all."""
    found = np.ones((len(rows.lengths), len(MEMBERS)), dtype=bool)
    for k, name in enumerate(MEMBERS):
        if name in NEEDS_POSITIVE:
            found[:, k] = rows.positive
        elif name == "autoregression":
            found[:, k] = rows.lengths > LAGS[rows.season] + 1
        if name != "last_year":
            found[:, k] &= rows.lengths >= SHORTEST[rows.season]
    return found


def forecasts(task: Task) -> tuple[Array, dict[str, str]]:
    """Return every member's forecast, and what broke.

    Returns
    -------
    numpy.ndarray
        Series by member by period ahead; NaN where a member has no answer, or one beyond twenty
        times the largest value of the series. A series that never was negative is forecast no
        lower than zero.
    dict
        Per member that raised, what it said.
    """
    found = np.full((len(task.rows.lengths), len(MEMBERS), task.horizon), np.nan)
    broken: dict[str, str] = {}
    meant = applies(task.rows)
    most = BEYOND * np.abs(task.rows.values).max(1, keepdims=True) + TINY
    for k, (name, member) in enumerate(MEMBERS.items()):
        try:
            with np.errstate(all="ignore"):
                answer = member(task)
        except BREAKS as error:
            broken[name] = f"{type(error).__name__}: {error}"
            continue
        whole = (np.abs(answer) <= most).all(1) & meant[:, k]  # false where it is NaN
        found[:, k] = np.where(whole[:, None], answer, np.nan)
    floor = np.where(task.rows.never_negative, 0.0, -np.inf)[:, None, None]
    return np.maximum(found, floor), broken
