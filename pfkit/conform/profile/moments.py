"""Columns of days and moments, read by the one order of day and month that fits."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from pfkit.conform import days
from pfkit.conform.profile.reading import ENOUGH, FEW, Distinct, Doubt, Notes, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

_ISO: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?Z?)?"
)
_DAY_LENGTH: Final = len("2026-01-31")


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
    part = Distinct.of(column, values, None)
    found = [None if _is_plain(text, moments=moments) else _day(text) for text in part.texts]
    order, doubt, unsettled = _order(part, found)
    if doubt is not None:
        return Reading(doubt=doubt)
    notes = Notes()
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
    part: Distinct, found: Sequence[days.DayText | None]
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
    if not unsure or all(_dotted(found[at]) for at in unsure):
        return "day first", None, frozenset()
    count = sum(int(part.counts[at]) for at in unsure)
    sure = sum(int(part.counts[at]) for at in live) - count
    if count < FEW * sure and sure >= ENOUGH:
        return "", None, frozenset(unsure)
    at = min(unsure, key=lambda place: int(part.firsts[place]))
    return "", _ambiguous_day(part, at, found[at]), frozenset()


def _dotted(read: days.DayText | None) -> bool:
    """Return whether a day is written 31.01.2026: no country writes the month first with dots."""
    return read is not None and read.form == "numbers with dots"


def _ambiguous_day(part: Distinct, at: int, read: days.DayText | None) -> Doubt:
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


def _contradictory_days(part: Distinct, proofs: Mapping[str, int]) -> Doubt:
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


def _zoned(part: Distinct, found: Sequence[days.DayText | None]) -> frozenset[int]:
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
    part: Distinct, at: int, read: days.DayText, order: str, notes: Notes, *, moments: bool
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
