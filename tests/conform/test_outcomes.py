"""What became of every row adds up, and each row held back says where it stood."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pfkit.conform import outcomes
from pfkit.conform.remedies import remedy
from pfkit.contracts import contract

if TYPE_CHECKING:
    Shop = Any

KINDS = """
id,day,item,amount,kind
A1,2026-01-31,tea,100.00,sale
A2,2026-01-31,milk,50.00,sale
A3,2026-01-31,tea,-20.00,refund
A4,2026-01-31,tea,5.00,postage
"""


def test_the_rules_of_a_source_add_up_to_its_amount_in(shop: Shop) -> None:
    shop.declare(
        columns='kind = "kind"',
        head="[maps.product]\nvalues = { tea = 'Tea' }\nunmapped = 'New'",
        product='product = { column = "item", map = "product" }',
        rules="[[sources.rules]]\nexclude = 'postage'\nwhen = \"kind = 'postage'\"\n"
        "because = 'passed on'\n[[sources.rules]]\nclassify = { kind = 'return' }\n"
        "when = \"kind = 'refund'\"\nbecause = 'a refund is a return'",
    )
    book = shop.open(KINDS + "A5,2026-01-31,tea,x,sale\n")
    found = {
        (row["action"], row["target"]): (
            row["rows"],
            None if math.isnan(row["amount"]) else row["amount"],
            row["because"],
        )
        for row in book.rules.to_dict("records")
    }
    assert found == {
        ("accept", "invoices"): (2, 150.0, "no rule names it"),
        ("classify", "return"): (1, -20.0, "a refund is a return"),
        ("exclude", "postage"): (1, 5.0, "passed on"),
        ("quarantine", "unreadable value"): (1, None, "the value cannot be read as declared"),
        ("map", "New"): (1, 50.0, "of which 1 value not in map product"),
    }
    keys = list(book.rules["row_key"])
    assert len(keys) == len(set(keys))


def test_an_unreadable_line_is_in_the_rules_and_the_quarantine(shop: Shop) -> None:
    shop.declare()
    book = shop.open("id,day,item,amount\nA1,2026-01-31,tea,1\nA2,2026-01-31\n")
    assert book.rules.set_index("target").at["unreadable row", "rows"] == 1
    (held,) = book.quarantine.to_dict("records")
    assert (held["line"], held["value"]) == ("3", "A2,2026-01-31")
    assert held["advice"]


def test_the_quarantine_of_a_report_holds_its_months_only(shop: Shop) -> None:
    shop.declare('key = ["invoice_id"]')
    book = shop.open(
        "id,day,item,amount\nA1,2026-01-31,tea,1\nA1,2026-01-31,tea,2\nB1,2026-02-28,tea,1\n"
        "B1,2026-02-28,tea,4\n",
        period="2026-01",
    )
    assert list(book.quarantine["amount"]) == [2.0]
    assert list(outcomes.quarantine(book.conformed)["amount"]) == [2.0, 4.0]


def test_every_reason_to_hold_a_row_back_has_a_remedy() -> None:
    for reason in ("unreadable value", "missing value", "value not allowed", "repeated key"):
        assert remedy(reason, contract("actuals"), "span").endswith(".")
