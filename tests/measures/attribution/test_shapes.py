from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.attribution.shapes import shape


def test_an_effect_known_exactly_is_left_as_it_is() -> None:
    effects = np.array([0.02, 0.05, 0.08, 0.1, 0.1, 0.09, 0.08, 0.08])
    found = shape(effects, 1e-8 * np.eye(8)).gain @ effects
    assert found == pytest.approx(effects, abs=1e-3)


def test_noisy_months_of_a_constant_effect_are_drawn_together() -> None:
    rng = np.random.default_rng(1)
    off, drawn = [], []
    for _ in range(200):
        effects = 0.1 + rng.normal(0, 0.02, 8)
        found = shape(effects, 0.02**2 * np.eye(8)).gain @ effects
        off.append(np.abs(effects - 0.1).mean())
        drawn.append(np.abs(found - 0.1).mean())
    assert np.mean(drawn) < 0.65 * np.mean(off)


def test_a_lag_that_nothing_tells_follows_the_one_before() -> None:
    effects = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, np.nan, np.nan])
    gain = shape(effects, 1e-6 * np.eye(8)).gain
    assert (gain @ np.nan_to_num(effects))[6:] == pytest.approx([0.1, 0.1], abs=1e-3)
    assert (shape(np.full(8, np.nan), np.eye(8)).gain == 0).all()
