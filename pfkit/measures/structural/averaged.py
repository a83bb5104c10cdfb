"""What a linear model says once how restless its parts are is averaged over, not plugged in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pfkit.measures.structural.mixture import Mixture

if TYPE_CHECKING:
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array

#: A candidate below this weight adds nothing that is seen.
_NOTHING = 1e-7
#: Squares that are left below this share of those there were are rounding.
_EXACT = 1e-18
#: What makes a covariance that rounding left indefinite invertible.
_JITTER = 1e-12


class Design(NamedTuple):
    """Columns whose coefficients are unknown, over the periods of a series and after it.

    Parameters
    ----------
    trend, season, causes : numpy.ndarray
        One row per period.
    """

    trend: Array
    season: Array
    causes: Array


class Candidates(NamedTuple):
    """How the parts of a series may vary by chance: covariances up to a common scale.

    Parameters
    ----------
    trend, season : numpy.ndarray
        Candidate by period by period.
    noise : numpy.ndarray
        Per candidate, the variance of what is of one period only.
    """

    trend: Array
    season: Array
    noise: Array


class Target(NamedTuple):
    """What is asked for, as weights of parts; one row each.

    Parameters
    ----------
    trend, season, noise : numpy.ndarray
        Weights by period of the series and after it.
    causes : numpy.ndarray
        Weights of the coefficients of the causes.
    """

    trend: Array
    season: Array
    noise: Array
    causes: Array


@dataclass(frozen=True)
class Averaged:
    """A series regressed under every candidate, and how likely each is.

    Parameters
    ----------
    design, candidates : Design, Candidates
        What it was regressed on, and the candidates that count.
    known : numpy.ndarray
        Places of the periods that have a value.
    places, weights : numpy.ndarray
        Which candidates are likely enough to count, and how much each does.
    inverse : numpy.ndarray
        Per candidate, of the covariance of the values.
    beta, unit : numpy.ndarray
        Per candidate: the coefficients, and their covariance up to the scale.
    left : numpy.ndarray
        Per candidate: what the regression leaves, times `inverse`.
    scale : numpy.ndarray
        Per candidate: the variance that covariances are to be multiplied by.
    freedom : int
        Values beyond the coefficients.
    """

    design: Design
    candidates: Candidates
    known: Counts
    places: Counts
    weights: Array
    inverse: Array
    beta: Array
    unit: Array
    left: Array
    scale: Array
    freedom: int

    def of(self, target: Target) -> Mixture:
        """Return what is known of a target: a t distribution per candidate, and their weights."""
        trend, season, noise = self.candidates
        at = self.known
        asked = np.column_stack(
            [target.trend @ self.design.trend, target.season @ self.design.season, target.causes]
        )
        both, alone = target.trend @ trend, target.season @ season
        spread = (both * target.trend).sum(-1) + (alone * target.season).sum(-1)
        spread = spread + noise[:, None] * (target.noise**2).sum(-1)
        shared = (both + alone + noise[:, None, None] * target.noise[None])[:, :, at]
        columns = np.column_stack(self.design)[at]
        told = shared @ self.inverse
        apart = asked - told @ columns
        center = (asked @ self.beta[:, :, None] + shared @ self.left[:, :, None])[:, :, 0]
        spread = spread - (told * shared).sum(-1) + ((apart @ self.unit) * apart).sum(-1)
        errors = np.sqrt(np.maximum(spread, 0.0) * self.scale[:, None])
        return Mixture(self.weights, center, errors, self.freedom)

    def surprises(self) -> Array:
        """Return what earlier values did not tell of each, by the average candidate."""
        root = np.linalg.cholesky(_covariance(self.candidates, self.known))
        new = (root.transpose(0, 2, 1) @ self.left[:, :, None])[:, :, 0]
        return np.asarray(self.weights @ (np.diagonal(root, axis1=1, axis2=2) * new))


def _covariance(candidates: Candidates, known: Counts) -> Array:
    """Return per candidate the covariance of the periods that have a value."""
    every = np.arange(len(candidates.noise))
    whole = (candidates.trend + candidates.season)[np.ix_(every, known, known)]
    noise = candidates.noise[:, None, None] + _JITTER
    return np.asarray(whole + noise * np.eye(len(known)))


def averaged(values: Array, design: Design, candidates: Candidates) -> Averaged:
    r"""Return a series regressed under every candidate, and how likely each is.

    Parameters
    ----------
    values : numpy.ndarray
        The series, NaN where it has no value.
    design, candidates : Design, Candidates
        Over the periods of the series and after it.

    Notes
    -----
    Under a candidate with covariance :math:`\sigma^2 V`, coefficients are those of generalized
    least squares, and the likelihood with coefficients and scale integrated is
    :math:`|V|^{-1/2} |X'V^{-1}X|^{-1/2} (e'V^{-1}e)^{-(n-k)/2}`: candidates count by it, and each
    has Student's t with :math:`n - k` degrees of freedom.

    References
    ----------
    .. [1] Harville (1974), "Bayesian inference for variance components using only error
       contrasts", *Biometrika* 61, 383-385.
    """
    known = np.flatnonzero(np.isfinite(values))
    own, columns = values[known], np.column_stack(design)[known]
    freedom = len(known) - columns.shape[1]
    root = np.linalg.cholesky(_covariance(candidates, known))
    inner = np.linalg.inv(root)
    inverse = inner.transpose(0, 2, 1) @ inner
    weighed = columns.T @ inverse
    cross = weighed @ columns
    unit = np.linalg.inv(cross)
    beta = (unit @ (weighed @ own)[:, :, None])[:, :, 0]
    errors = own - beta @ columns.T
    left = (inverse @ errors[:, :, None])[:, :, 0]
    least = max(_EXACT * float(own @ own), np.finfo(float).tiny)
    squares = np.maximum((errors * left).sum(-1), least)
    size = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(-1) + np.linalg.slogdet(cross)[1] / 2
    logs = -size - freedom / 2 * np.log(squares)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    kept = weights > _NOTHING
    return Averaged(
        design,
        Candidates(*(part[kept] for part in candidates)),
        known,
        np.flatnonzero(kept),
        weights[kept] / weights[kept].sum(),
        inverse[kept],
        beta[kept],
        unit[kept],
        left[kept],
        squares[kept] / freedom,
        freedom,
    )
