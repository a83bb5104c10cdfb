"""What winning customers costs: the accounts and cost centers that the book names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Shop = Any

BOOK = """
    POLICIES
    [[sources]]
    name = "accounts"
    table = "accounts"
    lines = [
        { account = "4000", name = "Sales", line = "Sales", group = "gross", favorable_when = "higher" },
        { account = "6100", name = "Salaries", line = "Sales team", group = "operating", favorable_when = "lower" },
        { account = "6400", name = "Travel", line = "Travel", group = "operating", favorable_when = "lower" },
    ]

    [[sources]]
    name = "gl"
    table = "actuals"
    path = "gl.csv"
    known_on = { column = "day" }
    columns = { posting_date = "day", account = "account", cost_center = "center", amount_local = "amount" }
"""  # noqa: E501 (a declaration as it stands)
LEDGER = """
    day,account,center,amount
    2026-01-31,4000,S1,999
    2026-01-31,6100,S1,100
    2026-01-31,6400,S1,20
    2026-01-31,6400,E1,7
    2026-02-28,6100,S1,110
"""


@pytest.mark.parametrize(
    ("policies", "wanted"),
    [
        ('acquisition_cost_centers = ["S1"]', {"2026-01": 120, "2026-02": 110}),
        ('acquisition_accounts = ["6400"]', {"2026-01": 27}),
        (
            'acquisition_accounts = ["6400"]\nacquisition_cost_centers = ["S1"]',
            {"2026-01": 20},
        ),
        ("", {}),
    ],
)
def test_cost_of_the_named_accounts_and_centers(
    shop: Shop, policies: str, wanted: dict[str, float]
) -> None:
    shop.ledger(BOOK.replace("POLICIES", f"[policies]\n{policies}"), {"gl.csv": LEDGER})
    found = shop.open(period="2026-02").acquisition
    assert dict(zip(found["period"], found["amount"], strict=True)) == wanted
