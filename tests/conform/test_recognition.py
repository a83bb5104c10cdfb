"""Recognition over the service, against a count of days in Python's own integers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pfkit as pf

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.book import Book

    Shop = Any

HEAD = "id,day,item,amount,from,to,undoes\n"
COLUMNS = 'service_start = "from"\nservice_end = "to"\nrefers_to = "undoes"'
#: A year from 1 January: 365 euros, one a day.
YEAR = "A1,2026-01-01,tea,365.00,2026-01-01,2026-12-31,\n"
CENT = Decimal("0.01")


def opened(shop: Shop, lines: str, *, head: str = "", period: str = "2026-03", **more: str) -> Book:
    """Open a book of these lines and one of nothing in March: a month without rows is refused."""
    shop.declare(columns=COLUMNS, head=head, **more)
    book: Book = shop.open(f"{HEAD}{lines}Z1,2026-03-01,nil,0.00,,,\n", period=period)
    return book


def recognized(book: Book) -> dict[str, float]:
    sums = book.recognition.groupby("period")["recognized"].sum().round(2)
    return {str(k): float(v) for k, v in sums.items() if v}


def test_a_year_is_recognized_by_day(shop: Shop) -> None:
    book = opened(shop, YEAR)
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert recognized(book) == {f"2026-{m:02d}": d for m, d in enumerate(days, start=1)}
    found = pf.deferred_revenue(book.recognition, book.remaining, period=book.period)
    total = found.set_index("row_key").loc["total"]
    told = {name: total[name] for name in ("opening", "billed", "recognized", "closing")}
    assert told == {"opening": 306, "billed": 0, "recognized": 31, "closing": 275}
    ahead = [total[name] for name in ("within_3_months", "within_12_months", "later")]
    assert ahead == [91, 184, 0]  # April to June; July to December
    assert total["method"] == "evenly by day over the service"


def test_equal_parts_over_the_months_a_service_touches(shop: Shop) -> None:
    line = "A1,2026-01-15,tea,300.00,2026-01-15,2026-03-02,\n"
    book = opened(shop, line, head='[policies]\nrecognition = "month"')
    assert recognized(book) == {"2026-01": 100, "2026-02": 100, "2026-03": 100}


def test_weeks_of_a_retail_calendar_are_counted(shop: Shop) -> None:
    """4-4-5 to the last Saturday of September: the first month of FY2026 ends on 25 October."""
    company = 'calendar = "4-4-5"\nyear_end = "last Saturday of September"'
    line = "A1,2025-10-20,tea,100.00,2025-10-20,2025-10-29,\n"
    book = opened(shop, line, company=company, period="2026-01")
    assert book.calendar.last_day("2026-01") == dt.date(2025, 10, 25)
    assert recognized(book) == {"2026-01": 60, "2026-02": 40}


def test_a_line_without_a_service_is_recognized_when_it_is_billed(shop: Shop) -> None:
    book = opened(shop, "A1,2026-03-31,tea,50.00,,,\n")
    assert recognized(book) == {"2026-03": 50}
    assert book.revenue["amount"].sum() == 50


def test_a_credit_note_takes_back_its_invoice_and_no_closed_month(shop: Shop) -> None:
    """Half of the year taken back on 10 March: January to March at once, then by day."""
    book = opened(shop, YEAR + "C1,2026-03-10,tea,-182.50,,,A1\n")
    found = recognized(book)
    assert found["2026-01"] == 31
    assert found["2026-02"] == 28
    assert found["2026-03"] == 31 - 45  # half of 90 days
    assert found["2026-04"] == 15
    total = pf.deferred_revenue(book.recognition, book.remaining, period=book.period)
    row = total.set_index("row_key").loc["total"]
    assert row["closing"] == 137.50  # half of the 275 days that are left
    assert row["contract_assets"] == 0


def test_a_full_credit_leaves_nothing_deferred(shop: Shop) -> None:
    book = opened(shop, YEAR + "C1,2026-02-10,tea,-365.00,,,A1\n")
    assert recognized(book) == {"2026-01": 31, "2026-02": -31}
    assert book.remaining["amount"].sum() == 0


def test_a_credit_of_an_unknown_invoice_counts_in_its_own_month(shop: Shop) -> None:
    book = opened(shop, "C1,2026-03-10,tea,-20.00,,,ZZ\n")
    assert recognized(book) == {"2026-03": -20}


def test_service_before_billing_is_a_contract_asset_apart(shop: Shop) -> None:
    """90 euros of January to March, billed on 5 April, beside the year that is prepaid."""
    line = "B1,2026-04-05,cake,90.00,2026-01-01,2026-03-31,\n"
    book = opened(shop, YEAR + line, period="2026-04")
    march = pf.deferred_revenue(book.recognition, period=book.calendar.period("2026-03"))
    row = march.set_index("row_key").loc["total"]
    assert (row["closing"], row["contract_assets"]) == (275, 90)
    assert row["unbilled"] == 31
    april = pf.deferred_revenue(book.recognition, book.remaining, period=book.period)
    row = april.set_index("row_key").loc["cake"]
    assert (row["billed"], row["unbilled"], row["closing"]) == (90, -90, 0)


def test_a_service_that_ends_before_it_starts_is_held_back(shop: Shop) -> None:
    book = opened(shop, YEAR + "B1,2026-03-05,tea,9.00,2026-03-31,2026-03-01,\n")
    (row,) = book.quarantine.to_dict("records")
    assert (row["line"], row["rule"]) == ("3", "service ends before it starts")
    assert "2026-03" in recognized(book)


def test_a_service_of_centuries_is_refused(shop: Shop) -> None:
    book = opened(shop, "A1,2026-03-05,tea,9.00,2026-03-01,2095-03-01,\n")
    with pytest.raises(
        pf.ContractError, match=r"services run from 2026-03-01 to 2095-03-01\n.*60 years"
    ):
        _ = book.recognition


LINE = st.tuples(
    st.integers(0, 200),  # day it is billed
    st.sampled_from(["tea", "cake"]),
    st.integers(-(10**7), 10**7),  # cents
    st.one_of(st.none(), st.tuples(st.integers(-60, 250), st.integers(0, 500))),
    st.one_of(st.none(), st.none(), st.integers(0, 12)),
)
START = dt.date(2026, 1, 1)


def _line(place: int, drawn: tuple[Any, ...]) -> str:
    day, item, cents, service, undoes = drawn
    billed = START + dt.timedelta(days=day)
    first, last = "", ""
    if service is not None:
        begin = START + dt.timedelta(days=service[0])
        first, last = str(begin), str(begin + dt.timedelta(days=service[1]))
    named = "" if undoes is None else f"A{undoes}"
    return f"A{place},{billed},{item},{Decimal(cents) * CENT},{first},{last},{named}\n"


def _by_day(drawn: tuple[Any, ...]) -> dict[str, Decimal]:
    """Recognize a line by itself, cumulatively and in whole cents."""
    day, _, cents, service, _ = drawn
    begin, length = service if service is not None else (day, 0)
    total: dict[str, Decimal] = {}
    found: dict[str, Decimal] = defaultdict(Decimal)
    for step in range(length + 1):
        month = f"{START + dt.timedelta(days=begin + step):%Y-%m}"
        exact = Decimal(cents) * (step + 1) / (length + 1)
        total[month] = exact.quantize(Decimal(1), rounding=ROUND_HALF_UP) * CENT
    before = Decimal(0)
    for month, upto in total.items():
        found[month] += upto - before
        before = upto
    return found


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(LINE, min_size=1, max_size=14), st.sampled_from(["product", "period"]))
def test_any_invoices_roll_forward_to_the_cent(
    shop: Shop, drawn: list[tuple[Any, ...]], by: str
) -> None:
    drawn = [(*drawn[0][:4], None), *drawn[1:]]
    lines = "".join(_line(place, line) for place, line in enumerate(drawn))
    month = f"{START + dt.timedelta(days=drawn[0][0]):%Y-%m}"
    book = opened(shop, lines, period=month)
    rows = book.recognition
    for period in (book.period, book.calendar.period("2026Q2")):
        found = pf.deferred_revenue(rows, period=period, by=by)
        added, less = ["opening", "billed", "unbilled", "fx"], ["recognized", "closing"]
        gap = found[added].sum(axis=1) - found[less].sum(axis=1)
        assert gap.abs().max() < 0.005
    ahead = pf.deferred_revenue(rows, book.remaining, period=book.period)
    bands = ahead[["within_3_months", "within_12_months", "later"]].sum(axis=1)
    assert (bands - ahead["closing"]).abs().max() < 0.005
    total = ahead.set_index("row_key").loc["total", "closing"]
    assert book.remaining["amount"].sum() == pytest.approx(total, abs=0.005)
    billed = sum(Decimal(line[2]) for line in drawn) * CENT
    assert float(rows["recognized"].sum()) == pytest.approx(float(billed), abs=0.005)
    if all(line[4] is None for line in drawn):
        wanted: dict[str, Decimal] = defaultdict(Decimal)
        for line in drawn:
            for key, amount in _by_day(line).items():
                wanted[key] += amount
        got = rows.groupby("period")["recognized"].sum().round(2)
        for key, amount in wanted.items():
            tolerance = 0.01 * len(drawn) + 1e-9  # a half cent may be rounded either way
            assert float(got.get(key, 0.0)) == pytest.approx(float(amount), abs=tolerance)


def test_a_method_that_is_none_is_refused(shop: Shop) -> None:
    with pytest.raises(pf.BookError, match="recognition"):
        opened(shop, YEAR, head='[policies]\nrecognition = "week"')


def test_the_demo_defers_the_service_that_is_billed_ahead(tmp_path: Path) -> None:
    company = pf.demo.make(tmp_path / "meridian", months=3, products=3)
    book = pf.open_book(company.folder, period=company.period)
    found = pf.deferred_revenue(book.recognition, book.remaining, period=book.period)
    total = found.set_index("row_key").loc["total"]
    planted = [row for row in company.planted["breaches"] if row["rule"] == "cut-off"]
    assert float(total["closing"]) == sum(float(row["amount"]) for row in planted)


def test_without_any_service_every_line_is_earned_when_billed(shop: Shop) -> None:
    """A credit note that names its invoice counts in its own month, as the invoice did."""
    lines = "A1,2026-01-31,tea,50.00,,,\nC1,2026-03-02,tea,-20.00,,,A1\n"
    book = opened(shop, lines)
    assert recognized(book) == {"2026-01": 50, "2026-03": -20}
    assert book.remaining.empty
    assert book.revenue["amount"].tolist() == [50, 0, -20]
