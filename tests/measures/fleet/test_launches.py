from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.fleet.launches import bounds, curve, guessed, medians_without

SHAPE = np.array([0.2, 0.6, 1.4, 1.8, 2.0, 2.0])  # its first four add up to four


def _launches(count: int, *, seed: int = 2, noise: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(3, 0.6, count))
    return size[:, None] * SHAPE * np.exp(noise * rng.normal(size=(count, len(SHAPE))))


def test_the_curve_is_found_though_some_are_younger() -> None:
    values = _launches(9)
    sizes = values[:, :4].mean(1)
    values[0, 1:] = np.nan
    values[1, 3:] = np.nan
    found = curve(values, 4, 5)
    assert found.shape == pytest.approx(SHAPE)
    assert found.sizes == pytest.approx(sizes)
    assert found.count.tolist() == [9, 8, 8, 7, 7, 7]


def test_an_age_that_too_few_have_reached_has_no_curve() -> None:
    values = _launches(6)
    values[:3, 4:] = np.nan
    assert np.isfinite(curve(values, 4, 4).shape).tolist() == [True] * 4 + [False] * 2
    assert np.isnan(curve(np.zeros((6, 3)), 4, 4).shape).all()


def test_the_median_without_one_is_that_of_the_others() -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 4, (8, 5)).astype(float)
    values[rng.random((8, 5)) < 0.2] = np.nan
    found = medians_without(values)
    for row in range(8):
        others = np.delete(values, row, axis=0)
        assert found[row] == pytest.approx(np.nanmedian(others, axis=0))


def test_a_launch_whose_start_is_known_is_nearer() -> None:
    values = _launches(60, noise=0.1)
    made = curve(values, 4, 5)
    none = np.full(60, np.nan)
    spread = [
        float(np.nanstd(np.log(guessed(values, made, none, known).ratio[:, 4])))
        for known in (0, 1, 3)
    ]
    # sizes lie 0.6 apart, periods 0.1, and a mean of three 0.06
    assert spread[0] == pytest.approx(0.6, rel=0.25)
    assert spread[2] < spread[1] < 0.2


def test_a_plan_that_is_nearly_right_is_as_good_as_a_start() -> None:
    values = _launches(60, noise=0.1)
    made = curve(values, 4, 5)
    # plans are half of what comes, and off by a tenth
    plan = made.sizes / 2 * np.exp(0.1 * np.random.default_rng(9).normal(size=60))
    ratio = guessed(values, made, plan, 0).ratio
    assert np.nanmedian(ratio) == pytest.approx(1.0, abs=0.03)
    assert float(np.nanstd(np.log(ratio[:, 4]))) < 0.2


def test_bounds_hold_a_new_one_as_often_as_they_say() -> None:
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(2000):
        *known, new = np.exp(rng.normal(size=20)).tolist()
        low, high = bounds(np.array(known), [0.8])[0]
        inside.append(low <= new <= high)
    # 19 known: the 2nd smallest and the 2nd largest, 16 of 20 places between them
    assert np.mean(inside) == pytest.approx(0.80, abs=0.03)
