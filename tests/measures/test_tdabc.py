from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import tdabc

# Kaplan and Anderson, Harvard Business Review, November 2004: a customer-service department
ORDERS = {
    "process orders": (8, 49_000),
    "handle inquiries": (44, 1_400),
    "check credit": (50, 2_500),
}


def test_the_published_customer_service() -> None:
    found = tdabc(560_000, practical_minutes=700_000, activities=ORDERS)
    assert found.rate == pytest.approx(0.80)
    assert list(found.costs.values()) == pytest.approx([313_600, 49_280, 100_000])
    assert (found.used_minutes, found.used_cost) == pytest.approx((578_600, 462_880))
    assert (found.unused_minutes, found.unused_cost) == pytest.approx((121_400, 97_120))


def test_the_table_walks_to_the_whole_cost() -> None:
    table = tdabc(560_000, practical_minutes=700_000, activities=ORDERS).table()
    assert table["row_key"].tolist() == [
        "process-orders",
        "handle-inquiries",
        "check-credit",
        "unused",
        "total",
    ]
    assert table["cost"].tolist() == [313_600, 49_280, 100_000, 97_120, 560_000]
    assert table["share"].iloc[3] == pytest.approx(121_400 / 700_000)
    assert (table["reason"] == "").all()


def test_more_work_than_there_is_time_is_said() -> None:
    found = tdabc(1000, practical_minutes=100, activities={"calls": [10, 12]})
    assert (found.unused_minutes, found.unused_cost) == (-20, -200)
    assert found.table()["reason"].tolist() == ["", "more minutes were used than there are", ""]


@given(
    cost=st.floats(0, 1e8),
    minutes=st.floats(1e3, 1e6),
    work=st.lists(st.tuples(st.floats(0, 500), st.integers(0, 1_000)), max_size=8),
)
def test_no_cent_is_lost(cost: float, minutes: float, work: list[tuple[float, int]]) -> None:
    activities = {f"work {place}": pair for place, pair in enumerate(work)}
    found = tdabc(cost, practical_minutes=minutes, activities=activities)
    assert found.used_cost + found.unused_cost == pytest.approx(cost)
    table = found.table()
    *parts, total = (Decimal(str(amount)) for amount in table["cost"])
    assert sum(parts) == total
    assert abs(float(total) - cost) <= 0.0051


@pytest.mark.parametrize(
    ("cost", "minutes", "activities", "said"),
    [
        (1000, 0, {}, "practical_minutes: 0 minutes of capacity"),
        (math.nan, 100, {}, "cost: cost is nan"),
        (1000, 100, {"calls": [10]}, "activities: 'calls' has [10]"),
        (1000, 100, {"calls": [-1, 5]}, "activities: 'calls' has [-1, 5]"),
    ],
)
def test_what_cannot_be_costed_says_why(
    cost: float, minutes: float, activities: dict[str, list[float]], said: str
) -> None:
    with pytest.raises(MeasureError) as told:
        tdabc(cost, practical_minutes=minutes, activities=activities)
    assert said in str(told.value)
