"""Ledgers, rates and events small enough to read, and the check of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pfkit.conform.single import check_file

if TYPE_CHECKING:
    from pathlib import Path


class Check(Protocol):
    """Checks lines as one file."""

    def __call__(
        self, lines: list[str], *, table: str = "ledger", period: str | None = None
    ) -> dict[str, Any]:
        """Return the answer."""
        ...


@pytest.fixture
def checked(tmp_path: Path) -> Check:
    """Write lines to a file and check it; rows and amounts must balance."""

    def check(
        lines: list[str], *, table: str = "ledger", period: str | None = None
    ) -> dict[str, Any]:
        path = tmp_path / "export.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        found = check_file(path, table=table, period=period)
        assert found["rows_in"] == found["accepted"] + found["quarantined"] + found["excluded"]
        return found

    return check
