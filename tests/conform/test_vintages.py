from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.vintages import vintages
from pfkit.errors import ContractError

if TYPE_CHECKING:
    import pandas as pd

    Shop = Any

SEEN = 'known_on = { column = "seen" }'
JANUARY, FEBRUARY, MARCH = dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31)
# tea is stated three times, milk twice, and bread is not stated again
STATED = """
id,day,item,amount,seen
A1,2026-01-31,tea,10,2026-01-31
A2,2026-01-31,milk,20,2026-01-31
A3,2026-01-31,bread,5,2026-01-31
A1,2026-01-31,tea,12,2026-02-28
A1,2026-01-31,tea,13,2026-03-31
A2,2026-01-31,milk,21,2026-03-31
"""


def told(rows: pd.DataFrame) -> list[tuple[str, float, dt.date, dt.date | None]]:
    days = [day if isinstance(day, dt.date) else None for day in rows["replaced_on"]]
    return list(zip(rows["product"], rows["amount"], rows["known_on"], days, strict=True))


def test_each_statement_says_when_the_next_took_its_place(shop: Shop) -> None:
    shop.declare(f'replaces = ["invoice_id"]\n{SEEN}')
    book = shop.open(STATED, period="2026-01")
    assert told(book.vintages("invoices")) == [
        ("tea", 10.0, JANUARY, FEBRUARY),
        ("milk", 20.0, JANUARY, MARCH),
        ("bread", 5.0, JANUARY, None),
        ("tea", 12.0, FEBRUARY, MARCH),
        ("tea", 13.0, MARCH, None),
        ("milk", 21.0, MARCH, None),
    ]


@pytest.mark.parametrize("day", [JANUARY, dt.date(2026, 2, 27), FEBRUARY, MARCH])
@pytest.mark.parametrize("keys", ['["invoice_id"]', '["invoice_date"]'])
def test_cut_at_a_day_they_are_the_table_as_known_on_it(
    shop: Shop, day: dt.date, keys: str
) -> None:
    # by day of the invoice a later statement replaces all rows at once: bread and milk are gone
    shop.declare(f"replaces = {keys}\n{SEEN}")
    rows = shop.open(STATED, period="2026-01").vintages("invoices")
    gone = rows["replaced_on"].map(lambda until: isinstance(until, dt.date) and until <= day)
    cut = rows[(rows["known_on"] <= day) & ~gone].drop(columns="replaced_on")
    then = shop.open(STATED, period="2026-01", as_of=day.isoformat()).invoices
    assert cut.reset_index(drop=True).equals(then.reset_index(drop=True))


def test_what_is_known_after_the_day_of_the_book_is_not_in_them(shop: Shop) -> None:
    shop.declare(f'replaces = ["invoice_id"]\n{SEEN}')
    book = shop.open(STATED, period="2026-01", as_of="2026-02-28")
    assert told(book.vintages("invoices"))[0] == ("tea", 10.0, JANUARY, FEBRUARY)
    assert told(book.vintages("invoices"))[3] == ("tea", 12.0, FEBRUARY, None)
    assert len(book.vintages("invoices")) == 4


def test_rows_held_back_or_left_out_are_in_no_vintage(shop: Shop) -> None:
    shop.declare(
        f'replaces = ["invoice_id"]\n{SEEN}',
        rules="[[sources.rules]]\nexclude = 'samples'\nwhen = \"item = 'milk'\"\nbecause = 'gift'",
    )
    rows = shop.open(STATED.replace(",5,", ",five,"), period="2026-01").vintages("invoices")
    assert rows["product"].unique().tolist() == ["tea"]


def test_a_table_that_replaces_nothing_is_the_table(shop: Shop) -> None:
    shop.declare(SEEN)
    book = shop.open(STATED, period="2026-01")
    rows = book.vintages("invoices")
    assert rows["replaced_on"].isna().all()
    assert rows.drop(columns="replaced_on").equals(book.invoices)


def test_a_table_without_a_source_is_empty_and_an_unknown_one_is_refused(shop: Shop) -> None:
    shop.declare(SEEN)
    book = shop.open(STATED, period="2026-01")
    assert vintages(book.conformed, "budget").empty
    assert "replaced_on" in vintages(book.conformed, "budget").columns
    with pytest.raises(ContractError, match="budgets"):
        book.vintages("budgets")
