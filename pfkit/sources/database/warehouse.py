"""Rows of any other warehouse that Ibis connects to, in batches of Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pfkit.errors import SourceError
from pfkit.sources.database.connected import connected, failures, first_line, stopped_after

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from pfkit.sources.database.address import Address
    from pfkit.sources.database.query import Query


def read_warehouse(
    address: Address, query: Query, *, path: Path | None, where: str, size: int, seconds: int = 600
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
    with connected(address, path=path, where=where, seconds=seconds) as backend:
        sql, values = parameters(query, address.kind)
        yield from answered(backend, address, sql, values, where=where, size=size, seconds=seconds)


def answered(
    backend: Any,  # noqa: ANN401 (a backend of Ibis)
    address: Address,
    sql: str,
    values: dict[str, dt.date],
    *,
    where: str,
    size: int,
    seconds: int = 600,
) -> Iterator[pa.RecordBatch]:
    """Yield what a statement gives; the first batch is empty and says the columns.

    Raises
    ------
    SourceError
        If it cannot be run, or the warehouse goes away.
    """
    rows_read = 0
    try:
        with stopped_after(backend, address.kind, seconds):
            if address.kind == "duckdb":
                reader = backend.con.sql(sql, params=values or None).to_arrow_reader(size)
            else:
                reader = backend.sql(sql).to_pyarrow_batches(chunk_size=size)
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)
            for batch in reader:
                yield batch
                rows_read += batch.num_rows
    except failures(address.kind) as error:
        if type(error).__name__ == "InterruptException":
            raise SourceError(
                f"the query took longer than {seconds} seconds and was stopped after "
                f"{rows_read:,} rows; none of it was kept",
                where=f"{where} ({address.place})",
                advice="Ask for less (bind :period_start), or raise `timeout` of the source.",
            ) from None
        reason = address.redacted(first_line(error))
        raise SourceError(
            f"the query stopped after {rows_read:,} rows ({reason}); none of them was kept",
            where=f"{where} ({address.place})",
            advice="Run it in the warehouse's own console first; it needs the right to read only.",
        ) from None


def parameters(query: Query, kind: str) -> tuple[str, dict[str, dt.date]]:
    """Return a query as its driver takes it, and the values bound apart."""
    if kind == "duckdb":
        return query.written(lambda name: f"${name}"), dict(query.values)
    return query.written(lambda name: _literal(query.values[name])), {}


def _literal(day: dt.date) -> str:
    """Return a day, or a moment, as SQL that every warehouse reads alike."""
    kind = "TIMESTAMP" if hasattr(day, "hour") else "DATE"
    return f"CAST('{day.isoformat()}' AS {kind})"
