from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import MeasureError
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

JANUARY = FiscalCalendar().period("2026-01")
QUARTER = FiscalCalendar().period("2026Q1")

AMOUNTS = """
    period  | product | line  | group     | currency | amount_local | amount | prior_year_rate | budget_rate
    2025-01 | Atlas   | Sales | gross     | USD      |           90 |  81.00 |                 |
    2025-01 | Atlas   | Sales | gross     | EUR      |           19 |  19.00 |                 |
    2025-01 | Borea   | Sales | gross     | CHF      |           40 |  42.00 |                 |
    2026-01 | Atlas   | Sales | gross     | USD      |          100 |  80.00 |            0.90 |        0.85
    2026-01 | Atlas   | Sales | gross     | EUR      |           20 |  20.00 |            1.00 |        1.00
    2026-01 | Atlas   | Notes | returns   | USD      |          -10 |  -8.00 |            0.90 |        0.85
    2026-01 | Borea   | Sales | gross     | CHF      |           50 |  54.00 |            1.05 |        1.10
    2026-01 | Atlas   | Rent  | operating | USD      |         -999 | -799.2 |            0.90 |        0.85
"""  # noqa: E501 (a table drawn in the test)


@pytest.fixture
def amounts(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows(AMOUNTS)


def test_revenue_at_the_rates_of_the_year_before_by_hand(amounts: pd.DataFrame) -> None:
    found = pf.constant_currency(amounts, period=JANUARY).set_index("label")
    atlas, borea, total = found.loc["Atlas"], found.loc["Borea"], found.loc["Net revenue"]
    # Atlas: 80 + 20 - 8 = 92; at 0.90: 90 + 20 - 9 = 101
    assert (atlas["actual"], atlas["constant"], atlas["currency_effect"]) == (92, 101, -9)
    # Borea: 54; 50 at 1.05 = 52.50
    assert (borea["actual"], borea["constant"], borea["currency_effect"]) == (54, 52.5, 1.5)
    assert (total["actual"], total["constant"], total["currency_effect"]) == (146, 153.5, -7.5)
    # prior year 100 and 42: growth 46 - 42 = 4 of 142, and 11.5 of 142 at constant rates
    assert total["prior_year"] == 142
    assert total["growth_rate"] == pytest.approx(4 / 142)
    assert total["constant_growth_rate"] == pytest.approx(11.5 / 142)
    assert (atlas["growth_rate"], atlas["constant_growth_rate"]) == (-0.08, 0.01)


def test_the_rates_of_the_budget_may_be_held(amounts: pd.DataFrame) -> None:
    found = pf.constant_currency(amounts, period=JANUARY, at="budget").set_index("label")
    # 85 + 20 - 8.50 = 96.50 and 55
    assert found["constant"].to_dict() == {"Atlas": 96.5, "Borea": 55.0, "Net revenue": 151.5}


@pytest.mark.parametrize("by", ["product", "line", "currency"])
def test_parts_add_up_to_the_cent(amounts: pd.DataFrame, by: str) -> None:
    found = pf.constant_currency(amounts, period=JANUARY, by=by)  # type: ignore[arg-type]
    total = found.iloc[-1]
    for column in ("actual", "constant", "currency_effect", "prior_year"):
        assert found[column].iloc[:-1].sum() == pytest.approx(total[column], abs=1e-9)
    assert (found["actual"] - found["constant"] - found["currency_effect"]).abs().max() < 1e-9


def test_reporting_currency_has_no_effect(amounts: pd.DataFrame) -> None:
    found = pf.constant_currency(amounts, period=JANUARY, by="currency").set_index("label")
    assert found.loc["EUR", "currency_effect"] == 0


def test_months_are_restated_one_by_one(amounts: pd.DataFrame) -> None:
    # February at 0.70 a year before: 100 * 0.70 = 70 beside January's
    more = amounts[amounts["period"] == "2026-01"].assign(period="2026-02", prior_year_rate=0.7)
    more.loc[more["currency"] == "EUR", "prior_year_rate"] = 1.0
    found = pf.constant_currency(pd.concat([amounts, more]), period=QUARTER).set_index("label")
    # January 101, February 70 + 20 - 7 = 83
    assert found.loc["Atlas", "constant"] == 184


def test_a_missing_rate_leaves_no_value_and_says_which(amounts: pd.DataFrame) -> None:
    amounts.loc[amounts["currency"] == "CHF", "prior_year_rate"] = float("nan")
    found = pf.constant_currency(amounts, period=JANUARY).set_index("label")
    assert pd.isna(found.loc["Borea", "constant"])
    assert found.loc["Borea", "reason"] == "no prior year rate of CHF"
    assert found.loc["Atlas", "constant"] == 101
    assert pd.isna(found.loc["Net revenue", "constant"])


def test_small_effects_stand_together(amounts: pd.DataFrame) -> None:
    found = pf.constant_currency(amounts, period=JANUARY, by="currency", top=1)
    assert found["label"].tolist() == ["USD", "Other (2)", "Net revenue"]
    assert found["currency_effect"].tolist() == [-9, 1.5, -7.5]


def test_without_revenue_there_is_nothing(amounts: pd.DataFrame) -> None:
    assert pf.constant_currency(amounts.iloc[:0], period=JANUARY).empty


def test_unknown_rates_are_refused(amounts: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match="at 'prior' is not known"):
        pf.constant_currency(amounts, period=JANUARY, at="prior")  # type: ignore[arg-type]
