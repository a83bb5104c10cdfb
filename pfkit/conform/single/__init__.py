"""One file by itself, checked against the table it is said to hold."""

from __future__ import annotations

from pfkit.conform.single.check import check_file

__all__ = ["check_file"]
