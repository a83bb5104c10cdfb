"""Read delimited text strictly: every value as text, every row with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from pfkit.errors import SourceError
from pfkit.sources.dialect import after_preamble, choose_delimiter
from pfkit.sources.encoding import Decoded, decode
from pfkit.sources.names import Header, header_names, wanted_columns
from pfkit.sources.raw import Options, Part, RejectedRow, shorten
from pfkit.sources.records import Records, blank, scan
from pfkit.sources.stray import Walked, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pfkit.sources.records import Flags


#: What is noted of a text without rows, and of one with quotes where no rule foresees them.
NOTHING, STRAY = "no rows under the header", "quotes inside unquoted fields kept as text"


@dataclass(kw_only=True)
class Reading:
    """What is known about one file while it is read."""

    where: str
    text: Decoded
    delimiter: str
    columns: Sequence[str] | None
    rejected: list[RejectedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def reject(self, line: int, rule: str, text: bytes, advice: str) -> None:
        """Set a record apart."""
        self.rejected.append(
            RejectedRow(
                file=self.where,
                line=str(line),
                rule=rule,
                text=shorten(text[:2000].decode("utf-8", errors="replace")),
                advice=advice,
            )
        )

    def is_bad(self, first: int, last: int) -> bool:
        """Return whether a line among some is no text in the file's encoding."""
        return any(line in self.text.bad_lines for line in range(first, last + 1))

    def reject_ragged(self, line: int, found: int, width: int, text: bytes) -> None:
        """Set a record apart that has more or fewer fields than the header."""
        more = "more" if found > width else "fewer"
        advice = (
            f"The row has {found} fields, {more} than the {width} of the header; "
            "quote texts that hold the delimiter, or mend the row."
        )
        self.reject(line, "ragged row", text, advice)

    def reject_undecodable(self, line: int, text: bytes) -> None:
        """Set a record apart that is no text."""
        self.reject(line, "encoding", text, f"The row is not {self.text.encoding}; mend it.")


def read_csv(raw: bytes, *, where: str, options: Options) -> Part:
    r"""Read one delimited text file.

    Parameters
    ----------
    raw : bytes
        Content, decompressed.
    where : str
        The file, for messages.
    options : Options
        ``encoding``, ``delimiter``, ``header`` (a line number) and ``columns`` are used.

    Returns
    -------
    Part
        All columns text, an empty field null. Blank lines are skipped and counted; a row with
        more or fewer fields than the header is rejected with its line.

    Raises
    ------
    SourceError
        If the text cannot be decoded, the header is absent or names a column twice, or no row
        fits the header.

    Examples
    --------
    >>> part = read_csv(b'id,text\n1,"two\nlines"\n\n2,\n', where="a.csv",
    ...                 options=Options())
    >>> part.table.column("text").to_pylist(), part.lines.to_pylist()
    (['two\nlines', None], ['2', '5'])
    """
    text = decode(raw, encoding=options.encoding, where=where)
    if not text.data.strip():
        raise SourceError(
            "the file holds no text",
            where=where,
            advice="Export it again; a period without rows still has its header.",
        )
    data, line, notes, hinted = after_preamble(text.data, options.header, where=where)
    hinted = hinted if options.delimiter == "detect" else ""
    chosen = choose_delimiter(hinted or options.delimiter, data, where=where)
    reading = Reading(
        where=where,
        text=text,
        delimiter=chosen,
        columns=options.columns,
        notes=[*text.notes, *notes],
    )
    records = scan(data, delimiter=chosen, first_line=line)
    table, lines = (
        _read_stray(reading, data, line)
        if records is None
        else _read_regular(reading, data, records)
    )
    if table.num_rows == 0 and not reading.rejected:
        reading.notes.append(NOTHING)
    return Part(
        table=table,
        lines=lines,
        rejected=tuple(reading.rejected),
        encoding=text.encoding,
        notes=tuple(reading.notes),
    )


def _read_regular(reading: Reading, data: bytes, records: Records) -> tuple[pa.Table, pa.Array]:
    empty = blank(data, records, delimiter=reading.delimiter)
    top = int(np.argmin(empty))
    head = data[records.starts[top] : records.nexts[top]]
    first = next(iter(walk(head, delimiter=reading.delimiter)))
    below = (np.arange(len(records.starts)) > top) & ~empty
    names = [name.decode("utf-8") for name in first.fields]
    if ends_in_delimiter(data, records, below, len(names), reading.delimiter):
        names.append("")
    header = header_names(names, where=f"{reading.where} (line {records.lines[top]})")
    width = len(header.names)
    again = header_again(data, records, below, data[records.starts[top] : records.ends[top]])
    note_again(reading, records.lines[again].tolist())
    ragged = below & ~again & (records.fields != width)
    keep = below & ~again & ~ragged
    for at in np.flatnonzero(ragged):
        body = data[records.starts[at] : records.ends[at]]
        reading.reject_ragged(int(records.lines[at]), int(records.fields[at]), width, body)
    if reading.text.bad_lines:
        for at in np.flatnonzero(keep):
            if reading.is_bad(int(records.lines[at]), int(records.last_lines[at])):
                body = data[records.starts[at] : records.ends[at]]
                reading.reject_undecodable(int(records.lines[at]), body)
                keep[at] = False
    count_blank(reading, int(empty[top:].sum()))
    refuse_all_ragged(reading, int(ragged.sum()), int(keep.sum()), width, header)
    longest = int((records.nexts - records.starts).max())
    body = kept_records(data, records, keep)
    table = _parse(reading, body, header, longest=longest)
    lines = pc.cast(pa.array(records.lines[keep]), pa.string())
    return table, lines


def ends_in_delimiter(
    data: bytes, records: Records, below: Flags, width: int, delimiter: str
) -> bool:
    """Return whether every row ends in one empty field that the header does not name."""
    rows = np.flatnonzero(below)
    if not len(rows) or (records.fields[rows] != width + 1).any():
        return False
    view = np.frombuffer(data, np.uint8)
    return bool((view[records.ends[rows] - 1] == ord(delimiter)).all())


def header_again(data: bytes, records: Records, below: Flags, head: bytes) -> Flags:
    """Return which records repeat the header letter for letter, as joined exports do."""
    again: Flags = below & (records.ends - records.starts == len(head)) & (records.fields > 1)
    view = np.frombuffer(data, np.uint8)
    middle = len(head) // 2
    rows = np.flatnonzero(again)
    for offset in (0, middle, len(head) - 1):
        rows = rows[view[records.starts[rows] + offset] == head[offset]]
    again[:] = False
    for at in rows:
        begin = int(records.starts[at])
        again[at] = data[begin : begin + len(head)] == head
    return again


def note_again(reading: Reading, lines: Sequence[int]) -> None:
    """Note on which lines the header stands again."""
    if lines:
        shown = ", ".join(str(line) for line in lines[:5])
        more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""  # noqa: PLR2004 - as shown
        reading.notes.append(f"the header stands again on line {shown}{more}: left out")


def kept_records(data: bytes, records: Records, keep: np.ndarray) -> pa.Buffer:
    """Return the kept records as one buffer, without copying when they stand together."""
    places = np.flatnonzero(keep)
    if not len(places):
        return pa.py_buffer(b"")
    gaps = np.flatnonzero(np.diff(places) > 1)
    firsts = places[np.concatenate([[0], gaps + 1])]
    lasts = places[np.concatenate([gaps, [len(places) - 1]])]
    spans = zip(records.starts[firsts].tolist(), records.nexts[lasts].tolist(), strict=True)
    view = memoryview(data)
    return pa.py_buffer(b"".join(view[start:stop] for start, stop in spans))


def _parse(reading: Reading, body: pa.Buffer, header: Header, *, longest: int) -> pa.Table:
    wanted = wanted_columns(header.names, reading.columns, where=reading.where)
    if not body.size:
        return no_rows(wanted)
    table = parsed(body, header, delimiter=reading.delimiter, longest=longest)
    return _select(reading, table, header, wanted)


def no_rows(names: Sequence[str]) -> pa.Table:
    """Return the table of a text without rows."""
    return pa.table({name: pa.array([], pa.string()) for name in names})


def parsed(body: pa.Buffer, header: Header, *, delimiter: str, longest: int) -> pa.Table:
    """Return records that all fit their header as a table of text."""
    return arrow_csv.read_csv(
        pa.BufferReader(body),
        read_options=arrow_csv.ReadOptions(
            column_names=header.names, block_size=max(1 << 22, 2 * longest)
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(header.names, pa.string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )


def _read_stray(reading: Reading, data: bytes, line: int) -> tuple[pa.Table, pa.Array]:
    walked = walk(data, delimiter=reading.delimiter, first_line=line)
    junk = f" \t{reading.delimiter}".encode()
    top = next(record for record in walked if record.text.strip(junk))
    where = f"{reading.where} (line {top.line})"
    if top.broken:
        raise SourceError(
            "a quote in the header is never closed",
            where=where,
            advice="Mend the header, or set header to the line that holds the column names.",
        )
    header = header_names([name.decode("utf-8") for name in top.fields], where=where)
    rest = list(walked)
    again = [record.line for record in rest if record.text == top.text and len(header.names) > 1]
    note_again(reading, again)
    rest = [record for record in rest if record.line not in set(again)]
    kept, ragged, skipped = sort_out(reading, rest, len(header.names), junk)
    count_blank(reading, skipped)
    reading.notes.append(STRAY)
    refuse_all_ragged(reading, ragged, len(kept), len(header.names), header)
    table = walked_table(kept, header)
    lines = pa.array([str(record.line) for record in kept], pa.string())
    return _select(
        reading, table, header, wanted_columns(header.names, reading.columns, where=reading.where)
    ), lines


def walked_table(kept: Sequence[Walked], header: Header) -> pa.Table:
    """Return records that were walked, and all fit their header, as a table of text."""
    cells = (
        zip(*(record.fields for record in kept), strict=True) if kept else [()] * len(header.names)
    )
    arrays = [
        pa.array([cell.decode("utf-8") if cell else None for cell in column], pa.string())
        for column in cells
    ]
    return pa.Table.from_arrays(arrays, names=header.names)


def sort_out(
    reading: Reading, walked: Iterable[Walked], width: int, junk: bytes
) -> tuple[list[Walked], int, int]:
    """Return the records that fit; how many do not, which are rejected; how many are blank."""
    kept: list[Walked] = []
    ragged = skipped = 0
    for record in walked:
        if not record.text.strip(junk):
            skipped += 1
        elif record.broken:
            advice = "A quote opens a field and does not close at its end; double or remove it."
            reading.reject(record.line, "stray quote", record.text, advice)
        elif len(record.fields) != width:
            ragged += 1
            reading.reject_ragged(record.line, len(record.fields), width, record.text)
        elif reading.is_bad(record.line, record.last_line):
            reading.reject_undecodable(record.line, record.text)
        else:
            kept.append(record)
    return kept, ragged, skipped


def _select(reading: Reading, table: pa.Table, header: Header, wanted: list[str]) -> pa.Table:
    unnamed = [name for name in header.unnamed if name not in (reading.columns or ())]
    hollow = [name for name in unnamed if table.column(name).null_count == table.num_rows]
    reading.notes.extend(header.notes(hollow))
    return table.select([name for name in wanted if name not in hollow])


def count_blank(reading: Reading, count: int) -> None:
    """Note how many lines are blank."""
    if count:
        reading.notes.append(f"{count} blank lines skipped")


def refuse_all_ragged(reading: Reading, ragged: int, kept: int, width: int, header: Header) -> None:
    """Refuse a text of which no row fits the header."""
    if not ragged or kept:
        return
    first = reading.rejected[0]
    raise SourceError(
        f"none of the {ragged} rows has the {width} fields of the header "
        f"({', '.join(header.names[:6])})",
        where=f"{reading.where} (line {first.line}: {shorten(first.text, 60)!r})",
        advice="Set delimiter, or set header to the line that holds the column names.",
    )
