"""An export written out in the test, read through an adapter as a book reads it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.adapters.tried import try_adapter

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Desk:
    """A folder in which a test writes an export and tries it."""

    folder: Path

    def file(self, text: str, name: str = "export.csv") -> Path:
        """Write an export, without the indentation of the test."""
        path = self.folder / name
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def tried(self, adapter: str, text: str, name: str = "export.csv") -> dict[str, Any]:
        """Read an export through an adapter, all of its rows shown."""
        return try_adapter(adapter, self.file(text, name), rows=100)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give an empty folder."""
    return Desk(tmp_path)
