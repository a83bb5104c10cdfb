from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

HEAD = """
    [[sources]]
    name = "tills"
    table = "invoices"
    path = "tills.csv"
    known_on = { date = 2026-03-31 }
    week = { column = "Week", WEEK }
    key = ["invoice_id"]
    [sources.columns]
    invoice_id = "Id"
    product = "Product"
    quantity = "Kg"
    price = "Price"
    currency = { constant = "EUR" }
    amount_local = "Sales"
"""
#: The week of Monday 26 January to Sunday 1 February has six days in January and one in February.
TILLS = """
    Id,Week,Product,Kg,Price,Sales
    a,2026-01-25,apples,1.234567,2.00,2.47
    b,2026-02-01,apples,7.000001,1.00,10.00
    c,2026-02-08,apples,3.5,2.00,7.00
"""


def _open(shop: Shop, week: str, tills: str = TILLS, company: str = "") -> Book:
    shop.ledger(company + HEAD.replace("WEEK", week), {"tills.csv": tills})
    return shop.open(period="2026-01")


def _by_month(book: Book, column: str = "amount") -> dict[str, float]:
    rows = book.invoices
    months = rows["invoice_date"].map(lambda day: f"{day:%Y-%m}")
    return {m: round(float(v), 6) for m, v in rows[column].groupby(months).sum().items()}


def _control(book: Book) -> str:
    rows = book.controls[book.controls["control"] == "Weeks to months"]
    (row,) = rows[rows["row_key"] == "weeks-to-months|tills"].to_dict("records")
    return str(row["detail"])


def test_days_of_a_week_go_to_their_months(shop: Shop) -> None:
    book = _open(shop, 'day = "ends", to_month = "by_day"')
    # 10.00 x 6/7 = 8.571… : 8.57 and the rest; 7.000001 x 6/7 = 6.000001 to six decimals
    assert _by_month(book) == {"2026-01": 11.04, "2026-02": 8.43}
    assert _by_month(book, "quantity") == {"2026-01": 7.234568, "2026-02": 4.5}
    assert sorted(book.invoices["amount"]) == [1.43, 2.47, 7.0, 8.57]


def test_parts_of_a_week_are_the_whole_and_no_repeat(shop: Shop) -> None:
    book = _open(shop, 'day = "ends", to_month = "by_day"')
    assert book.balance["rows_in"].sum() == 3
    assert book.balance["amount_in"].sum() == pytest.approx(19.47)
    assert book.balance["rows_quarantined"].sum() == 0
    assert _control(book).startswith("0 rows of weeks that begin in the month before")
    assert "1 row of weeks that end in the month after by theirs (amount 8.57)" in _control(book)


def test_a_week_can_count_in_the_month_of_its_last_day(shop: Shop) -> None:
    book = _open(shop, 'day = "ends", to_month = "by_end"')
    assert _by_month(book) == {"2026-01": 2.47, "2026-02": 17.0}
    february = shop.open(period="2026-02")
    assert _control(february) == (
        "1 row of weeks that begin in the month before count here as a whole (amount 10.00)"
    )


@pytest.mark.parametrize(
    ("day", "shown"), [("starts", ("2026-01-19", "2026-01-26", "2026-02-02")),
                       ("iso", ("2026-W04", "2026W05", "202606"))]
)  # fmt: skip
def test_weeks_are_named_by_their_first_day_or_their_number(
    shop: Shop, day: str, shown: tuple[str, ...]
) -> None:
    text = TILLS
    for old, new in zip(("2026-01-25", "2026-02-01", "2026-02-08"), shown, strict=True):
        text = text.replace(old, new)
    book = _open(shop, f'day = "{day}", to_month = "by_day"', text)
    assert _by_month(book) == {"2026-01": 11.04, "2026-02": 8.43}


def test_weeks_fit_a_calendar_of_weeks_exactly(shop: Shop) -> None:
    company = '    calendar = "4-4-5"\n    year_end = "last Sunday of January"\n'
    shop.ledger(
        company + HEAD.replace("WEEK", 'day = "ends", to_month = "by_day"'), {"tills.csv": TILLS}
    )
    # fiscal 2027 begins on Monday 26 January 2026
    book = shop.open(period="2027-01")
    assert book.period.first.isoformat() == "2026-01-26"
    assert _control(book) == "every week lies in one month"
    months = book.revenue.groupby("period")["amount"].sum()
    assert months.to_dict() == {"2026-12": 2.47, "2027-01": 17.0}


def test_a_week_that_cannot_be_read_is_held_back(shop: Shop) -> None:
    late = TILLS.replace("2026-02-08", "8 February")
    (held,) = _open(shop, 'day = "ends", to_month = "by_day"', late).quarantine.to_dict("records")
    assert (held["rule"], held["column"]) == ("unreadable value", "invoice_date")
    assert held["value"] == "8 February"


def test_there_is_no_week_54_and_not_every_year_has_a_53rd(shop: Shop) -> None:
    tills = "Id,Week,Product,Kg,Price,Sales\n"
    weeks = ["2026-W01", "2026-W53", "2025-W53", "2026-W54", "2026-W00"]
    tills += "".join(f"{n},{week},pears,1,1,1\n" for n, week in enumerate(weeks))
    book = _open(shop, 'day = "iso", to_month = "by_end"', tills)
    assert list(book.quarantine["value"]) == weeks[2:]
    # 2026-W01 ends on 4 January 2026 and 2026-W53 on 3 January 2027
    assert [str(day) for day in book.invoices["invoice_date"]] == ["2026-01-04", "2027-01-03"]


def test_weeks_that_end_on_different_days_are_remarked_on(shop: Shop) -> None:
    book = _open(
        shop, 'day = "ends", to_month = "by_day"', TILLS.replace("2026-01-25", "2026-01-24")
    )
    details = book.controls.loc[book.controls["control"] == "Weeks to months", "detail"]
    assert "the weeks end on 2 different weekdays" in list(details)


def test_a_day_is_filled_once(shop: Shop) -> None:
    week = 'day = "ends", to_month = "by_day" }\n    types = { Week = "date"'
    text = HEAD.replace('invoice_id = "Id"', 'invoice_id = "Id"\n    invoice_date = "Week"')
    shop.ledger(text.replace("WEEK", week), {"tills.csv": TILLS})
    with pytest.raises(BookError) as caught:
        shop.open()
    assert caught.value.what == "the week fills invoice_date, and so does [sources.columns]"


def test_a_budget_by_week_fills_its_period(shop: Shop) -> None:
    shop.ledger(
        """
        [[sources]]
        name = "plan"
        table = "budget"
        path = "plan.csv"
        known_on = { date = 2025-12-31 }
        week = { column = "Week", day = "ends", to_month = "by_day" }
        columns = { version = { constant = "adopted" }, account = "Account", currency = { constant = "EUR" }, amount_local = "Amount" }
        """,  # noqa: E501 (one line of TOML)
        {"plan.csv": "Week,Account,Amount\n2026-02-01,rent,70.00\n"},
    )
    budget = shop.open(period="2026-01").budget
    assert dict(zip(budget["period"], budget["amount"], strict=True)) == {
        "2026-01": 60.0,
        "2026-02": 10.0,
    }


def test_a_first_month_that_is_not_whole_is_said(shop: Shop) -> None:
    book = _open(shop, 'day = "ends", to_month = "by_day"')
    (row,) = book.controls[book.controls["row_key"] == "weeks-to-months|tills|2026-01"].to_dict(
        "records"
    )
    assert row["state"] == "amber"
    assert row["detail"].startswith("the first week begins on 2026-01-19: 2026-01 is not whole")
