"""Differences in differences where units are reached one after the other, from means of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pfkit.measures.medians import Array, Flags
    from pfkit.measures.paths.coded import Counts


#: Units weighed at a time.
_CHUNK = 20_000


class Groups(NamedTuple):
    """Means of groups of units that were reached in the same period, one set per draw.

    Parameters
    ----------
    first : numpy.ndarray
        The place of the period each group was reached in; the number of periods for never.
    sizes : numpy.ndarray
        Draw by group: how much of all units each is.
    means : numpy.ndarray
        Draw by group by period.
    """

    first: Counts
    sizes: Array
    means: Array


def groups(values: Array, adopted: Counts, *, draws: int = 0, seed: int = 0) -> Groups:
    """Return means of groups: of the units as they are, then of units weighed at random.

    Parameters
    ----------
    values : numpy.ndarray
        Unit by period.
    adopted : numpy.ndarray
        By unit, the place of the period it was reached in.
    draws : int
        How often units are weighed anew, by exponential weights (the Bayesian bootstrap).
    seed : int
        Of the weights.

    Examples
    --------
    >>> found = groups(np.array([[1.0, 2], [3, 6]]), np.array([1, 1]))
    >>> found.sizes.tolist(), found.means.tolist()
    ([[2.0]], [[[2.0, 4.0]]])
    """
    first = np.unique(adopted)
    dice = np.random.default_rng(seed)
    sizes = np.zeros((draws + 1, len(first)))
    sums = np.zeros((draws + 1, len(first), values.shape[1]))
    for start in range(0, len(values), _CHUNK):
        some, when = values[start : start + _CHUNK], adopted[start : start + _CHUNK]
        drawn = np.vstack([np.ones((1, len(some))), dice.exponential(size=(draws, len(some)))])
        for g, one in enumerate(first):
            own = when == one
            sizes[:, g] += drawn[:, own].sum(1)
            sums[:, g] += drawn[:, own] @ some[own]
    return Groups(first, sizes, sums / sizes[:, :, None])


def group_time(found: Groups, *, never: bool) -> Array:
    r"""Return the effect of each group in each period, after Callaway and Sant'Anna.

    Parameters
    ----------
    found : Groups
        Means.
    never : bool
        Whether only units that were never reached are compared with, or all not yet reached.

    Returns
    -------
    numpy.ndarray
        Draw by group by period; NaN where there is nothing to compare with, and for units never
        reached. From the start on, changes are counted from the period before it; before, from the
        period before each, so that a trend shows.

    Notes
    -----
    :math:`ATT(g, t) = E[Y_t - Y_b | G = g] - E[Y_t - Y_b | C]`, with :math:`b = g - 1` for
    :math:`t \ge g` and :math:`b = t - 1` before.
    """
    draws, count, periods = found.means.shape
    effect = np.full((draws, count, periods), np.nan)
    for g, start in enumerate(found.first):
        if start >= periods or start < 1:
            continue
        for t in range(1, periods):
            base = start - 1 if t >= start else t - 1
            free = found.first >= periods if never else found.first > max(t, start - 1)
            free = free & (found.first != start)
            if not free.any():
                continue
            change = found.means[:, :, t] - found.means[:, :, base]
            share = found.sizes[:, free]
            other = (change[:, free] * share).sum(1) / share.sum(1)
            effect[:, g, t] = change[:, g] - other
    return effect


def imputation(found: Groups) -> Array:
    r"""Return the effect of each group in each period, after Borusyak, Jaravel and Spiess.

    Returns
    -------
    numpy.ndarray
        Draw by group by period from the start on; NaN where what would have been cannot be told.

    Notes
    -----
    :math:`Y = \alpha_i + \beta_t` is fitted on what was not reached yet; the effect is what came
    less that. With means of groups the normal equations for :math:`\beta` have one row per period,
    solved for all draws at once.
    """
    periods = found.means.shape[2]
    free: Flags = np.asarray(np.arange(periods)[None, :] < found.first[:, None])
    own = free.sum(1)
    some = own > 0
    weight = free.astype(float)
    inner = np.einsum("gs,gt->gst", weight, weight) / np.where(some, own, 1)[:, None, None]
    one = np.einsum("gs,st->gst", weight, np.eye(periods)) - inner
    left = np.einsum("dg,gst->dst", found.sizes, one)
    known = np.where(free, found.means, 0.0)
    level = known.sum(2) / np.where(some, own, 1)
    right = np.einsum("dg,dgt->dt", found.sizes, known - level[:, :, None] * weight)
    beta = np.einsum("dst,dt->ds", np.linalg.pinv(left, hermitian=True), right)
    alpha = level - np.einsum("gt,dt->dg", weight, beta) / np.where(some, own, 1)
    effect = found.means - alpha[:, :, None] - beta[:, None, :]
    told = ~free & _linked(free)
    return np.where(told[None], effect, np.nan)


def _linked(free: Flags) -> Flags:
    """Return which cells can be told: their group and their period meet in what is not reached.

    Groups and periods are linked where a group is free in a period, and further through others.
    """
    reach = free.copy()
    for _ in range(min(free.shape)):
        through = (reach.astype(int) @ free.T.astype(int)) > 0
        wider = reach | ((through.astype(int) @ free.astype(int)) > 0)
        if (wider == reach).all():
            break
        reach = wider
    return np.asarray(reach)
