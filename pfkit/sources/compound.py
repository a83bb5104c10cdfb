"""Follow the sectors of a compound file (.xls) first: a reader may follow them forever."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEADER: Final = 512
_ENTRY: Final = 128
_SHIFTS: Final = (9, 12)
_MINI_SHIFT: Final = 6
_PLACES: Final = 109
_LAST: Final = 0xFFFFFFFA
_END: Final = 0xFFFFFFFE
_STREAM, _ROOT = 2, 5


class _BrokenError(ValueError):
    """What is wrong with the sectors."""


def check_compound(data: bytes, *, where: str) -> None:
    """Refuse a compound file whose sectors run in a circle, out of the file, or end too early.

    Use it before any reader opens the file: a circle would fill the memory.

    Parameters
    ----------
    data : bytes
        The file.
    where : str
        The file, for messages.

    Raises
    ------
    SourceError
        If a chain of sectors cannot be followed to its end.

    References
    ----------
    .. [1] Microsoft, *[MS-CFB] Compound File Binary File Format*, sections 2.2 to 2.6
    """
    try:
        _follow(data)
    except (struct.error, _BrokenError) as error:
        raise SourceError(
            f"the workbook is truncated or damaged ({error})",
            where=where,
            advice="Copy it again, or open it in a spreadsheet program and save it as xlsx.",
        ) from error


def _follow(data: bytes) -> None:
    shift, mini = struct.unpack_from("<HH", data, 30)
    if shift not in _SHIFTS or mini != _MINI_SHIFT:
        message = "its header states impossible sectors"
        raise _BrokenError(message)
    sector = 1 << shift
    table = _table(data, sector)
    directory_at, cutoff, mini_at = struct.unpack_from("<I4xII", data, 48)
    directory = b"".join(
        data[_HEADER + at * sector : _HEADER + (at + 1) * sector]
        for at in _chain(table, directory_at, "its directory")
    )
    mini_chain = _chain(table, mini_at, "its table of small streams")
    mini_table = _numbers(data, mini_chain, sector)
    entries = list(_entries(directory))
    if not entries or entries[0][0] != _ROOT:
        message = "its directory has no root"
        raise _BrokenError(message)
    _chain(table, entries[0][1], "its small streams")
    for kind, start, size in entries:
        if kind == _STREAM and size:
            short = size < cutoff
            chain = _chain(mini_table if short else table, start, "a stream")
            if len(chain) << (mini if short else shift) < size:
                message = "a stream ends too early"
                raise _BrokenError(message)
    _refuse_shared([_chain(table, at, "") for at in (directory_at, mini_at, entries[0][1])])


def _table(data: bytes, sector: int) -> list[int]:
    """Return, for each sector, the one after it."""
    count = -(-(len(data) - _HEADER) // sector)
    places = list(struct.unpack_from(f"<{_PLACES}I", data, 76))
    more, _ = struct.unpack_from("<II", data, 68)
    seen = 0
    while more < _LAST:
        block = struct.unpack_from(f"<{sector // 4}I", data, _HEADER + more * sector)
        places.extend(block[:-1])
        more = block[-1]
        seen += 1
        if seen > count:
            message = "its sectors run in a circle"
            raise _BrokenError(message)
    table: list[int] = []
    for place in places:
        if place < _LAST:
            table.extend(struct.unpack_from(f"<{sector // 4}I", data, _HEADER + place * sector))
    for after in table[:count]:
        if count <= after < _LAST:
            message = "its sectors lead out of the file"
            raise _BrokenError(message)
    return table[:count]


def _chain(table: Sequence[int], start: int, what: str) -> list[int]:
    found: list[int] = []
    at = start
    while at < _LAST:
        if at >= len(table):
            message = f"{what} leads out of the file"
            raise _BrokenError(message)
        if len(found) > len(table):
            message = f"{what} runs in a circle"
            raise _BrokenError(message)
        found.append(at)
        at = table[at]
    if found and at != _END:
        message = f"{what} breaks off"
        raise _BrokenError(message)
    return found


def _numbers(data: bytes, chain: Sequence[int], sector: int) -> list[int]:
    found: list[int] = []
    for at in chain:
        found.extend(struct.unpack_from(f"<{sector // 4}I", data, _HEADER + at * sector))
    return found


def _entries(directory: bytes) -> Iterator[tuple[int, int, int]]:
    for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        kind = directory[at + 66]
        start, size = struct.unpack_from("<II", directory, at + 116)
        yield kind, start, size


def _refuse_shared(chains: Sequence[Sequence[int]]) -> None:
    for one, other in pairwise(chains):
        if set(one) & set(other):
            message = "two of its parts share a sector"
            raise _BrokenError(message)
