from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.period import FiscalCalendar, retail_calendar
from pfkit.present import figures, setting, tables
from pfkit.present.body import Drawing, Grid

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.present.exhibit import Exhibit

CALENDAR = retail_calendar()
#: The 53rd week of 2023: December of the retail year has five weeks, a year before four.
DECEMBER = CALENDAR.period("2023-12")


def of_year(year: int, weekly: float) -> pd.DataFrame:
    rows = [
        {"period": month, "amount": weekly * weeks}
        for month, weeks in zip(
            CALENDAR.months_of_year(year), CALENDAR.weeks_of_year(year), strict=True
        )
    ]
    told = {"version": "actual", "line": "Sales", "group": "gross", "account": "1"}
    return pd.DataFrame(rows).assign(**told)


@pytest.fixture
def statement() -> pd.DataFrame:
    """Give a shop that sells 1,000 a week in 2022 and 1,100 a week in 2023."""
    return pd.concat([of_year(2022, 1000.0), of_year(2023, 1100.0)], ignore_index=True)


@pytest.fixture
def weekly() -> pd.DataFrame:
    weeks = CALENDAR.weeks_between(dt.date(2022, 1, 30), dt.date(2024, 2, 3))
    amounts = [1000.0 if week.first < dt.date(2023, 1, 29) else 1100.0 for week in weeks]
    days = [week.first for week in weeks]
    table = pd.DataFrame({"first_day": days, "amount": amounts})
    return table.assign(line="Sales", group="gross")


@pytest.fixture
def shop(about: About) -> About:
    return dataclasses.replace(about, company="Shop", currency="USD", period=DECEMBER)


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def heads(exhibit: Exhibit) -> list[str]:
    assert isinstance(exhibit.body, Grid)
    return [plain(head.label) for head in exhibit.body.heads]


def test_five_weeks_stand_beside_five(
    statement: pd.DataFrame, weekly: pd.DataFrame, shop: About
) -> None:
    found = measures.comparable_weeks(statement, weekly, period=DECEMBER)
    shown = tables.comparable_weeks(found, about=shop)
    # 5 x 1,100 against four weeks of 1,000 and the first of 2023, 1,100
    assert plain(shown.message) == (
        "Net revenue is 5.5 kUSD, +0.4 (+7.8 %) against the same 5 weeks a year before; year to "
        "date it is 58.3 kUSD, +5.2 (+9.8 %) against the same 53 weeks a year before"
    )
    assert heads(shown) == ["Line, kUSD", *["AC", "PW", "ΔPW", "ΔPW %"] * 2]
    assert "PW is the same weeks a year before, 2023-01-01 to 2023-02-04." in shown.notes


def test_without_weeks_lengths_are_printed_and_compared_per_week(
    statement: pd.DataFrame, weekly: pd.DataFrame, shop: About
) -> None:
    bare = weekly.head(0)
    bare.attrs["reason"] = "rows of the ledger have no posting date"
    found = measures.comparable_weeks(statement, bare, period=DECEMBER)
    row = found.set_index(["row_key", "basis"]).loc[("sales", "ytd")]
    assert (row["per_week"], row["prior_per_week"]) == (1100.0, 1000.0)
    assert row["per_week_rate"] == pytest.approx(0.1)
    shown = tables.comparable_weeks(found, about=shop)
    assert plain(shown.message).startswith(
        "Net revenue is 1.1 kUSD a week, +10.0 % against prior year (5 weeks against 4)"
    )
    assert heads(shown)[2:4] == ["PY, 4 weeks", "AC a week"]
    assert any("rows of the ledger have no posting date" in note for note in shown.notes)


def test_calendar_months_have_no_weeks(about: About, statement: pd.DataFrame) -> None:
    june = FiscalCalendar().period("2026-06")
    found = measures.comparable_weeks(statement, pd.DataFrame(
        columns=["first_day", "line", "group", "amount"]), period=june)  # fmt: skip
    assert found.empty
    shown = tables.comparable_weeks(found, about=about)
    assert shown.message == "Counts by calendar months: there are no weeks to compare."


def test_a_statement_says_which_weeks_it_counts(statement: pd.DataFrame, shop: About) -> None:
    shown = tables.pnl(measures.pnl(statement, period=DECEMBER), about=shop)
    assert (
        "Counts by weeks, 4-5-4 a quarter, year to the Saturday nearest 31 January, a 53rd week in "
        "month 12: 5 weeks, 2023-12-31 to 2024-02-03; prior year 4 weeks, 2023-01-01 to "
        "2023-01-28; year to date 53 weeks, prior year 52. Lengths differ, and nothing is scaled."
    ) in shown.notes


def test_products_are_told_apart_in_length_only_where_it_differs(shop: About) -> None:
    assert setting.lengths(shop) == ("The period has 5 weeks, its prior year 4; nothing is scaled.")
    same = dataclasses.replace(shop, period=CALENDAR.period("2023-11"))
    assert setting.lengths(same, to_date=True) == ""
    assert "year to date has 53 weeks, its prior year 52" in setting.lengths(shop, to_date=True)


def test_months_by_calendar_are_said_nowhere(about: About) -> None:
    assert setting.counted(about, to_date=True) == ""
    assert setting.lengths(about, to_date=True) == ""


def test_months_of_weeks_have_numbers_in_a_trend(statement: pd.DataFrame, shop: About) -> None:
    shown = figures.trend(measures.trend(statement, period=DECEMBER), about=shop)
    assert isinstance(shown.body, Drawing)
    assert "M12" in shown.body.svg
    assert "Dec" not in shown.body.svg
