from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from pfkit.measures.vintages.signs import block_of, difference, fewest_blocks, holm


def test_the_probability_is_that_of_flipping_every_sign() -> None:
    gain = np.array([3.0, -1.0, 2.0, 0.5, 4.0])
    told = difference(gain, np.ones(5), level=0.5, draws=0, seed=0)
    flips = [
        float(np.dot(signs, gain)) for signs in itertools.product([1.0, -1.0], repeat=len(gain))
    ]
    reached = sum(flip >= gain.sum() - 1e-12 for flip in flips) / len(flips)
    assert told.p == pytest.approx(reached)
    assert told.value == pytest.approx(gain.mean())


def test_the_probability_is_scipys_permutation_test_of_pairs() -> None:
    random = np.random.default_rng(3)
    old, new = random.normal(1.0, 1.0, 9), random.normal(0.5, 1.0, 9)
    told = difference(old - new, np.ones(9), level=0.8, draws=0, seed=0)
    theirs = stats.permutation_test(
        (old, new),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert told.p == pytest.approx(theirs.pvalue)


def test_many_blocks_are_drawn_and_agree_with_looking_at_all() -> None:
    random = np.random.default_rng(4)
    gain = random.normal(0.3, 1.0, 13)
    weight = random.uniform(0.5, 2.0, 13)
    drawn = difference(gain, weight, level=0.8, draws=200_000, seed=1)
    numbers = np.arange(1, 2**13)
    chosen = (numbers[:, None] >> np.arange(13)) & 1
    every = np.sort((chosen @ gain) / (chosen @ weight))
    assert drawn.p == pytest.approx((1 + (every <= 0).sum()) / 2**13, abs=0.004)
    assert drawn.low == pytest.approx(float(np.quantile(every, 0.1)), abs=0.01)
    assert drawn.high == pytest.approx(float(np.quantile(every, 0.9)), abs=0.01)
    assert drawn == difference(gain, weight, level=0.8, draws=200_000, seed=1)


@pytest.mark.parametrize("blocks", [4, 6, 10])
def test_the_interval_holds_as_often_as_it_says(blocks: int) -> None:
    random, held, runs = np.random.default_rng(blocks), 0, 1500
    for _ in range(runs):
        gain = 0.4 + random.laplace(size=blocks)
        told = difference(gain, np.ones(blocks), level=0.75, draws=0, seed=0)
        assert told.low is not None
        assert told.high is not None
        held += told.low < 0.4 < told.high
    assert held / runs == pytest.approx(0.75, abs=3 * np.sqrt(0.75 * 0.25 / runs))


def test_too_few_blocks_have_no_interval() -> None:
    told = difference(np.ones(3), np.ones(3), level=0.90, draws=0, seed=0)
    assert (told.low, told.high, told.p) == (None, None, 0.125)
    assert difference(np.ones(5), np.ones(5), level=0.90, draws=0, seed=0).low == 1.0


def test_the_interval_and_the_probability_say_the_same() -> None:
    random = np.random.default_rng(9)
    for _ in range(200):
        told = difference(random.normal(0.4, 1.0, 7), np.ones(7), level=0.90, draws=0, seed=0)
        assert told.low is not None
        assert (told.low > 0) == (told.p <= 0.05)


@pytest.mark.parametrize(("alpha", "blocks"), [(0.5, 1), (0.25, 2), (0.05, 5), (0.01, 7)])
def test_blocks_needed(alpha: float, blocks: int) -> None:
    assert fewest_blocks(alpha) == blocks
    assert 0.5**blocks <= alpha < 0.5 ** (blocks - 1)


def test_holm_as_in_his_example() -> None:
    # sorted .005 .011 .02 .04 .13 times 5 4 3 2 1, none below the one before
    found = holm(np.array([0.02, 0.005, 0.13, 0.011, 0.04]))
    assert found.tolist() == pytest.approx([0.06, 0.025, 0.13, 0.044, 0.08])


def test_blocks_are_months_that_follow_each_other() -> None:
    assert block_of(np.array([10, 11, 13, 14, 18]), [1, 2]).tolist() == [0, 0, 0, 1, 2]
    assert block_of(np.array([10, 11, 13]), [1]).tolist() == [0, 1, 3]


def test_a_method_that_says_the_same_gains_nothing() -> None:
    told = difference(np.zeros(6), np.ones(6), level=0.80, draws=0, seed=0)
    assert (told.value, told.low, told.high, told.p) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(("lead", "most"), [(1, 0.10), (3, 0.115)])
def test_equals_are_told_apart_as_often_as_stated(lead: int, most: float) -> None:
    """Two methods whose errors overlap as those of so many months ahead do."""
    random, runs, size = np.random.default_rng(lead), 3000, 60 if lead > 1 else 10
    blocks = block_of(np.arange(size), [lead])
    wrong = 0
    for _ in range(runs):
        shock = random.standard_t(4, size=(2, size + lead))
        errors = sum(shock[:, k : k + size] for k in range(lead))
        gain = np.bincount(blocks, np.abs(errors[0]) - np.abs(errors[1]))
        wrong += difference(gain, np.ones(len(gain)), level=0.8, draws=0, seed=0).p <= 0.10
    assert wrong / runs <= most + 3 * np.sqrt(0.09 / runs)
    assert wrong / runs >= 0.08
