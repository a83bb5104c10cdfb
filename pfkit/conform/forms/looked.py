"""Which rows of a source are looked at for the forms of its columns, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pfkit.conform.engine import literal, quoted
from pfkit.conform.partitions.sums import grouped_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed, LoadedSource

#: Rows of a file, or of a month of it, that are looked at.
SAMPLE: Final = 400
#: What a kept row is told with beside its own columns: its month, and when it was learned.
MONTH, KNOWN = "_in_month", "_known_on"


@dataclass(frozen=True)
class Looked:
    """Rows of batches, and the first parts of their days.

    Attributes
    ----------
    rows : str
        A query for rows as their file has them, each with its ``_batch``; of each batch the first
        `SAMPLE` at least.
    days : str
        A query for the parts of days, ``one`` and ``two``, of a column ``col`` of a ``_batch``;
        empty where they are told from `rows`, which are all there are.
    """

    rows: str
    days: str = ""

    def days_of(self, column: str) -> str:
        """Return a query for the first two parts of a column's days in a batch, to be bound."""
        if self.days:
            return (
                f"SELECT one, two FROM ({self.days}) WHERE col = {literal(column)} AND _batch = ?"
            )
        one, two = parts_sql(f"CAST({quoted(column)} AS VARCHAR)")
        return f"SELECT {one} AS one, {two} AS two FROM ({self.rows}) WHERE _batch = ?"


def parts_sql(value: str) -> tuple[str, str]:
    """Return SQL for the first two numbers of a day as text, parted by a slash or a dash."""
    part = "TRY_CAST(regexp_extract({0}, '^(\\d+)[/-](\\d+)', {1}) AS INTEGER)"
    return part.format(value, 1), part.format(value, 2)


def of_files(held: LoadedSource, files: Sequence[str]) -> Looked:
    """Return the rows of some files, each a batch.

    Parameters
    ----------
    held : LoadedSource
        The source.
    files : sequence of str
        Their paths.
    """
    if held.parts is not None:
        rows, days = _kept(held, files)
        return Looked(f"SELECT *, _file AS _batch FROM ({rows})", days)
    raw = quoted(f"raw_{held.declared.name}")
    listed = ", ".join(map(literal, files))
    return Looked(f"SELECT *, _file AS _batch FROM {raw} WHERE _file IN ({listed})")


def of_months(held: LoadedSource, conformed: Conformed, file: str, months: Sequence[str]) -> Looked:
    """Return the rows of some months of a file, each month a batch.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    file : str
        The file's path.
    months : sequence of str
        The months.
    """
    listed = ", ".join(map(literal, months))
    if held.parts is not None:
        rows, days = _kept(held, [file])
        then = literal(conformed.as_of.isoformat())
        among = f"{MONTH} IN ({listed}) AND ({KNOWN} IS NULL OR {KNOWN} <= DATE {then})"
        batch = f"{MONTH} AS _batch"
        return Looked(
            f"SELECT *, {batch} FROM ({rows}) WHERE {among}",
            f"SELECT * EXCLUDE (_batch), {batch} FROM ({days}) WHERE {among}",
        )
    return Looked(
        f"SELECT r.*, s._period AS _batch FROM {quoted(f'raw_{held.declared.name}')} r JOIN "
        f"(SELECT DISTINCT _of, _period FROM {quoted(held.rows_table)} "
        f"WHERE _file = {literal(file)} AND _period IN ({listed})) s ON s._of = r._id"
    )


def _kept(held: LoadedSource, files: Sequence[str]) -> tuple[str, str]:
    """Return what partitions of files keep of their rows and days, as queries."""
    parts = [part for part in held.parts.parts if part.fact.path in files] if held.parts else []
    rows = ", ".join(literal(part.looks) for part in parts)
    days = " UNION ALL ".join(
        f"SELECT *, {literal(part.fact.path)} AS _batch FROM read_parquet({literal(part.days)})"
        for part in parts
    )
    return f"SELECT * FROM read_parquet([{rows}], union_by_name = true)", days


def months_sql(held: LoadedSource, conformed: Conformed) -> str:
    """Return a query for the files and months that a source has known rows of.

    Of each ``_file``, ``_period`` and ``known_on`` there is one row.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    """
    known = "known_on" if "known_on" in held.declared.promise.names else "CAST(NULL AS DATE)"
    return grouped_sql(
        *(held.parts, conformed.engine, quoted(held.rows_table)),
        {"_file": "_file", "_period": "_period", "known_on": known},
        {"n": "count(*)"},
        as_of=conformed.as_of,
    )
