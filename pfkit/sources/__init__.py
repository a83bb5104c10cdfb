"""Read raw input, and remember where it came from."""

from __future__ import annotations

from pfkit.sources.find import find_files
from pfkit.sources.raw import FileFact, RawTable, RejectedRow
from pfkit.sources.read import read_files

__all__ = ["FileFact", "RawTable", "RejectedRow", "find_files", "read_files"]
