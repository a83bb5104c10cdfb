from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

import pfkit as pf
from pfkit.conform.single.complete import _easter

if TYPE_CHECKING:
    from pathlib import Path


def _check(folder: Path, table: str, lines: list[str], period: str | None = None) -> list[str]:
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    found = pf.check_file(folder / "a.csv", table=table, period=period)["findings"]
    return [f"{finding['rule']}: {finding['message']}" for finding in found]


def _plan(months: list[int]) -> list[str]:
    head = ["version,month,product,line,amount,currency"]
    return head + [f"adopted,2026-{month:02d},Atlas,Revenue,{month}00.00,EUR" for month in months]


def test_a_month_between_others_is_missed(tmp_path: Path) -> None:
    (told,) = _check(tmp_path, "budget", _plan([1, 2, 3, 5, 6]))
    assert (
        told == "missing month: 2026-04 is missing for 1 of 1 lines, such as adopted Atlas Revenue"
    )
    assert not _check(tmp_path, "budget", _plan([1, 2, 3, 4, 5, 6]))


def test_the_period_says_which_months_a_plan_has(tmp_path: Path) -> None:
    told = _check(tmp_path, "budget", _plan([1, 2, 3, 4]), period="2026-01..2026-06")
    assert [text[:22] for text in told] == ["missing month: 2026-05", "missing month: 2026-06"]


def test_a_line_twice_with_two_amounts_is_told(tmp_path: Path) -> None:
    plan = [*_plan([1, 2, 3, 4]), "adopted,2026-02,Atlas,Revenue,7.00,EUR"]
    (told,) = _check(tmp_path, "budget", plan)
    assert told.startswith("line repeated: the same line and month stand on line 3 with another")


def _rates(days: list[dt.date]) -> list[str]:
    return ["date,currency,rate", *(f"{day.isoformat()},USD,0.92" for day in days)]


def _weekdays(first: dt.date, count: int) -> list[dt.date]:
    days = [first + dt.timedelta(days=at) for at in range(count)]
    return [day for day in days if day.weekday() < 5]


def test_a_weekday_without_a_rate_is_told_and_a_holiday_is_not(tmp_path: Path) -> None:
    days = _weekdays(dt.date(2026, 1, 5), 28)
    gone = dt.date(2026, 1, 14)
    (told,) = _check(tmp_path, "fx", _rates([day for day in days if day != gone]))
    assert told.startswith("missing days: USD: no rate on 2026-01-14, weekdays among daily rates")
    spring = _weekdays(dt.date(2026, 3, 23), 28)
    closed = {dt.date(2026, 4, 3), dt.date(2026, 4, 6)}  # Good Friday and Easter Monday
    assert not _check(tmp_path, "fx", _rates([day for day in spring if day not in closed]))


def test_rates_of_a_month_end_have_no_weekdays_to_miss(tmp_path: Path) -> None:
    ends = [dt.date(2026, month, 28) for month in range(1, 9)]
    assert not _check(tmp_path, "fx", _rates(ends))


@pytest.mark.parametrize(
    ("year", "month", "day"), [(1991, 3, 31), (1992, 4, 19), (1954, 4, 18), (2000, 4, 23)]
)
def test_easter_falls_where_the_tables_say(year: int, month: int, day: int) -> None:
    assert _easter(year) == dt.date(year, month, day)
