from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import allocate_direct, allocate_reciprocal, allocate_stepdown

if TYPE_CHECKING:
    from pfkit.measures import Allocation

# Horngren, Cost Accounting, ch. 15: Castleford Engineering
COSTS = {"maintenance": 6_300_000, "systems": 1_452_150, "machining": 4e6, "assembly": 2e6}
SHARES = {
    "maintenance": {"systems": 0.2, "machining": 0.3, "assembly": 0.5},
    "systems": {"maintenance": 0.1, "machining": 0.8, "assembly": 0.1},
}


def test_the_textbooks_reciprocal_method() -> None:
    found = allocate_reciprocal(COSTS, SHARES)
    assert found.allocated == pytest.approx({"maintenance": 6_576_750, "systems": 2_767_500})
    assert found.borne == pytest.approx({"machining": 8_187_025, "assembly": 5_565_125})


def test_the_textbooks_step_down_method() -> None:
    found = allocate_stepdown(COSTS, SHARES, order=["maintenance", "systems"])
    assert found.allocated == pytest.approx({"maintenance": 6_300_000, "systems": 2_712_150})
    # 1,890,000 and 3,150,000 of maintenance; 8/9 and 1/9 of 2,712,150
    assert found.borne == pytest.approx({"machining": 8_300_800, "assembly": 5_451_350})


def test_the_textbooks_direct_method() -> None:
    found = allocate_direct(COSTS, SHARES)
    # 3/8 and 5/8 of 6,300,000; 8/9 and 1/9 of 1,452,150
    assert found.borne == pytest.approx({"machining": 7_653_300, "assembly": 6_098_850})
    assert found.flows["systems"] == pytest.approx({"machining": 1_290_800, "assembly": 161_350})


def test_the_table_is_in_whole_cents() -> None:
    shares = {"IT": {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}}
    table = allocate_reciprocal({"IT": 100, "A": 0, "B": 0, "C": 5.55}, shares).table()
    assert table["department"].tolist() == ["A", "B", "C", "Total"]
    assert table["borne"].tolist() == [33.34, 33.33, 38.88, 105.55]
    assert table["allocated"].tolist() == [33.34, 33.33, 33.33, 100.0]
    assert table["row_key"].tolist() == ["a", "b", "c", "total"]


def _company(data: st.DataObject) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    services = data.draw(st.integers(1, 5))
    makers = data.draw(st.integers(1, 4))
    names = [f"S{place}" for place in range(services)] + [f"P{place}" for place in range(makers)]
    costs = {name: data.draw(st.floats(-1e7, 1e7)) for name in names}
    shares = {}
    for name in names[:services]:
        parts = {user: data.draw(st.integers(0, 9)) for user in names if user != name}
        parts["P0"] += 1
        whole = sum(parts.values())
        shares[name] = {user: part / whole for user, part in parts.items()}
    return costs, shares


@given(data=st.data())
def test_every_method_conserves_every_cent(data: st.DataObject) -> None:
    costs, shares = _company(data)
    order = data.draw(st.permutations(list(shares)))
    total = math.fsum(costs.values())
    found: list[Allocation] = [
        allocate_direct(costs, shares),
        allocate_stepdown(costs, shares, order=order),
        allocate_reciprocal(costs, shares),
    ]
    for one in found:
        assert math.fsum(one.borne.values()) == pytest.approx(total, abs=1e-6)
        table = one.table()
        *parts, whole = (Decimal(str(amount)) for amount in table["borne"])
        assert sum(parts) == whole
        assert abs(float(whole) - total) <= 0.0051
        assert table["own"].iloc[:-1].sum() + table["allocated"].iloc[:-1].sum() == pytest.approx(
            float(whole), abs=1e-6
        )
        for name, cost in one.allocated.items():
            assert math.fsum(one.flows[name].values()) == pytest.approx(cost, abs=1e-6)


@given(data=st.data())
def test_reciprocated_costs_hold_what_each_received(data: st.DataObject) -> None:
    costs, shares = _company(data)
    found = allocate_reciprocal(costs, shares)
    for name in shares:
        received = [flow.get(name, 0.0) for flow in found.flows.values()]
        assert found.allocated[name] == pytest.approx(math.fsum([costs[name], *received]), abs=1e-6)


@given(data=st.data())
def test_without_service_between_services_the_methods_agree(data: st.DataObject) -> None:
    costs, shares = _company(data)
    apart = {}
    for name, users in shares.items():
        kept = {user: share for user, share in users.items() if user not in shares}
        apart[name] = {user: share / math.fsum(kept.values()) for user, share in kept.items()}
    direct = allocate_direct(costs, apart).borne
    assert allocate_stepdown(costs, apart, order=list(apart)).borne == pytest.approx(direct)
    assert allocate_reciprocal(costs, apart).borne == pytest.approx(direct)


def test_departments_without_a_cost_of_their_own() -> None:
    found = allocate_direct({"IT": 90}, {"IT": {"make": 0.5, "sell": 0.25, "HR": 0.25}})
    assert found.borne == pytest.approx({"make": 45.0, "sell": 22.5, "HR": 22.5})


def test_a_service_that_serves_itself() -> None:
    # x = 80 + 0.2 x, so that 100 are allocated out and 80 arrive
    found = allocate_reciprocal({"IT": 80}, {"IT": {"IT": 0.2, "make": 0.8}})
    assert found.allocated == pytest.approx({"IT": 100})
    assert found.borne == pytest.approx({"make": 80})


def test_printed_shares_of_a_third_lose_nothing() -> None:
    found = allocate_reciprocal({"IT": 900}, {"IT": {"A": 0.333, "B": 0.333, "C": 0.333}})
    assert found.borne == pytest.approx({"A": 300, "B": 300, "C": 300})


@pytest.mark.parametrize(
    ("costs", "shares", "said"),
    [
        (
            {"S": 1, "T": 1},
            {"S": {"T": 1}, "T": {"S": 1}},
            "the cost of 'S' and 'T' reaches no production department",
        ),
        ({"S": 1}, {"S": {"P": 0.7, "Q": 0.4}}, "the shares of 'S' add up to 1.1, more than all"),
        ({"S": 1}, {"S": {"P": 1.2}}, "'P' uses 1.2 of 'S'"),
        ({"S": 1}, {"S": {"P": -0.2, "Q": 1}}, "'P' uses -0.2 of 'S'"),
        ({"S": 1}, {"S": {"P": 0.9}}, "the shares of 'S' add up to 0.9"),
        ({"S": math.nan}, {"S": {"P": 1}}, "the cost of 'S' is nan"),
        ({"S": 1, "P": 1}, {"S": {}}, "the cost of 'S' reaches no production department"),
    ],
)
def test_shares_that_cannot_be_are_refused(
    costs: dict[str, float], shares: dict[str, dict[str, float]], said: str
) -> None:
    with pytest.raises(MeasureError) as told:
        allocate_reciprocal(costs, shares)
    assert said in str(told.value)
    assert told.value.advice


def test_an_order_names_every_service_once() -> None:
    with pytest.raises(MeasureError, match="'system' is no service department\n  -> The closest"):
        allocate_stepdown(COSTS, SHARES, order=["maintenance", "system"])
    with pytest.raises(MeasureError, match="order: 'systems' stands 0 times in it"):
        allocate_stepdown(COSTS, SHARES, order=["maintenance"])
    with pytest.raises(MeasureError, match="order: 'systems' stands 2 times in it"):
        allocate_stepdown(COSTS, SHARES, order=["systems", "maintenance", "systems"])


def test_a_service_that_nobody_open_uses() -> None:
    shares = {"S": {"P": 1.0}, "T": {"S": 1.0}}
    with pytest.raises(MeasureError, match="no department that is still open uses 'T'"):
        allocate_stepdown({"S": 1, "T": 1}, shares, order=["S", "T"])
    with pytest.raises(MeasureError, match="no department that is still open uses 'T'"):
        allocate_direct({"S": 1, "T": 1}, shares)
    assert allocate_reciprocal({"S": 1, "T": 1}, shares).borne == pytest.approx({"P": 2})
