"""Many draws of two arms against many outcomes at once: what each draw would find, and how sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

#: An arm whose leverage reaches one says nothing of its own error.
_LEAST = 1e-9
#: Below this part of what it could be, a determinant says that all units of an arm are alike.
_ALIKE = 1e-10


class DrawnArms:
    """Draws of an experiment's arms, made ready for any number of outcomes.

    Parameters
    ----------
    arms : numpy.ndarray
        Draws × units: 1 where the unit has the feature, 0 where it is held out.
    known : numpy.ndarray
        One number per unit that is known before.

    Notes
    -----
    Each arm's outcome is regressed on what is known, less its mean; the level there and its
    variance (HC2) are those of `rerandomized.level_of`. Weights depend on the draw alone, so the
    squares of what is left are sums that one product of matrices gives for all outcomes.

    Examples
    --------
    >>> drawn = DrawnArms(np.array([[1.0, 1, 1, 0, 0, 0]]), np.array([1.0, 2, 3, 1, 2, 3]))
    >>> gap, error = drawn.gaps(np.array([[3.0], [5], [7], [1], [2], [3]]))
    >>> round(float(gap[0, 0]), 9), round(float(error[0, 0]), 6)
    (3.0, 0.0)
    """

    def __init__(self, arms: Array, known: Array) -> None:
        self._known = known - known.mean()
        self._sides = [_side(one, self._known) for one in (arms, 1 - arms)]

    def gaps(self, outcomes: Array, *, effect: float = 0.0) -> tuple[Array, Array]:
        """Return what draws find of outcomes, and the standard error of each.

        Parameters
        ----------
        outcomes : numpy.ndarray
            Units × outcomes, without any effect.
        effect : float
            Put on those who have the feature, a fraction of their outcome.

        Returns
        -------
        tuple of numpy.ndarray
            Draws × outcomes: difference of the arms, and its standard error.
        """
        known = self._known
        middle = outcomes.mean(0)
        # a line in what is known leaves errors as they are and keeps sums of squares exact
        slope = known @ outcomes / max(float(known @ known), 1e-300)
        left = outcomes - middle - known[:, None] * slope
        parts = (left, known[:, None] * left, left * left)
        (had, spread), (held, rest) = (_level(side, parts) for side in self._sides)
        more = 1 + effect
        error = np.sqrt(spread * more**2 + rest)
        return (had + middle) * more - (held + middle), error

    def sizes(self, outcomes: Array, *, effect: float = 0.0) -> Array:
        """Return how many standard errors from zero the draws find; 0 where nothing varies."""
        gap, error = self.gaps(outcomes, effect=effect)
        told = error > 0
        return np.where(told, np.abs(gap) / np.where(told, error, 1.0), 0.0)


def _side(arms: Array, known: Array) -> tuple[Array, Array, Array, Array]:
    """Return an arm, weights of squares, inverses, and sums of weights, draw by draw."""
    powers = np.column_stack([np.ones_like(known), known, known**2])
    count, first, second = (arms @ powers).T
    inside = count * second - first**2
    alike = inside <= _ALIKE * count * second
    inverse = np.stack([second, -first, count]) / np.where(alike, 1.0, inside)
    inverse[:, alike] = np.stack([1 / count[alike], *np.zeros((2, int(alike.sum())))])
    pull = inverse.T @ (powers * [1, 2, 1]).T
    weights = inverse[:2].T @ powers[:, :2].T
    weights = arms * weights**2 / np.maximum(1 - pull, _LEAST)
    return arms, weights, inverse[:, :, None], (weights @ powers).T[:, :, None]


def _level(
    side: tuple[Array, Array, Array, Array], parts: tuple[Array, Array, Array]
) -> tuple[Array, Array]:
    """Return the level of an arm where what is known is at its mean, and its variance."""
    arms, weights, inverse, sums = side
    plain, crossed, squared = parts
    total, moved = arms @ plain, arms @ crossed
    level = inverse[0] * total + inverse[1] * moved
    slope = inverse[1] * total + inverse[2] * moved
    spread = weights @ squared - 2 * level * (weights @ plain) - 2 * slope * (weights @ crossed)
    spread += level**2 * sums[0] + 2 * level * slope * sums[1] + slope**2 * sums[2]
    return level, np.maximum(spread, 0.0)
