from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import allocate_direct, allocate_reciprocal, allocate_stepdown, shared_cost
from pfkit.measures.pooling import METHODS
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.measures import SharedCost

JUNE = FiscalCalendar().period("2026-06")
POOLS: dict[str, dict[str, Any]] = {
    "IT": {"cost_centers": ["C1"], "driver": "hours", "serves": {"People": 0.5}},
    "People": {"cost_centers": ["C2"], "shares": {"Atlas": 0.5, "Borea": 0.5}},
}


@pytest.fixture
def statement(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        version | period  | product | cost_center | account | line    | group           | amount
        actual  | 2026-06 | Atlas   | C9          | '4000'  | Sales   | gross           |  500.00
        actual  | 2026-06 | Borea   | C9          | '4000'  | Sales   | gross           |  200.00
        actual  | 2026-06 | Atlas   | C9          | '5000'  | Hosting | cost_of_revenue |  -50.00
        actual  | 2026-06 | (none)  | C1          | '6000'  | IT      | operating       | -100.00
        actual  | 2026-06 | (none)  | C2          | '6000'  | People  | operating       |  -40.00
        actual  | 2026-06 | (none)  | C3          | '6000'  | Rent    | operating       |   -7.00
        actual  | 2026-06 | (none)  | C1          | '9000'  | Grants  | outside         |   99.00
        actual  | 2026-05 | (none)  | C1          | '6000'  | IT      | operating       | -999.00
        adopted | 2026-06 | (none)  | C1          | '6000'  | IT      | operating       | -888.00
    """)


@pytest.fixture
def drivers(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        driver | metric | period  | product | customer | units
        hours  | C8     | 2026-06 | Atlas   | (none)   |    20
        hours  | C9     | 2026-06 | Atlas   | (none)   |    10
        hours  | C9     | 2026-06 | Borea   | (none)   |    10
        hours  | C9     | 2026-06 | (none)  | (none)   |     5
        hours  | C9     | 2026-05 | Borea   | (none)   |   700
        usage  | calls  | 2026-06 | Atlas   | K1       |   100
        usage  | files  | 2026-06 | Borea   | K1       |     4
        seats  | ''     | 2026-05 | Borea   | K1       |     4
    """)


def allocated(found: SharedCost) -> dict[str, float]:
    return dict(zip(found.products["product"], found.products["allocated"], strict=True))


def test_a_step_down_by_hand_with_its_proof(statement: pd.DataFrame, drivers: pd.DataFrame) -> None:
    found = shared_cost(statement, drivers, period=JUNE, pools=POOLS, method="step-down")
    # IT 100: 50 to People, 50 by 30 and 10 hours; People 90 by halves; 7 stand in no pool
    assert allocated(found) == {
        "Atlas": 82.5, "Borea": 57.5, "Not allocated": 7.0, "Total": 147.0
    }  # fmt: skip
    pools = found.pools.set_index("row_key")
    assert pools.loc["it", ["own", "handed_out", "units"]].tolist() == [100.0, 100.0, 40.0]
    assert pools.loc["it", "unit_cost"] == pytest.approx(50 / 40)
    assert pools.loc["people", ["own", "handed_out"]].tolist() == [40.0, 90.0]
    assert pools.loc["other", "not_allocated"] == 7.0
    assert pools["difference"].tolist() == [0.0, 0.0, 0.0, 0.0]
    products = found.products.set_index("product")
    assert products.loc["Atlas", ["direct", "cost", "result"]].tolist() == [50.0, 132.5, 367.5]
    # People first: its 40 in halves, then IT's 100 by hours, for nobody else is left
    assert products.loc["Atlas", ["allocated_low", "allocated_high"]].tolist() == [82.5, 95.0]
    assert products.loc["Atlas", ["by_direct", "by_reciprocal"]].tolist() == [95.0, 82.5]
    assert found.orders == 2
    assert found.flows["amount"].sum() == 140.0


def test_unused_capacity_is_a_line_of_its_own_and_overuse_is_told(
    statement: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    pools = {"IT": {"cost_centers": ["C1"], "driver": "hours", "capacity": 50.0}}
    found = shared_cost(statement, drivers, period=JUNE, pools=pools)
    # 100 over 50 hours: 2 an hour; 5 hours are on no product, 5 nobody worked
    assert allocated(found) == {
        "Atlas": 60.0, "Borea": 20.0, "Unused capacity": 10.0, "Not allocated": 57.0,
        "Total": 147.0,
    }  # fmt: skip
    pools["IT"]["capacity"] = 40.0
    found = shared_cost(statement, drivers, period=JUNE, pools=pools)
    assert allocated(found)["Unused capacity"] == -12.5
    assert found.pools["reason"].tolist()[0] == "more units were used than there are"
    quarter = JUNE.calendar.period("2026Q2")
    found = shared_cost(statement, drivers, period=quarter, pools=pools)
    # 1,099 over three months of 40 hours, of which 30 and 710 were worked
    assert allocated(found)["Borea"] == pytest.approx(1099 / 120 * 710, abs=0.005)


def test_metrics_are_weighed_and_never_added_up_as_they_are(
    statement: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    pool: dict[str, Any] = {"cost_centers": ["C1"], "driver": "usage"}
    with pytest.raises(MeasureError) as caught:
        shared_cost(statement, drivers, period=JUNE, pools={"IT": pool})
    assert str(caught.value) == (
        "pools (IT): driver 'usage' counts 2 things that do not add up\n"
        "  -> Say what one of each weighs: metrics = { 'calls' = 1, ... }."
    )
    pools = {"IT": pool | {"metrics": {"calls": 0.01, "files": 1.0}}}
    found = shared_cost(statement, drivers, period=JUNE, pools=pools)
    assert allocated(found)["Atlas"] == 20.0
    pools["IT"]["metrics"] = {"cals": 1.0}
    with pytest.raises(MeasureError, match="closest known metric is 'calls'"):
        shared_cost(statement, drivers, period=JUNE, pools=pools)


def test_a_driver_without_units_is_refused_or_told(
    statement: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    pools: dict[str, dict[str, Any]] = {"IT": {"cost_centers": ["C1"], "driver": "orders"}}
    with pytest.raises(MeasureError, match="driver 'orders' has no units in any month"):
        shared_cost(statement, drivers, period=JUNE, pools=pools)
    pools["IT"]["driver"] = "seats"
    found = shared_cost(statement, drivers, period=JUNE, pools=pools)
    assert allocated(found)["Not allocated"] == 147.0
    assert found.pools["reason"].tolist()[0] == "no product has seats in 2026-06"


def test_units_below_zero_count_as_zero(statement: pd.DataFrame, drivers: pd.DataFrame) -> None:
    drivers["units"] = [20, 10, -3, 5, 700, 100, 4, 4]
    pools = {"IT": {"cost_centers": ["C1"], "driver": "hours"}}
    found = shared_cost(statement, drivers, period=JUNE, pools=pools)
    assert allocated(found)["Atlas"] == 100.0
    assert found.pools["reason"].tolist()[0] == "Borea: hours below 0 count as 0"


def test_what_cannot_be_is_refused(statement: pd.DataFrame, drivers: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match="closest known method is 'step-down'"):
        shared_cost(statement, drivers, period=JUNE, pools=POOLS, method="stepdown")
    pools = POOLS | {"People": {"cost_centers": ["C2"], "shares": {"Atlass": 1.0}}}
    with pytest.raises(MeasureError, match="closest known product is 'Atlas'"):
        shared_cost(statement, drivers, period=JUNE, pools=pools)
    pools = POOLS | {"IT": {"cost_centers": ["C1"], "serves": {"People": 1.0}}}
    with pytest.raises(MeasureError, match="nobody who is still open uses 'IT'"):
        shared_cost(
            statement, drivers, period=JUNE, pools=pools, method="step-down", order=["People", "IT"]
        )
    found = shared_cost(statement, drivers, period=JUNE, pools=pools, method="reciprocal")
    assert allocated(found) == {
        "Atlas": 70.0, "Borea": 70.0, "Not allocated": 7.0, "Total": 147.0
    }  # fmt: skip


def test_every_method_adds_up_where_only_one_leaves_capacity_unused(
    statement: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    pools: dict[str, dict[str, Any]] = {
        "IT": {"cost_centers": ["C1"], "driver": "hours", "serves": {"Desk": 0.5}},
        "Desk": {"cost_centers": ["C7"], "driver": "hours", "capacity": 100.0},
    }
    found = shared_cost(statement, drivers, period=JUNE, pools=pools, method="direct")
    rows = found.products.set_index("product")
    # Desk has no cost of its own; reciprocally it is handed 50, of which 45 of 100 hours are used,
    # five of them on no product
    assert rows.loc["Unused capacity", ["allocated", "by_reciprocal"]].tolist() == [0.0, 27.5]
    assert rows.loc["Total", "by_reciprocal"] == 147.0


def test_without_pools_nothing_is_allocated(statement: pd.DataFrame, drivers: pd.DataFrame) -> None:
    found = shared_cost(statement, drivers, period=JUNE, pools={})
    assert allocated(found)["Not allocated"] == 147.0
    assert found.flows.empty


@given(st.data())
def test_every_cent_arrives_by_every_method(data: st.DataObject) -> None:
    count, makers = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    names = [f"S{place}" for place in range(count)]
    line = {"version": "actual", "period": "2026-06", "line": "L", "group": "operating"}
    own = {name: data.draw(st.integers(-(10**9), 10**9)) / 100 for name in names}
    lines = [
        line | {"product": "(none)", "cost_center": name, "account": "1", "amount": -amount}
        for name, amount in own.items()
    ]
    hours = [data.draw(st.sampled_from([-1.0, 0.0, 0.5, 3.0, 7.0])) for _ in range(makers)]
    rows = [
        {"driver": "hours", "metric": "", "period": "2026-06", "product": f"P{n}",
         "customer": "(none)", "units": value}
        for n, value in enumerate(hours)
    ]  # fmt: skip
    pools: dict[str, dict[str, Any]] = {}
    for name in names:
        given_ = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
        whole = sum(given_) + data.draw(st.integers(1, 5))
        serves = {n: s / whole for n, s in zip(names, given_, strict=True) if n != name and s}
        pools[name] = {"cost_centers": [name], "driver": "hours", "serves": serves}
    statement, drivers = pd.DataFrame(lines), pd.DataFrame(rows)
    used = {f"P{n}": value for n, value in enumerate(hours) if value > 0}
    shares = {
        name: dict(pool["serves"])
        | {p: (1 - sum(pool["serves"].values())) * v / sum(used.values()) for p, v in used.items()}
        for name, pool in pools.items()
    }
    for method in METHODS:
        found = shared_cost(statement, drivers, period=JUNE, pools=pools, method=method)
        total = round(sum(own.values()), 2)
        assert found.products["allocated"].iloc[-1] == pytest.approx(total, abs=1e-6)
        assert (found.pools["difference"] == 0).all()
        assert found.products["allocated"].iloc[:-1].sum() == pytest.approx(total, abs=1e-6)
        if not used:
            continue
        if method == "direct":
            known = allocate_direct(own, shares)
        elif method == "reciprocal":
            known = allocate_reciprocal(own, shares)
        else:
            known = allocate_stepdown(own, shares, order=names)
        mine = allocated(found)
        for name, cost in known.borne.items():
            # every pool's cents are rounded by themselves
            assert mine.get(name, 0.0) == pytest.approx(cost, abs=0.01 * count + 1e-6)
