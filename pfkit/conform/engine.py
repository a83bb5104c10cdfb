"""The locked-down query engine: DuckDB through Ibis, and the SQL a book may use in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import sqlglot
from sqlglot import exp

from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

_LOCK = (
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET lock_configuration = true",
)

# Rows, files, settings and clocks: an expression computes from its own row and nothing else.
_FORBIDDEN_NODES = (
    exp.Query,
    exp.DDL,
    exp.DML,
    exp.Command,
    exp.Table,
    exp.Star,
    exp.AggFunc,
    exp.Window,
    exp.CurrentDate,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.Rand,
    exp.Uuid,
    exp.Parameter,
    exp.Placeholder,
)
_FORBIDDEN_NAMES = frozenset(
    {
        "now",
        "today",
        "random",
        "setseed",
        "uuid",
        "gen_random_uuid",
        "getenv",
        "current_setting",
        "current_user",
        "current_database",
        "glob",
        "nextval",
        "currval",
        "query",
        "query_table",
        "getvariable",
        "get_current_timestamp",
        "current_localtimestamp",
        "current_localtime",
        "transaction_timestamp",
        "version",
    }
)
_FORBIDDEN_PREFIXES = ("read_", "duckdb_", "pragma_", "parquet_", "sniff_", "pg_", "sqlite_")


class Engine:
    """One in-memory DuckDB, opened through Ibis and locked before any book SQL runs.

    Nothing outside the process can be read or written through it, no extension is loaded and no
    setting can be changed: raw input comes in as Arrow tables only.
    """

    def __init__(self) -> None:
        self.ibis: Any = ibis.duckdb.connect()
        self._db: duckdb.DuckDBPyConnection = self.ibis.con
        for statement in _LOCK:
            self._db.execute(statement)

    def load(self, name: str, table: pa.Table) -> None:
        """Copy an Arrow table into the engine, rows numbered in order by ``_id``."""
        self._db.register("_incoming", table)
        self._db.execute(
            f"CREATE OR REPLACE TABLE {quoted(name)} AS "
            "SELECT *, row_number() OVER () AS _id FROM _incoming"
        )
        self._db.unregister("_incoming")

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
        return self.ibis.table(name)


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


def vetted(sql: str, columns: Iterable[str], *, where: str) -> str:
    """Return a book's SQL expression if it computes from one row's columns and nothing else.

    Parameters
    ----------
    sql : str
        A scalar DuckDB expression.
    columns : iterable of str
        The columns it may use.
    where : str
        Where the book says it, for the error.

    Raises
    ------
    BookError
        If it is no expression, uses an unknown column, or reaches for files, other tables,
        settings, the clock or chance.

    Examples
    --------
    >>> vetted("Quantity * UnitPrice", ["Quantity", "UnitPrice"], where="book.toml")
    'Quantity * UnitPrice'
    """
    known = list(columns)
    try:
        trees = sqlglot.parse(f"SELECT {sql}", dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise BookError(
            f"SQL {sql!r} is no expression: {_first_line(error)}",
            where=where,
            advice="Write one DuckDB expression, as in `Quantity * UnitPrice`.",
        ) from error
    tree = trees[0]
    if len(trees) != 1 or not isinstance(tree, exp.Select) or set(_parts(tree)) != {"expressions"}:
        raise _refused(sql, "more than one expression", where)
    if len(tree.expressions) != 1 or isinstance(tree.expressions[0], exp.Alias):
        raise _refused(sql, "more than one expression", where)
    for node in tree.expressions[0].walk():
        _refuse_outside(node, sql, where)
        if isinstance(node, exp.Column):
            _refuse_unknown(node, sql, known, where)
    return sql


def _parts(tree: exp.Expression) -> list[str]:
    return [name for name, value in tree.args.items() if value]


def _refuse_outside(node: exp.Expression, sql: str, where: str) -> None:
    if isinstance(node, _FORBIDDEN_NODES):
        raise _refused(sql, node.key, where)
    name = _function_name(node)
    if name in _FORBIDDEN_NAMES or name.startswith(_FORBIDDEN_PREFIXES):
        raise _refused(sql, f"function {name}", where)


def _function_name(node: exp.Expression) -> str:
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) else ""


def _refuse_unknown(node: exp.Column, sql: str, known: list[str], where: str) -> None:
    folded = {column.casefold() for column in known}
    if node.table or node.name.casefold() not in folded:
        raise BookError(
            f"SQL {sql!r} uses unknown column {node.name!r}",
            where=where,
            advice=near_miss(node.name, known, noun="column"),
        )


def _refused(sql: str, what: str, where: str) -> BookError:
    return BookError(
        f"SQL {sql!r} is refused: {what}",
        where=where,
        advice="An expression may use its own row's columns only: no query, file, setting, "
        "clock or random number.",
    )


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]
