from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError
from pfkit.measures import roll_up

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def centers(rows: Rows) -> pd.DataFrame:
    return rows("""
        cost_center | name        | parent
        RD          | R&D         |
        CC210       | Engineering | RD
        CC220       | Data        | RD
        GA          | Overhead    |
        CC510       | Finance     | GA
        CC999       | Closed      | GA
    """)


@pytest.fixture(scope="module")
def budget(rows: Rows) -> pd.DataFrame:
    """Give lines of leaves, one booked on a department itself, and one of nobody."""
    return rows("""
        version | cost_center | amount | hours
        B       | CC210       |  10.10 |     1
        B       | CC220       |   2.20 |     2
        B       | RD          |   0.70 |     0
        B       | CC510       |   5.00 |     3
        B       |             |  -1.00 |     0
        R       | CC220       |   9.00 |     4
    """)


def _cells(found: pd.DataFrame, *columns: str) -> list[list[object]]:
    return [
        [None if pd.isna(value) else value for value in row]
        for row in found[list(columns)].to_numpy().tolist()
    ]


def test_a_parent_is_the_sum_of_its_children(budget: pd.DataFrame, centers: pd.DataFrame) -> None:
    found = roll_up(budget[budget["version"] == "B"], centers, top="Company")
    assert _cells(found, "label", "role", "level", "children", "parent", "amount") == [
        ["Company", "total", 0, 3, "", 17.0],
        ["R&D", "subtotal", 1, 3, "", 13.0],
        ["R&D, itself", "own", 2, 0, "RD", 0.7],
        ["Engineering", "item", 2, 0, "RD", 10.1],
        ["Data", "item", 2, 0, "RD", 2.2],
        ["Overhead", "subtotal", 1, 1, "", 5.0],
        ["Finance", "item", 2, 0, "GA", 5.0],
        ["not assigned", "item", 1, 0, "", -1.0],
    ]
    assert found["row_key"].tolist()[:4] == ["company", "rd", "rd|itself", "rd|cc210"]


def test_each_group_has_a_tree_of_its_own(budget: pd.DataFrame, centers: pd.DataFrame) -> None:
    found = roll_up(budget, centers, by=["version"], amounts=["amount", "hours"])
    totals = found[found["role"] == "total"]
    assert _cells(totals, "version", "amount", "hours") == [["B", 17.0, 6.0], ["R", 9.0, 4.0]]
    assert found["row_key"].is_unique


def test_products_add_up_to_families_and_the_company(rows: Rows) -> None:
    products = rows("""
        product  | family   | segment
        Atlas    | Planning | Software
        Cadence  | Planning | Software
        Advisory |          | Services
        Loose    |          |
    """)
    sold = rows("""
        product  | amount
        Atlas    | 7
        Cadence  | 3
        Advisory | 2
        Loose    | 1
    """)
    found = roll_up(sold, products, child="product", parent=["family", "segment"], top="Meridian")
    assert _cells(found, "label", "level", "amount") == [
        ["Meridian", 0, 13.0],
        ["Software", 1, 10.0],
        ["Planning", 2, 10.0],
        ["Atlas", 3, 7.0],
        ["Cadence", 3, 3.0],
        ["Services", 1, 2.0],
        ["Advisory", 2, 2.0],
        ["Loose", 1, 1.0],
    ]


def test_totals_that_a_sheet_states_are_compared(
    budget: pd.DataFrame, centers: pd.DataFrame, rows: Rows
) -> None:
    stated = rows("""
        cost_center | amount
        RD          |  13.50
        CC210       |  10.10
        CC999       |   4.00
    """)
    found = roll_up(budget[budget["version"] == "B"], centers, stated=stated)
    told = found[found["amount_stated"].notna()]
    assert _cells(told, "label", "amount", "amount_stated", "amount_difference") == [
        ["R&D", 13.0, 13.5, 0.5],
        ["Engineering", 10.1, 10.1, 0.0],
        ["Closed", 0.0, 4.0, 4.0],
    ]


@pytest.mark.parametrize(
    ("tree", "said", "near"),
    [
        (
            {"cost_center": ["A", "B"], "parent": [None, "C"]},
            "cost center 'B' stands under 'C', which is not in the tree",
            "Known",
        ),
        (
            {"cost_center": ["A", "B", "C"], "parent": ["C", "A", "B"]},
            "cost centers stand above themselves: 'A' under 'C' under 'B' under 'A'",
            "Correct the parent",
        ),
        (
            {"cost_center": ["A", "B", "B"], "parent": [None, "A", None]},
            "cost center 'B' stands twice: under A and under the top",
            "one place in a tree",
        ),
        (
            {"cost_center": ["A", "BB"], "parent": [None, "A"]},
            "cost center 'B' is not in the tree (2 rows, 3.00), nor are X",
            "'BB'",
        ),
    ],
)
def test_a_tree_that_is_none_is_refused_with_names(
    tree: dict[str, Any], said: str, near: str
) -> None:
    table = pd.DataFrame({"cost_center": ["A", "B", "B", "X"], "amount": [1.0, 2.0, 1.0, 5.0]})
    with pytest.raises(ContractError) as caught:
        roll_up(table, pd.DataFrame(tree))
    assert said in str(caught.value)
    assert near in caught.value.advice


def test_nothing_rolls_up_to_nothing(budget: pd.DataFrame, centers: pd.DataFrame) -> None:
    assert roll_up(budget.iloc[:0], centers).empty


@st.composite
def forests(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw a tree, each node under one drawn before it or at the top, and amounts on any node."""
    count = draw(st.integers(1, 12))
    parents = [draw(st.sampled_from([None, *range(node)])) for node in range(count)]
    tree = pd.DataFrame(
        {
            "cost_center": [f"n{node}" for node in range(count)],
            "parent": [None if above is None else f"n{above}" for above in parents],
        }
    )
    lines = draw(
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(-(10**9), 10**9)), max_size=20)
    )
    table = pd.DataFrame(
        {"cost_center": [f"n{n}" for n, _ in lines], "amount": [a / 100 for _, a in lines]}
    )
    return table, tree


@given(forests())
def test_on_any_tree_each_parent_is_the_sum_of_its_children(
    drawn: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    table, tree = drawn
    found = roll_up(table, tree)
    cents = (found["amount"] * 100).round().astype(int).tolist()
    levels, roles = found["level"].tolist(), found["role"].tolist()
    for place, level in enumerate(levels):
        inside = []
        for later in range(place + 1, len(levels)):
            if levels[later] <= level:
                break
            if levels[later] == level + 1:
                inside.append(cents[later])
        if inside:
            assert sum(inside) == cents[place], roles[place]
    assert not len(found) or cents[0] == round(float(table["amount"].sum()) * 100)
    again = roll_up(table.sample(frac=1, random_state=1), tree)
    assert again.equals(found)
