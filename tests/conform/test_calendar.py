from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.booktoml import read_declaration
from pfkit.errors import BookError, ContractError, PeriodError
from pfkit.period import retail_calendar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.book import Book

    Shop = Any

HEAD = """
calendar = "listed"
[[sources]]
name = "weeks"
table = "calendar"
path = "weeks.csv"
columns = { first_day = "From", last_day = "To", period = { fiscal_year = "Year", month = "No" } }
[[sources]]
name = "tills"
table = "invoices"
path = "tills.csv"
known_on = { column = "Day", at = "day" }
[sources.columns]
invoice_id = "Id"
invoice_date = "Day"
product = "Item"
kind = { constant = "sale" }
currency = { constant = "EUR" }
amount_local = "Sales"
"""
TILLS = """
    Id,Day,Item,Sales
    a,2024-01-29,scarf,10.00
    b,2024-02-03,scarf,20.00
    c,2024-02-04,scarf,40.00
"""


def weeks(*, without: Sequence[str] = (), more: Sequence[str] = ()) -> str:
    """Return the retail calendar of 2022 to 2024 as a list of weeks."""
    lines = ["From,To,Year,No"]
    for week in retail_calendar().weeks_between(dt.date(2022, 1, 30), dt.date(2025, 2, 1)):
        if week.first.isoformat() not in without:
            year, number = week.period.split("-")
            lines.append(f"{week.first},{week.last},{year},{int(number)}")
    return "\n".join([*lines, *more])


def _open(shop: Shop, listed: str, period: str = "2023-12") -> Book:
    shop.ledger(HEAD, {"weeks.csv": listed, "tills.csv": TILLS})
    book: Book = shop.open(period=period)
    return book


def test_a_book_counts_by_the_weeks_it_lists(shop: Shop) -> None:
    book = _open(shop, weeks())
    sums = book.revenue.groupby("period")["amount"].sum().to_dict()
    assert sums == {"2023-12": 30.0, "2024-01": 40.0}
    assert (book.period.first, book.period.last) == (dt.date(2023, 12, 31), dt.date(2024, 2, 3))
    assert book.period.weeks == 5
    assert len(book.table("calendar")) == 53 + 52 + 52
    assert book.balance.set_index("source").loc["weeks", "rows_accepted"].sum() == 157


def test_a_missing_week_stops_the_load_and_is_named(shop: Shop) -> None:
    with pytest.raises(PeriodError) as caught:
        _open(shop, weeks(without=["2023-04-02"]))
    assert str(caught.value) == (
        "calendar: week 2023-04-02 to 2023-04-08 is missing\n"
        "  -> Add it to the list, after week 2023-03-26 to 2023-04-01 of 2023-02."
    )


def test_an_overlapping_week_stops_the_load_and_is_named(shop: Shop) -> None:
    moved = weeks(without=["2023-04-02"], more=["2023-04-01,2023-04-07,2023,3"])
    with pytest.raises(PeriodError, match="2023-04-01 to 2023-04-07 of 2023-03 overlap"):
        _open(shop, moved)


def test_a_row_that_is_no_week_is_named_with_its_line(shop: Shop) -> None:
    with pytest.raises(ContractError) as caught:
        _open(shop, weeks(without=["2023-04-02"], more=["2 April,2023-04-08,2023,3"]))
    assert "a week is held back: unreadable value, first_day '2 April'" in str(caught.value)
    assert "calendar (weeks.csv, line " in str(caught.value)


def test_a_day_in_no_listed_week_is_held_back(shop: Shop) -> None:
    tills = f"{TILLS}    d,2021-05-03,scarf,80.00\n"
    shop.ledger(HEAD, {"weeks.csv": weeks(), "tills.csv": tills})
    book = shop.open(period="2023-12")
    assert book.revenue["amount"].sum() == 70.0
    ((rule, column, value),) = shop.open(period="2023-12").evidence.conformed.engine.rows(
        "SELECT _reason, _column, _value FROM rows_tills WHERE _status = 'quarantined'"
    )
    assert (rule, column, value[:10]) == ("unreadable value", "invoice_date", "2021-05-03")


def test_a_month_no_week_is_listed_for_says_so(shop: Shop) -> None:
    with pytest.raises(PeriodError, match="month 2025-01 is not in the list of weeks"):
        _open(shop, weeks(), period="2025-01")


def _declared(shop: Shop, company: str) -> Any:  # noqa: ANN401
    shop.declare(company=company)
    return read_declaration(shop.path).company.fiscal_calendar()


def test_the_retail_calendar_by_its_name(shop: Shop) -> None:
    assert _declared(shop, 'calendar = "nrf"') == retail_calendar()


@pytest.mark.parametrize(("said", "month"), [('"Q1"', 3), ("3", 3), ('"Q4"', 12), ("1", 1)])
def test_where_the_53rd_week_goes_is_declared(shop: Shop, said: str, month: int) -> None:
    company = 'calendar = "4-4-5"\nyear_end = "last Saturday of September"'
    found = _declared(shop, f"{company}\nextra_week = {said}")
    assert found.extra_week == month
    assert found.weeks_of_year(2023)[month - 1] - found.weeks_of_year(2022)[month - 1] == 1
    assert _declared(shop, company).extra_week == 12


def test_a_year_may_be_named_for_its_start(shop: Shop) -> None:
    pattern = 'calendar = "4-5-4"\nyear_end = "Saturday nearest to January 31"'
    early = _declared(shop, f'{pattern}\nyear_named_for = "start"').period("FY2023")
    assert early.last == dt.date(2024, 2, 3)
    assert _declared(shop, pattern).period("FY2024").last == early.last


@pytest.mark.parametrize(
    ("company", "said"),
    [
        ('extra_week = "Q1"', "extra_week says nothing of the calendar 'month'"),
        ('year_named_for = "start"', "year_named_for says nothing of the calendar 'month'"),
        ('calendar = "nrf"\nyear_end = "last Saturday of May"', "year_end says nothing of the"),
        ('calendar = "listed"', 'the calendar is "listed" and no source lists its weeks'),
        ('calendar = "4-4-5"\nyear_end = "last Saturday of May"\nextra_week = 13', "13 is no mon"),
    ],
)
def test_a_calendar_that_says_too_much_or_too_little(shop: Shop, company: str, said: str) -> None:
    with pytest.raises((BookError, PeriodError)) as caught:
        _declared(shop, company)
    assert said in caught.value.what


def test_weeks_that_no_calendar_counts_by(shop: Shop) -> None:
    shop.ledger(HEAD.replace('calendar = "listed"', ""), {"weeks.csv": weeks()})
    with pytest.raises(BookError) as caught:
        read_declaration(shop.path)
    assert caught.value.what == (
        "source 'weeks' lists the weeks of a calendar the company does not count by"
    )
    assert caught.value.advice == 'Say calendar = "listed" in [company], or leave the source out.'
