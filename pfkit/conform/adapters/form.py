"""Adapter files: the form they have, where they lie, and what is wrong with one that is not so."""

from __future__ import annotations

import functools
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from pfkit.conform.adapters.adapted import Columns
from pfkit.conform.declaration import Source
from pfkit.conform.misdeclared import misdeclared
from pfkit.contracts import Contracts
from pfkit.errors import BookError, SourceError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterable

_SUFFIXES = (".yaml", ".yml")
#: What only a book knows of a source.
_OF_THE_BOOK = ("name", "path", "lines", "adapter")


class Adapter(Columns):
    """One adapter: what an export of a system holds, and how it becomes rows of a table.

    Attributes
    ----------
    system, export : str
        Whose export it is, and which.
    version : str
        Of the adapter; it rises when what it makes of a file changes.
    origin : str
        Where the names of the columns are publicly described.
    notes : tuple of str
        What a reader must know before trusting it.
    source : dict
        Keys of ``[[sources]]``, but the name and the path.
    """

    system: str = Field(min_length=1)
    export: str = Field(min_length=1)
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    origin: str = Field(min_length=1)
    notes: tuple[str, ...] = ()
    source: dict[str, Any]

    @property
    def table(self) -> str:
        """The table it feeds."""
        return str(self.source["table"])

    @model_validator(mode="after")
    def _for_any_book(self) -> Adapter:
        for key in _OF_THE_BOOK:
            if key in self.source:
                message = f"`source` has {key!r}, which only a book knows\n  -> Leave it out."
                raise ValueError(message)
        return self


@functools.cache
def names() -> tuple[str, ...]:
    """Return the names of the adapters that come with pfkit, in alphabetical order.

    Examples
    --------
    >>> "stripe-balance-transactions" in names()
    True
    """
    files = resources.files("pfkit.conform.adapters").joinpath("layouts").iterdir()
    return tuple(sorted(PurePosixPath(f.name).stem for f in files if f.name.endswith(_SUFFIXES)))


@functools.cache
def shipped(name: str) -> Adapter:
    """Return an adapter that comes with pfkit.

    Raises
    ------
    BookError
        If there is none of that name; the nearest is named.

    Examples
    --------
    >>> shipped("stripe-balance-transactions").table
    'invoices'
    """
    if name not in names():
        raise unknown(name, where="adapters")
    return parsed(shipped_text(name), file=f"adapter {name}", contracts=Contracts())


def shipped_text(name: str) -> str:
    """Return the file of an adapter that comes with pfkit."""
    place = resources.files("pfkit.conform.adapters").joinpath("layouts", f"{name}.yaml")
    return place.read_text(encoding="utf-8")


def named(name: str) -> Adapter:
    """Return an adapter outside any book: by its name, or by the path of its file.

    Raises
    ------
    BookError
        If there is none of that name, or the file cannot be used.
    """
    if not name.endswith(_SUFFIXES):
        return shipped(name)
    file = Path(name)
    return adapter(file.name, file.parent, where="adapters", contracts=Contracts())


def unknown(name: str, *, where: str) -> BookError:
    """Return the error for an adapter that is not there."""
    return BookError(
        f"there is no adapter {name!r}",
        where=where,
        advice=f"{near_miss(name, names(), noun='adapter')} `pfkit adapters` lists all; one of "
        'your own is named by its file, as `adapter = "my/export.yaml"`.',
    )


def adapter(name: str, folder: Path, *, where: str, contracts: Contracts) -> Adapter:
    """Return an adapter by its name, or by its file in a folder.

    Parameters
    ----------
    name : str
        One of `names`, or the path of a YAML file.
    folder : pathlib.Path
        The book's folder.
    where : str
        Where it is named, for the error.
    contracts : Contracts
        What the tables promise in the book.

    Raises
    ------
    BookError
        If there is none of that name, or the file cannot be used.
    SourceError
        If the path leads out of the folder.
    """
    if not name.endswith(_SUFFIXES):
        if name not in names():
            raise unknown(name, where=where)
        return shipped(name)
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise SourceError(
            f"the adapter {name!r} leads out of the book's folder",
            where=where,
            advice="Copy the file into the book's folder, and give a path relative to it.",
        )
    if not file.is_file():
        there = sorted(p.relative_to(folder).as_posix() for p in _yaml_below(folder))
        raise BookError(
            f"there is no adapter file {name!r}",
            where=where,
            advice=near_miss(name, there, noun="file")
            if there
            else "Put it in the book's folder; docs/adapters.md says how to write one.",
        )
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BookError(
            f"is not UTF-8 text: {error}", where=name, advice="Save it as UTF-8."
        ) from error
    return parsed(text, file=name, contracts=contracts)


def _yaml_below(folder: Path) -> Iterable[Path]:
    return (path for suffix in _SUFFIXES for path in folder.rglob(f"*{suffix}"))


def parsed(text: str, *, file: str, contracts: Contracts) -> Adapter:
    """Return the adapter that a YAML text declares.

    Raises
    ------
    BookError
        If it is no YAML, or declares something unknown, contradictory or too little.
    """
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BookError(
            f"is not readable YAML: {' '.join(str(error).split())}",
            where=file,
            advice="Quote values that hold a colon, a brace or a percent sign.",
        ) from error
    if not isinstance(values, dict):
        raise BookError(
            "holds no keys", where=file, advice="Begin with `system`, `export` and `version`."
        )
    try:
        found = Adapter.model_validate(values)
    except ValidationError as error:
        raise misdeclared(
            error.errors(), values, file=file, model=Adapter, contracts=contracts
        ) from error
    _whole(found, file, contracts)
    return found


def _whole(found: Adapter, file: str, contracts: Contracts) -> None:
    """Refuse an adapter whose source cannot be one, or that leaves a unit or a sign unsaid."""
    at = f"{file} source"
    values = {"name": "export", "path": "export", **found.source}
    try:
        source = Source.model_validate(values, context={"contracts": contracts})
    except ValidationError as error:
        raise misdeclared(
            error.errors(), values, file=at, model=Source, contracts=contracts
        ) from error
    said = ["known_on"] if "known_on" not in found.source.get("columns", {}) else []
    if source.promise.counts_money and source.layout is None:  # a sheet states its unit itself
        said += ["unit", "sign"]
    if any(source.promise.column(name).kind == "datetime" for name in source.columns):
        said.append("zone")
    for key in said:
        if key not in found.source:
            raise BookError(
                f"nothing says {key!r}, and an adapter leaves nothing to be guessed",
                where=at,
                advice=f"Add `{key}:` to `source`, with the value the system's export has.",
            )
