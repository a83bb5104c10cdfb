"""Where the rows of a partition come from: a file, or one month that was read of a database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pfkit.errors import BookError
from pfkit.sources.batches import Batches, cast_table, in_batches, schema_of
from pfkit.sources.database import streamed
from pfkit.sources.find import find_files, relative
from pfkit.sources.raw import LINE, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pfkit.conform.declaration import Source
    from pfkit.sources import FileFact, RejectedRow
    from pfkit.sources.batches import Reading as Counted
    from pfkit.sources.database import Kept, Reading

    #: The columns of a file with their types, and the file.
    Like = Callable[[dict[str, str], str], None]

#: The agreed column whose day says the month that a row is read with.
DAYS = {"actuals": "posting_date", "invoices": "invoice_date", "usage": "ts"}


@dataclass(frozen=True)
class Month:
    """One month of a query's rows, read and kept.

    Attributes
    ----------
    label : str
        The month, empty for the rows without a day.
    reading : Reading
        What was asked.
    kept : Kept
        The file of the rows.
    key : tuple of str
        The columns that name a row.
    """

    label: str
    reading: Reading
    kept: Kept
    key: tuple[str, ...]

    @property
    def where(self) -> str:
        """What stands in place of a file's name."""
        return f"{self.reading.name} {self.label or 'without a day'}"

    def told(self, fact: FileFact) -> FileFact:
        """Return what is said of its rows, with the query that was asked this time."""
        return replace(fact, notes=(f"query sha256 {self.reading.sha256}", *fact.notes[1:]))


@dataclass(frozen=True)
class Origin:
    """A file, or a month of a database, that is conformed by itself.

    Attributes
    ----------
    path : pathlib.Path
        Its rows.
    where : str
        Its name in messages and lineage.
    month : Month, optional
        Of a database: what was read.
    """

    path: Path
    where: str
    month: Month | None = None

    def types(self, options: Options) -> dict[str, str]:
        """Return its columns and their types; none of text, whose columns have none."""
        schema = schema_of(self.path, self.where, options)
        return {item.name: str(item.type) for item in schema}

    def batches(
        self,
        options: Options,
        rows: int,
        reading: Counted,
        *,
        like: Like | None = None,
        cast: Mapping[str, Any] | None = None,
    ) -> Batches | Rows:
        """Return its rows in batches, so many at once, counted as they are read."""
        if self.month is None:
            return Batches(
                *(self.path, self.where, options, rows),
                reading=reading,
                like=like,
                cast=cast or {},
            )
        return Rows(self.month, rows, reading, like=like, cast=cast or {})


@dataclass
class Rows:
    """The rows of a month that was read of a database, in batches as those of a file are."""

    month: Month
    rows: int
    reading: Counted
    like: Like | None = field(default=None, kw_only=True)
    cast: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    rejected: tuple[RejectedRow, ...] = field(default=(), init=False)
    schema: pa.Schema = field(init=False)
    fact: FileFact = field(init=False)

    @property
    def where(self) -> str:
        """What stands in place of a file's name."""
        return self.month.where

    def __iter__(self) -> Iterator[tuple[pa.Table, pa.Array]]:
        """Give rows, and what names each.

        Raises
        ------
        SourceError
            If the kept rows are not what they were.
        """
        month = self.month
        with streamed(month.kept, month.reading, month.key) as found:
            self.schema = pa.schema([item for item in found.rows.schema if item.name != LINE])
            types = tuple((item.name, str(item.type)) for item in self.schema)
            self.fact = replace(found.fact, path=self.where, types=types)
            self.reading.files += 1
            self.reading.bytes += self.fact.bytes
            if self.like is not None:
                self.like(dict(types), self.where)
            yield from in_batches(self._tables(found.rows), self.rows)

    def _tables(self, rows: pa.RecordBatchReader) -> Iterator[tuple[pa.Table, pa.Array]]:
        for table in chain([rows.schema.empty_table()], map(_table, rows)):
            lines = table.column(LINE).combine_chunks().cast(pa.string())
            own = table.drop_columns([LINE])
            yield cast_table(own, self.cast, where=self.where), lines


def _table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])


def files_of(source: Source, root: Path) -> list[Origin]:
    """Return the files of a source.

    Raises
    ------
    SourceError
        If there are none.
    """
    paths = find_files(root, source.path)
    return [Origin(path, relative(path, root)) for path in paths]


def months_of(months: tuple[Month, ...]) -> list[Origin]:
    """Return months that were read of a database, each to be conformed by itself."""
    return [Origin(month.kept.path, month.where, month) for month in months]


def day_column(source: Source) -> str:
    """Return the column of a database's query that says the month a row is read with.

    Raises
    ------
    BookError
        If none does.
    """
    agreed = DAYS.get(source.table, "")
    mapping = source.columns.get(agreed)
    if mapping is None or mapping.column is None:
        raise BookError(
            "nothing says the month that a row of the database is read with",
            where=f"book.toml sources.{source.name}.partitioned",
            advice=f"Map `{agreed}` to a column of the query, or make such a column in the query.",
        )
    return mapping.column
