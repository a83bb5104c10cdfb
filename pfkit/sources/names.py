"""Make a header into column names: trimmed, named, and each only once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.errors import SourceError, near_miss

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Header:
    """Column names, and what was done to get them.

    Parameters
    ----------
    names : tuple of str
        One name per column.
    trimmed : tuple of str
        Names that had spaces around them.
    unnamed : tuple of str
        Names given by position, because the header was empty there.
    """

    names: tuple[str, ...]
    trimmed: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()

    def notes(self, hollow: Sequence[str]) -> list[str]:
        """Return what was repaired, given the unnamed columns that hold nothing."""
        notes = []
        if self.trimmed:
            notes.append(f"spaces around column names removed: {_listed(self.trimmed)}")
        if hollow:
            notes.append(f"empty columns without a name dropped: {_listed(hollow)}")
        if named := [name for name in self.unnamed if name not in hollow]:
            notes.append(f"columns without a name called by position: {_listed(named)}")
        return notes


def header_names(cells: Sequence[str], *, where: str) -> Header:
    """Return the column names of a header row.

    Parameters
    ----------
    cells : sequence of str
        The cells of the header row.
    where : str
        File and line, for messages.

    Returns
    -------
    Header
        Names without spaces around them; an empty cell is named ``column_N`` by its position.

    Raises
    ------
    SourceError
        If two columns have one name, also when they differ only in case, which the query engine
        cannot tell apart.

    Examples
    --------
    >>> header_names(["id", " amount "], where="a.csv").names
    ('id', 'amount')
    """
    # A no-break space or a stray byte-order mark around a name is never meant.
    plain = [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]
    names = tuple(name or f"column_{at}" for at, name in enumerate(plain, start=1))
    seen: dict[str, int] = {}
    for at, name in enumerate(names, start=1):
        folded = name.casefold()
        if folded in seen:
            first = names[seen[folded] - 1]
            also = "" if first == name else f" (as {first!r}; case does not tell columns apart)"
            raise SourceError(
                f"the header names {name!r} twice, in columns {seen[folded]} and {at}{also}",
                where=where,
                advice="Rename one of them in the export, or set header to the right row.",
            )
        seen[folded] = at
    return Header(
        names=names,
        trimmed=tuple(name for name, cell in zip(plain, cells, strict=True) if name != cell),
        unnamed=tuple(name for name, given in zip(names, plain, strict=True) if not given),
    )


def wanted_columns(names: Sequence[str], wanted: Sequence[str] | None, *, where: str) -> list[str]:
    """Return the columns to read, in the order they are wanted.

    Parameters
    ----------
    names : sequence of str
        The columns a file has.
    wanted : sequence of str, optional
        The columns asked for; all when not given.
    where : str
        The file, for messages.

    Returns
    -------
    list of str
        Each column once.

    Raises
    ------
    SourceError
        If a column is not there; the nearest one is named.

    Examples
    --------
    >>> wanted_columns(["id", "amount"], ["amount"], where="a.csv")
    ['amount']
    """
    if wanted is None:
        return list(names)
    for name in wanted:
        if name not in names:
            raise SourceError(
                f"there is no column {name!r}",
                where=where,
                advice=near_miss(name, names, noun="column"),
            )
    return list(dict.fromkeys(wanted))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
