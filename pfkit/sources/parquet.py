"""Read a Parquet file: types kept, every row with its number."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pfkit.errors import SourceError
from pfkit.sources.names import header_names, wanted_columns
from pfkit.sources.raw import Part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pfkit.sources.raw import Options

# A row costs about a byte even where its columns repeat; far below that the file is a bomb.
_ROWS_PER_BYTE: Final = 100
_FREE_ROWS: Final = 4_000_000


def read_parquet(path: Path, *, where: str, options: Options) -> Part:
    """Read one Parquet file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    where : str
        The file, for messages.
    options : Options
        ``columns`` is used.

    Returns
    -------
    Part
        Columns with their types; dictionary-coded ones as plain values. Lines are row numbers,
        from 1.

    Raises
    ------
    SourceError
        If the file is truncated or damaged, holds more rows than its bytes can, or names a
        column twice.

    Notes
    -----
    Check sums of pages are proved where the file has them. Most have none, so each value must
    also lie between the least and the most that the file itself states for its column: a turned
    bit in an amount seldom stays between them.
    """
    with damage_named(where), pq.ParquetFile(path, page_checksum_verification=True) as file:
        names = header_names(file.schema_arrow.names, where=where).names
        wanted = wanted_columns(file.schema_arrow.names, options.columns, where=where)
        refuse_bomb(file.metadata.num_rows, path.stat().st_size, where=where)
        table = file.read(columns=wanted)
        _refuse_beyond(file.metadata, table, where=where)
    chosen = [plain(table.column(name)) for name in wanted]
    renamed = dict(zip(file.schema_arrow.names, names, strict=True))
    notes = ("no rows in the file",) if table.num_rows == 0 else ()
    return Part(
        table=pa.table(chosen, names=[renamed[name] for name in wanted]),
        lines=pc.cast(pa.array(range(1, table.num_rows + 1), pa.int64()), pa.string()),
        notes=notes,
    )


@contextlib.contextmanager
def damage_named(where: str) -> Iterator[None]:
    """Say what the reader stumbles over as damage to the file."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise SourceError(
            "the Parquet data are damaged (a text in them is not UTF-8)",
            where=where,
            advice="Copy or export the file again.",
        ) from error
    except (pa.ArrowException, OSError, MemoryError, OverflowError) as error:
        raise SourceError(
            f"the Parquet data are truncated or damaged ({_first(error)})",
            where=where,
            advice="Copy or export the file again.",
        ) from error


def _first(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def refuse_bomb(rows: int, size: int, *, where: str) -> None:
    """Refuse a file that states more rows than its bytes can hold."""
    if rows > max(_FREE_ROWS, size * _ROWS_PER_BYTE):
        raise SourceError(
            f"the file states {rows:,} rows in {size:,} bytes",
            where=where,
            advice="No export is that dense; if it is real, export it again in parts.",
        )


def _refuse_beyond(stated: pq.FileMetaData, table: pa.Table, *, where: str) -> None:
    """Refuse a column whose values lie outside the bounds the file states for them."""
    if table.num_rows != stated.num_rows:
        raise _damage(f"{table.num_rows:,} rows of {stated.num_rows:,} are there", where)
    first = 0
    for at in range(stated.num_row_groups):
        rows = table.slice(first, stated.row_group(at).num_rows)
        refuse_beyond_group(stated, at, rows, first=first, where=where)
        first += rows.num_rows


def refuse_beyond_group(
    stated: pq.FileMetaData, at: int, rows: pa.Table, *, first: int, where: str
) -> None:
    """Refuse a row group with a value outside the bounds the file states for its column.

    Raises
    ------
    SourceError
        If there is one; `first` rows stand before the group.
    """
    flat = set(rows.column_names)
    group = stated.row_group(at)
    if rows.num_rows != group.num_rows:
        raise _damage(f"{rows.num_rows:,} rows of {group.num_rows:,} are there", where)
    for place in range(group.num_columns):
        column = group.column(place)
        name = column.path_in_schema
        # Asked for bounds of another type than the column's, the reader ends the process.
        if column.physical_type != stated.schema.column(place).physical_type:
            raise _damage(f"{name} is stored as another type than it is declared", where)
        if name not in flat or column.statistics is None or not column.statistics.has_min_max:
            continue
        values = plain(rows.column(name))
        outlier = _outlier(values, column.statistics.min, column.statistics.max)
        if outlier is not None:
            raise _damage(
                f"{name} {str(values[outlier])[:40]!r} in row {first + outlier + 1:,} lies "
                "outside the bounds the file states",
                where,
            )


def _outlier(values: pa.ChunkedArray, least: object, most: object) -> int | None:
    """Return the place of the first value below the least or above the most, None without one."""
    if not _ordered(values.type):
        return None
    try:
        low, high = pa.scalar(least, values.type), pa.scalar(most, values.type)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        # Bounds of a kind that has no plain form prove nothing.
        return None
    outside = pc.or_kleene(pc.less(values, low), pc.greater(values, high))
    return int(pc.index(outside, value=True).as_py()) if pc.any(outside).as_py() else None


def _ordered(kind: pa.DataType) -> bool:
    tests = (
        *(pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_date),
        *(pa.types.is_timestamp, pa.types.is_string, pa.types.is_large_string),
    )
    return any(test(kind) for test in tests)


def _damage(what: str, where: str) -> SourceError:
    return SourceError(
        f"the Parquet data are damaged: {what}",
        where=where,
        advice="Copy or export the file again.",
    )


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a dictionary-coded column as plain values."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column
