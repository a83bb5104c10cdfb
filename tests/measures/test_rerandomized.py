from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from pfkit.measures.rerandomized import level_of, sizes_by_chance


def test_levels_of_arms_are_the_intercepts_of_statsmodels() -> None:
    dice = np.random.default_rng(2)
    known = dice.normal(size=(60, 2))
    known -= known.mean(0)
    outcome = known @ [2.0, -1.0] + dice.lognormal(size=60)
    arms = (dice.random((4, 60)) < 0.4).astype(float)
    level, spread = level_of(arms, known, outcome)
    for place, arm in enumerate(arms > 0):
        fitted = sm.OLS(outcome[arm], sm.add_constant(known[arm])).fit(cov_type="HC2")
        assert level[place] == pytest.approx(fitted.params[0])
        assert np.sqrt(spread[place]) == pytest.approx(fitted.bse[0])


def test_a_column_that_says_nothing_new_changes_nothing() -> None:
    dice = np.random.default_rng(3)
    known = dice.normal(size=(40, 1))
    known -= known.mean(0)
    outcome = dice.normal(size=40)
    arms = (np.arange(40) % 2)[None, :].astype(float)
    one = level_of(arms, known, outcome)
    twice = level_of(arms, np.column_stack([known, 2 * known]), outcome)
    assert np.concatenate(twice) == pytest.approx(np.concatenate(one))


def test_without_effect_sizes_of_many_alike_are_those_of_the_normal_curve() -> None:
    dice = np.random.default_rng(4)
    arm = (np.arange(600) % 2).astype(float)
    found = sizes_by_chance(
        arm, dice.normal(size=600), None, np.arange(600), lambda _: (0.0, 1.0), draws=2000, seed=1
    )
    assert len(found) == 2000
    assert np.quantile(found, 0.9) == pytest.approx(1.645, abs=0.08)


def test_what_was_drawn_together_is_drawn_together_again() -> None:
    seen: list[np.ndarray] = []

    def slope(drawn: np.ndarray) -> tuple[float, float]:
        seen.append(drawn)
        return 1.0, 2.0

    which = np.repeat(np.arange(10), 3)
    arm = np.repeat(np.arange(10) % 2, 3).astype(float)
    found = sizes_by_chance(arm, arm, None, which, slope, draws=20, seed=1)
    assert found.tolist() == [0.5] * 20
    drawn = np.array(seen).reshape(20, 10, 3)
    assert (drawn == drawn[:, :, :1]).all()
    assert (drawn[:, :, 0].sum(1) == 5).all()
