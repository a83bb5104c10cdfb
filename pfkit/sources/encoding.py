"""Turn a text file into UTF-8 and say which encoding it was in."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import charset_normalizer

from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_END: Final = re.compile(rb"[\r\n]|\Z")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_HIGH_RUN: Final = re.compile(rb"[\x80-\xff]{2,}")
_SEQUENCE: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# Signs do not stand inside a word; where they do, the text is in another encoding.
_INSIDE_WORD: Final = re.compile(
    r"[a-z][\u00a1\u00a2\u00a4-\u00a7\u00a9\u00ac\u00ae\u00af\u00b1-\u00b3\u00b6-\u00b9\u00bc-\u00bf"
    r"\u00d7\u00f7\u02dc\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u203a][a-z]"
)
# In the order in which exports use them; the first whose reading is plausible is taken.
_LATIN: Final = ("cp1252", "cp1250", "mac_roman", "cp850")
_SAMPLE: Final = 1 << 16
_END_OF_FILE: Final = b"\x1a"
_INNER: Final = re.compile(rb"(?<=[\r\n])(\xef\xbb\xbf)")
# Of the bytes of plain text in UTF-16 nearly every second one is NUL.
_EVERY_SECOND: Final = 0.4
_WORD: Final = re.compile(r"\w*[^\x00-\x7f]\w*")


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """The text of a file as UTF-8.

    Parameters
    ----------
    data : bytes
        UTF-8, without a byte-order mark.
    encoding : str
        What the file was in.
    notes : tuple of str
        What was removed or detected.
    bad_lines : frozenset of int
        Lines with bytes that are no text in that encoding.
    """

    data: bytes
    encoding: str
    notes: tuple[str, ...] = ()
    bad_lines: frozenset[int] = frozenset()


def decode(raw: bytes, *, encoding: str = "detect", where: str) -> Decoded:
    """Return the text of a file as UTF-8, and the encoding it was in.

    Parameters
    ----------
    raw : bytes
        Content of the file.
    encoding : str
        A Python codec name, or ``detect``.
    where : str
        The file, for messages.

    Returns
    -------
    Decoded
        UTF-8 bytes, encoding and notes.

    Raises
    ------
    SourceError
        If the encoding is unknown, does not fit, cannot be told, or the text holds NUL bytes.

    Notes
    -----
    In this order: a byte-order mark; UTF-16 without one; strict UTF-8; UTF-8 with a few damaged
    lines, which are reported as such; Windows-1252 and its Latin cousins where their reading is
    plausible; the best guess of charset-normalizer. A guess is noted with a word from the file, so
    that a person can see whether it is right.

    References
    ----------
    .. [1] WHATWG, *Encoding Standard*, https://encoding.spec.whatwg.org/

    Examples
    --------
    >>> decode("Müller".encode("cp1252"), where="a.csv").encoding
    'cp1252'
    """
    found = _by_mark(raw, where=where)
    if found is None and encoding != "detect":
        found = _declared(raw, encoding, where=where)
    if found is None:
        found = _wide(raw) or _detected(raw, where=where)
    if found.data.endswith(_END_OF_FILE) and _END_OF_FILE not in found.data[:-1]:
        note = "the end-of-file mark of an old system removed"
        found = replace(found, data=found.data[:-1], notes=(*found.notes, note))
    if b"\x00" in found.data:
        at = found.data.count(b"\n", 0, found.data.index(b"\x00")) + 1
        raise nul_error(where, at)
    return _without_inner_marks(found)


def nul_error(where: str, line: int) -> SourceError:
    """Return the error that names a NUL byte by its line."""
    return SourceError(
        "a NUL byte stands in the text",
        where=f"{where} (line {line})",
        advice="The file was cut or is no text; export it again. If it is UTF-16, declare "
        "encoding = 'utf-16-le'.",
    )


def _without_inner_marks(found: Decoded) -> Decoded:
    """Remove byte-order marks at the start of later lines, which joined files leave there."""
    if codecs.BOM_UTF8 not in found.data:  # far quicker than to look behind every line end
        return found
    lines = [found.data.count(b"\n", 0, m.start(1)) + 1 for m in _INNER.finditer(found.data)]
    if not lines:
        return found
    note = inner_marks_note(lines)
    data = _INNER.sub(b"", found.data)
    return replace(found, data=data, notes=(*found.notes, note))


def inner_marks_note(lines: Sequence[int]) -> str:
    """Return what is noted of byte-order marks at the start of lines."""
    shown = ", ".join(str(line) for line in lines[:5])
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""  # noqa: PLR2004 - as many as shown
    return f"byte-order mark removed from the start of line {shown}{more}; two files were joined"


def _by_mark(raw: bytes, *, where: str) -> Decoded | None:
    for mark, name in MARKS:
        if not raw.startswith(mark):
            continue
        if name == "utf-8":
            body = raw[len(mark) :]
            found = _detected(body, where=where)
            notes = ("byte-order mark removed", *found.notes)
            return Decoded(
                data=found.data,
                encoding=found.encoding,
                notes=notes,
                bad_lines=found.bad_lines,
            )
        return Decoded(
            data=_strict(raw, name, where=where),
            encoding=name,
            notes=("byte-order mark removed",),
        )
    return None


def _wide(raw: bytes) -> Decoded | None:
    """Know UTF-16 without its mark by the NUL that every plain letter has."""
    name = "" if len(raw) % 2 else wide_name(raw[:_SAMPLE])
    if not name:
        return None
    try:
        text = raw.decode(name)
    except UnicodeDecodeError:
        return None
    if "\x00" in text:
        return None
    note = f"encoding detected: {name}, without its byte-order mark"
    return Decoded(data=text.encode("utf-8"), encoding=name, notes=(note,))


def wide_name(head: bytes) -> str:
    """Return which UTF-16 a text's begin looks like, empty for none."""
    if head.count(0) < len(head) * _EVERY_SECOND:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def codec_name(encoding: str, *, where: str) -> str:
    """Return the name of a codec that is declared.

    Raises
    ------
    SourceError
        If there is none of that name.
    """
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise SourceError(
            f"there is no encoding {encoding!r}",
            where=where,
            advice="Say 'detect', 'utf-8', 'cp1252', or another Python codec name.",
        ) from error


def _declared(raw: bytes, encoding: str, *, where: str) -> Decoded:
    name = codec_name(encoding, where=where)
    data = raw if name == "utf-8" and raw.isascii() else _strict(raw, name, where=where)
    return Decoded(data=data, encoding=name)


def _strict(raw: bytes, name: str, *, where: str) -> bytes:
    try:
        return raw.decode(name).encode("utf-8")
    except UnicodeDecodeError as error:
        at = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"byte 0x{raw[error.start]:02x} is not {name}",
            where=f"{where} (line {at})",
            advice='Say encoding = "detect", or the encoding of the exporting system.',
        ) from error
    except (UnicodeError, LookupError) as error:
        raise SourceError(
            f"the text is not {name} ({error})", where=where, advice="Export the file again."
        ) from error


def _detected(raw: bytes, *, where: str) -> Decoded:
    if raw.isascii():
        return Decoded(data=raw, encoding="utf-8")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _mostly_utf8(raw) or _legacy(raw, where=where)
    return Decoded(data=raw, encoding="utf-8")


def _mostly_utf8(raw: bytes) -> Decoded | None:
    """Keep UTF-8 where most of the file is in it: one pasted line must not spoil the rest."""
    if sequences_in(raw) * 2 <= high_in(raw):
        return None
    lines = re.split(rb"\r\n|\n|\r", raw)
    bad = frozenset(at for at, line in enumerate(lines, start=1) if not is_utf8(line))
    data = raw.decode("utf-8", errors="replace").encode("utf-8")
    note = f"{len(bad)} lines hold bytes that are not utf-8"
    return Decoded(data=data, encoding="utf-8", notes=(note,), bad_lines=bad)


def sequences_in(raw: bytes) -> int:
    """Return how many bytes stand in letters of UTF-8 beyond ASCII."""
    return sum(len(match.group()) for match in _SEQUENCE.finditer(raw))


def high_in(raw: bytes) -> int:
    """Return how many bytes are beyond ASCII."""
    return len(_HIGH.findall(raw))


def is_utf8(line: bytes) -> bool:
    """Return whether a line is UTF-8."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _legacy(raw: bytes, *, where: str) -> Decoded:
    name = legacy_name(sample(raw), lambda codec: _fits(raw, codec), where=where)
    text = raw.decode(name)
    return Decoded(data=text.encode("utf-8"), encoding=name, notes=(legacy_note(name, text),))


def legacy_name(some: bytes, fits: Callable[[str], bool], *, where: str) -> str:
    """Return the encoding of a text from a sample of its lines, and what all of it fits.

    Raises
    ------
    SourceError
        If it cannot be told.
    """
    name = _latin(some, fits) or _guess(some, fits)
    if not name:
        raise SourceError(
            "the encoding of the text cannot be told",
            where=where,
            advice="Declare it: encoding = 'cp1252', 'cp1250', 'shift_jis', ...",
        )
    return name


def legacy_note(name: str, text: str) -> str:
    """Return what is said of an encoding that was told, with a word that shows it."""
    word = _WORD.search(text)
    shown = f" (as in {word.group()[:40]!r})" if word else ""
    return f"encoding detected: {name}{shown}"


def sample(raw: bytes) -> bytes:
    """Return the first lines with letters beyond ASCII."""
    lines: list[bytes] = []
    size = 0
    at = 0
    while size <= _SAMPLE and (high := _HIGH.search(raw, at)):
        start = max(raw.rfind(mark, at, high.start()) for mark in (b"\r", b"\n")) + 1
        end = _LINE_END.search(raw, high.end())
        at = len(raw) if end is None else end.start()
        lines.append(raw[start:at])
        size += len(lines[-1])
    return b"\n".join(lines)


def _latin(some: bytes, fits: Callable[[str], bool]) -> str:
    """Judge by how accented letters stand: alone in Latin text, in runs in other scripts."""
    in_runs = sum(len(match.group()) for match in _HIGH_RUN.finditer(some))
    if in_runs * 2 > len(_HIGH.findall(some)):
        return ""
    return next((name for name in _LATIN if _reads(some, name) and fits(name)), "")


def _reads(some: bytes, name: str) -> bool:
    """Return whether no sign and no capital stands where a small letter must."""
    text = some.decode(name, errors="replace")
    if "\ufffd" in text or _INSIDE_WORD.search(text):
        return False
    return not any(
        here > "\x7f" and here.isupper() and before.isalpha() and after.islower()
        for before, here, after in zip(text, text[1:], text[2:], strict=False)
    )


def _guess(some: bytes, fits: Callable[[str], bool]) -> str:
    for match in charset_normalizer.from_bytes(some):
        if match.encoding != "utf_8" and fits(match.encoding):
            return match.encoding
    return ""


def _fits(raw: bytes, name: str) -> bool:
    try:
        raw.decode(name)
    except (UnicodeDecodeError, LookupError):
        return False
    return True
