"""What a workbook does not show at first sight is told, with its rows and amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.single.findings import Finding
from pfkit.sources.workbook import column_letters

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows


def look_over(rows: Rows) -> None:
    """Warn of macros, and of hidden rows and columns that count."""
    beside = rows.opened.hidden
    if beside.macros:
        rows.findings.add(
            Finding(
                "macros",
                "warn",
                "the workbook carries macros; none was run",
                "Save it without macros.",
            )
        )
    found = [row for row in range(rows.count) if rows.places[row].line in set(beside.rows)]
    if found:
        amount = sum((rows.amounts[row] or Decimal(0) for row in found), Decimal(0))
        rows.findings.add(
            rows.at(
                found[0],
                "hidden rows",
                "warn",
                "",
                "",
                f"{len(found)} hidden rows are counted, {amount:,.2f} together "
                f"({rows.shown(found, 12)})",
                "Show them, and delete what should not count.",
            )
        )
    letters = {column_letters(number) for number in beside.columns}
    for own, letter in rows.opened.letters.items():
        if letter in letters:
            rows.findings.add(
                Finding(
                    "hidden column",
                    "warn",
                    f"column {letter} ({own!r}) is hidden and is read",
                    "Show it, and check what it holds.",
                    own,
                )
            )
