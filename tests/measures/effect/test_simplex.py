from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from pfkit.measures.effect.simplex import weights


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    shape=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    ridge=st.sampled_from([0.0, 0.5, 20.0]),
)
def test_no_other_weights_come_nearer(seed: int, shape: tuple[int, int], ridge: float) -> None:
    dice = np.random.default_rng(seed)
    matrix, wanted = dice.normal(size=shape), dice.normal(size=shape[0]) * 2

    def loss(w: np.ndarray) -> float:
        return float(np.square(matrix @ w - wanted).sum() + ridge * np.square(w).sum())

    found = weights(matrix, wanted, ridge=ridge)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1.0)
    count = shape[1]
    other = minimize(
        loss,
        np.full(count, 1 / count),
        method="SLSQP",
        bounds=[(0, 1)] * count,
        constraints=[{"type": "eq", "fun": lambda w: w.sum() - 1}],
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert loss(found) <= other.fun + 1e-6 * (1 + abs(other.fun))


def test_large_numbers_are_weighed_as_exactly() -> None:
    matrix = np.array([[1e9, 3e9], [2e9, 2e9]])
    assert weights(matrix, np.array([2.5e9, 2e9])).round(9).tolist() == [0.25, 0.75]
