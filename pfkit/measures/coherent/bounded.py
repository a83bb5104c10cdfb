"""The nearest forecasts that add up, stay at or above zero and hold what somebody fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.coherent.projection import Projection
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array, Flags

#: Rounds of the active set before constraints move one at a time, and rounds at most.
_ROUNDS, _MOST = 12, 400
_STEPS = 500
_EXACT = 1e-13
_TINY = 1e-10


@dataclass(frozen=True)
class Cell:
    """A sum over some of the lowest series and some periods that is fixed at a value.

    Parameters
    ----------
    series, periods : numpy.ndarray
        Positions of the lowest series and of the periods to come.
    value : float
        What it is fixed at; with `floor`, what it may not fall below.
    floor : bool
        Whether `value` is a floor.
    """

    series: Counts
    periods: Counts
    value: float
    floor: bool = False

    def of(self, values: Array) -> Array:
        """Return the sum over the cell; further dimensions stay."""
        found = values[np.ix_(self.series, self.periods)].sum((0, 1))
        return np.asarray(found)


@dataclass(frozen=True)
class Problem:
    """What is to be moved as little as the weights allow.

    Parameters
    ----------
    wanted : numpy.ndarray
        Lowest series by period: forecasts that add up, before bounds.
    across, along : Projection
        The projections over series and over periods, with their weights.
    bounded : numpy.ndarray
        Which of the lowest series may not fall below zero.
    """

    wanted: Array
    across: Projection
    along: Projection
    bounded: Flags

    def stiff(self, moves: Array) -> Array:
        """Return the force that holds the lowest series that far off what is wanted."""
        return _both(self.across.stiffness, self.along.stiffness, moves)

    def spread(self, forces: Array) -> Array:
        """Return how the lowest series yield to forces where nothing bounds them."""
        return _both(self.across.spread, self.along.spread, forces)


def _both(across: object, along: object, values: Array) -> Array:
    """Apply one operation over series, and one over periods; further dimensions stay."""
    first = across(values)  # type: ignore[operator]
    swapped = np.swapaxes(first, 0, 1)
    return np.asarray(np.swapaxes(along(np.ascontiguousarray(swapped)), 0, 1))  # type: ignore[operator]


@dataclass(frozen=True)
class Solved:
    """The nearest forecasts within bounds.

    Parameters
    ----------
    nearest : numpy.ndarray
        Lowest series by period.
    shares : list of numpy.ndarray
        Per fixed cell, what it alone moved; the rest of the way is that of the bounds.
    """

    nearest: Array
    shares: list[Array]


def bounded(problem: Problem, cells: Sequence[Cell]) -> Solved:
    r"""Return the forecasts nearest to what is wanted that keep bounds and hold cells.

    Parameters
    ----------
    problem : Problem
        What is wanted, by which weights, and what may not fall below zero.
    cells : sequence of Cell
        Sums that are fixed, or have a floor.

    Raises
    ------
    MeasureError
        If no forecast keeps all of it.

    Notes
    -----
    Minimizes :math:`(b - \hat b)' H (b - \hat b)`, :math:`H = S' W^{-1} S` over series and periods
    at once. Cells at zero are an active set found by block principal pivoting; on the others the
    normal equations are solved by conjugate gradients that start from the solution without
    bounds, and fixed sums by their Schur complement.

    References
    ----------
    .. [1] Wickramasuriya, Turlach and Hyndman (2020), "Optimal non-negative forecast
       reconciliation", *Statistics and Computing* 30, 1167-1182.
    .. [2] Portugal, Júdice and Vicente (1994), "A comparison of block pivoting and interior-point
       algorithms for linear least squares problems with nonnegative variables", *Mathematics of
       Computation* 63, 625-643.
    """
    size = max(float(np.abs(problem.wanted).max(initial=0.0)), 1.0)
    fixed = [cell for cell in cells if not cell.floor]
    floors = [cell for cell in cells if cell.floor]
    zero = np.zeros(problem.wanted.shape, dtype=bool)
    active = np.zeros(len(floors), dtype=bool)
    best, patience = np.inf, _ROUNDS
    for _ in range(_MOST):
        held = [*fixed, *(floor for floor, on in zip(floors, active, strict=True) if on)]
        values, forces, pulls, answers = _held(problem, zero, held)
        low = problem.bounded[:, None] & ~zero & (values < -_TINY * size)
        free = zero & (forces < -_TINY * size)
        fallen = [bool(floor.of(values) < floor.value - _TINY * size) for floor in floors]
        under = np.array(fallen, dtype=bool)
        slack = np.zeros(len(floors), dtype=bool)
        slack[active] = pulls[len(fixed) :] < -_TINY * size
        wrong = low | free
        turned = (under & ~active) | slack
        count = int(wrong.sum() + turned.sum())
        if not count:
            kept = np.where(problem.bounded[:, None] & (values < 0), 0.0, values)
            return Solved(kept, [answers[:, :, k] * pulls[k] for k in range(len(fixed))])
        if count < best:
            best, patience = count, _ROUNDS
        else:
            patience -= 1
        if patience <= 0 and wrong.any():
            last = np.zeros(wrong.size, dtype=bool)
            last[np.nonzero(wrong.ravel())[0][-1]] = True
            wrong, turned = last.reshape(wrong.shape), np.zeros_like(turned)
        zero, active = zero ^ wrong, active ^ turned
    raise MeasureError(
        "no forecast keeps every bound and override",
        where="coherent forecast",
        advice="Take back the override that leaves the other series no room above zero.",
    )


def _held(
    problem: Problem, zero: Flags, cells: Sequence[Cell]
) -> tuple[Array, Array, Array, Array]:
    """Return values with cells at zero and sums held, the forces at zero, pulls, and answers."""
    wanted = problem.wanted
    start = np.where(zero, -wanted, 0.0)
    moves = start
    if zero.any():
        moves = start + _yield(problem, zero, -problem.stiff(start)[:, :, None])[:, :, 0]
    pulls, answers = np.zeros(len(cells)), np.zeros((*wanted.shape, 0))
    if cells:
        loads = np.zeros((*wanted.shape, len(cells)))
        for k, cell in enumerate(cells):
            loads[np.ix_(cell.series, cell.periods, np.array([k]))] = 1.0
        answers = _yield(problem, zero, loads)
        inner = np.stack([cell.of(answers) for cell in cells])
        missing = np.array([cell.value - float(cell.of(wanted + moves)) for cell in cells])
        pulls = np.linalg.lstsq(inner, missing, rcond=1e-12)[0]
        moves = moves + answers @ pulls
    forces = problem.stiff(moves)
    for cell, pull in zip(cells, pulls.tolist(), strict=True):
        forces[np.ix_(cell.series, cell.periods)] -= pull
    return wanted + moves, forces, pulls, answers


def _yield(problem: Problem, zero: Flags, loads: Array) -> Array:
    """Return how the series yield to loads where cells at zero do not; a load per last index."""
    if not zero.any():
        return problem.spread(loads)
    free = ~zero[:, :, None]
    loads = np.where(free, loads, 0.0)
    found = np.where(free, problem.spread(loads), 0.0)
    left = loads - np.where(free, problem.stiff(found), 0.0)
    eased = np.where(free, problem.spread(left), 0.0)
    search, energy = eased, (left * eased).sum((0, 1))
    limit = _EXACT**2 * np.maximum((loads * problem.spread(loads)).sum((0, 1)), 1e-300)
    for _ in range(_STEPS):
        if (energy <= limit).all():
            break
        against = np.where(free, problem.stiff(search), 0.0)
        work = (search * against).sum((0, 1))
        step = np.where(work > 0, energy / np.where(work > 0, work, 1.0), 0.0)
        found, left = found + step * search, left - step * against
        eased = np.where(free, problem.spread(left), 0.0)
        now = (left * eased).sum((0, 1))
        search = eased + np.where(energy > 0, now / np.where(energy > 0, energy, 1.0), 0.0) * search
        energy = now
    return np.asarray(found)
