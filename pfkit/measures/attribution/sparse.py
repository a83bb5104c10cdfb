"""Effects on leaving, with what sways those who choose taken out of all of them together.

Customers that take features up would stay longer anyway, for reasons that no table holds. That
shifts every effect on leaving alike, also those of features that keep nobody, and most features
keep nobody: so where the effects crowd together is the shift, and what stands off is effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

#: Spread of the shift common to all features, and of what each has beside it (log hazard ratio).
COMMON: Final = 0.12
EACH: Final = 0.05
#: Spread of effects that are not zero.
WIDE: Final = 0.35
_SHIFTS: Final = np.linspace(-0.5, 0.5, 101)
_SHARES: Final = np.linspace(0.05, 0.95, 19)
_BETA: Final = 1.5  # what is thought of the share of features with an effect: Beta(1.5, 1.5)


@dataclass(frozen=True)
class Sparse:
    """What is believed of effects on leaving.

    Attributes
    ----------
    mean : numpy.ndarray
        By feature.
    shift : float
        What sways those who choose.
    """

    mean: Array
    shift: float
    weight: Array
    real: Array
    middle: Array
    spread: Array

    def draws(self, count: int, rng: np.random.Generator) -> Array:
        """Return draws × features of what is believed."""
        at = rng.choice(self.weight.size, count, p=self.weight.ravel())
        shift, share = np.unravel_index(at, self.weight.shape)
        real = rng.random((count, len(self.mean))) < self.real[:, shift, share].T
        value = self.middle[:, shift].T + self.spread * rng.standard_normal(real.shape)
        return np.where(real, value, 0.0)


def sparse(
    effects: Array,
    errors: Array,
    choice: Array,
    shifts: Array | None = None,
    shift_errors: Array | None = None,
) -> Sparse:
    """Return what to believe of effects on leaving.

    Parameters
    ----------
    effects, errors : numpy.ndarray
        Log hazard ratios as fitted, and their standard errors; an error that is not above zero
        means that nothing is known.
    choice : numpy.ndarray
        How far use was a choice: 1 where it was, 0 where all took it up that could.
    shifts, shift_errors : numpy.ndarray, optional
        What else is seen of what sways those who choose, and its standard errors.
    """
    known = np.flatnonzero((errors > 0) & np.isfinite(errors))
    features = len(effects)
    none = errors[known] ** 2 + (EACH * choice[known]) ** 2
    some = none + WIDE**2
    off = effects[known][:, None] - choice[known][:, None] * _SHIFTS[None, :]
    zero = np.exp(-0.5 * off**2 / none[:, None]) / np.sqrt(none)[:, None]
    real = np.exp(-0.5 * off**2 / some[:, None]) / np.sqrt(some)[:, None]
    mixed = (1 - _SHARES) * zero[:, :, None] + _SHARES * real[:, :, None]
    logs = np.log(np.maximum(mixed, 1e-300)).sum(0) - 0.5 * (_SHIFTS / COMMON)[:, None] ** 2
    if shifts is not None and shift_errors is not None:
        apart = (shifts[:, None] - _SHIFTS[None, :]) / shift_errors[:, None]
        logs = logs - 0.5 * (apart**2).sum(0)[:, None]
    logs = logs + (_BETA - 1) * (np.log(_SHARES) + np.log1p(-_SHARES))
    weight = np.exp(logs - logs.max())
    weight = weight / weight.sum()
    shape = (features, len(_SHIFTS), len(_SHARES))
    chance, middle, spread = np.zeros(shape), np.zeros(shape[:2]), np.zeros(features)
    chance[known] = _SHARES * real[:, :, None] / np.maximum(mixed, 1e-300)
    middle[known] = off * (WIDE**2 / some)[:, None]
    spread[known] = np.sqrt(WIDE**2 * none / some)
    mean = np.einsum("sp,fsp,fs->f", weight, chance, middle)
    return Sparse(mean, float(weight.sum(1) @ _SHIFTS), weight, chance, middle, spread)
