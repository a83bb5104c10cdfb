"""Pull what is new from a service: asked from where the last pull ended, kept whole or not."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from pfkit.conform.freshness.ledger import lines_of, signed_line
from pfkit.conform.state import append_lines
from pfkit.errors import BookError, SourceError
from pfkit.sources.lock import alone
from pfkit.sources.rest import Service, pages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pfkit.conform.pulls import Pull

#: The file of the state folder: where each pull ended.
PULLS = "pulls"

Mark = tuple[int, Any]


@dataclass(frozen=True)
class Pulled:
    """What a pull brought.

    Attributes
    ----------
    name, file : str
        The pull, and the file it wrote; empty where nothing was new.
    rows : int
        Its rows.
    mark : str
        The cursor it reached; empty where it has none.
    notes : tuple of str
        Columns that are new, gone or of another type since the pull before.
    """

    name: str
    file: str
    rows: int
    mark: str
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "pull": self.name,
            "file": self.file,
            "rows": self.rows,
            "cursor": self.mark,
            "notes": [*self.notes],
        }


@dataclass
class _Reached:
    """Where a pull is: its latest cursor, the rows that have it, and what was seen of rows."""

    mark: Any = None
    edge: set[str] = field(default_factory=set)
    types: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    seen: set[bytes] = field(default_factory=set)
    again: int = 0


def pull(declared: Pull, *, data: Path, state: Path) -> Pulled:
    """Pull what is new into a file of its own, and keep how far it came.

    The file appears whole under its name or not at all, and the state line after it. A pull that
    dies leaves a hidden part that no source reads; the next one begins where the last whole one
    ended and writes the same file.

    Parameters
    ----------
    declared : Pull
        What the book says.
    data, state : pathlib.Path
        The folder of the raw files, and the state folder.

    Raises
    ------
    SourceError
        If the service refuses or does not answer, a row lacks the cursor, a state line is none, or
        another process is at the same pull.
    BookError
        If a folder cannot be written.
    """
    held = data / declared.folder / f".{declared.name}.lock"
    try:
        with alone(held, what=f"a pull of {declared.name!r}"):
            return _pulled(declared, data, state)
    except OSError as error:
        raise BookError(
            f"nothing was kept: {error.strerror or error}",
            where=str(held.parent),
            advice="Free the disk, or name a folder that can be written.",
        ) from error


def _pulled(declared: Pull, data: Path, state: Path) -> Pulled:
    before = [
        line for line in lines_of(state, PULLS, "pfkit pull") if line["pull"] == declared.name
    ]
    last = before[-1] if before else None
    reached = _Reached(last["cursor"] if last else None, set(last["edge"]) if last else set())
    number = len(before) + 1
    name = f"{declared.folder}/{declared.name}-{number:05}.jsonl"
    digest = _written(data / name, declared, last, reached)
    if not digest:
        return Pulled(declared.name, "", 0, _text(last["cursor"] if last else None))
    line = {
        "pull": declared.name,
        "number": number,
        "file": name,
        "sha256": digest,
        "rows": reached.rows,
        "cursor": str(reached.mark) if isinstance(reached.mark, Decimal) else reached.mark,
        "edge": sorted(reached.edge),
        "types": dict(sorted(reached.types.items())),
    }
    append_lines(state, {PULLS: [signed_line(line)]})
    notes = _compared(last["types"], reached.types) if last else ()
    if reached.again:
        rows = "1 row" if reached.again == 1 else f"{reached.again:,} rows"
        notes += (f"{rows} came twice and count once: the list changed while it was read",)
    return Pulled(declared.name, name, reached.rows, _text(reached.mark), notes)


def _written(
    target: Path, declared: Pull, last: Mapping[str, Any] | None, reached: _Reached
) -> str:
    """Write what is new as one file, whole or not at all; return its digest, "" for nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as file:
            for page in pages(_service(declared, last)):
                for row in page:
                    line = _taken(row, declared, reached)
                    digest.update(line)
                    file.write(line)
            file.flush()
            os.fsync(file.fileno())
        same = last is not None and digest.hexdigest() == last["sha256"]
        if not reached.rows or same:
            return ""
        part.replace(target)
        _flush(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()


def _service(declared: Pull, last: Mapping[str, Any] | None) -> Service:
    params: dict[str, str | int] = dict(declared.params)
    begin = last["cursor"] if last is not None else declared.begin
    if declared.since and begin is not None:
        params[declared.since] = begin
    where = f"book.toml pulls[{declared.name}].token"
    token = declared.token.secret().found(where=where) if declared.token is not None else ""
    return Service(
        url=declared.url,
        token=token,
        params=params,
        rows=declared.rows,
        paging=declared.paging,
        param=declared.param,
        next=declared.next,
        start=declared.start,
        size=declared.size,
        attempts=declared.attempts,
        timeout=declared.timeout,
        wait=declared.wait,
    )


def _taken(row: Mapping[str, Any], declared: Pull, reached: _Reached) -> bytes:
    """Return a row as a line and note how far it reaches; nothing where it was taken before."""
    line = f"{_json(row)}\n".encode()
    own = hashlib.blake2b(line, digest_size=16).digest()
    if own in reached.seen:  # on two pages, as another row came or went meanwhile
        reached.again += 1
        return b""
    reached.seen.add(own)
    if declared.cursor:
        mark = row.get(declared.cursor)
        if mark is None:
            raise SourceError(
                f"a row has no {declared.cursor!r}, which says when it was last changed",
                where=f"pull {declared.name}",
                advice="Name another `cursor`, or leave it out to pull all each time.",
            )
        digest = _digest(line)
        if reached.mark is None or _order(mark) > _order(reached.mark):
            reached.mark, reached.edge = mark, {digest}
        elif _order(mark) == _order(reached.mark):
            if digest in reached.edge:
                return b""
            reached.edge.add(digest)
    reached.rows += 1
    for column, value in row.items():
        kind = "float" if isinstance(value, Decimal) else type(value).__name__
        if value is not None:
            known = reached.types.setdefault(column, kind)
            reached.types[column] = kind if known == kind else _either(known, kind)
    return line


def _json(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Return a value as JSON, with each number in the digits it came in.

    Examples
    --------
    >>> _json({"a": [Decimal("1.10"), Decimal("1e3"), 12345678901234567890], "b": None})
    '{"a": [1.10, 1E+3, 12345678901234567890], "b": null}'
    """
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)}: {_json(v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _either(one: str, other: str) -> str:
    return "float" if {one, other} == {"int", "float"} else "mixed"


def _order(mark: Any) -> Mark:  # noqa: ANN401 (any JSON value)
    """Return a cursor as it sorts: numbers as numbers, moments by their zone, else as text."""
    if isinstance(mark, int | float | Decimal):
        return 0, Decimal(str(mark))
    text = str(mark)
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        try:
            return 0, Decimal(text)
        except InvalidOperation:
            return 2, text
    return 1, day if day.tzinfo is not None else day.replace(tzinfo=UTC)


def _compared(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the rows of a pull have otherwise than those of the pull before."""
    notes = [f"column {name!r} is new" for name in now if name not in before]
    notes += [f"column {name!r} is missing" for name in before if name not in now]
    notes += [
        f"column {name!r} was {before[name]} and is {kind}"
        for name, kind in now.items()
        if name in before and before[name] != kind and {before[name], kind} != {"int", "float"}
    ]
    return tuple(notes)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _text(mark: Any) -> str:  # noqa: ANN401 (any JSON value)
    return "" if mark is None else str(mark)


def _flush(folder: Path) -> None:
    """Make a new name in a folder outlast a power cut, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
