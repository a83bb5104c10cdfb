from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError

if TYPE_CHECKING:
    import pandas as pd

    Shop = Any

WIDE = "id,item,2019 billed,2020 billed,2020 paid\nA1,tea,1.10,2.20,9\nA2,coffee,,-,9\n"


def _wide(shop: Shop, settings: str = "", csv: str = WIDE) -> pd.DataFrame:
    shop.declare(
        'unpivot = { pattern = "(?P<year>[0-9]+) billed", into = "column", value = "money" }\n'
        "known_on = { date = 2021-01-01 }\n" + settings,
        amount='amount_local = "money"\ndescription = "year"',
    )
    text = (shop.path / "book.toml").read_text(encoding="utf-8")
    dated = text.replace('invoice_date = "day"', "invoice_date = { sql = \"year || '-12-31'\" }")
    (shop.path / "book.toml").write_text(dated, encoding="utf-8")
    return shop.open(csv, period="2020-12")


def test_the_parts_of_a_columns_name_become_columns(shop: Shop) -> None:
    rows = _wide(shop, 'blanks = ["-"]').invoices
    assert rows[["description", "amount"]].to_numpy().tolist() == [["2019", 1.1], ["2020", 2.2]]
    assert list(rows["_line"]) == ["2 2019 billed", "2 2020 billed"]


def test_no_column_fits_the_pattern(shop: Shop) -> None:
    with pytest.raises(BookError) as caught:
        _wide(shop, csv="id,item,2019,2020\nA1,tea,1,2\n")
    assert caught.value.what == "no column fits the pattern '(?P<year>[0-9]+) billed'"
    assert "The columns are 'id', 'item', '2019', '2020'." in caught.value.advice


def test_a_part_with_the_name_of_a_column_is_refused(shop: Shop) -> None:
    with pytest.raises(BookError, match="names a part 'year', which is a column"):
        _wide(shop, csv="id,item,year,2019 billed\nA1,tea,1,2\n")


def test_a_mark_that_is_not_declared_blank_is_held_back(shop: Shop) -> None:
    (held,) = _wide(shop).quarantine.to_dict("records")
    assert held["value"] == "-"


@pytest.mark.parametrize(
    ("blank", "counts"),  # in, accepted, quarantined, excluded
    [
        ("", [2, 2, 0, 0]),  # a blank cell is no row
        ('blank = "zero"', [4, 4, 0, 0]),
        ('blank = "skip"', [4, 2, 0, 2]),
        ('blank = "missing"', [4, 2, 2, 0]),
    ],
)
def test_a_blank_cell_is_what_the_book_declares(shop: Shop, blank: str, counts: list[int]) -> None:
    balance = _wide(shop, f'blanks = ["-"]\n{blank}').balance
    names = ["rows_in", "rows_accepted", "rows_quarantined", "rows_excluded"]
    assert balance[names].sum().tolist() == counts


@pytest.mark.parametrize(
    ("blank", "accepted", "quarantined", "excluded"),
    [("", 2, 2, 0), ('blank = "zero"', 4, 0, 0), ('blank = "skip"', 2, 0, 2)],
)
def test_a_row_with_a_blank_amount(
    shop: Shop, blank: str, accepted: int, quarantined: int, excluded: int
) -> None:
    shop.declare(f'blanks = ["n/a", ":"]\n{blank}')
    book = shop.open(
        "id,day,item,amount\nA1,2026-01-05,tea,1\nA2,2026-01-06,tea,n/a\n"
        "A3,2026-01-07,tea,  \nA4,2026-01-31,tea,2\n"
    )
    (balance,) = book.balance.to_dict("records")
    assert balance["rows_accepted"] == accepted
    assert balance["rows_quarantined"] == quarantined
    assert balance["rows_excluded"] == excluded
    assert book.invoices["amount"].sum() == 3.0


def test_an_unreadable_amount_is_never_zero(shop: Shop) -> None:
    shop.declare('blank = "zero"')
    book = shop.open("id,day,item,amount\nA1,2026-01-05,tea,1\nA2,2026-01-31,tea,?\n")
    assert list(book.quarantine["rule"]) == ["unreadable value"]
    assert list(book.invoices["amount"]) == [1.0]
