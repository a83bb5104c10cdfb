"""Calendars of weeks: where the 53rd week lies, lists of weeks, and the weeks a year before."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import PeriodError
from pfkit.period import FiscalCalendar, Week, retail_calendar

#: Form 10-K, note 1: a 14th week is added to the first quarter every five or six years.
APPLE = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September", extra_week=3)
NRF = retail_calendar()


def ends(calendar: FiscalCalendar, year: int) -> list[str]:
    return [calendar.period(f"{year}Q{n}").last.isoformat() for n in range(1, 5)]


@pytest.mark.parametrize(
    ("year", "last_days", "weeks"),
    [  # cover pages of the Forms 10-Q and 10-K
        (2012, ["2011-12-31", "2012-03-31", "2012-06-30", "2012-09-29"], [14, 13, 13, 13]),
        (2017, ["2016-12-31", "2017-04-01", "2017-07-01", "2017-09-30"], [14, 13, 13, 13]),
        (2022, ["2021-12-25", "2022-03-26", "2022-06-25", "2022-09-24"], [13, 13, 13, 13]),
        (2023, ["2022-12-31", "2023-04-01", "2023-07-01", "2023-09-30"], [14, 13, 13, 13]),
        (2024, ["2023-12-30", "2024-03-30", "2024-06-29", "2024-09-28"], [13, 13, 13, 13]),
    ],
)
def test_apples_quarters(year: int, last_days: list[str], weeks: list[int]) -> None:
    assert ends(APPLE, year) == last_days
    assert [APPLE.period(f"{year}Q{n}").weeks for n in range(1, 5)] == weeks


#: nrf.com, 4-5-4 calendar: the last day of each month of 2023, of 53 weeks, and of 2024.
PUBLISHED = {
    2023: "02-25 04-01 04-29 05-27 07-01 07-29 08-26 09-30 10-28 11-25 12-30 02-03",
    2024: "03-02 04-06 05-04 06-01 07-06 08-03 08-31 10-05 11-02 11-30 01-04 02-01",
}


@pytest.mark.parametrize("year", [2023, 2024])
def test_months_as_the_nrf_publishes_them(year: int) -> None:
    found = [f"{NRF.last_day(month):%m-%d}" for month in NRF.months_of_year(year)]
    assert " ".join(found) == PUBLISHED[year]
    assert NRF.fiscal_year_of(NRF.month_of(dt.date(2024, 1, 31))) == 2023


def test_53_week_years_of_the_nrf() -> None:
    long = [year for year in range(2000, 2025) if NRF.period(f"FY{year}").weeks == 53]
    assert long == [2000, 2006, 2012, 2017, 2023]
    assert NRF.weeks_of_year(2023) == (4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5)


def test_the_year_after_53_weeks_is_compared_with_shifted_weeks() -> None:
    # nrf.com restates 2023 from 5 February 2023 to 3 February 2024, to compare 2024 with
    year = NRF.period("FY2024")
    assert year.comparable == (dt.date(2023, 2, 5), dt.date(2024, 2, 3))
    assert year.prior_year.first == dt.date(2023, 1, 29)
    assert NRF.period("2024-02").comparable == (dt.date(2023, 3, 5), dt.date(2023, 4, 8))


def test_comparable_weeks_are_as_many_as_the_period_has() -> None:
    # 53 weeks to 3 February 2024 beside the 53 weeks to 4 February 2023
    assert NRF.period("FY2023").comparable == (dt.date(2022, 1, 30), dt.date(2023, 2, 4))
    assert NRF.period("2022Q3").comparable == (
        NRF.period("2021Q3").first,
        NRF.period("2021Q3").last,
    )
    june = FiscalCalendar().period("2026-02")
    assert june.comparable == (dt.date(2025, 2, 1), dt.date(2025, 2, 28))
    assert june.weeks is None


@pytest.mark.parametrize("month", [0, 13])
def test_the_53rd_week_lies_in_a_month(month: int) -> None:
    with pytest.raises(PeriodError) as caught:
        FiscalCalendar(rule="4-4-5", year_end="last Saturday of May", extra_week=month)
    assert caught.value.what == f"extra_week {month} is no month"


def weeks_of(calendar: FiscalCalendar, *years: int) -> list[Week]:
    first, last = (calendar.period(f"FY{year}") for year in (min(years), max(years)))
    return list(calendar.weeks_between(first.first, last.last))


@settings(max_examples=20)
@given(year=st.integers(1990, 2050), day=st.integers(0, 363))
def test_a_list_of_the_weeks_of_a_rule_is_that_calendar(year: int, day: int) -> None:
    listed = FiscalCalendar.of_weeks(reversed(weeks_of(APPLE, year, year + 1)))
    for label in (f"FY{year}", f"{year}Q1", f"{year + 1}-05"):
        mine, theirs = listed.period(label), APPLE.period(label)
        assert (mine.first, mine.last, mine.weeks) == (theirs.first, theirs.last, theirs.weeks)
    at = APPLE.period(f"FY{year}").first + dt.timedelta(days=day)
    assert listed.month_of(at) == APPLE.month_of(at)
    assert listed.weeks_of_year(year) == APPLE.weeks_of_year(year)


def refusal(weeks: list[Week]) -> str:
    with pytest.raises(PeriodError) as caught:
        FiscalCalendar.of_weeks(weeks)
    return str(caught.value)


def test_a_missing_week_is_named() -> None:
    weeks = weeks_of(NRF, 2023)
    said = refusal([week for week in weeks if week.first != dt.date(2023, 4, 2)])
    assert said == (
        "calendar: week 2023-04-02 to 2023-04-08 is missing\n"
        "  -> Add it to the list, after week 2023-03-26 to 2023-04-01 of 2023-02."
    )
    said = refusal(weeks[:9] + weeks[12:])
    assert "week 2023-04-02 to 2023-04-08 is missing, and 2 more after it" in said


def test_weeks_that_share_days_are_named() -> None:
    weeks = weeks_of(NRF, 2023)
    shifted = Week(dt.date(2023, 4, 1), dt.date(2023, 4, 7), "2023-03")
    said = refusal([*weeks[:9], shifted, *weeks[10:]])
    assert "weeks 2023-03-26 to 2023-04-01 of 2023-02 and 2023-04-01 to 2023-04-07" in said
    assert said.splitlines()[0].endswith("of 2023-03 overlap")
    assert "is listed twice" in refusal([*weeks, weeks[20]])
    late = Week(dt.date(2023, 4, 3), dt.date(2023, 4, 9), "2023-03")
    assert "1 day from 2023-04-02 on lie in no week" in refusal([*weeks[:9], late, *weeks[10:]])


def test_a_week_has_seven_days() -> None:
    weeks = weeks_of(NRF, 2023)
    long = Week(weeks[3].first, weeks[3].last + dt.timedelta(days=1), "2023-01")
    said = refusal([*weeks[:3], long, *weeks[4:]])
    assert "week 2023-02-19 to 2023-02-26 of 2023-01 has 8 days, not 7" in said


def test_months_follow_each_other_and_years_are_whole() -> None:
    weeks = weeks_of(NRF, 2023)
    stray = Week(weeks[10].first, weeks[10].last, "2023-07")
    said = refusal([*weeks[:10], stray, *weeks[11:]])
    assert "month 2023-07 (week 2023-04-09 to 2023-04-15) follows 2023-03, not 2023-04" in said
    said = refusal(weeks[:-5])
    assert "fiscal year 2023 is not whole: the list ends with 2023-11" in said
    assert "fiscal year 2023 has 51 weeks, not 52 or 53" in refusal(weeks[:3] + shift(weeks[5:]))
    assert "lists no week" in refusal([])


def shift(weeks: list[Week]) -> list[Week]:
    back = dt.timedelta(weeks=2)
    return [Week(week.first - back, week.last - back, week.period) for week in weeks]


def test_a_month_outside_the_list_says_what_the_list_holds() -> None:
    listed = FiscalCalendar.of_weeks(weeks_of(NRF, 2023))
    with pytest.raises(PeriodError) as caught:
        _ = listed.period("2023-01").prior_year
    assert caught.value.what == (
        "month 2022-01 is not in the list of weeks, which runs from 2023-01-29 (2023-01) to "
        "2024-02-03 (2023-12)"
    )
    with pytest.raises(PeriodError, match="2024-02-04 is not in the list"):
        listed.month_of(dt.date(2024, 2, 4))


@settings(max_examples=30)
@given(year=st.integers(1990, 2060), extra=st.integers(1, 12))
def test_weeks_of_a_year_follow_each_other_wherever_the_53rd_is(year: int, extra: int) -> None:
    calendar = FiscalCalendar(
        rule="5-4-4", year_end="Sunday nearest 31 January", extra_week=extra, named_for="start"
    )
    weeks = weeks_of(calendar, year)
    assert len(weeks) == sum(calendar.weeks_of_year(year)) in {52, 53}
    assert calendar.weeks_of_year(year)[extra - 1] - (5 if extra % 3 == 1 else 4) == (
        len(weeks) - 52
    )
    for before, after in itertools.pairwise(weeks):
        assert after.first - before.first == dt.timedelta(days=7)
