"""Files of one source beside each other: the same columns, of types that go together."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from pfkit.conform.partitions.stats import write_whole
from pfkit.errors import SourceError, closest
from pfkit.sources.batches import schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pfkit.sources.raw import Options

NAME: Final = "columns.json"
#: What stands for a type where files are text beside others that are not.
TEXT: Final = "text"
_STRINGS: Final = frozenset({"string", "large_string", "string_view"})


@dataclass
class Columns:
    """The columns of files that were read, and their own types, by the digest of their bytes.

    Parameters
    ----------
    folder : pathlib.Path
        Where the list is kept.
    """

    folder: Path
    known: dict[str, dict[str, str]] = field(default_factory=dict)
    changed: bool = False

    @classmethod
    def read(cls, folder: Path) -> Columns:
        """Return the list of a folder, empty where there is none or it is damaged."""
        try:
            known = json.loads((folder / NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        fits = isinstance(known, dict) and all(isinstance(one, dict) for one in known.values())
        return cls(folder, known if fits else {})

    def keep(self, digest: str, types: Mapping[str, str]) -> None:
        """Keep the types of a file's columns; those of text are none."""
        if self.known.get(digest) != dict(types):
            self.known[digest] = dict(types)
            self.changed = True

    def write(self, used: set[str]) -> None:
        """Write the list of the files that are used, whole or not at all."""
        kept = {digest: types for digest, types in self.known.items() if digest in used}
        if self.changed or kept != self.known:
            write_whole(self.folder / NAME, json.dumps(kept, sort_keys=True).encode())


@dataclass(frozen=True)
class File:
    """A file, with the types of its columns as far as they are known before it is read.

    Attributes
    ----------
    types : dict
        Empty for text, whose columns have none.
    """

    path: Path
    where: str
    types: dict[str, str]


def casts(files: Sequence[File], options: Options) -> list[dict[str, Any]]:
    """Return for each file the types its columns are read as where others have them otherwise.

    As for every source, whole numbers beside fractions are fractions, and where a file is text
    all are read as text.

    Raises
    ------
    SourceError
        If types of a column go into no third: the first such file is named.
    """
    typed = [file for file in files if file.types]
    if typed and len(typed) < len(files):
        return [dict.fromkeys(_typed(file), TEXT) for file in files]
    told: dict[str, set[str]] = {}
    for file in typed:
        for name, kind in file.types.items():
            told.setdefault(name, set()).add(_family(kind))
    mixed = {name for name, kinds in told.items() if len(kinds - {"null"}) > 1}
    if not mixed:
        return [{} for _ in files]
    opened = functools.cache(lambda file: schema_of(files[file].path, files[file].where, options))
    schemas = [opened(at) for at in range(len(files))]
    whole = {name: _unified(name, files, schemas) for name in sorted(mixed)}
    return [
        {
            name: kind
            for name, kind in whole.items()
            if name in schema.names and _family(str(schema.field(name).type)) != _family(str(kind))
        }
        for schema in schemas
    ]


def _typed(file: File) -> list[str]:
    return [name for name, kind in file.types.items() if kind not in {*_STRINGS, "null"}]


def _unified(name: str, files: Sequence[File], schemas: Sequence[pa.Schema]) -> pa.DataType:
    """Return the type that a column of several goes into."""
    there = [at for at, schema in enumerate(schemas) if name in schema.names]
    kinds = [pa.schema([schemas[at].field(name).remove_metadata()]) for at in there]
    try:
        return pa.unify_schemas(kinds, promote_options="permissive").field(name).type
    except pa.ArrowException:
        pass
    old = kinds[0].field(name).type
    for at, kind in zip(there[1:], kinds[1:], strict=True):
        try:
            pa.unify_schemas([kinds[0], kind], promote_options="permissive")
        except pa.ArrowException as error:
            raise SourceError(
                f"column {name!r} is {kind.field(name).type} here and {old} in "
                f"{files[there[0]].where}",
                where=files[at].where,
                advice="Export them with the same types, or as CSV.",
            ) from error
    raise SourceError(
        f"the files have columns of different types ({name!r})",
        where=f"{files[0].where} and {len(files) - 1} more",
        advice="Export them with the same types, or as CSV.",
    )


def refuse_unlike(
    first: Sequence[str], first_where: str, columns: Sequence[str], where: str
) -> None:
    """Refuse a file with other columns than the first has.

    Raises
    ------
    SourceError
        If there is one; the file that lacks a column is named, and the nearest it has.
    """
    for mine, at, its, path in (
        (columns, where, first, first_where),
        (first, first_where, columns, where),
    ):
        for name in its:
            if name not in mine:
                guess = closest(name, list(mine))
                near = f"; the closest there is {guess!r}" if guess else ""
                raise SourceError(
                    f"there is no column {name!r}, which {path} has{near}",
                    where=at,
                    advice="Make the exports alike, or give files of another form a source of "
                    "their own.",
                )


def _family(kind: str) -> str:
    """Return which types are read alike: whole numbers of any size, texts of any size."""
    if kind.startswith(("int", "uint")):
        return "int"
    return "string" if kind in _STRINGS else kind
