from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import comparable_weeks
from pfkit.period import FiscalCalendar, retail_calendar

CALENDAR = retail_calendar()
APPLE = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September", extra_week=3)


def tables(
    amounts: dict[str, float], weeks: dict[str, float] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    told = {"line": "Sales", "group": "gross"}
    statement = pd.DataFrame(
        [told | {"version": "actual", "period": m, "amount": a} for m, a in amounts.items()]
    )
    weekly = pd.DataFrame(
        [told | {"first_day": day, "amount": a} for day, a in (weeks or {}).items()],
        columns=["line", "group", "first_day", "amount"],
    )
    return statement, weekly


def test_a_long_quarter_per_week() -> None:
    # Apple, first quarter of fiscal 2023 and 2022: 117,154 in 14 weeks, 123,945 in 13 (Form 10-Q)
    months = {"2022-01": 0.0, "2022-02": 0.0, "2022-03": 123_945.0}
    months |= {"2023-01": 0.0, "2023-02": 0.0, "2023-03": 117_154.0}
    found = comparable_weeks(*tables(months), period=APPLE.period("2023Q1"))
    row = found.iloc[0]
    assert (row["weeks"], row["prior_weeks"]) == (14, 13)
    assert row["per_week"] == 8_368.14  # 117,154 / 14 = 8,368.142…
    assert row["prior_per_week"] == 9_534.23  # 123,945 / 13 = 9,534.230…
    assert row["per_week_rate"] == pytest.approx(117_154 * 13 / (123_945 * 14) - 1)
    assert pd.isna(row["comparable"])
    assert row["reason"] == "comparable weeks: no rows by week"
    assert (row["comparable_first_day"], row["comparable_last_day"]) == ("2021-09-26", "2022-01-01")


def test_rows_posted_in_other_weeks_than_their_month_are_told() -> None:
    days = CALENDAR.weeks_between(dt.date(2023, 2, 5), dt.date(2024, 3, 2))
    statement, weekly = tables(
        {"2023-01": 40.0, "2024-01": 45.5}, {str(week.first): 10.0 for week in days}
    )
    found = comparable_weeks(statement, weekly, period=CALENDAR.period("2024-01"))
    assert found["comparable"].tolist() == [40.0, 40.0]
    assert found["reason"].tolist() == ["posted in other weeks than their month: 5.50"] * 2


def test_a_period_that_is_not_in_the_input_says_so() -> None:
    found = comparable_weeks(*tables({"2023-01": 1.0}), period=CALENDAR.period("2024-01"))
    assert found["actual"].isna().all()
    assert found["reason"].iloc[0].startswith("actual: 2024-01 is not in the input; ")


def test_the_first_month_has_no_year_to_date_of_its_own() -> None:
    found = comparable_weeks(*tables({"2024-01": 1.0}), period=CALENDAR.period("2024-01"))
    assert set(found["basis"]) == {"period"}


def test_what_a_table_lacks_is_named() -> None:
    statement, weekly = tables({"2024-01": 1.0}, {"2024-02-04": 1.0})
    with pytest.raises(ContractError, match="weekly: column 'first_day' is not there"):
        comparable_weeks(
            statement, weekly.drop(columns="first_day"), period=CALENDAR.period("2024-01")
        )
    with pytest.raises(MeasureError, match="amounts are missing"):
        comparable_weeks(
            statement, weekly.assign(amount=float("nan")), period=CALENDAR.period("2024-01")
        )


@settings(max_examples=25, deadline=None)
@given(
    amounts=st.lists(st.integers(-(10**8), 10**8), min_size=66, max_size=66),
    order=st.randoms(use_true_random=False),
)
def test_comparable_is_the_sum_of_its_weeks_in_any_order(amounts: list[int], order: object) -> None:
    start = dt.date(2023, 1, 29)
    weeks = {str(start + dt.timedelta(weeks=n)): cents / 100 for n, cents in enumerate(amounts)}
    months: dict[str, float] = {}
    for day, amount in weeks.items():
        month = CALENDAR.month_of(dt.date.fromisoformat(day))
        months[month] = round(months.get(month, 0.0) + amount, 2)
    statement, weekly = tables(months, weeks)
    order.shuffle(shuffled := list(range(len(weekly))))  # type: ignore[attr-defined]
    found = comparable_weeks(statement, weekly.iloc[shuffled], period=CALENDAR.period("2024-02"))
    row = found[found["basis"] == "period"].iloc[0]
    # March 2024, 3 March to 6 April, is compared with weeks 6 to 10 of 2023
    assert row["comparable"] == pytest.approx(sum(amounts[5:10]) / 100, abs=0.001)
    assert row["comparable_variance"] == pytest.approx(row["actual"] - row["comparable"], abs=0.001)
    assert row["reason"] == ""
