"""What was read of a database, kept: the same rows are the same file, under its own digest."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pfkit.errors import SourceError
from pfkit.sources.names import header_names
from pfkit.sources.raw import FILE, LINE, FileFact, RawTable
from pfkit.sources.running import machine, runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pfkit.sources.database.read import Reading

_ROWS: Final = 100_000
_NUMBER: Final = "pfkit_number"
_MEMORY: Final = "256MB"
_LEFT: Final = re.compile(r"\.reading-(?P<host>[a-z0-9]+)-(?P<process>\d+)-.+")


@dataclass(frozen=True)
class Kept:
    """A file of what was read.

    Parameters
    ----------
    path : pathlib.Path
        Where it is.
    sha256 : str
        Its digest, which is its name too.
    rows : int
        How many rows it holds.
    """

    path: Path
    sha256: str
    rows: int


def keep(rows: Iterator[pa.RecordBatch], folder: Path, *, where: str) -> Kept:
    """Write all rows of a reading into a folder, in an order of their own; whole or not at all.

    Parameters
    ----------
    rows : iterator of pyarrow.RecordBatch
        The rows; the first batch says the columns.
    folder : pathlib.Path
        Where readings are kept.
    where : str
        The source, for messages.

    Returns
    -------
    Kept
        The file: the same rows give the same one, in whatever order the database gave them.

    Raises
    ------
    SourceError
        If the reading stops half way, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _apart(folder) as apart:
            found = apart / "found.parquet"
            count = _spooled(rows, found, where)
            ordered = apart / "ordered.parquet"
            _in_order(found, ordered)
            digest = digest_of(ordered)
            target = folder / f"{digest}.parquet"
            if not target.exists():
                ordered.replace(target)
    except OSError as error:
        raise SourceError(
            f"what was read cannot be kept ({error.strerror or error})",
            where=f"{where} ({folder.name})",
            advice="Free the disk, or name a state folder that can be written with --state.",
        ) from error
    return Kept(target, digest, count)


def held(kept: Kept, reading: Reading, key: Sequence[str] = ()) -> RawTable:
    """Return the rows of a kept reading as those of a file are, each with its place.

    Parameters
    ----------
    kept : Kept
        The file.
    reading : Reading
        What was read where.
    key : sequence of str
        Columns whose values name a row; without them a row has its number.

    Raises
    ------
    SourceError
        If the file is not what its name says.
    """
    with streamed(kept, reading, key) as found:
        table = found.rows.read_all()
    files = pa.repeat(pa.scalar(found.fact.path, pa.string()), table.num_rows)
    return RawTable(table=table.append_column(FILE, files), files=(found.fact,))


@dataclass(frozen=True)
class Streamed:
    """The rows of a kept reading on their way, for those who need not hold them all.

    Attributes
    ----------
    fact : FileFact
        The reading.
    rows : pyarrow.RecordBatchReader
        Its rows in their order, each with ``_line``.
    """

    fact: FileFact
    rows: pa.RecordBatchReader


@contextmanager
def streamed(kept: Kept, reading: Reading, key: Sequence[str] = ()) -> Iterator[Streamed]:
    """Open the rows of a kept reading, to be taken in batches.

    Parameters
    ----------
    kept, reading, key
        As in `held`.

    Raises
    ------
    SourceError
        If the file is not what its name says.
    """
    where = f"source {reading.name}"
    if not kept.path.is_file() or digest_of(kept.path) != kept.sha256:
        state = "was changed" if kept.path.is_file() else "is not there"
        raise SourceError(
            f"the reading {kept.sha256[:12]} that was kept {state}",
            where=where,
            advice="Take it back from your archive; the database may say something else today.",
        )
    told = pq.ParquetFile(kept.path)
    schema, count = told.schema_arrow, told.metadata.num_rows
    names = header_names(schema.names, where=where).names
    taken = next((name for name in (FILE, LINE) if name in names), None)
    if taken is not None:
        raise SourceError(
            f"the query has a column {taken!r}, which pfkit adds itself",
            where=where,
            advice="Name the column otherwise in the query.",
        )
    fact = FileFact(
        path=reading.label,
        sha256=kept.sha256,
        bytes=kept.path.stat().st_size,
        format=reading.address.kind,
        rows=count,
        notes=(f"query sha256 {reading.sha256}", *(() if count else ("no rows",))),
        types=tuple((name, str(kind)) for name, kind in zip(names, schema.types, strict=True)),
    )
    wanted = pa.schema([*zip(names, schema.types, strict=True), (LINE, pa.string())])
    with _bounded() as engine:
        sql = _named(engine, kept.path, [name for name in key if name in schema.names])
        found: Any = engine.sql(sql)
        batches = found.to_arrow_reader(_ROWS)
        yield Streamed(
            fact,
            pa.RecordBatchReader.from_batches(
                wanted,
                (
                    pa.RecordBatch.from_arrays(
                        [
                            column.cast(kind)
                            for column, kind in zip(batch.columns, wanted.types, strict=True)
                        ],
                        schema=wanted,
                    )
                    for batch in batches
                ),
            ),
        )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _spooled(rows: Iterator[pa.RecordBatch], path: Path, where: str) -> int:
    first = next(rows)
    known: dict[str, str] = {}
    for name in first.schema.names:
        other = known.setdefault(name.casefold(), name)
        if other != name:
            raise SourceError(
                f"columns {other!r} and {name!r} differ by case alone",
                where=where,
                advice=f'Name one of them otherwise in the query: SELECT "{name}" AS other, …',
            )
    count = 0
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _in_order(found: Path, ordered: Path) -> None:
    """Write the rows of a file in the order of their values, within bounded memory."""
    schema = pq.read_schema(found)
    with (
        _bounded(found.parent) as engine,
        ordered.open("wb") as file,
        pq.ParquetWriter(file, schema, compression="zstd", store_schema=False) as writer,
    ):
        rows: Any = engine.sql("SELECT * FROM read_parquet(?) ORDER BY ALL", params=[str(found)])
        for batch in rows.to_arrow_reader(_ROWS):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=_ROWS)
    handle = os.open(ordered, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _bounded(aside: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine that holds little in memory and puts the rest aside in a folder."""
    with ExitStack() as stack:
        if aside is None:
            aside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pfkit-")))
        engine = stack.enter_context(
            duckdb.connect(config={"memory_limit": _MEMORY, "threads": "1"})
        )
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(f"SET temp_directory = {_text(aside)}")
        yield engine


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _named(engine: duckdb.DuckDBPyConnection, path: Path, key: Sequence[str]) -> str:
    """Return SQL for the rows of a file, with what names each: its key, numbered where it is twice.

    Without a key a row has its number.
    """
    rows = f"(SELECT *, row_number() OVER () AS {_NUMBER} FROM read_parquet({_text(path)}))"
    plain = f"SELECT * EXCLUDE ({_NUMBER})"
    if not key:
        return f"{plain}, CAST({_NUMBER} AS VARCHAR) AS {LINE} FROM {rows}"
    columns = ['"' + name.replace('"', '""') + '"' for name in key]
    parts = ", ".join(f"coalesce(CAST({column} AS VARCHAR), '')" for column in columns)
    name = f"concat_ws(' · ', {parts})"
    twice = f"SELECT 1 FROM {rows} GROUP BY hash({name}) HAVING count(*) > 1 LIMIT 1"
    if not engine.execute(twice).fetchall():
        return f"{plain}, {name} AS {LINE} FROM {rows}"
    same = f"PARTITION BY {name}"
    return (
        f"{plain}, {name} || CASE WHEN count(*) OVER ({same}) > 1 THEN ' #' || row_number() "
        f"OVER ({same} ORDER BY {_NUMBER}) ELSE '' END AS {LINE} FROM {rows} ORDER BY {_NUMBER}"
    )


@contextmanager
def _apart(folder: Path) -> Iterator[Path]:
    """Make a folder for a reading on its way; those of processes that were killed are removed."""
    for left in folder.glob(".reading-*"):
        found = _LEFT.fullmatch(left.name)
        if found is not None and not runs(int(found["process"]), found["host"]):
            shutil.rmtree(left, ignore_errors=True)
    prefix = f".reading-{machine()}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(dir=folder, prefix=prefix) as name:
        yield Path(name)
