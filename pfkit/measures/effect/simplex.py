"""Weights that are not negative, add up to 1 and come nearest to what is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

_HEAVY = 1e3
_ROUNDS = 100


def weights(matrix: Array, wanted: Array, *, ridge: float = 0.0) -> Array:
    r"""Return the :math:`w \ge 0, \sum w = 1` with the least :math:`|Aw-b|^2 + \rho |w|^2`.

    Parameters
    ----------
    matrix : numpy.ndarray
        :math:`A`: rows to match by columns to weigh.
    wanted : numpy.ndarray
        :math:`b`, by row.
    ridge : float
        :math:`\rho`.

    Notes
    -----
    Non-negative least squares with a heavy row for the sum finds which weights are zero; the others
    follow exactly from the conditions of the optimum. A weight that would turn out negative joins
    those at zero.

    Examples
    --------
    >>> weights(np.array([[1.0, 3.0]]), np.array([2.5])).round(9).tolist()
    [0.25, 0.75]
    """
    count = matrix.shape[1]
    size = max(float(np.abs(matrix).max(initial=0.0)), float(np.abs(wanted).max(initial=0.0)), 1e-9)
    left = np.vstack(
        [matrix / size, np.sqrt(ridge) / size * np.eye(count), np.full((1, count), _HEAVY)]
    )
    right = np.concatenate([wanted / size, np.zeros(count), [_HEAVY]])
    found, _ = nnls(left, right, maxiter=_ROUNDS * count)
    there = found > 1e-9  # noqa: PLR2004 - what the heavy row leaves of a zero
    while True:
        exact = _exact(matrix[:, there] / size, wanted / size, ridge / size**2)
        if (exact >= 0).all():
            break
        at = np.flatnonzero(there)
        there[at[exact < 0]] = False
    result = np.zeros(count)
    result[there] = exact
    return np.asarray(result / result.sum())


def _exact(matrix: Array, wanted: Array, ridge: float) -> Array:
    """Return the best weights that add up to 1, of either sign."""
    count = matrix.shape[1]
    system = np.ones((count + 1, count + 1))
    system[:count, :count] = matrix.T @ matrix + ridge * np.eye(count)
    system[count, count] = 0.0
    answer, *_ = np.linalg.lstsq(system, np.append(matrix.T @ wanted, 1.0), rcond=None)
    return np.asarray(answer[:count])
