"""Why a value cannot be read as a book declares it, and what to do: both readings where two are."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from pfkit.conform import days, numbers

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source

_NUMBERS: Final = frozenset({"number", "money", "integer"})
_DATES: Final = frozenset({"date", "datetime", "month"})
_DEFAULT: Final = "Correct the value, or declare how the source writes it."
#: Whole digits the engine's exact types hold.
_ROOM: Final = {"money": 22, "number": 20, "integer": 18}
_DRESS: Final = {
    "parentheses": 'negatives = "parentheses"',
    "trailing minus": 'negatives = "trailing"',
    "currency sign": "symbols",
    "thousands space": 'thousands = " "',
    "thousands apostrophe": 'thousands = "\'"',
}


def unread(value: str, column: str, source: Source) -> str:
    """Return why a value of a source cannot be read, and what to declare or to correct.

    Parameters
    ----------
    value : str
        As it stands in the file.
    column : str
        The agreed column, or the source's own where its kind is declared in ``types``.
    source : Source
        The declaration.
    """
    kind = source.types.get(column) or (
        source.promise.column(column).kind if column in source.promise.names else "text"
    )
    if kind in _NUMBERS:
        why = _number(value, kind, source)
    elif kind in _DATES:
        why = _day(value, source)
    else:
        return _DEFAULT
    return f"{why[:1].upper()}{why[1:]}." if why else _DEFAULT


def _number(value: str, kind: str, source: Source) -> str:
    found = numbers.numeral(value)
    if found.reason.startswith("it is a percentage"):
        return "it is a percentage; declare percent = true, or correct the value"
    if not found.readings:
        return f"{found.reason}; correct the value"
    if found.differs:
        return f"it is {numbers.both(found)}; declare decimal and thousands, or correct the value"
    stated = next(iter(found.readings.values()))
    if source.decimal not in found.readings:
        mark = "," if source.decimal == "." else "."
        return (
            f"its decimal mark is {mark!r}, but {source.decimal!r} is declared: correct the value, "
            "or the declaration if all are so"
        )
    asked = [_DRESS[mark] for mark in found.marks(source.decimal) if mark in _DRESS]
    if "thousands mark" in found.marks(source.decimal) and not source.thousands:
        asked.append(f"thousands = {',' if source.decimal == '.' else '.'!r}".replace("'", '"'))
    if asked:
        return f"it reads as {numbers.plain(stated)} once {' and '.join(asked)} is declared"
    return _beyond(stated, kind)


def _beyond(value: Decimal, kind: str) -> str:
    try:
        whole = value.adjusted() + 1
    except InvalidOperation:
        return ""
    if whole > _ROOM[kind]:
        return f"it has {whole} whole digits, more than the {_ROOM[kind]} that are kept exactly"
    if kind == "integer" and value != int(value):
        return "it is no whole number; correct the value"
    return ""


def _day(value: str, source: Source) -> str:
    found = days.day_text(value)
    declared = source.date_format or "2026-01-31"
    form = declared if isinstance(declared, str) else " or ".join(declared)
    if not found.readings:
        return f"{found.reason}; correct the value"
    if found.differs:
        return f"it may be {days.both(found)}; declare date_format, or correct the value"
    day = next(iter(found.readings.values())).isoformat()
    return f"it is written otherwise than declared ({form}); as it stands it would be {day}"
