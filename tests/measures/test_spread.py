from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from pfkit.measures.spread import spread, sum_spread

NAN = float("nan")
Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def drawn(lines: int, years: int, *, seed: int = 1) -> tuple[Array, Array, Array]:
    """Give errors of lines that miss by 5 % of their plan, and one year to come."""
    chance = np.random.default_rng(seed)
    error = chance.normal(0, 0.05, size=(lines, years + 1))
    scale = np.exp(chance.normal(10, 1, size=(lines, 1))) * np.ones((1, years + 1))
    return error, scale, np.zeros_like(error)


def test_without_a_past_year_there_is_nothing_to_learn_from() -> None:
    error, scale, apart = drawn(5, 0)
    assert spread(error, scale, apart, 0) is None
    assert sum_spread(error, scale, np.ones(5), 0, [0, 1]) is None


def test_normal_errors_come_back_as_their_own_quantiles() -> None:
    # 60 lines over 12 years, 5 % each: the 10 % and 90 % quantiles are 1.2816 x 5 % away
    upper, lower = [], []
    for seed in range(20):
        error, scale, apart = drawn(60, 12, seed=seed)
        found = spread(error, scale, apart, 12)
        assert found is not None
        upper.append(np.median(found.reach(0.9)))
        lower.append(np.median(found.reach(0.1)))
    wide = 1.2816 * 0.05 * math.sqrt(1 + 1 / 12)
    assert float(np.mean(upper) - np.mean(lower)) / 2 == pytest.approx(wide, rel=0.05)
    assert float(np.mean(upper) + np.mean(lower)) == pytest.approx(0, abs=0.01)


def test_coverage_of_years_never_seen_is_what_was_asked_for() -> None:
    inside = []
    for seed in range(40):
        error, scale, apart = drawn(30, 8, seed=seed)
        found = spread(error, scale, apart, 8)
        assert found is not None
        now = error[:, 8]
        inside.append(np.mean((now >= found.reach(0.1)) & (now <= found.reach(0.9))))
    assert np.mean(inside) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize("years", [1, 2, 9])
def test_few_years_widen_every_reach(years: int) -> None:
    error, scale, apart = drawn(12, years)
    found = spread(error, scale, apart, years)
    assert found is not None
    assert (found.years, found.wider) == (years, pytest.approx(math.sqrt(1 + 1 / years)))


def test_a_line_that_never_misses_is_held_to_lines_like_it() -> None:
    error, scale, apart = drawn(20, 6)
    error[0] = 0.0
    found = spread(error, scale, apart, 6)
    assert found is not None
    assert 0 < found.level[0] < found.level[1:].min()


def test_a_reach_widens_with_its_share_and_lies_on_its_side() -> None:
    error, scale, apart = drawn(12, 5)
    found = spread(error, scale, apart, 5)
    assert found is not None
    reaches = [found.reach(share) for share in (0.05, 0.1, 0.25, 0.75, 0.9, 0.95)]
    for narrow, wide in pairwise(reaches[3:]):
        assert (wide >= narrow).all()
    for wide, narrow in pairwise(reaches[:3]):
        assert (wide <= narrow).all()
    assert (reaches[2] <= 0).all()
    assert (reaches[3] >= 0).all()


def test_the_size_of_amounts_does_not_matter() -> None:
    error, scale, apart = drawn(12, 5)
    one, other = spread(error, scale, apart, 5), spread(error, scale * 1000, apart, 5)
    assert one is not None
    assert other is not None
    assert one.reach(0.9) == pytest.approx(other.reach(0.9))


def test_a_probability_runs_from_nothing_to_one_and_is_half_in_the_middle() -> None:
    error, scale, apart = drawn(60, 12)
    found = spread(error, scale, apart, 12)
    assert found is not None
    far = np.full(60, 9.0)
    assert (found.below(-far) < 0.05).all()
    assert (found.below(far) > 0.95).all()
    assert float(np.median(found.below(np.zeros(60)))) == pytest.approx(0.5, abs=0.08)
    assert np.isnan(found.below(np.full(60, NAN))).all()


def test_disagreement_of_the_anchors_widens_a_line() -> None:
    error, scale, apart = drawn(12, 5)
    torn = apart.copy()
    torn[3, 5] = 0.5
    one, other = spread(error, scale, apart, 5), spread(error, scale, torn, 5)
    assert one is not None
    assert other is not None
    # one year's worth beside five years and two borrowed ones: half a plan over eight
    assert other.level[3] - one.level[3] == pytest.approx(0.5 / 8)


def test_a_sum_is_judged_by_how_sums_missed() -> None:
    # two lines of plan 100 that miss +10 and -10 %: the sum never missed; each alone would miss
    # 1.5 x 10 % of 100, with a correlation of 0.1
    error = np.array([[0.1, 0.1, NAN], [-0.1, -0.1, NAN]])
    scale = np.full((2, 3), 100.0)
    found = sum_spread(error, scale, np.array([0.1, 0.1]), 2, [0, 1])
    assert found is not None
    expected = (0.9 * 2 * 15**2 + 0.1 * 30**2) / 200**2
    assert found.size == pytest.approx(math.sqrt(1.5 * 2 * expected / 4))
    assert found.reach(0.9) == pytest.approx(stats.t.ppf(0.9, 4) * found.size)
    assert found.years == 2


def test_a_common_error_stays_in_the_sum() -> None:
    error = np.array([[0.1, 0.1, NAN], [0.1, 0.1, NAN]])
    scale = np.full((2, 3), 100.0)
    found = sum_spread(error, scale, np.array([0.1, 0.1]), 2, [0, 1])
    assert found is not None
    expected = (0.9 * 2 * 15**2 + 0.1 * 30**2) / 200**2
    assert found.size == pytest.approx(math.sqrt(1.5 * (2 * 0.01 + 2 * expected) / 4))
