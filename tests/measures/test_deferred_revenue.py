"""The roll-forward of deferred revenue, with exchange rates and rows that are folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

FEBRUARY = pf.FiscalCalendar().period("2026-02")


@pytest.fixture
def moved(rows: Rows) -> pd.DataFrame:
    """120 USD billed in January at 0.90 and earned at 10 a month; 40 EUR earned as billed."""
    return rows("""
        period  | product | currency | method | billed | recognized | deferred | unbilled | deferred_local | unbilled_local
        2026-01 | Atlas   | USD      | day    |    108 |          9 |       99 |        0 |            110 |              0
        2026-02 | Atlas   | USD      | day    |      0 |          9 |       -9 |        0 |            -10 |              0
        2026-02 | Borea   | EUR      | day    |     40 |         40 |        0 |        0 |              0 |              0
        2026-02 | Cedar   | EUR      | day    |     10 |         10 |        0 |        0 |              0 |              0
        """)  # noqa: E501 (a table)


def test_a_balance_keeps_the_rate_of_its_invoice(moved: pd.DataFrame) -> None:
    found = pf.deferred_revenue(moved, period=FEBRUARY).set_index("row_key")
    atlas = found.loc["atlas"]
    assert (atlas["opening"], atlas["recognized"], atlas["fx"], atlas["closing"]) == (99, 9, 0, 90)
    assert found.loc["other-2", "billed"] == 50  # earned as billed: nothing to roll forward
    assert found.loc["total", "billed"] == 50
    assert found["within_3_months"].isna().all()


def test_translated_at_closing_rates_the_difference_is_fx(moved: pd.DataFrame, rows: Rows) -> None:
    """110 x 0.95 = 104.50, less 9 at the invoice's rate, 100 x 0.80 = 80: FX is -15.50."""
    rates = rows("""
        period  | currency | rate
        2026-01 | USD      | 0.95
        2026-02 | USD      | 0.80
        """)
    ahead = pd.DataFrame(
        [("2026-03", "Atlas", "USD", 9.0, 10.0), ("2027-06", "Atlas", "USD", 81.0, 90.0)],
        columns=["period", "product", "currency", "amount", "amount_local"],
    )
    found = pf.deferred_revenue(moved, ahead, period=FEBRUARY, rates=rates).set_index("row_key")
    atlas = found.loc["atlas"]
    assert (atlas["opening"], atlas["recognized"]) == (104.5, 9)
    assert (atlas["fx"], atlas["closing"]) == (-15.5, 80)
    bands = [atlas[name] for name in ("within_3_months", "within_12_months", "later")]
    assert bands == [8, 0, 72]


def test_a_balance_without_a_closing_rate_is_refused(moved: pd.DataFrame, rows: Rows) -> None:
    rates = rows("period | currency | rate\n2026-02 | USD | 0.8")
    with pytest.raises(
        pf.MeasureError,
        match=r"no closing rate for USD in 2026-01, which has a balance\n.*month before",
    ):
        pf.deferred_revenue(moved, period=FEBRUARY, rates=rates)


def test_month_by_month_each_opens_where_the_last_closed(moved: pd.DataFrame) -> None:
    quarter = pf.FiscalCalendar().period("2026Q1")
    found = pf.deferred_revenue(moved, period=quarter, by="period")
    assert found["label"].tolist() == ["2026-01", "2026-02", "2026-03", "Total"]
    assert found["opening"].tolist() == [0, 99, 90, 0]
    assert found["closing"].tolist() == [99, 90, 90, 90]
    assert found["recognized"].tolist() == [9, 59, 0, 68]


def test_nothing_billed_is_an_empty_table(moved: pd.DataFrame) -> None:
    assert pf.deferred_revenue(moved.head(0), period=FEBRUARY).empty


def test_a_column_that_is_missing_is_named(moved: pd.DataFrame) -> None:
    with pytest.raises(pf.ContractError, match=r"recognition: column 'unbilled' is not there"):
        pf.deferred_revenue(moved.drop(columns="unbilled"), period=FEBRUARY)
