from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import PeriodError
from pfkit.period import (
    FiscalCalendar,
    fiscal_year_days,
    retail_53_week_years,
    retail_year_end,
)

CALENDAR = FiscalCalendar()
CITY = FiscalCalendar(year_start=7)
SHOP = FiscalCalendar(year_start=12)
# Apple's fiscal year ends on the last Saturday of September (Form 10-K, note 1).
APPLE = FiscalCalendar(rule="5-4-4", year_end="last Saturday of September")
# The retail calendar of the NRF ends on the Saturday nearest to the end of January. A fiscal year
# is named here for the year it ends in, so the NRF's 2023 is FY2024.
RETAIL = FiscalCalendar(rule="4-5-4", year_end="nearest Saturday to the end of January")


def days(calendar: FiscalCalendar, label: str) -> tuple[str, str]:
    period = calendar.period(label)
    return period.first.isoformat(), period.last.isoformat()


def test_a_calendar_month_has_its_days() -> None:
    assert days(CALENDAR, "2011-06") == ("2011-06-01", "2011-06-30")
    assert days(CALENDAR, "2024-02") == ("2024-02-01", "2024-02-29")


def test_a_fiscal_year_that_starts_in_july_is_named_for_its_end() -> None:
    assert days(CITY, "FY2019") == ("2018-07-01", "2019-06-30")
    assert CITY.period("2019Q2").months == ("2018-10", "2018-11", "2018-12")
    assert CITY.fiscal_year_of("2018-06") == 2018
    assert CITY.fiscal_year_of("2018-07") == 2019
    assert CITY.quarter_of("2019-06") == "2019Q4"


def test_a_fiscal_year_that_starts_in_december() -> None:
    assert days(SHOP, "2011Q1") == ("2010-12-01", "2011-02-28")
    assert SHOP.period("2011-06").year_to_date.months[0] == "2010-12"
    assert SHOP.quarter_of("2011-02") == "2011Q1"
    assert SHOP.period("FY2011").months[-1] == "2011-11"


def test_labels_may_be_written_in_either_case() -> None:
    assert CALENDAR.period(" 2011q2 ").label == "2011Q2"
    assert CALENDAR.period("2011-Q2").label == "2011Q2"
    assert CALENDAR.period("fy2011").label == "FY2011"
    assert str(CALENDAR.period("2011-06")) == "2011-06"


@pytest.mark.parametrize(
    ("label", "before", "year_ago", "to_date"),
    [
        ("2011-01", "2010-12", "2010-01", ("2011-01", 1)),
        ("2011-06", "2011-05", "2010-06", ("2011-01..2011-06", 6)),
        ("2011Q2", "2011Q1", "2010Q2", ("2011-01..2011-06", 6)),
        ("2011Q1", "2010Q4", "2010Q1", ("2011Q1", 3)),
        ("FY2011", "FY2010", "FY2010", ("FY2011", 12)),
    ],
)
def test_a_period_knows_its_neighbors(
    label: str, before: str, year_ago: str, to_date: tuple[str, int]
) -> None:
    period = CALENDAR.period(label)
    assert period.previous.label == before
    assert period.prior_year.label == year_ago
    assert (period.year_to_date.label, len(period.year_to_date.months)) == to_date
    assert period.fiscal_year == 2011
    assert period.year.label == "FY2011"


def test_trailing_months_cross_the_year() -> None:
    assert CALENDAR.period("2011-02").trailing(3).label == "2010-12..2011-02"


@pytest.mark.parametrize(
    ("label", "first", "last", "length"),
    [
        ("FY2021", "2020-09-27", "2021-09-25", 364),
        ("FY2022", "2021-09-26", "2022-09-24", 364),
        ("FY2023", "2022-09-25", "2023-09-30", 371),
        ("FY2024", "2023-10-01", "2024-09-28", 364),
    ],
)
def test_apples_years_end_on_the_last_saturday_of_september(
    label: str, first: str, last: str, length: int
) -> None:
    period = APPLE.period(label)
    assert days(APPLE, label) == (first, last)
    assert (period.last - period.first).days + 1 == length


@pytest.mark.parametrize(
    ("label", "first", "last", "weeks"),
    [
        ("FY2023", "2022-01-30", "2023-01-28", 52),
        ("FY2024", "2023-01-29", "2024-02-03", 53),  # the NRF's 53-week year 2023
        ("FY2025", "2024-02-04", "2025-02-01", 52),
    ],
)
def test_retail_years_end_on_the_saturday_nearest_to_the_end_of_january(
    label: str, first: str, last: str, weeks: int
) -> None:
    period = RETAIL.period(label)
    assert days(RETAIL, label) == (first, last)
    assert ((period.last - period.first).days + 1) / 7 == weeks


def test_weeks_of_a_quarter_follow_the_pattern_and_the_53rd_stands_last() -> None:
    def weeks(calendar: FiscalCalendar, year: int) -> list[int]:
        months = calendar.months_of_year(year)
        return [((calendar.last_day(m) - calendar.first_day(m)).days + 1) // 7 for m in months]

    assert weeks(RETAIL, 2023) == [4, 5, 4] * 4
    assert weeks(RETAIL, 2024) == [4, 5, 4] * 3 + [4, 5, 5]
    four = FiscalCalendar(rule="4-4-5", year_end="last Saturday of September")
    assert weeks(four, 2023) == [4, 4, 5] * 3 + [4, 4, 6]


@pytest.mark.parametrize("calendar", [CALENDAR, CITY, SHOP, APPLE, RETAIL])
@given(day=st.dates(dt.date(1995, 1, 1), dt.date(2060, 12, 31)))
def test_every_day_lies_in_the_month_it_is_placed_in(
    calendar: FiscalCalendar, day: dt.date
) -> None:
    month = calendar.month_of(day)
    assert calendar.first_day(month) <= day <= calendar.last_day(month)
    year = calendar.fiscal_year_period(calendar.fiscal_year_of(month))
    assert year.first <= day <= year.last
    assert month in calendar.period(calendar.quarter_of(month)).months


@pytest.mark.parametrize("calendar", [CALENDAR, CITY, SHOP, APPLE, RETAIL])
@given(year=st.integers(1996, 2060))
def test_months_of_a_year_follow_each_other_without_a_gap(
    calendar: FiscalCalendar, year: int
) -> None:
    months = [*calendar.months_of_year(year), calendar.months_of_year(year + 1)[0]]
    for month, following in itertools.pairwise(months):
        assert calendar.shift(month, 1) == following
        assert calendar.last_day(month) + dt.timedelta(days=1) == calendar.first_day(following)


def test_the_calendar_is_a_table() -> None:
    table = CITY.table(dt.date(2018, 6, 15), dt.date(2018, 7, 2))
    assert table.to_dict("list") == {
        "period": ["2018-06", "2018-07"],
        "first_day": [dt.date(2018, 6, 1), dt.date(2018, 7, 1)],
        "last_day": [dt.date(2018, 6, 30), dt.date(2018, 7, 31)],
        "quarter": ["2018Q4", "2019Q1"],
        "fiscal_year": [2018, 2019],
    }


@pytest.mark.parametrize(
    "label",
    ["", "June", "2011", "2011-6", "06-2011", "2011Q5", "2011Q0", "FY11", "0000-06", "0000Q1",
     "２０１１-06", "2011-06; rm", "../2011-06", "2011-06\n2011-07"],
)  # fmt: skip
def test_what_is_no_period_says_how_to_write_one(label: str) -> None:
    with pytest.raises(PeriodError) as caught:
        CALENDAR.period(label)
    assert caught.value.what == f"{label!r} is no period"
    assert caught.value.advice == (
        "Write a month as 2011-06, a fiscal quarter as 2011Q2, a fiscal year as FY2011."
    )


@pytest.mark.parametrize("month", ["00", "13"])
def test_a_month_runs_from_1_to_12(month: str) -> None:
    with pytest.raises(PeriodError) as caught:
        CALENDAR.period(f"2011-{month}")
    assert caught.value.what == f"'2011-{month}' has no month {month}"
    assert caught.value.advice == "Months run from 01 to 12, as in 2011-06."


@pytest.mark.parametrize("start", [0, 13, -1])
def test_a_fiscal_year_starts_in_a_month(start: int) -> None:
    with pytest.raises(PeriodError) as caught:
        FiscalCalendar(year_start=start)
    assert caught.value.what == f"fiscal_year_start {start} is no month"
    assert caught.value.where == "book.toml [company]"


@pytest.mark.parametrize(
    "year_end",
    ["", "Saturday", "last Caturday of May", "last Saturday of Smarch", "first Saturday of May"],
)
def test_a_calendar_of_weeks_says_when_its_year_ends(year_end: str) -> None:
    with pytest.raises(PeriodError) as caught:
        FiscalCalendar(rule="4-4-5", year_end=year_end)
    assert caught.value.what == f"year_end {year_end!r} is no rule"
    assert "'last Saturday of September'" in caught.value.advice


def test_published_years_of_weeks() -> None:
    # Apple, Form 10-K: 2022-09-24 and 2023-09-30
    rule = "last Saturday of September"
    assert fiscal_year_days(2022, rule=rule) == 364
    assert fiscal_year_days(2023, rule=rule) == 371
    assert APPLE.period("FY2023").last == dt.date(2023, 9, 30)


@pytest.mark.parametrize(
    ("rule", "year", "last"),
    [  # annual reports: Home Depot, Target, Intel, Micron, Campbell, Nvidia
        ("Sunday nearest January 31", 2024, dt.date(2024, 1, 28)),
        ("the Saturday nearest January 31st", 2024, dt.date(2024, 2, 3)),
        ("last Saturday in December", 2023, dt.date(2023, 12, 30)),
        ("Thursday closest to August 31", 2023, dt.date(2023, 8, 31)),
        ("the Sunday nearest to the last day of July", 2023, dt.date(2023, 7, 30)),
        ("last Sunday of January", 2024, dt.date(2024, 1, 28)),
        ("nearest Friday to 30 June", 2023, dt.date(2023, 6, 30)),
    ],
)
def test_rules_as_annual_reports_word_them(rule: str, year: int, last: dt.date) -> None:
    calendar = FiscalCalendar(rule="4-4-5", year_end=rule)
    assert calendar.period(f"FY{year}").last == last
    assert fiscal_year_days(year, rule=rule) in {364, 371}


@pytest.mark.parametrize(
    "rule",
    [
        "last Saturday of September 30",
        "nearest Saturday to 31 January or 1 February",
        "Saturday nearest 32 January",
        "last Saturday or Sunday of May",
        "Saturday nearest Easter",
        "31 January",
    ],
)
def test_a_rule_that_says_too_much_or_too_little_is_none(rule: str) -> None:
    with pytest.raises(PeriodError, match="is no rule"):
        fiscal_year_days(2023, rule=rule)


def test_published_retail_calendar() -> None:
    # nrf.com: FY00, FY06, FY12, FY17 and FY23 have 53 weeks; coresight.com: 2023 ends 2024-02-03
    assert retail_53_week_years(2000, 2023) == [2000, 2006, 2012, 2017, 2023]
    assert retail_year_end(2023) == dt.date(2024, 2, 3)
    assert retail_year_end(2023) == RETAIL.period("FY2024").last
    assert retail_53_week_years(2001, 2005) == []


@given(year=st.integers(1901, 2200), weekday=st.sampled_from(["Saturday", "Sunday", "Friday"]))
def test_a_year_has_52_or_53_whole_weeks(year: int, weekday: str) -> None:
    for rule in (f"last {weekday} of June", f"{weekday} nearest 31 January"):
        assert fiscal_year_days(year, rule=rule) in {364, 371}
    assert (fiscal_year_days(year + 1, rule="Saturday nearest 31 January") == 371) == (
        retail_53_week_years(year, year) == [year]
    )


def test_400_years_of_weeks_are_400_years() -> None:
    total = sum(fiscal_year_days(year, rule="last Sunday of May") for year in range(1801, 2201))
    assert abs(total - 146_097) < 7


@pytest.mark.parametrize("year", [0, 1, 9999, -5])
def test_a_year_outside_the_calendar_is_refused(year: int) -> None:
    with pytest.raises(PeriodError, match="is no year"):
        fiscal_year_days(year, rule="last Saturday of May")
    with pytest.raises(PeriodError, match="is no year"):
        retail_53_week_years(year, 2023) if year < 2 else retail_year_end(year)
