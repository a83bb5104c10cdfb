"""The bill against the ledger: booked late, accrued before, untagged, or apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError
from tests.conform.test_cloud import HEAD, charge

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

BOOK = """
    [policies]
    materiality_amount = 50

    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [
        { account = "5000", name = "Cloud", line = "Hosting", group = "cost_of_revenue", favorable_when = "lower" },
        { account = "4000", name = "Sales", line = "Sales", group = "gross", favorable_when = "higher" },
    ]

    [[sources]]
    name = "gl"
    table = "actuals"
    path = "gl.csv"
    known_on = { column = "day" }
    columns = { posting_date = "day", account = "account", product = "product", amount_local = "amount"KIND }

    [[sources]]
    name = "bill"
    table = "cloud"
    path = "bill.csv"
    known_on = { date = 2026-04-05 }
    columns = { product = { tag = "app" } }
    LEDGER
"""  # noqa: E501 (a declaration as it stands)
LATE = 'ledger = { accounts = ["5000"], months_late = 1 }'
SAME = 'ledger = { accounts = ["5000"] }'
BOREA = '"{""app"": ""Borea""}"'
#: Bills of January to March: Atlas 100, 110, 120; Borea 50, 50, 60.
BILL = "".join(
    charge(bill=f"2026-{month}-01", begin=f"2026-{month}-01", end=f"2026-{month}-28", **more)
    for month, atlas, borea in (("01", "100", "50"), ("02", "110", "50"), ("03", "120", "60"))
    for more in (
        {"effective": atlas},
        {"effective": borea, "tags": BOREA, "resource": "vm-9"},
    )
)
#: February accrues 112 for Atlas and 50 for Borea; March takes that back, books February's
#: bill, and accrues 118 and 61.
ACCRUED = """
    day,account,product,amount,kind
    2026-02-28,5000,Atlas,112,accrual
    2026-02-28,5000,Borea,50,accrual
    2026-02-12,5000,Atlas,100,regular
    2026-02-12,5000,Borea,50,regular
    2026-03-01,5000,Atlas,-112,reversal
    2026-03-01,5000,Borea,-50,reversal
    2026-03-12,5000,Atlas,110,regular
    2026-03-12,5000,Borea,50,regular
    2026-03-31,5000,Atlas,118,accrual
    2026-03-31,5000,Borea,61,accrual
    2026-03-31,4000,Atlas,999,regular
"""


def opened(
    shop: Shop, gl: str, *, ledger: str = LATE, bill: str = BILL, kind: str = "", **more: str
) -> Book:
    book = BOOK.replace("LEDGER", ledger).replace("KIND", kind)
    shop.ledger(book, {"gl.csv": gl, "bill.csv": HEAD + bill})
    found: Book = shop.open(**({"period": "2026-03"} | more))
    return found


def tie(book: Book) -> dict[str, Any]:
    controls = book.controls
    (found,) = controls[controls["control"] == "Cloud bill ties to ledger"].to_dict("records")
    return {str(name): value for name, value in found.items()}


@pytest.mark.parametrize("kind", ["", ', entry_kind = "kind"'])
def test_accruals_are_told_from_what_is_booked(shop: Shop, kind: str) -> None:
    rows = opened(shop, ACCRUED, kind=kind).cloud_ledger.set_index("product")
    columns = ["bill", "due", "booked", "accrued", "reversed"]
    assert rows.loc["Atlas", columns].tolist() == [120, 110, 110, 118, -112]
    assert rows.loc["Borea", columns].tolist() == [60, 50, 50, 61, -50]
    assert set(rows["due_period"]) == {"2026-02"}


def test_a_bill_booked_a_month_late_ties_by_product(shop: Shop) -> None:
    found = tie(opened(shop, ACCRUED))
    assert (found["state"], found["expected"], found["actual"]) == ("green", 160.0, 160.0)
    assert found["detail"] == (
        "effective cost of 2026-02 equals what accounts 5000 book of it, by product"
    )


def test_a_difference_is_amber_and_beyond_materiality_red(shop: Shop) -> None:
    more = ACCRUED.replace("03-12,5000,Atlas,110", "03-12,5000,Atlas,111")
    found = tie(opened(shop, more))
    assert (found["state"], found["difference"]) == ("amber", 1.0)
    assert found["detail"] == (
        "accounts 5000 differ from effective cost of 2026-02 by product: Atlas +1.00"
    )
    assert found["advice"] == "See the table of the cloud bill and the ledger."
    swapped = ACCRUED.replace("03-12,5000,Atlas,110", "03-12,5000,Atlas,40")
    swapped = swapped.replace("03-12,5000,Borea,50", "03-12,5000,Borea,120")
    found = tie(opened(shop, swapped))
    assert (found["state"], found["difference"]) == ("red", 0.0)
    assert "Atlas \N{MINUS SIGN}70.00, Borea +70.00" in found["detail"]


def test_what_has_no_tag_stands_on_products_in_the_ledger(shop: Shop) -> None:
    bill = BILL.replace(BOREA, "")
    found = tie(opened(shop, ACCRUED, bill=bill))
    assert found["state"] == "green"
    assert found["detail"].endswith("50.00 has no tag, and stands on products in the ledger")


def test_a_bill_booked_in_its_month_ties_without_accruals(shop: Shop) -> None:
    gl = """
        day,account,product,amount
        2026-03-31,5000,Atlas,120
        2026-03-31,5000,Borea,60
    """
    assert tie(opened(shop, gl, ledger=SAME))["state"] == "green"


def test_a_month_that_is_not_on_the_bill_is_not_compared(shop: Shop) -> None:
    march = BILL[BILL.index("2026-03-01") :]
    found = tie(opened(shop, ACCRUED, bill=march))
    assert found["state"] == "amber"
    assert found["detail"] == (
        "not compared: no bill of 2026-02, which the ledger books in 2026-03"
    )


def test_a_book_that_does_not_say_where_bills_are_booked_is_told(shop: Shop) -> None:
    found = tie(opened(shop, ACCRUED, ledger=""))
    assert found["state"] == "amber"
    assert found["advice"] == 'Add `ledger = { accounts = ["..."] }` to the source of the bill.'


def test_a_tolerance_may_be_declared(shop: Shop) -> None:
    gl = ACCRUED.replace("03-12,5000,Atlas,110", "03-12,5000,Atlas,110.40")
    assert tie(opened(shop, gl))["state"] == "amber"
    wide = LATE.replace("months_late = 1", "months_late = 1, tolerance = 0.5")
    assert tie(opened(shop, gl, ledger=wide))["state"] == "green"


def test_a_cloud_bill_has_no_deferred_revenue(shop: Shop) -> None:
    more = SAME.replace("] }", '], deferred = ["2400"] }')
    with pytest.raises(BookError, match="a cloud bill has no deferred revenue"):
        opened(shop, ACCRUED, ledger=more)
