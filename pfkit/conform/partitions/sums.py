"""Sums by group over a source's rows, kept file by file: an unchanged month is not added up again.

What is added up by group can be added up by file first and the files' sums then, in memory that
grows with groups and not with rows. The sums of a file's partitions are kept beside them, under a
digest of what was asked; rows that went the ordinary way are added to them each time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from pfkit.conform.engine import literal, quoted
from pfkit.conform.partitions import store
from pfkit.conform.partitions.widen import bulk_selects, rest_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from pfkit.conform.engine import Engine
    from pfkit.conform.partitions.load import Parts
    from pfkit.conform.partitions.store import Part
    from pfkit.conform.pipeline import Conformed

#: Stands for the table in what is asked.
_ROWS: Final = "__rows__"


def grouped_sql(
    parts: Parts | None,
    engine: Engine,
    rows: str,
    keys: Mapping[str, str],
    sums: Mapping[str, str],
    *,
    where: str = "TRUE",
    as_of: date | None = None,
) -> str:
    """Return a query for sums by group of a source's rows.

    Parameters
    ----------
    parts : Parts or None
        Of a partitioned source; None for any other.
    engine : Engine
        Where ``rows_<source>`` is.
    rows : str
        The table to add up, as the engine knows it.
    keys : mapping of str to str
        Names of the groups' columns, each with its SQL.
    sums : mapping of str to str
        Names of sums, each with SQL that adds up: ``count(*)``, ``sum(units)``.
    where : str
        Which rows count.
    as_of : datetime.date, optional
        The day of knowledge: of a file with later rows nothing is kept.
    """
    found = _by_file(parts, engine, rows, keys, sums, where=where, as_of=as_of)
    return found[0] if len(found) == 1 else added_up(_together(found), keys, sums)


def table_sums_sql(
    conformed: Conformed,
    table: str,
    keys: Mapping[str, str],
    sums: Mapping[str, str],
    *,
    where: str = "TRUE",
) -> str:
    """Return a query for sums by group of a table's accepted rows, whatever feeds it.

    Of partitions, only what is new since the same was asked is read.
    """
    found = by_file_sql(conformed, table, keys, sums, where=where)
    return added_up(found, keys, sums)


def by_file_sql(
    conformed: Conformed,
    table: str,
    keys: Mapping[str, str],
    sums: Mapping[str, str],
    *,
    where: str = "TRUE",
) -> str:
    """Return a query for what `table_sums_sql` adds up: sums by group, still file by file.

    Who asks for a few groups, as those of a month, has no other group read or added up.
    """
    held = [one for one in conformed.sources if one.present and one.declared.table == table]
    if all(one.parts is None for one in held):
        return _plain(quoted(f"final_{table}"), keys, sums, where)
    accepted = f"_status = 'accepted' AND ({where})"
    found: list[str] = []
    for one in held:
        found += _by_file(
            *(one.parts, conformed.engine, quoted(one.rows_table), keys, sums),
            where=accepted,
            as_of=conformed.as_of,
        )
    return _together(found)


def added_up(found: str, keys: Iterable[str], sums: Iterable[str]) -> str:
    """Return a query that adds up what a query has of each group."""
    names = [quoted(name) for name in keys]
    added = [f"sum({quoted(name)}) AS {quoted(name)}" for name in sums]
    return f"SELECT {', '.join([*names, *added])} FROM ({found}) GROUP BY ALL"


def _plain(rows: str, keys: Mapping[str, str], sums: Mapping[str, str], where: str) -> str:
    select = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in {**keys, **sums}.items())
    return f"SELECT {select} FROM {rows} WHERE {where} GROUP BY ALL"


def _together(found: Iterable[str]) -> str:
    return " UNION ALL BY NAME ".join(f"SELECT * FROM ({one})" for one in found)


def _by_file(
    parts: Parts | None,
    engine: Engine,
    rows: str,
    keys: Mapping[str, str],
    sums: Mapping[str, str],
    *,
    where: str,
    as_of: date | None,
) -> list[str]:
    """Return queries whose rows are sums by group, of each file and of the rest."""
    if parts is None or engine.noted(f"hidden_{parts.source.name}"):
        return [_plain(rows, keys, sums, where)]
    plain = _plain(_ROWS, keys, sums, where)
    found = [plain.replace(_ROWS, engine.own(rest_table(parts.source.name)))]
    late = [part for part in parts.parts if not _all_known(part, as_of)]
    for part in parts.parts:
        if part not in late and part.pieces:
            file = literal(str(_kept(parts, part, engine, plain)))
            found.append(f"SELECT * FROM read_parquet({file})")
    bulk = " UNION ALL BY NAME ".join(bulk_selects(parts, engine, late))
    if bulk:
        known = f"(known_on IS NULL OR known_on <= DATE {literal(as_of)})"
        found.append(plain.replace(_ROWS, f"(SELECT * FROM ({bulk}) WHERE {known})"))
    return found


def all_known(parts: Parts, as_of: date) -> bool:
    """Return whether every row was known by a day."""
    return all(_all_known(part, as_of) for part in parts.parts)


def _all_known(part: Part, as_of: date | None) -> bool:
    return as_of is None or part.last_known is None or part.last_known <= as_of


def _kept(parts: Parts, part: Part, engine: Engine, plain: str) -> Path:
    """Return the file of a file's sums, made where it is not there."""
    moved = sorted(parts.moved.get(part.digest, ()))
    folder = parts.home / "sums"
    place = folder / f"{part.digest}.{store.digest_of(plain, moved)}.parquet"
    if store.sealed(place):
        return place
    folder.mkdir(parents=True, exist_ok=True)
    apart = folder / f".{place.stem}.{os.getpid()}"
    bulk = " UNION ALL BY NAME ".join(bulk_selects(parts, engine, [part]))
    query = plain.replace(_ROWS, f"({bulk})")
    engine.run(f"COPY ({query}) TO {literal(str(apart))} (FORMAT parquet)")
    store.seal(apart, place)
    return place
