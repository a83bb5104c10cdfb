"""What a ledger or journal must keep by itself: sides, balance, period, scale and sign."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.numbers import plain
from pfkit.conform.single import everywhere
from pfkit.conform.single.blocks import warn_blocks, warn_whole
from pfkit.conform.single.complete import warn_missing_stretch
from pfkit.conform.single.outliers import warn_scale, warn_signs

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows


def prepare(rows: Rows) -> None:
    """Bring the amounts of a ledger in the form the table wants."""
    everywhere.warn_absent(rows)
    everywhere.hold_empty(rows, "entry_id", "journal_id")
    if rows.kind == "journal":
        for column in ("debit", "credit"):
            everywhere.mend_residue(rows, column)
        _from_sides(rows)
    else:
        everywhere.mend_residue(rows, "amount")


def check(rows: Rows) -> None:
    """Look a settled ledger over."""
    day = "posting_date" if "posting_date" in rows.texts else "period"
    everywhere.hold_day_zero(rows, day)
    everywhere.hold_outside(rows, day)
    everywhere.warn_far(rows, "posting_date")
    everywhere.cents(rows, "amount")
    if rows.kind == "journal":
        _hold_unbalanced(rows)
    if "entry_id" not in rows.texts:
        everywhere.warn_equal(rows)
    groups = ("account", "product")
    warn_scale(rows, groups, month=day)
    warn_signs(rows, "account", month=day)
    warn_blocks(rows, month=day)
    warn_whole(rows)
    warn_missing_stretch(rows, day)
    if rows.kind != "journal":
        everywhere.warn_all_zero(rows)


def _from_sides(rows: Rows) -> None:
    amounts: list[str | None] = [None] * rows.count
    for row in range(rows.count):
        if row in rows.held and rows.held[row].column in {"debit", "credit"}:
            continue
        debit, credit = (Decimal(rows.text(side, row) or 0) for side in ("debit", "credit"))
        amounts[row] = plain(debit - credit)
        if debit and credit:
            what, rule = f"both debit {debit} and credit {credit}", "debit and credit"
        elif not debit and not credit:
            what, rule = "neither debit nor credit", "no amount"
        else:
            continue
        stated = (rows.stated["debit"][row] or "") if "debit" in rows.stated else ""
        rows.hold(
            row,
            rule,
            "debit",
            stated,
            f"the row has {what}",
            "A journal line has one of the two.",
        )
    rows.texts["amount"] = amounts
    rows.stated.setdefault("amount", amounts)


def _hold_unbalanced(rows: Rows) -> None:
    lines: dict[str, list[int]] = {}
    for row in range(rows.count):
        if journal := rows.text("journal_id", row):
            lines.setdefault(journal, []).append(row)
    for journal, found in lines.items():
        sums: dict[str, Decimal] = {}
        alive = [row for row in found if row not in rows.held]
        for row in alive:
            code = rows.text("currency", row)
            sums[code] = sums.get(code, Decimal(0)) + (rows.amounts[row] or Decimal(0))
        apart = {code: value for code, value in sums.items() if value}
        if not apart:
            continue
        told = ", ".join(f"{value:+,.2f} {code}".strip() for code, value in apart.items())
        lost = len(found) - len(alive)
        why = f"; {lost} of its {len(found)} lines are held back already" if lost else ""
        for row in alive:
            rows.hold(
                row,
                "journal not balanced",
                "journal_id",
                journal,
                f"journal {journal}: debit less credit is {told} over its {len(alive)} lines "
                f"({rows.shown(alive)}){why}",
                "Post the missing line, or correct the amount; a journal counts whole or not.",
            )
