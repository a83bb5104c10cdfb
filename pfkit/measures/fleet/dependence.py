"""How errors belong together: over the periods of one path, and between series."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv, ndtri, stdtr

from pfkit.measures.fleet.rows import TINY

if TYPE_CHECKING:
    from pfkit.measures.fleet.intervals import Spread
    from pfkit.measures.medians import Array

#: What the growth of errors says of their correlation counts as much as so many replays.
PRIOR_PATHS = 200.0
#: Origins that a correlation of so much between any two series counts for beside the real ones.
PRIOR_ORIGINS, PRIOR_TOGETHER = 2.0, 0.1
_MOST = 0.95
#: The mean size of a normal score over its root mean square.
NORMAL = float(np.sqrt(2 / np.pi))
#: Degrees of freedom looked at, most first, those of no paths known, and what that counts for.
_FREEDOM = (np.inf, 24.0, 12.0, 8.0, 6.0, 5.0, 4.0)
_PRIOR_SIZE, _PRIOR_WHOLE = 0.79, 300.0
_DRAWS, _SEED = 4_000, 20


@dataclass(frozen=True)
class Dependence:
    """How errors belong together.

    Parameters
    ----------
    steps : numpy.ndarray
        Period ahead by period ahead: the correlation of errors of one path, as scores of the
        normal distribution.
    together : float
        The correlation of any two series' errors over the same periods.
    size : float
        The mean size of a whole path's score over its root mean square: small where some paths are
        wild and most are calm.
    """

    steps: Array
    together: float
    size: float = NORMAL

    @cached_property
    def freedom(self) -> float:
        """The degrees of freedom of Student's copula whose paths are as wild; infinite if none."""
        if self.size >= NORMAL:
            return np.inf
        sizes = _sizes(self.steps)
        share = np.interp(self.size, sizes[::-1], 1 / np.array(_FREEDOM[::-1]))
        return float(1 / share) if share > 0 else np.inf


def dependence_of(ratios: Array, spread: Spread, like: Dependence | None = None) -> Dependence:
    r"""Return how errors belong together, by replays pooled over the fleet.

    Parameters
    ----------
    ratios : numpy.ndarray
        Series by origin by period ahead: errors over what was expected of them; NaN where none.
    spread : Spread
        How wide intervals are.
    like : Dependence, optional
        Where to take from how series belong together, and how wild whole paths are.

    Notes
    -----
    Each error is read as a score of the normal distribution by its rank in the pool, so that what
    is correlated is a copula. Two periods ahead are correlated over all replays that hold
    both, drawn to `accumulating` with the weight of 200 replays. Two series are correlated at the
    same origin, by the score of the whole path, averaged over pairs and origins and drawn to 0.1
    with the weight of two origins. How wild whole paths are is read from the sums of those that
    have ended, drawn to a mean size of 0.79 of their root mean square with the weight of 300; that
    of normal scores is 0.80.

    References
    ----------
    .. [1] Clements and Hendry, *Forecasting Economic Time Series*, ch. 3 (correlation of errors
       over the horizon).
    .. [2] Nelsen, *An Introduction to Copulas*, 2nd ed., section 2.3.
    .. [3] Demarta and McNeil (2005), "The t copula and related copulas", *International
       Statistical Review* 73, 111-129.
    """
    horizon = ratios.shape[2]
    scores = spread.normal(ratios)
    there = np.isfinite(scores).reshape(-1, horizon).astype(float)
    flat = np.nan_to_num(scores).reshape(-1, horizon)
    count = there.T @ there
    square = (flat * flat).T @ there
    added = flat.T @ flat
    size = np.sqrt(square * square.T)
    seen = np.where(size > TINY, added / np.where(size > TINY, size, 1.0), 0.0)
    drawn = (count * seen + PRIOR_PATHS * accumulating(spread.growth)) / (count + PRIOR_PATHS)
    steps = _correlation(drawn)
    if like is not None:
        return Dependence(steps, like.together, like.size)
    whole = scores[np.isfinite(scores).all(2)].sum(1)
    return Dependence(steps, _together(origin_scores(scores, steps)), _size(whole))


def accumulating(growth: Array) -> Array:
    r"""Return the correlation of errors that the growth of their size over the horizon implies.

    Notes
    -----
    A share :math:`a` of each period's shock stays: the error :math:`h` periods ahead has variance
    :math:`1 + (h - 1) a^2` and covariance :math:`a + (h - 1) a^2` with a later one, as in simple
    exponential smoothing. :math:`a = 0` where errors do not grow, so that they are independent;
    :math:`a = 1` where they grow by the root of the horizon, as those of a random walk.

    References
    ----------
    .. [1] Hyndman, Koehler, Ord and Snyder, *Forecasting with Exponential Smoothing*, ch. 6
       (ETS(A,N,N)).

    Examples
    --------
    >>> accumulating(np.ones(2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    >>> accumulating(np.sqrt([1.0, 2.0])).round(3).tolist()
    [[1.0, 0.707], [0.707, 1.0]]
    """
    steps = np.arange(len(growth), dtype=float)
    square = ((growth[-1] / growth[0]) ** 2 - 1) / max(len(growth) - 1, 1)
    kept = float(np.sqrt(np.clip(square, 0.0, 1.0)))
    earlier = np.minimum(steps[:, None], steps[None, :])
    covariance = kept + earlier * kept**2
    np.fill_diagonal(covariance, 1 + steps * kept**2)
    size = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / size[:, None] / size[None, :])


def origin_scores(scores: Array, steps: Array) -> Array:
    """Return one score per series and origin: that of the sum over what came; NaN where none.

    Parameters
    ----------
    scores : numpy.ndarray
        Series by origin by period ahead, of the normal distribution; NaN where nothing came.
    steps : numpy.ndarray
        The correlation of errors of one path.
    """
    there = np.isfinite(scores).astype(float)
    variance = np.einsum("noh,hk,nok->no", there, steps, there, optimize=True)
    added = np.nansum(scores, axis=2)
    known = there.any(2) & (variance > TINY)
    return np.where(known, added / np.sqrt(np.where(known, variance, 1.0)), np.nan)


def _size(sums: Array) -> float:
    """Return the mean size of sums of whole paths over their root mean square."""
    square = float((sums**2).sum())
    if square <= TINY:
        return _PRIOR_SIZE
    seen = float(np.abs(sums).mean()) / np.sqrt(square / len(sums))
    return float((len(sums) * seen + _PRIOR_WHOLE * _PRIOR_SIZE) / (len(sums) + _PRIOR_WHOLE))


def _sizes(steps: Array) -> Array:
    """Return the same for Student's copulas of falling degrees of freedom, by one set of draws."""
    rng = np.random.default_rng(_SEED)
    lower = np.linalg.cholesky(steps + TINY * np.eye(len(steps)))
    normal = rng.standard_normal((_DRAWS, len(steps))) @ lower.T
    # one width for every share, so that degrees of freedom differ by nothing else
    share = (rng.permutation(_DRAWS) + 0.5) / _DRAWS
    found = [NORMAL]
    bare = _plain(normal)
    for freedom in _FREEDOM[1:]:
        width = np.sqrt(freedom / (2 * gammaincinv(freedom / 2, share)))
        drawn = stdtr(freedom, normal * width[:, None])
        found.append(NORMAL * _plain(ndtri(drawn)) / bare)
    return np.minimum.accumulate(np.array(found))


def _plain(scores: Array) -> float:
    sums = scores.sum(1)
    return float(np.abs(sums).mean() / np.sqrt((sums**2).mean()))


def _together(scores: Array) -> float:
    """Return the mean correlation of two series, by scores per series and origin."""
    there = np.isfinite(scores)
    plain = np.where(there, scores, 0.0)
    count = there.sum(0)
    square = (plain**2).sum(0)
    some = count > 1
    if not some.any() or not square.any():
        return PRIOR_TOGETHER
    pairs = (count * (count - 1))[some]
    shared = ((plain.sum(0) ** 2 - square)[some] / pairs).mean()
    seen = float(np.clip(shared / (square.sum() / count.sum()), 0.0, _MOST))
    origins = float(some.sum())
    return (origins * seen + PRIOR_ORIGINS * PRIOR_TOGETHER) / (origins + PRIOR_ORIGINS)


def _correlation(drawn: Array) -> Array:
    """Return the nearest correlations that can be: no negative variance in any direction."""
    values, vectors = np.linalg.eigh((drawn + drawn.T) / 2)
    found = (vectors * np.maximum(values, TINY)) @ vectors.T
    size = np.sqrt(np.diag(found))
    return np.asarray(found / size[:, None] / size[None, :])
