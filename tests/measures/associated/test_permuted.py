from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, pearsonr, t

from pfkit.measures.associated.permuted import chances, correlations, memory_left, shares_false
from pfkit.measures.associated.whitened import Whitened, basis, whitened


def noise(seed: int, series: int, *, periods: int = 40) -> Whitened:
    values = np.random.default_rng(seed).normal(size=(periods, series))
    return whitened(values, basis(periods, season=1, trend=False))


def test_shares_are_those_of_scipy() -> None:
    chance = np.random.default_rng(0).uniform(size=30) ** 3
    assert shares_false(chance) == pytest.approx(false_discovery_control(chance, method="bh"))


def test_without_a_choice_of_lag_a_chance_is_that_of_pearson() -> None:
    first, second = noise(1, 3), noise(2, 2)
    factor = memory_left(first, second)
    found = chances(first, second, [0], draws=19_999, seed=0)
    plain = np.array(
        [[pearsonr(a, b).pvalue for b in second.left.T] for a in first.left.T], dtype=float
    )
    even = factor == 1
    assert even.any()
    assert found[even] == pytest.approx(plain[even], abs=0.03)
    assert (found[~even] > plain[~even]).all()  # memory left makes chance wider, never narrower


def test_the_choice_of_the_lag_is_paid_for() -> None:
    first, second = noise(3, 30), noise(4, 10)
    found = chances(first, second, [0, 1, 2, 3], draws=999, seed=0)
    assert (found <= 0.05).mean() < 0.07
    strongest = np.abs(correlations(first.left, second.left, [0, 1, 2, 3])).max(-1)
    unpaid = 2 * t.sf(strongest * np.sqrt(34 / (1 - strongest**2)), 34)
    assert (unpaid <= 0.05).mean() > 0.12  # four tries at one in twenty each


def test_the_same_orders_come_from_the_same_seed() -> None:
    first, second = noise(5, 2), noise(6, 2)
    one, two = (chances(first, second, [0, 1], draws=99, seed=4) for _ in range(2))
    assert (one == two).all()


def test_a_series_ahead_is_found_at_its_lag() -> None:
    values = np.random.default_rng(7).normal(size=(50, 1))
    by_lag = correlations(values, np.roll(values, 2, axis=0), [0, 1, 2])[0, 0]
    assert by_lag[2] == pytest.approx(1.0)
    assert np.abs(by_lag[:2]).max() < 0.5
