"""A series as a line, a fixed season and causes, with errors that remember: SARIMAX."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.measures.structural.models import (
    Fitted,
    Scaled,
    coefficients,
    fit,
    forecast,
    residuals,
    scaled,
    score,
    spare,
)

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.structural.causes import Causes

NAME = "sarimax"
#: Autoregressive and moving-average terms tried, by times differenced.
_ORDERS = {
    0: ((0, 0, 0), (1, 0, 0), (2, 0, 0)),
    1: ((0, 1, 0), (1, 1, 0), (0, 1, 1)),
}
_SURE = 0.05
#: Lags that the unit-root test takes in.
_LAGS = 1
#: A moving average near minus one undoes a difference.
_UNDONE = -0.95
#: Periods that models are compared by, at least.
_LEAST = 6
#: Errors below this share of the series' own spread are none.
_EXACT = 1e-9


def sarimax(values: Array, causes: Causes, season: int, first: int, *, seasonal: bool) -> Fitted:
    """Return the best of a few regressions with ARIMA errors.

    Parameters
    ----------
    values : numpy.ndarray
        The series, NaN where it has no value.
    causes : Causes
        Regressors over the periods of the series and after it.
    season : int
        Periods in a year.
    first : int
        Running number of the first period, so that a month is a month.
    seasonal : bool
        Whether there may be a season.

    Raises
    ------
    MeasureError
        If there are too few values, or no model converges.
    """
    at = scaled(values, causes)
    count, length = causes.past.shape[1], len(values)
    known = int(np.isfinite(values).sum())
    states = 2 + (season - 1) * seasonal + count
    spare(known, states, NAME)
    burn = max(min(states, length - _LEAST), 0)
    found: list[tuple[float, bool, int, Any, Scaled]] = []
    for shaped in (False, True) if seasonal else (False,):
        design = _design(len(at.past) + len(at.ahead), season, first, seasonal=shaped)
        times, order = _order(at, design[:length])
        own = design[:, times:]  # what is differenced loses its constant
        whole = replace(
            at,
            past=np.column_stack([own[:length], at.past]),
            ahead=np.column_stack([own[length:], at.ahead]),
        )
        one = fit(_model(whole, order), NAME)
        found.append((score(one, burn), shaped, times, one, whole))
    _, shaped, times, one, whole = min(found, key=lambda each: each[0])
    return _told(
        values,
        one,
        whole=whole,
        at=at,
        causes=causes,
        times=times,
        shaped=shaped,
        known=known,
        burn=burn,
    )


def _told(
    values: Array,
    found: Any,  # noqa: ANN401 - statsmodels has no types
    *,
    whole: Scaled,
    at: Scaled,
    causes: Causes,
    times: int,
    shaped: bool,
    known: int,
    burn: int,
) -> Fitted:
    beta, covariance = coefficients(found, at)
    count = causes.past.shape[1]
    columns = whole.past.shape[1] - count
    states = np.asarray(found.smoothed_state[:, -1])
    own = states[len(states) - count - columns : len(states) - count]
    lines = columns if not shaped else 2 - times
    line = whole.past[:, :lines] @ own[:lines] * at.spread + at.middle
    shape = whole.past[:, lines:columns] @ own[lines:] * at.spread
    noise = (values - line - shape - causes.past @ beta) / at.spread
    carried, rest = _carried(noise, found, times)
    mean, error = forecast(found, whole.ahead, at)
    order = found.model.order
    return Fitted(
        NAME,
        f"ARIMA({order[0]}, {order[1]}, {order[2]}) errors, "
        + ("a fixed season" if shaped else "no season"),
        line + carried * at.spread,
        shape,
        rest * at.spread,
        beta,
        covariance,
        known - whole.past.shape[1] - times,
        residuals(found),
        mean,
        error,
        score(found, burn, at.spread),
        burn,
        {name: float(one) for name, one in zip(found.param_names, found.params, strict=True)},
        times > 0,
    )


def _model(at: Scaled, order: tuple[int, int, int]) -> Any:  # noqa: ANN401 - statsmodels has no types
    return _arima(at.values, order, exog=at.past, mle_regression=False, use_exact_diffuse=True)


def _arima(values: Array, order: tuple[int, int, int], **more: Any) -> Any:  # noqa: ANN401 - as above
    from statsmodels.tsa.statespace.sarimax import SARIMAX  # noqa: PLC0415 - slow to load

    return SARIMAX(pd.Series(values), order=order, **more)


def _design(length: int, season: int, first: int, *, seasonal: bool) -> Array:
    """Return a constant, a line from 0 to 1 and, for a season, one column per period but one."""
    line = np.arange(length) / max(length - 1, 1)
    parts = [np.ones(length), line]
    if seasonal:
        month = (first + np.arange(length)) % season
        shapes = (month[:, None] == np.arange(season)[None, :]).astype(float)
        parts += list((shapes[:, :-1] - shapes[:, -1:]).T)
    return np.column_stack(parts)


def _order(at: Scaled, design: Array) -> tuple[int, tuple[int, int, int]]:
    """Return how often to difference, and the terms that fit what regression leaves best.

    Differenced once, unless a unit root of what the regression leaves is refused.
    """
    from statsmodels.tsa.stattools import adfuller  # noqa: PLC0415 - slow to load

    values = at.values  # noqa: PD011 - an array
    known = np.isfinite(values)
    whole = np.column_stack([design, at.past])
    beta, *_ = np.linalg.lstsq(whole[known], values[known], rcond=None)
    errors = np.where(known, values - whole @ beta, np.nan)
    held = errors[known]
    if float(held.std()) < _EXACT:
        return 0, _ORDERS[0][0]
    tested = adfuller(held, maxlag=_LAGS, autolag=None, regression="n", result_object=True)
    times = 0 if float(tested.pvalue) < _SURE else 1
    fits = {order: fit(_arima(errors, order), NAME) for order in _ORDERS[times]}
    best = min(fits, key=lambda order: score(fits[order], times))
    if float(fits[best].params.get("ma.L1", 0.0)) < _UNDONE:  # it takes the difference back
        return 0, _ORDERS[0][1]
    return times, best


def _carried(noise: Array, found: Any, times: int) -> tuple[Array, Array]:  # noqa: ANN401 - as above
    """Split errors into what the past told of them and what was new."""
    model = _arima(noise, found.model.order)
    told = model.filter(found.params)
    carried = np.asarray(told.filter_results.forecasts[0], dtype=float)
    carried[:times] = noise[:times]
    return carried, noise - carried
