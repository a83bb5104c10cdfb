"""The course of an effect since first use, drawn to one that changes slowly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.measures.attribution.growth import LAGS

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

#: Standard deviations by which an effect may change from one month to the next.
CHANGES: Final = (0.0, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032)
#: Standard deviation of an effect's level before anything is seen.
LEVEL: Final = 0.3
_FURTHEST: Final = np.array(LAGS, dtype=np.float64)


@dataclass(frozen=True)
class Shape:
    """How effects by lag are drawn together: a linear map and what is left of the noise."""

    gain: Array


def shape(effects: Array, noise: Array) -> Shape:
    """Return the map from one feature's effects by lag to its course.

    Parameters
    ----------
    effects : numpy.ndarray
        By lag; NaN where nothing tells it.
    noise : numpy.ndarray
        Covariance of the effects.

    Notes
    -----
    The course is a level and a walk from it whose steps have one of `CHANGES` as their spread; the
    walks are weighted by how likely they make the effects.
    """
    told = np.flatnonzero(np.isfinite(effects))
    if len(told) == 0:
        return Shape(np.zeros((len(LAGS), len(LAGS))))
    near = np.minimum(_FURTHEST[:, None], _FURTHEST[None, :])
    fits, gains = [], []
    for change in CHANGES:
        prior = LEVEL**2 + change**2 * near
        total = prior[np.ix_(told, told)] + noise[np.ix_(told, told)]
        total = total + 1e-10 * np.eye(len(told))
        inverse = np.linalg.inv(total)
        fits.append(-0.5 * (effects[told] @ inverse @ effects[told] + np.linalg.slogdet(total)[1]))
        gains.append(prior[:, told] @ inverse)
    weight = np.exp(np.array(fits) - max(fits))
    gain = np.zeros((len(LAGS), len(LAGS)))
    gain[:, told] = np.einsum("k,kij->ij", weight / weight.sum(), np.stack(gains))
    return Shape(gain)
