"""The declared, typed parameters of the report notebooks, checked before anything runs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeGuard, TypeVar

from pfkit.errors import ParameterError, near_miss
from pfkit.period import read_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Kind = Literal["monthly", "quarterly"]
_Value = TypeVar("_Value")

KINDS: Mapping[Kind, tuple[re.Pattern[str], str]] = {
    "monthly": (re.compile(r"\d{4}-(0[1-9]|1[0-2])"), "a month such as 2011-06"),
    "quarterly": (re.compile(r"\d{4}Q[1-4]"), "a fiscal quarter such as 2011Q2"),
}
NAMES = ("book", "data", "period", "as_of", "product", "state")

_LONGEST_TEXT = 200
_LONGEST_PATH = 4096
_HOSTILE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True)
class ReportParameters:
    """What one report is made from.

    Attributes
    ----------
    kind : str
        ``monthly`` or ``quarterly``; names the notebook.
    book : pathlib.Path
        The folder that holds ``book.toml``, absolute.
    data : pathlib.Path, optional
        The folder source paths are relative to, absolute; the book's own where None.
    period : str
        A month (``2011-06``) or a fiscal quarter (``2011Q2``), after `kind`.
    as_of : datetime.date, optional
        Only rows known by then count; the latest in the input where None.
    product : str, optional
        One product, always text: the code ``007`` is not the number 7.
    state : pathlib.Path, optional
        Where comments and decisions are kept, absolute; the book's own where None.
    """

    kind: Kind
    book: Path
    data: Path | None
    period: str
    as_of: date | None
    product: str | None
    state: Path | None = None

    def for_notebook(self) -> dict[str, str | None]:
        """Return the values the notebook runs with, each text or None."""
        return {
            "book": str(self.book),
            "data": None if self.data is None else str(self.data),
            "period": self.period,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "product": self.product,
            "state": None if self.state is None else str(self.state),
        }

    def for_readers(self, entity: str) -> dict[str, str | None]:
        """Return the values a report prints: no folder of this machine among them."""
        return self.for_notebook() | {
            "book": entity,
            "data": None if self.data is None else "data",
            "state": None if self.state is None else "state",
        }


def check(kind: object, values: Mapping[str, object]) -> ReportParameters:
    """Check a report's parameters against what its notebook declares.

    Parameters
    ----------
    kind : object
        ``monthly`` or ``quarterly``.
    values : mapping
        Values by parameter name: ``book``, ``data``, ``period``, ``as_of``, ``product``,
        ``state``.

    Returns
    -------
    ReportParameters
        Every value typed and every path absolute.

    Raises
    ------
    ParameterError
        If a name is not declared, or a value is missing, of the wrong type or form, or holds
        characters that do not print.

    Notes
    -----
    Papermill writes a parameter's name into the notebook as code, guesses the type of values
    given as text and only remarks on unknown names, so nothing reaches it unchecked.

    Examples
    --------
    >>> check("monthly", {"book": "books/atlas", "period": "2026-06", "product": "007"}).product
    '007'
    >>> check("monthly", {"book": "books/atlas", "period": "June"})
    Traceback (most recent call last):
    pfkit.errors.ParameterError: parameter period: 'June' is not a month such as 2011-06
      -> A monthly report takes a month such as 2011-06.
    """
    if not _is_kind(kind):
        raise ParameterError(
            f"there is no {kind!r} report",
            where="pfkit run",
            advice=near_miss(str(kind), KINDS, noun="report"),
        )
    for name in values:
        if name not in NAMES:
            raise ParameterError(
                f"{name!r} is not a parameter",
                where=f"the {kind} report",
                advice=near_miss(str(name), NAMES, noun="parameter"),
            )
    if values.get("book") is None or values.get("period") is None:
        missing = "book" if values.get("book") is None else "period"
        raise ParameterError(
            f"{missing} is missing",
            where=f"the {kind} report",
            advice=f"Give it as --{missing}, or as {missing}= in pf.run.",
        )
    return ReportParameters(
        kind=kind,
        book=_path("book", values["book"]),
        data=_optional(_path, "data", values.get("data")),
        period=_period(kind, values["period"]),
        as_of=_optional(_date, "as_of", values.get("as_of")),
        product=_optional(_text, "product", values.get("product")),
        state=_optional(_path, "state", values.get("state")),
    )


def slug(text: str) -> str:
    """Return a folder name for a text: letters, digits and hyphens, never a path.

    Examples
    --------
    >>> slug("Data Platform (EU)"), slug("../../etc")
    ('data-platform-eu', 'etc')
    """
    folded = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60].strip("-")
    if name:
        return name
    return "x" + "-".join(f"{ord(letter):x}" for letter in text[:12])


def _is_kind(kind: object) -> TypeGuard[Kind]:
    return isinstance(kind, str) and kind in KINDS


def _optional(read: Callable[[str, object], _Value], name: str, value: object) -> _Value | None:
    return None if value is None else read(name, value)


def _text(name: str, value: object, *, longest: int = _LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        raise ParameterError(
            f"{value!r} is {type(value).__name__}, not text",
            where=f"parameter {name}",
            advice="Codes are text: write '007' in quotes, so that no digit is lost.",
        )
    strange = next((mark for mark in value if unicodedata.category(mark) in _HOSTILE), None)
    if strange is not None:
        raise ParameterError(
            f"the value holds the character U+{ord(strange):04X}, which does not print",
            where=f"parameter {name}",
            advice="Type the value again instead of pasting it.",
        )
    if not value.strip() or len(value) > longest:
        raise ParameterError(
            f"the value has {len(value)} characters",
            where=f"parameter {name}",
            advice=f"Give between 1 and {longest} characters, not only spaces.",
        )
    return value


def _path(name: str, value: object) -> Path:
    plain = fspath(value) if isinstance(value, PathLike) else value
    return Path(_text(name, plain, longest=_LONGEST_PATH)).expanduser().absolute()


def _period(kind: Kind, value: object) -> str:
    text = _text("period", value)
    form, example = KINDS[kind]
    if form.fullmatch(text) is None:
        raise ParameterError(
            f"{text!r} is not {example}",
            where="parameter period",
            advice=f"A {kind} report takes {example}.",
        )
    return text


def _date(name: str, value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return read_day(_text(name, value), where=f"parameter {name}")
