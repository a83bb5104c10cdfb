"""Intervals from what the mix got wrong: each series' own errors, drawn to those of the fleet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from pfkit.measures.fleet.origins import BACK, earlier
from pfkit.measures.fleet.rows import TINY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.rows import Rows
    from pfkit.measures.medians import Array

#: The fleet counts as much as so many back-tested periods of a series' own errors.
FLEET = 30.0
#: A series' own errors make its interval no narrower than this share of the fleet's.
NARROWEST = 0.3
#: Errors grow with this power of the level, followed between these multiples of the last year's.
ELASTICITY = 0.5
FOLLOWED = (0.5, 2.0)


@dataclass(frozen=True)
class Spread:
    """How wide the fleet's intervals are.

    Parameters
    ----------
    growth : numpy.ndarray
        Per period ahead, the fleet's mean absolute error in units of scale; never falls.
    reach : numpy.ndarray
        Per level, how many times its expected error an error stays within.
    known : numpy.ndarray
        Every back-tested error over what was expected of it, without sign, in rising order.
    tested : bool
        Whether anything could be back-tested; if not, the spread is that of a random walk with
        normal steps.
    """

    growth: Array
    reach: Array
    known: Array
    tested: bool

    def within(self, shares: Array) -> Array:
        """Return how many times its expected error an error stays within, so often as told."""
        return _within(self.known, shares)

    def normal(self, ratios: Array) -> Array:
        """Return errors over what was expected of them as scores of the normal distribution."""
        if not len(self.known):
            return np.asarray(ratios / np.sqrt(np.pi / 2))
        size = np.where(np.isfinite(ratios), np.abs(ratios), 0.0)
        middle = np.searchsorted(self.known, size) + np.searchsorted(self.known, size, "right")
        share = np.clip(middle / 2, 0.5, len(self.known) - 0.5) / len(self.known)
        return np.where(np.isfinite(ratios), np.sign(ratios) * ndtri((1 + share) / 2), np.nan)


def _within(known: Array, shares: Array) -> Array:
    r"""Return conformal quantiles of sizes; those of the normal distribution where none are known.

    Notes
    -----
    A mean absolute error of one is a standard deviation of :math:`\sqrt{\pi / 2}`.
    """
    if not len(known):
        return np.asarray(ndtri((1 + shares) / 2) * np.sqrt(np.pi / 2))
    at = np.ceil((len(known) + 1) * shares).astype(int) - 1
    return np.asarray(known[np.clip(at, 0, len(known) - 1)])


def spread_of(errors: Array, rows: Rows, levels: Sequence[float]) -> Spread:
    r"""Return how wide intervals must be for errors to stay within them as often as asked.

    Parameters
    ----------
    errors : numpy.ndarray
        Series by origin by period ahead, from `replayed_mix`.
    rows : Rows
        The series.
    levels : sequence of float
        Shares of what comes that an interval is to hold.

    Notes
    -----
    Split-conformal quantiles, pooled over series, origins and periods ahead. Each absolute error
    is divided by the series' scale, the root of its level at the origin, the fleet's mean error
    that many periods ahead, and the series' own error level as known by then,
    :math:`(\sum u + 30)/(c + 30)`. The quantile taken is the
    :math:`\lceil (n + 1) p \rceil`-th smallest.

    An error whose series' own level was not known yet lies further out than one that comes now
    will, and most in the tail. So replays go back three origins further than weights need.

    References
    ----------
    .. [1] Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), "Distribution-free predictive
       inference for regression", *Journal of the American Statistical Association* 113.
    """
    plain = np.abs(errors) / levels_then(rows, errors.shape[1])[:, :, None]
    return pooled(plain, levels)


def pooled(plain: Array, levels: Sequence[float]) -> Spread:
    """Return how wide intervals must be by absolute errors at the series' level now.

    Parameters
    ----------
    plain : numpy.ndarray
        Series by origin by period ahead, in units of scale.
    levels : sequence of float
        Shares of what comes that an interval is to hold.
    """
    growth = _growth(plain)
    ratio = plain / (own_then(plain, growth)[:, :, None] * growth[None, None, :])
    known = np.sort(ratio[np.isfinite(ratio)])
    reach = _within(known, np.asarray(levels, dtype=float))
    return Spread(growth, reach, known, tested=bool(len(known)))


def _growth(plain: Array) -> Array:
    """Return the mean error by period ahead, never falling, grown by its root where none came."""
    horizon = plain.shape[2]
    count = np.isfinite(plain).sum((0, 1))
    steps = np.arange(1, horizon + 1, dtype=float)
    if not count.any():
        return np.asarray(np.sqrt(steps), dtype=float)
    mean = np.nansum(plain, axis=(0, 1)) / np.maximum(count, 1)
    last = int(np.nonzero(count)[0][-1])
    mean[last + 1 :] = mean[: last + 1].max() * np.sqrt(steps[last + 1 :] / steps[last])
    return np.asarray(np.maximum.accumulate(np.maximum(mean, TINY)), dtype=float)


def own_then(plain: Array, growth: Array) -> Array:
    """Return each series' error level at each origin, as known by then: a multiple of the fleet's.

    Parameters
    ----------
    plain : numpy.ndarray
        Series by origin by period ahead: absolute errors at the series' level now.
    growth : numpy.ndarray
        The fleet's mean error by period ahead.
    """
    unit = plain / growth[None, None, :]
    there, found = np.isfinite(unit), np.ones(plain.shape[:2])
    for origin in range(plain.shape[1]):
        added, counted = np.zeros(len(plain)), np.zeros(len(plain))
        for place, periods in earlier(origin, plain.shape[1]):
            added += np.nansum(unit[:, place, :periods], axis=1)
            counted += there[:, place, :periods].sum(1)
        found[:, origin] = _own(added, counted)
    return found


def _own(added: Array, counted: Array) -> Array:
    """Return a series' error level as a multiple of the fleet's, drawn to one."""
    return np.asarray(np.maximum((added + FLEET) / (counted + FLEET), NARROWEST))


def levels_then(rows: Rows, origins: int) -> Array:
    """Return how large errors were at each origin beside now, as far as the level says."""
    now = _level(rows, 0)
    then = np.stack([_level(rows, back) for back in BACK[:origins]], axis=1)
    found = np.where((now > 0)[:, None], then / np.where(now > 0, now, 1.0)[:, None], 1.0)
    return _grown(found)


def _grown(ratio: Array) -> Array:
    return np.asarray(np.clip(np.where(ratio > 0, ratio, 1.0), *FOLLOWED) ** ELASTICITY)


def _level(rows: Rows, back: int) -> Array:
    """Return the mean size of the last year's values, as many periods ago as told."""
    at = rows.lengths[:, None] - 1 - back - np.arange(rows.season)[None, :]
    size = np.abs(np.take_along_axis(rows.values, np.maximum(at, 0), 1)) * (at >= 0)
    return np.asarray(size.sum(1) / np.maximum((at >= 0).sum(1), 1))


def expected_then(errors: Array, rows: Rows, growth: Array) -> Array:
    """Return the error expected at each origin by what was known then, in units of scale.

    Parameters
    ----------
    errors : numpy.ndarray
        Series by origin by period ahead, from `replayed_mix`.
    rows : Rows
        The series.
    growth : numpy.ndarray
        The fleet's mean error by period ahead.
    """
    then = levels_then(rows, errors.shape[1])
    own = own_then(np.abs(errors) / then[:, :, None], growth) * then
    return np.asarray(own[:, :, None] * growth[None, None, :])


def expected(errors: Array, rows: Rows, mean: Array, scale: Array, spread: Spread) -> Array:
    """Return the error expected of each forecast, series by period ahead, in the series' unit."""
    plain = np.abs(errors) / levels_then(rows, errors.shape[1])[:, :, None]
    unit = plain / spread.growth[None, None, :]
    own = _own(np.nansum(unit, axis=(1, 2)), np.isfinite(unit).sum((1, 2)))
    now = _level(rows, 0)
    ahead = _grown(np.where(now > 0, np.abs(mean).mean(1) / np.where(now > 0, now, 1.0), 1.0))
    return np.asarray((scale * own * ahead)[:, None] * spread.growth[None, :])
