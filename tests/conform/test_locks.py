"""The day a month's ledger is locked on, and declarations that name none."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.declaration import Policies
from pfkit.conform.locks import lock_day
from pfkit.errors import BookError
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    Shop = Any


def test_a_month_is_locked_so_many_days_after_its_end_or_on_the_day_stated() -> None:
    policies = Policies(lock_days=5, locked={"2026-02": "2026-03-20"})
    calendar = FiscalCalendar()
    assert lock_day("2026-01", policies, calendar) == date(2026, 2, 5)
    assert lock_day("2026-02", policies, calendar) == date(2026, 3, 20)
    assert lock_day("2026-02", Policies(), calendar) is None


def test_a_month_of_weeks_ends_with_its_last_week() -> None:
    weeks = FiscalCalendar(10, "4-4-5", "last Saturday of September")
    # the fiscal year 2026 began on September 28th, 2025; its first month has four weeks
    assert lock_day("2026-01", Policies(lock_days=2), weeks) == date(2025, 10, 27)


@pytest.mark.parametrize(
    ("policy", "said", "advice"),
    [
        ('locked = { "2026-05" = "8.6.2026" }', "lock of 2026-05 is '8.6.2026', which is no day",
         "Write the day as 2026-06-08, without a time."),
        ('locked = { "2026-05" = 2026-06-08T10:00:00 }', "which is no day", "without a time"),
        ('locked = { "May 2026" = 2026-06-08 }', "locked names 'May 2026', which is no month",
         "Write the month as 2026-05."),
        ('locked = "2026-06-08"', "locked is '2026-06-08', not a table of months and days",
         'Write locked = { "2026-05" = 2026-06-08 }.'),
        ('locked = { "2026-05" = 2026-05-20 }', "2026-05 was locked on 2026-05-20, before it ends",
         "Name the last day on which entries of the month could still be posted."),
        ("lock_days = -1", "greater than or equal to 0", ""),
        ("manual_limit = -5", "greater than or equal to 0", ""),
        ("round_to = 0", "greater than 0", ""),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_named(shop: Shop, policy: str, said: str, advice: str) -> None:
    with pytest.raises(BookError) as caught:
        shop.declare(head=f"[policies]\n{policy}")
    assert said in str(caught.value)
    assert advice in caught.value.advice
    assert "policies" in str(caught.value)
