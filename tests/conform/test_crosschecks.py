"""Billing against ledger product by product, and large amounts that cancel out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Shop = Any

POLICY = "[policies]\nmateriality_amount = 100"
LEDGER = """
[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
columns = { account = "account", name = "line", line = "line", group = "group", favorable_when = "when" }

[[sources]]
name = "ledger"
table = "actuals"
path = "gl.csv"
known_on = { date = 2026-02-10 }
columns = { posting_date = "day", account = "acct", product = "item", amount_local = "amount" }
"""  # noqa: E501 (one line of a book)


def _control(shop: Shop, name: str) -> list[dict[str, Any]]:
    controls = shop.open(period="2026-01").controls
    return [dict(row) for row in controls[controls["control"] == name].to_dict("records")]


def test_differences_that_cancel_out_between_products_are_both_counted(shop: Shop) -> None:
    shop.declare(head=POLICY, tail=LEDGER)
    shop.write("accounts.csv", "account,line,group,when\n4000,Sales,gross,higher\n")
    shop.write(
        "gl.csv", "day,acct,item,amount\n2026-01-31,4000,tea,4\n2026-01-31,4000,coffee,26.5\n"
    )
    (tie,) = _control(shop, "Billing ties to ledger")
    # Billed: tea 10.00, coffee 20.50; booked: tea 4.00, coffee 26.50. In total 0.00 apart.
    assert (tie["expected"], tie["actual"], tie["difference"]) == (30.5, 30.5, 0.0)
    assert tie["state"] == "amber"
    assert "12.00 apart, signs aside" in tie["detail"]
    assert "tea 2026-01 +6.00" in tie["detail"]
    assert "No billing row is quarantined" in tie["advice"]
    assert "coffee 2026-01 \N{MINUS SIGN}6.00" in tie["detail"]


def test_what_is_held_back_is_pointed_at_where_something_is(shop: Shop) -> None:
    shop.declare(head=POLICY, tail=LEDGER)
    shop.write("accounts.csv", "account,line,group,when\n4000,Sales,gross,higher\n")
    shop.write("gl.csv", "day,acct,item,amount\n2026-01-31,4000,tea,14\n")
    shop.write("billing.csv", "id,day,item,amount\nA1,2026-01-05,tea,10\nA2,2026-01-06,tea,x\n")
    (tie,) = _control(shop, "Billing ties to ledger")
    assert tie["advice"] == "See quarantined billing rows and late postings."


def test_a_ledger_without_products_is_compared_by_month(shop: Shop) -> None:
    shop.declare(head=POLICY, tail=LEDGER.replace('product = "item", ', ""))
    shop.write("accounts.csv", "account,line,group,when\n4000,Sales,gross,higher\n")
    shop.write("gl.csv", "day,acct,amount\n2026-01-31,4000,30.5\n")
    (tie,) = _control(shop, "Billing ties to ledger")
    assert tie["state"] == "green"


def test_a_large_sale_that_is_taken_back_is_pointed_at(shop: Shop) -> None:
    shop.declare(head=POLICY, columns='customer = "who"')
    shop.write(
        "billing.csv",
        "id,day,item,amount,who\n"
        "A1,2026-01-05,tea,500,Ada\nC1,2026-01-06,M,-500,Ada\n"
        "A2,2026-01-05,tea,700,Ada\nC2,2026-01-06,M,-700,Bob\n"
        "A3,2026-01-05,tea,50,Cyd\nC3,2026-01-06,M,-50,Cyd\n",
    )
    (found,) = _control(shop, "Taken back")
    # 700 is another customer's, 50 is below materiality.
    assert (found["actual"], found["state"]) == (500.0, "amber")
    assert "A1 (tea, sale) is taken back by C1 (M, sale)" in found["detail"]
    assert found["advice"] == "Read sale without it."


def test_a_line_is_taken_back_once(shop: Shop) -> None:
    shop.declare(head=POLICY, columns='customer = "who"\nkind = "kind"')
    shop.write(
        "billing.csv",
        "id,day,item,amount,who,kind\n"
        "C1,2026-01-05,tea,-500,Ada,refund\nA1,2026-01-05,tea,500,Ada,sale\n"
        "C2,2026-01-06,tea,-500,Ada,refund\nC3,2026-01-07,tea,-500,Ada,refund\n",
    )
    (found,) = _control(shop, "Taken back")
    # one of three refunds answers the sale: the first that follows it
    assert found["detail"] == "A1 (tea, sale) is taken back by C2 (tea, refund)"
    assert found["advice"] == "Read sale and refund without it."
