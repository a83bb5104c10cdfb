from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.attribution.sparse import sparse


def test_what_all_effects_share_is_taken_out() -> None:
    effects = np.array([-0.1, -0.12, -0.08, -0.11, -0.09, -0.6])
    found = sparse(effects, np.full(6, 0.04), np.ones(6))
    assert found.shift == pytest.approx(-0.1, abs=0.04)
    assert np.abs(found.mean[:5]).max() < 0.03
    assert found.mean[5] == pytest.approx(-0.5, abs=0.06)


def test_a_lot_that_all_follow_has_no_shift() -> None:
    effects = np.array([-0.1, -0.12, -0.08, -0.11, -0.35])
    errors = np.full(5, 0.04)
    chosen = sparse(effects, errors, np.ones(5)).mean[4]
    given = sparse(effects, errors, np.array([1.0, 1.0, 1.0, 1.0, 0.0])).mean[4]
    assert given == pytest.approx(-0.35, abs=0.03)
    assert chosen > given + 0.05


def test_intervals_hold_what_they_say_where_few_features_keep_customers() -> None:
    rng = np.random.default_rng(7)
    held, claimed = [], []
    for _ in range(150):
        real = np.where(rng.random(10) < 0.4, rng.normal(0, 0.35, 10), 0.0)
        shift = rng.normal(0, 0.1)
        effects = real + shift + rng.normal(0, 0.1, 10)
        draws = sparse(effects, np.full(10, 0.1), np.ones(10)).draws(400, rng)
        low, high = np.quantile(draws, (0.05, 0.95), axis=0)
        held.append((low <= real) & (real <= high))
        claimed.append(((low > 0) | (high < 0))[real == 0])
    assert 0.88 < np.mean(held) < 0.97
    assert np.concatenate(claimed).mean() < 0.06


def test_nothing_known_is_nothing_said() -> None:
    found = sparse(np.array([0.4, -0.2]), np.array([0.0, np.nan]), np.ones(2))
    assert found.mean.tolist() == [0.0, 0.0]
    assert (found.draws(5, np.random.default_rng(1)) == 0).all()


def test_what_lots_say_of_choice_moves_the_shift() -> None:
    effects, errors = np.full(4, -0.3), np.full(4, 0.1)
    alone = sparse(effects, errors, np.ones(4))
    told = sparse(effects, errors, np.ones(4), np.array([0.0]), np.array([0.01]))
    assert told.shift == pytest.approx(0.0, abs=0.01)
    assert alone.shift < -0.1
    assert told.mean.max() < alone.mean.min() - 0.05
