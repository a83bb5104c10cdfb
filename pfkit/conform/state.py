"""What people told pfkit and must outlive a report: append-only text in the book's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.declaration import STATE_PREFIX, Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pfkit.contracts import Contracts

#: Tables whose rows may also stand in the state folder, one JSON object a line.
STATE_TABLES = ("comments", "decisions")


def state_sources(state: Path, contracts: Contracts) -> list[Source]:
    """Return a source for every table the state folder holds, as ``<table>.jsonl``.

    Parameters
    ----------
    state : pathlib.Path
        The state folder; it need not exist.
    contracts : Contracts
        What the tables promise in this book.
    """
    return [
        Source.model_validate(
            {
                "name": f"{STATE_PREFIX}{table}",
                "table": table,
                "path": f"{table}.jsonl",
                "format": "jsonl",
                "columns": {name: name for name in contracts.contract(table).names},
                "known_on": {"column": "known_on", "at": "day"},
            },
            context={"contracts": contracts},
        )
        for table in STATE_TABLES
        if (state / f"{table}.jsonl").is_file()
    ]


def is_state(source: Source) -> bool:
    """Return whether a source is a file of the state folder."""
    return source.name in {f"{STATE_PREFIX}{table}" for table in STATE_TABLES}


def with_columns_of(source: Source, found: Sequence[str]) -> Source:
    """Return a state source without the optional columns that no line of its file has.

    Parameters
    ----------
    source : Source
        As `state_sources` declares it.
    found : sequence of str
        The keys that occur in the file.
    """
    promise = source.promise
    columns = {
        name: mapping
        for name, mapping in source.columns.items()
        if name in found or (promise.column(name).required and not promise.column(name).default)
    }
    return source.model_copy(update={"columns": columns})
