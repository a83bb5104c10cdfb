"""A treated unit beside what its donors, weighed, would have done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from pfkit.measures.effect.simplex import weights

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

Method: TypeAlias = Literal["synthetic_did", "synthetic_control", "did"]
METHODS: tuple[Method, ...] = ("synthetic_did", "synthetic_control", "did")
#: Next to no ridge, so that weights of periods are unique.
_LITTLE = 1e-6


@dataclass(frozen=True)
class Fit:
    """What one method makes of a panel.

    Parameters
    ----------
    units, times : numpy.ndarray
        Weights of donors, and of periods before the start.
    instead : numpy.ndarray
        By period, what would have been.
    gap : numpy.ndarray
        By period, what was less what would have been.
    before : int
        Periods before the start.
    """

    units: Array
    times: Array
    instead: Array
    gap: Array
    before: int

    @property
    def effect(self) -> float:
        """The mean gap from the start."""
        return float(self.gap[self.before :].mean())

    @property
    def misfit(self) -> float:
        """The root mean square gap before the start."""
        return float(np.sqrt(np.square(self.gap[: self.before]).mean()))

    @property
    def ratio(self) -> float:
        """The root mean square gap from the start in units of that before."""
        after = float(np.sqrt(np.square(self.gap[self.before :]).mean()))
        return after / self.misfit if self.misfit > 0 else np.inf


def fit(treated: Array, donors: Array, before: int, method: Method) -> Fit:
    r"""Return what donors say a treated series would have been.

    Parameters
    ----------
    treated : numpy.ndarray
        Treated units by period.
    donors : numpy.ndarray
        Donors by period.
    before : int
        Periods before the start.
    method : str
        ``did`` weighs donors and periods alike; ``synthetic_control`` weighs donors so that they
        are what the treated was before, level included; ``synthetic_did`` weighs donors so that
        they move as it did, and periods so that before is like after, both apart from a constant.

    Notes
    -----
    Of ``synthetic_did`` the ridge on donors is :math:`\zeta^2 T_0` with :math:`\zeta = (N_1
    T_1)^{1/4} \hat\sigma`, :math:`\hat\sigma` the standard deviation of donors' first differences
    before the start.

    References
    ----------
    .. [1] Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), "Synthetic
       difference-in-differences", *American Economic Review* 111, 4088-4118.
    .. [2] Abadie, Diamond and Hainmueller (2010), "Synthetic control methods for comparative case
       studies", *Journal of the American Statistical Association* 105, 493-505.

    Examples
    --------
    >>> found = fit(np.array([[1.0, 2, 9]]), np.array([[1.0, 2, 3], [5, 4, 3]]), 2, "did")
    >>> found.effect
    7.5
    """
    mine, count = treated.mean(0), len(donors)
    early, late = donors[:, :before], donors[:, before:]
    units: Array = np.full((count,), 1 / count)
    times: Array = np.full((before,), 1 / before)
    if method == "synthetic_control":
        units, times = weights(early.T, mine[:before]), np.zeros(before)
    elif method == "synthetic_did":
        steps = np.diff(early, axis=1)
        noise = float(steps.std(ddof=1)) if steps.size > 1 else 0.0
        zeta = (len(treated) * late.shape[1]) ** 0.25 * noise
        centered = early - early.mean(1, keepdims=True)
        units = weights(centered.T, mine[:before] - mine[:before].mean(), ridge=zeta**2 * before)
        after = late.mean(1)
        times = weights(
            early - early.mean(0), after - after.mean(), ridge=(_LITTLE * noise) ** 2 * count
        )
    alike = units @ donors
    instead = alike + float(times @ (mine - alike)[:before])
    return Fit(units, times, instead, mine - instead, before)
