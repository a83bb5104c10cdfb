"""Read delimited text too large for memory: block by block, the same as if it were read whole.

The text is gone through several times. First it is told what only the whole of it says: its
encoding, whether its quotes are regular, whether every row ends in one delimiter more than the
header, which columns without a name are empty. Then its rows are handed on, by the code that reads
a whole file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pfkit.sources.csv import (
    NOTHING,
    STRAY,
    Reading,
    count_blank,
    header_again,
    kept_records,
    no_rows,
    note_again,
    parsed,
    refuse_all_ragged,
    sort_out,
    walked_table,
)
from pfkit.sources.encoding import Decoded, inner_marks_note
from pfkit.sources.names import wanted_columns
from pfkit.sources.records import blank, scan
from pfkit.sources.survey import bad_among, records_of, tell, walked_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pfkit.sources.decoding import Streamed
    from pfkit.sources.names import Header
    from pfkit.sources.raw import Options, RejectedRow
    from pfkit.sources.records import Flags, Records
    from pfkit.sources.survey import Told

    Rows = tuple[pa.Table, pa.Array]


@dataclass
class Blocks:
    """Rows of one text file, in blocks; its facts are whole when the last is out.

    Attributes
    ----------
    rejected : tuple of RejectedRow
        Rows that are none.
    notes : tuple of str
        What was repaired or skipped.
    encoding : str
        What it is written in.
    count : int
        Rows handed on.
    """

    file: Streamed
    options: Options
    rejected: tuple[RejectedRow, ...] = field(default=(), init=False)
    notes: tuple[str, ...] = field(default=(), init=False)
    encoding: str = field(default="", init=False)
    count: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[Rows]:
        """Give rows and their lines; one block at least, which may be empty.

        Raises
        ------
        SourceError
            As a file that is read whole.
        """
        told = tell(self.file, self.options)
        written = told.written
        self.encoding = written.encoding
        reading = Reading(
            where=self.file.where,
            text=Decoded(data=b"", encoding=written.encoding, bad_lines=written.bad_lines),
            delimiter=told.delimiter,
            columns=self.options.columns,
            notes=[*written.notes, *_noted_marks(told), *told.notes],
        )
        rows: _Regular | _Stray = (_Regular if told.regular else _Stray)(reading, told)
        for table, lines in rows.read(self.file):
            if table.num_rows:
                self.count += table.num_rows
                yield table, lines
        nothing = rows.finish(self.count)
        self.rejected, self.notes = tuple(reading.rejected), tuple(reading.notes)
        if not self.count:
            yield nothing, pa.array([], pa.int64())


def _noted_marks(told: Told) -> list[str]:
    notes = ["the end-of-file mark of an old system removed"] if told.ends else []
    return [*notes, *([inner_marks_note(told.marks)] if told.marks else [])]


@dataclass
class _Regular:
    """Reads records whose quotes open and close whole fields."""

    reading: Reading
    told: Told
    again: list[int] = field(default_factory=list)
    late: list[RejectedRow] = field(default_factory=list)
    blanks: int = 0
    ragged: int = 0

    def read(self, file: Streamed) -> Iterator[Rows]:
        """Give the rows of block after block."""
        header, head = self.told.header, b""
        if header is None:
            return
        for data, line in records_of(file, self.told):
            records = scan(data, delimiter=self.told.delimiter, first_line=line)
            if records is None:
                raise AssertionError
            empty = blank(data, records, delimiter=self.told.delimiter)
            below = ~empty
            top = 0
            if not head:
                if not below.any():
                    continue
                top = int(np.argmax(below))
                head = data[records.starts[top] : records.ends[top]]
                below[: top + 1] = False
            self.blanks += int(empty[top:].sum())
            yield self._block(data, records, below, header, head)

    def _block(
        self, data: bytes, records: Records, below: Flags, header: Header, head: bytes
    ) -> Rows:
        reading, width = self.reading, len(header.names)
        again = header_again(data, records, below, head)
        self.again += records.lines[again].tolist()
        ragged = below & ~again & (records.fields != width)
        self.ragged += int(ragged.sum())
        keep = below & ~again & ~ragged
        for at in np.flatnonzero(ragged):
            body = data[records.starts[at] : records.ends[at]]
            reading.reject_ragged(int(records.lines[at]), int(records.fields[at]), width, body)
        bad = bad_among(self.told, records, keep)
        before = len(reading.rejected)
        for at in np.flatnonzero(bad):
            body = data[records.starts[at] : records.ends[at]]
            reading.reject_undecodable(int(records.lines[at]), body)
        self.late += reading.rejected[before:]
        del reading.rejected[before:]
        keep &= ~bad
        names = _wanted(reading, self.told, header)
        if not keep.any():
            return no_rows(names), pa.array([], pa.int64())
        longest = int((records.nexts - records.starts).max())
        body_ = kept_records(data, records, keep)
        table = parsed(body_, header, delimiter=reading.delimiter, longest=longest)
        return table.select(names), pa.array(records.lines[keep], pa.int64())

    def finish(self, count: int) -> pa.Table:
        """Add what is said of the whole; return the table of a text without rows."""
        reading, header = self.reading, self.told.header
        reading.rejected += self.late
        note_again(reading, self.again)
        count_blank(reading, self.blanks)
        if header is None:
            raise AssertionError
        refuse_all_ragged(reading, self.ragged, count, len(header.names), header)
        if count:
            reading.notes.extend(header.notes(self.told.hollow))
        elif not reading.rejected:
            reading.notes.append(NOTHING)
        return no_rows(wanted_columns(header.names, reading.columns, where=reading.where))


@dataclass
class _Stray:
    """Reads records whose quotes stand anywhere."""

    reading: Reading
    told: Told
    again: list[int] = field(default_factory=list)
    blanks: int = 0
    ragged: int = 0
    at_once: int = 50_000

    def read(self, file: Streamed) -> Iterator[Rows]:
        """Give the rows of so many records at once."""
        header = self.told.header
        if header is None:
            return
        junk = f" \t{self.told.delimiter}".encode()
        walked = iter(walked_of(file, self.told))
        top = next(record for record in walked if record.text.strip(junk))
        names = _wanted(self.reading, self.told, header)
        repeats = len(header.names) > 1
        while some := list(islice(walked, self.at_once)):
            self.again += [one.line for one in some if repeats and one.text == top.text]
            rest = [one for one in some if not (repeats and one.text == top.text)]
            kept, ragged, skipped = sort_out(self.reading, rest, len(header.names), junk)
            self.ragged, self.blanks = self.ragged + ragged, self.blanks + skipped
            lines = pa.array([record.line for record in kept], pa.int64())
            yield walked_table(kept, header).select(names), lines

    def finish(self, count: int) -> pa.Table:
        """Add what is said of the whole; return the table of a text without rows."""
        reading, header = self.reading, self.told.header
        if header is None:
            raise AssertionError
        note_again(reading, self.again)
        count_blank(reading, self.blanks)
        reading.notes.append(STRAY)
        refuse_all_ragged(reading, self.ragged, count, len(header.names), header)
        reading.notes.extend(header.notes(self.told.hollow))
        if not count and not reading.rejected:
            reading.notes.append(NOTHING)
        return no_rows(_wanted(reading, self.told, header))


def _wanted(reading: Reading, told: Told, header: Header) -> list[str]:
    wanted = wanted_columns(header.names, reading.columns, where=reading.where)
    return [name for name in wanted if name not in told.hollow]
