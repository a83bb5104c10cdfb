"""A series as level, slope, season and causes: an unobserved-components model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.measures.structural.models import (
    Fitted,
    fit,
    residuals,
    scaled,
    score,
    spare,
)
from pfkit.measures.structural.parts import line, parts, shapes
from pfkit.measures.structural.restless import wandering

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.structural.causes import Causes
    from pfkit.measures.structural.models import Scaled

NAME = "components"
_TRENDS = {
    "llevel": "a level that wanders",
    "lldtrend": "a level that wanders about a steady slope",
    "strend": "a slope that wanders",
}
_SEASONS = {"none": "no season", "fixed": "a fixed season", "moving": "a season that moves"}
#: The trend with which seasons are compared before trends are.
_FIRST = "lldtrend"
#: How much better another trend must be: less is chance, and a slope that wanders eats any step.
_PLAINLY = 2.0
#: Periods that models are compared by, at least.
_LEAST = 6
#: A variance below this share of the series' own does not move anything.
_STILL = 1e-6


def components(values: Array, causes: Causes, season: int, *, seasonal: bool) -> Fitted:
    """Return the best of a few unobserved-components models.

    Parameters
    ----------
    values : numpy.ndarray
        The series, NaN where it has no value.
    causes : Causes
        Regressors over the periods of the series and after it.
    season : int
        Periods in a year.
    seasonal : bool
        Whether there may be a season.

    Raises
    ------
    MeasureError
        If there are too few values, or no model converges.
    """
    at = scaled(values, causes)
    count = causes.past.shape[1]
    states = 2 + (season - 1) * seasonal + count
    known = int(np.isfinite(values).sum())
    spare(known, states, NAME)
    burn = max(min(states, len(values) - _LEAST), 0)
    trend, kind, found = _best(at, season, burn, seasonal=seasonal)
    exact = fit(_model(at, trend, kind, season, exact=True), NAME, found.params)
    length = len(values) + len(at.ahead)
    every = parts(
        at,
        line(length)[:, : 1 if trend == "llevel" else 2],
        shapes(length, season)[:, : 0 if kind == "none" else season],
        wandering(length, season, trend=trend, moving=kind == "moving"),
    )
    level, shape, beta = every.trend().mean, every.season().mean, every.coefficients()
    parameters = {
        name: float(one) for name, one in zip(exact.param_names, exact.params, strict=True)
    }
    moving = [one for name, one in parameters.items() if name in {"sigma2.level", "sigma2.trend"}]
    return Fitted(
        NAME,
        f"{_TRENDS[trend]}, {_SEASONS[kind]}",
        level,
        shape,
        values - level - shape - causes.past @ beta.mean,
        beta,
        every.ahead(),
        every,
        residuals(exact),
        score(found, burn, at.spread),
        burn,
        parameters,
        max(moving) > _STILL,
    )


def _best(at: Scaled, season: int, burn: int, *, seasonal: bool) -> tuple[str, str, Any]:
    """Return the trend, the season and the fit with the best score; the season comes first."""
    kinds = ("none", "fixed", "moving") if seasonal else ("none",)
    first = {kind: fit(_model(at, _FIRST, kind, season), NAME) for kind in kinds}
    kind = min(kinds, key=lambda one: score(first[one], burn))
    tried = list(_TRENDS) if len(at.past) - burn >= season else [_FIRST]
    every = {
        trend: first[kind] if trend == _FIRST else fit(_model(at, trend, kind, season), NAME)
        for trend in tried
    }
    scores = {trend: score(one, burn) for trend, one in every.items()}
    trend = min(scores, key=lambda one: scores[one])
    if scores[_FIRST] - scores[trend] < _PLAINLY:
        trend = _FIRST
    return trend, kind, every[trend]


def _model(at: Scaled, trend: str, kind: str, season: int, *, exact: bool = False) -> Any:  # noqa: ANN401 - statsmodels has no types
    from statsmodels.tsa.statespace.structural import UnobservedComponents  # noqa: PLC0415 - slow to load

    return UnobservedComponents(
        pd.Series(at.values),
        trend,
        seasonal=None if kind == "none" else season,
        stochastic_seasonal=kind == "moving",
        exog=at.past if at.past.shape[1] else None,
        mle_regression=False,
        use_exact_diffuse=exact,
    )
