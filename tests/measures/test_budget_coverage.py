from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from pfkit.errors import MeasureError
from pfkit.measures import budget_coverage
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Rows = Callable[[str], pd.DataFrame]

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture(scope="module")
def budget(rows: Rows) -> pd.DataFrame:
    return rows("""
        version | known_on   | period  | span  | cost_center | account | owner | approved_on | amount
        B       | 2025-12-11 | 2026-12 | year  | Fire        | pay     | Thiel | 2025-12-11  |    300
        B       | 2025-12-11 | 2026-12 | year  | Fire        | rent    |       | 2025-12-11  |    100
        B       | 2025-12-11 | 2026-12 | year  | Parks       | pay     | Ott   |             |    -50
        B       | 2025-12-11 | 2026-12 | year  | Zoo         | pay     | Ott   | 2025-12-11  |     50
        B       | 2024-12-11 | 2025-12 | year  | Pool        | pay     |       |             |    999
        O       | 2026-06-30 | 2026-12 | year  | Fire        | pay     | Thiel |             |    310
        O       | 2026-03-31 | 2026-12 | year  | Zoo         | pay     | Ott   |             |     40
    """)  # noqa: E501 (a table)


def _table(found: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    items = found[found["role"] == "item"]
    keys = zip(items["criterion"], items["basis"], strict=True)
    values = zip(items["numerator"], items["denominator"], strict=True)
    return dict(zip(keys, values, strict=True))


def test_lines_with_owner_and_approval_by_count_and_by_amount(budget: pd.DataFrame) -> None:
    found = budget_coverage(budget, period=JUNE, plan="B")
    assert _table(found) == {
        ("owner", "lines"): (3, 4),
        ("owner", "amount"): (400, 500),
        ("approved", "lines"): (3, 4),
        ("approved", "amount"): (450, 500),
        ("all of them", "lines"): (2, 4),
        ("all of them", "amount"): (350, 500),
    }
    assert found["share"].tolist()[1] == pytest.approx(0.8)
    lacking = found[found["role"] == "memo"][["label", "criterion", "denominator"]]
    assert lacking.to_numpy().tolist() == [
        ["Fire · rent", "owner", 100.0],
        ["Parks · pay", "approved", 50.0],
    ]
    assert found["row_key"].is_unique


def test_an_outlook_counts_where_it_is_fresh(budget: pd.DataFrame) -> None:
    found = budget_coverage(budget, period=JUNE, plan="B", outlook="O")
    assert _table(found)["outlook", "lines"] == (2, 4)
    fresh = budget_coverage(budget, period=JUNE, plan="B", outlook="O", since=dt.date(2026, 6, 1))
    assert _table(fresh)["outlook", "amount"] == (300, 500)
    assert _table(fresh)["all of them", "amount"] == (300, 500)


def test_owners_come_from_cost_centers_where_the_budget_has_none(
    budget: pd.DataFrame, rows: Rows
) -> None:
    centers = rows("""
        cost_center | name       | owner
        Fire        | Fire house | Adams
    """)
    found = budget_coverage(budget, period=JUNE, plan="B", owners=centers)
    assert _table(found)["owner", "lines"] == (4, 4)
    assert found[found["role"] == "memo"]["label"].tolist() == ["Parks · pay"]


def test_only_accounts_of_the_groups_asked_for_are_lines(budget: pd.DataFrame, rows: Rows) -> None:
    accounts = rows("""
        account | name | group
        pay     | Pay  | operating
        rent    | Rent | outside
    """)
    found = budget_coverage(budget, period=JUNE, plan="B", accounts=accounts, groups=["operating"])
    assert _table(found)["owner", "lines"] == (3, 3)


def test_where_nothing_is_said_of_approval_there_is_no_share(budget: pd.DataFrame) -> None:
    found = budget_coverage(budget.drop(columns="approved_on"), period=JUNE, plan="B")
    approved = found[found["criterion"] == "approved"]
    assert approved["share"].isna().all()
    assert set(approved["reason"]) == {"the input says nothing of approval"}
    assert _table(found)["all of them", "lines"] == (3, 4)
    assert found[found["criterion"] == "all of them"]["reason"].ne("").all()


def test_a_wrong_version_is_refused_with_the_nearest(budget: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match="version 'b' is not in the input") as caught:
        budget_coverage(budget, period=JUNE, plan="b")
    assert "'B'" in caught.value.advice


def test_no_rows_are_no_lines(budget: pd.DataFrame) -> None:
    found = budget_coverage(budget.iloc[:0], period=JUNE, plan="B")
    assert found["denominator"].eq(0).all()
    assert found["share"].isna().all()
