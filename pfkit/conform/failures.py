"""Files and sources that cannot be used, told all at once while everything else is checked."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from pfkit.contracts.personal import mask
from pfkit.errors import PfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pfkit.conform.declaration import Source

Read = TypeVar("Read")


@dataclass(frozen=True)
class Failure:
    """One file, or one whole source, that cannot be used, and why.

    Attributes
    ----------
    source, table : str
        The source, and the table it feeds; empty where neither is at fault.
    kind, what, where, advice : str
        The error's name, what happened, at which place, and what to do.
    whole : bool
        Whether the source is left out whole, not only a file of it.
    path : str
        The file that is left out; empty where it is more than a file.
    """

    source: str
    table: str
    kind: str
    what: str
    where: str
    advice: str
    whole: bool = True
    path: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "source": self.source,
            "table": self.table,
            "whole": self.whole,
            "line": self.where,
            "message": self.what,
            "advice": self.advice,
        }

    def finding(self) -> dict[str, Any]:
        """Return it as one of the findings of a check."""
        return {
            "rule": self.kind,
            "severity": "reject",
            "line": self.where,
            "column": "",
            "value": self.source,
            "message": self.what,
            "advice": self.advice,
        }


@dataclass
class Failures:
    """What could not be used so far; a load that is given one goes on without it."""

    found: list[Failure] = field(default_factory=list)

    def add(
        self, error: PfkitError, source: Source | None = None, *, path: Path | None = None
    ) -> None:
        """Note an error, with personal data masked; with a path, only that file is left out."""
        what, where, advice = (mask(text) for text in (error.what, error.where, error.advice))
        name, table = (source.name, source.table) if source is not None else ("", "")
        kind, whole, file = type(error).__name__, path is None, path.as_posix() if path else ""
        self.found.append(Failure(name, table, kind, what, where, advice, whole, file))

    @property
    def lost(self) -> frozenset[str]:
        """The names of the sources that are left out whole."""
        return frozenset(one.source for one in self.found if one.whole and one.source)

    def names(self, source: str, file: str) -> bool:
        """Return whether a file of a source could not be read."""
        paths = [one.path for one in self.found if one.source == source and not one.whole]
        return source in self.lost or any(path.endswith(file) for path in paths)


@contextmanager
def set_apart(failures: Failures | None, source: Source | None = None) -> Iterator[None]:
    """Note an error of pfkit and go on; without a place to note it in, let it stop the load.

    Examples
    --------
    >>> failures = Failures()
    >>> with set_apart(failures):
    ...     raise PfkitError("the file is empty", where="may.csv")
    >>> failures.found[0].where
    'may.csv'
    """
    try:
        yield
    except PfkitError as error:
        if failures is None:
            raise
        failures.add(error, source)


def left(sources: Sequence[Source], failures: Failures | None) -> list[Source]:
    """Return the sources that are not left out."""
    lost = failures.lost if failures is not None else frozenset()
    return [source for source in sources if source.name not in lost]


def read_sound(
    paths: Sequence[Path],
    read: Callable[[Sequence[Path]], Read],
    *,
    source: Source,
    failures: Failures | None,
    columns: Callable[[Read], Sequence[str]] = lambda _read: (),
) -> Read | None:
    """Return what the files of a source say that can be read together; the others are noted.

    Each file is read by itself only where all together cannot be. A file with other columns than
    most have is left out too; of two forms that are as frequent, the one read first stands.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The files, in the order they are read in.
    read : callable
        Reads some of them.
    source : Source
        Their source.
    failures : Failures, optional
        Where to note what cannot be read; without one, the first error stops the load.
    columns : callable
        Names the columns of what was read, to tell the forms of files apart.

    Returns
    -------
    object or None
        What `read` returns; None where no file can be read.
    """
    if failures is None:
        return read(paths)
    try:
        return read(paths)
    except PfkitError as error:
        if len(paths) == 1:
            failures.add(error, source)
            return None
    before = len(failures.found)
    forms: dict[Path, frozenset[str]] = {}
    for path in paths:
        try:
            forms[path] = frozenset(columns(read([path])))
        except PfkitError as error:
            failures.add(error, source, path=path)
    kept = _alike(forms, read, source, failures)
    if not kept:
        failures.found[before:] = [replace(one, whole=True) for one in failures.found[before:]]
        return None
    return read(kept)


def _alike(
    forms: Mapping[Path, frozenset[str]],
    read: Callable[[Sequence[Path]], object],
    source: Source,
    failures: Failures,
) -> list[Path]:
    """Return the files that can be read with the first of the most frequent form."""
    usual = Counter(forms.values()).most_common(1)
    first = next((path for path, form in forms.items() if form == usual[0][0]), None)
    kept = []
    for path, form in forms.items():
        try:
            if first is not None and form != usual[0][0]:
                read([first, path])
        except PfkitError as error:
            failures.add(error, source, path=path)
        else:
            kept.append(path)
    return kept
