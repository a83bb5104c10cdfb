"""What each part of a model contributed to the actual, in its own unit, so that parts add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.structural.causes import Causes
    from pfkit.measures.structural.models import Fitted

_NEAR = 1e-12


@dataclass(frozen=True)
class Contributions:
    """Amounts by period that add up to the actual.

    Parameters
    ----------
    trend, season, rest : numpy.ndarray
        In the unit of the series; NaN where there is no actual.
    causes : numpy.ndarray
        One column per cause.
    weights : numpy.ndarray
        What one unit of the model's scale is worth in each period.
    """

    trend: Array
    season: Array
    rest: Array
    causes: Array
    weights: Array


def contributions(actual: Array, fitted: Fitted, causes: Causes, *, log: bool) -> Contributions:
    r"""Return what each part of a model contributed to each actual.

    Parameters
    ----------
    actual : numpy.ndarray
        The series, NaN where it has no value.
    fitted : Fitted
        The model, on its own scale.
    causes : Causes
        Regressors over the periods of the series.
    log : bool
        Whether the model is of logarithms.

    Notes
    -----
    On the raw scale the parts are those of the model. On the log scale the trend is its
    exponential, and the distance from it to the actual is shared by the logarithmic mean
    :math:`L(a, b) = (a - b) / (\ln a - \ln b)`, which leaves nothing over. What rounding leaves
    stands in the rest.
    """
    effects = causes.past * fitted.coefficients.mean
    if log:
        trend = np.exp(fitted.trend)
        weights = log_mean(actual, trend)
    else:
        trend = fitted.trend
        weights = np.where(np.isfinite(actual), 1.0, np.nan)
    trend = np.where(np.isfinite(actual), trend, np.nan)
    season, each = fitted.season * weights, effects * weights[:, None]
    rest = actual - trend - season - each.sum(1)
    return Contributions(trend, season, rest, each, weights)


def log_mean(left: Array, right: Array) -> Array:
    """Return the logarithmic mean of two positive arrays; their own value where they are equal.

    Examples
    --------
    >>> log_mean(np.array([np.e, 2.0]), np.array([1.0, 2.0])).round(6).tolist()
    [1.718282, 2.0]
    """
    apart = np.log(left) - np.log(right)
    near = np.abs(apart) < _NEAR
    return np.where(near, right, (left - right) / np.where(near, 1.0, apart))
