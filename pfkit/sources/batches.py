"""Read one file of a large source once, in batches of bounded size, with its digest on the way.

Parquet comes row group by row group; text is read whole, file by file, as every reader of text does
here. What is read is counted: a file that did not change is not read again (see `pfkit.conform`'s
partitions), and the count is what shows it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pfkit.errors import SourceError
from pfkit.sources.detect import detect
from pfkit.sources.load import HEAD
from pfkit.sources.names import header_names, wanted_columns
from pfkit.sources.parquet import damage_named, plain, refuse_beyond_group, refuse_bomb
from pfkit.sources.raw import FILE, LINE, FileFact
from pfkit.sources.read import read_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pfkit.sources.raw import Options, RejectedRow

#: Rows handed on at once.
ROWS: Final = 200_000
#: Bytes of a Parquet file up to which it is held while it is read, so that it is read once.
HELD: Final = 256 << 20
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
    schema : pyarrow.Schema
        Its columns.
    rejected : tuple of RejectedRow
        Rows that are in no batch.
    """

    path: Path
    where: str
    options: Options
    rows: int = ROWS
    reading: Reading = field(default_factory=Reading, kw_only=True)
    like: Callable[[dict[str, str], str], None] | None = field(default=None, kw_only=True)
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
            if columns := {FILE, LINE} & set(names):
                raise SourceError(
                    f"the file has a column {min(columns)!r}, which pfkit adds itself",
                    where=self.where,
                    advice="Rename the column in the export.",
                )
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
            yield table, pa.array([], pa.int64())
