"""A source's raw rows before anything is read: blank marks emptied, columns turned into rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.shape import Unpivot


def started(source: Source) -> str:
    """Return the table that holds the rows the balance starts from."""
    return f"long_{source.name}" if source.unpivot else f"raw_{source.name}"


def long_rows(source: Source, engine: Engine) -> str:
    """Turn ``raw_<source>`` into the rows to map, and return their table.

    Texts declared as `blanks` become empty cells. Columns of an unpivot become rows: a blank
    cell is no row unless the source declares what `blank` means. ``_row`` keeps the number of the
    raw row that a cell stood in.

    Raises
    ------
    BookError
        If the source lacks a column of the unpivot, or none fits its pattern.
    """
    raw = _without_marks(source, engine)
    if source.unpivot is None:
        return raw
    unpivot = source.unpivot
    columns = _columns(source, engine)
    known = engine.types(raw)
    kinds = {known[column] for column in columns}
    wide = ", ".join(quoted(column) for column in columns)
    cells = quoted(raw)
    if len(kinds) > 1:
        texts = (f"CAST({quoted(c)} AS VARCHAR) AS {quoted(c)}" for c in columns)
        cells = f"(SELECT * REPLACE ({', '.join(texts)}) FROM {quoted(raw)})"
    nulls = "INCLUDE NULLS " if source.blank is not None else ""
    parts = "".join(
        f", {_part_sql(unpivot, columns, name)} AS {quoted(name)}" for name in unpivot.part_names
    )
    engine.run(
        f"CREATE OR REPLACE TABLE {quoted(started(source))} AS SELECT * EXCLUDE (_id, _line), "
        f"_id AS _row, row_number() OVER () AS _id, "
        f"_line || ' ' || {quoted(unpivot.into)} AS _line{parts} "
        f"FROM (FROM {cells} UNPIVOT {nulls}({quoted(unpivot.value)} "
        f"FOR {quoted(unpivot.into)} IN ({wide})))"
    )
    return started(source)


def _without_marks(source: Source, engine: Engine) -> str:
    raw = f"raw_{source.name}"
    if not source.blanks:
        return raw
    marks = ", ".join(literal(mark.strip()) for mark in source.blanks)
    texts = [
        f"CASE WHEN trim({quoted(column)}) IN ({marks}) THEN NULL ELSE {quoted(column)} END "
        f"AS {quoted(column)}"
        for column, kind in engine.types(raw).items()
        if kind == "VARCHAR" and not column.startswith("_")
    ]
    plain = f"plain_{source.name}"
    replaced = f" REPLACE ({', '.join(texts)})" if texts else ""
    engine.run(f"CREATE OR REPLACE VIEW {quoted(plain)} AS SELECT *{replaced} FROM {quoted(raw)}")
    return plain


def _columns(source: Source, engine: Engine) -> tuple[str, ...]:
    unpivot = source.unpivot
    where = f"book.toml sources.{source.name}.unpivot"
    have = [name for name in engine.types(f"raw_{source.name}") if not name.startswith("_")]
    if unpivot is None:
        return ()
    if unpivot.columns:
        known_columns(unpivot.columns, have, where)
        return unpivot.columns
    found = tuple(name for name in have if unpivot.parts(name) is not None)
    if not found:
        shown = ", ".join(repr(name) for name in have[:12])
        raise BookError(
            f"no column fits the pattern {unpivot.pattern!r}",
            where=where,
            advice=f"The pattern must fit the whole name. The columns are {shown}"
            f"{' and more' if len(have) > 12 else ''}.",  # noqa: PLR2004 (what fits on a line)
        )
    for name in unpivot.part_names:
        if name in have and name not in found:
            raise BookError(
                f"the pattern names a part {name!r}, which is a column of the source",
                where=where,
                advice="Give the part another name.",
            )
    return found


def _part_sql(unpivot: Unpivot, columns: Iterable[str], name: str) -> str:
    cases = " ".join(
        f"WHEN {literal(column)} THEN {literal((unpivot.parts(column) or {})[name])}"
        for column in columns
    )
    return f"NULLIF(CASE {quoted(unpivot.into)} {cases} END, '')"


def known_columns(columns: Iterable[str], known: Iterable[str], where: str) -> None:
    """Refuse a column the source does not have, naming the nearest one it has.

    Raises
    ------
    BookError
        If a column is not there.
    """
    have = [name for name in known if not name.startswith("_")]
    for column in columns:
        if column not in have:
            raise BookError(
                f"the source has no column {column!r}",
                where=where,
                advice=near_miss(column, have, noun="column"),
            )
