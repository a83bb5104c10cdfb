"""Walk a delimited text field by field, where quotes stand in places that no rule foresees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_BREAK: Final = re.compile(rb"\r\n|\n|\r")
# A quoted text longer than this was opened by a stray quote.
_LONGEST: Final = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Walked:
    """One record as it was walked.

    Parameters
    ----------
    line, last_line : int
        Lines the record starts and ends on.
    fields : tuple of bytes
        The fields, unquoted; empty when the quotes are broken.
    text : bytes
        The record as it stands.
    broken : bool
        Whether a quote opens a field and does not close it at its end.
    at : int
        Offset of its first byte.
    """

    line: int
    last_line: int
    fields: tuple[bytes, ...]
    text: bytes
    broken: bool = False
    at: int = 0


def walk(data: bytes, *, delimiter: str, first_line: int = 1) -> Iterator[Walked]:
    r"""Yield every record, blank ones included.

    Parameters
    ----------
    data : bytes
        UTF-8 text.
    delimiter : str
        One ASCII character.
    first_line : int
        Line number of the first byte.

    Yields
    ------
    Walked
        A quote inside an unquoted field is text. A record whose quoted field does not end at a
        delimiter or line end is broken: its first line is given up, and reading goes on at the
        next, so that one stray quote never swallows the rows after it.

    Examples
    --------
    >>> [record.fields for record in walk(b'5" pipe,1\n"a, b",2\n', delimiter=",")]
    [(b'5" pipe', b'1'), (b'a, b', b'2')]
    """
    mark = delimiter.encode()
    at, line = 0, first_line
    while at < len(data):
        stop, after = _line_end(data, at)
        first = data[at:stop]
        pieces = first.split(mark)
        if not any(piece.startswith(b'"') for piece in pieces):
            yield Walked(line=line, last_line=line, fields=tuple(pieces), text=first, at=at)
            at, line = after, line + 1
            continue
        record = _quoted(data, at, mark)
        if record is None:
            yield Walked(line=line, last_line=line, fields=(), text=first, broken=True, at=at)
            at, line = after, line + 1
            continue
        fields, stop = record
        text = data[at:stop]
        last = line + len(_BREAK.findall(text))
        yield Walked(line=line, last_line=last, fields=fields, text=text, at=at)
        _, at = _line_end(data, stop)
        line = last + 1


def _line_end(data: bytes, at: int) -> tuple[int, int]:
    found = _BREAK.search(data, at)
    return (found.start(), found.end()) if found else (len(data), len(data))


def _quoted(data: bytes, at: int, mark: bytes) -> tuple[tuple[bytes, ...], int] | None:
    """Return the fields of the record at an offset and where it ends, or None if it is broken."""
    fields: list[bytes] = []
    plain = re.compile(rb"[^" + re.escape(mark) + rb"\r\n]*")
    while True:
        if data[at : at + 1] == b'"':
            stop = _closing(data, at + 1)
            if stop is None:
                return None
            fields.append(data[at + 1 : stop].replace(b'""', b'"'))
            at = stop + 1
        else:
            match = plain.match(data, at)
            end = match.end() if match else at
            fields.append(data[at:end])
            at = end
        following = data[at : at + 1]
        if following == mark:
            at += 1
        elif following in {b"\r", b"\n", b""}:
            return tuple(fields), at
        else:
            return None


def _closing(data: bytes, at: int) -> int | None:
    limit = at + _LONGEST
    while (found := data.find(b'"', at, limit)) >= 0:
        if data[found + 1 : found + 2] != b'"':
            return found
        at = found + 2
    return None
