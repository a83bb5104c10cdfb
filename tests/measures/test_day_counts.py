from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures.day_counts import span_days, year_fraction, years

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
NAMES = ("act/365F", "act/360", "act/act ISDA", "30/360 SIA", "30E/360")

# XLeratorDB, DAYS360: start, end, days of 30/360 US (SIA) and of 30E/360, actual days
PRINTED = """
2007-01-15 2007-01-30 15 15 15
2007-01-15 2007-02-15 30 30 31
2007-09-30 2008-03-31 180 180 183
2007-09-30 2007-10-31 30 30 31
2007-01-15 2007-01-31 16 15 16
2007-01-31 2007-02-28 28 28 28
2007-02-28 2007-03-31 30 32 31
2006-08-31 2007-02-28 178 178 181
2007-02-28 2007-08-31 180 182 184
2007-02-26 2008-02-29 363 363 368
2008-02-29 2009-02-28 360 359 365
2008-02-29 2008-03-30 30 31 30
2008-02-29 2008-03-31 30 31 31
2007-02-28 2007-03-05 5 7 5
2007-08-31 2008-02-29 179 179 182
2008-08-31 2009-02-28 178 178 181
"""


@pytest.mark.parametrize("line", PRINTED.strip().splitlines())
def test_printed_days(line: str) -> None:
    start, end, sia, european, actual = line.split()
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert year_fraction(first, last, day_count="30/360 SIA") * 360 == pytest.approx(int(sia))
    assert year_fraction(first, last, day_count="30E/360") * 360 == pytest.approx(int(european))
    assert year_fraction(first, last) * 365 == pytest.approx(int(actual))
    assert year_fraction(first, last, day_count="act/360") * 360 == pytest.approx(int(actual))


@pytest.mark.parametrize(
    ("start", "end", "normal", "leap"),
    [  # deltaquants.com, day count conventions: days in normal and in leap years
        ("2007-12-28", "2008-02-28", 4, 58),
        ("2007-12-28", "2008-02-29", 4, 59),
        ("2007-10-31", "2008-11-30", 62, 334),
        ("2008-02-01", "2009-05-31", 150, 335),
    ],
)
def test_printed_years_by_isda(start: str, end: str, normal: int, leap: int) -> None:
    found = year_fraction(
        date.fromisoformat(start), date.fromisoformat(end), day_count="act/act ISDA"
    )
    assert found == pytest.approx(normal / 365 + leap / 366)


@given(one=DAYS, other=DAYS, name=st.sampled_from(NAMES))
def test_the_way_back_is_as_long(one: date, other: date, name: str) -> None:
    there = year_fraction(one, other, day_count=name)
    assert year_fraction(other, one, day_count=name) == -there
    assert year_fraction(one, one, day_count=name) == 0
    assert there == pytest.approx((other - one).days / 365.25, abs=0.03 + abs(there) * 0.02)


@given(start=DAYS, length=st.integers(0, 4000), name=st.sampled_from(NAMES))
def test_a_day_later_is_never_less(start: date, length: int, name: str) -> None:
    end = start + timedelta(days=length)
    later = year_fraction(start, end + timedelta(days=1), day_count=name)
    assert later >= year_fraction(start, end, day_count=name)


@given(one=DAYS, other=DAYS, third=DAYS)
def test_actual_days_add_up(one: date, other: date, third: date) -> None:
    for name in ("act/365F", "act/360", "act/act ISDA"):
        parts = year_fraction(one, other, day_count=name)
        parts += year_fraction(other, third, day_count=name)
        assert year_fraction(one, third, day_count=name) == pytest.approx(parts)


@given(start=DAYS.filter(lambda day: (day.month, day.day) != (2, 29)), ahead=st.integers(1, 20))
def test_a_whole_year_is_one(start: date, ahead: int) -> None:
    end = start.replace(year=start.year + ahead)
    assert year_fraction(start, end, day_count="30E/360") == ahead


def test_years_start_at_the_earliest_day_in_any_order() -> None:
    days = [date(2021, 1, 1), date(2019, 1, 1), date(2020, 1, 1)]
    assert years(days) == [731 / 365, 0.0, 1.0]
    assert span_days(days) == 731


def test_days_with_a_time_count_as_days() -> None:
    days = [datetime(2019, 1, 1, 23), pd.Timestamp("2020-01-01 01:00")]  # noqa: DTZ001
    assert years(days) == [0.0, 1.0]


@pytest.mark.parametrize("given_", ["2020-01-01", None, pd.NaT, 20200101])
def test_what_is_no_day_is_refused(given_: object) -> None:
    with pytest.raises(MeasureError, match=r"date 1 is .*, which is no day\n  -> Give"):
        years([date(2019, 1, 1), given_])  # type: ignore[list-item]


def test_an_unknown_day_count_names_the_nearest_and_all() -> None:
    with pytest.raises(MeasureError, match="day count 'act/365' is not known") as told:
        year_fraction(date(2019, 1, 1), date(2020, 1, 1), day_count="act/365")
    assert "The closest known day count is 'act/365F'. Known: 'act/365F', 'act/360'" in str(
        told.value
    )
