from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pfkit.measures.fleet.dependence import accumulating, dependence_of, origin_scores
from pfkit.measures.fleet.intervals import pooled

if TYPE_CHECKING:
    from pfkit.measures.medians import Array


def _errors(steps: Array, *, size: int = 1500, common: float = 0.0) -> Array:
    """Return errors of many series at three origins, correlated over steps and between series."""
    rng = np.random.default_rng(11)
    lower = np.linalg.cholesky(steps + 1e-12 * np.eye(len(steps)))
    own = rng.normal(size=(size, 3, len(steps)))
    shared = rng.normal(size=(1, 3, len(steps)))
    return np.asarray((np.sqrt(1 - common) * own + np.sqrt(common) * shared) @ lower.T)


def _found(errors: Array, growth: Array) -> tuple[Array, float]:
    ratios = errors / growth
    found = dependence_of(ratios, pooled(np.abs(errors), [0.8]))
    return found.steps, found.together


def test_a_walk_goes_on_from_where_it_is() -> None:
    # the walk's covariance is min(h, k), so its correlation is sqrt(min / max)
    at = np.arange(1.0, 7.0)
    walk = np.sqrt(np.minimum.outer(at, at) / np.maximum.outer(at, at))
    assert accumulating(np.sqrt(at)) == pytest.approx(walk)
    steps, _ = _found(_errors(walk) * np.sqrt(at), np.sqrt(at))
    assert steps == pytest.approx(walk, abs=0.05)


def test_errors_that_do_not_grow_have_nothing_in_common() -> None:
    assert accumulating(np.full(5, 3.0)) == pytest.approx(np.eye(5))
    steps, together = _found(_errors(np.eye(5)), np.ones(5))
    assert steps == pytest.approx(np.eye(5), abs=0.06)
    # no correlation between series; three origins, and two that stand for 0.1
    assert together == pytest.approx(2 * 0.1 / 5, abs=0.02)


def test_smoothing_keeps_a_share_of_every_shock() -> None:
    # ETS(A,N,N) with alpha 0.5: variance 1 + (h - 1) / 4, covariance 0.5 + (h - 1) / 4
    growth = np.sqrt(1 + np.arange(4) / 4)
    assert accumulating(growth)[0, 3] == pytest.approx(0.5 / np.sqrt(1.75))
    assert accumulating(growth)[2, 3] == pytest.approx(1.0 / np.sqrt(1.5 * 1.75))


def test_series_that_err_together_are_seen_to() -> None:
    drawn = [_found(_errors(np.eye(4), common=part), np.ones(4))[1] for part in (0.0, 0.9)]
    assert drawn[0] < 0.1
    assert drawn[1] > 0.4


def test_whole_paths_are_as_wild_as_they_were() -> None:
    rng = np.random.default_rng(4)
    drawn = rng.normal(size=(4000, 1, 6))
    calm = dependence_of(drawn, pooled(np.abs(drawn), [0.8]))
    assert calm.freedom > 15
    # Student's distribution of five degrees of freedom: one width for the whole path
    wild = drawn * np.sqrt(5 / rng.chisquare(5, (4000, 1, 1)))
    found = dependence_of(wild, pooled(np.abs(wild), [0.8]))
    assert 4.0 <= found.freedom < 7.0
    assert dependence_of(drawn, pooled(np.abs(drawn), [0.8]), found).size == found.size


def test_a_few_paths_say_little_of_how_wild_they_are() -> None:
    rng = np.random.default_rng(5)
    few = rng.normal(size=(5, 1, 4))
    found = dependence_of(few, pooled(np.abs(few), [0.8]))
    assert found.size == pytest.approx(0.79, abs=0.002)


def test_nothing_replayed_leaves_what_growth_says() -> None:
    nothing = np.full((3, 6, 4), np.nan)
    found = dependence_of(nothing, pooled(nothing, [0.8]))
    assert found.steps == pytest.approx(accumulating(np.sqrt(np.arange(1.0, 5.0))))
    assert found.together == pytest.approx(0.1)


def test_a_path_that_has_not_ended_is_scored_by_what_came() -> None:
    scores = np.array([[[2.0, np.nan], [1.0, 1.0], [np.nan, np.nan]]])
    found = origin_scores(scores, np.array([[1.0, 0.5], [0.5, 1.0]]))
    # the variance of a sum of two scores correlated by a half is 3
    assert found[0, :2] == pytest.approx([2.0, 2.0 / np.sqrt(3.0)])
    assert np.isnan(found[0, 2])
