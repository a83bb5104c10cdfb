"""Touches and gains by hand: what counts as more paid, and in which order features stand."""

from __future__ import annotations

import pandas as pd
import pytest

from pfkit.conform.crediting import billed_gains, recurring_gains
from pfkit.period import FiscalCalendar

CALENDAR = FiscalCalendar()


def paid(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["period", "customer", "currency", "amount_local", "rate"])


def test_more_paid_a_month_is_a_gain_and_a_rate_that_moves_is_none() -> None:
    found = recurring_gains(
        paid(
            ("2026-01", "old", "USD", 100.0, 0.9),
            ("2026-02", "old", "USD", 100.0, 0.8),  # the rate alone moved
            ("2026-03", "old", "USD", 130.0, 0.8),
            ("2026-02", "young", "EUR", 50.0, 1.0),
            ("2026-04", "young", "EUR", 60.0, 1.0),  # nothing in March: it comes back
            ("2026-05", "old", "USD", 90.0, 0.8),  # nothing in April either
        ),
        CALENDAR,
    )
    assert found.assign(day=found["day"].dt.strftime("%m-%d")).to_numpy().tolist() == [
        ["old", "03-01", 24.0, "expansion"],
        ["old", "05-01", 72.0, "reactivation"],
        ["young", "02-01", 50.0, "new"],
        ["young", "04-01", 60.0, "reactivation"],
    ]


def test_two_currencies_of_a_customer_are_added_at_their_rates() -> None:
    found = recurring_gains(
        paid(
            ("2026-01", "c", "EUR", 100.0, 1.0),
            ("2026-02", "c", "EUR", 40.0, 1.0),
            ("2026-02", "c", "USD", 100.0, 0.9),
        ),
        CALENDAR,
    )
    assert found["amount"].tolist() == pytest.approx([30.0])  # 90 more, 60 less


def test_first_revenue_of_customers_and_of_further_products() -> None:
    revenue = pd.DataFrame(
        [
            ("2026-01", "old", "A", 10.0),
            ("2026-02", "old", "A", 10.0),
            ("2026-03", "old", "B", 7.0),
            ("2026-02", "young", "A", 5.0),
            ("2026-02", "young", "B", -5.0),
            ("2026-02", "(none)", "A", 99.0),
        ],
        columns=["period", "customer", "product", "amount"],
    )
    found = billed_gains(revenue, CALENDAR)
    assert found[["customer", "amount", "kind"]].to_numpy().tolist() == [
        ["old", 7.0, "further product"],
        ["young", 5.0, "new"],
    ]


def test_nothing_paid_is_no_gain() -> None:
    assert recurring_gains(paid(), CALENDAR).empty
    empty = pd.DataFrame(columns=["period", "customer", "product", "amount"])
    assert billed_gains(empty, CALENDAR).empty
