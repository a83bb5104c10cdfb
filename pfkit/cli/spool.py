"""Rows that come in any order and go out by series: held on disk, so that memory stays small."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import BinaryIO

    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from pfkit.measures.fleet.rows import Counts

#: Series to a shelf at least, shelves at most, and rows held before they are put on them.
SERIES, SHELVES, HELD = 4096, 128, 100_000


class Spool:
    """Tables put on shelves by the name of their series.

    Parameters
    ----------
    to : pathlib.Path
        The file that is to come of them: the shelves are kept beside it, and gone on leaving.
    names : sequence of str
        Every series, sorted.
    """

    def __init__(self, to: Path, names: Sequence[str]) -> None:
        self._to = to
        self._place = {name: k for k, name in enumerate(names)}
        self._series = max(SERIES, -(-len(names) // SHELVES))
        self._held: list[pd.DataFrame] = []
        self._rows = 0
        self._open = ExitStack()
        self._shelves: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        self._folder = Path()

    def __enter__(self) -> Self:
        """Make the folder of the shelves."""
        with told(self._to):
            name = f".{self._to.name}."
            made = tempfile.TemporaryDirectory(prefix=name, dir=self._to.absolute().parent)
            self._folder = Path(self._open.enter_context(made))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the shelves, whatever happened."""
        self._open.close()

    def add(self, piece: pd.DataFrame) -> None:
        """Take rows; those of one series come together and in order."""
        self._held.append(piece)
        self._rows += len(piece)
        if self._rows >= HELD:
            self._put()

    def ordered(self) -> Iterator[pa.Table]:
        """Yield all rows by series, a shelf at a time."""
        import pyarrow as pa  # noqa: PLC0415 - each command loads what it needs

        self._put()
        for shelf in sorted(self._shelves):
            self._shelves[shelf].close()
            with pa.OSFile(str(self._folder / str(shelf))) as file:
                yield self._sorted(pa.ipc.open_stream(file).read_all())[1]

    def _put(self) -> None:
        """Put what is held on its shelves."""
        import numpy as np  # noqa: PLC0415 - as above
        import pandas as pd  # noqa: PLC0415 - as above
        import pyarrow as pa  # noqa: PLC0415 - as above

        if not self._held:
            return
        held = pa.Table.from_pandas(pd.concat(self._held), preserve_index=False)
        at, rows = self._sorted(encoded(held))
        self._held, self._rows = [], 0
        starts = np.nonzero(np.diff(at // self._series, prepend=-1))[0].tolist()
        with told(self._to):
            for start, end in zip(starts, [*starts[1:], len(at)], strict=True):
                self._shelf(int(at[start]) // self._series, rows.schema).write_table(
                    rows.slice(start, end - start).combine_chunks()
                )

    def _shelf(self, number: int, schema: pa.Schema) -> pa.ipc.RecordBatchStreamWriter:
        import pyarrow as pa  # noqa: PLC0415 - as above

        if number not in self._shelves:
            file = self._open.enter_context(pa.OSFile(str(self._folder / str(number)), "wb"))
            self._shelves[number] = self._open.enter_context(pa.ipc.new_stream(file, schema))
        return self._shelves[number]

    def _sorted(self, rows: pa.Table) -> tuple[Counts, pa.Table]:
        """Return the places of the series and the rows in their order."""
        import numpy as np  # noqa: PLC0415 - as above

        whole = rows.unify_dictionaries().combine_chunks()
        series = whole.column("series_id").combine_chunks()
        names = series.dictionary.to_pylist()
        place = np.array([self._place[name] for name in names], dtype=np.int64)
        at = place[series.indices.to_numpy()]
        order = np.argsort(at, kind="stable")
        return at[order], whole.take(order)


def encoded(table: pa.Table) -> pa.Table:
    """Return a table with each text held once."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = table.column(place).cast(pa.string()).dictionary_encode()
            table = table.set_column(place, field.name, column)
    return table


@contextmanager
def told(to: Path) -> Iterator[None]:
    """Say of a file that it cannot be written where the system says so."""
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"it cannot be written ({error.strerror or error})",
            where=str(to),
            advice="Name a file in a folder that is there and may be written to.",
        ) from error


class Writer:
    """A file that is written bit by bit and stands under its name only when it is whole.

    Parameters
    ----------
    to : pathlib.Path
        The file: Parquet where its name ends in ``.parquet``, else CSV.
    columns : sequence of str
        What is written of each table.
    """

    def __init__(self, to: Path, columns: Sequence[str]) -> None:
        self._to, self._columns = to, list(columns)
        self._part = to.with_name(f".{to.name}.part")
        self._open = ExitStack()
        self._parquet: pq.ParquetWriter | None = None
        self._csv: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Begin the file beside its place."""
        with told(self._to):
            self._csv = self._open.enter_context(self._part.open("wb"))
            if self._to.suffix != ".parquet":
                self._csv.write((",".join(self._columns) + "\n").encode())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what is not whole."""
        self._open.close()
        self._part.unlink(missing_ok=True)

    def write(self, table: pa.Table) -> None:
        """Write some rows."""
        import pyarrow as pa  # noqa: PLC0415 - as above
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above
        from pyarrow import csv  # noqa: PLC0415 - as above

        kept = table.select(self._columns)
        with told(self._to):
            if self._to.suffix == ".parquet":
                if self._parquet is None:
                    made = pq.ParquetWriter(self._csv, kept.schema)
                    self._parquet = self._open.enter_context(made)
                self._parquet.write_table(kept)
                return
            for place, field in enumerate(kept.schema):
                if pa.types.is_dictionary(field.type):
                    plain = kept.column(place).cast(pa.string())
                    kept = kept.set_column(place, field.name, plain)
            # arrow would put the names in quotes
            csv.write_csv(kept, self._csv, csv.WriteOptions(include_header=False))

    def end(self) -> None:
        """Close the file; it is whole."""
        with told(self._to):
            self._open.close()

    def place(self) -> None:
        """Put the file in its place."""
        with told(self._to):
            self._part.replace(self._to)
