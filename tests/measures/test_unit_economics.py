"""Unit economics worked by hand, the interval against a published table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

JUNE = pf.FiscalCalendar().period("2026-06")


def book(months: dict[str, dict[str, float]]) -> pd.DataFrame:
    lines = [(month, who, paid) for month, of in months.items() for who, paid in of.items()]
    frame = pd.DataFrame(lines, columns=["period", "customer", "amount_local"])
    return frame.assign(currency="EUR", rate=1.0)


def found(recurring: pd.DataFrame, *more: Any, **given: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    table = pf.unit_economics(recurring, *more, period=JUNE, **given)
    return table.set_index("row_key").to_dict("index")  # type: ignore[return-value]


@pytest.fixture
def loyal() -> pd.DataFrame:
    """Give a hundred customers of 10 euros in May, of whom ten are gone in June, and two new."""
    may = {f"C{number:03d}": 10.0 for number in range(100)}
    june = dict.fromkeys(list(may)[10:], 10.0) | {"N1": 30.0, "N2": 30.0}
    return book({"2026-05": may, "2026-06": june})


@pytest.fixture
def statement(rows: Rows) -> pd.DataFrame:
    """Net revenue 1000, gross margin 60 %, contribution 25 %."""
    return rows("""
        version | period  | group           | amount
        actual  | 2026-06 | gross           |   1050
        actual  | 2026-06 | returns         |    -50
        actual  | 2026-06 | cost_of_revenue |   -400
        actual  | 2026-06 | operating       |   -350
        B1      | 2026-06 | gross           |   9999
        """)


@pytest.fixture
def spent() -> pd.DataFrame:
    return pd.DataFrame({"period": ["2026-06"], "amount": [144.0]})


def test_churn_has_the_exact_interval_of_a_poisson_count(loyal: pd.DataFrame) -> None:
    """Ten events: 90 % limits 5.43 and 16.96 (Garwood 1936; Johnson, Kotz and Kemp, table 4)."""
    churn = found(loyal, window_months=1)["churn_rate"]
    assert churn["value"] == 0.10
    assert (churn["low"] * 100, churn["high"] * 100) == pytest.approx((5.43, 16.96), abs=0.005)
    assert churn["convention"] == "10 lost in 100 customer-months; Garwood interval"


def test_a_lifetime_counts_the_horizon_and_takes_the_interval_of_churn(
    loyal: pd.DataFrame, statement: pd.DataFrame
) -> None:
    """Sixty percent of 960 / 92 a month, for twelve months at a hazard of 0.1."""
    all_ = found(loyal, statement, window_months=1, horizon_months=12)
    worth = 960 / 92 * 0.6
    assert all_["ltv"]["value"] == pytest.approx(worth * (1 - math.exp(-1.2)) / 0.1)
    assert all_["ltv"]["low"] == pytest.approx(
        worth * (1 - math.exp(-12 * all_["churn_rate"]["high"])) / all_["churn_rate"]["high"]
    )
    assert all_["ltv"]["low"] < all_["ltv"]["value"] < all_["ltv"]["high"] < worth * 12


def test_few_losses_tell_no_lifetime(statement: pd.DataFrame) -> None:
    paid = book({"2026-05": {"A": 1.0, "B": 1.0}, "2026-06": {"A": 1.0}})
    ltv = found(paid, statement, window_months=1)["ltv"]
    assert pd.isna(ltv["value"])
    assert ltv["reason"] == "1 customer lost, and a lifetime needs 5"


def test_winning_a_customer_and_getting_it_back(
    loyal: pd.DataFrame, statement: pd.DataFrame, spent: pd.DataFrame
) -> None:
    """144 for two customers; each brings 30 a month at 60 %: 72 / 18 = 4 months."""
    all_ = found(loyal, statement, spent, window_months=1)
    assert (all_["cac"]["value"], all_["cac_payback_months"]["value"]) == (72, 4)
    # ten of a hundred customer-months lost; 18 a month over 60 months at that hazard
    worth = 18 * (1 - math.exp(-6)) / 0.1
    assert all_["new_arpa"]["value"] == 30
    assert all_["new_ltv"]["value"] == pytest.approx(worth)
    assert all_["ltv_to_cac"]["value"] == pytest.approx(worth / 72)
    assert "beyond" not in all_["cac_payback_months"]["convention"]
    assert all_["quick_ratio"]["value"] == 0.6  # 60 new, 100 lost


def test_a_payback_beyond_the_horizon_says_so(
    loyal: pd.DataFrame, statement: pd.DataFrame, spent: pd.DataFrame
) -> None:
    """Four months to be back, of which a lifetime value counts three."""
    all_ = found(loyal, statement, spent, window_months=1, horizon_months=3)
    assert all_["cac_payback_months"]["value"] == 4
    assert all_["cac_payback_months"]["convention"].endswith(
        "beyond the 3 months a lifetime value counts"
    )
    assert all_["ltv_to_cac"]["value"] < 1


def test_nobody_won_has_no_lifetime_value_of_its_own(statement: pd.DataFrame) -> None:
    may = {f"C{number}": 10.0 for number in range(8)}
    paid = book({"2026-05": may, "2026-06": dict.fromkeys(list(may)[5:], 10.0)})
    all_ = found(paid, statement, window_months=1)
    assert all_["ltv"]["value"] > 0
    assert all_["new_ltv"]["reason"] == all_["new_arpa"]["reason"] == "no customer was won"


def test_growth_and_margin_make_the_rule_of_40(
    statement: pd.DataFrame,
) -> None:
    paid = book({"2025-06": {"A": 100.0}, "2026-06": {"A": 118.0}})
    assert found(paid, statement, window_months=1)["rule_of_40"]["value"] == pytest.approx(0.43)
    late = found(book({"2026-06": {"A": 1.0}}), statement)["rule_of_40"]
    assert late["reason"] == "no recurring revenue is known of 2025-06"


def test_the_magic_number_looks_at_the_quarter_before() -> None:
    """Added 25 a month in three months, 300 a year, over 600 spent from January to March."""
    paid = book({"2026-01": {"A": 80.0}, "2026-03": {"A": 100.0}, "2026-06": {"A": 125.0}})
    months = ["2026-01", "2026-02", "2026-03"]
    cost = pd.DataFrame({"period": months, "amount": [200.0, 200.0, 200.0]})
    assert found(paid, None, cost)["magic_number"]["value"] == 0.5


def test_burn_is_given_or_missing() -> None:
    paid = book({"2026-05": {"A": 100.0}, "2026-06": {"A": 110.0}})
    assert found(paid, window_months=1, burn=240.0)["burn_multiple"]["value"] == 2.0
    assert found(paid, window_months=1)["burn_multiple"]["reason"] == "no cash burned is given"
    gone = found(paid, window_months=1, burn=-1.0)["burn_multiple"]
    assert gone["reason"] == "no cash was burned"


def test_what_is_missing_says_so(loyal: pd.DataFrame, statement: pd.DataFrame) -> None:
    bare = found(loyal, window_months=1)
    assert bare["gross_margin_rate"]["reason"] == (
        "no gross margin: the book has no statement of these months"
    )
    assert bare["cac"]["reason"] == "the book does not say what winning customers costs"
    old = pd.DataFrame({"period": ["2026-01"], "amount": [5.0]})
    part = found(loyal, statement, old, window_months=1)["cac"]
    assert part["reason"] == "no spending to win customers is known of 2026-06"
    assert pf.unit_economics(loyal.head(0), period=JUNE).empty


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"window_months": 0}, "window_months is 0"),
        ({"horizon_months": 0}, "horizon_months is 0"),
        ({"level": 1.0}, "level is 1.0"),
    ],
)
def test_a_setting_out_of_range_is_refused(
    loyal: pd.DataFrame, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(pf.ParameterError, match=said):
        found(loyal, **given)
