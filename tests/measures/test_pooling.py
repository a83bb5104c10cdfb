from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures.pooling import (
    checked_order,
    effective,
    final_shares,
    handed_on,
    order_range,
    read_pools,
    whole_parts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# Horngren, Cost Accounting, ch. 15: Castleford Engineering, maintenance and information systems
OWN = np.array([6_300_000.0, 1_452_150.0])
AMONG = np.array([[0.0, 0.2], [0.1, 0.0]])
OUT = np.array([[0.3, 0.5], [0.8, 0.1]])


@pytest.mark.parametrize(
    ("method", "order", "handed", "borne"),
    [
        ("reciprocal", [0, 1], [6_576_750, 2_767_500], [4_187_025, 3_565_125]),
        ("step-down", [0, 1], [6_300_000, 2_712_150], [4_300_800, 3_451_350]),
        ("direct", [0, 1], [6_300_000, 1_452_150], [3_653_300, 4_098_850]),
    ],
)
def test_the_textbooks_three_methods(
    method: str, order: list[int], handed: list[float], borne: list[float]
) -> None:
    among, out = effective(method, AMONG, OUT, order)
    assert handed_on(among, OWN) == pytest.approx(handed)
    assert OWN @ final_shares(among, out) == pytest.approx(borne)


def test_the_range_over_orders_holds_both_orders_of_two_pools() -> None:
    found = order_range(AMONG, OUT, OWN)
    assert found is not None
    least, most, count = found
    # systems first: 1,452,150 to maintenance 0.1, machining 0.8, assembly 0.1 of 1.0, then
    # maintenance 6,300,000 + 145,215 by 3/8 and 5/8
    other = [1_161_720 + 6_445_215 * 3 / 8, 145_215 + 6_445_215 * 5 / 8]
    assert count == 2
    assert least == pytest.approx([other[0], 3_451_350])
    assert most == pytest.approx([4_300_800, other[1]])


def test_beyond_seven_pools_orders_are_drawn_and_the_same_each_time() -> None:
    dice = np.random.default_rng(1)
    among = dice.uniform(0, 0.1, (9, 9)) * (1 - np.eye(9))
    out = np.hstack([dice.uniform(0.1, 1, (9, 3))])
    out *= ((1 - among.sum(axis=1)) / out.sum(axis=1))[:, None]
    own = dice.uniform(1, 100, 9)
    first, second = order_range(among, out, own), order_range(among, out, own)
    assert first is not None
    assert second is not None
    assert first[2] == 5040
    assert first[0].tolist() == second[0].tolist()
    one = own @ final_shares(*effective("step-down", among, out, list(range(9))))
    assert (one.sum(), (first[1] >= first[0]).all()) == (pytest.approx(own.sum()), True)


@given(st.data())
def test_whole_cents_add_up_whatever_is_split(data: st.DataObject) -> None:
    total = data.draw(st.integers(-(10**13), 10**13))
    weights = data.draw(st.lists(st.floats(-1, 1), min_size=1, max_size=9))
    whole = math.fsum(weights)
    if abs(whole) < 1e-3:
        return
    shares = np.array([weights]) / whole
    parts = whole_parts(np.array([total]), shares)
    assert parts.sum() == total
    away = np.abs(parts - total * shares)
    assert away.max() <= 1 + abs(total) * 1e-12


CASES: list[tuple[dict[str, Any], str]] = [
    ({"IT": {"serves": {"HR": 1.0}}, "HR": {"serves": {"IT": 1.0}}}, "goes round and reaches no"),
    ({"IT": {"driver": "hours", "serves": {"IT": 0.2}}}, "serves itself"),
    ({"IT": {"driver": "hours", "serves": {"Hr": 0.2}}, "HR": {"driver": "hours"}}, "'HR'"),
    ({"IT": {"shares": {"Atlas": 0.5, "Borea": 0.4}}}, "add up to 0.9, not to 1"),
    ({"IT": {"shares": {"Atlas": 1.5}}}, "gets the share 1.5"),
    ({"IT": {"serves": {"HR": 0.7, "QA": 0.6}, "driver": "hours"}, "HR": {"driver": "hours"},
      "QA": {"driver": "hours"}}, "add up to 1.3, more than all of it"),
    ({"IT": {}}, "nothing says how it is handed to products"),
    ({"IT": {"driver": "hours", "shares": {"Atlas": 1.0}}}, "both a driver and shares"),
    ({"IT": {"driver": "hours", "capacity": 0.0}}, "its capacity is 0"),
]  # fmt: skip


@pytest.mark.parametrize(("pools", "told"), CASES)
def test_pools_that_cannot_be_handed_out_are_refused(
    pools: Mapping[str, Mapping[str, Any]], told: str
) -> None:
    with pytest.raises(MeasureError) as caught:
        read_pools(pools)
    assert told in str(caught.value)


def test_an_order_names_every_pool_once() -> None:
    assert checked_order([], ["IT", "HR"]) == ["IT", "HR"]
    with pytest.raises(MeasureError, match="'HR' stands 0 times in it"):
        checked_order(["IT"], ["IT", "HR"])
    with pytest.raises(MeasureError, match=r"closest known pool is 'HR'"):
        checked_order(["IT", "Hr"], ["IT", "HR"])
