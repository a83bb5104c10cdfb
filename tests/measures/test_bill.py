"""Cents that add up: largest remainders by hand, and the laws they keep."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import bill

COST = st.floats(-1e7, 1e7).map(lambda x: round(x, 9))
AMOUNTS = st.lists(COST, min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("amounts", "cents"),
    [
        ([0.335, 0.335, 0.33], [34, 33, 33]),  # 1.00; the cent left over goes to the first half
        ([16.0, -1.02348581414], [1600, -102]),
        ([0.004] * 5, [1, 1, 0, 0, 0]),
        ([2.675], [268]),
        ([], []),
    ],
)
def test_the_largest_remainders_get_the_cents_left_over(
    amounts: list[float], cents: list[int]
) -> None:
    assert bill.in_cents(amounts) == cents


@given(AMOUNTS)
def test_cents_add_up_and_none_moves_by_a_cent(amounts: list[float]) -> None:
    cents = bill.in_cents(amounts)
    assert sum(cents) == bill.total(amounts)
    assert all(abs(c - a * 100) < 1.001 for c, a in zip(cents, amounts, strict=True))


@given(st.lists(st.tuples(COST, COST, st.booleans()), min_size=1, max_size=30))
def test_costs_that_are_equal_stay_equal(pairs: list[tuple[float, float, bool]]) -> None:
    effective = [one for one, _, _ in pairs]
    billed = [one if same else other for one, other, same in pairs]
    first, second = bill.both_in_cents(effective, billed)
    assert (sum(first), sum(second) - bill.total(billed)) == (bill.total(effective), 0) or (
        effective == billed
    )
    assert all(a == b for a, b, (_, _, same) in zip(first, second, pairs, strict=True) if same)


def test_a_bill_without_its_columns_is_refused() -> None:
    with pytest.raises(ContractError, match="column 'billed_amount' is not there"):
        bill.checked(pd.DataFrame({name: [] for name in bill.NEEDED if name != "billed_amount"}))


def test_a_missing_cost_is_refused() -> None:
    charges = pd.DataFrame({name: ["x", "x"] for name in bill.NEEDED})
    charges = charges.assign(amount=[1.0, None], billed_amount=1.0)
    with pytest.raises(MeasureError, match="1 of 2 charges have no effective or no billed cost"):
        bill.checked(charges)


def test_billed_counts_where_effective_has_lost_its_decimals() -> None:
    charges = pd.DataFrame(
        {"amount": [2.0, 2.0], "billed_amount": [1.6, 1.6], "whole_units": [True, False]}
    )
    assert bill.cost(charges).tolist() == [1.6, 2.0]
