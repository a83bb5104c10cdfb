from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import t

from pfkit.measures.structural.mixture import Mixture

TWO = Mixture(np.array([0.3, 0.7]), np.array([[0.0, 5.0], [2.0, 5.0]]), np.ones((2, 2)), 6)


def test_one_candidate_is_student() -> None:
    one = Mixture(np.ones(1), np.array([[3.0]]), np.array([[0.5]]), 9)
    assert one.quantile(0.9)[0] == pytest.approx(t(9, 3, 0.5).ppf(0.9), abs=1e-9)
    assert one.chance()[0] == pytest.approx(2 * t(9, 3, 0.5).cdf(0), rel=1e-9)
    assert one.error.tolist() == [0.5]


def test_a_mixture_holds_its_share() -> None:
    low, high = TWO.interval(0.8)

    def density(x: float) -> float:
        return float(0.3 * t.pdf(x, 6, 0) + 0.7 * t.pdf(x, 6, 2))

    assert quad(density, low[0], high[0])[0] == pytest.approx(0.8, abs=1e-6)
    assert high[0] - low[0] > 2 * t(6).ppf(0.9)
    assert TWO.mean[0] == pytest.approx(1.4)
    assert TWO.error[0] == pytest.approx(np.sqrt(1 + 0.3 * 0.7 * 2**2))  # within and between


def test_units_carry_over() -> None:
    other = TWO.times(-2.0, 1.0)
    low, high = TWO.interval(0.8)
    flipped, top = other.interval(0.8)
    assert flipped == pytest.approx(1 - 2 * high)
    assert top == pytest.approx(1 - 2 * low)


def test_what_is_sure_has_no_width() -> None:
    sure = Mixture(np.ones(1), np.array([[3.0, 0.0]]), np.zeros((1, 2)), 5)
    low, high = sure.interval(0.9)
    assert low.tolist() == high.tolist() == [3.0, 0.0]
    assert sure.chance().tolist() == [0.0, 1.0]
