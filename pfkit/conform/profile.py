"""How the columns of a file are written: the one reading that fits them, or the doubt left."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from pfkit.conform import days, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

#: Below this share, values that contradict the rest are held back row by row.
_FEW: Final = 0.1
_ENOUGH: Final = 10
_CERTAIN: Final = re.compile(r"-?([0-9]{4,}|0)?\.[0-9]+|-?[0-9]+(\.([0-9]{1,2}|[0-9]{4,}))?")
_TYPED: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?")
_ISO: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?Z?)?"
)
_DAY_LENGTH: Final = len("2026-01-31")


@dataclass(frozen=True)
class Repair:
    """One way of writing that was understood: what, how often, and an example."""

    rule: str
    column: str
    count: int
    row: int
    example: str


@dataclass(frozen=True)
class Fault:
    """A value that cannot be read, and why."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Doubt:
    """Why a whole column cannot be read without a guess."""

    rule: str
    row: int
    column: str
    value: str
    message: str
    advice: str


@dataclass(frozen=True)
class Reading:
    """The columns in plain form, and what was understood on the way.

    Parameters
    ----------
    columns : dict of str to pyarrow.Array
        Numbers as ``-1234.5``, days as ``2026-01-31``; what cannot be read stays as it is.
    repairs : tuple of Repair
        What was understood.
    faults : tuple of Fault
        Values that cannot be read.
    doubt : Doubt or None
        Set when the columns allow several readings, or contradict themselves.
    signs : dict of int to str
        Rows whose number carries a currency's sign or code.
    """

    columns: dict[str, pa.Array] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()
    faults: tuple[Fault, ...] = ()
    doubt: Doubt | None = None
    signs: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Distinct:
    """The different texts of a column, with how often and where first."""

    column: str
    texts: list[str | None]
    typed: list[bool]
    places: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    firsts: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls, column: str, values: pa.ChunkedArray, typed: npt.NDArray[np.bool_] | None
    ) -> _Distinct:
        encoded = values.combine_chunks().dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        places = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
        places = places.astype(np.int64)
        texts.append(None)
        if typed is not None and typed.any():
            places = places * 2 + typed
            kept, places = np.unique(places, return_inverse=True)
            shown = [texts[at // 2] for at in kept]
            kinds = [bool(at % 2) for at in kept]
        else:
            shown, kinds = texts, [False] * len(texts)
        counts = np.bincount(places, minlength=len(shown))
        firsts = np.full(len(shown), len(places), dtype=np.int64)
        np.minimum.at(firsts, places, np.arange(len(places)))
        return cls(column, shown, kinds, places, counts, firsts)

    def rebuilt(self, texts: Sequence[str | None]) -> pa.Array:
        """Return the column with every different text replaced."""
        return pa.array(texts, pa.string()).take(pa.array(self.places))

    def rows(self, at: int) -> list[int]:
        """Return the rows that hold one of the texts."""
        return [int(row) for row in np.flatnonzero(self.places == at)]


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
    parts = [_Distinct.of(name, values, known.get(name)) for name, values in columns.items()]
    found = {part.column: [_numeral(*pair) for pair in _pairs(part)] for part in parts}
    decimal, doubt = _decimal(parts, found)
    if doubt is not None:
        return Reading(doubt=doubt)
    plain: dict[str, pa.Array] = {}
    notes = _Notes()
    for part in parts:
        texts = [
            _number(part, at, found[part.column][at], decimal, notes, empty)
            for at in range(len(part.texts))
        ]
        plain[part.column] = part.rebuilt(texts)
    return Reading(plain, notes.repairs(), tuple(notes.faults), None, notes.signs)


def _pairs(part: _Distinct) -> list[tuple[str | None, bool]]:
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
    parts: Sequence[_Distinct], found: Mapping[str, list[numbers.Numeral | None]]
) -> tuple[str, Doubt | None]:
    proofs: dict[str, list[tuple[_Distinct, int]]] = {".": [], ",": []}
    unsure: list[tuple[_Distinct, int]] = []
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
    proofs: Mapping[str, list[tuple[_Distinct, int]]], weight: Mapping[str, int]
) -> tuple[str, Doubt | None]:
    major, minor = (".", ",") if weight["."] >= weight[","] else (",", ".")
    if weight[minor] < _FEW * weight[major] and weight[major] >= _ENOUGH:
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
    part: _Distinct,
    at: int,
    read: numbers.Numeral | None,
    decimal: str,
    notes: _Notes,
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


def _exact(text: str | None, notes: _Notes, part: _Distinct, at: int) -> str | None:
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


@dataclass
class _Notes:
    found: dict[tuple[str, str], list[int | str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    signs: dict[int, str] = field(default_factory=dict)

    def repair(self, rule: str, part: _Distinct, at: int, value: str) -> None:
        count, first = int(part.counts[at]), int(part.firsts[at])
        example = f"{part.texts[at]!r} read as {value}" if value else f"{part.texts[at]!r}"
        held = self.found.setdefault((rule, part.column), [0, first, example])
        held[0] = int(held[0]) + count
        if first < int(held[1]):
            held[1:] = [first, example]

    def fault(self, part: _Distinct, at: int, reason: str) -> None:
        text = part.texts[at] or ""
        self.faults += [Fault(row, part.column, text, reason) for row in part.rows(at)]

    def repairs(self) -> tuple[Repair, ...]:
        return tuple(
            Repair(rule, column, int(held[0]), int(held[1]), str(held[2]))
            for (rule, column), held in self.found.items()
        )


def read_days(column: str, values: pa.ChunkedArray, *, moments: bool = False) -> Reading:
    """Read a column of days, or of moments, by the one order that fits it.

    Parameters
    ----------
    column : str
        Its name, for messages.
    values : pyarrow.ChunkedArray
        Text.
    moments : bool
        Whether the time of day counts: then offsets are turned to UTC, and the day alone is kept
        otherwise.

    Returns
    -------
    Reading
        The column in plain form, or the doubt.
    """
    part = _Distinct.of(column, values, None)
    found = [None if _is_plain(text, moments=moments) else _day(text) for text in part.texts]
    order, doubt, unsettled = _order(part, found)
    if doubt is not None:
        return Reading(doubt=doubt)
    notes = _Notes()
    zoned = _zoned(part, found) if moments else frozenset()
    texts: list[str | None] = []
    for at, read in enumerate(found):
        text = part.texts[at]
        if at in zoned:
            notes.fault(part, at, _ZONE_REASONS[text is not None and _has_zone(text, read)])
        if read is None:
            texts.append(None if text is None or not text.strip() else text.rstrip("Zz"))
        elif not read.readings:
            notes.fault(part, at, read.reason)
            texts.append(text)
        elif at in unsettled:
            notes.fault(part, at, f"it may be {days.both(read)}")
            texts.append(text)
        else:
            texts.append(_written(part, at, read, order, notes, moments=moments))
    return Reading({column: part.rebuilt(texts)}, notes.repairs(), tuple(notes.faults))


_ZONE_REASONS: Final = (
    "it has no zone, while other rows of the column have one: its moment is not known",
    "it has a zone, while most rows of the column have none: they cannot be put in one order",
)


def _is_plain(text: str | None, *, moments: bool) -> bool:
    if text is None or not text.strip():
        return True
    if not _ISO.fullmatch(text):
        return False
    if len(text) > _DAY_LENGTH:
        return moments
    return _exists(text)


def _exists(text: str) -> bool:
    return bool(days.day_text(text).readings)


def _day(text: str | None) -> days.DayText | None:
    return None if text is None else days.day_text(text)


def _order(
    part: _Distinct, found: Sequence[days.DayText | None]
) -> tuple[str, Doubt | None, frozenset[int]]:
    """Return the order of day and month, or why there is none; and the texts it cannot settle."""
    live = [at for at in range(len(part.texts)) if part.counts[at] and part.texts[at] is not None]
    proofs: dict[str, int] = {}
    orders: set[str] | None = None
    unsure = []
    for at in live:
        read = found[at]
        if read is None or "plain" in read.readings or not read.readings:
            continue
        if read.proves:
            held = proofs.setdefault(read.proves, at)
            if part.firsts[at] < part.firsts[held]:
                proofs[read.proves] = at
        elif read.differs:
            unsure.append(at)
            orders = set(read.readings) if orders is None else orders & set(read.readings)
    if len(proofs) > 1:
        return "", _contradictory_days(part, proofs), frozenset()
    if proofs:
        return next(iter(proofs)), None, frozenset()
    if not unsure:
        return "day first", None, frozenset()
    count = sum(int(part.counts[at]) for at in unsure)
    sure = sum(int(part.counts[at]) for at in live) - count
    if count < _FEW * sure and sure >= _ENOUGH:
        return "", None, frozenset(unsure)
    at = min(unsure, key=lambda place: int(part.firsts[place]))
    return "", _ambiguous_day(part, at, found[at]), frozenset()


def _ambiguous_day(part: _Distinct, at: int, read: days.DayText | None) -> Doubt:
    text = str(part.texts[at])
    shown = "" if read is None else days.both(read)
    return Doubt(
        "ambiguous date",
        int(part.firsts[at]),
        part.column,
        text,
        f"{part.column} {text!r} is {shown}; no row of the file tells which",
        "Export days as 2026-01-31, or declare date_format in a book.",
    )


def _contradictory_days(part: _Distinct, proofs: Mapping[str, int]) -> Doubt:
    (order, at), (other, there) = sorted(
        proofs.items(), key=lambda item: int(part.firsts[item[1]]), reverse=True
    )[:2]
    text = str(part.texts[at])
    return Doubt(
        "contradictory dates",
        int(part.firsts[at]),
        part.column,
        text,
        f"{part.column} {text!r} is {order}, but {part.texts[there]!r} "
        f"({{row:{int(part.firsts[there])}}}) is {other}",
        "Export the whole file with one order; days as 2026-01-31 cannot be mistaken.",
    )


def _has_zone(text: str, read: days.DayText | None) -> bool:
    return text.endswith(("Z", "z")) if read is None else read.offset is not None


def _zoned(part: _Distinct, found: Sequence[days.DayText | None]) -> frozenset[int]:
    """Return the texts to hold back where some moments have a zone and others have none."""
    sides: dict[bool, list[int]] = {True: [], False: []}
    for at, (text, read) in enumerate(zip(part.texts, found, strict=True)):
        timed = text is not None and part.counts[at] and ":" in text
        if timed and (read is None or read.readings):
            sides[_has_zone(str(text), read)].append(at)
    if not sides[True] or not sides[False]:
        return frozenset()
    size = {side: sum(int(part.counts[at]) for at in sides[side]) for side in sides}
    return frozenset(sides[size[True] < size[False]])


def _written(
    part: _Distinct, at: int, read: days.DayText, order: str, notes: _Notes, *, moments: bool
) -> str | None:
    day = read.readings.get("plain") or read.readings.get(order)
    if day is None and len(set(read.readings.values())) == 1:
        day = next(iter(read.readings.values()))
    if day is None:
        reason = f"it is {days.both(read)}, but the column is {order}"
        notes.fault(part, at, reason)
        return part.texts[at]
    time = read.time
    shown = day.isoformat()
    if moments and time is not None:
        moment = dt.datetime.combine(day, time)
        if read.offset:
            moment -= read.offset
            notes.repair("time zone", part, at, f"{moment.isoformat(sep=' ')} UTC")
        shown = moment.isoformat(sep=" ")
    elif time is not None and (time != dt.time.min or read.offset):
        notes.repair("time of day left out", part, at, shown)
    if read.form:
        notes.repair(f"date as {read.form}", part, at, shown)
    return shown
