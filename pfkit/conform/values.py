"""Value maps (crosswalks): source values become agreed values, or go to a named line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa

from pfkit.conform.engine import literal, quoted
from pfkit.errors import BookError, SourceError, near_miss
from pfkit.sources import FileFact, read_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pfkit.conform.declaration import ValueMap
    from pfkit.conform.engine import Engine


@dataclass(frozen=True)
class LoadedMap:
    """A value map in the engine, as table ``map_<name>`` with ``key`` and ``value``."""

    name: str
    declared: ValueMap
    files: tuple[FileFact, ...]
    present: bool
    size: int

    @property
    def table(self) -> str:
        """The engine table that holds it."""
        return f"map_{self.name}"

    def key_sql(self, value: str) -> str:
        """Return SQL for the form in which keys are compared."""
        text = f"trim(CAST({value} AS VARCHAR))"
        return f"upper({text})" if self.declared.fold == "upper" else text


def load_maps(
    maps: dict[str, ValueMap], *, data: Path, book: Path, engine: Engine
) -> dict[str, LoadedMap]:
    """Read every value map into the engine.

    Parameters
    ----------
    maps : dict of str to ValueMap
        As declared under ``[maps]``.
    data, book : pathlib.Path
        The data folder, then the book's folder, in which a map's path is looked for.
    engine : Engine
        Where the maps go.

    Raises
    ------
    SourceError
        If a map that is not optional has no file.
    BookError
        If a map's file lacks its columns, or gives one key two values.
    """
    return {name: _load(name, m, (data, book), engine) for name, m in maps.items()}


def held_file(root: Path, path: str, *, where: str) -> Path | None:
    """Return a file below a folder, None where there is none.

    Raises
    ------
    SourceError
        If the path, or a link on it, leads out of the folder.
    """
    file = root / path
    if not file.resolve().is_relative_to(root.resolve()):
        raise SourceError(
            f"{path!r} leads out of the folder",
            where=where,
            advice="Give a path relative to the data folder, and copy the file there.",
        )
    return file if file.is_file() else None


def _root_above(file: Path, path: str) -> Path:
    return file.parents[len(PurePosixPath(path).parts) - 1]


def _load(name: str, declared: ValueMap, roots: Iterable[Path], engine: Engine) -> LoadedMap:
    where = f"book.toml maps.{name}"
    if declared.values:
        pairs = list(declared.values.items())
        files: tuple[FileFact, ...] = ()
        present = True
    else:
        tried = (held_file(root, declared.path, where=where) for root in roots)
        file = next((path for path in tried if path is not None), None)
        present = file is not None
        if file is None:
            if not declared.optional:
                raise SourceError(
                    f"no file {declared.path!r} in the data folder or the book's folder",
                    where=where,
                    advice="Put the crosswalk there, or declare the map `optional = true` "
                    "with a line for its unmapped values.",
                )
            pairs, files = [], ()
        else:
            raw = read_files([file], root=_root_above(file, declared.path))
            files = raw.files
            pairs = _pairs(raw.table, declared, where)
    folded = _folded(pairs, declared, where)
    table = pa.table(
        {
            "key": pa.array(list(folded), pa.string()),
            "value": pa.array(list(folded.values()), pa.string()),
        }
    )
    loaded = LoadedMap(name, declared, files, present, len(folded))
    engine.load(loaded.table, table)
    return loaded


def _pairs(table: pa.Table, declared: ValueMap, where: str) -> list[tuple[str, str]]:
    for column in (declared.key, declared.value):
        if column not in table.column_names:
            known = [name for name in table.column_names if not name.startswith("_")]
            raise BookError(
                f"{declared.path} has no column {column!r}",
                where=where,
                advice=near_miss(column, known, noun="column"),
            )
    keys = table.column(declared.key).to_pylist()
    values = table.column(declared.value).to_pylist()
    return [
        (str(key), str(value))
        for key, value in zip(keys, values, strict=True)
        if key is not None and value is not None
    ]


def _folded(pairs: list[tuple[str, str]], declared: ValueMap, where: str) -> dict[str, str]:
    """Return one value per key in the form keys are compared in."""
    folded: dict[str, str] = {}
    for key, value in pairs:
        plain = key.strip().upper() if declared.fold == "upper" else key.strip()
        if declared.repeats == "last":
            folded[plain] = value
        elif folded.setdefault(plain, value) != value and declared.repeats == "error":
            raise BookError(
                f"key {plain!r} has two values, {folded[plain]!r} and {value!r}",
                where=where,
                advice='Keep one of the two rows, or declare `repeats = "first"` or "last".',
            )
    return folded


def lookup_sql(loaded: LoadedMap, alias: str, value: str) -> tuple[str, str, str]:
    """Return the join, the mapped value and the "has no value" test for one mapped column.

    Parameters
    ----------
    loaded : LoadedMap
        The map.
    alias : str
        A name for the joined map, unique in the statement.
    value : str
        SQL of the source value.
    """
    name = quoted(alias)
    join = f"LEFT JOIN {quoted(loaded.table)} {name} ON {name}.key = {loaded.key_sql(value)}"
    unmapped = literal(loaded.declared.unmapped)
    mapped = f"CASE WHEN {value} IS NULL THEN NULL ELSE COALESCE({name}.value, {unmapped}) END"
    missed = f"{value} IS NOT NULL AND {name}.key IS NULL"
    return join, mapped, missed
