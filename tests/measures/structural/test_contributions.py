from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.structural.contributions import log_mean


def test_the_logarithmic_mean_lies_between_the_geometric_and_the_arithmetic() -> None:
    assert log_mean(np.array([8.0]), np.array([2.0]))[0] == pytest.approx(6 / np.log(4))
    assert 4 < log_mean(np.array([8.0]), np.array([2.0]))[0] < 5


def test_it_shares_a_difference_without_a_remainder() -> None:
    # 100 x 1.2 x 0.9: Ang's two factors make up 8 of 108
    whole, base = np.array([108.0]), np.array([100.0])
    shares = log_mean(whole, base) * np.log([1.2, 0.9])
    assert shares.sum() == pytest.approx(8.0, abs=1e-12)
    assert shares == pytest.approx([18.952, -10.952], abs=1e-3)


def test_equal_values_have_themselves_as_mean() -> None:
    assert log_mean(np.array([3.0]), np.array([3.0])).tolist() == [3.0]
    assert log_mean(np.array([3.0 + 1e-13]), np.array([3.0]))[0] == pytest.approx(3.0)
