"""What only the whole of a delimited text says, told before its rows are read in blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.errors import SourceError
from pfkit.sources.csv import ends_in_delimiter, kept_records, parsed
from pfkit.sources.decoding import written_in
from pfkit.sources.dialect import after_preamble, choose_delimiter
from pfkit.sources.encoding import nul_error
from pfkit.sources.names import header_names
from pfkit.sources.records import blank, line_breaks, quotes_in, regular_so_far, scan
from pfkit.sources.stray import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pfkit.sources.decoding import Streamed, Written
    from pfkit.sources.names import Header
    from pfkit.sources.raw import Options
    from pfkit.sources.records import Flags, Records
    from pfkit.sources.stray import Walked

#: Bytes of text that are read as rows at once.
BLOCK: Final = 1 << 24
#: Bytes of a text's begin that its delimiter is told by.
HEAD: Final = 1 << 18
#: How far a record with quotes in strange places may reach.
REACH: Final = 1 << 20
#: A text in quotes that is longer was opened by a stray quote.
LONGEST: Final = 1 << 26
_BREAK: Final = re.compile(rb"\r\n|\n|\r")
_MARK: Final = b"\xef\xbb\xbf"
_INNER: Final = re.compile(rb"(?<=[\r\n])(\xef\xbb\xbf)")
_END: Final = b"\x1a"
_ASCII: Final = 0x80


class StrayError(Exception):
    """Quotes stand where no rule foresees them."""


@dataclass
class Told:
    """What the whole of a text says, before its rows are read."""

    written: Written
    delimiter: str = ","
    #: Bytes above the header, the line below them, and what is noted of them.
    skip: int = 0
    line: int = 1
    notes: list[str] = field(default_factory=list)
    #: An end-of-file mark stands at its end, and nowhere else.
    ends: bool = False
    #: Lines that begin with a byte-order mark.
    marks: list[int] = field(default_factory=list)
    regular: bool = True
    header: Header | None = None
    #: Columns without a name that are empty in every row.
    hollow: list[str] = field(default_factory=list)


def tell(file: Streamed, options: Options) -> Told:
    """Return what the whole of a text says.

    Raises
    ------
    SourceError
        As reading it whole does, but for what its rows alone say.
    """
    head = next(file.raw(), b"")
    told = Told(written_in(file, head, options.encoding))
    _begin(file, told, options)
    try:
        _tell_regular(file, told, options)
    except StrayError:
        told.regular = False
        _tell_stray(file, told, options)
    return told


def _begin(file: Streamed, told: Told, options: Options) -> None:
    """Tell how the text begins, and what its bytes say as a whole."""
    head, last = b"", b""
    breaks, total, ends, lines, empty = 0, 0, 0, 1, True
    for piece in file.text(told.written):
        if (at := piece.find(b"\x00")) >= 0:
            raise nul_error(file.where, lines + piece.count(b"\n", 0, at))
        if _MARK in (both := last + piece):
            before = lines - last.count(b"\n")
            told.marks += [
                before + both.count(b"\n", 0, found.start(1))
                for found in _INNER.finditer(both)
                if found.end(1) > len(last)
            ]
        if len(head) < HEAD or breaks <= options.header:
            head += piece
            breaks += sum(1 for _ in _BREAK.finditer(piece))
        empty = empty and not piece.strip()
        total, ends = total + len(piece), ends + piece.count(_END)
        lines += piece.count(b"\n")
        last = both[-len(_MARK) :]
    told.ends = ends == 1 and last.endswith(_END)
    whole = head[:-1] if told.ends and len(head) == total else head
    if (empty or not whole.strip()) and len(head) == total:
        raise SourceError(
            "the file holds no text",
            where=file.where,
            advice="Export it again; a period without rows still has its header.",
        )
    data = _INNER.sub(b"", whole)
    rest, told.line, told.notes, hinted = after_preamble(data, options.header, where=file.where)
    told.skip = len(data) - len(rest)
    hinted = hinted if options.delimiter == "detect" else ""
    told.delimiter = choose_delimiter(hinted or options.delimiter, rest, where=file.where)


def _text(file: Streamed, told: Told) -> Iterator[bytes]:
    """Give the text from the header on, without marks, in pieces of any size."""
    held, before, skip, behind = b"", b"", told.skip, b""
    for piece in chain(file.text(told.written, size=min(BLOCK, HEAD)), [b""]):
        held += piece
        # cut behind a plain letter: no mark is cut in two
        cut = len(held)
        while piece and cut and held[cut - 1] >= _ASCII:
            cut -= 1
        body, held = held[:cut], held[cut:]
        if told.marks and body:
            before, body = body[-1:], _INNER.sub(b"", before + body)[len(before) :]
        rest, skip = body[skip:], max(0, skip - len(body))
        if rest:
            if behind:
                yield behind
            behind = rest
    yield behind[:-1] if told.ends and behind.endswith(_END) else behind


def records_of(file: Streamed, told: Told) -> Iterator[tuple[bytes, int]]:
    """Give whole records, some megabytes at once, and the line they begin on."""
    held, line, least = b"", told.line, BLOCK
    mark = ord(told.delimiter)
    for piece in _text(file, told):
        held += piece
        if len(held) <= least:
            continue
        quotes = quotes_in(held[:-1])
        view = np.frombuffer(held, np.uint8)
        if not regular_so_far(view, quotes, mark):
            raise StrayError
        breaks = line_breaks(held)
        breaks = breaks[breaks < len(held) - 1]  # a return at the end may be half a line end
        outer = breaks[(np.searchsorted(quotes, breaks) & 1) == 0]
        if not len(outer):
            if len(held) > LONGEST:
                raise StrayError
            least = len(held) + BLOCK
            continue
        cut, least = int(outer[-1]) + 1, BLOCK
        yield held[:cut], line
        line += int(np.searchsorted(breaks, cut))
        held = held[cut:]
    if held:
        yield held, line


def walked_of(file: Streamed, told: Told) -> Iterator[Walked]:
    """Give records that are walked, as far as none can reach beyond what is there."""
    held, line = b"", told.line
    for piece in chain(_text(file, told), [b""]):
        held += piece
        if piece and len(held) <= REACH + BLOCK:
            continue
        limit, rest = (len(held) - REACH if piece else len(held)), b""
        for record in walk(held, delimiter=told.delimiter, first_line=line):
            if record.at >= limit:
                rest, line = held[record.at :], record.line
                break
            yield record
        held = rest


def _tell_regular(file: Streamed, told: Told, options: Options) -> None:
    """Tell whether rows end in a delimiter more, and which columns without a name are filled."""
    names: list[str] | None = None
    where, beyond, rows = "", True, 0
    filled: dict[bool, set[int]] = {False: set(), True: set()}
    for data, line in records_of(file, told):
        records = scan(data, delimiter=told.delimiter, first_line=line)
        if records is None:
            raise StrayError
        below = ~blank(data, records, delimiter=told.delimiter)
        if names is None:
            if not below.any():
                continue
            top = int(np.argmax(below))
            names = _first_fields(data, records, top, told)
            where = f"{file.where} (line {records.lines[top]})"
            below[: top + 1] = False
        width = len(names)
        rows += int(below.sum())
        if below.any():
            beyond = beyond and ends_in_delimiter(data, records, below, width, told.delimiter)
        for more in {False, beyond}:
            _look_filled(data, records, below, [*names, ""] if more else names, told, filled[more])
    if names is None:
        return
    beyond = beyond and rows > 0
    if beyond:
        names = [*names, ""]
    told.header = header_names(names, where=where)
    told.hollow = _hollow(told.header, filled[beyond], options)


def _first_fields(data: bytes, records: Records, top: int, told: Told) -> list[str]:
    head = data[records.starts[top] : records.nexts[top]]
    first = next(iter(walk(head, delimiter=told.delimiter)))
    return [name.decode("utf-8") for name in first.fields]


def _look_filled(  # noqa: PLR0917 (records, and what is asked of them)
    data: bytes,
    records: Records,
    below: Flags,
    names: list[str],
    told: Told,
    filled: set[int],
) -> None:
    """Add the places of columns without a name that some row fills."""
    nameless = [at for at, name in enumerate(names) if not name.strip() and at not in filled]
    fits = below & (records.fields == len(names)) & ~bad_among(told, records, below)
    if not nameless or not fits.any():
        return
    header = header_names([str(at) for at in range(len(names))], where="")
    longest = int((records.nexts - records.starts).max())
    body = kept_records(data, records, fits)
    table = parsed(body, header, delimiter=told.delimiter, longest=longest)
    filled.update(at for at in nameless if table.column(at).null_count < table.num_rows)


def bad_among(told: Told, records: Records, among: Flags) -> Flags:
    """Return which records hold a line that is no text in its encoding."""
    bad = np.zeros(len(among), dtype=bool)
    if told.written.bad_lines:
        lines = np.array(sorted(told.written.bad_lines))
        first = np.searchsorted(lines, records.lines)
        bad = np.searchsorted(lines, records.last_lines, side="right") > first
    return among & bad


def _hollow(header: Header, filled: set[int], options: Options) -> list[str]:
    places = {name: at for at, name in enumerate(header.names)}
    unnamed = [name for name in header.unnamed if name not in (options.columns or ())]
    return [name for name in unnamed if places[name] not in filled]


def _tell_stray(file: Streamed, told: Told, options: Options) -> None:
    """Tell the header of a text whose quotes stand anywhere, and which columns are filled."""
    junk = f" \t{told.delimiter}".encode()
    walked = (record for record in walked_of(file, told) if record.text.strip(junk))
    top = next(walked)
    where = f"{file.where} (line {top.line})"
    if top.broken:
        raise SourceError(
            "a quote in the header is never closed",
            where=where,
            advice="Mend the header, or set header to the line that holds the column names.",
        )
    told.header = header_names([name.decode("utf-8") for name in top.fields], where=where)
    width, bad = len(told.header.names), told.written.bad_lines
    open_ = {at for at, name in enumerate(told.header.names) if name in told.header.unnamed}
    filled: set[int] = set()
    for record in walked if open_ else ():
        if record.broken or len(record.fields) != width or record.text == top.text:
            continue
        if any(line in bad for line in range(record.line, record.last_line + 1)):
            continue
        filled |= {at for at in open_ - filled if record.fields[at]}
        if open_ == filled:
            break
    told.hollow = _hollow(told.header, filled, options)
