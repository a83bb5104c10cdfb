"""An export's own columns held against the names its adapter knows: taken, absent, missing."""

from __future__ import annotations

import dataclasses
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from pfkit.conform.adapters.form import names, shipped
from pfkit.conform.adapters.renamed import renamed_note
from pfkit.conform.declaration import Mapping, RowRule, Source
from pfkit.conform.engine import literal, quoted
from pfkit.conform.labels import parts_of
from pfkit.conform.sql import named_columns
from pfkit.contracts import Contracts
from pfkit.errors import SourceError, closest
from pfkit.sources import read_files
from pfkit.sources.raw import LINE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pfkit.conform.adapters.adapted import Adapted
    from pfkit.sources import RawTable

_SHOWN = 12
#: Rows in which the heads of columns may stand below a title.
_TITLES = 20
#: An adapter that finds less of its columns is no advice.
_HALF = 0.5
#: Formats whose rows may stand inside others.
_NESTED = frozenset({"json", "jsonl"})
#: A connector keeps the rows that its system has deleted, and marks them.
_DELETED, _MARKED = "_fivetran_deleted", "marked deleted"
_GONE = RowRule(
    exclude="deleted",
    when=f"lower(CAST({quoted(_MARKED)} AS VARCHAR)) IN ('true', 't', '1')",
    because="its system no longer has it, the connector says",
)


@dataclass(frozen=True)
class Fit:
    """What an export has of the columns that a source's adapter reads.

    Attributes
    ----------
    taken : dict of str to str
        The name the adapter reads a column by, and what the export calls it.
    absent : tuple of str
        Columns it may lack, and does.
    missing : tuple of str
        Columns it must have, and has not.
    """

    taken: dict[str, str]
    absent: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def renamed(self) -> dict[str, str]:
        """The columns that go by another name in the export."""
        return {name: found for name, found in self.taken.items() if name != found}


def adapted(source: Source, raw: RawTable) -> tuple[Source, RawTable]:
    """Return a source and its rows under the names that its adapter reads columns by.

    A column the export may lack is added, empty. What goes by another name is a repair, noted at
    each file. Rows that a connector marks as deleted are left out by a rule. A source without an
    adapter comes back as it is.

    Parameters
    ----------
    source : Source
        As declared.
    raw : RawTable
        Its rows, as found.

    Raises
    ------
    SourceError
        If columns are missing: each is named with the nearest one there, and so is the adapter
        that the export fits.
    """
    how = source.adapter
    if how is None:
        return source, raw
    found = fit(source, raw.columns)
    if found.missing:
        raise _misfit(source, how, found, raw)
    own = {name for name, there in found.taken.items() if name == there}
    back = {there: name for name, there in found.renamed.items() if there not in own}
    table = raw.table.rename_columns([back.get(name, name) for name in raw.table.column_names])
    for name, there in found.renamed.items():
        if there in own:  # the book reads it by its own name too
            table = table.append_column(name, raw.table.column(there))
    for name in found.absent:
        table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
    files = raw.files
    if note := renamed_note(how.name, found.renamed):
        files = tuple(dataclasses.replace(f, notes=(*f.notes, note)) for f in files)
    rules = source.rules
    if _DELETED in table.column_names:
        table = table.rename_columns(
            [_MARKED if name == _DELETED else name for name in table.column_names]
        )
        rules = rules if _GONE in rules else (*rules, _GONE)
    types = {name: kind for name, kind in source.types.items() if name in table.column_names}
    columns = source.columns | _gathered(how, raw.columns)
    fitted = source.model_copy(update={"types": types, "columns": columns, "rules": rules})
    return fitted, dataclasses.replace(raw, table=table, files=files)


def fit(source: Source, have: Iterable[str]) -> Fit:
    """Return what an export has of the columns that a source with an adapter reads.

    Parameters
    ----------
    source : Source
        As declared, with its adapter.
    have : iterable of str
        The columns of the export.
    """
    return _found(source, _read(source), list(have))


def _found(source: Source, asked: tuple[str, ...], there: list[str]) -> Fit:
    how = source.adapter
    aliases = how.aliases if how else {}
    may_lack = set(how.optional) if how else set()
    absent, missing = [], []
    standard = [c.source for c in source.promise.columns if c.source in aliases]
    wanted = dict.fromkeys((*asked, *source.types, *standard))
    taken = {name: name for name in wanted if name in there}
    renamed: set[str] = set()
    for name in wanted:
        if name in taken:
            continue
        free = [column for column in there if column not in renamed]
        found = _called(name, aliases.get(name, ()), free, set(taken))
        if found is not None:
            taken[name] = found
            renamed.add(found)
        elif name in may_lack:
            absent.append(name)
        elif name in asked:
            missing.append(name)
    if source.unpivot and source.unpivot.pattern:
        fits = any(source.unpivot.parts(name) is not None for name in there)
        missing += [] if fits else [source.unpivot.pattern]
    missing += _of_the_standard(source, [*there, *taken])
    return Fit(taken, tuple(absent), tuple(missing))


def _called(name: str, aliases: tuple[str, ...], free: list[str], own: set[str]) -> str | None:
    """Return what an export calls a column: of its names in their order the first one there.

    Spelled alike will do, so that ``last_modified_date`` is LastModifiedDate before any alias.
    """
    folded = {_folded(column): column for column in reversed(free) if column not in own}
    for known in (name, *aliases):
        if known in free:
            return known
        if _folded(known) in folded:
            return folded[_folded(known)]
    return None


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _read(source: Source) -> tuple[str, ...]:
    """Return every source column that a declaration reads, but those it makes itself."""
    where = f"book.toml sources.{source.name}"
    asked: list[str] = []
    for column, mapping in source.columns.items():
        asked += _of_mapping(mapping, f"{where}.columns.{column}")
    for rule in source.rules:
        asked += _named(rule.when, where=f"{where}.rules")
    known = source.known_on
    if known is not None and known.sql is not None:
        asked += _named(known.sql, where=f"{where}.known_on")
    asked += [known.column] if known is not None and known.column else []
    asked += [source.week.column] if source.week else []
    asked += [*source.hierarchy.columns, *source.hierarchy.within] if source.hierarchy else []
    made = {_MARKED}
    if source.unpivot is not None:
        made |= {source.unpivot.into, source.unpivot.value, *source.unpivot.part_names}
        asked += source.unpivot.columns
    return tuple(dict.fromkeys(name for name in asked if name not in made))


@functools.lru_cache(maxsize=1024)
def _named(sql: str, *, where: str) -> tuple[str, ...]:
    """Return the columns an expression names; the same ones are asked for again and again."""
    return tuple(named_columns(sql, where=where))


def _of_mapping(mapping: Mapping, where: str) -> tuple[str, ...]:
    if mapping.is_parts:
        return tuple(parts_of(mapping))
    if mapping.sql is not None:
        return _named(mapping.sql, where=where)
    return () if mapping.column is None else (mapping.column,)


def _of_the_standard(source: Source, there: list[str]) -> list[str]:
    """Return the required columns that fill themselves by a standard's names, and are not there."""
    folded = {_folded(name) for name in there}
    return [
        column.source
        for column in source.promise.columns
        if column.source
        and column.required
        and not column.default
        and column.name not in source.columns
        and not {_folded(column.source), _folded(column.name)} & folded
    ]


def _gathered(how: Adapted, there: Iterable[str]) -> dict[str, Mapping]:
    """Return the agreed columns that take many columns of the export together, as JSON."""
    found: dict[str, Mapping] = {}
    for column, pattern in how.gather.items():
        keys = {m[1]: name for name in there if (m := re.fullmatch(pattern, name))}
        if keys:
            pairs = ", ".join(f"{literal(key)}, {quoted(name)}" for key, name in keys.items())
            filled = f"json_merge_patch('{{}}', json_object({pairs}))"  # an empty cell is no key
            found[column] = Mapping(sql=f"nullif(CAST({filled} AS VARCHAR), '{{}}')")
    return found


def _misfit(source: Source, how: Adapted, found: Fit, raw: RawTable) -> SourceError:
    free = [name for name in raw.columns if name not in found.taken.values()]
    told = []
    for name in found.missing[:_SHOWN]:
        near = closest(name, free)
        told.append(f"{name!r} (nearest there: {near!r})" if near else repr(name))
    more = f" and {len(found.missing) - _SHOWN} more" if len(found.missing) > _SHOWN else ""
    count = len(found.missing)
    shown = ", ".join(repr(name) for name in raw.columns[:_SHOWN])
    advice = (
        _below(how, found, raw)
        or _rather(raw.columns, source, found)
        or (
            f"Name what the export calls them: adapter = {{ name = {how.name!r}, aliases = "
            f"{{ {quoted(found.missing[0])} = ... }} }}. "
        )
    )
    return SourceError(
        f"adapter {how.name!r} finds no column {', '.join(told)}{more}"
        + ("" if count == 1 else f" ({count} missing, {len(found.taken)} found)"),
        where=raw.files[0].path if raw.files else source.name,
        advice=f"{advice}The columns are {shown}"
        f"{' and more' if len(raw.columns) > _SHOWN else ''}.",
    )


def _below(how: Adapted, found: Fit, raw: RawTable) -> str:
    """Return the advice to name the row of the column heads, where they stand below the first."""
    rows = raw.table.slice(0, _TITLES).to_pylist()
    texts = [(row.text, row.line) for row in raw.rejected[:_TITLES]]
    texts += [(" ".join(map(str, row.values())), str(row[LINE])) for row in rows]
    for text, line in texts:
        plain = _folded(text)
        names = ((name, *how.aliases.get(name, ())) for name in found.missing)
        if all(any(_folded(known) in plain for known in known_as) for known_as in names):
            row = re.sub(r"^.*\D", "", line)  # of a workbook, a cell or a sheet's row
            return f"Its column heads stand in line {row}: declare `header = {row}`. "
    return ""


def _rather(have: Iterable[str], source: Source, mine: Fit) -> str:
    """Return the advice to take another adapter, where one fits better."""
    there = list(have)
    others = better(there, than=source)
    if others:
        return f"It fits adapter {others[0]!r}; take that one. "
    near = [
        (name, held)
        for name, held in _fits(there, source)
        if held.taken and not set(mine.missing) <= set(held.missing)
    ]
    if not near:
        return ""
    name, held = max(near, key=lambda one: (_share(one[1]), len(one[1].taken)))
    if _share(held) <= max(_share(mine), _HALF):
        return ""
    lacking = ", ".join(repr(column) for column in held.missing[:_SHOWN])
    return f"Adapter {name!r} fits better, but for {lacking}. "


def _share(held: Fit) -> float:
    """Return how much of the columns it must have an export has."""
    return len(held.taken) / max(1, len(held.taken) + len(held.missing))


def better(have: Iterable[str], *, than: Source | None = None) -> list[str]:
    """Return the adapters that come with pfkit and find all their columns, the fullest first.

    Parameters
    ----------
    have : iterable of str
        The columns of an export.
    than : Source, optional
        A source whose own adapter is left out.
    """
    found = [
        (-len(held.taken), len(held.absent), name)
        for name, held in _fits(list(have), than)
        if not held.missing
    ]
    return [name for *_, name in sorted(found)]


def fitting(file: Path) -> list[str]:
    """Return the adapters that find all their columns in a file, the fullest first.

    An API's answer is read as each adapter says where its records stand.

    Parameters
    ----------
    file : pathlib.Path
        An export.

    Raises
    ------
    SourceError
        If the file cannot be read at all.
    """
    columns: dict[tuple[str, ...], tuple[str, ...]] = {}
    failed: SourceError | None = None
    try:
        plain = read_files([file], root=file.parent)
    except SourceError as error:
        failed = error
    else:
        if plain.files[0].format not in _NESTED:
            return better(plain.columns)
        columns[()] = plain.columns
    found = []
    for name in names():
        if shipped(name).source.get("layout"):
            continue
        source, asked = _asked(name)
        if source.records not in columns and source.records:
            try:
                raw = read_files([file], root=file.parent, records=source.records)
            except SourceError:
                continue
            columns[source.records] = raw.columns
        held = _found(source, asked, list(columns.get(source.records, ())))
        if not held.missing:
            found.append((-len(held.taken), len(held.absent), name))
    if failed is not None and not columns:
        raise failed
    return [name for *_, name in sorted(found)]


def fuller(have: Iterable[str], than: Source) -> str:
    """Return the adapter that must have more of an export's columns than a source's own.

    What an export may lack tells nothing, and others of the same system for another table are no
    better: one file may feed two tables.

    Parameters
    ----------
    have : iterable of str
        The columns of an export.
    than : Source
        A source with an adapter that finds all its columns.

    Returns
    -------
    str
        Its name, empty where there is none.
    """
    there = list(have)
    if than.adapter is None or than.layout is not None or than.adapter.name not in names():
        return ""
    own, mine = shipped(than.adapter.name), fit(than, there)
    others = {name: held for name, held in _fits(there, than) if not held.missing}
    least = _must(than, mine)
    more = [
        (_must(_asked(name)[0], held), name)
        for name, held in others.items()
        if _must(_asked(name)[0], held) > least
        and not (shipped(name).system == own.system and shipped(name).table != own.table)
    ]
    return max(more)[1] if more else ""


def _fits(there: list[str], than: Source | None) -> list[tuple[str, Fit]]:
    skip = than.adapter.name if than is not None and than.adapter is not None else ""
    return [
        (name, _found(*_asked(name), there))
        for name in names()
        if name != skip and not shipped(name).source.get("layout")
    ]


def _must(source: Source, held: Fit) -> int:
    """Return how many columns an export has that an adapter must find."""
    optional = source.adapter.optional if source.adapter is not None else ()
    return len(set(held.taken) - set(optional))


@functools.cache
def _asked(name: str) -> tuple[Source, tuple[str, ...]]:
    """Return an adapter that comes with pfkit as a source, and the columns it reads."""
    source = source_of(name)
    return source, _read(source)


def source_of(name: str) -> Source:
    """Return an adapter that comes with pfkit as a source of any book."""
    whole = shipped(name)
    values = {"name": "export", "path": "export", **whole.source}
    values["adapter"] = {
        "name": name,
        "version": whole.version,
        "aliases": whole.aliases,
        "optional": whole.optional,
        "gather": whole.gather,
    }
    return Source.model_validate(values, context={"contracts": Contracts()})
