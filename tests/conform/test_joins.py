from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

USAGE = """
[[sources]]
name = "usage"
table = "usage"
path = "usage.csv"
known_on = { column = "month" }
columns = { period = "month", customer = "who", product = "item", metric = "what", units = "n" }
"""


def opened(shop: Shop, usage: str, head: str = "") -> Book:
    """Open a shop with tea, coffee and what was used of them."""
    shop.declare(head=head, tail=USAGE.replace('{ column = "month" }', "{ date = 2026-02-28 }"))
    shop.write("usage.csv", "month,who,item,what,n\n" + usage)
    billing = (
        "id,day,item,amount\nA1,2026-01-31,tea,10.00\nA2,2026-02-28,tea,30.00\n"
        "A3,2026-02-28,coffee,20.50\n"
    )
    book: Book = shop.open(billing, period="2026-02")
    return book


def control(book: Book) -> dict[str, Any]:
    (found,) = book.controls[book.controls["control"] == "Product join"].to_dict("records")
    return found


def test_cells_have_the_sides_their_rows_make(shop: Shop) -> None:
    book = opened(shop, "2026-01,K,tea,cups,3\n2026-02,K,tea,cups,4\n2026-02,K,milk,cups,0\n"
                        "2026-02,K,cake,slices,2\n2026-02,K,cake,plates,1\n")  # fmt: skip
    cells = book.join_cells.set_index(["period", "product"])
    assert len(cells) == 4  # tea twice, coffee, cake; milk has no units
    assert cells.loc[("2026-02", "coffee"), ["finance", "usage"]].tolist() == [True, False]
    assert cells.loc[("2026-02", "coffee"), "revenue"] == 20.5
    assert cells.loc[("2026-02", "cake"), ["finance", "usage"]].tolist() == [False, True]
    assert cells.loc[("2026-02", "cake"), ["metric", "units"]].tolist() == ["slices", 2]


def test_the_control_counts_the_month_and_names_what_is_apart(shop: Shop) -> None:
    found = control(opened(shop, "2026-02,K,tea,cups,4\n"))
    assert (found["state"], found["expected"], found["actual"]) == ("amber", 50.5, 30.0)
    assert found["detail"] == (
        "1 of 2 products and months have finance and usage records; apart: coffee"
    )
    assert "products_without_usage" in found["advice"]


def test_a_product_declared_without_usage_is_no_cell(shop: Shop) -> None:
    head = '[policies]\nproducts_without_usage = ["coffee"]'
    found = control(opened(shop, "2026-02,K,tea,cups,4\n", head))
    assert (found["state"], found["difference"]) == ("green", 0)


def test_months_before_the_first_usage_are_left_out(shop: Shop) -> None:
    book = opened(shop, "2026-02,K,tea,cups,4\n")
    assert set(book.join_cells["period"]) == {"2026-02"}


def test_a_book_without_usage_has_no_cells(shop: Shop) -> None:
    shop.declare()
    book = shop.open()
    assert book.join_cells.empty
    assert "Product join" not in set(book.controls["control"])


@pytest.mark.parametrize("second", ["2026-01,30.50,2", ""])
def test_two_control_totals_of_one_month_print_both(shop: Shop, second: str) -> None:
    controls = """
    [[controls]]
    source = "billing"
    path = "a.csv"
    amount = "eur"

    [[controls]]
    source = "billing"
    path = "b.csv"
    amount = "eur"
    rows = "lines"
    """
    shop.declare(tail=controls)
    shop.write("a.csv", "period,eur\n2026-01,30.50\n")
    if second:
        shop.write("b.csv", f"period,eur,lines\n{second}\n")
    found = shop.open().controls
    found = found[found["control"] == "Control total"]
    assert found["row_key"].is_unique
    assert found["state"].tolist() == ["green", "green" if second else "amber"]
    assert "in a.csv: eur" in found["detail"].tolist()[0]
