"""Rows of a SQLite file by its address: the same read-only reading, in batches."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from pfkit.errors import SourceError
from pfkit.sources.sqlite import locked, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pfkit.sources.database.query import Query

_EXACT: Final = 2**53


def read_sqlite_by_url(
    path: Path, query: Query, *, where: str, size: int, seconds: int
) -> Iterator[pa.RecordBatch]:
    """Yield what a query of a SQLite file gives, in batches, all of one moment.

    Whole numbers, numbers and texts keep their kind where a column has one; a column of several
    kinds is text.

    Raises
    ------
    SourceError
        If the file is no database, or the query does anything but read.
    """
    rows_read = 0
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
            database.execute("PRAGMA query_only = ON")
            database.execute("BEGIN")
            locked(database, seconds=seconds)
            sql = query.written(lambda name: f":{name}")
            values = {name: day.isoformat() for name, day in query.values.items()}
            fields = _fields(database, sql, values, where)
            schema = pa.schema(fields)
            yield pa.RecordBatch.from_pylist([], schema=schema)
            cursor = database.execute(sql, values)
            while rows := cursor.fetchmany(size):
                columns = zip(*rows, strict=True)
                arrays = [
                    _array(held, kind.type) for held, kind in zip(columns, fields, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)
                rows_read += len(rows)
    except sqlite3.Error as error:
        raise SourceError(
            f"the query stopped after {rows_read:,} rows ({error}); none of them was kept",
            where=where,
            advice="Give a table's name or one SELECT; if the file is damaged, restore it.",
        ) from error


def _fields(
    database: sqlite3.Connection, sql: str, values: dict[str, Any], where: str
) -> list[pa.Field]:
    """Return each column with the one kind its values have."""
    names = [entry[0] for entry in database.execute(sql, values).description]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SourceError(
            f"the query names column {twice!r} twice",
            where=where,
            advice="Name each column once: SELECT a.id AS account_id, …",
        )
    asked = []
    for name in names:
        column = '"' + name.replace('"', '""') + '"'
        asked += [
            f"count(CASE WHEN typeof({column}) = '{kind}' THEN 1 END)"
            for kind in ("integer", "real", "text", "blob")
        ]
        asked.append(
            f"max(CASE WHEN typeof({column}) = 'integer' THEN abs(max({column}, -{2**62})) END)"
        )
    found = database.execute(f"SELECT {', '.join(asked)} FROM (\n{sql}\n)", values).fetchone()
    return [
        pa.field(name, _kind(*found[5 * place : 5 * place + 5])) for place, name in enumerate(names)
    ]


def _kind(whole: int, real: int, text: int, blob: int, largest: int | None) -> pa.DataType:
    if text or blob:
        return pa.binary() if blob and not (whole or real or text) else pa.string()
    if whole and not real:
        return pa.int64()
    if real and (largest or 0) < _EXACT:
        return pa.float64()
    return pa.string()


def _array(values: tuple[object, ...], kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.array([text_of(value) for value in values], kind)
    return pa.array(values, kind)
