from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError

if TYPE_CHECKING:
    from pfkit.book import Book

    Shop = Any

BOOK = """
    [policies]
    plan_version = "B"
    POLICY
    [[sources]]
    name = "ledger"
    table = "actuals"
    path = "ledger.csv"
    known_on = { column = "known", at = "day" }
    columns = { period = "month", cost_center = "center", account = { constant = "pay" }, span = { constant = "ytd" }, currency = { constant = "EUR" }, amount_local = "amount" }

    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    known_on = { column = "known", at = "day" }
    columns = { version = { constant = "B" }, period = "month", span = { constant = "year" }, cost_center = "center", account = { constant = "pay" }, currency = { constant = "EUR" }, amount_local = "amount" }

    [[sources]]
    name = "orders"
    table = "commitments"
    path = "orders.csv"
    known_on = { column = "known", at = "day" }
    replaces = ["commitment"]
    columns = { commitment = "order", period = "month", cost_center = "center", account = { constant = "pay" }, status = "status", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML each)
FILES = {
    "plan.csv": "month,center,amount,known\n2024-12,Fire,100,2023-12-11\n"
    "2025-12,Fire,100,2024-12-11\n2026-12,Fire,100,2025-12-11\n",
    "ledger.csv": "month,center,amount,known\n2024-12,Fire,90,2025-01-05\n"
    "2025-12,Fire,80,2026-01-05\n2026-01,Fire,5,2026-02-05\n",
    # ordered in 2024 and paid in 2025; ordered in November 2025 and paid in January 2026
    "orders.csv": "order,month,center,status,amount,known\n"
    "P1,2024-11,Fire,open,6,2024-10-01\nP1,2024-11,Fire,closed,0,2025-02-01\n"
    "P2,2025-11,Fire,open,15,2025-11-02\nP2,2025-11,Fire,closed,0,2026-01-20\n",
}


def _open(shop: Shop, policy: str) -> Book:
    shop.ledger(dedent(BOOK).replace("POLICY", policy), FILES)
    book: Book = shop.open(period="2026-01")
    return book


@pytest.mark.parametrize(
    ("policy", "carried"),
    [
        ('carry_forward = "none"', []),
        ("", []),
        # 2024 left 10, of which 6 were ordered by its end; 2025 left 26, of which 15 were
        ('carry_forward = "committed"', [15.0, 15.0]),
        ('carry_forward = "full"', [30.0, 30.0]),  # 100 and 10 carried less 80
        ('carry_forward = "share"\ncarry_forward_share = 0.5', [12.5, 12.5]),  # half of 105 less 80
    ],
)
def test_the_policy_carries_by_year_what_was_known_at_its_end(
    shop: Shop, policy: str, carried: list[float]
) -> None:
    assert _open(shop, policy).carried["carried"].tolist() == carried


def test_an_unknown_policy_is_refused(shop: Shop) -> None:
    with pytest.raises(BookError, match="Input should be 'none', 'full', 'share' or 'committed'"):
        _open(shop, 'carry_forward = "all"')
    with pytest.raises(BookError, match="less than or equal to 1"):
        _open(shop, "carry_forward_share = 50")
