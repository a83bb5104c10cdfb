from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pfkit as pf

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

BOOK = """
    [[sources]]
    name = "billing"
    table = "invoices"
    path = "billing/*.csv"
    known_on = { column = "day", at = "day" }
    columns = { invoice_id = "id", invoice_date = "day", product = "item", amount_local = "amount" }
"""
HEAD = "id;day;item;amount\n"
MAY = "A1;2026-05-05;tea;10.00\nA2;2026-05-06;tea;12.00\n"
COMMAS = "".join(f"B{n};2026-06-0{n};tea;{n},50\n" for n in range(1, 5))


def _open(shop: Shop, june: str, period: str = "2026-06") -> Book:
    shop.ledger(
        BOOK.replace('path = "billing', 'delimiter = ";"\n    path = "billing'),
        {
            "billing/2026-05.csv": HEAD + MAY,
            "billing/2026-06.csv": HEAD + june,
            "billing/2026-06 shop.csv": HEAD + "C1;2026-06-09;tea;3.00\n",
        },
    )
    book: Book = shop.open(period=period)
    return book


def _told(book: Book) -> list[dict[str, Any]]:
    return book.controls[book.controls["control"] == "File held back"].to_dict("records")


def test_a_month_that_is_written_otherwise_is_one_red_control(shop: Shop) -> None:
    (control,) = _told(_open(shop, COMMAS))
    assert control["state"] == "red"
    assert control["detail"] == (
        "billing/2026-06.csv: all 4 rows are held back, most for unreadable value in amount_local, "
        "such as '1,50'"
    )
    assert control["advice"].startswith("Its decimal mark is ',', but '.' is declared")


def test_a_file_of_which_a_part_is_held_back_is_told_row_by_row(shop: Shop) -> None:
    rows = "B1;2026-06-01;tea;1,50\nB2;2026-06-02;tea;2.50\nB3;2026-06-03;tea;2,60\n"
    assert not _told(_open(shop, rows))


def test_another_month_of_the_input_does_not_stand_in_a_report(shop: Shop) -> None:
    assert not _told(_open(shop, COMMAS, "2026-05"))


def test_the_check_names_it_whatever_its_month(shop: Shop) -> None:
    _open(shop, COMMAS, "2026-05")
    found = pf.check_book(shop.path, period="2026-05")["findings"]
    (whole,) = [one for one in found if one["rule"] == "file held back"]
    assert (whole["line"], whole["severity"]) == ("billing/2026-06.csv", "quarantine")
    assert whole["message"].startswith("all 4 rows are held back, most for unreadable value")
    assert found.index(whole) < [one["rule"] for one in found].index("unreadable value")
