from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.structural.rolled import LOG, PLAIN, ROOT, Smoothed, drawn, rolled, smoothed

PATHS = 40_000


def _normal(levels: list[float], spreads: list[float]) -> Smoothed:
    count = len(levels)
    return Smoothed(
        (PLAIN,) * count,
        np.array(levels),
        np.zeros(count),
        np.diag(np.square(spreads)),
        np.zeros(count),
        np.full(count, 99.0),
    )


def test_independent_normal_drivers_have_their_closed_form() -> None:
    churn, price, added = (0.02, 0.005), (1.01, 0.004), (30.0, 6.0)
    means, spreads = zip(churn, price, added, strict=True)
    found = drawn(_normal(list(means), list(spreads)), 12, paths=PATHS, seed=3)
    bases = rolled(1000.0, found[:, :, 0], found[:, :, 1], found[:, :, 2])
    # B' = B g + a with g = (1 - c) p; means and second moments of products of independent normals
    grown = (1 - churn[0]) * price[0]
    grown_square = ((1 - churn[0]) ** 2 + churn[1] ** 2) * (price[0] ** 2 + price[1] ** 2)
    mean, square = 1000.0, 1000.0**2
    for step in range(12):
        square = square * grown_square + 2 * mean * grown * added[0] + added[0] ** 2 + added[1] ** 2
        mean = mean * grown + added[0]
        variance = square - mean**2
        assert abs(bases[:, step].mean() - mean) < 3 * np.sqrt(variance / PATHS)
        seen = bases[:, step].var(ddof=1)
        assert abs(seen - variance) < 3 * variance * np.sqrt(2 / PATHS) * 1.1


def test_a_base_is_kept_repriced_and_added_to() -> None:
    # 200 less a quarter is 150, dearer by a tenth 165, and 35 come: 200; then all leave, 10 come
    found = rolled(200.0, np.array([[0.25, 1.0]]), np.array([[1.1, 1.0]]), np.array([[35.0, 10.0]]))
    assert found.tolist() == [[pytest.approx(200.0), 10.0]]


def test_surprises_are_drawn_together() -> None:
    rng = np.random.default_rng(5)
    common = rng.normal(0, 1, 400)
    values = np.column_stack([common, 0.8 * common + 0.6 * rng.normal(0, 1, 400)])
    held = smoothed(values, (PLAIN, PLAIN), np.full(2, np.nan))
    spread = np.sqrt(np.diag(held.covariance))
    assert held.covariance[0, 1] / spread.prod() == pytest.approx(0.8, abs=0.06)
    found = drawn(held, 1, paths=PATHS, seed=0)[:, 0]
    assert np.corrcoef(found.T)[0, 1] == pytest.approx(0.8, abs=0.06)


def test_few_months_say_little_of_a_correlation() -> None:
    values = np.column_stack([np.arange(10.0) % 3] * 2)
    held = smoothed(values, (PLAIN, PLAIN), np.zeros(2))
    spread = np.sqrt(np.diag(held.covariance))
    assert held.covariance[0, 1] / spread.prod() == pytest.approx(0.5)  # 10 of 10 + 10


def test_a_steady_level_takes_nothing_in_and_a_walk_all() -> None:
    rng = np.random.default_rng(7)
    steady, walk = rng.normal(5, 1, 80), rng.normal(0, 1, 80).cumsum()
    held = smoothed(np.column_stack([steady, walk]), (PLAIN, PLAIN), np.full(2, np.nan))
    assert held.shares[0] < 0.3
    assert held.shares[1] > 0.7
    assert held.levels[0] == pytest.approx(5, abs=0.4)


@pytest.mark.parametrize("link", [ROOT, LOG])
def test_what_is_positive_stays_so_and_keeps_its_mean(link: str) -> None:
    values = np.random.default_rng(1).gamma(2.0, 0.01, (200, 1))
    held = smoothed(values, (link,), np.full(1, np.nan))
    found = drawn(held, 1, paths=PATHS, seed=2)
    assert found.min() >= 0
    if link == ROOT:
        assert found.mean() == pytest.approx(values.mean(), rel=0.05)
    else:
        assert np.median(found) == pytest.approx(np.exp(np.log(values).mean()), rel=0.1)


def test_a_month_that_says_nothing_is_passed_over() -> None:
    values = np.array([[2.0], [np.nan], [2.0], [0.0], [2.0]])
    held = smoothed(values, (LOG,), np.full(1, np.nan))
    assert held.counts.tolist() == [3]
    assert np.exp(held.levels) == pytest.approx([2.0])


def test_intervals_hold_what_they_say() -> None:
    # 80 % of 300: between 216 and 263 in all but one case of a thousand; drivers are not known
    held = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        churn = rng.normal(0.15, 0.02, 36) ** 2
        price, added = np.exp(rng.normal(0.004, 0.006, 36)), rng.normal(5, 0.8, 36) ** 2
        drivers = np.column_stack([churn, price, added])
        found = drawn(
            smoothed(drivers[:30], (ROOT, LOG, ROOT), np.full(3, np.nan)), 6, paths=400, seed=seed
        )
        bases = rolled(1000.0, found[:, :, 0], found[:, :, 1], found[:, :, 2])[:, -1]
        truth = rolled(1000.0, churn[None, 30:], price[None, 30:], added[None, 30:])[0, -1]
        low, high = np.quantile(bases, [0.1, 0.9])
        held += low <= truth <= high
    assert 216 <= held <= 264
