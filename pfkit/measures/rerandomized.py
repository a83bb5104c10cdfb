"""What an experiment would show if chance had drawn its arms otherwise: many draws at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.drawn_arms import DrawnArms

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.measures.medians import Array
    from pfkit.measures.paths.coded import Counts

#: Numbers held at once, and draws of clusters, each of which is a regression of its own.
_ROOM, _CLUSTERED = 2_000_000, 400
#: A determinant of correlations below which an inverse is noise.
_SINGULAR = 1e-10


def level_of(arms: Array, known: Array, outcome: Array) -> tuple[Array, Array]:
    """Return what an arm brings where all that is known is at its mean, and its variance (HC2).

    Parameters
    ----------
    arms : numpy.ndarray
        Draws × units: 1 where the unit is in the arm.
    known : numpy.ndarray
        Units × columns known before, less their means; no column is fine.
    outcome : numpy.ndarray
        Outcome of the units, or draws × units.

    Returns
    -------
    tuple of numpy.ndarray
        Level and variance, draw by draw.

    Examples
    --------
    >>> arms = np.array([[1.0, 1.0, 0.0, 0.0]])
    >>> level, spread = level_of(arms, np.zeros((4, 0)), np.array([1.0, 3.0, 9.0, 9.0]))
    >>> level.tolist(), spread.tolist()  # variance 2 over two units
    ([2.0], [1.0])
    """
    design = np.column_stack([np.ones(arms.shape[1]), known])
    width = design.shape[1]
    crossed = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    inverse = _inverse((arms @ crossed).reshape(-1, width, width))
    moments = (arms * outcome) @ design
    found = np.einsum("rij,rj->ri", inverse, moments)
    left = (outcome - found @ design.T) * arms
    pull = np.einsum("ni,rij,nj->rn", design, inverse, design, optimize=True)
    weight = inverse[:, 0, :] @ design.T
    spread = (weight**2 * left**2 / np.maximum(1 - pull, 1e-9)).sum(1)
    return found[:, 0], spread


def _inverse(moments: Array) -> Array:
    """Return inverses; generalized ones where something known says nothing new."""
    if moments.shape[1] == 1:
        return np.asarray(1 / moments)
    size = np.sqrt(np.einsum("rii->ri", moments))
    apart = moments / np.maximum(size[:, :, None] * size[:, None, :], 1e-300)
    if float(np.abs(np.linalg.det(apart)).min()) > _SINGULAR:
        return np.asarray(np.linalg.inv(moments))
    return np.asarray(np.linalg.pinv(moments, hermitian=True))


def sizes_by_chance(
    arm: Array,
    outcome: Array,
    known: Array | None,
    which: Counts,
    slope: Callable[[Array], tuple[float, float]],
    *,
    draws: int,
    seed: int,
) -> Array:
    """Return how many standard errors from zero chance alone puts the effect, draw by draw.

    Parameters
    ----------
    arm : numpy.ndarray
        1 where the unit was assigned.
    outcome : numpy.ndarray
        What units would have brought without any effect.
    known : numpy.ndarray, optional
        Units × columns known before.
    which : numpy.ndarray
        The cluster of each unit; every unit its own where none were drawn together.
    slope : callable
        Effect and standard error of an assignment, for units drawn together.
    draws, seed : int
        How many, and where chance starts.
    """
    dice = np.random.default_rng(seed)
    clusters = int(which.max()) + 1
    if clusters < len(arm):
        return _clustered(arm, which, slope, min(draws, _CLUSTERED), dice)
    apart = np.zeros((len(arm), 0)) if known is None else known - known.mean(0)
    found = []
    at_once = max(1, min(draws, _ROOM // len(arm)))
    for begin in range(0, draws, at_once):
        arms = dice.permuted(np.tile(arm, (min(at_once, draws - begin), 1)), axis=1)
        if apart.shape[1] == 1:
            found.append(DrawnArms(arms, apart[:, 0]).sizes(outcome[:, None])[:, 0])
            continue
        had, rest = (level_of(one, apart, outcome) for one in (arms, 1 - arms))
        found.append(_size(had[0] - rest[0], np.sqrt(had[1] + rest[1])))
    return np.sort(np.concatenate(found))


def _clustered(
    arm: Array,
    which: Counts,
    slope: Callable[[Array], tuple[float, float]],
    draws: int,
    dice: np.random.Generator,
) -> Array:
    first = np.zeros(int(which.max()) + 1)
    first[which] = arm
    told = np.array([slope(dice.permutation(first)[which]) for _ in range(draws)])
    return np.sort(_size(told[:, 0], told[:, 1]))


def _size(effect: Array, error: Array) -> Array:
    known = error > 0
    return np.where(known, np.abs(effect) / np.where(known, error, 1.0), 0.0)
