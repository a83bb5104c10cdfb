from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from pfkit.measures.drawn_arms import DrawnArms


def made(seed: int, *, units: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    known = np.exp(dice.normal(size=units))
    outcomes = known[:, None] * np.exp(dice.normal(size=(units, 3))) + 7
    arms = np.array([dice.permutation(np.arange(units) % 3 > 0) for _ in range(4)], dtype=float)
    return arms, known, outcomes


@pytest.mark.parametrize("effect", [0.0, 0.3])
def test_what_a_draw_finds_is_what_statsmodels_finds(effect: float) -> None:
    arms, known, outcomes = made(1)
    gaps, errors = DrawnArms(arms, known).gaps(outcomes, effect=effect)
    apart = known - known.mean()
    for draw, arm in enumerate(arms):
        design = np.column_stack([np.ones_like(arm), arm, apart, apart * arm])
        for column in range(3):
            outcome = outcomes[:, column] * (1 + effect * arm)
            fitted = sm.OLS(outcome, design).fit(cov_type="HC2")
            assert gaps[draw, column] == pytest.approx(fitted.params[1])
            assert errors[draw, column] == pytest.approx(fitted.bse[1])


def test_where_all_brought_the_same_before_it_is_the_plain_difference() -> None:
    arms, known, outcomes = made(2)
    gaps, errors = DrawnArms(arms, np.full_like(known, 3.0)).gaps(outcomes)
    had, held = outcomes[arms[0] == 1, 0], outcomes[arms[0] == 0, 0]
    assert gaps[0, 0] == pytest.approx(had.mean() - held.mean())
    spread = had.var(ddof=1) / len(had) + held.var(ddof=1) / len(held)
    assert errors[0, 0] ** 2 == pytest.approx(spread)


def test_sizes_are_gaps_over_errors_and_zero_where_nothing_varies() -> None:
    arms, known, outcomes = made(3)
    drawn = DrawnArms(arms, known)
    gaps, errors = drawn.gaps(outcomes)
    np.testing.assert_allclose(drawn.sizes(outcomes), np.abs(gaps) / errors)
    assert drawn.sizes(np.full((60, 1), 5.0)).tolist() == [[0.0]] * 4
