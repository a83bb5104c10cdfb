"""Cohorts counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Rows = Callable[[str], pd.DataFrame]

JUNE = pf.FiscalCalendar().period("2026-06")


@pytest.fixture
def paid(rows: Rows) -> pd.DataFrame:
    """One customer from before; A and B begin in April, C in May; B leaves and comes back."""
    table = rows("""
        period  | customer | amount_local
        2026-03 | Old      |         500
        2026-04 | A        |         100
        2026-04 | B        |          60
        2026-05 | A        |         120
        2026-05 | C        |          40
        2026-06 | A        |         120
        2026-06 | B        |          40
        2026-06 | C        |          30
        """)
    return table.assign(currency="EUR", rate=1.0)


def cell(found: pd.DataFrame, cohort: str, age: int) -> dict[str, float]:
    (row,) = found[(found["cohort"] == cohort) & (found["age_months"] == age)].to_dict("records")
    return row


def test_customers_and_money_by_age(paid: pd.DataFrame) -> None:
    found = pf.cohorts(paid, period=JUNE, every="month")
    assert cell(found, "2026-04", 1)["customer_rate"] == 0.5
    assert cell(found, "2026-04", 1)["amount_rate"] == 0.75  # 120 of 160
    assert cell(found, "2026-04", 2)["customer_rate"] == 1.0  # who comes back counts again
    assert cell(found, "2026-05", 1)["amount_rate"] == 0.75  # 30 of 40
    assert cell(found, "Total", 1)["amount_rate"] == 0.75  # 150 of 200
    assert cell(found, "Total", 1)["customers"] == 2


def test_who_was_there_first_stands_apart(paid: pd.DataFrame) -> None:
    found = pf.cohorts(paid, period=JUNE, every="month")
    assert cell(found, "to 2026-03", 0)["role"] == "memo"
    assert cell(found, "Total", 0)["start_amount"] == 200  # without the 500


def test_an_age_stands_where_all_of_the_cohort_reached_it(paid: pd.DataFrame) -> None:
    """The second quarter's customers began up to May, one month before the end."""
    found = pf.cohorts(paid, period=JUNE, every="quarter")
    assert found[found["cohort"] == "2026Q2"]["age_months"].tolist() == [0]


def test_a_step_that_is_none_is_refused(paid: pd.DataFrame) -> None:
    with pytest.raises(pf.ParameterError, match=r"no cohort by 'quarters'.*\n.*'quarter'"):
        pf.cohorts(paid, period=JUNE, every="quarters")  # type: ignore[arg-type]
