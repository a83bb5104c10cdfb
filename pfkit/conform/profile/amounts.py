"""Number columns, read by the one decimal mark that all of them allow."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pfkit.conform import numbers
from pfkit.conform.profile.reading import ENOUGH, FEW, Distinct, Doubt, Notes, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

_CERTAIN: Final = re.compile(r"-?([0-9]{4,}|0)?\.[0-9]+|-?[0-9]+(\.([0-9]{1,2}|[0-9]{4,}))?")
_TYPED: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?")


def read_numbers(
    columns: Mapping[str, pa.ChunkedArray],
    *,
    typed: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    empty: frozenset[str] = frozenset(),
) -> Reading:
    """Read number columns by the one decimal mark that fits them all.

    Parameters
    ----------
    columns : mapping of str to pyarrow.ChunkedArray
        Text columns of one file; they prove the mark together.
    typed : mapping of str to numpy.ndarray
        For a column, which rows hold numbers the file itself marks as such: no mark is in doubt.
    empty : frozenset of str
        Columns in which a dash stands for nothing.

    Returns
    -------
    Reading
        The columns in plain form, or the doubt.
    """
    known = typed or {}
    parts = [Distinct.of(name, values, known.get(name)) for name, values in columns.items()]
    found = {part.column: [_numeral(*pair) for pair in _pairs(part)] for part in parts}
    decimal, doubt = _decimal(parts, found)
    if doubt is not None:
        return Reading(doubt=doubt)
    plain: dict[str, pa.Array] = {}
    notes = Notes()
    for part in parts:
        texts = [
            _number(part, at, found[part.column][at], decimal, notes, empty)
            for at in range(len(part.texts))
        ]
        plain[part.column] = part.rebuilt(texts)
    return Reading(plain, notes.repairs(), tuple(notes.faults), None, notes.signs)


def _pairs(part: Distinct) -> list[tuple[str | None, bool]]:
    return list(zip(part.texts, part.typed, strict=True))


def _numeral(text: str | None, typed: bool) -> numbers.Numeral | None:  # noqa: FBT001
    """Return None for what needs no look: nothing, or a number no mark is in doubt of."""
    if text is None or not text.strip():
        return None
    if typed and _TYPED.fullmatch(text):
        return None
    if _CERTAIN.fullmatch(text):
        # 1234.5 proves the point as decimal mark; a whole number proves nothing.
        return _POINT if "." in text else None
    return numbers.numeral(text)


#: Stands for any number that only a decimal point explains.
_POINT: Final = numbers.Numeral({".": Decimal(0)})


def _decimal(
    parts: Sequence[Distinct], found: Mapping[str, list[numbers.Numeral | None]]
) -> tuple[str, Doubt | None]:
    proofs: dict[str, list[tuple[Distinct, int]]] = {".": [], ",": []}
    unsure: list[tuple[Distinct, int]] = []
    weight = {".": 0, ",": 0}
    typed = any(kind and text for part in parts for text, kind in _pairs(part))
    for part in parts:
        for at, read in enumerate(found[part.column]):
            if read is None or not part.counts[at]:
                continue
            if read.proves:
                proofs[read.proves].append((part, at))
                weight[read.proves] += int(part.counts[at])
            elif read.differs:
                unsure.append((part, at))
    if proofs["."] and proofs[","]:
        return _contradiction(proofs, weight)
    if proofs["."] or proofs[","]:
        return ("." if proofs["."] else ","), None
    if not unsure:
        return ".", None
    part, at = min(unsure, key=lambda pair: int(pair[0].firsts[pair[1]]))
    text = str(part.texts[at])
    read = numbers.numeral(text)
    told = "a text among numbers, " if typed else ""
    return ".", Doubt(
        "ambiguous number",
        int(part.firsts[at]),
        part.column,
        text,
        f"{part.column} {text!r} is {told}{numbers.both(read)}; nothing in the file tells which",
        "Export with two decimals, or declare decimal and thousands in a book.",
    )


def _contradiction(
    proofs: Mapping[str, list[tuple[Distinct, int]]], weight: Mapping[str, int]
) -> tuple[str, Doubt | None]:
    major, minor = (".", ",") if weight["."] >= weight[","] else (",", ".")
    if weight[minor] < FEW * weight[major] and weight[major] >= ENOUGH:
        return major, None
    first = {
        mark: min(proofs[mark], key=lambda pair: int(pair[0].firsts[pair[1]])) for mark in proofs
    }
    (part, at), (other, there) = first[minor], first[major]
    text = str(part.texts[at])
    return major, Doubt(
        "contradictory numbers",
        int(part.firsts[at]),
        part.column,
        text,
        f"{part.column} {text!r} has {_named(minor)} as decimal mark, but {other.column} "
        f"{other.texts[there]!r} ({{row:{int(other.firsts[there])}}}) has {_named(major)}",
        "Export the file with one decimal mark.",
    )


def _named(mark: str) -> str:
    return "a point" if mark == "." else "a comma"


def _number(  # noqa: PLR0917 (one value, and what is known of it)
    part: Distinct,
    at: int,
    read: numbers.Numeral | None,
    decimal: str,
    notes: Notes,
    empty: frozenset[str],
) -> str | None:
    text = part.texts[at]
    if read is None or (read is _POINT and decimal == "."):
        return _exact(text, notes, part, at)
    if text is None or not part.counts[at]:
        return text
    if read is _POINT:
        read = numbers.numeral(text)
    if part.column in empty and text.strip() in {"-", "–", "—"}:
        notes.repair("dash for nothing", part, at, "")
        return None
    if not read.readings:
        notes.fault(part, at, read.reason)
        return text
    if decimal not in read.readings:
        other = _named("," if decimal == "." else ".")
        reason = f"it has {other} as decimal mark, against {_named(decimal)} in the other rows"
        notes.fault(part, at, reason)
        return text
    value = numbers.plain(read.readings[decimal])
    for rule in read.marks(decimal):
        notes.repair(rule, part, at, value)
    if read.sign:
        notes.signs |= dict.fromkeys(part.rows(at), read.sign)
    return value


def _exact(text: str | None, notes: Notes, part: Distinct, at: int) -> str | None:
    """Return a typed number without its exponent."""
    if text is None or not text.strip():
        return None
    if "e" not in text.lower():
        return text
    try:
        return numbers.plain(Decimal(text))
    except ArithmeticError:
        notes.fault(part, at, "it is no number")
        return text
