from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import db, ddb, sln, syd

if TYPE_CHECKING:
    from collections.abc import Callable

COSTS = st.floats(1, 1e7)
SHARES = st.floats(0, 1)
LIVES = st.integers(1, 40)


def test_the_spreadsheets_straight_line() -> None:
    assert sln(30000, salvage=7500, life=10) == 2250


def test_the_spreadsheets_sum_of_years_digits() -> None:
    assert syd(30000, salvage=7500, life=10, period=1) == pytest.approx(4090.91, abs=0.005)
    assert syd(30000, salvage=7500, life=10, period=10) == pytest.approx(409.09, abs=0.005)


@pytest.mark.parametrize(
    ("life", "period", "factor", "charge"),
    [
        (3650, 1, 2, 1.32),
        (120, 1, 2, 40.0),
        (10, 1, 2, 480.0),
        (10, 2, 1.5, 306.0),
        (10, 10, 2, 22.12),
    ],
)
def test_the_spreadsheets_declining_balance(
    life: int, period: int, factor: float, charge: float
) -> None:
    found = ddb(2400, salvage=300, life=life, period=period, factor=factor)
    assert found == pytest.approx(charge, abs=0.005)


def test_the_spreadsheets_fixed_declining_balance() -> None:
    printed = [186083.33, 259639.42, 176814.44, 120410.64, 81999.64, 55841.76, 15845.10]
    found = [db(1_000_000, salvage=100_000, life=6, period=year, month=7) for year in range(1, 8)]
    assert found == pytest.approx(printed, abs=0.005)


@given(cost=COSTS, share=SHARES, life=LIVES)
def test_the_charges_of_a_life_are_cost_less_salvage(cost: float, share: float, life: int) -> None:
    salvage = cost * share
    years = range(1, life + 1)
    digits = [syd(cost, salvage=salvage, life=life, period=year) for year in years]
    assert math.fsum(digits) == pytest.approx(cost - salvage, abs=1e-9 * cost)
    assert digits == sorted(digits, reverse=True)
    assert sln(cost, salvage=salvage, life=life) * life == pytest.approx(
        cost - salvage, abs=1e-9 * cost
    )


@given(cost=COSTS, share=SHARES, life=LIVES, factor=st.floats(0.5, 4))
def test_a_declining_balance_never_goes_below_salvage(
    cost: float, share: float, life: int, factor: float
) -> None:
    salvage = cost * share
    charges = [
        ddb(cost, salvage=salvage, life=life, period=year, factor=factor)
        for year in range(1, life + 1)
    ]
    assert min(charges) >= 0
    assert math.fsum(charges) <= cost - salvage + 1e-9 * cost
    assert charges == sorted(charges, reverse=True)


@given(cost=COSTS, share=st.floats(0.01, 0.99), life=LIVES, month=st.integers(1, 11))
def test_what_a_short_first_year_leaves_is_charged_at_the_end(
    cost: float, share: float, life: int, month: int
) -> None:
    charges = [
        db(cost, salvage=cost * share, life=life, period=year, month=month)
        for year in range(1, life + 2)
    ]
    assert 0 <= math.fsum(charges) <= cost * (1 + 1e-9)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sln(100, salvage=0, life=0), "life: a life of 0 years"),
        (lambda: sln(-100, salvage=0, life=5), "cost: cost is -100"),
        (lambda: sln(100, salvage=math.nan, life=5), "salvage: salvage is nan"),
        (lambda: syd(100, salvage=0, life=5, period=6), "period 6 is outside a life of 5 years"),
        (lambda: syd(100, salvage=0, life=5, period=0), "period 0 is outside a life of 5 years"),
        (lambda: ddb(100, salvage=0, life=5, period=1, factor=0), "factor 0 is not above 0"),
        (lambda: db(100, salvage=0, life=5, period=6), "period 6 is outside a life of 5 years"),
        (lambda: db(100, salvage=0, life=5, period=7, month=6), "whole number from 1 to 6"),
        (lambda: db(100, salvage=0, life=5, period=1, month=13), "month 13 is no number of months"),
    ],
)
def test_what_has_no_charge_says_why(call: Callable[[], float], said: str) -> None:
    with pytest.raises(MeasureError) as told:
        call()
    assert said in str(told.value)


def test_what_cost_nothing_is_charged_nothing() -> None:
    assert db(0, salvage=0, life=5, period=1) == 0
    assert ddb(0, salvage=0, life=5, period=1) == 0
