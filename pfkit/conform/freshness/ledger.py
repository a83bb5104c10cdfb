"""Lines of a state file that pfkit alone writes, each with a digest of the rest of it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LENGTH = 12


def signed_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line with the digest of the rest of it.

    Examples
    --------
    >>> sorted(signed_line({"rows": 3}))
    ['check', 'rows']
    """
    text = json.dumps(line, ensure_ascii=False, sort_keys=True)
    return dict(line) | {"check": hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]}


def lines_of(state: Path | None, name: str, writer: str) -> list[dict[str, Any]]:
    """Return every line of a file, without its digest, in order.

    Parameters
    ----------
    state : pathlib.Path or None
        The state folder; it need not exist.
    name : str
        The file's name without ``.jsonl``.
    writer : str
        The command that writes it.

    Raises
    ------
    SourceError
        If a line is none that pfkit wrote, or was changed since.
    """
    path = state / f"{name}.jsonl" if state is not None else None
    if path is None or not path.is_file():
        return []
    found = []
    for number, raw in enumerate(path.read_bytes().splitlines(), start=1):
        where = f"{path.name} line {number}"
        try:
            line = json.loads(raw.decode("utf-8"))
            check = line.pop("check")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SourceError(
                "is no line that pfkit wrote",
                where=where,
                advice=f"The file is written by `{writer}` and by nothing else; take it back from "
                "your archive.",
            ) from error
        if signed_line(line)["check"] != check:
            raise SourceError(
                "was changed after it was written",
                where=where,
                advice=f"Take the line back as it was; `{writer}` adds what is new.",
            )
        found.append(line)
    return found
