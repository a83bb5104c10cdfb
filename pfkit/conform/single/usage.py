"""What usage events must keep by themselves: a moment, a count that is none below zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.single import everywhere
from pfkit.conform.single.complete import warn_missing_stretch
from pfkit.conform.single.outliers import warn_scale

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows


def prepare(rows: Rows) -> None:
    """Hold back events without an id, an account, a product or a moment."""
    everywhere.warn_absent(rows)
    everywhere.hold_empty(rows, "event_id", "account_id", "customer", "product", "ts")


def check(rows: Rows) -> None:
    """Look settled events over."""
    for row in rows.alive():
        units = rows.amounts[row]
        if units is not None and units < 0:
            stated = rows.stated["units"][row] or ""
            rows.hold(
                row,
                "value out of range",
                "units",
                stated,
                f"units {stated!r} is below zero: nothing is used less than not at all",
                "Export corrections as events of their own kind.",
            )
    everywhere.hold_day_zero(rows, "ts")
    everywhere.hold_outside(rows, "ts")
    everywhere.warn_far(rows, "ts")
    if "event_id" not in rows.texts:
        everywhere.warn_equal(rows)
    warn_scale(rows, ("product", "feature"), month="ts")
    warn_missing_stretch(rows, "ts")
