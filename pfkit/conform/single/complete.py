"""What a file should hold and does not: months of a plan, weekdays of rates; and lines twice."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows

_LEAST: Final = 4
_DAILY: Final = 0.6
_SHOWN: Final = 5
_MANY: Final = 10
_SPARSE: Final = 4
_MOSTLY: Final = 0.8
_CARRY: Final = 7
_WEEK: Final = 5
#: Days without rates at the euro's central bank: 1 January, 1 May, 25 and 26 December.
_CLOSED: Final = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})


def warn_missing_months(rows: Rows) -> None:
    """Warn of months that lines of a plan leave out between those they have, or the period has."""
    if "period" not in rows.texts:
        return
    lines: dict[tuple[str, ...], dict[str, int]] = {}
    for row in rows.alive():
        month, span = rows.text("period", row), rows.text("span", row)
        if len(month) == len("2026-01") and span in {"", "month"}:
            lines.setdefault(_line(rows, row), {}).setdefault(month, row)
    lacking: dict[str, list[int]] = {}
    for found in lines.values():
        if len(found) < _LEAST:
            continue
        for month in _months(rows, min(found), max(found)):
            if month not in found:
                lacking.setdefault(month, []).append(found[max(found)])
    for month, places in sorted(lacking.items()):
        count = len(places)
        rows.warn(
            places[0],
            "missing month",
            "period",
            month,
            f"{month} is missing for {count} of {len(lines)} lines, such as "
            f"{' '.join(part for part in _line(rows, places[0]) if part)}",
            "Add the month, with zero where nothing is planned.",
        )


def warn_missing_stretch(rows: Rows, column: str) -> None:
    """Warn of months without a row between months with many.

    Quarterly and yearly files leave out months by their nature: only a few months may be missing,
    and each that is there must have rows enough that none can be empty by chance.
    """
    months: dict[str, list[int]] = {}
    for row in rows.alive():
        if month := rows.text(column, row)[:7]:
            months.setdefault(month, []).append(row)
    dense = sorted(month for month, found in months.items() if len(found) >= _MANY)
    if len(dense) < _LEAST:
        return
    first, last = (int(label[:4]) * 12 + int(label[5:7]) - 1 for label in (dense[0], dense[-1]))
    span = [f"{at // 12}-{at % 12 + 1:02d}" for at in range(first, last + 1)]
    lacking = [month for month in span if month not in months]
    if not lacking or _SPARSE * len(lacking) > len(dense) or len(dense) < _MOSTLY * len(months):
        return
    for month in lacking:
        after = min(label for label in dense if label > month)
        before = max(label for label in dense if label < month)
        rows.warn(
            months[after][0],
            "missing month",
            column,
            month,
            f"there is no row in {month}, but {len(months[before]):,} in {before} and "
            f"{len(months[after]):,} in {after}",
            "Export the month, if it was left out.",
        )


def _months(rows: Rows, first: str, last: str) -> list[str]:
    if rows.span is not None:
        first, last = f"{rows.span.first:%Y-%m}", f"{rows.span.last:%Y-%m}"
    start, stop = (int(label[:4]) * 12 + int(label[5:7]) - 1 for label in (first, last))
    return [f"{at // 12}-{at % 12 + 1:02d}" for at in range(start, stop + 1)]


def _line(rows: Rows, row: int) -> tuple[str, ...]:
    names = ("version", "product", "cost_center", "line", "account")
    return tuple(rows.text(name, row) for name in names)


def warn_lines_again(rows: Rows) -> None:
    """Warn of a line and month that stand twice with different amounts; both count."""
    if rows.origin or "period" not in rows.texts:
        return
    seen: dict[tuple[str, ...], int] = {}
    for row in rows.alive():
        key = (*_line(rows, row), rows.text("period", row), rows.text("owner", row))
        first = seen.setdefault(key, row)
        if first == row or rows.amounts[first] == rows.amounts[row]:
            continue
        rows.warn(
            row,
            "line repeated",
            "period",
            rows.text("period", row),
            f"the same line and month stand on {rows.places[first]} with another amount "
            f"({rows.amounts[first]} and {rows.amounts[row]}); both count",
            "Keep one, or give the two lines names of their own.",
        )


def warn_missing_weekdays(rows: Rows) -> None:
    """Warn of weekdays without a rate in a file of daily rates, but for common holidays."""
    series: dict[str, dict[dt.date, int]] = {}
    for row in rows.alive():
        day = rows.text("date", row)[:10]
        if day:
            name = rows.text("currency", row)
            series.setdefault(name, {}).setdefault(dt.date.fromisoformat(day), row)
    for name, found in series.items():
        first, last = min(found), max(found)
        span = [first + dt.timedelta(days=at) for at in range((last - first).days + 1)]
        weekdays = [day for day in span if day.weekday() < _WEEK]
        if len(found) <= _LEAST or len(found) < _DAILY * len(weekdays):
            continue
        days = sorted(found)
        long = [
            (before, after) for before, after in pairwise(days) if (after - before).days > _CARRY
        ]
        # A gap that no rate may be carried over has a warning of its own.
        lacking = [
            day
            for day in weekdays
            if day not in found
            and not _is_closed(day)
            and not any(before < day < after for before, after in long)
        ]
        if lacking:
            shown = ", ".join(day.isoformat() for day in lacking[:_SHOWN])
            more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
            following = min((day for day in days if day > lacking[0]), default=last)
            rows.warn(
                found[following],
                "missing days",
                "date",
                lacking[0].isoformat(),
                f"{name or 'the rate'}: no rate on {shown}{more}, weekdays among daily rates; "
                "the last one is carried over",
                "Add them, unless they were holidays.",
            )


def _is_closed(day: dt.date) -> bool:
    easter = _easter(day.year)
    around = {easter - dt.timedelta(days=2), easter + dt.timedelta(days=1)}
    return (day.month, day.day) in _CLOSED or day in around


def _easter(year: int) -> dt.date:
    """Return Easter Sunday.

    References
    ----------
    .. [1] J. Meeus, *Astronomical Algorithms*, ch. 8 (the method of 1876)

    Examples
    --------
    >>> _easter(2026).isoformat(), _easter(2025).isoformat()
    ('2026-04-05', '2025-04-20')
    """
    golden, century, rest = year % 19, year // 100, year % 100
    leap = (century + 8) // 25
    epact = (19 * golden + century - century // 4 - (century - leap + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)
