from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures.unstated import unstated
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNTS = pd.DataFrame(
    {
        "account": ["tax", "fees", "back", "pay"],
        "name": ["Tax", "Fees", "Refunds", "Pay"],
        "group": ["gross", "gross", "returns", "operating"],
    }
)


def _told(actuals: pd.DataFrame, budget: pd.DataFrame, plan: str | None = "approved") -> str:
    period = FiscalCalendar().period("2025Q4")
    return unstated(actuals, budget, ACCOUNTS, period=period, plan=plan, currency="ILS")


def test_income_of_a_year_is_said_without_its_spending(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    actuals = rows("""
        period  | span | cost_center | account | amount
        2025-12 | year | City        | tax     | 700
        2025-12 | year | City        | fees    | 45.5
        2025-12 | year | City        | pay     | 600
        2024-12 | year | City        | tax     | 1
    """)
    budget = rows("""
        period  | version  | span | cost_center | account | amount
        2025-12 | approved | year | City        | tax     | 710
        2025-12 | approved | year | City        | pay     | 500
    """)
    assert _told(actuals, budget).endswith(
        "Income is stated for longer than a month: 745.50 ILS to date, "
        "710.00 ILS approved for the year."
    )
    assert _told(actuals.iloc[:0], budget).endswith(": 710.00 ILS approved for the year.")
    assert _told(actuals, budget.iloc[:0], None).endswith(": 745.50 ILS to date.")


def test_without_income_only_the_missing_statement_is_said(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    spent = rows("""
        period  | version  | span | cost_center | account | amount
        2025-12 | approved | year | City        | pay     | 600
    """)
    for actuals in (spent, spent.iloc[:0]):
        assert _told(actuals, spent).endswith("accounts by month.")
