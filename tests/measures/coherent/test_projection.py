from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from pfkit.measures.coherent.hierarchy import Hierarchy, hierarchy_of
from pfkit.measures.coherent.projection import Projection, Weights, shrunk


def _tree(rng: np.random.Generator, *, crossed: bool) -> Hierarchy:
    parts = [(f"F{k % 3}", f"p{k if not crossed else k % 4}") for k in range(rng.integers(2, 10))]
    return hierarchy_of(["family", "product"], sorted(set(parts)), crossed=crossed)


def _textbook(sums: np.ndarray, covariance: np.ndarray, base: np.ndarray) -> np.ndarray:
    """S (S' W^-1 S)^-1 S' W^-1 y, as it is written (Wickramasuriya et al. 2019, eq. 11)."""
    inverse = np.linalg.inv(covariance)
    return sums @ np.linalg.inv(sums.T @ inverse @ sums) @ sums.T @ inverse @ base


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), crossed=st.booleans(), factors=st.integers(0, 3))
def test_a_projection_is_the_textbook_formula(
    seed: int,
    crossed: bool,  # noqa: FBT001 - drawn
    factors: int,
) -> None:
    rng = np.random.default_rng(seed)
    tree = _tree(rng, crossed=crossed)
    nodes = len(tree.labels)
    own, common = rng.uniform(0.2, 3, nodes), rng.normal(size=(nodes, factors))
    base = rng.normal(100, 30, (nodes, 4))
    made = Projection(tree.sums, Weights(own, common))
    sums = tree.whole(np.eye(tree.lowest))
    covariance = np.diag(own) + common @ common.T
    expected = _textbook(sums, covariance, base)
    np.testing.assert_allclose(tree.whole(made.lowest(base)), expected, rtol=1e-9, atol=1e-8)
    inverse = sums.T @ np.linalg.inv(covariance) @ sums
    forces = rng.normal(size=(tree.lowest, 2))
    np.testing.assert_allclose(made.stiffness(forces), inverse @ forces, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(inverse @ made.spread(forces), forces, rtol=1e-7, atol=1e-7)


def test_over_series_and_then_over_periods_is_the_joint_solution() -> None:
    rng = np.random.default_rng(4)
    tree = hierarchy_of(["family", "product"], [("A", "x"), ("A", "y"), ("B", "z")])
    quarters = np.kron(np.eye(2), np.ones(3))
    base = rng.normal(100, 30, (6, 8))
    along = Projection(sparse.csr_matrix(quarters), Weights.diagonal(np.array([3.0] * 2 + [1] * 6)))
    across = Projection(tree.sums, Weights.diagonal(tree.counts))
    found = across.lowest(along.lowest(base.T).T)
    sums = np.kron(tree.whole(np.eye(3)), np.concatenate([quarters, np.eye(6)]))
    covariance = np.diag(np.kron(tree.counts, np.array([3.0] * 2 + [1] * 6)))
    expected = _textbook(sums, covariance, base.ravel()).reshape(6, 8)
    np.testing.assert_allclose(found, expected[3:, 2:], rtol=1e-10)


def test_forecasts_that_add_up_already_stay() -> None:
    tree = hierarchy_of(["family", "product"], [("A", "x"), ("A", "y"), ("B", "z")])
    lowest = np.array([[10.0, 1], [20, 2], [5, 3]])
    made = Projection(tree.sums, Weights.diagonal(tree.counts))
    np.testing.assert_allclose(made.lowest(tree.whole(lowest)), lowest, rtol=1e-12)


def test_a_gap_is_shared_out_by_hand() -> None:
    # total says 130, the parts 60 and 40; weights 2 for the total, 1 each: of the gap of 30 the
    # total takes 2/4, each part 1/4
    tree = hierarchy_of(["product"], [("x",), ("y",)])
    made = Projection(tree.sums, Weights.diagonal(tree.counts))
    assert made.lowest(np.array([130.0, 60, 40])).tolist() == pytest.approx([67.5, 47.5])
    assert Projection(tree.sums, None).lowest(np.array([130.0, 60, 40])).tolist() == [60, 40]


def test_shrinkage_is_that_of_the_published_formula() -> None:
    rng = np.random.default_rng(8)
    errors = rng.normal(size=(5, 18)) + 0.8 * rng.normal(size=18)
    errors[2] *= 7
    made = shrunk(errors)
    whole = np.diag(made.own) + made.common @ made.common.T
    count = errors.shape[1]
    unit = errors / np.sqrt((errors**2).mean(1, keepdims=True))
    above = below = 0.0
    for i in range(5):
        for j in range(5):
            if i != j:
                products = unit[i] * unit[j]
                above += count / (count - 1) ** 3 * ((products - products.mean()) ** 2).sum()
                below += products.mean() ** 2
    drawn = above / below
    assert 0.05 < drawn < 0.95
    plain = errors @ errors.T / count
    expected = (1 - drawn) * plain + drawn * np.diag(np.diag(plain))
    np.testing.assert_allclose(whole, expected, rtol=1e-10)


def test_errors_of_one_node_have_nothing_to_be_drawn_to() -> None:
    made = shrunk(np.array([[1.0, -1.0, 2.0]]))
    assert (made.own + (made.common**2).sum(1)).tolist() == pytest.approx([2.0])
