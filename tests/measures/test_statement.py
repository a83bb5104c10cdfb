from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.statement import line_order, plan_named, prepared, read

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period


def test_an_unknown_group_is_refused_with_the_nearest(statement: pd.DataFrame) -> None:
    wrong = statement.assign(group=statement["group"].replace("gross", "grosss"))
    with pytest.raises(MeasureError, match="group 'grosss'") as caught:
        prepared(wrong)
    assert "'gross'" in caught.value.advice


def test_a_statement_without_lines_is_refused(statement: pd.DataFrame) -> None:
    with pytest.raises(ContractError, match="column 'line'"):
        prepared(statement.drop(columns="line"))


def test_an_unknown_plan_is_refused_with_the_nearest_version(statement: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match="version 'adoptd'") as caught:
        plan_named(prepared(statement), "adoptd")
    assert "'adopted'" in caught.value.advice


def test_a_stretch_with_missing_months_is_not_read(
    statement: pd.DataFrame, february: Period
) -> None:
    reading = read(prepared(statement), "actual", february.prior_year.year_to_date, what="then")
    assert reading.rows is None
    assert reading.reason == "then: 1 of 2 months of 2025-01..2025-02 in the input"


def test_lines_follow_groups_then_the_chart_of_accounts(statement: pd.DataFrame) -> None:
    lines = [line for _, line in line_order(prepared(statement.iloc[::-1]))]
    assert lines == ["Gross sales", "Refunds", "Hosting", "Rent", "Grants"]
