from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import capital_allocation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _enumerated(projects: pd.DataFrame, budgets: Mapping[str, float]) -> float | None:
    """Try every choice."""
    rows = projects.to_dict("records")
    best: float | None = None
    for picked in itertools.product([False, True], repeat=len(rows)):
        chosen = [row for row, here in zip(rows, picked, strict=True) if here]
        if all(math.fsum(row[name] for row in chosen) <= most for name, most in budgets.items()):
            value = math.fsum(row["value"] for row in chosen)
            best = value if best is None else max(best, value)
    return best


def test_the_best_choice_is_not_the_first_by_ratio(rows: Callable[[str], pd.DataFrame]) -> None:
    # Brealey, Myers and Allen, ch. 5: projects A to D with budgets of 10 now and 10 next year
    projects = rows("""
        project | value | now | next
        A       |    21 |  10 |  -30
        B       |    16 |   5 |   -5
        C       |    12 |   5 |   -5
        D       |    13 |   0 |   40
    """)
    now = capital_allocation(projects, budgets={"now": 10})
    assert now.chosen == ("B", "C", "D")
    both = capital_allocation(projects, budgets={"now": 10, "next": 10})
    assert (both.chosen, both.value) == (("A", "D"), 34.0)
    assert (both.used, both.left) == ({"now": 10.0, "next": 10.0}, {"now": 0.0, "next": 0.0})
    assert both.table["row_key"].tolist() == ["a", "b", "c", "d"]
    assert both.table["chosen"].tolist() == [True, False, False, True]
    assert list(both.table.columns) == ["row_key", "project", "chosen", "value", "now", "next"]


@settings(max_examples=40)
@given(data=st.data())
def test_no_choice_is_better(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    limits = data.draw(st.integers(1, 3))
    cents = st.integers(-2_000, 20_000).map(lambda cents: cents / 100)
    projects = pd.DataFrame(
        {
            "project": [f"P{place}" for place in range(count)],
            "value": [data.draw(cents) for _ in range(count)],
            **{f"b{place}": [data.draw(cents) for _ in range(count)] for place in range(limits)},
        }
    )
    budgets = {f"b{place}": data.draw(st.integers(0, 500)) / 1.0 for place in range(limits)}
    best = capital_allocation(projects, budgets=budgets)
    wanted = _enumerated(projects, {name: most + 1e-9 for name, most in budgets.items()})
    assert wanted is not None
    assert best.value == pytest.approx(wanted, abs=1e-7)
    chosen = projects[projects["project"].isin(best.chosen)]
    assert chosen["value"].sum() == pytest.approx(best.value)
    for name, most in budgets.items():
        assert chosen[name].sum() <= most + 1e-7
        assert best.used[name] + best.left[name] == pytest.approx(most)


def test_fourteen_projects_by_enumeration() -> None:
    values = [19, 47, 31, 83, 27, 5, 67, 71, 23, 59, 37, 13, 41, 61]
    first = [11, 29, 17, 53, 13, 7, 43, 47, 19, 31, 23, 3, 37, 41]
    second = [7, 13, 31, 11, 29, 3, 19, 37, 5, 41, 17, 23, 2, 43]
    projects = pd.DataFrame(
        {"project": [f"P{p}" for p in range(14)], "value": values, "cost": first, "people": second}
    )
    budgets = {"cost": 180.0, "people": 120.0}
    assert capital_allocation(projects, budgets=budgets).value == _enumerated(projects, budgets)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_the_unit_does_not_matter(unit: float) -> None:
    projects = pd.DataFrame(
        {
            "project": ["A", "B", "C"],
            "value": [60.0 * unit, 50.0 * unit, 45.01 * unit],
            "cost": [50.1 * unit, 30.2 * unit, 50.1 * unit],
        }
    )
    best = capital_allocation(projects, budgets={"cost": 80.3 * unit})
    assert best.chosen == ("A", "B")  # to the last cent of the budget
    less = capital_allocation(projects, budgets={"cost": 80.2999 * unit})
    assert less.chosen == ("A",)


def test_a_budget_for_nothing_funds_nothing() -> None:
    projects = pd.DataFrame({"project": ["A"], "value": [5.0], "cost": [1.0]})
    best = capital_allocation(projects, budgets={"cost": 0.0})
    assert (best.chosen, best.value, best.used) == ((), 0.0, {"cost": 0.0})
    assert capital_allocation(projects, budgets={}).chosen == ("A",)
    assert capital_allocation(projects.iloc[:0], budgets={"cost": 1.0}).chosen == ()


def test_what_cannot_be_chosen_says_why() -> None:
    projects = pd.DataFrame({"project": ["A", "B"], "value": [5.0, 3.0], "cost": [1.0, 1.0]})
    with pytest.raises(MeasureError, match="no choice of projects fits the budgets"):
        capital_allocation(projects, budgets={"cost": -1.0})
    with pytest.raises(ContractError, match="projects: column 'costs' is not there"):
        capital_allocation(projects, budgets={"costs": 1.0})
    with pytest.raises(MeasureError, match="project 'A' stands 2 times"):
        capital_allocation(projects.assign(project="A"), budgets={"cost": 1.0})
    with pytest.raises(MeasureError, match=r"projects \(row 2\): 'cost' of project 'B' is nan"):
        capital_allocation(projects.assign(cost=[1.0, None]), budgets={"cost": 1.0})
    with pytest.raises(MeasureError, match="budget 'cost' is nan"):
        capital_allocation(projects, budgets={"cost": math.nan})


def test_the_table_given_stays_as_it_was() -> None:
    projects = pd.DataFrame({"project": ["A"], "value": [5.0], "cost": [1.0]})
    before = projects.copy()
    capital_allocation(projects, budgets={"cost": 2.0})
    pd.testing.assert_frame_equal(projects, before)
