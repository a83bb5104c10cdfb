"""Every exception pfkit raises, and the one form their messages take."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PfkitError(Exception):
    """An error with a cause, a place and a remedy.

    Parameters
    ----------
    what : str
        What happened, naming the value.
    where : str
        The table, file, line, cell or key it happened at.
    advice : str
        What to do, with the near miss where there is one.

    Examples
    --------
    >>> print(ContractError("amount is missing", where="actuals (row 17)", advice="Map it."))
    actuals (row 17): amount is missing
      -> Map it.
    """

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        self.what = what
        self.where = where
        self.advice = advice
        super().__init__(what, where, advice)

    def __str__(self) -> str:
        """Return the message as it is printed: where, what, and what to do."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  -> {self.advice}" if self.advice else head

    def __reduce__(self) -> tuple[object, ...]:
        """Keep keyword arguments when an error crosses a process."""
        return (_rebuild, (type(self), self.what, self.where, self.advice))


class BookError(PfkitError):
    """The declaration in ``book.toml`` cannot be used as it stands."""


class SourceError(PfkitError):
    """A raw file or database cannot be found or read."""


class ContractError(PfkitError):
    """Data break the promise of a table."""


class ControlError(PfkitError):
    """A total does not tie, or a balance does not close."""


class PeriodError(PfkitError):
    """A period cannot be read, or the book has no data for it."""


class ParameterError(PfkitError):
    """A report or command was given a parameter it does not take."""


class MeasureError(PfkitError):
    """A measure has no answer for these inputs."""


class ReportError(PfkitError):
    """A report could not be run, rendered or written."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to `word`, or None when nothing is near.

    Examples
    --------
    >>> closest("Atlass", ["Atlas", "Borea"])
    'Atlas'
    >>> closest("zzz", ["Atlas", "Borea"]) is None
    True
    """
    candidates = list(known)
    folded = {name.casefold(): name for name in candidates}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def near_miss(word: str, known: Iterable[str], *, noun: str) -> str:
    """Return a sentence that offers the near miss, or lists what is known.

    Examples
    --------
    >>> near_miss("Atlass", ["Atlas", "Borea"], noun="product")
    "The closest known product is 'Atlas'."
    >>> near_miss("zzz", ["Atlas"], noun="product")
    "Known: 'Atlas'."
    """
    candidates = sorted(known)
    guess = closest(word, candidates)
    if guess is not None:
        return f"The closest known {noun} is {guess!r}."
    shown = ", ".join(repr(name) for name in candidates[:12])
    more = f" and {len(candidates) - 12} more" if len(candidates) > 12 else ""  # noqa: PLR2004
    return f"Known: {shown}{more}."


def _rebuild(kind: type[PfkitError], what: str, where: str, advice: str) -> PfkitError:
    return kind(what, where=where, advice=advice)
