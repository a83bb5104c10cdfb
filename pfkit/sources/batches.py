"""Read one file of a large source once, in batches of bounded size, with its digest on the way.

Parquet comes row group by row group, text block by block; a text of up to `HELD_TEXT` bytes is
read whole. What is read is counted: a file that did not change is not read again (see
`pfkit.conform`'s partitions), and the count is what shows it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pfkit.errors import SourceError
from pfkit.sources.blocks import Blocks
from pfkit.sources.decoding import streamed
from pfkit.sources.detect import COMPRESSIONS, TEXT, agree, detect
from pfkit.sources.load import HEAD
from pfkit.sources.names import header_names, wanted_columns
from pfkit.sources.parquet import damage_named, plain, refuse_beyond_group, refuse_bomb
from pfkit.sources.plain import as_text
from pfkit.sources.raw import FileFact
from pfkit.sources.read import read_one, refuse_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pfkit.sources.decoding import Streamed
    from pfkit.sources.raw import Options, RejectedRow

#: Rows handed on at once.
ROWS: Final = 200_000
#: Bytes of a Parquet file up to which it is held while it is read, so that it is read once.
HELD: Final = 256 << 20
#: Bytes of a text up to which it is read whole, and how many times smaller a compressed one is.
HELD_TEXT: Final = 32 << 20
_PACKED: Final = 16
_PARQUET: Final = b"PAR1"


@dataclass
class Reading:
    """What of a source was read, and what was not because it did not change.

    Attributes
    ----------
    bytes : int
        Bytes of files that were read.
    files, unchanged : int
        Files read, and files known from before.
    """

    bytes: int = 0
    files: int = 0
    unchanged: int = 0


@dataclass
class Batches:
    """One file, handed on in batches; its facts are whole when the last batch is out.

    Attributes
    ----------
    like : callable, optional
        Told the columns with their types, and the file, before the first row is handed on.
    cast : mapping of str to pyarrow.DataType or "text"
        Types that columns of a Parquet file are handed on as, where other files of its source have
        them otherwise.
    schema : pyarrow.Schema
        Its columns, and the types it gives them itself.
    rejected : tuple of RejectedRow
        Rows that are in no batch.
    """

    path: Path
    where: str
    options: Options
    rows: int = ROWS
    reading: Reading = field(default_factory=Reading, kw_only=True)
    like: Callable[[dict[str, str], str], None] | None = field(default=None, kw_only=True)
    cast: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    schema: pa.Schema = field(init=False)
    rejected: tuple[RejectedRow, ...] = field(default=(), init=False)
    fact: FileFact = field(init=False)

    def __iter__(self) -> Iterator[tuple[pa.Table, pa.Array]]:
        """Give rows with their lines: numbers of lines, or of rows, from 1.

        Raises
        ------
        SourceError
            If the file cannot be read, is damaged, or is neither text with delimiters nor Parquet.
        """
        try:
            with self.path.open("rb") as file:
                head = file.read(HEAD)
        except OSError as error:
            raise SourceError(
                f"the file cannot be read ({error.strerror})",
                where=self.where,
                advice="Check that it is a file, and that you may read it.",
            ) from error
        rows = self._parquet() if head.startswith(_PARQUET) else self._text(head)
        for at, batch in enumerate(rows):
            if at == 0:
                types = {item.name: str(item.type) for item in self.schema}
                self.fact = replace(self.fact, types=tuple(types.items()))
                if self.like is not None:
                    self.like(types, self.where)
            yield batch

    def _text(self, head: bytes) -> Iterator[tuple[pa.Table, pa.Array]]:
        if (file := self._streamed(head)) is not None:
            yield from self._blocks(file)
            return
        fact, part = read_one(self.path, self.where, self.options)
        if fact.format != "csv":
            raise SourceError(
                f"a partitioned source is read from CSV or Parquet, and the file is "
                f"{detect(head, where=self.where)}",
                where=self.where,
                advice="Export it as CSV or Parquet, or leave `partitioned` out.",
            )
        self.reading.bytes += fact.bytes
        self.reading.files += 1
        self.rejected, self.fact = part.rejected, fact
        self.schema = part.table.schema
        lines = pc.cast(part.lines, pa.int64())
        for first in range(0, max(part.table.num_rows, 1), self.rows):
            yield part.table.slice(first, self.rows), lines.slice(first, self.rows)

    def _streamed(self, head: bytes) -> Streamed | None:
        """Return a text too large to be read whole, None for any other file."""
        found = detect(head, where=self.where) if head else ""
        size, how = self.path.stat().st_size, self.options
        if size <= HELD_TEXT // (_PACKED if found in COMPRESSIONS else 1):
            return None
        if found not in {*TEXT, *COMPRESSIONS} or how.query is not None or how.sheet is not None:
            return None
        file, inner = streamed(self.path, self.where, head)
        kind = agree(how.format, detect(inner, where=self.where), where=self.where)
        return file if kind == "csv" else None

    def _blocks(self, file: Streamed) -> Iterator[tuple[pa.Table, pa.Array]]:
        before = self.path.stat()
        with self.path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        blocks = Blocks(file, self.options)
        self.reading.files += 1
        self.fact = FileFact(
            path=self.where,
            sha256=digest,
            bytes=before.st_size,
            format="csv",
            compression=file.packed,
        )
        for table, lines in in_batches(blocks, self.rows):
            refuse_own(table.column_names, where=self.where)
            self.schema = table.schema
            yield table, lines
        now = self.path.stat()
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise SourceError(
                "the file changed while it was read",
                where=self.where,
                advice="Run again when the export is complete.",
            )
        self.reading.bytes += before.st_size * (file.times + 1)
        self.rejected = blocks.rejected
        self.fact = replace(
            self.fact,
            encoding=blocks.encoding,
            rows=blocks.count + len(blocks.rejected),
            notes=blocks.notes,
        )

    def _parquet(self) -> Iterator[tuple[pa.Table, pa.Array]]:
        size = self.path.stat().st_size
        self.reading.files += 1
        with damage_named(self.where):
            if size <= HELD:
                held = self.path.read_bytes()
                digest = hashlib.sha256(held).hexdigest()
                opened = pq.ParquetFile(pa.BufferReader(held), page_checksum_verification=True)
                self.reading.bytes += size
            else:
                with self.path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                opened = pq.ParquetFile(self.path, page_checksum_verification=True)
                self.reading.bytes += 2 * size
        with damage_named(self.where), opened as file:
            own = file.schema_arrow.names
            names = header_names(own, where=self.where).names
            refuse_own(names, where=self.where)
            wanted = wanted_columns(own, self.options.columns, where=self.where)
            renamed = dict(zip(own, names, strict=True))
            refuse_bomb(file.metadata.num_rows, size, where=self.where)
            self.fact = FileFact(
                path=self.where,
                sha256=digest,
                bytes=size,
                format="parquet",
                rows=file.metadata.num_rows,
                notes=() if file.metadata.num_rows else ("no rows in the file",),
            )
            yield from self._groups(file, wanted, renamed)

    def _groups(
        self, file: pq.ParquetFile, wanted: list[str], renamed: dict[str, str]
    ) -> Iterator[tuple[pa.Table, pa.Array]]:
        first = 0
        for at in range(file.metadata.num_row_groups):
            group = file.read_row_group(at, columns=wanted)
            refuse_beyond_group(file.metadata, at, group, first=first, where=self.where)
            chosen = [plain(group.column(name)) for name in wanted]
            table = pa.table(chosen, names=[renamed[name] for name in wanted])
            self.schema = table.schema
            table = cast_table(table, self.cast, where=self.where)
            for start in range(0, table.num_rows, self.rows):
                part = table.slice(start, self.rows)
                begin = first + start + 1
                yield part, pa.array(np.arange(begin, begin + part.num_rows))
            first += table.num_rows
        if first == 0:
            empty = file.schema_arrow.empty_table().select(wanted)
            table = pa.table(
                [plain(empty.column(name)) for name in wanted],
                names=[renamed[name] for name in wanted],
            )
            self.schema = table.schema
            yield cast_table(table, self.cast, where=self.where), pa.array([], pa.int64())


def cast_table(table: pa.Table, cast: Mapping[str, Any], *, where: str) -> pa.Table:
    """Return rows with the types that they have beside other files of their source.

    Raises
    ------
    SourceError
        If a value is none of its type.
    """
    for name, kind in cast.items():
        column = table.column(name)
        told = as_text(column) if kind == "text" else _cast(column, kind, name, where)
        table = table.set_column(table.column_names.index(name), name, told)
    return table


def _cast(column: pa.ChunkedArray, kind: pa.DataType, name: str, where: str) -> pa.ChunkedArray:
    try:
        return column.cast(kind)
    except pa.ArrowException as error:
        said = str(error).splitlines()[0]
        raise SourceError(
            f"column {name!r} is {column.type} here and {kind} in other files ({said})",
            where=where,
            advice="Export them with the same types, or as CSV.",
        ) from error


def in_batches(
    blocks: Iterable[tuple[pa.Table, pa.Array]], rows: int
) -> Iterator[tuple[pa.Table, pa.Array]]:
    """Give rows in batches of one size, the last one apart."""
    held: list[tuple[pa.Table, pa.Array]] = []
    count, given = 0, False
    for table, lines in blocks:
        held.append((table, lines))
        count += table.num_rows
        if count < rows:
            continue
        whole, places = _joined(held)
        full = count - count % rows
        for first in range(0, full, rows):
            yield whole.slice(first, rows), places.slice(first, rows)
        held, count, given = [(whole.slice(full), places.slice(full))], count - full, True
    if count or not given:
        yield _joined(held)


def _joined(held: Sequence[tuple[pa.Table, pa.Array]]) -> tuple[pa.Table, pa.Array]:
    return (
        pa.concat_tables([table for table, _ in held]),
        pa.concat_arrays([lines for _, lines in held]),
    )


def schema_of(path: Path, where: str, options: Options) -> pa.Schema:
    """Return the columns of a Parquet file and their types; none of any other file.

    Raises
    ------
    SourceError
        If the file is damaged.
    """
    try:
        with path.open("rb") as file:
            typed = file.read(len(_PARQUET)) == _PARQUET
    except OSError:  # which is told where the file is read
        typed = False
    if not typed:
        return pa.schema([])
    with damage_named(where), pq.ParquetFile(path) as opened:
        empty = opened.schema_arrow.empty_table()
    names = header_names(empty.column_names, where=where).names
    wanted = wanted_columns(empty.column_names, options.columns, where=where)
    renamed = dict(zip(empty.column_names, names, strict=True))
    return pa.schema([(renamed[name], plain(empty.column(name)).type) for name in wanted])
