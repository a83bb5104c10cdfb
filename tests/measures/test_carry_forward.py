from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import carry_forward
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Rows = Callable[[str], pd.DataFrame]

JANUARY = FiscalCalendar().period("2026-01")
MONEY = ["budget", "carried_before", "actual", "unspent", "committed", "carried", "lapsed"]


@pytest.fixture(scope="module")
def budget(rows: Rows) -> pd.DataFrame:
    return rows("""
        version | period  | span | cost_center | amount
        B       | 2025-12 | year | Fire        | 100.00
        B       | 2025-12 | year | Parks       |  40.01
        B       | 2025-12 | year | Zoo         |  10.00
        B       | 2026-12 | year | Fire        | 999.00
    """)


@pytest.fixture(scope="module")
def actuals(rows: Rows) -> pd.DataFrame:
    return rows("""
        period  | span | cost_center | amount
        2025-12 | ytd  | Fire        |  70.00
        2025-12 | ytd  | Parks       |  10.00
        2025-12 | ytd  | Zoo         |  12.00
    """)


@pytest.fixture(scope="module")
def commitments(rows: Rows) -> pd.DataFrame:
    return rows("""
        period  | cost_center | status | amount
        2025-10 | Fire        | open   |  25.00
        2025-11 | Parks       | open   |  50.00
        2025-12 | Zoo         | open   |   1.00
        2025-12 | Fire        | closed |  99.00
        2026-01 | Fire        | open   |  99.00
    """)


@pytest.mark.parametrize(
    ("rule", "carried"),
    [
        ({"rule": "none"}, [0.0, 0.0, 0.0, 0.0]),
        ({"rule": "full"}, [30.0, 30.01, 0.0, 60.01]),
        # half of 30.01 is 15.005, to the even cent
        ({"rule": "share", "share": 0.5}, [15.0, 15.0, 0.0, 30.0]),
        ({"rule": "committed"}, [25.0, 30.01, 0.0, 55.01]),
    ],
)
def test_each_rule_carries_its_part(
    budget: pd.DataFrame,
    actuals: pd.DataFrame,
    commitments: pd.DataFrame,
    rule: Mapping[str, Any],
    carried: list[float],
) -> None:
    found = carry_forward(budget, actuals, commitments, period=JANUARY, plan="B", **rule)
    assert found["label"].tolist() == ["Fire", "Parks", "Zoo", "Total"]
    assert found["carried"].tolist() == carried
    assert set(found["carried_from"]) == {"FY2025"}
    assert set(found["into"]) == {"FY2026"}
    assert set(found["version"]) == {"B"}


def test_what_is_overspent_is_not_carried_and_what_is_not_lapses(
    budget: pd.DataFrame, actuals: pd.DataFrame, commitments: pd.DataFrame
) -> None:
    found = carry_forward(budget, actuals, commitments, period=JANUARY, plan="B", rule="committed")
    assert found[MONEY].to_numpy().tolist() == [
        [100.0, 0.0, 70.0, 30.0, 25.0, 25.0, 5.0],
        [40.01, 0.0, 10.0, 30.01, 50.0, 30.01, 0.0],
        [10.0, 0.0, 12.0, -2.0, 1.0, 0.0, 0.0],
        [150.01, 0.0, 92.0, 58.01, 76.0, 55.01, 5.0],
    ]
    assert found["reason"].tolist() == ["", "", "overspent", ""]
    assert found["rule"].tolist()[0] == "committed"


def test_what_was_carried_before_was_part_of_the_budget(
    budget: pd.DataFrame, actuals: pd.DataFrame
) -> None:
    earlier = carry_forward(
        budget.assign(period="2024-12"),
        actuals.assign(period="2024-12"),
        period=FiscalCalendar().period("2025-01"),
        plan="B",
        rule="full",
    )
    found = carry_forward(
        budget, actuals, period=JANUARY, plan="B", rule="full", before=earlier
    ).set_index("label")
    # of 100.00 and 999.00 for Fire in 2024, 70.00 were spent; Zoo spent 12.00 of 10.00
    assert found["carried_before"].tolist() == [1029.0, 30.01, 0.0, 1059.01]
    assert found.loc["Fire", "unspent"] == 100.0 + 1029.0 - 70.0


def test_a_year_that_is_not_all_there_carries_nothing(
    budget: pd.DataFrame, actuals: pd.DataFrame
) -> None:
    early = actuals.assign(period="2025-11", span="month")
    found = carry_forward(budget, early, period=JANUARY, plan="B", rule="full")
    assert found["carried"].isna().all()
    assert found["lapsed"].isna().all()
    assert found["reason"].tolist()[0] == "actual: 1 of 12 months in the input"
    draft = carry_forward(
        budget.assign(stage="draft"), actuals, period=JANUARY, plan="B", rule="full"
    )
    assert set(draft["reason"]) == {"B is a draft"}


@pytest.mark.parametrize(
    ("asked", "said", "near"),
    [
        ({"rule": "ful"}, "rule 'ful' is not known", "'full'"),
        ({"rule": "share", "share": 50}, "share 50 is no fraction", "0.5"),
        ({"rule": "committed"}, "rule 'committed' needs commitments", "when last year was closed"),
    ],
)
def test_a_rule_that_says_nothing_clear_is_refused(
    budget: pd.DataFrame, actuals: pd.DataFrame, asked: dict[str, object], said: str, near: str
) -> None:
    with pytest.raises(MeasureError, match=said) as caught:
        carry_forward(budget, actuals, period=JANUARY, plan="B", **asked)  # type: ignore[arg-type]
    assert near in caught.value.advice


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), *(st.integers(-(10**6), 10**6) for _ in range(3))),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(["none", "full", "share", "committed"]),
    st.floats(0, 1),
)
def test_what_is_unspent_is_carried_or_lapses(
    stated: list[tuple[str, int, int, int]], rule: str, share: float
) -> None:
    rows = pd.DataFrame(stated, columns=["cost_center", "budget", "actual", "committed"])
    line = {"period": "2025-12"}
    found = carry_forward(
        rows.assign(**line, version="B", span="year", amount=rows["budget"] / 100),
        rows.assign(**line, span="ytd", amount=rows["actual"] / 100),
        rows.assign(**line, status="open", amount=rows["committed"] / 100),
        period=JANUARY,
        plan="B",
        rule=rule,  # type: ignore[arg-type]
        share=share,
    )
    items = found[found["role"] == "item"]
    for row in items.to_dict("records"):
        left = max(round(row["unspent"] * 100), 0)
        assert round(row["carried"] * 100) + round(row["lapsed"] * 100) == left
        assert 0 <= round(row["carried"] * 100) <= left
    for name in MONEY if len(items) else ():
        total = round(float(found.iloc[-1][name]) * 100)
        assert total == round(float(items[name].sum()) * 100)
