"""What people told pfkit and must outlive a report: append-only text in the book's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.declaration import KnownOn, Mapping, Source
from pfkit.contracts import contract

if TYPE_CHECKING:
    from pathlib import Path

#: Tables whose rows may also stand in the state folder, one JSON object a line.
STATE_TABLES = ("comments", "decisions")


def state_sources(state: Path) -> list[Source]:
    """Return a source for every table the state folder holds, as ``<table>.jsonl``.

    Parameters
    ----------
    state : pathlib.Path
        The state folder; it need not exist.
    """
    return [
        Source(
            name=f"state_{table}",
            table=table,
            path=f"{table}.jsonl",
            format="jsonl",
            columns={c.name: Mapping(column=c.name) for c in contract(table).columns},
            known_on=KnownOn(column="known_on", at="day"),
        )
        for table in STATE_TABLES
        if (state / f"{table}.jsonl").is_file()
    ]
