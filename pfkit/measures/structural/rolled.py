"""Drivers of a base simulated together, and the base they make: kept, repriced, added to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

#: What a driver is smoothed as: its root, its logarithm, or itself.
ROOT, LOG, PLAIN = "root", "log", "plain"
_GRID = np.linspace(0.0, 1.0, 21)
#: Months of residuals that a correlation of zero counts as much as.
_SHRINK = 10
_NEAR = 1e-12


@dataclass(frozen=True)
class Smoothed:
    """Drivers as levels that take in a share of every surprise.

    Parameters
    ----------
    links : tuple of str
        What each driver is smoothed as.
    levels, shares : numpy.ndarray
        The level of each at the end, and the share of a surprise that stays in it.
    covariance : numpy.ndarray
        Of the surprises of a month.
    doubt : numpy.ndarray
        The standard error of each level.
    counts : numpy.ndarray
        Months each was seen in.
    """

    links: tuple[str, ...]
    levels: Array
    shares: Array
    covariance: Array
    doubt: Array
    counts: Array


def smoothed(values: Array, links: tuple[str, ...], fixed: Array) -> Smoothed:
    """Return drivers smoothed one by one, with how their surprises move together.

    Parameters
    ----------
    values : numpy.ndarray
        One row per month, one column per driver; NaN where a month says nothing.
    links : tuple of str
        What each is smoothed as.
    fixed : numpy.ndarray
        A level that is known, such as no drift; NaN where it is to be found.
    """
    count = len(links)
    levels, shares = np.zeros(count), np.zeros(count)
    surprises = np.full(values.shape, np.nan)
    for place, link in enumerate(links):
        column = _to(link, values[:, place])
        if np.isfinite(fixed[place]):
            levels[place] = fixed[place]
            surprises[:, place] = column - fixed[place]
        else:
            levels[place], shares[place], surprises[:, place] = _level(column)
    known = np.isfinite(surprises)
    counts = known.sum(0).astype(float)
    filled = np.where(known, surprises, 0.0)
    spread = np.sqrt((filled**2).sum(0) / np.maximum(counts - np.isnan(fixed) - 1, 1))
    both = np.maximum(known.T.astype(float) @ known, 1)
    size = np.sqrt((filled**2).sum(0) / np.maximum(counts, 1))
    unit = filled / np.where(size > _NEAR, size, 1.0)
    together = (unit.T @ unit) / both * (both / (both + _SHRINK))
    together = np.clip(together, -1.0, 1.0)
    np.fill_diagonal(together, 1.0)
    doubt = np.where(np.isfinite(fixed), 0.0, spread / np.sqrt(np.maximum(counts, 1)))
    covariance = _nearest(together) * np.outer(spread, spread)
    return Smoothed(links, levels, shares, covariance, doubt, counts)


def drawn(drivers: Smoothed, horizon: int, *, paths: int, seed: int) -> Array:
    """Return drivers as they may come: path by month ahead by driver.

    Parameters
    ----------
    drivers : Smoothed
        Their levels and surprises.
    horizon : int
        Months ahead.
    paths, seed : int
        How many paths; the same seed gives the same digits.
    """
    count = len(drivers.links)
    rng = np.random.default_rng(seed)
    root = _root(drivers.covariance)
    level = drivers.levels + rng.standard_normal((paths, count)) * drivers.doubt
    found = np.empty((paths, horizon, count))
    for step in range(horizon):
        surprise = rng.standard_normal((paths, count)) @ root.T
        found[:, step] = level + surprise
        level = level + drivers.shares * surprise
    for place, link in enumerate(drivers.links):
        found[:, :, place] = _back(link, found[:, :, place])
    return found


def rolled(opening: float, churn: Array, price: Array, added: Array) -> Array:
    r"""Return the base at the end of every month ahead, path by month.

    Parameters
    ----------
    opening : float
        The base at the start.
    churn, price, added : numpy.ndarray
        Path by month: the share that leaves, what those who stay pay to what they paid, and what
        new ones pay.

    Notes
    -----
    :math:`B_t = B_{t-1} (1 - c_t) p_t + a_t`.

    Examples
    --------
    >>> rolled(100.0, np.array([[0.1, 0.0]]), np.array([[1.0, 1.05]]), np.array([[5.0, 0.0]]))
    array([[95.  , 99.75]])
    """
    base = np.full(len(churn), opening, dtype=float)
    found = np.empty_like(churn, dtype=float)
    for step in range(churn.shape[1]):
        base = base * (1 - churn[:, step]) * price[:, step] + added[:, step]
        found[:, step] = base
    return found


def _level(column: Array) -> tuple[float, float, Array]:
    """Return the level at the end, the share with the least squared surprise, and surprises."""
    known = column[np.isfinite(column)]
    if not len(known):
        return 0.0, 0.0, column
    level = np.full(len(_GRID), known.mean())
    surprises = np.full((len(column), len(_GRID)), np.nan)
    for place, value in enumerate(column):
        if np.isfinite(value):
            surprises[place] = value - level
            level = level + _GRID * surprises[place]
    size = np.nansum(surprises**2, axis=0)
    best = int(np.argmin(size))
    return float(level[best]), float(_GRID[best]), surprises[:, best]


def _to(link: str, values: Array) -> Array:
    if link == PLAIN:
        return values
    bad = ~(values >= 0) if link == ROOT else ~(values > 0)
    held = np.where(bad, 1.0, values)
    return np.where(bad, np.nan, np.sqrt(held) if link == ROOT else np.log(held))


def _back(link: str, values: Array) -> Array:
    if link == PLAIN:
        return values
    # a root below zero is folded back, so that the mean of its square stays what it was
    return values**2 if link == ROOT else np.exp(values)


def _nearest(matrix: Array) -> Array:
    """Return a correlation matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    found = (vectors * np.maximum(values, 0.0)) @ vectors.T
    size = np.sqrt(np.maximum(np.diag(found), _NEAR))
    return np.asarray(found / np.outer(size, size))


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
