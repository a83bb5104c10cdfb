"""Rows of PostgreSQL: one read-only snapshot, a cursor on the server, types kept exactly."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from pfkit.errors import SourceError, near_miss
from pfkit.sources.database.copied import UnheldError, copied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pfkit.sources.database.address import Address
    from pfkit.sources.database.query import Query

_CONNECT_SECONDS: Final = 15
_DIGITS: Final = 38
#: Types of the server, by their number, that have one of Arrow's of the same meaning.
_KEPT: Final = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int64(),
    23: pa.int64(),
    25: pa.string(),
    700: pa.float64(),
    701: pa.float64(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}
_NUMERIC: Final = 1700
_MONEY: Final = 790
_OTHER_THAN_NUMBERS: Final = ("NaN", "Infinity", "-Infinity")


@dataclass(frozen=True)
class _Field:
    name: str
    sql: str
    kind: pa.DataType


def read_postgres(
    address: Address, query: Query, *, where: str, size: int, seconds: int
) -> Iterator[pa.RecordBatch]:
    """Yield what a query gives, in batches, all of one moment.

    Parameters
    ----------
    address : Address
        Where the database is.
    query : Query
        One SELECT.
    where : str
        The source, for messages.
    size : int
        Rows of a batch.
    seconds : int
        How long one statement may take.

    Raises
    ------
    SourceError
        If the server cannot be reached, refuses, or goes away; if the query calls a function that
        may write, or holds a value that no exact type can.
    """
    with asked_of(address, query, where=where, seconds=seconds) as asked:
        yield pa.RecordBatch.from_pylist([], schema=asked.schema)
        yield from asked.copied(size=size)


@dataclass(frozen=True)
class Asked:
    """A query whose columns are known, in a session that sees one moment.

    Attributes
    ----------
    schema : pyarrow.Schema
        Its columns.
    """

    schema: pa.Schema
    database: Any
    query: Query
    columns: str
    said: _Said

    def answers(
        self, statement: str, here: str, schema: pa.Schema, *, size: int
    ) -> Iterator[pa.RecordBatch]:
        """Yield what a statement gives, with the query in place of a mark, in batches.

        Raises
        ------
        SourceError
            If it cannot be run, or the server goes away.
        """
        inner, *values = _bound(f"SELECT {self.columns} FROM", self.query)
        sql = statement.replace("%", "%%") if values else statement
        try:
            with self.database.cursor(name="pfkit") as cursor:
                cursor.execute(sql.replace(here, inner), *values)
                while rows := cursor.fetchmany(size):
                    columns_of = zip(*rows, strict=True)
                    yield pa.RecordBatch.from_arrays(
                        [
                            pa.array(held, kind)
                            for held, kind in zip(columns_of, schema.types, strict=True)
                        ],
                        schema=schema,
                    )
                    self.said.rows += len(rows)
        except _driver().Error as error:
            raise self.said.error(error, self.database) from None

    def copied(self, *, size: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the query as they are copied out, in batches.

        Raises
        ------
        SourceError
            If it cannot be run, the server goes away, or a value is of no kind that is kept.
        """
        select, *values = _bound(f"SELECT {self.columns} FROM", self.query)
        try:
            with self.database.cursor() as cursor:
                for batch in copied(cursor, select, tuple(values), self.schema, size=size):
                    yield batch
                    self.said.rows += batch.num_rows
        except UnheldError as error:
            raise self.said.unheld(self.said.address.redacted(str(error))) from None
        except _driver().Error as error:
            raise self.said.error(error, self.database) from None


@contextmanager
def asked_of(address: Address, query: Query, *, where: str, seconds: int) -> Iterator[Asked]:
    """Open a session and find out what a query gives.

    Raises
    ------
    SourceError
        If the server cannot be reached, or the query is refused or cannot be run.
    """
    said = _Said(address, query, where, seconds)
    with session(address, where=where, seconds=seconds) as database:
        try:
            _refuse_volatile(database, query, where)
            fields = _fields(database, query, where)
        except _driver().Error as error:
            raise said.error(error, database) from None
        columns = ", ".join(f"{field.sql} AS {_quoted(field.name)}" for field in fields)
        schema = pa.schema([pa.field(field.name, field.kind) for field in fields])
        yield Asked(schema, database, query, columns, said)


@contextmanager
def session(address: Address, *, where: str, seconds: int) -> Iterator[Any]:
    """Open a connection that can read one moment of a database and change nothing.

    Raises
    ------
    SourceError
        If the driver is not installed, or the server cannot be reached or refuses.
    """
    driver = _driver(where)
    settings = {
        "default_transaction_read_only": "on",
        "default_transaction_isolation": "repeatable\\ read",
        "statement_timeout": f"{seconds}s",
        "lock_timeout": "30s",
        "idle_in_transaction_session_timeout": f"{max(seconds, 600)}s",
        "TimeZone": "UTC",
        "DateStyle": "ISO",
        "extra_float_digits": "1",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    secret = {"password": address.password} if address.password else {}
    try:
        database = driver.connect(
            address.url.replace("postgres://", "postgresql://", 1),
            options=options,
            connect_timeout=_CONNECT_SECONDS,
            application_name="pfkit",
            client_encoding="UTF8",
            **secret,
        )
    except driver.Error as error:
        reason = address.redacted(_first(error))
        raise SourceError(
            f"the database cannot be opened ({reason})",
            where=f"{where} ({address.place})",
            advice="Check the address, that the server runs and lets you in, and where the "
            "password is kept.",
        ) from None
    try:
        database.read_only = True
        database.isolation_level = driver.IsolationLevel.REPEATABLE_READ
        yield database
    finally:
        database.close()


@dataclass
class _Said:
    """What an error of the driver means for the person who reads the message."""

    address: Address
    query: Query
    where: str
    seconds: int
    rows: int = 0

    def error(self, error: BaseException, database: Any) -> SourceError:  # noqa: ANN401
        """Return the error to raise."""
        driver = _driver()
        place = f"{self.where} ({self.address.place})"
        reason = self.address.redacted(_first(error))
        if isinstance(error, driver.errors.QueryCanceled):
            return SourceError(
                f"the query took longer than {self.seconds} seconds and was stopped after "
                f"{self.rows:,} rows; none of it was kept",
                where=place,
                advice="Ask for less (bind :period_start), or raise `timeout` of the source.",
            )
        if isinstance(error, driver.errors.UndefinedTable):
            return self._unknown_table(reason, place)
        if isinstance(error, driver.DataError):
            return self.unheld(reason)
        if isinstance(error, driver.OperationalError) or database.broken:
            return SourceError(
                f"the database went away after {self.rows:,} rows ({reason}); none of them was "
                "kept",
                where=place,
                advice="Nothing is half loaded. See that the server is up, and run it again.",
            )
        return SourceError(
            f"the query cannot be run ({reason})",
            where=place,
            advice="Run it in the database's own console first; it needs the right to read only.",
        )

    def unheld(self, reason: str) -> SourceError:
        """Return the error of a value that no exact kind can hold."""
        return SourceError(
            f"a value cannot be held ({reason})",
            where=f"{self.where} ({self.address.place})",
            advice="Cast the column in the query, or leave out what is no value.",
        )

    def _unknown_table(self, reason: str, place: str) -> SourceError:
        advice = "Name a table that the user may read."
        try:
            with session(self.address, where=self.where, seconds=30) as database:
                rows = database.execute(
                    "SELECT table_name FROM information_schema.tables WHERE table_schema "
                    "NOT IN ('pg_catalog', 'information_schema') ORDER BY 1 LIMIT 500"
                ).fetchall()
        except (_driver().Error, SourceError):
            rows = []
        if rows:
            named = reason.partition('"')[2].partition('"')[0]
            advice = near_miss(named.rpartition(".")[2], [name for (name,) in rows], noun="table")
        return SourceError(f"the query cannot be run ({reason})", where=place, advice=advice)


def _fields(database: Any, query: Query, where: str) -> list[_Field]:  # noqa: ANN401
    """Return the query's columns with how each is selected and held."""
    described = database.execute(*_bound("SELECT * FROM", query, "LIMIT 0")).description
    names = [column.name for column in described]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SourceError(
            f"the query names column {twice!r} twice",
            where=where,
            advice="Name each column once: SELECT a.id AS account_id, …",
        )
    loose = [c.name for c in described if c.type_code == _NUMERIC and c.precision is None]
    scales = _scales(database, query, [*loose], where)
    return [_field(column, scales) for column in described]


def _field(column: Any, scales: dict[str, int | None]) -> _Field:  # noqa: ANN401
    sql = _quoted(column.name)
    kept = _KEPT.get(column.type_code)
    if kept is not None:
        return _Field(column.name, sql, kept)
    if column.type_code == _MONEY:
        return _Field(column.name, f"{sql}::numeric(38, 4)", pa.decimal128(_DIGITS, 4))
    scale = scales.get(column.name)
    if column.type_code == _NUMERIC and column.precision is not None:
        scale = column.scale
        if column.precision <= _DIGITS and 0 <= scale <= column.precision:
            return _Field(column.name, sql, pa.decimal128(column.precision, scale))
        scale = None
    if column.type_code == _NUMERIC and scale is not None:
        return _Field(
            column.name, f"{sql}::numeric({_DIGITS}, {scale})", pa.decimal128(_DIGITS, scale)
        )
    return _Field(column.name, f"{sql}::text", pa.string())


def _scales(
    database: Any,  # noqa: ANN401
    query: Query,
    names: Sequence[str],
    where: str,
) -> dict[str, int | None]:
    """Return the decimals that numbers without a declared form have; None where they are text.

    A column with a value that is no number, or with more digits than can be held, stays text, so
    that each such row is set aside by itself.
    """
    if not names:
        return {}
    asked = []
    for name in names:
        column = _quoted(name)
        no_numbers = ", ".join(f"'{word}'" for word in _OTHER_THAN_NUMBERS)
        number = f"CASE WHEN {column}::text NOT IN ({no_numbers}) THEN {column} END"
        asked += [
            f"max(scale(trim_scale({number})))",
            f"max(length(trunc(abs({number}))::text))",
            f"count({column}) - count({number})",
        ]
    sql = f"SELECT {', '.join(asked)} FROM"
    found = database.execute(*_bound(sql, query)).fetchone()
    if found is None:
        raise SourceError("the query gives nothing", where=where, advice="Look at the query.")
    result: dict[str, int | None] = {}
    for place, name in enumerate(names):
        scale, digits, others = found[3 * place : 3 * place + 3]
        fits = (scale or 0) + (digits or 0) <= _DIGITS and not others
        result[name] = (scale or 0) if fits else None
    return result


def _refuse_volatile(database: Any, query: Query, where: str) -> None:  # noqa: ANN401
    """Refuse a function that may write, wait, or reach files and other servers."""
    if not query.functions:
        return
    rows = database.execute(
        "SELECT DISTINCT proname FROM pg_catalog.pg_proc "
        "WHERE proname = ANY(%s) AND provolatile = 'v' ORDER BY 1",
        [list(query.functions)],
    ).fetchall()
    if rows:
        raise SourceError(
            f"the query calls {rows[0][0]}(), which may do more than read",
            where=where,
            advice="A source reads rows: leave the function out, or put it in a view.",
        )


def _bound(select: str, query: Query, tail: str = "") -> tuple[Any, ...]:
    """Return a statement around the query and the values that go with it."""
    inner = query.written(lambda name: f"%({name})s", lambda text: text.replace("%", "%%"))
    if query.values:
        select = select.replace("%", "%%")
    sql = f"{select} (\n{inner}\n) AS pfkit_query {tail}"
    return (sql, dict(query.values)) if query.values else (sql,)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _first(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _driver(where: str = "") -> Any:  # noqa: ANN401 (a module that may be absent)
    try:
        return importlib.import_module("psycopg")
    except ImportError as error:
        raise SourceError(
            "PostgreSQL needs the package psycopg, which is not installed",
            where=where,
            advice="Run `pip install 'pfkit[postgres]'`.",
        ) from error
