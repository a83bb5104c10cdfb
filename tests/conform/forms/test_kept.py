from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import check_book

if TYPE_CHECKING:
    Shop = Any

#: One file that is replaced every month: nothing is left of the month before but the ledger.
BOOK = """
[[sources]]
name = "billing"
table = "invoices"
path = "billing.csv"
date_format = ["%Y-%m-%d", "%d/%m/%Y"]
known_on = { column = "day", at = "day" }
columns = { invoice_id = "id", invoice_date = "day", customer = "who", product = "item", \
amount_local = "amount" }
"""
HEAD = "id,day,who,item,amount"


def _month(month: int, row: str, head: str = HEAD) -> str:
    lines = [row.format(d=f"{day:02}", m=f"{month:02}", n=1000 + 37 * day) for day in range(1, 21)]
    return "\n".join([head, *lines]) + "\n"


@pytest.fixture
def book(shop: Shop) -> Shop:
    shop.ledger(BOOK, {"billing.csv": _month(5, "A{m}{d},2026-{m}-{d},{n},tea,{d}.25")})
    assert check_book(shop.path, keep=True)["kept"] == 1
    return shop


def _told(book: Shop) -> list[tuple[str, str]]:
    found = check_book(book.path)["findings"]
    return [(one["column"], one["message"]) for one in found if one["rule"] == "Column forms"]


def test_a_file_that_is_replaced_alike_raises_nothing(book: Shop) -> None:
    book.write("billing.csv", _month(6, "A{m}{d},2026-{m}-{d},{n},tea,{d}.25"))
    assert _told(book) == []


def test_a_form_that_changed_since_the_last_load_is_named(book: Shop) -> None:
    book.write("billing.csv", _month(6, "A{m}{d},2026-{m}-{d},{n}.0,tea,{d}.25"))
    said = (
        "column who: whole numbers ('1037') up to billing.csv as kept, "
        "whole numbers with .0 ('1037.0') in billing.csv from line 2"
    )
    assert _told(book) == [("who", said)]


def test_cents_since_the_last_load_are_named(book: Shop) -> None:
    book.write("billing.csv", _month(6, "A{m}{d},2026-{m}-{d},{n},tea,{d}25"))
    ((column, said),) = _told(book)
    assert column == "amount"
    assert "about 100 times as large" in said


def test_a_column_that_is_new_since_the_last_load_is_named(book: Shop) -> None:
    row = "A{m}{d},2026-{m}-{d},{n},tea,{d}.25,north"
    book.write("billing.csv", _month(6, row, f"{HEAD},region"))
    assert _told(book) == [
        ("region", "column region: not there up to billing.csv as kept, new in billing.csv")
    ]


def test_no_text_of_a_cell_is_kept(book: Shop) -> None:
    kept = (book.path / "state/loads.jsonl").read_text(encoding="utf-8")
    assert "tea" not in kept
    assert '"who"' in kept
