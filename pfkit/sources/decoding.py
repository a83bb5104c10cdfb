"""Text too large for memory as UTF-8, piece by piece: the same as if it were decoded whole."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import re
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, Final, cast

import pyarrow as pa

from pfkit.errors import SourceError
from pfkit.sources import encoding as whole
from pfkit.sources.detect import COMPRESSIONS, detect
from pfkit.sources.load import limit_of, refuse_bomb_text, refuse_cut, refuse_packed_twice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Bytes read at once, and bytes of a file's begin that it is told by.
CHUNK: Final = 1 << 22
HEAD: Final = 1 << 16
_BREAKS: Final = re.compile(rb"\r\n|\n|\r")
_MARK: Final = codecs.BOM_UTF8


@dataclass(frozen=True)
class Written:
    """What a text is written in.

    Attributes
    ----------
    codec : str
        The Python codec its bytes go through.
    encoding : str
        What it is called.
    skip : int
        Bytes before the text.
    notes : tuple of str
        What was removed or detected.
    bad_lines : frozenset of int
        Lines with bytes that are no text in that encoding.
    """

    codec: str
    encoding: str
    skip: int = 0
    notes: tuple[str, ...] = ()
    bad_lines: frozenset[int] = frozenset()


@dataclass
class Streamed:
    """One file of text, plain or compressed, read from its begin as often as it is asked.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    where : str
        Its name in messages.
    packed : str
        How it is compressed; empty for plain text.
    """

    path: Path
    where: str
    packed: str
    times: int = field(default=0, init=False)

    def raw(self, size: int = 0) -> Iterator[bytes]:
        """Give its bytes, decompressed.

        Raises
        ------
        SourceError
            If the compressed data are damaged, or unpack to more than an export can hold.
        """
        self.times += 1
        packed, total = self.path.stat().st_size, 0
        limit = limit_of(packed) if self.packed else None
        with _damage_named(self, lambda: total), self.path.open("rb") as file:
            stream = _opened(file, self.packed) if self.packed else file
            while chunk := stream.read(size or CHUNK):
                total += len(chunk)
                if limit is not None and total > limit:
                    raise refuse_bomb_text(packed, limit, self.where)
                yield chunk

    def lines(self, skip: int = 0) -> Iterator[bytes]:
        """Give its bytes from `skip` on, cut behind line ends."""
        held = b""
        for chunk in self.raw():
            held += chunk
            if skip:
                held, skip = held[skip:], max(0, skip - len(held))
            body = held[:-1]  # a return at the end may be half a line end
            cut = max(body.rfind(b"\n"), body.rfind(b"\r")) + 1
            if cut and body[cut - 1 :] == b"\r" and held[cut:] == b"\n":
                cut += 1
            if cut:
                yield held[:cut]
                held = held[cut:]
        if held:
            yield held

    def fits(self, name: str, skip: int = 0) -> bool:
        """Return whether all of it is text in an encoding."""
        try:
            for _ in _decoded(self, name, skip):
                pass
        except (UnicodeDecodeError, LookupError):
            return False
        return True

    def text(self, written: Written, *, size: int = 0) -> Iterator[bytes]:
        """Give it as UTF-8."""
        if written.codec == "utf-8" and not written.bad_lines:
            yield from _after(self.raw(size), written.skip)
            return
        errors = "replace" if written.bad_lines else "strict"
        for text in _decoded(self, written.codec, written.skip, errors=errors, size=size):
            if text:
                yield text.encode("utf-8")


def streamed(path: Path, where: str, head: bytes) -> tuple[Streamed, bytes]:
    """Return a file to be read in pieces, and the begin of its text.

    Raises
    ------
    SourceError
        If it is compressed twice, or damaged.
    """
    found = detect(head, where=where)
    packed = found if found in COMPRESSIONS else ""
    file = Streamed(path, where, packed)
    if not packed:
        return file, head
    inner = next(file.raw(HEAD), b"")
    kind = detect(inner, where=where)
    if kind in COMPRESSIONS or kind == "zip":
        raise refuse_packed_twice(packed, kind, where)
    return file, inner


def written_in(file: Streamed, head: bytes, encoding: str) -> Written:
    """Return what a text is written in, as `pfkit.sources.encoding.decode` tells it.

    Parameters
    ----------
    file : Streamed
        The file.
    head : bytes
        Its begin.
    encoding : str
        A Python codec name, or ``detect``.

    Raises
    ------
    SourceError
        If the encoding is unknown, or cannot be told.
    """
    for mark, name in whole.MARKS:
        if head.startswith(mark):
            note = "byte-order mark removed"
            if name != "utf-8":
                _refuse_unfit(file, name)
                return Written(name, name, notes=(note,))
            found = _detected(file, len(mark))
            return replace(found, notes=(note, *found.notes))
    if encoding != "detect":
        name = whole.codec_name(encoding, where=file.where)
        _refuse_unfit(file, name)
        return Written(name, name)
    return _wide(file, head) or _detected(file, 0)


def _wide(file: Streamed, head: bytes) -> Written | None:
    name = whole.wide_name(head[: 1 << 16])
    if not name:
        return None
    try:
        if any("\x00" in text for text in _decoded(file, name, 0)):
            return None
    except UnicodeDecodeError:
        return None
    note = f"encoding detected: {name}, without its byte-order mark"
    return Written(name, name, notes=(note,))


def _detected(file: Streamed, skip: int) -> Written:
    if file.fits("utf-8", skip):
        return Written("utf-8", "utf-8", skip)
    sequences = high = 0
    for lines in file.lines(skip):
        sequences += whole.sequences_in(lines)
        high += whole.high_in(lines)
    if sequences * 2 > high:
        bad = frozenset(_bad_lines(file, skip))
        note = f"{len(bad)} lines hold bytes that are not utf-8"
        return Written("utf-8", "utf-8", skip, (note,), bad)
    sample = _sample(file, skip)
    name = whole.legacy_name(sample, lambda codec: file.fits(codec, skip), where=file.where)
    return Written(name, name, skip, (whole.legacy_note(name, sample.decode(name, "replace")),))


def _bad_lines(file: Streamed, skip: int) -> Iterator[int]:
    before = 1
    for lines in file.lines(skip):
        each = _BREAKS.split(lines)
        yield from (at for at, line in enumerate(each, start=before) if not whole.is_utf8(line))
        before += len(each) - 1


def _sample(file: Streamed, skip: int) -> bytes:
    found = b""
    for lines in file.lines(skip):
        some = whole.sample(lines)
        found = found + b"\n" + some if found and some else found or some
        if len(found) > HEAD:
            break
    return found


def _refuse_unfit(file: Streamed, name: str) -> None:
    lines = 1
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for chunk in file.raw():
            decoder.decode(chunk)
            lines += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_text(error, name, file.where, lines) from error
    except (UnicodeError, LookupError) as error:
        raise SourceError(
            f"the text is not {name} ({error})", where=file.where, advice="Export the file again."
        ) from error


def _not_text(error: UnicodeDecodeError, name: str, where: str, lines: int) -> SourceError:
    """Return the error that names the first byte that is no text, and its line."""
    at = lines + error.object.count(b"\n", 0, error.start)
    return SourceError(
        f"byte 0x{error.object[error.start]:02x} is not {name}",
        where=f"{where} (line {at})",
        advice='Say encoding = "detect", or the encoding of the exporting system.',
    )


def _decoded(
    file: Streamed, name: str, skip: int, *, errors: str = "strict", size: int = 0
) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)(errors)
    for chunk in _after(file.raw(size), skip):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _after(pieces: Iterator[bytes], skip: int) -> Iterator[bytes]:
    for piece in pieces:
        rest, skip = piece[skip:], max(0, skip - len(piece))
        if rest:
            yield rest


@contextmanager
def _damage_named(file: Streamed, total: Callable[[], int]) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise refuse_cut(file.packed, error, total(), file.where) from error
    except OSError as error:
        if file.packed:
            raise refuse_cut(file.packed, error, total(), file.where) from error
        raise SourceError(
            f"the file cannot be read ({error.strerror})",
            where=file.where,
            advice="Check that it is a file, and that you may read it.",
        ) from error


def _opened(file: IO[bytes], kind: str) -> IO[bytes]:
    if kind == "gzip":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    if kind == "bz2":
        return cast("IO[bytes]", bz2.BZ2File(file))
    if kind == "xz":
        return cast("IO[bytes]", lzma.LZMAFile(file))
    return cast("IO[bytes]", pa.CompressedInputStream(pa.PythonFile(file, mode="r"), kind))
