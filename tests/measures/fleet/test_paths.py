from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.measures.fleet import engine
from pfkit.measures.fleet.dependence import Dependence
from pfkit.measures.fleet.engine import Forecasts, run
from pfkit.measures.fleet.intervals import Spread
from pfkit.measures.fleet.paths import added, paths
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.fleet.table import read

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

LEVELS = (0.80, 0.95)


def _table(values: Array, first: int = 8040) -> pd.DataFrame:
    size, length = values.shape
    return pd.DataFrame(
        {
            "series_id": np.repeat([f"s{k:03d}" for k in range(size)], length),
            "period": [period_label(4, first + k) for k in range(length)] * size,
            "value": values.ravel(),
        }
    )


def _parts(values: Array, *, horizon: int = 4) -> list[Forecasts]:
    series = read(_table(values)).series[0]
    return list(run(series, horizon=horizon, tier="fast", levels=LEVELS))


@pytest.fixture(scope="module")
def noise() -> Forecasts:
    """Forty series of noise around a hundred, as quarters."""
    values = 100 + np.random.default_rng(3).normal(0, 10, (40, 48))
    return _parts(values)[0]


def _normal(part: Forecasts, growth: Array, steps: Array) -> Forecasts:
    """Return forecasts whose errors are normal, of a deviation of one at the first step."""
    spread = Spread(growth, np.ones(2), np.empty(0), tested=False)
    return replace(
        part,
        spread=spread,
        expected=np.broadcast_to(growth / np.sqrt(np.pi / 2), part.mean.shape),
        dependence=Dependence(steps, 0.0),
        scores=np.full_like(part.scores, np.nan),
    )


def test_the_paths_of_a_period_are_the_quantiles_of_its_forecast(noise: Forecasts) -> None:
    drawn = paths(noise, count=1000)
    for k, level in enumerate(LEVELS):
        low, high = noise.low[k][:, None, :], noise.high[k][:, None, :]
        inside = ((drawn >= low - 1e-9) & (drawn <= high + 1e-9)).mean(1)
        assert np.abs(inside - level).max() <= 0.005  # ties at the bound, of a thousand
    assert drawn.mean(1) == pytest.approx(noise.mean)


def test_the_same_seed_gives_the_same_digits(noise: Forecasts) -> None:
    first = paths(noise, count=50, seed=4)
    assert (first == paths(noise, count=50, seed=4)).all()
    assert (first != paths(noise, count=50, seed=5)).any()


def test_independent_noise_adds_up_by_the_root_of_the_number(noise: Forecasts) -> None:
    part = _normal(noise, np.ones(4), np.eye(4))
    total = paths(part, count=4000).sum(2)
    # the standard deviation of the sum of four is twice that of one
    assert total.std(1).mean() == pytest.approx(2.0, rel=0.02)


def test_a_random_walk_adds_up_by_the_sum_of_squares(noise: Forecasts) -> None:
    at = np.arange(1.0, 5.0)
    steps = np.sqrt(np.minimum.outer(at, at) / np.maximum.outer(at, at))
    total = paths(_normal(noise, np.sqrt(at), steps), count=4000).sum(2)
    # k (k + 1) (2 k + 1) / 6 = 30 for four steps
    assert total.std(1).mean() == pytest.approx(np.sqrt(30.0), rel=0.02)


def test_sums_of_series_are_as_wide_as_their_shared_shocks(noise: Forecasts) -> None:
    alone = _normal(noise, np.ones(4), np.eye(4))
    joined = replace(alone, dependence=Dependence(np.eye(4), 0.5))
    size = len(alone.mean)
    spread = [paths(one, count=4000).sum((0, 2)).std() for one in (alone, joined)]
    # n series of variance 4: n x 4, and n x 4 x (1 + (n - 1) / 2) where half is shared
    assert spread[0] == pytest.approx(np.sqrt(4.0 * size), rel=0.05)
    assert spread[1] == pytest.approx(np.sqrt(4.0 * size * (1 + (size - 1) / 2)), rel=0.05)


def test_series_that_missed_at_the_same_origins_draw_together(noise: Forecasts) -> None:
    scores = np.random.default_rng(8).normal(size=noise.scores.shape)
    scores[1], scores[2] = scores[0], -scores[0]
    part = replace(_normal(noise, np.ones(4), np.eye(4)), scores=scores)
    total = paths(part, count=4000).sum(2)
    seen = np.corrcoef(total[:3])
    # a quarter of each is the same shock, with or without its sign
    assert seen[0, 1:] == pytest.approx([0.25, -0.25], abs=0.05)


def test_noise_around_a_level_is_no_walk(noise: Forecasts) -> None:
    total, single = paths(noise, floored=False).sum(2).std(1), paths(noise)[:, :, 0].std(1)
    # twice were the level known; its error is shared by all four; errors all alike would be four
    assert 1.9 < (total / single).mean() < 2.7


def test_what_never_was_negative_has_no_path_below_zero() -> None:
    values = np.random.default_rng(5).poisson(0.4, (12, 40)).astype(float)
    part = _parts(values)[0]
    assert paths(part).min() == 0.0
    assert paths(part, floored=False).mean(1) == pytest.approx(part.mean)


def test_a_constant_has_one_path_and_the_unknown_none() -> None:
    constant = _parts(np.full((1, 40), 7.0))[0]
    assert paths(constant, count=9) == pytest.approx(np.full((1, 9, 4), 7.0))
    one = _parts(np.full((1, 1), 7.0))[0]
    assert np.isnan(paths(one, count=9)).all()


def test_running_totals_are_as_wide_as_the_paths_say(noise: Forecasts) -> None:
    found = added(noise, LEVELS)
    assert found.mean == pytest.approx(np.cumsum(noise.mean, axis=1))
    assert found.low[:, :, 0] == pytest.approx(noise.low[:, :, 0])
    total = np.cumsum(paths(noise, floored=False), axis=2)
    inside = (total >= found.low[0][:, None]) & (total <= found.high[0][:, None])
    assert inside.mean(1)[:, 1:] == pytest.approx(0.80, abs=0.002)


def test_chunks_share_their_shocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    values = 100 + rng.normal(0, 1, (6, 40)) + 20 * rng.normal(0, 1, (1, 40))
    monkeypatch.setattr(engine, "CHUNK", 3)
    first, second = _parts(values)
    one, two = (paths(part, count=2000).sum(2) for part in (first, second))
    # nearly all of the noise is the same for every series
    assert np.corrcoef(one[0], two[0])[0, 1] > 0.4
