"""The id of a raw row: what it says and which of its equals it is, not where it stands."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.conform.long import started

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pfkit.conform.declaration import Source
    from pfkit.conform.engine import Engine
    from pfkit.conform.pipeline import LoadedSource
    from pfkit.sources import RejectedRow

_LENGTH = 16
_PART, _NAME, _FIELD = 29, 31, 30


def raw_columns(source: Source, engine: Engine) -> list[str]:
    """Return the columns a source's files have, in alphabetical order."""
    return sorted(name for name in engine.types(started(source)) if not name.startswith("_"))


def row_ids(
    source: Source, engine: Engine, wanted: str, *, among: Collection[str] | None = None
) -> dict[int, str]:
    """Return the ids of some raw rows of a source.

    Parameters
    ----------
    source : Source
        A source that is loaded and mapped.
    engine : Engine
        The engine that holds it.
    wanted : str
        A query for the ``_id`` of the rows.
    among : collection of str, optional
        Only rows with one of these ids.

    Returns
    -------
    dict
        By ``_id``: a digest of the source's name, the row's columns and values, and its place
        among rows equal in all of them, the one known first counting first.

    Notes
    -----
    Neither the file's name nor the line is in it, so an id outlives a renamed file and rows added
    elsewhere. An empty field is left out: a column added empty changes nothing.
    """
    columns = raw_columns(source, engine)
    raw, mapped = quoted(started(source)), quoted(f"mapped_{source.name}")
    alike = f"hash({', '.join(quoted(column) for column in columns)})"
    fields = ", ".join(
        f"{literal(column)} || chr({_NAME}) || CAST({quoted(column)} AS VARCHAR)"
        for column in columns
    )
    known = "m.known_on" if "known_on" in source.promise.names else "NULL"
    rows = engine.rows(
        f"WITH wanted AS ({wanted}), near AS (SELECT _id, concat_ws(chr({_FIELD}), {fields}) "
        f"AS said FROM {raw} WHERE {alike} IN (SELECT {alike} FROM {raw} WHERE _id IN "
        "(SELECT _id FROM wanted))), "
        f"placed AS (SELECT n._id, said, row_number() OVER (PARTITION BY said ORDER BY {known} "
        f"NULLS LAST, n._id) AS place FROM near n JOIN {mapped} m ON m._id = n._id) "
        f"SELECT _id, {_digest_sql(source, 'said')} AS id FROM placed "
        "WHERE _id IN (SELECT _id FROM wanted)"
        + ("" if among is None else " AND list_contains(?, id)"),
        [] if among is None else [list(among)],
    )
    return dict(rows)


def held_ids(held: LoadedSource, engine: Engine) -> dict[int, str]:
    """Return the ids of a source's rows held back, by ``_id``."""
    wanted = f"SELECT _id FROM {quoted(held.rows_table)} WHERE _status = 'quarantined'"
    return row_ids(held.declared, engine, wanted) | dict(held.mended)


def rejected_ids(source: Source, rejected: Iterable[RejectedRow]) -> list[str]:
    """Return the ids of rows that are no rows of their file's form, in their order."""
    seen: Counter[str] = Counter()
    found = []
    for row in rejected:
        said = f"{row.rule}{chr(_NAME)}{row.text}"
        seen[said] += 1
        parts = (source.name, said, str(seen[said]))
        found.append(hashlib.sha256(chr(_PART).join(parts).encode()).hexdigest()[:_LENGTH])
    return found


def _digest_sql(source: Source, said: str) -> str:
    parts = f"concat_ws(chr({_PART}), {literal(source.name)}, {said}, CAST(place AS VARCHAR))"
    return f"substr(sha256({parts}), 1, {_LENGTH})"
