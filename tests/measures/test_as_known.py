from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from pfkit.errors import ContractError, ParameterError
from pfkit.measures import as_known

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def said(rows: Rows) -> pd.DataFrame:
    """Give what was said of Fire in June: 100, then 120, and 5 more on top later."""
    return rows("""
        period  | cost_center | amount | approved_on | approved_by | known_on   | replaced_on
        2026-06 | Fire        |    100 | 2026-01-15  | Haas        | 2025-12-11 | 2026-03-31
        2026-06 | Fire        |    120 | 2026-04-10  | Haas        | 2026-03-31 |
        2026-06 | Fire        |      5 |             |             | 2026-05-02 |
    """)


@pytest.mark.parametrize(
    ("day", "known"),
    [
        ("2025-12-10", []),
        ("2025-12-11", [100]),
        ("2026-03-30", [100]),
        ("2026-03-31", [120]),
        ("2026-05-02", [120, 5]),
        (dt.date(2027, 1, 1), [120, 5]),
    ],
)
def test_a_row_counts_from_its_day_until_another_takes_its_place(
    said: pd.DataFrame, day: str, known: list[int]
) -> None:
    found = as_known(said, day)
    assert found["amount"].tolist() == known
    assert "replaced_on" not in found.columns


def test_an_approval_that_came_later_was_not_known(said: pd.DataFrame) -> None:
    early = as_known(said.assign(approved=True), "2026-01-14")
    assert early["approved"].tolist() == [False]
    assert early[["approved_on", "approved_by"]].isna().all(axis=None)
    late = as_known(said.assign(approved=True), "2026-04-10")
    assert late["approved_by"].tolist() == ["Haas"]
    assert said["approved_by"].notna().sum() == 2  # the input is left alone


def test_without_replacements_every_row_known_counts(said: pd.DataFrame) -> None:
    assert as_known(said.drop(columns="replaced_on"), "2026-03-31")["amount"].sum() == 220


def test_a_table_without_knowledge_days_and_a_day_that_is_none_are_refused(
    said: pd.DataFrame,
) -> None:
    with pytest.raises(ContractError, match="column 'known_on' is not there"):
        as_known(said.drop(columns="known_on"), "2026-03-31")
    with pytest.raises(ParameterError, match="'March' is no day") as caught:
        as_known(said, "March")
    assert caught.value.where == "day"
