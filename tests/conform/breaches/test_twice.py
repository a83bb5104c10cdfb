"""Entries posted in one month and once more in a later one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Firm = Any

RULE = "Posted twice"
VOUCHER = "Invoice 2026-40817 of Kern"


def test_the_same_voucher_in_two_months_is_told_in_the_later(firm: Firm) -> None:
    first = firm.entry("2026-01-27", 812.34, "5000", text=VOUCHER)
    again = firm.entry("2026-02-09", 812.34, "5000", text=VOUCHER)
    assert firm.found() == [(RULE, "2026-02", f"{again} / {first}", 812.34)]
    assert firm.found("2026-01") == []


@pytest.mark.parametrize(
    ("amount", "account", "text", "day"),
    [
        (812.35, "5000", VOUCHER, "2026-02-09"),
        (812.34, "4000", VOUCHER, "2026-02-09"),
        (812.34, "5000", "Invoice 2026-40818 of Kern", "2026-02-09"),
        (812.34, "5000", VOUCHER, "2026-02-27"),  # a month later: a standing charge
    ],
)
def test_what_differs_or_comes_monthly_is_not(
    firm: Firm, amount: float, account: str, text: str, day: str
) -> None:
    firm.entry("2026-01-27", 812.34, "5000", text=VOUCHER)
    firm.entry(day, amount, account, text=text)
    assert firm.found() == []


@pytest.mark.parametrize("text", ["Rent", "Rent 2026", "Rent 2026-01", "Rent 20260115"])
def test_a_memo_without_a_voucher_says_nothing(firm: Firm, text: str) -> None:
    firm.entry("2026-01-27", 812.34, "5000", text=text)
    firm.entry("2026-02-09", 812.34, "5000", text=text)
    assert firm.found() == []


def test_a_voucher_that_was_reversed_and_posted_again_is_not(firm: Firm) -> None:
    firm.entry("2026-01-27", 812.34, "5000", text=VOUCHER)
    firm.entry("2026-01-29", -812.34, "5000", text=VOUCHER)
    firm.entry("2026-02-09", 812.34, "5000", text=VOUCHER)
    assert firm.found() == []
