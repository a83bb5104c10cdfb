"""Rows of PostgreSQL as it copies them out: text by the block, read straight into Arrow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.csv as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes of text that are held before they become a batch.
BLOCK: Final = 4 << 20
_VALUE: Final = re.compile(r"In CSV column #(\d+): (.*)", re.DOTALL)


class UnheldError(ValueError):
    """A value that the kind of its column cannot hold; the text names the column."""


def copied(
    cursor: Any,  # noqa: ANN401 (a cursor of psycopg)
    select: str,
    values: tuple[Any, ...],
    schema: pa.Schema,
    *,
    size: int,
) -> Iterator[pa.RecordBatch]:
    """Yield what a SELECT gives, in batches.

    Parameters
    ----------
    cursor : psycopg.Cursor
        Of a session that sees one moment; its encoding is UTF-8.
    select : str
        Its columns are those of the schema, each written as CSV has it.
    values : tuple
        What is bound in it, if anything.
    schema : pyarrow.Schema
        The columns.
    size : int
        Rows of a batch; fewer where rows are long.

    Raises
    ------
    UnheldError
        If a value is of another kind than its column.
    """
    held: list[bytes] = []
    long = 0
    with cursor.copy(f"COPY (\n{select}\n) TO STDOUT (FORMAT csv)", *values) as rows:
        for row in rows:
            held.append(bytes(row))
            long += len(row)
            if len(held) >= size or long >= BLOCK:
                yield _batch(b"".join(held), schema)
                held, long = [], 0
    if held:
        yield _batch(b"".join(held), schema)


def _batch(text: bytes, schema: pa.Schema) -> pa.RecordBatch:
    """Return whole rows of text in their kinds: nothing is NULL, and quotes hold an empty text."""
    try:
        table = pc.read_csv(
            pa.BufferReader(text),
            read_options=pc.ReadOptions(
                use_threads=False, column_names=schema.names, block_size=len(text) + 1
            ),
            parse_options=pc.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pc.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
    except pa.ArrowInvalid as error:
        raise UnheldError(_said(str(error), schema)) from None
    return table.combine_chunks().to_batches()[0]


def _said(text: str, schema: pa.Schema) -> str:
    """Return what Arrow says of a value, with its column's name in place of its number."""
    found = _VALUE.search(text)
    if found is None:
        return " ".join(text.split())[:200]
    value = found[2].removeprefix("CSV conversion error to ")
    return f"column {schema.names[int(found[1])]!r}: not of {' '.join(value.split())[:200]}"
