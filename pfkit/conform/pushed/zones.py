"""Moments in the company's time zone, by offsets written out: engines know zones differently."""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import ibis

from pfkit.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.datatypes import DataType

_FIRST, _LAST = 1990, 2060
_HOUR: Final = dt.timedelta(hours=1)


def local(value: Any, kind: DataType, *, zone: str, own: str, where: str) -> Any:  # noqa: ANN401
    """Return a moment as the clocks of the company's zone show it.

    Parameters
    ----------
    value : ibis.expr.types.TimestampValue
        A moment.
    kind : ibis.expr.datatypes.DataType
        Its type: with a zone it is a moment of UTC, without one it is local already.
    zone : str
        The company's zone; empty for UTC.
    own : str
        The zone that the source declares for moments without one.
    where : str
        Where the book says it, for the error.

    Raises
    ------
    BookError
        If a moment without a zone is of another zone than the company's.
    """
    company = zone or "UTC"
    if getattr(kind, "timezone", None) is None:
        if own not in {"", company}:
            raise BookError(
                f"moments without a zone are of {own}, and the company's are of {company}",
                where=where,
                advice="Give them their zone in the query of the source, or leave `push` out.",
            )
        return value
    return _since(value, kind, offsets(company))


@functools.cache
def offsets(zone: str) -> tuple[tuple[dt.datetime, int], ...]:
    """Return since when (in UTC) a zone is how many seconds from UTC, from 1990 to 2060.

    Examples
    --------
    >>> offsets("UTC")
    ((datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), 0),)
    >>> [str(when)[:16] for when, seconds in offsets("Europe/Paris") if when.year == 2026]
    ['2026-03-29 01:00', '2026-10-25 01:00']
    """
    place = ZoneInfo(zone)
    at = dt.datetime(_FIRST, 1, 1, tzinfo=dt.UTC)
    found = [(at, _offset(at, place))]
    while at.year < _LAST:
        following = at + dt.timedelta(days=7)
        if _offset(following, place) != found[-1][1]:
            low, high = at, following
            while high - low > dt.timedelta(minutes=1):
                middle = low + (high - low) / 2
                same = _offset(middle, place) == found[-1][1]
                low, high = (middle, high) if same else (low, middle)
            change = high.replace(second=0, microsecond=0)
            found.append((change, _offset(high, place)))
        at = following
    return tuple(found)


def _since(value: Any, kind: DataType, changes: Sequence[tuple[dt.datetime, int]]) -> Any:  # noqa: ANN401
    """Return a moment moved by the offset of its time, found by halves: few comparisons a row."""
    if len(changes) == 1:
        return _moved(value, changes[0][1])
    middle = len(changes) // 2
    before = value < ibis.literal(changes[middle][0], type=kind)
    earlier, later = (_since(value, kind, half) for half in (changes[:middle], changes[middle:]))
    return ibis.cases((before, earlier), else_=later)


def _offset(moment: dt.datetime, place: ZoneInfo) -> int:
    offset = moment.astimezone(place).utcoffset() or dt.timedelta()
    return int(offset.total_seconds())


def _moved(value: Any, seconds: int) -> Any:  # noqa: ANN401
    """Return a moment moved by seconds, without a zone."""
    return value if seconds == 0 else value + ibis.interval(seconds=seconds)
