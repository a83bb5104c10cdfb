"""Several questions to one query of a database, all of one moment: what a push is made of."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from pfkit.errors import SourceError
from pfkit.sources.database.connected import connected
from pfkit.sources.database.postgres import Asked, asked_of
from pfkit.sources.database.read import database_file
from pfkit.sources.database.warehouse import answered, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pfkit.sources.database.read import Reading

#: Where the query goes in a statement.
QUERY: Final = "@@query@@"
_DIALECTS: Final = {"postgresql": "postgres"}
_ROWS: Final = 50_000


@dataclass(frozen=True)
class Asking:
    """An open query.

    Attributes
    ----------
    schema : pyarrow.Schema
        The columns the query gives.
    dialect : str
        What statements are written in.
    ask : callable
        Answers a statement that holds `QUERY`, in batches of a schema.
    """

    schema: pa.Schema
    dialect: str
    ask: Callable[[str, pa.Schema], Iterator[pa.RecordBatch]]

    def answer(self, statement: str, schema: pa.Schema) -> pa.Table:
        """Return the whole answer to a statement."""
        return pa.Table.from_batches(list(self.ask(statement, schema)), schema=schema)


@contextmanager
def asking(reading: Reading, roots: Sequence[Path]) -> Iterator[Asking]:
    """Open a query for statements over its rows, in one read-only moment.

    Raises
    ------
    SourceError
        If the database cannot do that, cannot be reached, or goes away.
    """
    address, query, where = reading.address, reading.query, f"source {reading.name}"
    if address.kind == "sqlite":
        raise SourceError(
            "SQLite has no exact numbers, so nothing is added up there",
            where=where,
            advice="Leave `push` out: then the rows are read.",
        )
    if address.kind == "postgresql":
        with asked_of(address, query, where=where, seconds=reading.seconds) as asked:
            yield Asking(asked.schema, "postgres", _of_postgres(asked))
        return
    path = database_file(address, roots) if address.is_file else None
    seconds = reading.seconds
    with connected(address, path=path, where=where, seconds=seconds) as backend:
        sql, values = parameters(query, address.kind)
        how: dict[str, Any] = {"where": where, "size": _ROWS, "seconds": seconds}

        def ask(statement: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
            said = statement.replace(QUERY, sql)
            batches = answered(backend, address, said, values, **how)
            return (_as(batch, schema) for batch in batches)

        first = next(answered(backend, address, sql, values, **how))
        yield Asking(first.schema, _DIALECTS.get(address.kind, address.kind), ask)


def _of_postgres(asked: Asked) -> Callable[[str, pa.Schema], Iterator[pa.RecordBatch]]:
    def ask(statement: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        return asked.answers(statement, QUERY, schema, size=_ROWS)

    return ask


def _as(batch: pa.RecordBatch, schema: pa.Schema) -> Any:  # noqa: ANN401 (a batch of Arrow)
    """Return a batch in the kinds its statement was said to give."""
    arrays = [column.cast(kind) for column, kind in zip(batch.columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
