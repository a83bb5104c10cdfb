"""Judge a zip archive before anything opens it: its directory first, then part by part."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipInfo

# Sheets of one constant shrink some 100 times; no sheet anyone filled shrinks 200 times.
_RATIO: Final = 200
_FREE: Final = 8 << 20
_LARGEST: Final = 2 << 30
_ENTRIES: Final = 10_000
_CHUNK: Final = 1 << 20

_END: Final = b"PK\x05\x06"
_LOCAL: Final = 30
_LOCKED: Final = 1
_REFUSED: Final = "If it is real, save it again, or export its sheet as CSV."


def entries(data: bytes, *, where: str) -> list[ZipInfo]:
    r"""Return what an archive's directory lists; nothing is unpacked.

    Parameters
    ----------
    data : bytes
        The archive.
    where : str
        The file, for messages.

    Returns
    -------
    list of zipfile.ZipInfo
        Every part, folders included.

    Raises
    ------
    SourceError
        If the directory is damaged, names a part twice, or a part would unpack beyond reason.

    References
    ----------
    .. [1] D. Fifield, *A better zip bomb*, https://www.usenix.org/conference/woot19/presentation/fifield

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> with zipfile.ZipFile(stream, "w") as archive:
    ...     archive.writestr("a.csv", "id\n1\n")
    >>> [entry.filename for entry in entries(stream.getvalue(), where="a.zip")]
    ['a.csv']
    """
    _refuse_crowd(data, where=where)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, struct.error) as error:
        raise _damaged(str(error), where) from error
    _refuse_bomb(found, len(data), where=where)
    names = [entry.filename for entry in found]
    if len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise _damaged(f"its part {twice!r} stands twice", where)
    return found


def unpacked(data: bytes, entry: ZipInfo, *, where: str) -> Iterator[bytes]:
    """Yield one part in pieces, never more than the directory says, and prove its check sum.

    Parameters
    ----------
    data : bytes
        The archive.
    entry : zipfile.ZipInfo
        The part, as `entries` lists it.
    where : str
        The file, for messages.

    Yields
    ------
    bytes
        At most a megabyte at a time.

    Raises
    ------
    SourceError
        If the part is locked, packed in an unknown way, cut off, longer than stated, or its
        check sum differs.
    """
    name = entry.filename
    if entry.flag_bits & _LOCKED:
        raise SourceError(
            f"the archive's part {name!r} is locked with a password",
            where=where,
            advice="Save it without.",
        )
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _damaged(f"its part {name!r} is packed in an unknown way", where)
    start = _start(data, entry, where)
    packed = memoryview(data)[start : start + entry.compress_size]
    total, check = 0, 0
    pieces = _inflated(packed) if entry.compress_type == zipfile.ZIP_DEFLATED else _cut(packed)
    try:
        for piece in pieces:
            total += len(piece)
            check = zlib.crc32(piece, check)
            if total > entry.file_size:
                break
            yield piece
    except zlib.error as error:
        raise _damaged(f"its part {name!r}: {error}", where) from error
    if total > entry.file_size:
        raise SourceError(
            f"the archive is refused: its part {name!r} unpacks to more than the "
            f"{entry.file_size:,} bytes it states",
            where=where,
            advice=_REFUSED,
        )
    if total < entry.file_size or check != entry.CRC:
        raise _damaged(f"its part {name!r} is cut off, or its check sum differs", where)


def _start(data: bytes, entry: ZipInfo, where: str) -> int:
    at = entry.header_offset
    if data[at : at + 4] != b"PK\x03\x04" or at + _LOCAL > len(data):
        raise _damaged(f"its part {entry.filename!r} is not where the directory says", where)
    name, extra = struct.unpack_from("<HH", data, at + 26)
    return int(at + _LOCAL + name + extra)


def _inflated(packed: memoryview) -> Iterator[bytes]:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in _cut(packed):
        rest = piece
        while rest:
            yield engine.decompress(rest, _CHUNK)
            rest = engine.unconsumed_tail
    while not engine.eof and (last := engine.decompress(b"", _CHUNK)):
        yield last
    if not engine.eof:
        message = "the packed data end early"
        raise zlib.error(message)


def _cut(packed: memoryview) -> Iterator[bytes]:
    for at in range(0, len(packed), _CHUNK):
        yield bytes(packed[at : at + _CHUNK])


def _refuse_crowd(data: bytes, *, where: str) -> None:
    """Refuse by the count at the end of the archive, before the directory is read."""
    at = data.rfind(_END)
    count = struct.unpack_from("<H", data, at + 10)[0] if 0 <= at <= len(data) - 22 else 0
    if count > _ENTRIES:
        raise _refused(f"it has {count:,} parts", where)


def _refuse_bomb(found: list[ZipInfo], size: int, *, where: str) -> None:
    total = sum(entry.file_size for entry in found)
    packed = sum(entry.compress_size for entry in found)
    worst = max(found, key=lambda entry: entry.file_size, default=None)
    if worst and worst.file_size > max(_FREE, worst.compress_size * _RATIO):
        raise _refused(
            f"its part {worst.filename!r} would unpack from {worst.compress_size:,} "
            f"to {worst.file_size:,} bytes",
            where,
        )
    if total > _LARGEST:
        raise _refused(f"it would unpack to {total:,} bytes", where)
    if total > max(4 * _FREE, size * _RATIO):
        raise _refused(f"it would unpack from {size:,} to {total:,} bytes", where)
    if len(found) > _ENTRIES:
        raise _refused(f"it has {len(found):,} parts", where)
    if packed > size:
        raise _refused("its parts overlap", where)


def _refused(reason: str, where: str) -> SourceError:
    return SourceError(
        f"the archive is refused before opening: {reason}", where=where, advice=_REFUSED
    )


def _damaged(reason: str, where: str) -> SourceError:
    return SourceError(
        f"the archive is truncated or damaged ({reason})",
        where=where,
        advice="Copy or export the file again.",
    )
