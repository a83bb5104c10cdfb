from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import ContractError, PeriodError

if TYPE_CHECKING:
    Shop = Any

BOOK = """
    [[sources]]
    name = "ledger"
    table = "actuals"
    path = "ledger.csv"
    columns = { period = "month", account = "account", currency = { constant = "EUR" }, amount_local = "amount", known_on = "known" }

    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    columns = { version = { constant = "adopted" }, period = "month", span = "span", account = "account", currency = { constant = "EUR" }, amount_local = "amount", known_on = "known" }
"""  # noqa: E501 (one line of TOML each)
FILES = {
    "ledger.csv": "month,account,amount,known\n2026-01,rent,9,2026-01-31\n",
    "plan.csv": "month,span,account,amount,known\n2026-02,month,rent,9,2025-12-01\n"
    "2027-12,year,rent,99,2026-01-15\n",
}


def test_a_month_to_come_is_no_period_to_report_on(shop: Shop) -> None:
    shop.ledger(BOOK, FILES)
    with pytest.raises(PeriodError, match="no data for 2026-02"):
        shop.open(period="2026-02")


def test_a_month_that_is_over_is_reported_without_its_actuals(shop: Shop) -> None:
    shop.ledger(BOOK, FILES)
    assert shop.open(period="2026-02", as_of="2026-02-28").period.label == "2026-02"


@pytest.mark.parametrize("period", ["2027-12", "2027-05"])
def test_a_year_with_a_budget_for_the_year_is_reported(shop: Shop, period: str) -> None:
    shop.ledger(BOOK, FILES)
    assert shop.open(period=period).period.label == period


def test_without_a_period_the_last_month_with_actuals_is_reported(shop: Shop) -> None:
    shop.ledger(BOOK, FILES)
    assert shop.open().period.label == "2026-01"


def test_a_book_of_which_no_row_counts_says_why(shop: Shop) -> None:
    shop.ledger(BOOK, FILES | {"ledger.csv": "month,account,amount,known\n2026-01,rent,9 EUR,\n"})
    (shop.path / "plan.csv").write_text("month,span,account,amount,known\n", encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        shop.open(as_of="2026-02-28")
    assert caught.value.what == (
        "no row counts, all 1 are held back: 1 unreadable value (amount_local '9 EUR')"
    )
    assert caught.value.where == "ledger (ledger.csv, line 2)"


def test_a_month_whose_ledger_is_held_back_whole_is_refused(shop: Shop) -> None:
    ledger = "month,account,amount,known\n2026-01,rent,9,2026-01-31\n2026-01,power,4,2026-01-31\n"
    commas = '2026-02,rent,"9,00",2026-02-28\n2026-02,power,"4,00",2026-02-28\n'
    shop.ledger(BOOK, FILES | {"ledger.csv": ledger + commas})
    with pytest.raises(ContractError) as caught:
        shop.open(period="2026-02", as_of="2026-02-28")
    assert caught.value.what == (
        "no row of 2026-02 in table actuals counts, all 2 are held back: "
        "2 unreadable value (amount_local '9,00')"
    )
    # one row keyed early of a month that is not closed yet loses no month
    more = "".join(f"2026-01,a{n},1,2026-01-31\n" for n in range(5))
    shop.ledger(BOOK, FILES | {"ledger.csv": ledger + more + commas.splitlines()[0] + "\n"})
    assert shop.open(period="2026-02", as_of="2026-02-28").period.label == "2026-02"
