from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import check_book, open_book
from pfkit.conform.freshness.stale import freshness

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

BOOK = """
[[sources]]
name = "billing"
table = "invoices"
path = "billing/*.csv"
known_on = { column = "known", at = "day" }
columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "amount" }
[[sources]]
name = "clicks"
table = "usage"
path = "clicks/*.csv"
known_on = { file_name = '(\\d{4}-\\d{2})', at = "month_end" }
columns = { ts = "ts", customer = "who", product = "item", feature = "f", \
metric = { constant = "m" }, units = "n" }
"""
#: Billing of May came on 3 June, that of June on 20 July; clicks ended in May.
MAY = "id,day,known,item,amount\nA1,2026-05-05,2026-06-03,tea,10.00\n"
JUNE = "id,day,known,item,amount\nB1,2026-06-05,2026-07-20,tea,7.00\n"
CLICKS = "ts,who,item,f,n\n2026-05-31T23:00:00Z,c1,tea,search,4\n2026-05-02T08:00:00Z,c1,tea,s,1\n"


@pytest.fixture
def shop_of_june(shop: Shop) -> Shop:
    shop.ledger(
        BOOK,
        {"billing/2026-05.csv": MAY, "billing/2026-06.csv": JUNE, "clicks/2026-05.csv": CLICKS},
    )
    return shop


@pytest.fixture
def book(shop_of_june: Shop) -> Book:
    return open_book(shop_of_june.path, period="2026-06")


def _of(book: Book, source: str) -> dict[str, Any]:
    return book.freshness.set_index("source").loc[source].to_dict()


def test_a_source_is_stale_when_the_cutoff_of_what_it_lacks_is_over(book: Book) -> None:
    # June ends on the 30th, 15 days later is 15 July; the book is known on 20 July: 5 days
    clicks = _of(book, "clicks")
    assert (clicks["state"], clicks["covers"], clicks["missing"]) == ("stale", "2026-05", "2026-06")
    assert (clicks["due_on"], clicks["late_days"]) == (dt.date(2026, 7, 15), 5)
    assert clicks["affects"] == "M0, M1, M3, M5, M6, Q1, Q4"
    assert (clicks["day"], clicks["known_on"]) == (dt.date(2026, 5, 31), dt.date(2026, 5, 31))
    assert str(clicks["at"]) == "2026-05-31 23:00:00"
    assert _of(book, "billing")["state"] == "fresh"


def test_the_control_names_it_and_what_goes_without(book: Book) -> None:
    found = book.controls[book.controls["control"] == "Freshness"].set_index("source")
    assert found.loc["clicks", "state"] == "amber"
    assert found.loc["clicks", "detail"] == (
        "has 2026-05; 2026-06 was due by 2026-07-15, 5 days ago"
    )
    assert found.loc["clicks", "advice"].startswith("Have 2026-06 exported; until then M0, M1")
    assert found.loc["", "detail"] == "1 source has all that was due for 2026-06"


@pytest.mark.parametrize(
    ("declared", "state", "late"),
    [
        ("fresh_within_days = 19", "stale", 1),  # 19 July; known on the 20th
        ("fresh_within_days = 20", "due", 0),
        ('every = "quarter"', "due", 0),  # the quarter ends with June: due on 30 July
        ('every = "never"', "not judged", 0),
        ('every = "week"', "stale", 36),  # the week to 7 June was due on 14 June
    ],
)
def test_the_book_may_say_otherwise(
    shop_of_june: Shop, declared: str, state: str, late: int
) -> None:
    toml = (shop_of_june.path / "book.toml").read_text(encoding="utf-8")
    shop_of_june.write("book.toml", toml.replace('table = "usage"', f'table = "usage"\n{declared}'))
    clicks = _of(open_book(shop_of_june.path, period="2026-06"), "clicks")
    assert clicks["state"] == state
    if late:
        assert clicks["late_days"] == late


def test_a_report_of_may_asks_for_nothing_of_june(shop_of_june: Shop) -> None:
    assert _of(open_book(shop_of_june.path, period="2026-05"), "clicks")["state"] == "fresh"


def test_a_replay_judges_by_what_was_known_then(shop_of_june: Shop) -> None:
    then = open_book(shop_of_june.path, period="2026-05", as_of="2026-06-03")
    assert _of(then, "billing")["known_on"] == dt.date(2026, 6, 3)
    assert set(then.freshness["state"]) == {"fresh"}


def test_a_check_without_a_period_asks_for_all_that_is_due_by_now(shop_of_june: Shop) -> None:
    (shop_of_june.path / "billing/2026-06.csv").unlink()
    late = check_book(shop_of_june.path, as_of="2026-09-01")
    found = {one["source"]: one for one in late["freshness"]}
    # May is there; June was due on 15 July and July on 15 August
    assert (found["billing"]["state"], found["billing"]["units"]) == ("stale", 2)
    assert found["billing"]["late_days"] == 48  # 15 July to 1 September
    told = [one for one in late["findings"] if one["rule"] == "Freshness"]
    assert [one["line"] for one in told] == ["billing", "clicks"]
    assert "and 1 more since" in told[0]["message"]


def test_each_file_has_its_own_watermark(shop_of_june: Shop) -> None:
    found = check_book(shop_of_june.path, period="2026-06")
    (billing,) = [one for one in found["freshness"] if one["source"] == "billing"]
    assert billing["files"] == [
        {"file": "billing/2026-05.csv", "rows": 1, "day": "2026-05-05", "known_on": "2026-06-03",
         "at": None},
        {"file": "billing/2026-06.csv", "rows": 1, "day": "2026-06-05", "known_on": "2026-07-20",
         "at": None},
    ]  # fmt: skip


def test_a_stray_row_does_not_stand_for_a_month(shop_of_june: Shop) -> None:
    many = "".join(f"2026-05-{day:02}T08:00:00Z,c{n},tea,f{n},1\n" for day in range(1, 31)
                   for n in range(2))  # fmt: skip
    shop_of_june.write("clicks/2026-05.csv", "ts,who,item,f,n\n" + many)
    shop_of_june.write("clicks/2026-06.csv", "ts,who,item,f,n\n2026-06-01T00:10:00Z,c1,tea,s,1\n")
    clicks = _of(open_book(shop_of_june.path, period="2026-06"), "clicks")
    assert (clicks["state"], clicks["covers"]) == ("stale", "2026-05")  # 1 row, usually 60


def test_a_day_to_come_moves_no_watermark(shop_of_june: Shop) -> None:
    shop_of_june.write("billing/2026-06.csv", JUNE + "B2,2027-06-05,2026-07-20,tea,7.00\n")
    billing = _of(open_book(shop_of_june.path, period="2026-06"), "billing")
    assert (billing["day"], billing["covers"]) == (dt.date(2026, 6, 5), "2026-06")


def test_rows_that_say_when_they_changed_are_not_judged_unless_declared(shop: Shop) -> None:
    plan = """
    [[sources]]
    name = "ventures"
    table = "milestones"
    path = "ventures.csv"
    known_on = {{ column = "known", at = "day" }}
    {more}
    columns = {{ initiative = "i", milestone = "m", planned_on = "p" }}
    """
    rows = {"ventures.csv": "i,m,p,known\nI1,start,2026-01-05,2026-01-02\n"}
    rows |= {"billing/2026-05.csv": MAY, "clicks/2026-05.csv": CLICKS}
    shop.ledger(BOOK + plan.format(more=""), rows)
    quiet = _of(open_book(shop.path), "ventures")
    assert quiet["state"] == "not judged"
    assert "declare `every`" in quiet["detail"]
    shop.ledger(BOOK + plan.format(more='every = "quarter"'), rows)
    # known on 2 January: 2025Q4 is the last quarter over by then; 2026Q1 was due on 30 April
    asked = _of(open_book(shop.path), "ventures")
    assert (asked["state"], asked["missing"], asked["due_on"]) == (
        "stale",
        "2026Q1",
        dt.date(2026, 4, 30),
    )


PLAN = """
[[sources]]
name = "plan"
table = "budget"
path = "plan/*.csv"
known_on = { file_name = '(\\d{4}-\\d{2}-\\d{2})', at = "stated" }
columns = { period = "month", product = "item", account = "line", amount_local = "amount", \
version = { sql = "'Budget ' || substr(month, 1, 4)" } }
"""


@pytest.mark.parametrize(
    ("as_of", "state", "missing", "due"),
    [
        ("2026-07-20", "fresh", "", None),  # FY2026 was planned in December 2025, as plans are
        ("2027-02-10", "due", "FY2027", dt.date(2027, 4, 1)),  # 90 days after 1 January
        ("2027-04-11", "stale", "FY2027", dt.date(2027, 4, 1)),
    ],
)
def test_a_plan_is_judged_by_the_year_it_plans(
    shop: Shop, as_of: str, state: str, missing: str, due: dt.date | None
) -> None:
    head = "month,item,line,amount\n"
    shop.ledger(
        BOOK + PLAN,
        {
            "billing/2026-05.csv": MAY,
            "clicks/2026-05.csv": CLICKS,
            "plan/2024-12-10.csv": head + "2025-03,tea,rent,5.00\n",
            "plan/2025-12-12.csv": head + "2026-01,tea,rent,5.00\n2026-11,tea,rent,5.00\n",
        },
    )
    judgments = freshness(open_book(shop.path, as_of=as_of).conformed)
    (plan,) = [one for one in judgments if one.mark.source == "plan"]
    assert (plan.state, plan.covers, plan.missing) == (state, "FY2026", missing)
    assert plan.due_on == due
