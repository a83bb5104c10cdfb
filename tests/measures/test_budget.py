from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import materiality, variance

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

AMOUNTS = st.lists(
    st.tuples(
        st.sampled_from(["Atlas", "Borea", ""]), st.integers(-(10**9), 10**9).map(lambda c: c / 100)
    ),
    max_size=12,
)


def _table(found: list[tuple[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(found, columns=["product", "amount"])


def test_horngren_global_air_by_fare_class(rows: Rows) -> None:
    # Horngren, Global Air: flexible budget 7,680,000 / 14,400,000 / 14,040,000
    actuals = rows("""
        product  | amount
        First    |  6240000
        Business |  9600000
        Economy  | 10920000
    """)
    budget = actuals.assign(amount=[2400 * 3200, 6000 * 2400, 15600 * 900])
    gap = variance(actuals, budget, by="product", favorable_when="higher").set_index("product")
    assert gap["variance"].to_dict() == {
        "First": -1_440_000,
        "Business": -4_800_000,
        "Economy": -3_120_000,
    }
    assert gap["variance"].sum() == -9_360_000
    assert not gap["favorable"].any()


def test_favorable_comes_from_the_account_and_no_sign_is_turned(rows: Rows) -> None:
    actuals = rows("""
        account | amount
        revenue | 130
        hosting |  50
        travel  |   7
    """)
    budget = rows("""
        account | amount | version
        revenue | 100    | B1
        hosting |  40    | B1
        rent    |   5    | B1
    """)
    accounts = rows("""
        account | favorable_when
        revenue | higher
        hosting | lower
        rent    | lower
    """)
    gap = variance(actuals, budget, by="account", accounts=accounts).set_index("row_key")
    assert gap["variance"].to_dict() == {"hosting": 10, "rent": -5, "revenue": 30, "travel": 7}
    assert gap["favorable"].dropna().to_dict() == {"hosting": False, "rent": True, "revenue": True}
    assert gap["reason"].to_dict() == {
        "hosting": "",
        "rent": "no actuals",
        "revenue": "",
        "travel": "budget is zero; account is not in accounts",
    }
    assert pd.isna(gap.loc["travel", "variance_rate"])


def test_a_row_of_revenue_and_cost_is_not_called_favorable(rows: Rows) -> None:
    actuals = rows("""
        product | account | amount
        Atlas   | revenue | 10
        Atlas   | hosting | 30
    """)
    accounts = rows("""
        account | favorable_when
        revenue | higher
        hosting | lower
    """)
    gap = variance(actuals, actuals.assign(amount=1), by="product", accounts=accounts)
    assert gap["reason"].tolist() == ["revenue and cost in one row: favorable is undecided"]


def test_two_versions_are_refused(rows: Rows) -> None:
    budget = rows("""
        product | version | amount
        Atlas   | adopted | 1
        Atlas   | revised | 2
    """)
    with pytest.raises(ContractError, match="more than one version: adopted, revised"):
        variance(budget, budget, by="product")


def test_different_spans_are_never_compared(rows: Rows) -> None:
    months = rows("""
        product | span  | amount
        Atlas   | month | 1
    """)
    with pytest.raises(MeasureError, match="actuals are by month and budget by year"):
        variance(months, months.assign(span="year"), by="product")
    with pytest.raises(MeasureError, match="span month, year would be added together"):
        variance(pd.concat([months, months.assign(span="year")]), months, by="product")


def test_comparing_on_nothing_is_refused(rows: Rows) -> None:
    table = rows("""
        product | amount
        Atlas   | 1
    """)
    with pytest.raises(MeasureError, match="by is empty"):
        variance(table, table, by=[])


@given(actuals=AMOUNTS, budget=AMOUNTS, data=st.data())
def test_both_totals_reconcile_and_order_does_not_matter(
    actuals: list[tuple[str, float]], budget: list[tuple[str, float]], data: st.DataObject
) -> None:
    gap = variance(_table(actuals), _table(budget), by="product")
    assert gap["actual"].sum() == pytest.approx(sum(a for _, a in actuals), abs=0.005)
    assert gap["budget"].sum() == pytest.approx(sum(a for _, a in budget), abs=0.005)
    mixed = variance(
        _table(data.draw(st.permutations(actuals))),
        _table(data.draw(st.permutations(budget))),
        by="product",
    )
    pd.testing.assert_frame_equal(gap, mixed)
    turned = variance(_table(budget), _table(actuals), by="product")
    assert (gap["variance"] + turned["variance"]).abs().sum() == 0


def test_material_needs_amount_and_rate() -> None:
    gap = pd.DataFrame(
        {
            "variance": [5000.0, -5000.0, 4999.99, 9000.0, 100.0, 6000.0, 10.0, pd.NA],
            "variance_rate": [0.05, -0.05, 0.50, 0.049, 0.01, pd.NA, pd.NA, pd.NA],
        },
        dtype="Float64",
    )
    marked = materiality(gap, amount=5000.0, rate=0.05)
    assert list(zip(marked["material"], marked["material_reason"], strict=True)) == [
        (True, "amount and rate reached"),
        (True, "amount and rate reached"),
        (False, "below amount"),
        (False, "below rate"),
        (False, "below amount and rate"),
        (True, "amount reached, reference is zero"),
        (False, "below amount"),
        (pd.NA, "no comparison"),
    ]


def test_no_variance_is_never_material() -> None:
    gap = pd.DataFrame({"variance": [0.0], "variance_rate": [0.0]})
    assert not materiality(gap, amount=0.0, rate=0.0)["material"].any()


def test_a_negative_threshold_is_refused() -> None:
    gap = pd.DataFrame({"variance": [0.0], "variance_rate": [0.0]})
    with pytest.raises(MeasureError, match=r"threshold -1\.0 is negative"):
        materiality(gap, amount=-1.0, rate=0.05)


def test_materiality_needs_the_rate_of_its_column() -> None:
    with pytest.raises(ContractError, match="'plan_variance_rate'"):
        materiality(
            pd.DataFrame({"plan_variance": [1.0]}), amount=1, rate=1, column="plan_variance"
        )


def test_a_line_without_actuals_has_no_rate_and_still_adds_up(rows: Rows) -> None:
    actuals = rows("""
        account | amount
        hosting |     50
    """)
    budget = rows("""
        account | amount | version
        hosting |     40 | B1
        schools |     60 | B1
    """)
    gap = variance(actuals, budget, by="account").set_index("row_key")
    assert gap["variance"].to_dict() == {"hosting": 10, "schools": -60}
    assert gap["variance_rate"].to_dict()["hosting"] == 0.25
    assert pd.isna(gap["variance_rate"]["schools"])
    assert gap["reason"]["schools"].startswith("no actuals; ")


def test_a_stated_zero_is_all_of_the_budget(rows: Rows) -> None:
    stated = rows("""
        account | amount
        schools |      0
    """)
    gap = variance(stated, stated.assign(amount=60.0, version="B1"), by="account")
    assert list(gap["variance_rate"]) == [-1.0]
