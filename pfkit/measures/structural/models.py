"""What a fitted model says of a series, in one form; how it is fitted without failing silently."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.errors import MeasureError

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.structural.causes import Causes
    from pfkit.measures.structural.mixture import Mixture
    from pfkit.measures.structural.parts import Parts

#: Steps of the optimizer, and of the slower one that is asked where the first does not arrive.
MOST, MOST_SLOW = 500, 4000
#: Values that must be left once everything is estimated.
SPARE = 4
_TINY = 1e-9
_ADVICE = "Leave out drivers or interventions, or give more periods."


@dataclass(frozen=True)
class Fitted:
    """A fitted model, on the scale it was fitted on.

    Parameters
    ----------
    model, told : str
        Its name, and its form in words.
    trend, season, rest : numpy.ndarray
        One per period; with what the causes did they make the series.
    coefficients, ahead : Mixture
        The coefficients of the causes, and the values of the periods after the series.
    parts : Parts
        What all of it was read from.
    residuals : numpy.ndarray
        Standardized errors one period ahead, where nothing was yet unknown.
    score : float
        Akaike's criterion over the periods after `burn`, in the unit of the scale it was fitted on.
    burn : int
        Periods that no score counts, since something was still unknown.
    parameters : dict
        Estimated variances and autoregressive or moving-average terms.
    wanders : bool
        Whether its level moves by chance.
    """

    model: str
    told: str
    trend: Array
    season: Array
    rest: Array
    coefficients: Mixture
    ahead: Mixture
    parts: Parts
    residuals: Array
    score: float
    burn: int
    parameters: dict[str, float]
    wanders: bool


@dataclass(frozen=True)
class Scaled:
    """A series and its causes in units in which a diffuse start is wide and optimizers arrive.

    Parameters
    ----------
    values : numpy.ndarray
        Mean zero, spread one.
    past, ahead : numpy.ndarray
        The causes, each of size one.
    middle, spread : float
        What a value is to be multiplied by and added to.
    sizes : numpy.ndarray
        What a cause was divided by.
    """

    values: Array
    past: Array
    ahead: Array
    middle: float
    spread: float
    sizes: Array


def scaled(values: Array, causes: Causes) -> Scaled:
    """Return a series and its causes in units of their spread."""
    middle, spread = float(np.nanmean(values)), float(np.nanstd(values))
    sizes = np.abs(causes.past).max(0, initial=0.0)
    sizes = np.where(sizes > 0, sizes, 1.0)
    return Scaled(
        (values - middle) / spread,
        causes.past / sizes,
        causes.ahead / sizes,
        middle,
        spread,
        sizes,
    )


def spare(known: int, estimated: int, model: str) -> int:
    """Return how many values are left once everything is estimated.

    Raises
    ------
    MeasureError
        If they are too few.
    """
    left = known - estimated
    if left < SPARE:
        raise MeasureError(
            f"{known} values are too few for the {estimated} figures that {model} estimate",
            where="series",
            advice=_ADVICE,
        )
    return left


def fit(model: Any, what: str, start: Array | None = None) -> Any:  # noqa: ANN401 - statsmodels has no types
    """Return a fitted statsmodels model.

    Raises
    ------
    MeasureError
        If no optimizer arrives.
    """
    with warnings.catch_warnings():
        # whether it arrived is read from the optimizer itself, below
        warnings.simplefilter("ignore")
        try:
            found = model.fit(start_params=start, disp=False, maxiter=MOST)
            if not arrived(found):
                found = model.fit(
                    start_params=found.params, method="nm", disp=False, maxiter=MOST_SLOW
                )
        except (np.linalg.LinAlgError, ValueError) as error:
            raise MeasureError(
                f"{what} could not be computed: {error}", where="series", advice=_ADVICE
            ) from error
    if not arrived(found):
        raise MeasureError(f"{what} did not converge", where="series", advice=_ADVICE)
    return found


def arrived(found: Any) -> bool:  # noqa: ANN401 - statsmodels has no types
    """Return whether a fit converged on a finite likelihood."""
    return bool(found.mle_retvals["converged"]) and bool(np.isfinite(found.llf))


def score(found: Any, burn: int, spread: float = 1.0) -> float:  # noqa: ANN401 - as above
    """Return Akaike's corrected criterion over the periods after the first `burn`.

    With `spread`, of values that were divided by it, as of the values themselves.
    """
    likelihoods = np.asarray(found.llf_obs)[burn:]
    count, free = int((likelihoods != 0).sum()), len(found.params)
    extra = 2 * free * (free + 1) / max(count - free - 1, 1)
    return float(2 * count * np.log(spread) - 2 * likelihoods.sum() + 2 * free + extra)


def residuals(found: Any) -> Array:  # noqa: ANN401 - statsmodels has no types
    """Return standardized errors one period ahead, of periods foretold from a known start."""
    errors = np.asarray(found.standardized_forecasts_error[0], dtype=float)
    diffuse = found.forecasts_error_diffuse_cov
    known = np.isfinite(errors)
    if diffuse is not None:
        known &= np.abs(diffuse[0, 0]) < _TINY
    return np.asarray(errors[known])
