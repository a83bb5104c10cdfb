from __future__ import annotations

import pytest

from pfkit.conform.days import day_text, month_number


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("2026-01-31", {"plain": "2026-01-31"}),
        ("2026/1/5", {"plain": "2026-01-05"}),
        ("31.01.2026", {"day first": "2026-01-31"}),
        ("01/31/2026", {"month first": "2026-01-31"}),
        ("03/04/2026", {"day first": "2026-04-03", "month first": "2026-03-04"}),
        ("05/05/2026", {"day first": "2026-05-05", "month first": "2026-05-05"}),
        ("26-01-31", {"day first": "2031-01-26", "year first": "2026-01-31"}),
        ("20260131", {"plain": "2026-01-31"}),
        ("46053", {"plain": "2026-01-31"}),  # Excel: =DATE(2026,1,31) shown as a number
        ("31 Jan 2026", {"plain": "2026-01-31"}),
        ("January 31st, 2026", {"plain": "2026-01-31"}),
        ("Sat, 31-Jan-26", {"plain": "2026-01-31"}),
        ("1767225600", {"plain": "2026-01-01"}),  # date -u -d @1767225600
    ],
)
def test_a_day_has_the_readings_its_form_allows(text: str, readings: dict[str, str]) -> None:
    found = {order: day.isoformat() for order, day in day_text(text).readings.items()}
    assert found == readings


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/02/2026", "31 February 2026 does not exist"),
        ("2025-02-29", "29 February 2025 does not exist"),
        ("2026-13-01", "no month 13"),
        ("0206-01-31", "the year 0206"),
        ("9999-12-31", "the year 9999"),
        ("2026-01-05 25:00", "no time 25:00"),
        ("2026-01-05 10:00 CET", "the zone CET is a name"),
        ("2026-01-05T10:00+25:00", "no offset"),
        ("31. Januar 2026", "no month's name"),
        ("soon", "no date"),
    ],
)
def test_what_is_no_day_says_why(text: str, reason: str) -> None:
    assert day_text(text).readings == {}
    assert reason in day_text(text).reason


def test_a_moment_keeps_its_time_and_offset() -> None:
    found = day_text("2026-03-01T23:30:00-05:00")
    assert found.time is not None
    assert (found.time.isoformat(), found.offset) == ("23:30:00", found.offset)
    assert found.offset is not None
    assert found.offset.total_seconds() == -5 * 3600
    assert str(day_text("01/31/2026 12:05 AM").time) == "00:05:00"


def test_a_month_is_known_by_its_english_name() -> None:
    assert [month_number(name) for name in ("Jan", "SEPT.", "october", "Q1")] == [1, 9, 10, None]
