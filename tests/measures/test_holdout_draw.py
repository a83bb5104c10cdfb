from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.holdout_draw import dealt, given_to


def test_shares_are_right_in_every_stratum_and_in_all() -> None:
    before = np.random.default_rng(1).pareto(1.3, 1000)
    found = dealt(before, 0.3, np.random.default_rng(2), waves=2)
    assert np.bincount(found).tolist() == [300, 350, 350]
    order = np.argsort(-before)
    for stratum in np.split(order, 10):
        assert (found[stratum] == 0).sum() == 30


def test_who_is_held_out_is_chance() -> None:
    before = np.arange(60.0)
    dice = np.random.default_rng(3)
    share = np.mean([~given_to(before, 0.25, dice) for _ in range(2000)], axis=0)
    # strata of six hold out one or two, and chance decides who: standard error .01
    assert np.abs(share.reshape(10, 6) - share.reshape(10, 6).mean(1)[:, None]).max() < 0.05
    assert share.mean() == pytest.approx(0.25)
