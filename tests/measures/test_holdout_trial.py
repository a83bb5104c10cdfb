from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import pfkit as pf
from pfkit.measures.holdout_draw import given_to
from pfkit.measures.holdout_trial import courses, power_of, standing


def test_courses_are_those_of_every_day_of_the_past() -> None:
    found = courses(np.array([[2.0, 4.0, 8.0, 0.0], [0.0, 0.0, 5.0, 6.0]]), 1, 1)
    # last day: 8 -> 0 (place 3/4 of two) and 5 -> 6 (1/4); the days before: one customer each; all
    # have paid one month of one, the last
    assert found.days == 3
    assert found.standing.tolist() == [3.25, 3.5, 3.5, 3.75]
    assert found.ratio.tolist() == [1.0, 1.0, 1.0, 0.0]


def test_who_has_begun_or_left_stands_apart() -> None:
    window = np.array([[4, 4, 4.0], [9, 9, 0], [0, 0, 7], [5, 5, 5], [0, 1, 1]])
    assert standing(window).tolist() == [7.25, 4.5, 3.5, 7.75, 5.5]


def test_growth_and_season_that_all_share_change_no_course() -> None:
    values = np.random.default_rng(4).lognormal(size=(40, 8))
    plain = courses(values, 2, 2)
    wave = courses(np.ones((40, 8)) * np.array([3, 1, 1, 1, 9, 1, 1, 5.0]), 2, 2)
    np.testing.assert_allclose(wave.ratio, 1.0)
    # each month twice the last: what follows two months is four times as much for everybody
    grown = courses(np.repeat(values[:, ::2], 2, axis=1) * 2.0 ** np.arange(8), 2, 2)
    even = courses(np.repeat(values[:, ::2], 2, axis=1), 2, 2)
    assert grown.standing.tolist() == even.standing.tolist()
    assert plain.days == grown.days == 5


def test_power_is_that_of_the_formula_where_all_are_alike() -> None:
    dice = np.random.default_rng(1)
    values = dice.normal(100, 20, (1500, 4))
    known, stands = values[:, 3], standing(values[:, 3:])
    past = courses(values, 1, 1)
    share, effect = 0.3, 0.03

    def draw(dice: np.random.Generator) -> np.ndarray:
        return dice.permutation(np.arange(1500) >= share * 1500)

    found = power_of(known, stands, past, draw, effect=effect, level=0.90, dice=dice)
    error = 20 * np.sqrt(1 / 450 + (1 + effect) ** 2 / 1050)
    assert found == pytest.approx(norm.sf(1.645 - effect * 100 / error), abs=0.05)
    none = power_of(known, stands, past, draw, effect=1e-9, level=0.90, dice=dice)
    assert none == pytest.approx(0.10, abs=0.015)


def growing(seed: int, *, customers: int = 500) -> np.ndarray:
    """Return revenue of like customers that grows 4 % a month, of whom 2 % leave in each."""
    dice = np.random.default_rng(seed)
    size = dice.normal(5, 0.2, (customers, 1))
    begun = dice.integers(-30, 17, (customers, 1))
    at = np.arange(24)
    there = (at >= begun) & (at < begun + dice.geometric(0.02, (customers, 1)))
    return np.asarray(np.exp(size + 0.04 * at + dice.normal(0, 0.1, there.shape)) * there)


def test_the_power_of_growing_customers_is_had_in_the_months_that_follow() -> None:
    # amounts of customers who leave today were those of customers who stayed a year ago
    claimed, had = [], []
    for seed in range(6):
        amounts = growing(seed)
        dice = np.random.default_rng(seed)
        kept = (amounts[:, 12:18] > 0).any(axis=1)
        known, after = amounts[kept, 12:18].sum(1), amounts[kept, 18:].sum(1)
        stands = standing(amounts[kept, 12:18])
        past = courses(amounts[:, :18], 6, 6)

        def draw(dice: np.random.Generator, known: np.ndarray = known) -> np.ndarray:
            return given_to(known, 0.3, dice)

        claimed.append(power_of(known, stands, past, draw, effect=0.07, level=0.9, dice=dice))
        for _ in range(20):
            arm = draw(dice).astype(float)
            units = pd.DataFrame(
                {"assigned": arm, "amount": after * (1 + 0.07 * arm), "was": known}
            )
            found = pf.randomized_effect(units, before="was", share=0.7, draws=100)
            had.append(found.low > 0)
    assert np.mean(claimed) == pytest.approx(np.mean(had), abs=0.1)
