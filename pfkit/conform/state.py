"""What people told pfkit and must outlive a report: append-only text in the book's state."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pfkit.conform.declaration import STATE_PREFIX, Source
from pfkit.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pfkit.contracts import Contracts
    from pfkit.sources import FileFact

#: Tables whose rows may also stand in the state folder, one JSON object a line.
STATE_TABLES = ("comments", "decisions", "overrides")


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


def known_facts(files: Sequence[FileFact], state: Path, as_of: date) -> tuple[FileFact, ...]:
    """Return the facts of state files as of a day: what was written later does not change them.

    So a past report that is made again names the same input as it did then.

    Parameters
    ----------
    files : sequence of FileFact
        As they were read.
    state : pathlib.Path
        The state folder.
    as_of : datetime.date
        Lines known by then count.
    """
    found = []
    for fact in files:
        lines = (state / fact.path).read_bytes().splitlines(keepends=True)
        known = [line for line in lines if _known(line) <= as_of.isoformat()]
        data = b"".join(known)
        digest = hashlib.sha256(data).hexdigest()
        same = len(known) == len(lines)
        rows = fact.rows if same else sum(bool(line.strip()) for line in known)
        found.append(replace(fact, sha256=digest, bytes=len(data), rows=rows))
    return tuple(found)


def _known(line: bytes) -> str:
    """Return the day a line was known; a line that says none counts always."""
    try:
        held = json.loads(line)
    except ValueError:
        return ""
    return str(held.get("known_on") or "")[:10] if isinstance(held, dict) else ""


def append_lines(state: Path, lines: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Add lines to tables of the state folder, all or none, flushed to the disk.

    Parameters
    ----------
    state : pathlib.Path
        The state folder; it is made where there is none.
    lines : mapping of str to sequence of mapping
        By table: the rows to add.

    Raises
    ------
    BookError
        If the folder cannot be written; then nothing was.
    """
    texts = {
        state / f"{table}.jsonl": "".join(
            f"{json.dumps(dict(row), ensure_ascii=False, sort_keys=True)}\n" for row in rows
        ).encode()
        for table, rows in lines.items()
        if rows
    }
    opened: list[tuple[int, int]] = []
    new = [path for path in texts if not path.exists()]
    try:
        state.mkdir(parents=True, exist_ok=True)
        for path in texts:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            opened.append((handle, os.fstat(handle).st_size))
        for (handle, size), text in zip(opened, texts.values(), strict=True):
            _write_whole(handle, text if _ends_a_line(handle, size) else b"\n" + text)
    except OSError as error:
        with contextlib.suppress(OSError):
            for handle, size in opened:
                os.ftruncate(handle, size)
            for path in new:
                path.unlink(missing_ok=True)
        raise BookError(
            f"nothing was written: {error.strerror or error}",
            where=str(state),
            advice="Free the disk, or name a folder that can be written with --state.",
        ) from error
    finally:
        for handle, _ in opened:
            os.close(handle)


def _write_whole(handle: int, data: bytes) -> None:
    if os.write(handle, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(handle)


def _ends_a_line(handle: int, size: int) -> bool:
    """Return whether a file is empty or ends with a line end, as one edited by hand may not."""
    return size == 0 or os.pread(handle, 1, size - 1) == b"\n"


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
