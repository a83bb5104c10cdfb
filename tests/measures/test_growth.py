from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import cagr, effective_rate, fvschedule, nominal_rate

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_spreadsheets_examples() -> None:
    assert cagr(10000, 11000, n=96) == pytest.approx(0.0009933, abs=5e-8)  # RRI
    assert effective_rate(0.0525, npery=4) == pytest.approx(0.0535427, abs=5e-8)  # EFFECT
    assert nominal_rate(0.053543, npery=4) == pytest.approx(0.05250032, abs=5e-9)  # NOMINAL
    assert fvschedule(1, schedule=[0.09, 0.11, 0.1]) == pytest.approx(1.3308900)  # FVSCHEDULE


def test_growth_of_all_and_of_none() -> None:
    assert cagr(100, 0, n=3) == -1
    assert cagr(100, 100, n=3) == 0
    assert cagr(-100, -121, n=2) == pytest.approx(0.1)
    assert fvschedule(100, schedule=[]) == 100
    assert fvschedule(100, schedule=[0.5, -1]) == 0


@given(start=st.floats(0.01, 1e9), rate=st.floats(-0.9, 3), n=st.integers(1, 40))
def test_an_amount_that_grows_at_a_rate_has_it(start: float, rate: float, n: int) -> None:
    end = fvschedule(start, schedule=[rate] * n)
    assert cagr(start, end, n=n) == pytest.approx(rate, abs=1e-9)


@given(rate=st.floats(-0.9, 5), npery=st.sampled_from([1, 2, 4, 12, 52, 365]))
def test_effective_and_nominal_undo_each_other(rate: float, npery: int) -> None:
    nominal = nominal_rate(rate, npery=npery)
    assert effective_rate(nominal, npery=npery) == pytest.approx(rate, abs=1e-9)
    assert nominal <= rate + 1e-12


@given(rates=st.lists(st.floats(-0.9, 2), max_size=12))
def test_the_order_of_rates_does_not_matter(rates: list[float]) -> None:
    forward = fvschedule(100, schedule=rates)
    assert fvschedule(100, schedule=rates[::-1]) == pytest.approx(forward)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cagr(0, 100, n=3), "cagr: no rate leads from 0 to 100"),
        (lambda: cagr(-100, 100, n=3), "cagr: no rate leads from -100 to 100"),
        (lambda: cagr(100, 110, n=0), "n: 0 periods"),
        (lambda: cagr(100, math.inf, n=1), "end: end is inf"),
        (lambda: effective_rate(0.1, npery=0), "npery: interest cannot be added 0 times a year"),
        (lambda: effective_rate(0.1, npery=1.5), "cannot be added 1.5 times"),  # type: ignore[arg-type]
        (lambda: effective_rate(-4.0, npery=4), "nominal: rate -1.0 is not above -1"),
        (lambda: nominal_rate(-1, npery=4), "effective: rate -1 is not above -1"),
        (lambda: fvschedule(100, schedule=[0.1, -1.5]), "schedule: rate 1 is -1.5"),
        (lambda: fvschedule(100, schedule=[0.1, None]), "schedule: rate 1 is None"),  # type: ignore[list-item]
        (lambda: fvschedule(math.nan, schedule=[]), "principal: principal is nan"),
    ],
)
def test_what_does_not_grow_says_why(call: Callable[[], float], said: str) -> None:
    with pytest.raises(MeasureError) as told:
        call()
    assert said in str(told.value)
