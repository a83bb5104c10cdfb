"""One reading of a database: a query's rows in batches, whatever kind of database it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pfkit.errors import SourceError
from pfkit.sources.database.postgres import read_postgres
from pfkit.sources.database.sqlite import read_sqlite_by_url
from pfkit.sources.database.warehouse import read_warehouse
from pfkit.sources.find import find_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from pfkit.sources.database.address import Address
    from pfkit.sources.database.query import Query

#: Rows that are Python objects at a time.
BATCH: Final = 50_000
SECONDS: Final = 600


@dataclass(frozen=True)
class Reading:
    """What is read where.

    Parameters
    ----------
    name : str
        The source.
    address : Address
        Where the database is.
    query : Query
        What is asked of it.
    seconds : int
        How long one statement may take.
    said : str
        What is done with the rows there, where they are added up before they come.
    """

    name: str
    address: Address
    query: Query
    seconds: int = SECONDS
    said: str = ""

    @property
    def sha256(self) -> str:
        """The digest of what is asked, of its values, and of what is done with the rows there."""
        if not self.said:
            return self.query.sha256
        return hashlib.sha256(f"{self.query.sha256} {self.said}".encode()).hexdigest()

    @property
    def label(self) -> str:
        """What stands in place of a file's name: the source, and the digest of what was asked."""
        return f"{self.name} (query {self.sha256[:12]})"


def batches(
    reading: Reading, roots: Sequence[Path], *, size: int = BATCH
) -> Iterator[pa.RecordBatch]:
    """Yield a reading's rows in batches; the first batch is empty and says the columns.

    Parameters
    ----------
    reading : Reading
        What is read where.
    roots : sequence of pathlib.Path
        The folders that a database which is a file is looked for in.
    size : int
        Rows of a batch.

    Raises
    ------
    SourceError
        If it cannot be read whole; what, where and what to do.
    """
    address, query, where = reading.address, reading.query, f"source {reading.name}"
    path = database_file(address, roots) if address.is_file else None
    if address.kind == "postgresql":
        return read_postgres(address, query, where=where, size=size, seconds=reading.seconds)
    if address.kind == "sqlite" and path is not None:
        return read_sqlite_by_url(path, query, where=where, size=size, seconds=reading.seconds)
    seconds = reading.seconds
    return read_warehouse(address, query, path=path, where=where, size=size, seconds=seconds)


def database_file(address: Address, roots: Sequence[Path]) -> Path:
    """Return the file of a database, in the first folder that has it.

    Raises
    ------
    SourceError
        If no folder has it, or it lies outside of them.
    """
    refusal: SourceError | None = None
    for root in roots:
        try:
            return find_files(root, address.path)[0]
        except SourceError as error:
            refusal = refusal or error
    raise refusal or SourceError(
        "there is no folder to look in", where=address.place, advice="Name the data folder."
    )
