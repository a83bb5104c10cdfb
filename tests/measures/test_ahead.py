"""A forecast beside what came and its plan, worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.ahead import (
    ABOVE,
    BELOW,
    INSIDE,
    LATER,
    THIS_YEAR,
    beside_plan,
    by_series,
    levels,
    next_periods,
    one_series,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture
def forecasts(rows: Rows) -> pd.DataFrame:
    found = rows("""
        product | step | period  | mean | lo80 | hi80 | lo95 | hi95 | n  | error
        Atlas   | 1    | 2026-11 | 100  | 90   | 110  | 80   | 120  | 24 | 0.5
        Atlas   | 2    | 2026-12 | 104  | 92   | 116  | 81   | 127  | 24 | 0.5
        Atlas   | 3    | 2027-01 | 108  | 94   | 122  | 82   | 134  | 24 | 0.5
        Borea   | 1    | 2026-11 | 10   | 9    | 11   | 8    | 12   | 4  |
        Borea   | 2    | 2026-12 | 10   | 9    | 11   | 8    | 12   | 4  |
        Borea   | 3    | 2027-01 | 10   | 9    | 11   | 8    | 12   | 4  |
    """)
    found.insert(0, "row_key", found["product"].str.lower() + "|" + found["period"])
    return found.assign(model="m", fallback="", filled=0, reason="")


@pytest.fixture
def history(rows: Rows) -> pd.DataFrame:
    return rows("""
        period  | product | amount | plan
        2026-10 | Atlas   | 60     | 99
        2026-10 | Atlas   | 36     |
        2026-11 | Atlas   |        | 111
        2026-12 | Atlas   |        | 116
        2027-01 | Atlas   |        | 93
        2026-10 | Borea   | 7      | 7
        2026-11 | Borea   |        | 9
    """)


def test_plan_lies_above_inside_or_below_the_narrow_interval(
    forecasts: pd.DataFrame, history: pd.DataFrame
) -> None:
    found = beside_plan(forecasts, history, series="Atlas", year_end="2026-12")
    by_key = found.set_index("row_key")
    assert by_key.loc["2026-10", "actual"] == 96.0  # both rows of the month
    assert by_key.loc["2026-10", "plan"] == 99.0
    lies = by_key.loc[["2026-11", "2026-12", "2027-01"], "plan_lies"].tolist()
    assert lies == [ABOVE, INSIDE, BELOW]  # 111 > 110; 116 is the bound itself; 93 < 94
    assert by_key.loc["2026-11", "plan_variance"] == 100 - 111
    stretches = by_key.loc[["2026-11", "2026-12", "2027-01"], "stretch"].tolist()
    assert stretches == [THIS_YEAR, THIS_YEAR, LATER]


def test_sums_take_their_interval_from_running_totals_alone(
    forecasts: pd.DataFrame, history: pd.DataFrame
) -> None:
    bare = beside_plan(forecasts, history, series="Atlas", year_end="2026-12")
    rest = bare.set_index("row_key").loc["rest"]
    assert (rest["count"], rest["forecast"], rest["plan"]) == (2, 204.0, 227.0)
    assert pd.isna(rest["lo80"])
    assert rest["plan_lies"] == ""

    running = forecasts.assign(mean=[100, 204, 312, 0, 0, 0], lo80=[90, 190, 290, 0, 0, 0])
    running = running.assign(hi80=[110, 218, 334, 0, 0, 0])
    sums = beside_plan(forecasts, history, running=running, series="Atlas", year_end="2026-12")
    rest = sums.set_index("row_key").loc["rest"]
    assert (rest["lo80"], rest["hi80"], rest["plan_lies"]) == (190.0, 218.0, ABOVE)
    soon = sums.set_index("row_key").loc["next"]
    assert (soon["count"], soon["forecast"], soon["plan"]) == (3, 312.0, 320.0)
    assert soon["plan_lies"] == INSIDE


def test_no_plan_is_added_up_over_a_period_without_one(
    forecasts: pd.DataFrame, history: pd.DataFrame
) -> None:
    found = beside_plan(forecasts, history, series="Borea", year_end="2026-12")
    assert found.set_index("row_key").loc[["next", "rest"], "plan"].isna().all()


def test_one_of_several_series_has_to_be_named(forecasts: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="there are 2 series, and one is drawn") as told:
        one_series(forecasts, None)
    assert "Name it in series: Atlas, Borea." in str(told.value)
    with pytest.raises(ParameterError, match="series 'Atlass' is not forecast") as told:
        one_series(forecasts, "Atlass")
    assert "Atlas" in str(told.value)


def test_a_history_without_the_column_that_names_the_series_is_refused(
    forecasts: pd.DataFrame, history: pd.DataFrame
) -> None:
    with pytest.raises(ContractError, match="column 'product' is not there"):
        beside_plan(forecasts, history.drop(columns="product"), series="Atlas")


def test_every_series_in_a_row_with_its_next_periods(
    forecasts: pd.DataFrame, history: pd.DataFrame
) -> None:
    found = by_series(forecasts, history, periods=2).set_index("row_key")
    assert found.loc["atlas", ["last", "forecast_1", "forecast_2", "plan_2"]].tolist() == [
        96.0,
        100.0,
        104.0,
        116.0,
    ]
    assert found["plan_lies"].to_dict() == {"atlas": ABOVE, "borea": INSIDE}
    assert found["tested"].to_dict() == {"atlas": "better", "borea": "not tested"}
    assert levels(forecasts) == [80, 95]
    assert next_periods(forecasts, 2) == ["2026-11", "2026-12"]


def test_the_company_of_a_coherent_forecast_is_the_series_where_none_is_named(
    rows: Rows, history: pd.DataFrame
) -> None:
    told = rows("""
        row_key | family | product | depth | grain   | period  | known | base | mean | lo80 | hi80
        a       | (all)  | (all)   | 0     | month   | 2026-11 | 0     | 105  | 110  | 100  | 119
        b       | (all)  | (all)   | 0     | quarter | 2026Q4  | 0     | 310  | 330  | 300  | 360
        c       | F      | (all)   | 1     | month   | 2026-11 | 0     | 98   | 100  | 90   | 110
        d       | F      | Atlas   | 2     | month   | 2026-11 | 0     | 98   | 100  | 90   | 110
    """)
    told = told.assign(model="", fallback="", reason="")
    company = beside_plan(told, history.assign(family="F")).set_index("row_key")
    assert company.loc["2026-11", "forecast"] == 110.0
    assert company.loc["2026-10", "actual"] == 60 + 36 + 7  # of every product
    assert company.loc["2026-11", "plan"] == 111 + 9
    assert company.loc["2026-11", "plan_lies"] == ABOVE
    family = beside_plan(told, history.assign(family="F"), series="F").set_index("row_key")
    assert family.loc["2026-11", "forecast"] == 100.0
    assert by_series(told[told["depth"] == 2], periods=1)["label"].tolist() == ["F · Atlas"]


@pytest.fixture
def landed(rows: Rows) -> pd.DataFrame:
    found = rows("""
        key  | product | role | span      | period | ahead | came | mean | lo80 | hi80 | plan | p
        year | Atlas   | item | year      | FY2026 | 2     | 900  | 1104 | 1090 | 1118 | 1127 | 0.02
        rest | Atlas   | item | remaining | x      | 2     | 0    | 204  | 190  | 218  | 227  | 0.04
        q4   | Atlas   | item | quarter   | 2026Q4 | 2     | 96   | 300  | 286  | 314  | 330  | 0.01
        all  | (all)   | total| remaining | x      | 2     | 0    | 224  | 205  | 243  | 236  | 0.2
    """)
    names = {
        "key": "row_key",
        "came": "actual_to_date",
        "p": "meets_budget_share",
        "plan": "budget",
    }
    return found.rename(columns=names)


def test_sums_of_the_year_come_with_the_probability_of_meeting_the_budget(
    forecasts: pd.DataFrame, history: pd.DataFrame, landed: pd.DataFrame
) -> None:
    found = beside_plan(
        forecasts, history, year=landed, series="Atlas", year_end="2026-12"
    ).set_index("row_key")
    assert found.loc["rest", ["forecast", "plan", "plan_lies"]].tolist() == [204.0, 227.0, ABOVE]
    assert found.loc["year", ["actual", "meets_budget_share"]].tolist() == [900.0, 0.02]
    assert "next" not in found.index  # no quarter lies ahead as a whole


def test_sums_of_products_say_nothing_of_a_family(
    forecasts: pd.DataFrame, history: pd.DataFrame, landed: pd.DataFrame
) -> None:
    families = forecasts.rename(columns={"product": "family"})
    found = beside_plan(
        families, history.rename(columns={"product": "family"}), year=landed, series="Atlas"
    )
    assert "rest" not in found["row_key"].tolist()
