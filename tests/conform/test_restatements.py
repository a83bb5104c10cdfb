from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from pfkit.conform.pipeline import settled_at
from pfkit.conform.views import statement
from pfkit.measures import changed, restated
from pfkit.present import tables
from pfkit.publish.product import only

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

BOOK = """
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
columns = { account = "account", name = "name", line = "line", group = "group", \
favorable_when = "favorable_when" }
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = { column = "known" }
columns = { date = "date", currency = "currency", rate = "rate", kind = { constant = "average" } }
[[sources]]
name = "gl"
table = "actuals"
path = "gl/*.csv"
known_on = { column = "known" }
replaces = ["entry_id"]
columns = { entry_id = "id", posting_date = "day", account = "account", product = "product", \
currency = "currency", amount_local = "amount" }
"""
ACCOUNTS = """
    account,name,line,group,favorable_when
    4000,Sales,Sales,gross,higher
    6000,Rent,Rent,operating,lower
"""
#: May as June's report saw it on 1 June, and what was learned by 1 July.
MAY = """
    id,known,day,account,product,currency,amount
    1,2026-05-31,2026-05-04,4000,Atlas,EUR,1000.00
    2,2026-05-31,2026-05-05,4000,Borea,USD,100.00
    3,2026-05-31,2026-05-06,6000,,EUR,300.00
"""
JUNE = """
    id,known,day,account,product,currency,amount
    3,2026-06-20,2026-05-06,6000,,EUR,330.00
    4,2026-06-12,2026-05-29,4000,Atlas,EUR,70.00
    5,2026-06-30,2026-06-10,4000,Atlas,EUR,500.00
"""
RATES = """
    date,currency,rate,known
    2026-05-31,USD,0.90,2026-05-31
    2026-05-31,USD,0.95,2026-06-15
"""


@pytest.fixture
def book(shop: Shop) -> Book:
    shop.ledger(
        BOOK,
        {"accounts.csv": ACCOUNTS, "rates.csv": RATES, "gl/05.csv": MAY, "gl/06.csv": JUNE},
    )
    return shop.open(period="2026-06", as_of="2026-06-30")


def test_each_change_of_the_past_has_its_cause(book: Book) -> None:
    found = book.restatements.drop(columns=["group", "source"])
    found["known_on"] = found["known_on"].astype(str)
    assert found.to_numpy().tolist() == [
        # 300 becomes 330: a cost, so profit falls by 30
        ["2026-05", "Rent", "(none)", "stated anew", "gl/06.csv", "2026-06-20", 1, -30.0],
        ["2026-05", "Sales", "Atlas", "late rows", "gl/06.csv", "2026-06-12", 1, 70.0],
        # 100 USD at 0.95 instead of 0.90
        ["2026-05", "Sales", "Borea", "another exchange rate", "gl/05.csv", "2026-05-31", 1, 5.0],
    ]


def test_causes_add_up_to_the_difference_of_the_two_statements(book: Book) -> None:
    found = restated(
        book.statement,
        book.statement_then,
        book.restatements,
        period=book.period,
        amount=50.0,
    )
    lines = found[found["role"] == "item"].set_index("line")
    assert lines.loc["Sales", ["reported", "restated", "difference"]].tolist() == [1090, 1165, 75]
    assert lines.loc["Rent", ["reported", "restated", "difference"]].tolist() == [-300, -330, -30]
    causes = found[found["role"] == "memo"]
    assert causes.groupby("line")["difference"].sum().to_dict() == {"Rent": -30, "Sales": 75}
    assert causes["product"].tolist() == ["Atlas", "", ""]
    assert found.iloc[-1][["role", "difference"]].tolist() == ["total", 45]


def test_the_past_is_what_a_report_of_that_day_would_have_read(shop: Shop, book: Book) -> None:
    then = settled_at(book.conformed, book.as_of.replace(month=5, day=31))
    opened = shop.open(period="2026-05", as_of="2026-05-31")
    pd.testing.assert_frame_equal(statement(then), opened.statement)
    assert book.statement["amount"].sum() == 1165 - 330 + 500  # the book itself is as it was


def test_a_report_that_states_the_rest_again_restates_only_what_moved(shop: Shop) -> None:
    # A later report replaces the month as a whole: one amount moves, one line is gone, one is new.
    whole = BOOK.replace('replaces = ["entry_id"]', 'replaces = ["period"]')
    again = """
        id,known,day,account,product,currency,amount
        1,2026-06-30,2026-05-04,4000,Atlas,EUR,1000.00
        3,2026-06-30,2026-05-06,6000,,EUR,310.00
        6,2026-06-30,2026-05-07,4000,Cetus,EUR,40.00
        7,2026-06-30,2026-06-07,4000,Cetus,EUR,41.00
    """
    shop.ledger(
        whole, {"accounts.csv": ACCOUNTS, "rates.csv": RATES, "gl/05.csv": MAY, "gl/06.csv": again}
    )
    found = shop.open(period="2026-06", as_of="2026-06-30").restatements
    assert found[["line", "product", "cause", "file", "amount"]].to_numpy().tolist() == [
        ["Rent", "(none)", "stated anew", "gl/06.csv", -10.0],
        ["Sales", "Borea", "no longer stated", "gl/05.csv", -90.0],
        ["Sales", "Cetus", "stated anew", "gl/06.csv", 40.0],
    ]


def test_without_the_rate_of_then_nothing_is_called_restated(shop: Shop) -> None:
    late = RATES.replace("0.90,2026-05-31", "0.90,2026-06-02")
    shop.ledger(
        BOOK, {"accounts.csv": ACCOUNTS, "rates.csv": late, "gl/05.csv": MAY, "gl/06.csv": JUNE}
    )
    opened = shop.open(period="2026-06", as_of="2026-06-30")
    assert opened.statement_then.empty
    assert opened.restatements.empty
    why = (
        "Earlier months are not compared with the last report: as known on 2026-05-31, no rate "
        "for USD in 2026-05 (1 rows, 100.00 USD)."
    )
    found = restated(
        opened.statement, opened.statement_then, opened.restatements, period=opened.period
    )
    assert tables.restated(found).message == why
    facts = changed(opened.statement, period=opened.period, then=opened.statement_then)
    assert tables.changed(facts).notes == (why,)
    assert tables.changed(facts.head(0)).message.endswith(why)
    atlas = only(opened, product="Atlas")
    assert atlas.statement_then.attrs["reason"] == why
