"""What was read of a database, kept: the same rows are the same file, under its own digest."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pfkit.errors import SourceError
from pfkit.sources.names import header_names
from pfkit.sources.raw import FILE, LINE, FileFact, RawTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pfkit.sources.database.read import Reading

_ROWS: Final = 100_000
_MEMORY: Final = "512MB"


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
        with tempfile.TemporaryDirectory(dir=folder, prefix=".reading-") as name:
            found = Path(name) / "found.parquet"
            count = _spooled(rows, found)
            ordered = Path(name) / "ordered.parquet"
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
    where = f"source {reading.name}"
    if not kept.path.is_file() or digest_of(kept.path) != kept.sha256:
        state = "was changed" if kept.path.is_file() else "is not there"
        raise SourceError(
            f"the reading {kept.sha256[:12]} that was kept {state}",
            where=where,
            advice="Take it back from your archive; the database may say something else today.",
        )
    table = pq.read_table(kept.path)
    names = header_names(table.column_names, where=where).names
    taken = next((name for name in (FILE, LINE) if name in names), None)
    if taken is not None:
        raise SourceError(
            f"the query has a column {taken!r}, which pfkit adds itself",
            where=where,
            advice="Name the column otherwise in the query.",
        )
    lines = _lines(table, [name for name in key if name in table.column_names])
    label = reading.label
    fact = FileFact(
        path=label,
        sha256=kept.sha256,
        bytes=kept.path.stat().st_size,
        format=reading.address.kind,
        rows=table.num_rows,
        notes=(f"query {reading.sha256}", *(() if table.num_rows else ("no rows",))),
    )
    files = pa.repeat(pa.scalar(label, pa.string()), table.num_rows)
    return RawTable(
        table=pa.table([*table.columns, files, lines], names=[*names, FILE, LINE]), files=(fact,)
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _spooled(rows: Iterator[pa.RecordBatch], path: Path) -> int:
    first = next(rows)
    count = 0
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _in_order(found: Path, ordered: Path) -> None:
    """Write the rows of a file in the order of their values, within bounded memory."""
    with duckdb.connect(config={"memory_limit": _MEMORY, "threads": "1"}) as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(f"SET temp_directory = '{_plain(found.parent)}'")
        rows: Any = engine.sql("SELECT * FROM read_parquet(?) ORDER BY ALL", params=[str(found)])
        schema = pq.read_schema(found)
        with (
            ordered.open("wb") as file,
            pq.ParquetWriter(file, schema, compression="zstd", store_schema=False) as writer,
        ):
            for batch in rows.to_arrow_reader(_ROWS):
                writer.write_table(
                    pa.Table.from_batches([batch]).cast(schema), row_group_size=_ROWS
                )
    handle = os.open(ordered, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plain(folder: Path) -> str:
    return str(folder).replace("'", "''")


def _lines(table: pa.Table, key: Sequence[str]) -> pa.ChunkedArray | pa.Array:
    """Return what names each row: its key, numbered where a key stands twice; else its number."""
    if not key:
        return pa.array(range(1, table.num_rows + 1), pa.int64()).cast(pa.string())
    columns = [table.column(name).cast(pa.string()) for name in key]
    numbered = pa.table(
        [pa.array(range(table.num_rows), pa.int64()), *columns],
        names=["place", *(f"k{part}" for part in range(len(columns)))],
    )
    parts = ", ".join(f"coalesce(k{part}, '')" for part in range(len(columns)))
    with duckdb.connect(config={"threads": "1"}) as engine:
        engine.register("numbered", numbered)
        named: Any = engine.sql(
            "SELECT name || CASE WHEN count(*) OVER same > 1 THEN ' #' || "
            "row_number() OVER (same ORDER BY place) ELSE '' END AS line FROM (SELECT place, "
            f"concat_ws(' · ', {parts}) AS name FROM numbered) WINDOW same AS (PARTITION BY name) "
            "ORDER BY place"
        )
        return named.to_arrow_table()["line"]
