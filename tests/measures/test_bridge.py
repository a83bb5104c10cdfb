from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import bridge, budget_lines, driver, pnl, product_pnl, variance

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

SIDE = st.one_of(st.none(), st.integers(-(10**11), 10**11).map(lambda cents: cents / 100))
GAPS = st.lists(st.tuples(st.text(max_size=3), SIDE, SIDE), min_size=1, max_size=15)


def _gap(found: list[tuple[str, float | None, float | None]]) -> pd.DataFrame:
    table = pd.DataFrame(found, columns=["product", "budget", "actual"])
    return table.astype({"product": "str", "budget": "Float64", "actual": "Float64"})


def test_a_bridge_walks_from_budget_to_actual(rows: Rows) -> None:
    gap = rows("""
        product | budget | actual
        Atlas   |    100 |    130
        Borea   |     80 |     60
        Ceres   |      0 |      5
        Doris   |     10 |      0
    """)
    steps = bridge(gap, start="budget", end="actual")
    assert steps[["row_key", "status", "amount", "cumulative"]].to_numpy().tolist() == [
        ["start", "", 190.0, 190.0],
        ["atlas", "changed", 30.0, 220.0],
        ["borea", "changed", -20.0, 200.0],
        ["doris", "lost", -10.0, 190.0],
        ["ceres", "new", 5.0, 195.0],
        ["end", "", 195.0, 195.0],
    ]
    assert steps["share"].tolist()[1] == pytest.approx(6.0)  # 30 of a change of 5


def test_small_steps_stand_together_with_their_number(rows: Rows) -> None:
    gap = rows("""
        product | budget | actual
        A       |      0 |     90
        B       |      0 |     -7
        C       |      0 |      5
        D       |      0 |      3
        E       |      4 |      4
    """)
    steps = bridge(gap, start="budget", end="actual", top=1)
    assert steps["step"].tolist() == ["budget", "A", "Other (3)", "actual"]
    assert steps["amount"].tolist() == [4, 90, 1, 95]


def test_a_statement_walks_by_its_lines_and_not_by_its_subtotals(
    statement: pd.DataFrame, february: Period
) -> None:
    table = pnl(statement, period=february, plan="adopted")
    steps = bridge(table, start="plan", end="actual", order="given")
    assert steps[["row_key", "amount"]].to_numpy().tolist() == [
        ["start", 100.0],  # 140 - 30 - 10
        ["gross-sales", 10.50],
        ["refunds", -2.41],
        ["hosting", -6.00],
        ["end", 102.09],
    ]
    assert steps["favorable"].tolist()[1:4] == [True, False, False]


def test_the_products_already_folded_stay_folded(statement: pd.DataFrame, february: Period) -> None:
    cut = statement[statement["group"] == "gross"]
    more = [cut.assign(product=name, amount=cut["amount"] / 10) for name in ("Ceres", "Doris")]
    table = product_pnl(
        pd.concat([cut, *more]), period=february, by="product", plan="adopted", top=1
    )
    steps = bridge(table, start="plan", end="net")
    assert steps["step"].tolist() == ["plan", "Atlas", "Other (3)", "net"]
    found = driver(steps).iloc[0]
    assert (found["driver"], found["driver_amount"]) == ("Atlas", 20.50)  # 100.00 to 120.50
    assert found["rest"] == -7.90  # Borea -10.00, Ceres and Doris 15.05 against 14.00 each


def test_budget_lines_walk_by_their_labels(rows: Rows, february: Period) -> None:
    spent = rows("""
        period  | span | cost_center | amount
        2026-02 | ytd  | Fire        |     90
        2026-02 | ytd  | Parks       |      9
    """)
    lines = budget_lines(spent, spent.assign(version="adopted", amount=[50, 10]), period=february)
    steps = bridge(lines, start="reference", end="compared")
    assert steps["step"].tolist() == ["reference", "Fire", "Parks", "compared"]
    assert steps["amount"].tolist() == [60, 40, -1, 99]


def test_a_spending_step_is_favorable_when_lower(rows: Rows) -> None:
    gap = variance(
        rows("""
            account | amount
            hosting |     70
            travel  |     10
        """),
        rows("""
            account | amount
            hosting |     50
            travel  |     15
        """),
        by="account",
        favorable_when="lower",
    )
    steps = bridge(gap, start="budget", end="actual").set_index("row_key")
    assert steps["favorable"].to_dict()["hosting"] is False
    assert steps["favorable"].to_dict()["travel"] is True


def test_no_comparison_is_no_bridge(statement: pd.DataFrame, february: Period) -> None:
    actual = statement[statement["version"] == "actual"]
    steps = bridge(pnl(actual, period=february), start="plan", end="actual")
    assert steps.empty
    assert "cumulative" in steps.columns
    assert driver(steps).empty


@given(found=GAPS, top=st.integers(0, 6))
def test_a_bridge_closes_to_the_cent_on_any_input(
    found: list[tuple[str, float | None, float | None]], top: int
) -> None:
    gap = _gap(found)
    steps = bridge(gap, start="budget", end="actual", top=top)
    if gap["budget"].isna().all() or gap["actual"].isna().all():
        assert steps.empty
        return
    cents = (steps["amount"] * 100).round().astype("int64").tolist()
    assert sum(cents[:-1]) == cents[-1]
    assert steps["cumulative"].iloc[-1] == steps["amount"].iloc[-1]
    assert cents[0] == round(gap["budget"].fillna(0.0).mul(100).round().sum())
    assert cents[-1] == round(gap["actual"].fillna(0.0).mul(100).round().sum())
    assert steps["row_key"].is_unique
    assert (steps["role"] == "step").sum() <= top + 1


@given(found=GAPS, data=st.data())
def test_the_order_of_rows_does_not_matter(
    found: list[tuple[str, float | None, float | None]], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(found))
    pd.testing.assert_frame_equal(
        bridge(_gap(found), start="budget", end="actual", top=3),
        bridge(_gap(mixed), start="budget", end="actual", top=3),
    )


def test_a_change_of_nothing_has_no_shares() -> None:
    gap = pd.DataFrame({"product": ["A", "B"], "budget": [1, 2], "actual": [2, 1]})
    steps = bridge(gap, start="budget", end="actual")
    assert steps["share"].isna().all()
    assert steps["reason"].tolist()[1] == "the whole change is zero"


def test_a_bridge_to_itself_is_refused() -> None:
    with pytest.raises(MeasureError, match="no bridge from 'budget' to 'budget'"):
        bridge(_gap([("A", 1.0, 2.0)]), start="budget", end="budget")


def test_a_missing_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(ContractError, match="'actuals'") as caught:
        bridge(_gap([("A", 1.0, 2.0)]), start="budget", end="actuals")
    assert "'actual'" in caught.value.advice


def test_a_table_that_names_no_driver_is_refused() -> None:
    with pytest.raises(MeasureError, match="no column names a driver"):
        bridge(pd.DataFrame({"budget": [1.0], "actual": [2.0]}), start="budget", end="actual")
