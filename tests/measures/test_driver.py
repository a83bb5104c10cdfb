from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError
from pfkit.measures import bridge, driver

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


def test_a_driver_is_named_when_it_covers_sixty_percent(rows: Rows) -> None:
    gap = rows("""
        product | budget | actual
        Atlas   |      0 |     60
        Borea   |      0 |     40
    """)
    found = driver(bridge(gap, start="budget", end="actual")).iloc[0]
    assert (found["driver"], found["driver_key"]) == ("Atlas", "atlas")
    assert (found["variance"], found["driver_amount"], found["rest"]) == (100, 60, 40)
    assert found["driver_share"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    "actual",
    [
        [59, 41, 0],  # one falls short
        [100, 80, -80],  # two cover it, and a third takes it back
        [-90, 60, 40],  # the largest works the other way
    ],
)
def test_no_driver_is_named_otherwise(actual: list[int]) -> None:
    gap = pd.DataFrame({"product": list("ABC"), "budget": 0, "actual": actual})
    found = driver(bridge(gap, start="budget", end="actual")).iloc[0]
    assert found["driver"] == ""
    assert pd.isna(found["driver_amount"])
    assert found["reason"] == "no single driver covers 60% of the variance"


def test_without_a_variance_there_is_no_driver() -> None:
    gap = pd.DataFrame({"product": ["A", "B"], "budget": [1, 2], "actual": [2, 1]})
    steps = bridge(gap, start="budget", end="actual")
    assert driver(steps)["reason"].tolist() == ["no variance"]


@given(actual=st.lists(st.integers(-(10**8), 10**8), min_size=1, max_size=8))
def test_a_driver_covers_its_share_and_the_rest_is_the_rest(actual: list[int]) -> None:
    gap = pd.DataFrame({"product": [f"p{n}" for n in range(len(actual))], "actual": actual})
    found = driver(bridge(gap.assign(budget=0), start="budget", end="actual", by="product")).iloc[0]
    assert found["variance"] == sum(actual)
    if found["driver"]:
        assert found["driver_share"] >= 0.6
        assert found["driver_amount"] + found["rest"] == pytest.approx(sum(actual))
        assert abs(found["driver_amount"]) == max(map(abs, actual))


def test_only_a_bridge_has_a_driver() -> None:
    with pytest.raises(ContractError, match="'row_key'"):
        driver(pd.DataFrame({"step": ["A"]}))
