"""Rows of any other warehouse that Ibis connects to, in batches of Arrow."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import ibis
import pyarrow as pa
from ibis.common.exceptions import IbisError

from pfkit.errors import SourceError
from pfkit.sources.database.address import KINDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from pfkit.sources.database.address import Address
    from pfkit.sources.database.query import Query

# What a driver raises, by its module: none of them is asked for before it is needed.
_ERRORS: Final = {
    "duckdb": ("duckdb", "Error"),
    "bigquery": ("google.api_core.exceptions", "GoogleAPIError"),
    "snowflake": ("snowflake.connector", "Error"),
    "databricks": ("databricks.sql", "Error"),
}


def read_warehouse(
    address: Address, query: Query, *, path: Path | None, where: str, size: int
) -> Iterator[pa.RecordBatch]:
    """Yield what a query gives, in batches.

    Raises
    ------
    SourceError
        If the warehouse cannot be reached, or the query cannot be run.

    Notes
    -----
    DuckDB binds days as values. Elsewhere they are typed literals: the drivers have no common form
    of a parameter, and a day that pfkit writes can be nothing but a day.
    """
    with connected(address, path=path, where=where) as backend:
        sql, values = parameters(query, address.kind)
        yield from answered(backend, address, sql, values, where=where, size=size)


def answered(
    backend: Any,  # noqa: ANN401 (a backend of Ibis)
    address: Address,
    sql: str,
    values: dict[str, dt.date],
    *,
    where: str,
    size: int,
) -> Iterator[pa.RecordBatch]:
    """Yield what a statement gives; the first batch is empty and says the columns.

    Raises
    ------
    SourceError
        If it cannot be run, or the warehouse goes away.
    """
    rows_read = 0
    try:
        if address.kind == "duckdb":
            reader = backend.con.sql(sql, params=values or None).to_arrow_reader(size)
        else:
            reader = backend.sql(sql).to_pyarrow_batches(chunk_size=size)
        yield pa.RecordBatch.from_pylist([], schema=reader.schema)
        for batch in reader:
            yield batch
            rows_read += batch.num_rows
    except failures(address.kind) as error:
        reason = address.redacted(_first(error))
        raise SourceError(
            f"the query stopped after {rows_read:,} rows ({reason}); none of them was kept",
            where=f"{where} ({address.place})",
            advice="Run it in the warehouse's own console first; it needs the right to read only.",
        ) from None


def parameters(query: Query, kind: str) -> tuple[str, dict[str, dt.date]]:
    """Return a query as its driver takes it, and the values bound apart."""
    if kind == "duckdb":
        return query.written(lambda name: f"${name}"), dict(query.values)
    return query.written(lambda name: f"CAST('{query.values[name].isoformat()}' AS DATE)"), {}


@contextmanager
def connected(address: Address, *, path: Path | None, where: str) -> Iterator[Any]:
    """Open a warehouse through Ibis; a file of DuckDB for reading only, and alone.

    Raises
    ------
    SourceError
        If its package is not installed, or the warehouse cannot be reached.
    """
    try:
        if address.kind == "duckdb":
            backend = ibis.duckdb.connect(str(path), read_only=True)
            for setting in ("TimeZone = 'UTC'", "enable_external_access = false"):
                backend.con.execute(f"SET {setting}")
            backend.con.execute("SET lock_configuration = true")
        else:
            secret = {"password": address.password} if address.password else {}
            backend = ibis.connect(address.url, **secret)
    except (ImportError, AttributeError) as error:
        raise SourceError(
            f"{address.kind} needs a package that is not installed",
            where=where,
            advice=f"Run `pip install '{KINDS[address.kind]}'`.",
        ) from error
    except failures(address.kind) as error:
        raise SourceError(
            f"the warehouse cannot be opened ({address.redacted(_first(error))})",
            where=f"{where} ({address.place})",
            advice="Check the address, and where the password or the key is kept.",
        ) from None
    try:
        yield backend
    finally:
        backend.disconnect()


def failures(kind: str) -> tuple[type[Exception], ...]:
    """Return what is raised where a connection or a query of a kind of database fails."""
    module, name = _ERRORS.get(kind, ("", ""))
    own: list[type[Exception]] = [IbisError, pa.ArrowException, OSError, ValueError]
    if module:
        try:
            own.append(getattr(importlib.import_module(module), name))
        except ImportError:
            return tuple(own)
    return tuple(own)


def _first(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
