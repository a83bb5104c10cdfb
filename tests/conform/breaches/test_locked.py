"""Entries that came to a month after its lock, and what a restatement changed after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Firm = Any

RULE = "Locked months"


def test_an_entry_keyed_after_the_lock_is_told_in_the_report_of_the_month_it_came_in(
    firm: Firm,
) -> None:
    late = firm.entry("2025-12-30", 812.4, keyed="2026-01-20 10:00:00")
    # December is locked eight days after its end, on January 8th
    assert firm.found("2026-01") == [(RULE, "2025-12", late, 812.4)]
    assert firm.found("2025-12") == [(RULE, "2025-12", late, 812.4)]
    assert firm.found("2026-02") == []
    assert firm.found("2025-12", as_of="2026-01-10") == []  # as known then


@pytest.mark.parametrize(("keyed", "told"), [("2026-01-08", False), ("2026-01-09", True)])
def test_the_day_of_the_lock_is_the_last_open_day(firm: Firm, keyed: str, *, told: bool) -> None:
    firm.entry("2025-12-30", 812.4, keyed=f"{keyed} 16:00:00")
    assert bool(firm.found("2026-01")) is told


def test_a_stated_lock_counts_before_the_rule(firm: Firm) -> None:
    firm.entry("2025-12-30", 812.4, keyed="2026-01-20 10:00:00")
    firm.policies += '\nlocked = { "2025-12" = 2026-01-20 }'
    assert firm.found("2026-01") == []
    firm.policies = firm.policies.replace("lock_days = 8", "")
    firm.entry("2025-12-30", 700.1, keyed="2026-01-21 10:00:00")
    assert [row[:2] for row in firm.found("2026-01")] == [(RULE, "2025-12")]


def test_without_a_lock_nothing_comes_late(firm: Firm) -> None:
    firm.policies = firm.policies.replace("lock_days = 8", "")
    firm.entry("2025-12-30", 812.4, keyed="2026-01-20 10:00:00")
    assert firm.found("2026-01") == []


def test_of_an_export_made_after_the_lock_nothing_can_be_told(firm: Firm) -> None:
    del firm.columns["entered_at"]
    firm.source = "known_on = { date = 2026-03-20 }"
    book = firm.open()
    assert book.breaches.empty
    (control,) = book.controls[book.controls["control"] == RULE].to_dict("records")
    assert control["state"] == "amber"
    assert control["detail"] == (
        "could not run: the ledger of 2026-01 and 2026-02 was exported after its lock, and "
        "nothing says when an entry was made: fill entered_at"
    )


def test_a_later_export_that_adds_to_a_locked_month_is_told(firm: Firm) -> None:
    """Without a day of entry, the export that first has an entry says when it came."""
    del firm.columns["entered_at"]
    for row in firm.rows:
        row["sent"] = f"{row['month']}-28"
    late = firm.entry("2025-12-30", 812.4, sent="2026-01-31")
    firm.source = 'known_on = { column = "sent", at = "month_end" }'
    assert firm.found("2026-01") == [(RULE, "2025-12", late, 812.4)]


RESTATED = """
    id,month,account,amount,sent
    A,2026-01,6000,100.00,2026-01-31
    B,2026-01,6000,200.00,2026-01-31
    C,2026-01,6000,300.00,2026-01-31
"""


def _restated(bare: Firm, later: str) -> list[tuple[str, str, str, float]]:
    bare.source = 'known_on = { column = "sent", at = "day" }\nreplaces = ["period"]'
    bare.columns = {
        "entry_id": "id",
        "period": "month",
        "account": "account",
        "amount_local": "amount",
    }
    bare.rows = [
        dict(zip(("id", "month", "account", "amount", "sent"), line.split(","), strict=True))
        for line in f"{RESTATED}{later}".replace(" ", "").splitlines()[2:]
        if line
    ]
    return list(bare.found("2026-02" if "2026-02," in later else "2026-01"))


AGAIN = "A,2026-01,6000,100.00,2026-02-20\nB,2026-01,6000,200.00,2026-02-20\n"


def test_a_restatement_after_the_lock_that_changes_nothing_is_no_breach(bare: Firm) -> None:
    assert _restated(bare, f"{AGAIN}C,2026-01,6000,300.00,2026-02-20\n") == []


def test_what_a_restatement_changed_added_and_took_away_is_told(bare: Firm) -> None:
    later = "A,2026-01,6000,150.00,2026-02-20\nB,2026-01,6000,200.00,2026-02-20\n"
    later += "D,2026-01,6000,40.00,2026-02-20\n"
    # A moved by 50, D of 40 is new, C of 300 is gone; B is as it was
    assert _restated(bare, later) == [(RULE, "2026-01", "C, A, D", 390.0)]


def test_a_restatement_before_the_lock_is_no_breach(bare: Firm) -> None:
    assert _restated(bare, "A,2026-01,6000,150.00,2026-02-05\n") == []
