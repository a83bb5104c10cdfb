from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

HEAD = "id,day,item,amount\n"
LEDGER = """
[[sources]]
name = "accounts"
table = "accounts"
lines = [{ account = "4000", name = "Sales", line = "Sales", group = "gross", \
favorable_when = "higher" }, { account = "6000", name = "Pay", line = "Pay", \
group = "operating", favorable_when = "lower" }]

[[sources]]
name = "gl"
table = "actuals"
path = "gl.csv"
known_on = { column = "day" }
columns = { posting_date = "day", account = "acct", product = "item", amount_local = "amount" }
"""


def months(*days: int, upto: int = 6) -> list[str]:
    """Give invoices on some days of every month of 2026."""
    return [
        f"A{month}{day}{place},2026-{month:02d}-{day:02d},tea,1\n"
        for month in range(1, upto + 1)
        for place, day in enumerate(days)
    ]


def control(book: Book) -> list[str]:
    rows = book.controls[book.controls["control"] == "Complete month"]
    return [str(detail) for detail in rows["detail"]]


def test_billing_on_the_first_of_the_month_is_whole_on_the_first(shop: Shop) -> None:
    shop.declare()
    book = shop.open(HEAD + "".join(months(1, 1, 1)))
    assert control(book) == []
    assert book.about.partial == ""
    assert book.net_revenue["period"].iloc[-1] == "2026-06"


def test_billing_all_through_the_month_is_cut_short_on_the_tenth(shop: Shop) -> None:
    shop.declare()
    days = (3, 8, 10, 17, 22, 24, 27, 29)
    lines = [*months(*days, upto=5), *months(3, 8, 10)[15:]]
    book = shop.open(HEAD + "".join(lines))
    # three of the eight days of every month before lie up to the tenth
    (told,) = control(book)
    assert told == (
        "the last row of 2026-06 is of 2026-06-10, the month ends 2026-06-30, and by then 38 % of "
        "a month's rows have usually come: it looks partial and is shown as it is, not annualized"
    )
    assert book.about.partial == "2026-06-10"
    assert "2026-06 ends on 2026-06-10 and is left out" in book.net_revenue.attrs["reason"]
    (advice,) = book.controls.loc[book.controls["control"] == "Complete month", "advice"]
    assert "complete_within_days" in advice


def test_a_bill_run_from_the_end_of_the_month_is_counted_from_its_end(shop: Shop) -> None:
    shop.declare()
    # five days before the end of each month, one more than the policy allows
    ends = ["01-26", "02-23", "03-26", "04-25", "05-26", "06-25"]
    lines = [f"A{day},2026-{day},tea,1\n" for day in ends]
    assert control(shop.open(HEAD + "".join(lines))) == []


def test_far_fewer_rows_than_usual_are_not_whole(shop: Shop) -> None:
    shop.declare()
    lines = [*months(1, 1, 1, 1, 1, upto=5), "A9,2026-06-01,tea,1\n"]
    assert len(control(shop.open(HEAD + "".join(lines)))) == 1


def test_two_months_before_say_nothing(shop: Shop) -> None:
    shop.declare()
    book = shop.open(HEAD + "".join(months(1, upto=3)))
    (told,) = control(book)
    assert told == (
        "the last row of 2026-03 is of 2026-03-01, the month ends 2026-03-31: it looks partial and "
        "is shown as it is, not annualized"
    )


@pytest.mark.parametrize(("last", "partial"), [("2026-06-30", ""), ("2026-06-12", "2026-06-12")])
def test_revenue_of_the_ledger_is_judged_by_the_ledger(shop: Shop, last: str, partial: str) -> None:
    shop.declare(tail=LEDGER)
    booked = [
        f"2026-{month:02d}-{day:02d},{account},tea,5\n"
        for month in range(1, 6)
        for day, account in ((2, 4000), (14, 6000), (28, 6000))
    ]
    booked += ["2026-06-02,4000,tea,5\n", f"{last},6000,tea,5\n"]
    shop.write("gl.csv", "day,acct,item,amount\n" + "".join(booked))
    days = (3, 8, 10, 17, 22, 24, 27, 29)
    book = shop.open(HEAD + "".join([*months(*days, upto=5), *months(3, 8)[10:]]))
    assert len(control(book)) == 1  # billing is cut short on the eighth
    assert book.about.partial == partial
    came = book.net_revenue.dropna(subset=["amount"])["period"].iloc[-1]
    assert came == ("2026-05" if partial else "2026-06")
