from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import lsq_linear

from pfkit.errors import MeasureError
from pfkit.measures.coherent.bounded import Cell, Problem, bounded
from pfkit.measures.coherent.hierarchy import hierarchy_of
from pfkit.measures.coherent.projection import Projection, Weights

TREE = hierarchy_of(
    ["family", "product"], [("A", "u"), ("A", "v"), ("A", "w"), ("B", "x"), ("B", "y")]
)
QUARTER = sparse.csr_matrix(np.ones((1, 3)))


def _problem(base: np.ndarray, bounds: np.ndarray | None = None) -> Problem:
    across = Projection(TREE.sums, Weights.diagonal(TREE.counts))
    along = Projection(QUARTER, Weights.diagonal(np.array([3.0, 1, 1, 1])))
    never = np.ones(5, dtype=bool) if bounds is None else bounds
    return Problem(across.lowest(along.lowest(base.T).T), across, along, never)


def _matrix() -> tuple[np.ndarray, np.ndarray]:
    """Return the sums over nodes and periods, and the roots of the weights, as they are written."""
    sums = np.kron(TREE.whole(np.eye(5)), np.concatenate([np.ones((1, 3)), np.eye(3)]))
    return sums, np.kron(TREE.counts, np.array([3.0, 1, 1, 1])) ** -0.5


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_bounds_at_zero_are_those_of_bounded_least_squares(seed: int) -> None:
    base = np.random.default_rng(seed).normal(4, 12, (8, 4))
    sums, roots = _matrix()
    expected = lsq_linear(
        sums * roots[:, None], base.ravel() * roots, bounds=(0, np.inf), method="bvls", tol=1e-14
    ).x.reshape(5, 3)
    found = bounded(_problem(base), []).nearest
    assert (found >= 0).all()
    np.testing.assert_allclose(found, expected, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_held_sums_are_held_and_the_rest_moves_as_little_as_it_can(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.normal(20, 4, (8, 4))
    cells = [
        Cell(np.array([0, 1, 2]), np.array([1]), 70.0),
        Cell(np.array([4]), np.array([0, 1, 2]), 65.0),
    ]
    problem = _problem(base)
    solved = bounded(problem, cells)
    sums, roots = _matrix()
    held = np.zeros((2, 15))
    held[0, [1, 4, 7]] = held[1, [12, 13, 14]] = 1
    # the Karush-Kuhn-Tucker system, as it is written
    stiff = sums.T @ (roots[:, None] ** 2 * sums)
    system = np.block([[stiff, held.T], [held, np.zeros((2, 2))]])
    right = np.concatenate([sums.T @ (roots**2 * base.ravel()), [70.0, 65.0]])
    expected = np.linalg.solve(system, right)[:15].reshape(5, 3)
    assert cells[0].of(solved.nearest) == pytest.approx(70, abs=1e-9)
    assert cells[1].of(solved.nearest) == pytest.approx(65, abs=1e-9)
    if (expected >= 0).all():
        np.testing.assert_allclose(solved.nearest, expected, atol=1e-8)
        np.testing.assert_allclose(problem.wanted + sum(solved.shares), expected, atol=1e-8)


def test_held_sums_and_bounds_together_leave_no_better_point_near() -> None:
    base = np.full((8, 4), 3.0)
    cell = Cell(np.array([0, 1, 2]), np.array([0, 1, 2]), 1.0)
    problem = _problem(base)
    found = bounded(problem, [cell]).nearest
    assert cell.of(found) == pytest.approx(1.0, abs=1e-9)
    assert (found >= 0).all()
    sums, roots = _matrix()

    def far(values: np.ndarray) -> float:
        return float((((sums @ values.ravel() - base.ravel()) * roots) ** 2).sum())

    rng = np.random.default_rng(0)
    for _ in range(200):
        other = np.maximum(found + rng.normal(0, 0.1, found.shape), 0)
        other[:3] *= 1.0 / max(other[:3].sum(), 1e-9)
        assert far(other) >= far(found) - 1e-9


def test_a_sum_may_have_a_floor_where_its_parts_may_be_negative() -> None:
    base = np.full((8, 4), -2.0)
    free = np.array([False, False, False, True, True])
    floors = [Cell(np.array([0, 1, 2]), np.array([k]), 0.0, floor=True) for k in range(3)]
    found = bounded(_problem(base, free), floors).nearest
    np.testing.assert_allclose(found[:3].sum(0), 0.0, atol=1e-9)
    assert (found[:3] < 0).any() or np.allclose(found[:3], 0)
    assert (found[3:] == 0).all()


def test_what_cannot_hold_is_refused() -> None:
    cells = [Cell(np.array([0]), np.array([0]), 5.0), Cell(np.array([0, 1]), np.array([0]), 3.0)]
    with pytest.raises(MeasureError, match="no forecast keeps every bound and override"):
        bounded(_problem(np.full((8, 4), 3.0)), cells)
