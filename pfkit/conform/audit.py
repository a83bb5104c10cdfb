"""What people decided about rows held back: lines that are added and never changed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pfkit.errors import BookError, PfkitError, SourceError
from pfkit.period import read_day
from pfkit.sources import FileFact

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: The file of the state folder, one JSON object a line.
FILE = "quarantine.jsonl"

Action = Literal["accept", "fix", "withdraw"]

_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One line: what was decided about one row, by whom and why.

    Parameters
    ----------
    decision : str
        Its id: a digest of the rest of the line.
    number : int
        The line it is, from 1.
    action : str
        ``accept`` (the row passes the rule), ``fix`` (agreed columns get values) or ``withdraw``
        (an earlier decision no longer counts).
    row : str
        Id of the row.
    source, table, period, file, line : str
        Where the row stood.
    rule, column : str
        What it was held back for.
    before, after : mapping of str to str or None
        Agreed columns and their values.
    amount, amount_after : str or None
        What the row counts in reporting currency; None where it cannot be read.
    because, by : str
        The reason, and who decided.
    known_on : datetime.date
        The day it was decided.
    withdraws : str
        Id of the decision a ``withdraw`` takes back.
    """

    decision: str = ""
    number: int = 0
    action: Action
    row: str
    source: str
    table: str
    period: str
    file: str
    line: str
    rule: str
    column: str
    before: Mapping[str, str | None] = field(default_factory=dict)
    after: Mapping[str, str | None] = field(default_factory=dict)
    amount: str | None = None
    amount_after: str | None = None
    because: str
    by: str
    known_on: dt.date
    withdraws: str = ""

    def numbered(self, number: int) -> Decision:
        """Return the decision as a line of the file, with its id."""
        plain = dataclasses.replace(self, number=number, decision="")
        return dataclasses.replace(plain, decision=_digest(plain.plain()))

    def plain(self) -> dict[str, Any]:
        """Return the decision as JSON values."""
        return dataclasses.asdict(self) | {"known_on": self.known_on.isoformat()}


def read_decisions(state: Path) -> tuple[Decision, ...]:
    """Return every line of the state folder's file, checked against its own digest.

    Raises
    ------
    SourceError
        If a line is no decision, or was changed after it was written.
    """
    path = state / FILE
    if not path.is_file():
        return ()
    found: list[Decision] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        where = f"{FILE} line {number}"
        try:
            plain = json.loads(line.decode("utf-8"))
            day = read_day(str(plain.pop("known_on")))
            decision = Decision(**plain, known_on=day)
        except (ValueError, TypeError, KeyError, AttributeError, PfkitError) as error:
            raise SourceError(
                "is no decision that pfkit wrote",
                where=where,
                advice="The file is written by `pfkit quarantine` and by nothing else; take it "
                "back from your archive.",
            ) from error
        if decision.numbered(decision.number).decision != decision.decision:
            raise SourceError(
                f"decision {decision.decision} was changed after it was written",
                where=where,
                advice="Take the line back as it was; to undo it, use `pfkit quarantine withdraw`.",
            )
        found.append(decision)
    return tuple(found)


def file_of(state: Path, decisions: Sequence[Decision], as_of: dt.date | None) -> FileFact | None:
    """Return the digest of the lines known by a day, None where there is none.

    Lines written later do not change it, so that a past report names the same input again.
    """
    if not decisions:
        return None
    lines = (state / FILE).read_bytes().splitlines(keepends=True)
    known = [
        line
        for line, decision in zip(lines, decisions, strict=True)
        if as_of is None or decision.known_on <= as_of
    ]
    data = b"".join(known)
    digest = hashlib.sha256(data).hexdigest()
    return FileFact(path=FILE, sha256=digest, bytes=len(data), format="jsonl", rows=len(known))


def in_force(decisions: Iterable[Decision], as_of: dt.date | None) -> tuple[Decision, ...]:
    """Return the decisions that count on a day: known by then and not withdrawn by then."""
    known = [d for d in decisions if as_of is None or d.known_on <= as_of]
    gone = {d.withdraws for d in known}
    return tuple(d for d in known if d.action != "withdraw" and d.decision not in gone)


def append(state: Path, decisions: Sequence[Decision]) -> None:
    """Add lines to the state folder's file, all or none, flushed to the disk.

    Raises
    ------
    BookError
        If the folder cannot be written.
    """
    lines = [json.dumps(d.plain(), ensure_ascii=False, sort_keys=True) for d in decisions]
    data = "".join(f"{line}\n" for line in lines).encode()
    path = state / FILE
    try:
        state.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            before = os.fstat(handle).st_size
            if os.write(handle, data) != len(data):
                os.ftruncate(handle, before)
                raise BookError(
                    "the decision could not be written whole, and was not written",
                    where=str(path),
                    advice="Free the disk and decide again.",
                )
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise BookError(
            f"the decision could not be written: {error.strerror or error}",
            where=str(path),
            advice="Name a folder that can be written with --state.",
        ) from error


def _digest(plain: Mapping[str, Any]) -> str:
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
