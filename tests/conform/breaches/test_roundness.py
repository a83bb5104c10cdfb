"""Round amounts: more of them than an account is used to, and a large one where none are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Firm = Any

RULE = "Round amounts"


def test_a_large_round_amount_by_hand_is_told_where_none_are(firm: Firm) -> None:
    entry = firm.entry("2026-02-10", 4000.0)
    assert firm.found() == [(RULE, "2026-02", entry, 4000.0)]
    (row,) = firm.open().breaches.to_dict("records")
    assert "by hand of a round amount on account 6000, where 0 of" in row["detail"]


def test_a_round_amount_of_the_system_is_not(firm: Firm) -> None:
    firm.entry("2026-02-10", 4000.0, "5000")
    assert firm.found() == []


def test_rent_and_estimates_are_round_and_silent(firm: Firm) -> None:
    for month in range(1, 13):
        firm.entry(f"2025-{month:02d}-03", 2000.0, by="bob")
    firm.entry("2026-02-10", 4000.0)
    assert firm.found() == []


def test_who_rounds_to_hundreds_meets_a_thousand_by_chance(firm: Firm) -> None:
    """Twelve accruals of whole hundreds, none of whole thousands: the next may be one."""
    for month in range(1, 13):
        firm.entry(f"2025-{month:02d}-27", 1100.0 + 200 * month)
    firm.entry("2026-02-10", 4000.0)
    assert firm.found() == []


def test_what_the_ledger_calls_an_accrual_is_left_out(firm: Firm) -> None:
    firm.columns["entry_kind"] = "kind"
    for row in firm.rows:
        row["kind"] = ""
    firm.entry("2026-02-10", 4000.0, kind="accrual")
    assert firm.found() == []


def test_many_round_amounts_on_an_account_are_told(firm: Firm) -> None:
    """Six of some twenty-six amounts, where none of nearly three hundred was."""
    for place in range(6):
        firm.entry(f"2026-02-{10 + place}", 600.0 + 100 * place, "5000")
    assert [row[:2] for row in firm.found()] == [(RULE, "2026-02")]
    # 600 + 700 + 800 + 900 + 1,000 + 1,100
    assert firm.found()[0][3] == 5100.0


def test_a_standing_amount_counts_once(firm: Firm) -> None:
    for place in range(6):
        firm.entry(f"2026-02-{10 + place}", 600.0, "5000")
    assert firm.found() == []


def test_round_is_what_the_book_says(firm: Firm) -> None:
    entry = firm.entry("2026-02-10", 1250.0)
    assert firm.found() == []  # not round by itself: no whole thousand
    firm.policies += "\nround_to = 250"
    assert firm.found() == [(RULE, "2026-02", entry, 1250.0)]


@pytest.mark.parametrize(("amount", "told"), [(123_000.0, False), (900_000.0, True)])
def test_a_currency_without_decimals_has_zeros_of_its_own(
    firm: Firm, amount: float, *, told: bool
) -> None:
    """Every thousandth yen amount ends in three zeros: 123 000 is nothing odd, 900 000 is."""
    for place, row in enumerate(firm.rows):
        if row["account"] == "6000":
            row |= {"money": "JPY", "amount": str(100_003 + 731 * place % 88_881)}
    firm.entry("2026-02-10", amount, money="JPY", ok="eva")
    assert bool(firm.found()) is told
