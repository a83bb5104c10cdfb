"""What exchange rates must keep by themselves: one a day, one direction, no jump, no gap."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.conform.single import everywhere
from pfkit.conform.single.complete import warn_missing_weekdays
from pfkit.conform.single.currencies import pair_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from pfkit.conform.single.rows import Rows

_CARRY: Final = 7
_DAILY: Final = 4
_LEAST: Final = 4
_NEAR: Final = 0.08
_APART: Final = 0.12
_TENFOLD: Final = 0.8
_WORKDAYS: Final = 5
#: Days in a row with one rate: longer than any holidays.
_STUCK: Final = 12
_MOVING: Final = 0.6
_FEW: Final = 0.1


def prepare(rows: Rows) -> None:
    """Drop the days of currencies the file never states, and tell what is not declared."""
    everywhere.warn_absent(rows)
    if rows.origin:
        _undeclared(rows)


def check(rows: Rows) -> None:
    """Look settled rates over."""
    everywhere.hold_outside(rows, "date", grace=_CARRY)
    everywhere.warn_far(rows, "date")
    _hold_repeats(rows)
    for series, found in _series(rows).items():
        found.sort(key=lambda row: rows.text("date", row))
        _inverse(rows, series, found)
        alive = [row for row in found if row not in rows.held]
        _jumps(rows, series, alive)
        _gaps(rows, series, alive)
        _stuck(rows, series, alive)
        _own(rows, series, alive)
    warn_missing_weekdays(rows)


def _named(rows: Rows, row: int) -> str:
    if rows.origin:
        return rows.origin[row]
    return (rows.stated["currency"][row] or "").strip().upper()


def _series(rows: Rows) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    kinds = rows.texts.get("kind")
    for row in rows.alive():
        name = _named(rows, row) + (f" {kinds[row]}" if kinds and kinds[row] else "")
        found.setdefault(name, []).append(row)
    return found


def _undeclared(rows: Rows) -> None:
    pairs = {own: pair_of(own) for own in rows.opened.form.wide}
    bare = [own for own, pair in pairs.items() if pair is not None and not pair.quote]
    if not bare:
        return
    own = bare[0]
    row = next((r for r in range(rows.count) if rows.origin[r] == own and _rate(rows, r) > 0), None)
    if row is None:
        return
    rate = _rate(rows, row)
    listed = ", ".join(bare[:8]) + (f" and {len(bare) - 8} more" if len(bare) > 8 else "")  # noqa: PLR2004
    rows.warn(
        row,
        "direction not declared",
        "rate",
        rows.stated["rate"][row] or "",
        f"{own} {rate:.6g} may be {own} per 1 unit of the reporting currency, or reporting "
        f"currency per 1 {own}: then the other way round it is {1 / rate:.6g}. Not declared for "
        f"{listed}; taken as reporting currency per 1 {own}",
        f"Name the column '{own} per EUR' or 'EUR per {own}' (with the reporting currency for "
        "EUR), or give date, currency, rate.",
    )


def _rate(rows: Rows, row: int) -> float:
    text = rows.text("rate", row)
    try:
        return float(text) if text and row not in rows.held else 0.0
    except ValueError:
        return 0.0


def _hold_repeats(rows: Rows) -> None:
    kinds = rows.texts.get("kind")
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows.alive():
        kind = (kinds[row] or "") if kinds else ""
        key = (rows.text("date", row), _named(rows, row), kind)
        first = seen.setdefault(key, row)
        if first == row:
            continue
        same = _rate(rows, first) == _rate(rows, row)
        told = "the same rate" if same else f"rate {rows.text('rate', first)}"
        rows.hold(
            row,
            "repeated key",
            "date",
            f"{key[0]} {key[1]}",
            f"{key[1]} on {key[0]} stands before, on {rows.places[first]}, with {told}",
            "Remove the repeat." if same else "Keep the right one of the two.",
        )


def _logs(rows: Rows, found: list[int]) -> npt.NDArray[np.float64]:
    rates = np.array([_rate(rows, row) for row in found], dtype=np.float64)
    return np.asarray(np.log10(rates))


def _inverse(rows: Rows, series: str, found: list[int]) -> None:
    """Hold back rates that are the others turned round."""
    if len(found) < _LEAST:
        return
    logs = _logs(rows, found)
    middle = float(np.median(logs))
    turned = (np.abs(logs + middle) < _NEAR) & (np.abs(logs - middle) > np.abs(logs + middle))
    turned &= np.abs(logs - middle) > max(_APART * abs(middle), 0.02)
    straight = np.abs(logs - middle) < _NEAR
    # Between 0.97 and 1.03 a rate and its inverse cannot be told apart by size.
    if abs(middle) < 0.0125 or not turned.any() or turned.sum() >= straight.sum():  # noqa: PLR2004
        return
    for at in np.flatnonzero(turned):
        row = found[int(at)]
        rate = _rate(rows, row)
        rows.hold(
            row,
            "inverse rate",
            "rate",
            rows.stated["rate"][row] or "",
            f"{series} {rate:.6g} on {rows.text('date', row)} is about 1 / {1 / rate:.6g}: the "
            f"other days are near {10**middle:.6g}",
            f"Turn it round, {1 / rate:.6g}, at the source.",
        )


def _jumps(rows: Rows, series: str, found: list[int]) -> None:
    if len(found) < _LEAST:
        return
    logs = _logs(rows, found)
    middle = float(np.median(logs))
    for at in np.flatnonzero(np.abs(logs - middle) > _TENFOLD):
        row = found[int(at)]
        factor = 10 ** (float(logs[at]) - middle)
        times = f"{factor:,.0f} times" if factor > 1 else f"1/{1 / factor:,.0f} of"
        rows.warn(
            row,
            "scale",
            "rate",
            rows.stated["rate"][row] or "",
            f"{series} {rows.stated['rate'][row]} on {rows.text('date', row)} is about {times} "
            f"the usual {10**middle:.6g}",
            "Check the decimal mark and the unit (per 1, per 100).",
        )


def _stuck(rows: Rows, series: str, found: list[int]) -> None:
    """Warn of a daily rate that moves nearly every day and then stands still for weeks."""
    rates = [_rate(rows, row) for row in found]
    if len(found) <= _STUCK:
        return
    starts = [at for at in range(len(rates)) if at == 0 or rates[at] != rates[at - 1]]
    runs = list(pairwise([*starts, len(rates)]))
    days = [dt.date.fromisoformat(rows.text("date", row)[:10]) for row in found]
    if (days[-1] - days[0]).days > _DAILY * len(days):
        return
    long = [(first, last) for first, last in runs if last - first >= _STUCK]
    moving = [(first, last) for first, last in runs if last - first < _STUCK]
    others = sum(last - first for first, last in moving)
    if not long or others < _STUCK or len(moving) < _MOVING * others:
        return
    for first, last in long:
        row = found[first]
        rows.warn(
            row,
            "rate stands still",
            "rate",
            rows.stated["rate"][row] or "",
            f"{series} is {rates[first]:.6g} on all {last - first} days from {days[first]} to "
            f"{days[last - 1]}, while it moves nearly every other day",
            "Check that the source was running.",
        )


def _own(rows: Rows, series: str, found: list[int]) -> None:
    """Warn of rates other than 1 where nearly all are 1: a currency in units of itself."""
    apart = [row for row in found if _rate(rows, row) != 1]
    if len(found) < _LEAST or not apart or len(apart) > _FEW * len(found):
        return
    for row in apart:
        rows.warn(
            row,
            "rate of its own",
            "rate",
            rows.stated["rate"][row] or "",
            f"{series} {rows.stated['rate'][row]} on {rows.text('date', row)}: it is 1 on the "
            f"{len(found) - len(apart)} other days",
            "Check the rate; a currency is worth 1 of itself.",
        )


def _gaps(rows: Rows, series: str, found: list[int]) -> None:
    days = sorted({rows.text("date", row)[:10] for row in found})
    if len(days) <= _LEAST:
        return
    dates = np.array(days, dtype="datetime64[D]")
    steps = np.diff(dates).astype(np.int64)
    if np.median(steps) > _DAILY:
        return
    at_day = {rows.text("date", row)[:10]: row for row in found}
    for at in np.flatnonzero(steps > _CARRY):
        first, last = dates[at].astype(dt.date), dates[at + 1].astype(dt.date)
        missing = int(np.busday_count(dates[at] + 1, dates[at + 1]))
        row = at_day[last.isoformat()]
        rows.warn(
            row,
            "missing days",
            "date",
            last.isoformat(),
            f"{series}: {missing} weekdays are missing between {first.isoformat()} and "
            f"{last.isoformat()}",
            f"Add them; a rate is carried over {_CARRY} days at most.",
        )
