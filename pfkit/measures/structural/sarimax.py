"""A series as a line, a fixed season and causes, with errors that remember: SARIMAX."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.measures.structural.models import (
    Fitted,
    Scaled,
    fit,
    residuals,
    scaled,
    score,
    spare,
)
from pfkit.measures.structural.parts import line, parts, shapes
from pfkit.measures.structural.restless import remembering

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
    span = length + len(at.ahead)
    found: list[tuple[float, bool, int, Any, Scaled]] = []
    for shaped in (False, True) if seasonal else (False,):
        design = np.column_stack(
            [line(span), shapes(span, season, first)[:, : season if shaped else 0]]
        )
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
    order = one.model.order
    every = parts(
        at,
        line(span),
        shapes(span, season, first)[:, : season if shaped else 0],
        remembering(span, order),
    )
    shape, beta = every.season().mean, every.coefficients()
    rest = every.surprises()
    rest[:times] = 0.0  # nothing foretells where a walk begins
    return Fitted(
        NAME,
        f"ARIMA({order[0]}, {order[1]}, {order[2]}) errors, "
        + ("a fixed season" if shaped else "no season"),
        values - rest - shape - causes.past @ beta.mean,
        shape,
        rest,
        beta,
        every.ahead(),
        every,
        residuals(one),
        score(one, burn, at.spread),
        burn,
        {name: float(each) for name, each in zip(one.param_names, one.params, strict=True)},
        times > 0,
    )


def _model(at: Scaled, order: tuple[int, int, int]) -> Any:  # noqa: ANN401 - statsmodels has no types
    return _arima(at.values, order, exog=at.past, mle_regression=False, use_exact_diffuse=True)


def _arima(values: Array, order: tuple[int, int, int], **more: Any) -> Any:  # noqa: ANN401 - as above
    from statsmodels.tsa.statespace.sarimax import SARIMAX  # noqa: PLC0415 - slow to load

    return SARIMAX(pd.Series(values), order=order, **more)


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
