"""Take a file off the disk: bytes, digest, decompression with a limit."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import stat
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

import pyarrow as pa

from pfkit.errors import SourceError
from pfkit.sources.archive import entries, unpacked
from pfkit.sources.biff import check_records
from pfkit.sources.compound import check_compound
from pfkit.sources.detect import COMPRESSIONS, TEXT, detect

if TYPE_CHECKING:
    from pathlib import Path

HEAD: Final = 4096
_BY_PATH: Final = (b"PAR1", b"SQLite format 3\x00")
_CHUNK: Final = 1 << 20
# Text exports shrink 5 to 20 times, the most repetitive some 100 times; beyond this it is a bomb.
_RATIO: Final = 150
_FREE: Final = 16 << 20
# Parts that a zip archive of any office program has.
_OFFICE: Final = frozenset({"[Content_Types].xml", "mimetype", "xl/workbook.bin"})


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
        ``gzip``, ``bz2``, ``xz``, ``zstd``, ``zip`` for an archive of one text, or empty.
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
        # A pipe or a device has no end to wait for.
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(
                "this is no file" + (" but a folder" if path.is_dir() else ""),
                where=where,
                advice="Name a file.",
            )
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
    if found == "zip" and (text := _zipped_text(raw, where=where)) is not None:
        inner = detect(text[:HEAD], where=where)
        return Loaded(data=text, sha256=digest, size=size, compression="zip", found=inner)
    if found == "xls":
        check_compound(raw, where=where)
        check_records(raw, where=where)
    if found not in COMPRESSIONS:
        return Loaded(data=raw, sha256=digest, size=size, compression="", found=found)
    data = _decompress(raw, found, where=where)
    inner = detect(data[:HEAD], where=where)
    if inner in COMPRESSIONS or inner == "zip":
        raise refuse_packed_twice(found, inner, where)
    return Loaded(data=data, sha256=digest, size=size, compression=found, found=inner)


def _zipped_text(raw: bytes, *, where: str) -> bytes | None:
    """Return the one text of an archive that holds nothing else, None for any other archive."""
    found = entries(raw, where=where)
    if _OFFICE & {entry.filename for entry in found}:
        return None
    files = [entry for entry in found if not entry.is_dir() and _is_meant(entry.filename)]
    if len(files) != 1:
        return None
    text = b"".join(unpacked(raw, files[0], where=where))
    return text if text and detect(text[:HEAD], where=where) in TEXT else None


def _is_meant(name: str) -> bool:
    return not name.startswith("__MACOSX/") and not name.rpartition("/")[2].startswith(".")


def _decompress(raw: bytes, kind: str, *, where: str) -> bytes:
    limit = limit_of(len(raw))
    chunks: list[bytes] = []
    total = 0
    try:
        with _opened(raw, kind) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > limit:
                    raise refuse_bomb_text(len(raw), limit, where)
                chunks.append(chunk)
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        raise refuse_cut(kind, error, total, where) from error
    return b"".join(chunks)


def limit_of(packed: int) -> int:
    """Return how many bytes a compressed text of some bytes may unpack to."""
    return max(_FREE, packed * _RATIO)


def refuse_bomb_text(packed: int, limit: int, where: str) -> SourceError:
    """Return the error that names a compressed text that is too large unpacked."""
    return SourceError(
        f"{packed:,} bytes unpack to more than {limit:,}",
        where=where,
        advice="No export shrinks that much; if it is real, unpack it by hand.",
    )


def refuse_cut(kind: str, error: BaseException, total: int, where: str) -> SourceError:
    """Return the error that names compressed data that are damaged."""
    return SourceError(
        f"the {kind} data are truncated or damaged ({error}); {total:,} bytes could be unpacked",
        where=where,
        advice="Copy or export the file again.",
    )


def refuse_packed_twice(packed: str, inner: str, where: str) -> SourceError:
    """Return the error that names a file that is compressed twice."""
    return SourceError(
        f"the file is compressed twice ({packed}, then {inner})",
        where=where,
        advice="Unpack it once.",
    )


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
