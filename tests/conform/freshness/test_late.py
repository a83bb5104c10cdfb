from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import check_book, open_book
from pfkit.conform.freshness.late import late_rows

if TYPE_CHECKING:
    Shop = Any

BOOK = """
[policies]
lock_days = 7
[[sources]]
name = "gl"
table = "actuals"
path = "gl/*.csv"
known_on = { column = "known" }
replaces = ["entry_id"]
columns = { entry_id = "id", posting_date = "day", account = "account", product = "product", \
currency = { constant = "EUR" }, amount_local = "amount" }
"""
MAY = """
    id,known,day,account,product,amount
    1,2026-05-31,2026-05-04,4000,Atlas,1000.00
    2,2026-06-05,2026-05-05,4000,Borea,100.00
"""
#: After the lock of 7 June: a posting of May, a restatement of 1, and one that is held back.
JUNE = """
    id,known,day,account,product,amount
    3,2026-06-16,2026-05-29,4000,Atlas,70.00
    1,2026-06-20,2026-05-04,4000,Atlas,1001.50
    4,2026-06-21,2026-05-30,4000,Atlas,
    5,2026-06-30,2026-06-10,4000,Atlas,500.00
"""


@pytest.fixture
def ledger(shop: Shop) -> Shop:
    shop.ledger(BOOK, {"gl/05.csv": MAY, "gl/06.csv": JUNE})
    return shop


def test_rows_that_came_after_the_lock_are_counted_with_their_amount(ledger: Shop) -> None:
    (may,) = late_rows(open_book(ledger.path).conformed)
    assert (may.source, may.period, may.closed_on) == ("gl", "2026-05", dt.date(2026, 6, 7))
    # 70.00 and the restated 1 001.50; the one without an amount is held back
    assert (may.rows, may.held_back, may.amount) == (2, 1, Decimal("1071.50"))
    assert (may.first_known, may.last_known) == (dt.date(2026, 6, 16), dt.date(2026, 6, 21))
    assert may.whole is False


def test_without_a_lock_the_cutoff_of_the_source_closes_a_month(ledger: Shop) -> None:
    toml = (ledger.path / "book.toml").read_text(encoding="utf-8")
    ledger.write("book.toml", toml.replace("lock_days = 7", ""))
    (may,) = late_rows(open_book(ledger.path).conformed)  # 15 June
    assert (may.closed_on, may.rows) == (dt.date(2026, 6, 15), 2)


def test_an_export_that_came_late_as_a_whole_is_told_so(ledger: Shop) -> None:
    (ledger.path / "gl/05.csv").unlink()
    (may,) = late_rows(open_book(ledger.path).conformed)
    assert may.whole is True


def test_a_check_says_so_before_anything_is_run(ledger: Shop) -> None:
    found = check_book(ledger.path)
    assert found["since"] == {
        "day": "2026-05-31",  # the last day of the month before 30 June
        "because": "last report due",
        "reason": "",
    }
    assert [(one["period"], one["difference"]) for one in found["changes"]] == [
        ("2026-05", "171.50"),
        ("2026-06", "500.00"),
    ]
    assert found["late"][0]["amount"] == "1071.50"
    assert not (ledger.path / "state").exists()


def test_a_rate_that_was_not_known_then_is_the_reason_why_it_cannot_be_told(ledger: Shop) -> None:
    toml = (ledger.path / "book.toml").read_text(encoding="utf-8")
    toml = toml.replace('{ constant = "EUR" }', '{ constant = "USD" }')
    rates = """
    [[sources]]
    name = "rates"
    table = "rates"
    path = "rates.csv"
    known_on = { date = 2026-06-28 }
    columns = { date = "day", currency = "c", rate = "r", kind = { constant = "average" } }
    """
    ledger.write("book.toml", toml + rates.replace("\n    ", "\n"))
    ledger.write("rates.csv", "day,c,r\n2026-05-31,USD,0.9\n2026-06-30,USD,0.9\n")
    found = check_book(ledger.path, as_of="2026-06-30")
    assert found["changes"] == []
    assert found["since"]["reason"].startswith("as known on 2026-05-30, ") or found["since"][
        "reason"
    ].startswith("as known on 2026-05-31, ")
    assert "USD" in found["since"]["reason"]
