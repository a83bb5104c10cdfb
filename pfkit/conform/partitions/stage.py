"""Partitioned sources at their place in a load: after what their rows refer to is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pfkit.conform.decided import with_mended
from pfkit.conform.failures import left, set_apart
from pfkit.conform.final import dimension
from pfkit.conform.mapping import map_source
from pfkit.conform.partitions.load import file_told, load_parts, load_rest
from pfkit.conform.partitions.origin import day_column, files_of, months_of
from pfkit.conform.settle import REFERENCES, Known
from pfkit.conform.settling import FIRST, settle_all
from pfkit.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from pfkit.conform.decided import Applied
    from pfkit.conform.declaration import Declaration, Source
    from pfkit.conform.failures import Failures
    from pfkit.conform.mapping import Setting
    from pfkit.conform.pipeline import LoadedSource

#: Tables whose rows add up to months, and may be partitioned.
TABLES = ("actuals", "invoices", "usage")


def partitioned(
    loaded: Iterable[LoadedSource],
    declaration: Declaration,
    setting: Setting,
    decided: Applied,
    as_of: date,
    *,
    failures: Failures | None = None,
) -> list[LoadedSource]:
    """Read what is new of partitioned sources; the others come back as they are.

    Rates and dimensions are settled apart first, as known by a day, for rows to be judged by. Rows
    that go the ordinary way are mapped in the engine of `setting`.

    Raises
    ------
    SourceError, BookError, ContractError
        As the ordinary way does; `failures` may take them instead.
    """
    loaded = [*loaded]
    engine = setting.engine
    scratch = replace(setting, engine=engine.beside(f"references {as_of.isoformat()}"))
    for held in loaded:
        with set_apart(failures, held.declared):
            if held.declared.partitioned:
                refuse_unfit(held.declared)
    sound = {source.name for source in left([held.declared for held in loaded], failures)}
    loaded = [held for held in loaded if held.declared.name in sound]
    first = [held.declared for held in loaded if held.present and held.declared.table in FIRST]
    mended = {held.declared.name: held.mended for held in loaded}
    settle_all(
        *(first, declaration, scratch, as_of), decided=decided, mended=mended, failures=failures
    )
    tables = {source.table for source in first} & set(REFERENCES.values())
    dimensions = {table: dimension(table, declaration, scratch.engine) for table in tables}
    known = Known(declaration.policies, dimensions, tuple(declaration.statement))
    found = []
    for held in loaded:
        if not (held.present and held.declared.partitioned) or engine.folder is None:
            found.append(held)
            continue
        with set_apart(failures, held.declared):
            origins = (
                months_of(held.months) if held.root is None else files_of(held.declared, held.root)
            )
            parts = load_parts(
                *(held.declared, origins, engine.folder, scratch, known, as_of),
                only={
                    *(fact.path for fact in held.files),
                    *(one for one, _ in held.repeated_files),
                },
                failures=failures,
            )
            if parts is None:
                continue
            load_rest(parts, engine, setting.zone)
            whole = replace(
                held,
                declared=parts.source,
                files=tuple(file_told(held.declared, part) for part in parts.parts),
                rejected=tuple(row for part in parts.parts for row in part.rejected),
                repeated_files=parts.repeated,
                parts=parts,
            )
            whole = with_mended(whole, decided.decisions, engine)
            map_source(parts.source, setting)
            found.append(whole)
    return found


def last_days(loaded: Iterable[LoadedSource]) -> list[date]:
    """Return the last day a row was learned, of every partitioned source."""
    days = [held.parts.last_known for held in loaded if held.parts is not None]
    return [day for day in days if day is not None]


def refuse_unfit(source: Source) -> None:
    """Refuse what cannot be told from a row and those with its key alone.

    Raises
    ------
    BookError
        If the source's table has no months, or its rows need all others to be read.
    """
    where = f"book.toml sources.{source.name}.partitioned"
    if source.table not in TABLES:
        raise BookError(
            f"table {source.table} is not partitioned",
            where=where,
            advice=f"Only {', '.join(TABLES)} are; leave `partitioned` out.",
        )
    settings = ("unpivot", "hierarchy", "week", "phase", "layout", "lines", "push")
    for name in settings:
        if getattr(source, name):
            raise BookError(
                f"a partitioned source has no `{name}`",
                where=where,
                advice=f"Leave `partitioned` or `{name}` out: its rows are told from each other.",
            )
    if source.url:
        day_column(source)
    if not (source.key or source.promise.key or source.overlap == "keep"):
        raise BookError(
            "nothing says which rows are the same in two files",
            where=where,
            advice='Declare the `key` that names a row, or `overlap = "keep"` where every file '
            "counts whole.",
        )
