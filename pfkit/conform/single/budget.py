"""What a budget must keep by itself: months of the period, one scale, no row twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.single import common
from pfkit.conform.single.outliers import warn_scale

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows


def prepare(rows: Rows) -> None:
    """Take off what binary fractions leave behind the amounts."""
    common.warn_absent(rows)
    common.mend_residue(rows, "amount")


def check(rows: Rows) -> None:
    """Look a settled budget over."""
    common.hold_outside(rows, "period")
    common.cents(rows, "amount", severity="repair")
    common.warn_equal(rows)
    line = "line" if "line" in rows.texts else "account"
    warn_scale(rows, (line, "product"), month="period")
