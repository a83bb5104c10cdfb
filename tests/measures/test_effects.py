from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import driver, effects, price_volume_mix

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Rows = Callable[[str], pd.DataFrame]

BASE = """
    family | product | group   | quantity | amount
    X      | A       | gross   |       10 |    100
    X      | B       | gross   |       10 |    200
    Y      | C       | gross   |       20 |    100
    Y      | C       | returns |       -1 |     -5
    Y      | D       | gross   |        4 |     40
"""
ACTUAL = """
    family | product | group   | quantity | amount | currency | amount_local | budget_rate
    X      | A       | gross   |       20 |    180 | USD      |          200 |         1.1
    X      | B       | gross   |       10 |    200 | EUR      |          200 |         1.0
    Y      | C       | gross   |       10 |     50 | EUR      |           50 |         1.0
    Y      | C       | returns |       -1 |     -9 | EUR      |           -9 |         1.0
    Z      | E       | gross   |          |     30 | EUR      |           30 |         1.0
"""


@pytest.fixture
def found(rows: Rows) -> pd.DataFrame:
    """Split a small range of every effect."""
    return price_volume_mix(
        rows(BASE), rows(ACTUAL), by=["family", "product"], rate="budget_rate", against="plan"
    )


def test_the_walk_stands_in_one_order_and_arrives(found: pd.DataFrame) -> None:
    steps = effects(found)
    assert steps[["row_key", "step", "amount", "cumulative"]].to_numpy().tolist() == [
        ["start", "plan", 435.0, 435.0],
        # 40 pieces of A, B and C both times: no volume; 100 between families, -50 inside X
        ["mix", "Mix", 50.0, 485.0],
        ["price", "Price", 20.0, 505.0],  # 200 USD at 1.1 against 20 at 10
        ["new", "New products", 30.0, 535.0],
        ["lost", "Lost products", -40.0, 495.0],
        ["fx", "Exchange rates", -40.0, 455.0],  # 180 - 200 x 1.1
        ["returns", "Returns", -4.0, 451.0],
        ["end", "actual", 451.0, 451.0],
    ]
    assert steps["count"].tolist() == [5, 2, 1, 1, 1, 1, 1, 5]  # the two levels of B cancel out
    assert steps["favorable"].tolist()[1:4] == [True, True, True]
    assert steps["share"].tolist()[2] == 20 / 16


def test_a_family_walks_by_its_own_effects(found: pd.DataFrame) -> None:
    steps = effects(found.assign(favorable_when="lower"), of="y")
    # C sold 10 less of 20 at 5: at the base mix nothing changed, so all of it is mix
    assert steps[["row_key", "amount", "count"]].to_numpy().tolist() == [
        ["start", 135.0, 2],
        ["mix", -50.0, 1],
        ["lost", -40.0, 1],
        ["returns", -4.0, 1],
        ["end", 41.0, 2],
    ]
    assert steps["favorable"].tolist()[1] is True
    assert effects(found, of="y|d")["count"].tolist() == [1, 1, 1]


def test_the_driver_of_a_walk_is_named_once_it_covers_enough(rows: Rows) -> None:
    base = rows("product | quantity | amount\n A | 10 | 100")
    actual = rows("product | quantity | amount\n A | 17 | 187")
    # volume 70 of 87 is 80 %, price 17
    said = driver(effects(price_volume_mix(base, actual)))
    assert said[["driver", "driver_amount"]].to_numpy().tolist() == [["Volume", 70.0]]


def test_what_is_not_split_says_why(rows: Rows) -> None:
    base = rows("product | quantity | amount\n A | | 100")
    actual = rows("product | quantity | amount\n A | 17 | 187")
    steps = effects(price_volume_mix(base, actual))
    assert steps[["step", "role", "reason"]].to_numpy().tolist()[1] == [
        "Not split",
        "other",
        "no quantity in base",
    ]
    assert driver(steps)["driver"].tolist() == [""]


def test_nothing_walks_nowhere_and_a_row_must_be_there(found: pd.DataFrame) -> None:
    assert effects(found.head(0)).empty
    with pytest.raises(MeasureError) as caught:
        effects(found, of="y|e")
    assert "there is no row 'y|e'" in str(caught.value)
    with pytest.raises(ContractError) as lacking:
        effects(found.drop(columns="price"))
    assert "column 'price' is not there" in str(lacking.value)
