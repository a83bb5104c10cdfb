"""A reading of one month: the rows of a query whose day lies between two, bound as values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from pfkit.errors import SourceError
from pfkit.sources.database.query import Query
from pfkit.sources.database.read import batches

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from pfkit.sources.database.read import Reading

#: What the bounds are called; a query of a book cannot bind them itself.
_FROM, _UNTIL = "pfkit_from", "pfkit_until"
_ALIAS: Final = "pfkit_month"
_HUNDRED: Final = 100


def between(reading: Reading, column: str, first: dt.date, until: dt.date) -> Reading:
    """Return a reading narrowed to the rows whose day lies in a stretch; read it with `batches`.

    Parameters
    ----------
    reading : Reading
        The whole.
    column : str
        The column of the query that holds the day or moment.
    first, until : datetime.date
        The first day, and the first day after; or moments with a zone, for a column of moments that
        a company of another zone than UTC counts by.

    Returns
    -------
    Reading
        A row is in one of two stretches that meet, and in none where it has no day: see `undated`.

    Examples
    --------
    >>> import datetime as dt
    >>> from pfkit.sources.database import Reading, asked_for, resolved
    >>> asked = asked_for("lines", "postgresql", {}, where="sales")
    >>> whole = Reading("sales", resolved("postgresql://db/shop", None, where="sales"), asked)
    >>> june = between(whole, "day", dt.date(2026, 6, 1), dt.date(2026, 7, 1))
    >>> print(june.query.sql.partition("WHERE ")[2])
    "pfkit_month"."day" >= :pfkit_from AND "pfkit_month"."day" < :pfkit_until
    """
    day = _quoted(column, reading.query.dialect)
    test = f"{day} >= :{_FROM} AND {day} < :{_UNTIL}"
    return _narrowed(reading, test, {_FROM: first, _UNTIL: until})


def undated(reading: Reading, column: str) -> Reading:
    """Return a reading narrowed to the rows that have no day, which are in no month."""
    return _narrowed(reading, f"{_quoted(column, reading.query.dialect)} IS NULL", {})


def months_there(reading: Reading, roots: Sequence[Path], column: str) -> dict[str, int]:
    """Return the months of a query's rows, in order, each with how many there are.

    Rows without a day are under the empty label. Moments are counted as the database says them:
    in UTC where they have a zone.

    Parameters
    ----------
    reading : Reading
        What is read where.
    roots : sequence of pathlib.Path
        The folders that a database which is a file is looked for in.
    column : str
        The column of the query that holds the day.

    Raises
    ------
    SourceError
        If the database cannot be asked, or the column holds no days.
    """
    query = reading.query
    day = _quoted(column, query.dialect)
    if query.dialect == "sqlite":
        month = f"CAST(replace(substr({day}, 1, 7), '-', '') AS INTEGER)"
    else:
        month = f"CAST({_HUNDRED} * EXTRACT(YEAR FROM {day}) + EXTRACT(MONTH FROM {day}) AS INT)"
    sql = f"SELECT {month} AS pfkit_n, count(*) AS pfkit_c FROM {_inner(query)} GROUP BY 1"
    counted = replace(reading, query=replace(query, sql=sql))
    found = [row for batch in batches(counted, roots) for row in batch.to_pylist()]
    told = {
        None if row["pfkit_n"] is None else int(row["pfkit_n"]): int(row["pfkit_c"])
        for row in found
    }
    for number in told:
        if number is not None and not 1 <= number % _HUNDRED <= 12:  # noqa: PLR2004 - of a year
            raise SourceError(
                f"column {column!r} holds no days of the form 2026-06-30",
                where=f"source {reading.name}",
                advice="Name a column of days, or make one in the query.",
            )
    label = {n: "" if n is None else f"{n // _HUNDRED:04d}-{n % _HUNDRED:02d}" for n in told}
    return dict(sorted((label[number], count) for number, count in told.items()))


def month_batches(
    reading: Reading, roots: Sequence[Path], column: str, first: dt.date, until: dt.date
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a stretch in batches; the first batch is empty and says the columns.

    Parameters
    ----------
    reading : Reading
        The whole.
    roots : sequence of pathlib.Path
        The folders that a database which is a file is looked for in.
    column, first, until : str, datetime.date, datetime.date
        As in `between`.

    Raises
    ------
    SourceError
        If it cannot be read whole.
    """
    return batches(between(reading, column, first, until), roots)


def _narrowed(reading: Reading, test: str, more: dict[str, dt.date]) -> Reading:
    query = reading.query
    sql = f"SELECT * FROM {_inner(query)} WHERE {test}"
    narrow = Query(sql, query.dialect, {**query.values, **more}, query.functions)
    return replace(reading, query=narrow)


def _inner(query: Query) -> str:
    alias = exp.to_identifier(_ALIAS, quoted=True).sql(dialect=query.dialect)
    return f"(\n{query.sql}\n) AS {alias}"


def _quoted(name: str, dialect: str) -> str:
    """Return a column, qualified: SQLite takes a quoted name that it does not know for a text."""
    return exp.column(name, table=_ALIAS, quoted=True).sql(dialect=dialect)
