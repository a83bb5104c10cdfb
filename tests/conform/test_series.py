"""Net revenue and spending by period, in the form that forecasts read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import pfkit as pf
from pfkit.conform.series import net_revenue, spending
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.demo import Demo

EXAMPLES = Path(__file__).parents[2] / "examples"
CALENDAR = FiscalCalendar()
NO_ACCOUNTS = pd.DataFrame({"account": [], "group": []})


def _cells(found: pd.DataFrame) -> dict[tuple[str, str], tuple[Any, Any]]:
    plain = found.astype("object").where(found.notna(), None)
    cell = "product" if "product" in found.columns else "cost_center"
    keys = zip(plain["period"], plain[cell], strict=True)
    return dict(zip(keys, zip(plain["amount"], plain["plan"], strict=True), strict=True))


def test_net_revenue_is_sales_less_returns_with_the_plan_beside_and_ahead(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    statement = rows("""
        version | period  | product | family | line    | group     | amount
        actual  | 2026-01 | Atlas   | A      | Sales   | gross     | 100
        actual  | 2026-01 | Atlas   | A      | Refunds | returns   | -10
        actual  | 2026-01 | Atlas   | A      | Hosting | cost_of_revenue | -30
        actual  | 2026-02 | Borea   | B      | Sales   | gross     | 5
        actual  | 2026-03 | Atlas   | A      | Sales   | gross     | 120
        actual  | 2026-04 | Atlas   | A      | Sales   | gross     | 999
        adopted | 2026-03 | Atlas   | A      | Sales   | gross     | 110
        adopted | 2026-04 | Atlas   | A      | Sales   | gross     | 115
        revised | 2026-04 | Atlas   | A      | Sales   | gross     | 777
        adopted | 2026-04 | Cedar   | B      | Sales   | gross     | 50
    """)
    found = net_revenue(statement, CALENDAR.period("2026-03"), plan="adopted")
    assert _cells(found) == {
        ("2026-01", "Atlas"): (90.0, None),
        ("2026-02", "Atlas"): (0.0, None),  # the ledger tells the month, and Atlas has none
        ("2026-03", "Atlas"): (120.0, 110.0),
        ("2026-04", "Atlas"): (None, 115.0),  # still to come
        ("2026-02", "Borea"): (5.0, None),  # nothing before its first month
        ("2026-03", "Borea"): (0.0, None),
        ("2026-03", "Cedar"): (0.0, None),  # planned, and nothing sold by now
        ("2026-04", "Cedar"): (None, 50.0),
    }
    assert set(pf.forecast(found, by="product", horizon=1)["product"]) == {
        "Atlas",
        "Borea",
        "Cedar",
    }


def test_a_month_cut_short_is_left_out_and_named(rows: Callable[[str], pd.DataFrame]) -> None:
    statement = rows("""
        version | period  | product | family | line  | group | amount
        actual  | 2026-02 | Atlas   | A      | Sales | gross | 100
        actual  | 2026-03 | Atlas   | A      | Sales | gross | 30
    """)
    found = net_revenue(statement, CALENDAR.period("2026-03"), plan=None, cut_short="2026-03-09")
    assert found["period"].tolist() == ["2026-02"]
    assert found.attrs["reason"] == "2026-03 ends on 2026-03-09 and is left out"


def test_a_book_without_revenue_has_the_columns_and_no_row() -> None:
    empty = pd.DataFrame(
        columns=["version", "period", "product", "family", "line", "group", "amount"]
    )
    found = net_revenue(empty, CALENDAR.period("2026-03"), plan=None)
    assert found.empty
    assert found.columns.tolist() == ["period", "product", "family", "amount", "plan"]


def test_spending_to_date_becomes_quarters(rows: Callable[[str], pd.DataFrame]) -> None:
    actuals = rows("""
        period  | span | cost_center | account | amount
        2026-03 | ytd  | Police      | all     | 100
        2026-06 | ytd  | Police      | all     | 230
        2026-09 | ytd  | Police      | all     | 330
        2026-12 | ytd  | Police      | all     | 480
        2026-12 | ytd  | Fire        | all     | 90
    """)
    budget = rows("""
        version | period  | span | cost_center | account | amount
        adopted | 2026-12 | year | Police      | all     | 500
    """)
    found = spending(actuals, budget, NO_ACCOUNTS, CALENDAR.period("2026Q3"), plan="adopted")
    assert _cells(found) == {
        ("2026Q1", "Police"): (100.0, None),  # a plan for the year is in no quarter
        ("2026Q2", "Police"): (130.0, None),
        ("2026Q3", "Police"): (100.0, None),
    }


def test_three_months_make_a_quarter_beside_one_that_is_stated(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    actuals = rows("""
        period  | span    | cost_center | account | amount
        2026-03 | quarter | Police      | all     | 100
        2026-04 | month   | Police      | all     | 10
        2026-05 | month   | Police      | all     | 20
        2026-06 | month   | Police      | all     | 30
        2026-07 | month   | Police      | all     | 40
    """)
    found = spending(actuals, actuals.head(0), NO_ACCOUNTS, CALENDAR.period("2026-07"), plan=None)
    assert _cells(found) == {
        ("2026Q1", "Police"): (100.0, None),
        ("2026Q2", "Police"): (60.0, None),
    }


def test_accounts_of_income_are_not_spent(rows: Callable[[str], pd.DataFrame]) -> None:
    actuals = rows("""
        period  | span  | cost_center | account | amount
        2026-03 | month | Sales       | fees    | 100
        2026-03 | month | Sales       | travel  | 7
    """)
    accounts = rows("""
        account | group
        fees    | gross
        travel  | operating
    """)
    found = spending(actuals, actuals.head(0), accounts, CALENDAR.period("2026-03"), plan=None)
    assert found["amount"].tolist() == [7.0]


def test_the_series_of_a_book_is_its_statement(demo: Demo) -> None:
    book = pf.open_book(demo.folder, period=demo.period)
    sold = book.net_revenue
    said = pf.trend(book.statement, period=book.period, plan=book.plan_version)
    monthly = sold.groupby("period")[["amount", "plan"]].sum(min_count=1)
    for column, other in (("amount", "actual"), ("plan", "plan")):
        mine = monthly[column].reindex(said["period"]).astype(float).tolist()
        assert mine == pytest.approx(said[other].astype(float).tolist(), abs=0.005)
    ahead = sold[sold["period"] > book.period.months[-1]]
    assert ahead["amount"].isna().all()
    assert ahead["period"].max() == "2026-12"


def test_quarters_that_are_published_and_the_years_without_them(shared: Path) -> None:
    book = pf.open_book(EXAMPLES / "apple", data=shared / "data" / "real" / "sec")
    sold = book.net_revenue
    # net sales in millions as in the quarterly filings of 2022 and 2023
    assert (sold.groupby("period")["amount"].sum() / 1e6).round().to_dict() == {
        "2022Q3": 82_959,
        "2022Q4": 90_146,
        "2023Q3": 81_797,
        "2023Q4": 89_498,
    }
    assert sold.attrs["reason"].startswith(
        "before 2022Q3 there are 46 quarters without a statement"
    )
    ahead = pf.forecast(sold, horizon=2)
    assert ahead["period"].tolist() == ["2024Q1", "2024Q2"]


def test_a_city_that_states_spending_to_date(shared: Path) -> None:
    book = pf.open_book(EXAMPLES / "philadelphia", data=shared / "data" / "real" / "budget")
    assert book.net_revenue.empty
    spent = book.spending.groupby("period")["amount"].sum()
    told = book.actuals.groupby("period")["amount"].sum()
    assert spent["2021Q2"] == pytest.approx(told["2020-12"] - told["2020-09"])
    assert spent["2021Q3"] == pytest.approx(told["2021-03"] - told["2020-12"])
