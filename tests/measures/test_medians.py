from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.measures.medians import quantile, spread_share, weighted_median

AMOUNTS = st.lists(st.integers(-1000, 1000), min_size=1, max_size=9)


@given(AMOUNTS)
def test_with_equal_weights_it_is_the_median(amounts: list[int]) -> None:
    values = np.array([amounts], dtype=float)
    assert weighted_median(values, np.ones_like(values))[0] == pytest.approx(np.median(amounts))


@given(AMOUNTS, st.integers(1, 5))
def test_a_weight_of_several_is_the_value_that_often(amounts: list[int], times: int) -> None:
    # the middle value of an odd number of copies has half the weight on either side
    values = np.array([[*amounts, max(amounts) + 1]], dtype=float)
    weights = np.ones_like(values)
    weights[0, 0] = 2 * len(amounts) * times + 1  # more than all others together
    assert (
        np.median([amounts[0]] * int(weights[0, 0]) + [*amounts[1:], max(amounts) + 1])
        == (amounts[0])
    )
    found = weighted_median(values, weights)[0]
    assert min(amounts) <= found <= max(amounts) + 1


def test_between_two_values_it_lies_where_half_the_weight_is() -> None:
    # 1 stands at 3/8 of the weight, 9 at 7/8: one half is a quarter of the way from 1 to 9
    assert weighted_median(np.array([[9.0, 1.0]]), np.array([[1.0, 3.0]])).tolist() == [3.0]


def test_what_is_missing_or_weightless_does_not_count() -> None:
    values = np.array([[np.nan, 4.0, 7.0], [np.nan, np.nan, 5.0], [1.0, 2.0, 3.0]])
    weights = np.array([[9.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    assert weighted_median(values, weights).tolist()[:2] == [4.0, 5.0]
    assert np.isnan(weighted_median(values, weights)[2])


def test_quantiles_of_equal_weights_are_those_of_hazen() -> None:
    values = np.array([2.0, 3.0, 5.0, 7.0, 11.0])
    for share in (0.1, 0.25, 0.5, 0.8, 0.9):
        expected = np.quantile(values, share, method="hazen")  # another library's rule
        assert quantile(values, np.ones(5), share) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(19, 0.9, 0.9 * 20 / 19), (19, 0.1, 1 - 0.9 * 20 / 19), (4, 0.9, 1.0), (4, 0.1, 0.0)],
)
def test_few_values_push_a_share_outward(count: int, share: float, expected: float) -> None:
    assert spread_share(np.ones(count), share) == pytest.approx(expected)


def test_weights_that_fade_count_as_fewer_values() -> None:
    # weights 1, 1/2, 1/4: (7/4)^2 over (1 + 1/4 + 1/16) are 7/3 values
    weights = np.array([1.0, 0.5, 0.25])
    assert spread_share(weights, 0.6) == pytest.approx(0.6 * (7 / 3 + 1) / (7 / 3))
