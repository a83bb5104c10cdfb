"""What a text says as a day or a moment: every reading it allows, and why it is none."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_SHORT: Final = {"sept": 9} | {name[:3]: at for at, name in enumerate(_MONTHS, start=1)}
_NAMED: Final = _SHORT | {name: at for at, name in enumerate(_MONTHS, start=1)}
_SEP: Final = r"\s*[-/. ,]?\s*"
_NAME: Final = r"([A-Za-z]{3,9})\.?"
_ORDINAL: Final = r"(?:st|nd|rd|th)?"
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_COMPACT: Final = re.compile(r"([0-9]{8})")
_SERIAL: Final = re.compile(r"([0-9]{5})(?:\.([0-9]+))?")
_EPOCH: Final = re.compile(r"[0-9]{10}|[0-9]{13}")
_DAY_NAME: Final = re.compile(
    rf"([0-9]{{1,2}}){_ORDINAL}{_SEP}{_NAME}{_SEP}([0-9]{{4}}|'?[0-9]{{2}})"
)
_NAME_DAY: Final = re.compile(rf"{_NAME}{_SEP}([0-9]{{1,2}}){_ORDINAL}\s*[-/., ]\s*([0-9]{{4}})")
_YEAR_NAME: Final = re.compile(rf"([0-9]{{4}}){_SEP}{_NAME}{_SEP}([0-9]{{1,2}})")
_WEEKDAY: Final = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+", re.IGNORECASE
)
_CLOCK: Final = re.compile(
    r"(?P<day>.*?[0-9A-Za-z])(?:[T,]?\s*|\s+)"
    r"(?<![0-9])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?|[A-Z]{2,5}|[A-Z][a-z]+/[A-Za-z_]+)?",
    re.DOTALL,
)
_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})?")
_UTC: Final = frozenset({"Z", "z", "UTC", "GMT"})
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_SERIAL_START: Final = dt.date(1899, 12, 30)
_MOON: Final = 60  # the spreadsheet's day 60 is a 29 February 1900 that never was


@dataclass(frozen=True)
class DayText:
    """A text taken apart as a day, with its time of day where it has one.

    Parameters
    ----------
    readings : dict of str to datetime.date
        The day for each order (``day first``, ``month first``, ``year first``) that fits;
        ``plain`` where no order is in doubt; empty when it is no day.
    form : str
        How it is written, as a repair names it; empty for the plain form ``2026-01-31``.
    time : datetime.time or None
        The time of day.
    offset : datetime.timedelta or None
        Hours east of UTC, where the text says so.
    reason : str
        Why it is no day, or empty.
    """

    readings: dict[str, dt.date]
    form: str = ""
    time: dt.time | None = None
    offset: dt.timedelta | None = None
    reason: str = ""

    @property
    def differs(self) -> bool:
        """Whether it reads as different days."""
        return len(set(self.readings.values())) > 1

    @property
    def proves(self) -> str:
        """The only order it can be read in, empty where none is in doubt or several fit."""
        order = next(iter(self.readings), "")
        return order if len(self.readings) == 1 and order != "plain" else ""


def day_text(text: str) -> DayText:
    """Take a text apart as a day or a moment.

    Parameters
    ----------
    text : str
        As it stands in a file.

    Examples
    --------
    >>> {order: day.isoformat() for order, day in day_text("03/04/2026").readings.items()}
    {'day first': '2026-04-03', 'month first': '2026-03-04'}
    >>> day_text("13/04/2026").proves
    'day first'
    >>> day_text("31/02/2026").reason
    '31 February 2026 does not exist'
    """
    bare = " ".join(text.replace("\u00a0", " ").split())
    if not bare:
        return DayText({}, reason="it is empty")
    if _EPOCH.fullmatch(bare):
        return _epoch(bare)
    clock = _CLOCK.fullmatch(bare) if ":" in bare else None
    if clock is None:
        return _day(bare)
    day = _day(clock["day"].rstrip("T, "))
    time, reason = _time(clock)
    if time is None:
        return DayText({}, reason=day.reason or reason)
    offset, reason = _offset(clock["zone"])
    if reason:
        return DayText({}, reason=reason)
    form = day.form or ("time with AM or PM" if clock["half"] else "")
    return DayText(day.readings, form, time, offset, day.reason)


def _epoch(bare: str) -> DayText:
    seconds = int(bare) / (1 if len(bare) == 10 else 1000)  # noqa: PLR2004 (digits of a second count)
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    reason = _implausible(moment.date())
    readings = {} if reason else {"plain": moment.date()}
    return DayText(readings, "seconds since 1970", moment.time(), dt.timedelta(0), reason)


def _time(clock: re.Match[str]) -> tuple[dt.time | None, str]:
    hour, minute, second = int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0)
    shown = f"{clock['hour']}:{clock['minute']}" + (
        f":{clock['second']}" if clock["second"] else ""
    )
    if clock["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 (hours on a clock face)
            return None, f"there is no time {shown} {clock['half']}"
        hour = hour % 12 + (12 if clock["half"][0] in "pP" else 0)
    try:
        return dt.time(hour, minute, second, int((clock["part"] or "0").ljust(6, "0")[:6])), ""
    except ValueError:
        return None, f"there is no time {shown}"


def _offset(zone: str | None) -> tuple[dt.timedelta | None, str]:
    if not zone:
        return None, ""
    if zone in _UTC:
        return dt.timedelta(0), ""
    if found := _OFFSET.fullmatch(zone):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > 14 or minutes > 59:  # noqa: PLR2004 (the widest offset there is, and an hour)
            return None, f"there is no offset {zone}"
        size = dt.timedelta(hours=hours, minutes=minutes)
        return (-size if found[1] == "-" else size), ""
    return None, f"the zone {zone} is a name, which may mean several offsets"


def _day(bare: str) -> DayText:
    bare = _WEEKDAY.sub("", bare) if _WEEKDAY.match(bare) else bare
    if found := _YEAR_FIRST.fullmatch(bare):
        form = "" if found[2] == "-" and len(bare) == 10 else f"year first with {found[2]}"  # noqa: PLR2004
        return _one(int(found[1]), int(found[3]), int(found[4]), form)
    if found := _YEAR_LAST.fullmatch(bare):
        return _in_doubt(found[1], found[3], found[4], found[2])
    if found := _COMPACT.fullmatch(bare):
        return _compact(found[1])
    if found := _SERIAL.fullmatch(bare):
        return _serial(found)
    return _with_name(bare)


def _one(year: int, month: int, day: int, form: str) -> DayText:
    value, reason = _date(year, month, day)
    return DayText({} if value is None else {"plain": value}, form, reason=reason)


def _date(year: int, month: int, day: int) -> tuple[dt.date | None, str]:
    if not 1 <= month <= len(_MONTHS):
        return None, f"there is no month {month}"
    name = _MONTHS[month - 1].title()
    try:
        value = dt.date(year, month, day)
    except ValueError:
        return None, f"{day} {name} {year} does not exist"
    reason = _implausible(value)
    return (None, reason) if reason else (value, "")


def _implausible(value: dt.date) -> str:
    if _FIRST_YEAR <= value.year <= _LAST_YEAR:
        return ""
    return f"the year {value.year:04d} is out of reach of any ledger"


def _in_doubt(first: str, second: str, third: str, mark: str) -> DayText:
    """Read three numbers whose order is not said: by every order that gives a day."""
    short = len(third) == 2  # noqa: PLR2004 (a year of two digits)
    year = int(third) + (2000 if short else 0)
    orders = {
        "day first": (year, int(second), int(first)),
        "month first": (year, int(first), int(second)),
    }
    if short and mark == "-" and len(first) == len(third):
        orders["year first"] = (2000 + int(first), int(second), int(third))
    readings: dict[str, dt.date] = {}
    reasons: list[str] = []
    for order, parts in orders.items():
        value, reason = _date(*parts)
        if value is None:
            reasons.append(reason)
        else:
            readings[order] = value
    label = {" ": "spaces", "-": "hyphens", "/": "slashes", ".": "dots"}[mark]
    form = f"{'two-digit year' if short else 'numbers'} with {label}"
    reason = "" if readings else _clearest(reasons)
    return DayText(readings, form, reason=reason)


def _clearest(reasons: list[str]) -> str:
    """Return the reason that speaks of a day, where one order fails on its month only."""
    missing = [reason for reason in reasons if "does not exist" in reason]
    return (missing or reasons)[0]


def _compact(digits: str) -> DayText:
    value, reason = _date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if value is not None:
        return DayText({"plain": value}, "compact 20260131")
    turned = _in_doubt(digits[:2], digits[2:4], digits[4:], "-")
    if turned.readings:
        return DayText(turned.readings, "compact 31012026")
    return DayText({}, reason=reason)


def _serial(found: re.Match[str]) -> DayText:
    count = int(found[1])
    if count <= _MOON:
        return DayText({}, reason="it is no day number of a spreadsheet")
    day = _SERIAL_START + dt.timedelta(days=count)
    reason = _implausible(day)
    if reason:
        return DayText({}, reason=reason)
    time = None
    if found[2]:
        seconds = round(float(f"0.{found[2]}") * 86400)
        minutes, second = divmod(min(seconds, 86399), 60)
        time = dt.time(minutes // 60, minutes % 60, second)
    return DayText({"plain": day}, "spreadsheet day number", time)


def _with_name(bare: str) -> DayText:
    for pattern, places in (
        (_DAY_NAME, (3, 2, 1)),
        (_NAME_DAY, (3, 1, 2)),
        (_YEAR_NAME, (1, 2, 3)),
    ):
        found = pattern.fullmatch(bare)
        if found is None:
            continue
        year, name, day = (found[place] for place in places)
        month = _NAMED.get(name.lower())
        if month is None:
            return DayText({}, reason=f"{name!r} is no month's name in English")
        digits = year.lstrip("'")
        full = int(digits) + (2000 if len(digits) == 2 else 0)  # noqa: PLR2004
        return _one(full, month, int(day), "month in letters")
    return DayText({}, reason="it is no date")


def month_number(name: str) -> int | None:
    """Return the number of a month from its English name, None where it is none.

    Examples
    --------
    >>> month_number("Sept"), month_number("march"), month_number("Total")
    (9, 3, None)
    """
    return _NAMED.get(name.strip().rstrip(".").lower())


def both(found: DayText) -> str:
    """Return the readings of a day, for a message.

    Examples
    --------
    >>> both(day_text("03/04/2026"))
    '2026-04-03 (day first) or 2026-03-04 (month first)'
    """
    return " or ".join(f"{day.isoformat()} ({order})" for order, day in found.readings.items())
