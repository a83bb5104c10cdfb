from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.drift import drift

if TYPE_CHECKING:
    from pfkit.conform.evidence import ControlResult

    Shop = Any

TOML = """
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
columns = { account = "a", name = "a", line = "a", group = { constant = "gross" }, favorable_when = { constant = "higher" } }

[[sources]]
name = "gl"
table = "actuals"
path = "gl.csv"
known_on = { column = "day" }
columns = { posting_date = "day", product = "p", account = "a", amount_local = "amount" }

[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
known_on = { date = 2026-01-01 }
columns = { version = "v", period = "month", product = "p", account = "a", amount_local = "amount" }
"""  # noqa: E501 (an inline table is one line)
PRODUCTS, ACCOUNTS = ("tea", "coffee"), ("40", "41", "48")


def flags(shop: Shop, factors: dict[tuple[str, str], float]) -> list[ControlResult]:
    """Open a book whose plans are 100 a line and month, times a factor by version and product."""
    ledger = [
        f"2026-0{month}-10,{p},{a},110" for month in range(1, 6) for p in PRODUCTS for a in ACCOUNTS
    ]
    plan = [
        f"{version},2026-{month:02d},{p},{a},{100 * factors.get((version, p), 1)}"
        for version in ("adopted", "revised")
        for month in range(1, 13)
        for p in PRODUCTS
        for a in ACCOUNTS
    ]
    shop.ledger(
        TOML,
        {
            "accounts.csv": "a\n" + "\n".join(ACCOUNTS) + "\n",
            "gl.csv": "\n".join(["day,p,a,amount", *ledger]) + "\n",
            "plan.csv": "\n".join(["v,month,p,a,amount", *plan]) + "\n",
        },
    )
    found = drift(shop.open(period="2026-05").evidence)
    return [one for one in found if one.state != "green"]


def test_plans_alike_raise_no_flag(shop: Shop) -> None:
    assert flags(shop, {("revised", "tea"): 3.0, ("adopted", "coffee"): 0.2}) == []


@pytest.mark.parametrize(("factor", "control"), [(1000, "Scale"), (0.001, "Scale"), (-1, "Sign")])
def test_a_version_in_another_unit_or_sign_is_flagged(
    shop: Shop, factor: float, control: str
) -> None:
    (one,) = flags(shop, {("revised", p): factor for p in PRODUCTS})
    assert (one.control, one.row_key.split("|")[1:4]) == (
        control,
        ["plan", "source", "version revised"],
    )
    assert "version adopted and what was booked" in one.detail


def test_one_product_of_a_plan_is_flagged(shop: Shop) -> None:
    (one,) = flags(shop, {("adopted", "tea"): 1000})
    # three lines of 100 000 a month, where the other version has 100
    assert one.detail == (
        "product tea of version adopted: about 1\u2009000 times as large as version revised and "
        "what was booked: 300\u2009000 in a mean month, there 300, in 3 lines"
    )
    assert (one.expected, one.actual) == (None, None)
