from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import budget_versions
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture(scope="module")
def accounts(rows: Rows) -> pd.DataFrame:
    return rows("""
        account | name    | group           | favorable_when
        sales   | Sales   | gross           | higher
        credits | Credits | returns         | lower
        rent    | Rent    | operating       | lower
        fx      | Fx      | outside         | lower
    """)


@pytest.fixture(scope="module")
def budget(rows: Rows) -> pd.DataFrame:
    """Give an adopted budget, its revision, an outlook, a what-if, and a draft of next year."""
    return rows("""
        version | stage   | approved_on | known_on   | period  | span | cost_center | owner | account | amount
        R1      | revised | 2026-05-19  | 2026-05-20 | 2026-12 | year | North       | Ada   | sales   |  1100
        R1      | revised | 2026-05-19  | 2026-05-20 | 2026-12 | year | North       | Ada   | credits |    60
        R1      | revised | 2026-05-19  | 2026-05-20 | 2026-12 | year | Hall        | Leo   | rent    |   400
        B       | adopted | 2025-12-11  | 2025-11-20 | 2026-12 | year | North       | Ada   | sales   |  1000
        B       | adopted | 2025-12-11  | 2025-11-20 | 2026-12 | year | North       | Ada   | credits |    50
        B       | adopted | 2025-12-11  | 2025-11-20 | 2026-12 | year | Hall        |       | rent    |   400
        B       | adopted | 2025-12-11  | 2025-11-20 | 2026-12 | year | Hall        | Leo   | fx      |     9
        what-if | draft   |             | 2026-06-15 | 2026-12 | year | Hall        | Leo   | rent    |   150
        O2      | outlook | 2026-06-30  | 2026-06-30 | 2026-12 | year | North       | Ada   | sales   |  1080
        O2      | outlook | 2026-06-30  | 2026-06-30 | 2026-12 | year | North       | Ada   | credits |    60
        O2      | outlook | 2026-06-30  | 2026-06-30 | 2026-12 | year | Hall        | Leo   | rent    |   430
        B27     | draft   |             | 2026-06-20 | 2027-12 | year | Hall        | Leo   | rent    |   500
    """)  # noqa: E501 (a table)


def _cells(found: pd.DataFrame, *columns: str) -> list[list[object]]:
    return [
        [None if pd.isna(value) else value for value in row]
        for row in found[list(columns)].to_numpy().tolist()
    ]


def test_versions_stand_in_the_order_they_followed_each_other(
    budget: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    found = budget_versions(budget, period=JUNE, accounts=accounts)
    items = found[found["role"] == "item"]
    assert _cells(items, "version", "year", "stage", "approval", "approved_on", "known_on") == [
        ["B", "FY2026", "adopted", "approved", "2025-12-11", "2025-11-20"],
        ["R1", "FY2026", "revised", "approved", "2026-05-19", "2026-05-20"],
        ["O2", "FY2026", "outlook", "approved", "2026-06-30", "2026-06-30"],
        ["what-if", "FY2026", "draft", "not approved", "", "2026-06-15"],
        ["B27", "FY2027", "draft", "not approved", "", "2026-06-20"],
    ]
    assert items["counts"].tolist() == [True, True, True, False, False]
    assert items["reason"].tolist()[-1] == "B27 is a draft"


def test_totals_are_net_revenue_cost_and_what_is_left(
    budget: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    found = budget_versions(budget, period=JUNE, accounts=accounts)
    items = found[found["role"] == "item"]
    # sales less credits; rent; what stands outside the statement is left out
    assert _cells(items, "revenue", "cost", "result") == [
        [950.0, 400.0, 550.0],
        [1040.0, 400.0, 640.0],
        [1020.0, 430.0, 590.0],
        [0.0, 150.0, -150.0],
        [0.0, 500.0, -500.0],
    ]
    assert _cells(items, "lines", "lines_owned", "lines_approved")[0] == [4, 3, 4]


def test_each_is_compared_with_the_last_before_it_that_counts(
    budget: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    found = budget_versions(budget, period=JUNE, accounts=accounts)
    columns = ("label", "compared_with", "revenue_change", "cost_change", "result_change")
    assert _cells(found, *columns) == [
        ["B", "", None, None, None],
        ["R1", "B", 90.0, 0.0, 90.0],
        ["North", "", 90.0, 0.0, 90.0],
        ["O2", "R1", -20.0, 30.0, -50.0],
        ["Hall", "", 0.0, 30.0, -30.0],
        ["North", "", -20.0, 0.0, -20.0],
        ["what-if", "O2", -1020.0, -280.0, -740.0],
        ["North", "", -1020.0, 0.0, -1020.0],
        ["Hall", "", 0.0, -280.0, 280.0],
        ["B27", "", None, None, None],
    ]
    assert found["row_key"].is_unique
    assert found["row_key"].tolist()[:3] == ["b|fy2026", "r1|fy2026", "r1|fy2026|north"]


def test_lines_that_moved_less_stand_together(budget: pd.DataFrame, accounts: pd.DataFrame) -> None:
    found = budget_versions(budget, period=JUNE, accounts=accounts, by="account", top=1)
    mine = found[found["version"] == "O2"]
    assert _cells(mine, "label", "lines_moved", "result_change") == [
        ["O2", 2, -50.0],
        ["Rent", 1, -30.0],
        ["Sales", 1, -20.0],
    ]
    more = budget_versions(budget, period=JUNE, accounts=accounts, by="account", top=0)
    assert _cells(more[more["version"] == "R1"], "label", "lines_moved", "result_change") == [
        ["R1", 2, 90.0],
        ["Other (2)", 2, 90.0],
    ]


def test_a_named_order_holds_and_a_wrong_name_is_refused(
    budget: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    found = budget_versions(budget, period=JUNE, accounts=accounts, versions=["O2", "R1", "B"])
    assert found[found["role"] == "item"]["version"].tolist()[:3] == ["O2", "R1", "B"]
    with pytest.raises(MeasureError, match="version 'R2' is not in the input") as caught:
        budget_versions(budget, period=JUNE, versions=["R2"])
    assert "'R1'" in caught.value.advice


def test_without_accounts_every_amount_is_cost_and_without_rows_nothing(
    budget: pd.DataFrame,
) -> None:
    found = budget_versions(budget, period=JUNE)
    assert found["cost"].tolist()[0] == 1459.0
    assert budget_versions(budget.iloc[:0], period=JUNE).empty


def test_a_version_that_is_not_stated_for_the_year_says_so(rows: Rows) -> None:
    part = rows("""
        version | period  | span  | cost_center | amount
        B       | 2026-01 | month | Hall        | 10
        B       | 2026-02 | month | Hall        | 10
    """)
    found = budget_versions(part, period=JUNE)
    assert found["cost"].isna().all()
    assert found["reason"].tolist() == ["B: 2 of 12 months in the input"]
    assert found["approval"].tolist() == ["not stated"]
    assert found["lines_approved"].isna().all()


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABC"),
            st.sampled_from(["North", "Hall", "Yard"]),
            st.sampled_from(["sales", "credits", "rent"]),
            st.integers(-(10**7), 10**7),
        ),
        min_size=1,
        max_size=25,
    ),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_lines_add_up_to_the_change_and_changes_to_the_walk(
    stated: list[tuple[str, str, str, int]], top: int, chance: object
) -> None:
    budget = pd.DataFrame(stated, columns=["version", "cost_center", "account", "amount"])
    budget = budget.assign(period="2026-12", span="year", amount=budget["amount"] / 100)
    accounts = pd.DataFrame(
        {
            "account": ["sales", "credits", "rent"],
            "group": ["gross", "returns", "operating"],
            "favorable_when": ["higher", "lower", "lower"],
        }
    )
    found = budget_versions(budget, period=JUNE, accounts=accounts, top=top)
    items = found[found["role"] == "item"].set_index("version")
    for version, memos in found[found["role"] == "memo"].groupby("version"):
        for name in ("revenue_change", "cost_change", "result_change"):
            assert round(float(memos[name].sum()) * 100) == round(
                float(items.loc[str(version), name]) * 100
            )
    walked = items["result"].iloc[0] + items["result_change"].fillna(0).sum()
    assert round(float(walked) * 100) == round(float(items["result"].iloc[-1]) * 100)
    shuffled = budget.sample(frac=1, random_state=chance.randrange(2**31))  # type: ignore[attr-defined]
    assert budget_versions(shuffled, period=JUNE, accounts=accounts, top=top).equals(found)
