from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.cadence import end_of, ended, following, label_of
from pfkit.errors import BookError
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from pfkit.conform.cadence import Every

    Shop = Any

MONTHS = FiscalCalendar()
APRIL = FiscalCalendar(year_start=4)
#: 4-4-5: September 2023 of Apple's calendar ends on the last Saturday.
WEEKS = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September")


@pytest.mark.parametrize(
    ("every", "day", "calendar", "end"),
    [
        ("day", "2026-05-06", MONTHS, "2026-05-06"),
        ("week", "2026-05-06", MONTHS, "2026-05-10"),  # a Wednesday, and its Sunday
        ("week", "2026-05-10", MONTHS, "2026-05-10"),
        ("month", "2026-02-01", MONTHS, "2026-02-28"),
        ("quarter", "2026-02-01", MONTHS, "2026-03-31"),
        ("quarter", "2026-02-01", APRIL, "2026-03-31"),
        ("year", "2026-02-01", APRIL, "2026-03-31"),
        ("year", "2026-04-01", APRIL, "2027-03-31"),
        ("year", "2023-09-30", WEEKS, "2023-09-30"),
    ],
)
def test_a_unit_ends_where_the_calendar_says(
    every: Every, day: str, calendar: FiscalCalendar, end: str
) -> None:
    assert end_of(every, dt.date.fromisoformat(day), calendar).isoformat() == end


@pytest.mark.parametrize(
    ("every", "day", "end"),
    [
        ("month", "2026-06-30", "2026-06-30"),
        ("month", "2026-06-29", "2026-05-31"),
        ("week", "2026-05-06", "2026-05-03"),
        ("quarter", "2026-06-29", "2026-03-31"),
        ("year", "2026-06-29", "2025-12-31"),
    ],
)
def test_the_unit_that_was_over_on_a_day(every: Every, day: str, end: str) -> None:
    assert ended(every, dt.date.fromisoformat(day), MONTHS).isoformat() == end


def test_units_follow_each_other_up_to_a_day() -> None:
    ends = following("month", dt.date(2026, 4, 30), dt.date(2026, 7, 30), MONTHS)
    assert [label_of("month", end, MONTHS) for end in ends] == ["2026-05", "2026-06"]
    assert label_of("quarter", dt.date(2026, 3, 31), APRIL) == "2026Q4"
    assert label_of("week", dt.date(2026, 5, 10), MONTHS) == "week to 2026-05-10"


def test_what_is_never_renewed_is_due_on_no_day(shop: Shop) -> None:
    with pytest.raises(BookError) as caught:
        shop.declare('every = "never"\nfresh_within_days = 3')
    assert str(caught.value).startswith("book.toml sources[billing]")
    assert "remove fresh_within_days" in str(caught.value)


def test_another_word_is_an_error_that_names_the_key(shop: Shop) -> None:
    with pytest.raises(BookError) as caught:
        shop.declare('every = "fortnight"')
    assert "every" in str(caught.value)
    with pytest.raises(BookError, match="unknown key 'fresh_within_day'") as caught:
        shop.declare("fresh_within_day = 3")
    assert "The closest known key is 'fresh_within_days'." in str(caught.value)
