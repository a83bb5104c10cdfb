"""How a load that was kept found the columns of a file, and what a later one writes otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pfkit.conform.drift.profile import FILE, level_sql
from pfkit.conform.forms.changes import Changed, compared
from pfkit.conform.forms.looked import months_sql
from pfkit.conform.forms.profile import Batch, Written, files_written
from pfkit.conform.forms.words import TEXT
from pfkit.conform.personal import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.conform.freshness.loads import Seen
    from pfkit.conform.pipeline import Conformed, LoadedSource


def columns_of(
    held: LoadedSource, conformed: Conformed, files: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return how files of a source are written, as JSON values, by path.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    files : sequence of str
        The paths asked for.
    """
    return {one.name: _plain(one) for one in files_written(held, conformed, files)}


def _plain(batch: Batch) -> dict[str, Any]:
    columns = {
        name: {
            "forms": dict(written.forms),
            "first": {form: _shown(form, *first) for form, first in written.first.items()},
            "kind": written.kind,
            "width": written.width,
            "decimals": round(written.decimals, 6),
            "size": None if written.size is None else round(written.size, 6),
        }
        for name, written in batch.columns.items()
    }
    return {"names": [*batch.names], "columns": columns}


def _shown(form: str, line: str, value: str) -> list[str]:
    """Return a form's first line and value; a text is not kept, it may name a person."""
    return [line, "" if form == TEXT else mask(value)]


def _batch(seen: Seen) -> Batch:
    columns = {
        name: Written(
            **plain | {"first": {form: tuple(first) for form, first in plain["first"].items()}}
        )
        for name, plain in seen.written["columns"].items()
    }
    names = tuple(seen.written["names"])
    return Batch(f"{seen.file} as kept", columns, names, seen.encoding, seen.format)


def changed_forms(conformed: Conformed, kept: Mapping[tuple[str, str], Seen]) -> list[Changed]:
    """Return what the only file of a kind writes otherwise than the file a kept load saw.

    Where a source has several files of a kind, they are compared with each other.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    kept : mapping of (str, str) to Seen
        What the ledger of loads says, by source and path.
    """
    found: list[Changed] = []
    for held in conformed.sources:
        mine = [one for one in kept.values() if one.source == held.declared.name and one.written]
        if held.present and mine:
            found += _of_source(held, conformed, mine)
    return found


def _of_source(held: LoadedSource, conformed: Conformed, kept: Iterable[Seen]) -> list[Changed]:
    digests = {fact.path: fact.sha256 for fact in held.files}
    kinds: dict[str, list[str]] = {}
    for kind, file in conformed.engine.rows(
        f"SELECT DISTINCT {level_sql(FILE)}, _file FROM ({months_sql(held, conformed)}) ORDER BY 2"
    ):
        kinds.setdefault(kind, []).append(file)
    known: dict[str, Seen] = {}
    for seen in kept:
        known[_kind(seen.file)] = seen  # in the order they were kept: the last stands
    found: list[Changed] = []
    for kind, files in kinds.items():
        seen_last = known.get(kind)
        if len(files) > 1 or seen_last is None or digests.get(files[0]) == seen_last.sha256:
            continue
        for now in files_written(held, conformed, files):
            found += compared(held, [_batch(seen_last)], now)
    return found


def _kind(file: str) -> str:
    return re.sub("[0-9]+", "#", file)
