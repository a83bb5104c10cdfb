from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.statement import earlier, line_order, plan_named, prepared, read
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
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


def test_each_account_is_read_from_the_fewest_stretches(february: Period) -> None:
    year = february.calendar.period("FY2026")
    rows = [  # since, period, account, amount
        ("2026-01", "2026-12", "4000", 100.0),
        ("2026-01", "2026-09", "4000", 60.0),
        ("2026-10", "2026-12", "4000", 40.0),
        *((f"2026-{n:02d}", f"2026-{n:02d}", "5000", -2.0) for n in range(1, 13)),
    ]
    told = pd.DataFrame(rows, columns=["since", "period", "account", "amount"])
    told = told.assign(version="actual", line=told["account"], group="gross")

    def cents(label: str) -> dict[str, int] | str:
        reading = read(prepared(told), "actual", year.calendar.period(label), what="actual")
        if reading.rows is None:
            return reading.reason
        sums = reading.rows.groupby("account")["cents"].sum()
        return {str(account): int(amount) for account, amount in sums.items()}

    assert cents("FY2026") == {"4000": 10_000, "5000": -2_400}
    assert cents("2026Q4") == {"4000": 4_000, "5000": -600}
    assert cents("2026Q3") == "actual: 4000 is not stated for 2026Q3"
    assert cents("FY2025") == "actual: FY2025 is not in the input"


def test_nothing_stated_before_is_no_rows_and_keeps_its_columns() -> None:
    columns = ["version", "period", "since", "line", "group", "account", "cents"]
    none = pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    found = earlier(none, FiscalCalendar().period("2026-06"))
    assert (len(found), list(found.columns)) == (0, columns)
