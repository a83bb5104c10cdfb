from __future__ import annotations

from datetime import date

import pytest

from pfkit.conform.drift.holidays import rest_days


@pytest.mark.parametrize(
    ("year", "easter"),  # US Naval Observatory, dates of Easter
    [(2010, "04-04"), (2011, "04-24"), (2024, "03-31"), (2025, "04-20"), (2026, "04-05")],
)
def test_good_friday_and_easter_monday_are_found(year: int, easter: str) -> None:
    sunday = date.fromisoformat(f"{year}-{easter}")
    days = rest_days(year, "")
    assert {date.fromordinal(sunday.toordinal() + step) for step in (-2, 0, 1)} <= days


@pytest.mark.parametrize(
    ("day", "currency"),
    [
        ("2011-04-29", "GBP"),  # royal wedding
        ("2011-05-02", "GBP"),  # early May
        ("2011-08-29", "GBP"),  # summer
        ("2011-01-03", "GBP"),  # stands in for Saturday 1 January
        ("2026-07-03", "USD"),  # stands in for Saturday 4 July
        ("2026-11-26", "USD"),  # Thanksgiving
        ("2026-05-14", "EUR"),  # Ascension
        ("2026-10-03", "EUR"),
        ("2025-12-29", "JPY"),  # between the years
    ],
)
def test_a_holiday_is_a_rest_day(day: str, currency: str) -> None:
    assert date.fromisoformat(day) in rest_days(int(day[:4]), currency)


def test_most_weekdays_are_no_rest_days() -> None:
    for currency in ("EUR", "USD", "GBP", "CHF", "JPY", "XXX"):
        weekdays = [day for day in rest_days(2026, currency) if day.weekday() < 5]
        assert len(weekdays) <= 50  # of 261
