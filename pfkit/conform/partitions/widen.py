"""Partitions and the rest of a source's rows as one table of the engine, read when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pfkit.conform.engine import literal, quoted
from pfkit.conform.parse import column_type

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from pfkit.conform.engine import Engine
    from pfkit.conform.partitions.load import Parts
    from pfkit.conform.partitions.store import Part
    from pfkit.conform.pipeline import LoadedSource

_STRUCTS = {
    "_bad": "STRUCT(col VARCHAR, val VARCHAR)[]",
    "_unmapped": "STRUCT(col VARCHAR, map VARCHAR, val VARCHAR)[]",
}


def rest_table(source: str) -> str:
    """Return the engine table of a source's rows that went the ordinary way."""
    return f"rest_{source}"


def widen(parts: Parts, engine: Engine, as_of: date) -> None:
    """Make ``rows_<source>`` and ``valued_<source>`` views of partitions and rest together.

    Both hold the rest when this is called, settled as it was known at `as_of`.
    """
    name = parts.source.name
    for table, rest in ((f"rows_{name}", rest_table(name)), (f"valued_{name}", f"restv_{name}")):
        engine.run(f"DROP TABLE IF EXISTS {engine.own(rest)}")
        engine.run(f"ALTER TABLE {engine.own(table)} RENAME TO {quoted(rest)}")
    _load_moved(parts, engine)
    known = _known_sql(parts, as_of)
    selects = bulk_selects(parts, engine, parts.parts)
    bulk = " UNION ALL BY NAME ".join(selects)
    for table, rest, where in (
        (f"rows_{name}", rest_table(name), known),
        (f"valued_{name}", f"restv_{name}", "TRUE"),
    ):
        whole = f"SELECT * FROM {engine.own(rest)}"
        if bulk:
            whole = f"SELECT * FROM ({bulk}) WHERE {where} UNION ALL BY NAME {whole}"
        engine.run(f"CREATE OR REPLACE VIEW {engine.own(table)} AS {whole}")
    _note(parts, engine, as_of)


def bulk_selects(parts: Parts, engine: Engine, of: Iterable[Part]) -> list[str]:
    """Return queries for the partitions of some files, each row as ``rows_<source>`` has it."""
    clean: list[str] = []
    dirty: list[str] = []
    for part in of:
        places = np.array(sorted(parts.moved.get(part.digest, ())), dtype=np.int64)
        for piece in part.pieces:
            low, high = np.searchsorted(places, [piece.first, piece.last + 1])
            (dirty if high > low else clean).append(str(part.folder / piece.name))
    selects = []
    if clean:
        selects.append(_select(parts, f"read_parquet([{_listed(clean)}]) b", "TRUE"))
    if dirty:
        moved = engine.own(_moved(parts))
        table = (
            f"read_parquet([{_listed(dirty)}]) b ANTI JOIN {moved} m "
            "ON m._file = b._file AND m._at = b._at"
        )
        selects.append(_select(parts, table, "TRUE"))
    return selects


def once_each(held: LoadedSource, engine: Engine) -> bool:
    """Return whether every row of a partitioned source is in it, and is in it once.

    Counts, sums and sums of squares of the rows' numbers say so, without a list of them: a row
    that is missing, or twice, cannot be made up for in all three.
    """
    parts, name = held.parts, held.declared.name
    if parts is None:
        return False
    asked = "count(*), sum(CAST(_id AS HUGEINT)), sum(CAST(_id AS HUGEINT) * _id)"
    ((count, total, squares),) = engine.rows(
        f"SELECT {asked} FROM {quoted(f'valued_{name}')} "
        f"WHERE NOT list_contains({list(held.mended)}::BIGINT[], _id)"
    )
    n = parts.read
    sums = (n, n * (n + 1) // 2, n * (n + 1) * (2 * n + 1) // 6)
    return bool((count, total or 0, squares or 0) == sums)


def _select(parts: Parts, table: str, where: str) -> str:
    source = parts.source
    cases = " ".join(
        f"WHEN {literal(file)} THEN {after}" for file, after in parts.offsets().items()
    )
    number = f"b._at + CASE b._file {cases} END"
    own = [
        f"CAST(b.{quoted(column.name)} AS {column_type(column)}) AS {quoted(column.name)}"
        for column in source.promise.columns
    ]
    nothing = [f"CAST(b.{name} AS {kind}) AS {name}" for name, kind in _STRUCTS.items()]
    return (
        f"SELECT {number} AS _id, {number} AS _of, {number} AS _row, b._file, "
        "CAST(b._no AS VARCHAR) AS _line, CAST(b._rule AS INTEGER) AS _rule, "
        f"CAST(NULL AS VARCHAR) AS _made, {', '.join(nothing)}, {', '.join(own)}, b._stated, "
        f"b._stated_local, b._period, b._rate, {literal(source.name)} AS _source, b._status, "
        f"b._reason, b._because, b._column, b._value FROM {table} WHERE {where}"
    )


def _known_sql(parts: Parts, as_of: date) -> str:
    last = parts.last_known
    if "known_on" not in parts.source.promise.names or (last is not None and last <= as_of):
        return "TRUE"
    return f"(known_on IS NULL OR known_on <= DATE {literal(as_of)})"


def _moved(parts: Parts) -> str:
    return f"moved_{parts.source.name}"


def _load_moved(parts: Parts, engine: Engine) -> None:
    files, places = [], []
    for part in parts.parts:
        mine = sorted(parts.moved.get(part.digest, ()))
        places += mine
        files += [part.fact.path] * len(mine)
    engine.load(
        _moved(parts),
        pa.table({"_file": pa.array(files, pa.string()), "_at": pa.array(places, pa.int64())}),
    )


def _note(parts: Parts, engine: Engine, as_of: date) -> None:
    """Note what those who read the tables ask of a partitioned source."""
    name = parts.source.name
    seen = [str(part.folder / part.seen) for part in parts.parts if part.seen]
    nothing = (
        "(SELECT CAST('' AS VARCHAR) AS place, '' AS text, 0 AS rows, FALSE AS sure WHERE FALSE)"
    )
    known = f"known IS NULL OR known <= DATE {literal(as_of)}"
    found = f"(SELECT * FROM read_parquet([{_listed(seen)}]) WHERE {known})"
    engine.note(f"seen_{name}", found if seen else nothing)


def hide(engine: Engine, source: str, column: str) -> None:
    """Show texts of a column as ``_masks`` has them, in the rest and over partitions."""
    masks, rows = engine.own(f"masks_{source}_{column}"), engine.own(f"rows_{source}")
    rest = engine.own(rest_table(source))
    engine.run(f"CREATE OR REPLACE TABLE {masks} AS SELECT raw, said FROM _masks")
    engine.run(
        f"UPDATE {rest} SET {quoted(column)} = m.said FROM {masks} m "
        f"WHERE {quoted(rest_table(source))}.{quoted(column)} = m.raw"
    )
    ((sql,),) = engine.rows(
        "SELECT sql FROM duckdb_views() WHERE view_name = ? AND schema_name = ?",
        [f"rows_{source}", engine.schema],
    )
    query = sql.partition(" AS ")[2].rstrip().rstrip(";")
    engine.run(
        f"CREATE OR REPLACE VIEW {rows} AS SELECT v.* REPLACE (COALESCE(m.said, v.{quoted(column)})"
        f" AS {quoted(column)}) FROM ({query}) v LEFT JOIN {masks} m ON m.raw = v.{quoted(column)}"
    )
    engine.note(f"hidden_{source}", "yes")


def _listed(paths: Iterable[str]) -> str:
    return ", ".join(literal(path) for path in paths)
