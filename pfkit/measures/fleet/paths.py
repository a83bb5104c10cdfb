"""Sample paths: what may come, period by period, each path whole, for every series at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.rows import TINY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.engine import Forecasts
    from pfkit.measures.medians import Array

#: Paths of a series where no number is asked for.
COUNT = 1000
#: How much two series' own past errors at the same origins say of their correlation.
OWN_TOGETHER = 0.25
#: Draws that all series share, and draws of a series' own: two streams of one seed.
_SHARED, _OWN = 0, 1


def paths(part: Forecasts, *, count: int = COUNT, seed: int = 0, floored: bool = True) -> Array:
    r"""Return sample paths of some series: series by path by period ahead, in the series' unit.

    Parameters
    ----------
    part : Forecasts
        Series as the engine forecast them.
    count : int
        Paths per series.
    seed : int
        The same seed gives the same digits.
    floored : bool
        Whether no path of a series that never was negative falls below zero. Sums of floored
        paths lie too high where a series comes near to zero: add up bare ones, then floor.

    Returns
    -------
    numpy.ndarray
        NaN where nothing says how wide. At each period ahead the paths of a series are, in some
        order, the quantiles of its forecast: as many lie in the engine's interval as it says.

    Notes
    -----
    Student's copula joins the periods by the correlation of the fleet's back-test errors; its
    degrees of freedom, learned from the same errors, let a whole path be wild. Scores of series
    :math:`i` are, up to the path's own width,
    :math:`\sqrt{\lambda} \sum_o b_{io} g_o + \sqrt{1 - \lambda} (\sqrt\rho\, c + \sqrt{1 - \rho}
    \, e_i)` with shocks :math:`g_o` per origin and :math:`c` that all series share, :math:`b_i` the
    series' errors at its origins over their length, :math:`\rho` the correlation of any two series
    and :math:`\lambda = 1/4`: the cross-section of every origin is kept together. So sums
    of series over the same paths are joint.

    References
    ----------
    .. [1] Schefzik, Thorarinsdottir and Gneiting (2013), "Uncertainty quantification in complex
       simulation models using ensemble copula coupling", *Statistical Science* 28, 616-640.
    .. [2] Stein (1987), "Large sample properties of simulations using Latin hypercube sampling",
       *Technometrics* 29, 143-151.
    .. [3] Demarta and McNeil (2005), "The t copula and related copulas", *International
       Statistical Review* 73, 111-129.
    """
    scores = _scores(part, count, seed)
    order = np.argsort(scores, axis=1)
    share = (2 * np.arange(count) + 1) / count - 1
    ratio = np.sign(share) * part.spread.within(np.abs(share))
    found = np.empty_like(scores)
    np.put_along_axis(found, order, np.broadcast_to(ratio[None, :, None], found.shape), axis=1)
    found *= part.expected[:, None, :]
    found += part.mean[:, None, :]
    if floored:
        floor = np.where(part.never_negative, 0.0, -np.inf)
        np.maximum(found, floor[:, None, None], out=found)
    return found


def _scores(part: Forecasts, count: int, seed: int) -> Array:
    """Return scores, series by path by period ahead, joined over periods and series."""
    size, horizon = part.mean.shape
    shared = np.random.default_rng([seed, _SHARED, part.season])
    weight, common = _weights(part), part.dependence.together
    each = shared.standard_normal((weight.shape[1], count * horizon))
    all_alike = shared.standard_normal(count * horizon)
    own = np.random.default_rng([seed, _OWN, part.season, int(part.which.min())])
    found = own.standard_normal((size, count * horizon))
    rest = np.sqrt(np.maximum(1 - (weight**2).sum(1, keepdims=True), 0.0))
    found *= rest * np.sqrt(1 - common)
    found += rest * (np.sqrt(common) * all_alike[None, :])
    found += weight @ each
    lower = np.linalg.cholesky(part.dependence.steps + TINY * np.eye(horizon))
    joined = found.reshape(size, count, horizon) @ lower.T
    freedom = part.dependence.freedom
    if np.isfinite(freedom):
        joined *= np.sqrt(freedom / own.chisquare(freedom, (size, count, 1)))
    return np.asarray(joined)


def _weights(part: Forecasts) -> Array:
    """Return how much of each origin's shock is in a series; zero where it was not replayed."""
    scores = np.nan_to_num(part.scores)
    size = np.sqrt((scores**2).sum(1, keepdims=True))
    return np.asarray(np.sqrt(OWN_TOGETHER) * scores / np.where(size > TINY, size, 1.0))


def added(part: Forecasts, levels: Sequence[float]) -> Forecasts:
    """Return the forecasts of running totals: each period ahead is the sum up to it.

    Parameters
    ----------
    part : Forecasts
        Series as the engine forecast them.
    levels : sequence of float
        Shares of what comes that the intervals are to hold.
    """
    mean = np.cumsum(part.mean, axis=1)
    totals = np.cumsum(paths(part, floored=False), axis=2)
    low, high = bounds(totals, levels, axis=1)
    low, high = np.minimum(low, mean[None]), np.maximum(high, mean[None])
    low = np.maximum(low, np.where(part.never_negative, 0.0, -np.inf)[None, :, None])
    low[:, :, 0], high[:, :, 0] = part.low[:, :, 0], part.high[:, :, 0]
    return replace(part, mean=mean, low=low, high=high)


def bounds(draws: Array, levels: Sequence[float], axis: int) -> tuple[Array, Array]:
    """Return lower and upper bounds per level of what was drawn, along an axis."""
    tail = (1 - np.asarray(levels, dtype=float)) / 2
    found = np.quantile(draws, np.concatenate([tail, 1 - tail]), axis=axis)
    return found[: len(tail)], found[len(tail) :]
