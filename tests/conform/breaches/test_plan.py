"""The plan: not approved, changed after its approval, made or used by one person alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Firm = Any

RULE, DUTIES = "Unapproved version", "Segregation of duties"
SOURCE = """
[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
known_on = { column = "sent", at = "day" }
replaces = ["version", "period", "account"]
columns = { version = "version", stage = "stage", approved_on = "approved", approved_by = "boss", prepared_by = "made", period = "month", account = "account", cost_center = "center", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML)
HEAD = "version,stage,approved,boss,made,sent,month,account,center,amount"
GOOD = [
    f"B1,adopted,2025-12-11,max,eva,2025-11-20,2026-{month:02d},{account},C1,{100 + month}"
    for month in range(1, 13)
    for account in ("5000", "6000")
]


def _told(firm: Firm, lines: list[str], policies: str = "") -> list[tuple[str, str, str, float]]:
    (firm.path / "plan.csv").write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    firm.more = SOURCE
    firm.policies += policies
    return list(firm.found())


def test_an_approved_plan_is_silent_and_is_said_to_be_looked_at(firm: Firm) -> None:
    assert _told(firm, GOOD) == []
    assert "unapproved version" in firm.open().breaches.attrs["reason"]


def test_a_draft_that_is_called_plan_is_told_with_its_amount(firm: Firm) -> None:
    drafts = [line.replace("adopted,2025-12-11,max", "draft,,") for line in GOOD]
    (told,) = _told(firm, drafts, '\nplan_version = "B1"')
    # two accounts of 101 to 112 in each of the twelve months
    assert (told[0], told[1], told[3]) == (RULE, "2026-02", 2.0 * sum(range(101, 113)))
    (row,) = firm.open().breaches.to_dict("records")
    assert row["detail"] == "B1 is a draft, and is the plan"


def test_a_plan_that_was_only_exported_after_its_approval_is_silent(firm: Firm) -> None:
    assert _told(firm, [line.replace("2025-11-20", "2026-01-31") for line in GOOD]) == []


def test_a_line_changed_after_the_approval_is_told(firm: Firm) -> None:
    later = "B1,adopted,2025-12-11,max,eva,2026-01-15,2026-03,6000,C1,250"
    assert _told(firm, [*GOOD, later]) == [(RULE, "2026-02", "6000 C1", 250.0)]


def test_a_line_changed_in_an_export_of_all_lines_is_told(firm: Firm) -> None:
    """The whole version is stated anew after the approval; one line has another amount."""
    again = [line.replace("2025-11-20", "2026-01-15") for line in GOOD]
    again[5] = again[5].replace(",C1,103", ",C1,250")
    assert _told(firm, [*GOOD, *again]) == [(RULE, "2026-02", "6000 C1", 250.0)]


def test_a_line_that_was_approved_anew_is_silent(firm: Firm) -> None:
    later = "B1,adopted,2026-01-20,max,eva,2026-01-15,2026-03,6000,C1,250"
    assert _told(firm, [*GOOD, later]) == []


def test_a_plan_that_one_person_made_and_approved_is_told(firm: Firm) -> None:
    lines = [GOOD[0].replace("max", "Eva"), *GOOD[1:]]
    assert _told(firm, lines) == [(DUTIES, "2026-02", "5000 C1", 101.0)]


def test_who_approved_a_line_of_the_plan_does_not_post_on_it(firm: Firm) -> None:
    lines = [line.replace("max", "bob") for line in GOOD]
    mine = [row for row in firm.rows if row["by"] == "bob" and row["month"] == "2026-02"]
    (told,) = _told(firm, lines)
    assert told[:2] == (DUTIES, "2026-02")
    assert round(told[3], 2) == round(sum(float(row["amount"]) for row in mine), 2)
