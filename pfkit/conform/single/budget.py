"""What a budget must keep by itself: months of the period, one scale, no row twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.single import everywhere
from pfkit.conform.single.complete import warn_lines_again, warn_missing_months
from pfkit.conform.single.outliers import warn_scale

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows


def prepare(rows: Rows) -> None:
    """Take off what binary fractions leave behind the amounts."""
    everywhere.warn_absent(rows)
    everywhere.mend_residue(rows, "amount")


def check(rows: Rows) -> None:
    """Look a settled budget over."""
    everywhere.hold_outside(rows, "period")
    everywhere.cents(rows, "amount", severity="repair")
    everywhere.warn_equal(rows)
    warn_lines_again(rows)
    warn_missing_months(rows)
    line = "line" if "line" in rows.texts else "account"
    warn_scale(rows, (line, "product"), month="period")
