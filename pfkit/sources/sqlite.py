"""Read a table or a SELECT from a SQLite file, opened for reading only."""

from __future__ import annotations

import math
import re
import sqlite3
import time
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa

from pfkit.errors import SourceError, near_miss
from pfkit.sources.names import header_names, wanted_columns
from pfkit.sources.raw import Part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pfkit.sources.raw import Options

_SELECT: Final = re.compile(r"\s*(select|with|values)\b", re.IGNORECASE)
_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_EXACT: Final = 2**53
# A query that needs more steps than this has no end; a scan of millions of rows needs far fewer.
_STEPS: Final = 1_000_000
_TURNS: Final = 5_000


def read_sqlite(path: Path, *, where: str, options: Options) -> Part:
    """Read one table, or the result of one SELECT.

    Parameters
    ----------
    path : pathlib.Path
        The database file.
    where : str
        The file, for messages.
    options : Options
        ``query`` names a table or is a SELECT; it may be absent where the file has one table.
        ``columns`` is used.

    Returns
    -------
    Part
        Columns with the types their values have: whole numbers, floats, texts, bytes; a column of
        mixed values as text. Lines are row numbers of the result, from 1.

    Raises
    ------
    SourceError
        If the file is no database, the table is unknown, or the query does anything but read.
    """
    # Immutable leaves no side files beside the export; a write-ahead log has to be read, though.
    log = path.with_name(f"{path.name}-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    address = f"{path.resolve().as_uri()}?{mode}"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            sql = _statement(database, options.query, where=where)
            locked(database)
            cursor = database.execute(sql)
            names = [entry[0] for entry in cursor.description]
            rows = cursor.fetchall()
    except sqlite3.Error as error:
        raise SourceError(
            f"the database or the query cannot be read ({error})",
            where=where,
            advice="Give a table's name or one SELECT; if the file is damaged, export it again.",
        ) from error
    header = header_names(names, where=where)
    wanted = wanted_columns(header.names, options.columns, where=where)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = {
        name: _array(values)
        for name, values in zip(header.names, columns, strict=True)
        if name in wanted
    }
    return Part(
        table=pa.table({name: arrays[name] for name in wanted}),
        lines=pa.array([str(number) for number in range(1, len(rows) + 1)], pa.string()),
        notes=() if rows else ("no rows in the table",),
    )


def _statement(database: sqlite3.Connection, query: str | None, *, where: str) -> str:
    found = database.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY name"
    )
    tables = [name for (name,) in found]
    if query is not None and _SELECT.match(query) and query not in tables:
        return query
    if query is None and len(tables) == 1:
        query = tables[0]
    if query is None:
        raise SourceError(
            f"the database has {len(tables)} tables ({', '.join(tables[:8])})",
            where=where,
            advice='Name the one to read, or a SELECT: query = "...".',
        )
    if query not in tables:
        raise SourceError(
            f"there is no table {query!r}",
            where=where,
            advice=near_miss(query, tables, noun="table"),
        )
    quoted = query.replace('"', '""')
    return f'SELECT * FROM "{quoted}"'  # noqa: S608 - a name from the catalog, quoted


def locked(database: sqlite3.Connection, *, seconds: int | None = None) -> None:
    """Let a connection read and do nothing else, for so many steps or seconds at most."""
    began = time.monotonic()

    def judge(action: int, *_: str | None) -> int:
        return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY

    def late() -> int:
        if seconds is not None:
            return int(time.monotonic() - began > seconds)
        return int(next(turns, None) is None)

    turns = iter(range(_TURNS))
    database.set_authorizer(judge)
    database.set_progress_handler(late, _STEPS)


def _array(values: Sequence[object]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return pa.array(values, pa.int64())
    if kinds == {float} or (kinds == {int, float} and _fits_float(values)):
        return pa.array(
            [None if v is None else float(cast("float", v)) for v in values], pa.float64()
        )
    if kinds == {bytes}:
        return pa.array(values, pa.binary())
    return pa.array([text_of(value) for value in values], pa.string())


def _fits_float(values: Sequence[object]) -> bool:
    return all(abs(value) < _EXACT for value in values if isinstance(value, int))


def text_of(value: object) -> str | None:
    """Return a value as text, exactly; bytes as hexadecimal digits."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and math.isfinite(value):
        return format(Decimal(repr(value)), "f")
    return str(value)
