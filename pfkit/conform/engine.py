"""The locked-down query engine: DuckDB through Ibis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from pfkit.errors import BookError

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

_LOCK = (
    "SET TimeZone = 'UTC'",  # else a timestamp with a zone gets the machine's day
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET lock_configuration = true",
)
#: Of what a process may hold, the part that is the engine's.
_SHARE = 0.4


class Engine:
    """One in-memory DuckDB, opened through Ibis and locked before any book SQL runs.

    Nothing outside the process can be read or written through it but one folder of pfkit's own, no
    extension is loaded and no setting can be changed: raw input comes in as Arrow tables only.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where pfkit keeps partitions of tables too large for memory: the only place that files are
        read from, and that work which does not fit in memory is put aside in.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.ibis: Any = ibis.duckdb.connect()
        self._db: duckdb.DuckDBPyConnection = self.ibis.con
        self._schema = "main"
        self.folder = folder
        self._notes: dict[str, str] = {}
        # Without a script DuckDB shows progress in the output, where JSON or a table is expected;
        # in a notebook the setting cannot even be named.
        if self._db.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:
            self._db.execute("SET enable_progress_bar = false")
        for statement in (*_limit_sql(), *_folder_sql(folder), *_LOCK):
            self._db.execute(statement)

    def beside(self, name: str) -> Engine:
        """Return an engine that sees these tables, and writes its own apart in a schema `name`.

        A table of its own hides the one of the same name here. A name that was given before gets a
        number: the tables under it may still be read.
        """
        other = object.__new__(Engine)
        other.ibis = self.ibis
        other._db = self._db.cursor()
        other._schema = name = self._free(name)
        other.folder = self.folder
        other._notes = dict(self._notes)
        other._db.execute(f"CREATE SCHEMA {quoted(name)}")
        other._db.execute(f"USE {quoted(name)}")
        return other

    def _free(self, name: str) -> str:
        """Return the name of a schema that is not there: this one, or this one with a number."""
        taken = self._db.execute(
            "SELECT schema_name FROM duckdb_schemas() WHERE starts_with(schema_name, ?)", [name]
        ).fetchall()
        names = {row[0] for row in taken}
        return next(
            free
            for free in (name, *(f"{name} {number}" for number in range(2, len(names) + 2)))
            if free not in names
        )

    @property
    def schema(self) -> str:
        """The schema it writes its tables in."""
        return self._schema

    def own(self, name: str) -> str:
        """Return a table's name for SQL, here and not where this engine stands beside another."""
        return f"{quoted(self._schema)}.{quoted(name)}"

    def load(self, name: str, table: pa.Table) -> None:
        """Copy an Arrow table into the engine, rows numbered in order by ``_id``."""
        self._db.register("_incoming", table)
        self._db.execute(
            f"CREATE OR REPLACE TABLE {quoted(name)} AS "
            "SELECT *, row_number() OVER () AS _id FROM _incoming"
        )
        self._db.unregister("_incoming")

    def load_stream(self, name: str, rows: pa.RecordBatchReader, *, file: str) -> None:
        """Copy rows that come in batches into the engine, numbered in order by ``_id``."""
        self._db.register("_incoming", rows)
        self._db.execute(
            f"CREATE OR REPLACE TABLE {quoted(name)} AS "
            f"SELECT *, {literal(file)} AS _file, row_number() OVER () AS _id FROM _incoming"
        )
        self._db.unregister("_incoming")

    def load_numbered(
        self, name: str, table: pa.Table, lines: pa.Array, *, after: int, file: str
    ) -> None:
        """Copy a batch of a file's rows into the engine, numbered from `after` on."""
        self._db.register("_incoming", table.append_column("_no", lines))
        self._db.execute(
            f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT * EXCLUDE (_no), "
            f"{literal(file)} AS _file, CAST(_no AS VARCHAR) AS _line, "
            f"{after} + row_number() OVER () AS _id FROM _incoming"
        )
        self._db.unregister("_incoming")

    def note(self, name: str, text: str) -> None:
        """Note a text under a name, for those who read the tables beside it."""
        self._notes[name] = text

    def noted(self, name: str) -> str:
        """Return what was noted under a name, empty for nothing."""
        return self._notes.get(name, "")

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """Run a statement of our own making; `values` are bound, never formatted in."""
        self._db.execute(sql, list(values))

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query of our own making."""
        return self._db.execute(sql, list(values)).fetchall()

    def arrow(self, sql: str) -> pa.Table:
        """Return a query's result as an Arrow table."""
        return self._db.sql(sql).to_arrow_table()

    def types(self, table: str) -> dict[str, str]:
        """Return the engine's type of every column of a table or view."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE {quoted(table)}")}

    def check(self, table: str, select: str, *, where: str) -> str:
        """Return the engine's type of an expression over a table, or say why it has none."""
        try:
            rows = self.rows(f"DESCRIBE SELECT {select} AS value FROM {quoted(table)}")
        except duckdb.Error as error:
            raise BookError(
                f"SQL {select!r} cannot be computed: {_first_line(error)}",
                where=where,
                advice="Text columns need a kind in `types` before SQL can calculate with them.",
            ) from error
        return str(rows[0][1])

    def table(self, name: str) -> Any:  # noqa: ANN401 (an Ibis table expression)
        """Return a table as an Ibis expression."""
        return self.ibis.table(name, database=self._schema)


def _limit_sql() -> tuple[str, ...]:
    """Return the setting that keeps the engine within what the process may hold.

    The limit of a container it finds by itself; one set for the process alone it does not.
    """
    if resource is None:
        return ()
    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    finite = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    return (f"SET memory_limit = '{int(min(finite) * _SHARE)}B'",) if finite else ()


def _folder_sql(folder: Path | None) -> tuple[str, ...]:
    """Return the settings that open one folder, which holds when everything else is closed."""
    if folder is None:
        return ()
    place = folder.resolve()
    return (
        f"SET allowed_directories = [{literal(str(place))}]",
        f"SET temp_directory = {literal(str(place / 'aside'))}",
    )


def quoted(name: str) -> str:
    """Return a name quoted for SQL.

    Examples
    --------
    >>> print(quoted('a "b" c'))
    "a ""b"" c"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Return a plain value as a SQL literal.

    Examples
    --------
    >>> literal("O'Neil"), literal(3), literal(None)
    ("'O''Neil'", '3', 'NULL')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]
