from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures.unstated import unstated

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNTS = pd.DataFrame(
    {
        "account": ["tax", "fees", "back", "pay"],
        "name": ["Tax", "Fees", "Refunds", "Pay"],
        "group": ["gross", "gross", "returns", "operating"],
    }
)


def test_income_of_a_year_is_said_wherever_it_stands(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    earned = rows("""
        period  | account | amount
        2025-12 | tax     |    700
        2025-12 | pay     |    600
    """)
    for tables in ((earned, earned.iloc[:0]), (earned.iloc[:0], earned)):
        assert unstated(*tables, ACCOUNTS).endswith("no table here lists it.")


def test_without_income_only_the_missing_statement_is_said(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    spent = rows("""
        period  | account | amount
        2025-12 | pay     |    600
    """)
    for actuals in (spent, spent.iloc[:0]):
        assert unstated(actuals, spent, ACCOUNTS).endswith("accounts by month.")
