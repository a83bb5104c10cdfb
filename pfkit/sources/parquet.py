"""Read a Parquet file: types kept, every row with its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pfkit.errors import SourceError
from pfkit.sources.names import header_names, wanted_columns
from pfkit.sources.raw import Part

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.sources.raw import Options


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
        If the file is truncated or damaged, or names a column twice.
    """
    try:
        with pq.ParquetFile(path) as file:
            names = header_names(file.schema_arrow.names, where=where).names
            wanted = wanted_columns(file.schema_arrow.names, options.columns, where=where)
            table = file.read(columns=wanted)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"the Parquet data are truncated or damaged ({str(error).splitlines()[0]})",
            where=where,
            advice="Copy or export the file again.",
        ) from error
    chosen = [_plain(table.column(name)) for name in wanted]
    renamed = dict(zip(file.schema_arrow.names, names, strict=True))
    notes = ("no rows in the file",) if table.num_rows == 0 else ()
    return Part(
        table=pa.table(chosen, names=[renamed[name] for name in wanted]),
        lines=pc.cast(pa.array(range(1, table.num_rows + 1), pa.int64()), pa.string()),
        notes=notes,
    )


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column
