"""Personal data and secrets in a book: found by column, masked in every table, and listed."""

from __future__ import annotations

from pfkit.contracts.personal import kinds, mask

__all__ = ["kinds", "mask"]
