from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.money import apart, cents, spread, translate

AMOUNTS = st.integers(-(10**11), 10**11).map(lambda whole: Decimal(whole) / 100)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("2.674", "2.67"),
        ("2.675", "2.68"),  # half to even: 8 is even
        ("2.665", "2.66"),
        ("2.6651", "2.67"),
        ("-2.665", "-2.66"),
        ("-2.675", "-2.68"),
        ("7", "7.00"),
        ("1e3", "1000.00"),
    ],
)
def test_cents_are_rounded_half_to_even(amount: str, rounded: str) -> None:
    assert str(cents(amount)) == rounded
    assert str(cents(Decimal(amount))) == rounded


def test_a_float_is_read_by_its_shortest_text() -> None:
    # 2.675 as a binary float is a little less than 2.675, and would round to 2.67.
    assert cents(2.675) == Decimal("2.68")
    assert cents(0.1 + 0.2) == Decimal("0.30")


def test_the_cents_left_over_go_to_the_largest_remainders() -> None:
    # 0.05 by 1:2:3 is 0.0083, 0.0167, 0.025: floors 0, 1, 2, two cents left for .83 and .67.
    parts = spread(Decimal("0.05"), [Decimal(1), Decimal(2), Decimal(3)])
    assert parts == [Decimal("0.01"), Decimal("0.02"), Decimal("0.02")]


def test_equal_remainders_are_served_in_order() -> None:
    assert spread(Decimal("10.00"), [Decimal(1)] * 3) == [
        Decimal("3.34"),
        Decimal("3.33"),
        Decimal("3.33"),
    ]


def test_a_negative_amount_is_spread_too() -> None:
    parts = spread(Decimal("-10.00"), [Decimal(1)] * 3)
    assert sum(parts) == Decimal("-10.00")
    assert sorted(parts) == [Decimal("-3.34"), Decimal("-3.33"), Decimal("-3.33")]


def test_weights_that_add_up_to_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="weights add up to zero"):
        spread(Decimal("1.00"), [Decimal(1), Decimal(-1)])


@given(
    total=st.integers(-(10**12), 10**12),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any),
)
def test_parts_add_up_and_none_is_a_cent_off(total: int, weights: list[int]) -> None:
    amount = Decimal(total).scaleb(-2)
    parts = spread(amount, [Decimal(weight) for weight in weights])
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < Decimal("0.01") + Decimal("1e-12")
        assert part == cents(part)


def test_published_translation() -> None:
    # investopedia.com, constant currencies: 500,000 USD at 0.80 USD per AUD
    assert translate(500_000, rate=0.8, inverse=True) == 625_000
    assert translate("625000", rate="0.8") == 500_000


@given(amount=AMOUNTS, rate=st.decimals("0.0001", "10000", places=4))
def test_there_and_back_is_the_same_amount(amount: Decimal, rate: Decimal) -> None:
    there = translate(amount, rate=rate)
    assert cents(translate(there, rate=rate, inverse=True)) == amount


@pytest.mark.parametrize(
    ("amount", "rate", "said"),
    [
        (1, 0, "rate: rate 0 is not above 0"),
        (1, -0.5, "rate: rate -0.5 is not above 0"),
        (1, "x", "rate: rate is 'x'"),
        (float("nan"), 1, "amount: amount is nan"),
    ],
)
def test_what_cannot_be_translated_says_why(amount: float, rate: float, said: str) -> None:
    with pytest.raises(MeasureError) as told:
        translate(amount, rate=rate)
    assert said in str(told.value)


@given(amounts=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30))
def test_rounded_parts_add_up_to_the_rounded_total(amounts: list[float]) -> None:
    total, *parts = apart(amounts)
    assert sum(parts) == total
    assert total == cents(math.fsum(amounts))
    for part, amount in zip(parts, amounts, strict=True):
        assert abs(float(part) - amount) <= 0.0101 + 1e-6


def test_the_cent_left_over_goes_where_rounding_took_most() -> None:
    assert [str(part) for part in apart([1.004, 1.004, 1.002])] == ["3.01", "1.01", "1.00", "1.00"]
    assert [str(part) for part in apart([1.0, 1.0], total=2.01)] == ["2.01", "1.01", "1.00"]
    assert [str(part) for part in apart([-1.004, -1.003])] == ["-2.01", "-1.01", "-1.00"]


def test_a_total_needs_an_amount_to_carry_it() -> None:
    assert apart([]) == [0]
    with pytest.raises(ValueError, match="a total and no amount to carry it"):
        apart([], total=0.01)
