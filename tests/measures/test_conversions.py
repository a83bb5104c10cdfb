from __future__ import annotations

import pandas as pd
import pytest

import pfkit as pf


def found(*rows: tuple[str, str, float, str | None, float, float]) -> pd.DataFrame:
    """Return conversions: source, currency, rate, its day, amount as booked and amount."""
    names = ["source", "currency", "rate", "rate_date", "amount_local", "amount"]
    told = {"period": "2026-01", "kind": "daily", "path": "direct", "stated": "", "file": "fx.csv"}
    return pd.DataFrame([dict(zip(names, row, strict=True)) | told for row in rows]).assign(
        rows=1, line="2"
    )


def test_the_largest_stands_first_and_the_rest_together() -> None:
    rows = [
        ("billing", "USD", 0.5, f"2026-01-{day:02d}", 2.0 * day, 1.0 * day) for day in range(1, 6)
    ]
    shown = pf.conversions(found(*rows), top=2)
    assert shown["amount"].tolist() == [5, 4, 6, 15]  # 3 + 2 + 1 = 6; 15 in all
    assert shown["count"].tolist() == [1, 1, 3, 5]
    assert shown["row_key"].is_unique


def test_what_is_apart_from_amount_times_rate_shows() -> None:
    shown = pf.conversions(found(("billing", "USD", 0.9, "2026-01-31", 100.0, 90.02)))
    assert shown["apart"].tolist() == [pytest.approx(0.02), pytest.approx(0.02)]


def test_an_implied_rate_proves_nothing() -> None:
    shown = pf.conversions(found(("billing", "USD", 0.915, None, 100.0, 91.5)))
    assert pd.isna(shown["apart"].iloc[0])
    assert shown["rate_date"].iloc[0] == ""


def test_amounts_of_several_sources_are_not_added() -> None:
    shown = pf.conversions(
        found(
            ("billing", "USD", 0.9, "2026-01-31", 100.0, 90.0),
            ("budget", "USD", 0.9, "2026-01-31", 100.0, 90.0),
        )
    )
    assert pd.isna(shown["amount"].iloc[-1])


def test_without_foreign_currency_there_is_nothing() -> None:
    assert pf.conversions(found(("x", "USD", 1.0, None, 1.0, 1.0)).iloc[:0]).empty
