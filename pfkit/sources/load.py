"""Take a file off the disk: bytes, digest, decompression with a limit."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

import pyarrow as pa

from pfkit.errors import SourceError
from pfkit.sources.detect import COMPRESSIONS, detect

if TYPE_CHECKING:
    from pathlib import Path

HEAD: Final = 4096
_BY_PATH: Final = (b"PAR1", b"SQLite format 3\x00")
_CHUNK: Final = 1 << 22
# Text exports shrink 5 to 20 times, the most repetitive some 100 times; beyond this it is a bomb.
_RATIO: Final = 300
_FREE: Final = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """One file, decompressed.

    Parameters
    ----------
    data : bytes
        The content, decompressed; empty for Parquet and SQLite, which are read by path.
    sha256 : str
        Digest of the file as it lies on disk.
    size : int
        Size on disk.
    compression : str
        ``gzip``, ``bz2``, ``xz``, ``zstd``, or empty.
    found : str
        Format of the content.
    """

    data: bytes
    sha256: str
    size: int
    compression: str
    found: str


def load(path: Path, *, where: str) -> Loaded:
    """Read and, where needed, decompress one file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    where : str
        Its name in messages.

    Returns
    -------
    Loaded
        Content, digest, and what it is.

    Raises
    ------
    SourceError
        If the file cannot be read, is empty, is truncated or damaged, or grows beyond reason.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            # These readers open the file themselves; only the digest passes through memory.
            by_path = head.startswith(_BY_PATH)
            file.seek(0)
            size = os.fstat(file.fileno()).st_size
            raw = b"" if by_path else file.read()
            digest = (
                hashlib.file_digest(file, "sha256").hexdigest()
                if by_path
                else hashlib.sha256(raw).hexdigest()
            )
    except FileNotFoundError as error:
        raise SourceError("the file does not exist", where=where, advice=_beside(path)) from error
    except OSError as error:
        raise SourceError(
            f"the file cannot be read ({error.strerror})",
            where=where,
            advice="Check that it is a file, and that you may read it.",
        ) from error
    found = detect(head, where=where)
    if found not in COMPRESSIONS:
        return Loaded(data=raw, sha256=digest, size=size, compression="", found=found)
    data = _decompress(raw, found, where=where)
    inner = detect(data[:HEAD], where=where)
    if inner in COMPRESSIONS or inner == "zip":
        raise SourceError(
            f"the file is compressed twice ({found}, then {inner})",
            where=where,
            advice="Unpack it once.",
        )
    return Loaded(data=data, sha256=digest, size=size, compression=found, found=inner)


def _decompress(raw: bytes, kind: str, *, where: str) -> bytes:
    limit = max(_FREE, len(raw) * _RATIO)
    chunks: list[bytes] = []
    total = 0
    try:
        with _opened(raw, kind) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > limit:
                    raise SourceError(
                        f"{len(raw):,} bytes unpack to more than {limit:,}",
                        where=where,
                        advice="No export shrinks that much; if it is real, unpack it by hand.",
                    )
                chunks.append(chunk)
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        raise SourceError(
            f"the {kind} data are truncated or damaged ({error}); "
            f"{total:,} bytes could be unpacked",
            where=where,
            advice="Copy or export the file again.",
        ) from error
    return b"".join(chunks)


def _opened(raw: bytes, kind: str) -> IO[bytes]:
    if kind == "gzip":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=io.BytesIO(raw)))
    if kind == "bz2":
        return cast("IO[bytes]", bz2.BZ2File(io.BytesIO(raw)))
    if kind == "xz":
        return cast("IO[bytes]", lzma.LZMAFile(io.BytesIO(raw)))
    return cast("IO[bytes]", pa.CompressedInputStream(pa.BufferReader(raw), kind))


def _beside(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {path.parent} does not exist either."
    names = sorted(entry.name for entry in path.parent.iterdir())[:8]
    return f"Its folder holds: {', '.join(names) or 'nothing'}."
