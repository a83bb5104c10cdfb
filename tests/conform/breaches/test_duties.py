"""Who entered and who approved: one person on both sides, and nobody on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Firm = Any

RULE = "Segregation of duties"


@pytest.mark.parametrize("name", ["ana", "ANA", " Ana "])
def test_one_person_on_both_sides_is_told_however_the_name_is_written(
    firm: Firm, name: str
) -> None:
    entry = firm.entry("2026-02-10", 612.34, by="ana", ok=name)
    assert firm.found() == [(RULE, "2026-02", entry, 612.34)]


def test_below_the_declared_limit_nobody_else_is_needed(firm: Firm) -> None:
    firm.entry("2026-02-10", 499.99, ok="ana")
    firm.entry("2026-02-10", 499.98, ok="")
    assert firm.found() == []


def test_without_a_declared_limit_any_size_is_told(firm: Firm) -> None:
    firm.policies = "materiality_amount = 5000"
    entry = firm.entry("2026-02-10", 12.34, ok="ana")
    assert firm.found() == [(RULE, "2026-02", entry, 12.34)]


def test_an_interface_that_signs_twice_is_no_person(firm: Firm) -> None:
    firm.entry("2026-02-10", 612.34, "5000", by="interface", ok="interface")
    assert firm.found() == []


def test_from_the_limit_on_somebody_must_approve(firm: Firm) -> None:
    entry = firm.entry("2026-02-10", 500.0, ok="")
    firm.entry("2026-02-10", 812.34, "5000", ok="")  # the system's
    assert firm.found() == [(RULE, "2026-02", entry, 500.0)]
    (row,) = firm.open().breaches.to_dict("records")
    assert row["detail"] == "1 entry by hand that nobody approved, of 500 or more"


def test_without_a_limit_the_habit_is_the_rule(firm: Firm) -> None:
    """Above materiality 22 of 22 entries are approved: the one that is not is told."""
    firm.policies = "materiality_amount = 2000"
    for month in range(1, 12):
        for day in ("10", "17"):
            firm.entry(f"2025-{month:02d}-{day}", 2345.67 + month, ok="eva")
    entry = firm.entry("2026-02-10", 2222.22, ok="")
    assert (RULE, "2026-02", entry, 2222.22) in firm.found()


def test_without_a_limit_and_a_habit_nothing_is_asked(firm: Firm) -> None:
    firm.policies = "materiality_amount = 2000"
    for month in range(1, 12):
        firm.entry(f"2025-{month:02d}-10", 2345.67 + month, ok="eva")
        firm.entry(f"2025-{month:02d}-17", 2345.67 + month, ok="")
    firm.entry("2026-02-10", 2222.22, ok="")
    assert firm.found() == []
