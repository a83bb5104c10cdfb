"""Drawing a fan: periods that came and that are to come, bands, plan and direct labels."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.measures.ahead import CAME, COMES, LATER, THIS_YEAR
from pfkit.measures.fleet.periods import period_label, read_period
from pfkit.present import look, setting
from pfkit.present.body import Drawing
from pfkit.present.figures.draw import Board, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.present.figures.draw import Anchor

WIDTH, HEIGHT = 178.0, 54.0
_TEXT, _SMALL = 7.2, 6.8
_FOOT, _HEAD = 14.0, 13.0
_GAP = 8.4
_SHOWN = {12: 24, 4: 12}
_TICKS = 4
#: A plot that would be emptier than this below its lowest value does not start at zero.
_EMPTY = 0.4
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_HALF, _MOVED = 2.5, 1.5


@dataclass(frozen=True)
class _Plot:
    """Where periods and amounts lie."""

    board: Board
    periods: list[str]
    left: float
    step: float
    low: float
    per_unit: float
    scale: look.Scale

    def x(self, place: float) -> float:
        return self.left + 5 + place * self.step

    def y(self, amount: float) -> float:
        return _FOOT + (amount - self.low) * self.per_unit

    def points(self, rows: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(self.x(place), self.y(amount)) for place, amount in rows]


def shown(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the periods drawn, without a hole: the last years that came, and all to come.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `pfkit.measures.ahead.beside_plan`.
    """
    rows = {row["period"]: row for row in setting.records(frame) if row["role"] in {CAME, COMES}}
    numbers = {period: read_period(period) or (0, 0) for period in rows}
    season = next(iter(numbers.values()))[0]
    places = [number for _, number in numbers.values()]
    came = [numbers[period][1] for period, row in rows.items() if row["role"] == CAME]
    first = max(min(places), max(came) - _SHOWN[season] + 1) if came else min(places)
    every = [period_label(season, number) for number in range(first, max(places) + 1)]
    blank = dict.fromkeys(frame.columns)
    return [
        rows.get(period, blank | {"period": period, "role": "", "stretch": ""}) for period in every
    ]


def fan(
    rows: list[dict[str, Any]], known: list[int], scale: look.Scale, *, weeks: bool = False
) -> Drawing:
    """Draw periods from `shown` with intervals of the levels `known`, in percent."""
    board = Board(WIDTH, HEIGHT)
    ticks, floor, top = _axis(rows, known)
    names = [_tick(tick, ticks, scale) for tick in ticks]
    left = max(width_of(name, _TEXT) for name in names) + 5
    ends = _ends(rows, known, scale)
    right = max(width_of(text, _TEXT, weight) for _, text, weight, _ in ends) + 13
    plot = _Plot(
        board=board,
        periods=[row["period"] for row in rows],
        left=left,
        step=(board.width - left - right - 5) / max(len(rows) - 1, 1),
        low=floor,
        per_unit=(board.height - _FOOT - _HEAD) / (top - floor),
        scale=scale,
    )
    for tick, name in zip(ticks, names, strict=True):
        zero = tick == 0
        board.line(
            left, plot.y(tick), plot.x(len(rows) - 1), plot.y(tick),
            color="ink" if zero else "rule", width=0.8 if zero else 0.5,
        )  # fmt: skip
        board.text(left - 3, plot.y(tick) - 2.5, name, size=_TEXT, color="muted", anchor="right")
    _bands(plot, rows, known)
    _year(plot, rows)
    _lines(plot, rows)
    _labels(plot, ends)
    _months(plot, rows, weeks=weeks)
    return Drawing(board.svg(), WIDTH, HEIGHT)


def _values(rows: list[dict[str, Any]], name: str) -> list[tuple[int, float]]:
    return [(p, float(row[name])) for p, row in enumerate(rows) if not look.missing(row.get(name))]


def _axis(rows: list[dict[str, Any]], known: list[int]) -> tuple[list[float], float, float]:
    """Return round amounts to mark, and the ends of the axis."""
    names = [
        "actual",
        "plan",
        "forecast",
        *(f"{s}{level}" for level in known for s in ("lo", "hi")),
    ]
    values = [value for name in names for _, value in _values(rows, name)]
    low, high = min(values), max(values)
    if low >= 0 and low <= _EMPTY * high:
        low = 0.0
    if high - low <= abs(high) * 1e-9:
        low, high = low - (abs(low) * 0.05 or 1.0), high + (abs(high) * 0.05 or 1.0)
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in _NICE if nice * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(place * step, 10) for place in range(first, last + 1)]
    return ticks, ticks[0], ticks[-1]


def floor_of(rows: list[dict[str, Any]], known: list[int], scale: look.Scale) -> str:
    """Return where the axis starts if that is not zero; empty where it is."""
    ticks, floor, _ = _axis(rows, known)
    return "" if floor <= 0 else f"{_tick(floor, ticks, scale)}{look.THIN}{scale.unit}"


def _tick(value: float, ticks: list[float], scale: look.Scale) -> str:
    step = (ticks[1] - ticks[0]) / scale.divisor
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, decimals) != round(step, decimals + 1):
        decimals += 1
    return look.number(value, scale=scale.divisor, decimals=decimals)


def _bands(plot: _Plot, rows: list[dict[str, Any]], known: list[int]) -> None:
    """Draw the intervals from the last actual on, wide ones tinted and the narrowest hatched."""
    start = _values(rows, "actual")[-1:]
    for level in reversed(known):
        low = plot.points([*start, *_values(rows, f"lo{level}")])
        high = plot.points([*start, *_values(rows, f"hi{level}")])
        if len(low) <= len(start) or len(low) != len(high):
            continue
        if level == known[0]:
            xs = [x for x, _ in low]
            plot.board.polygon([*low, *reversed(high)], fill="page")
            plot.board.hatched_band(xs, [y for _, y in low], [y for _, y in high], color="interval")
        else:
            plot.board.polygon([*low, *reversed(high)], fill="wash")
        for edge in (low, high):
            plot.board.polyline(edge, color="interval", width=0.7)


def _year(plot: _Plot, rows: list[dict[str, Any]]) -> None:
    """Mark where what came ends, and where the year ends."""
    came = len(_values(rows, "actual")) - 1
    top = plot.board.height - _HEAD
    plot.board.line(plot.x(came), _FOOT, plot.x(came), top, color="muted", width=0.6, dash=(1.2, 2))
    inside = [place for place, row in enumerate(rows) if row["stretch"] == THIS_YEAR]
    later = any(row["stretch"] == LATER for row in rows)
    if not inside:
        return
    x = plot.x(inside[-1] + (0.5 if later else 0))
    plot.board.line(x, _FOOT - 2, x, top + 3, width=0.8, dash=(3, 2))
    anchor: Anchor = "center" if later else "right"
    plot.board.text(x, top + 5, "year ends", size=_TEXT, color="muted", anchor=anchor)


def _lines(plot: _Plot, rows: list[dict[str, Any]]) -> None:
    """Draw plan, actual and forecast."""
    came, plan = _values(rows, "actual"), _values(rows, "plan")
    board = plot.board
    for before, after in itertools.pairwise(plan):
        if after[0] == before[0] + 1:
            board.polyline(plot.points([before, after]), color="actual", width=0.6)
    for stretch in _stretches(came):
        board.polyline(plot.points(stretch), color="actual", width=1.9)
    ahead = plot.points([*came[-1:], *_values(rows, "forecast")])
    for color, width, dash in (("page", 3.4, None), ("actual", 1.7, (3.2, 1.6))):
        board.polyline(ahead, color=color, width=width, dash=dash)
    for x, y in plot.points(plan):
        board.disc(x, y, 1.7, fill="page", edge="actual", line=0.8)
    if came:
        _last(plot, [came, plan])


def _last(plot: _Plot, lines: list[list[tuple[int, float]]]) -> None:
    """Write the last actual above the lines beside it, or below them where that is nearer."""
    place, value = lines[0][-1]
    text = f"AC {plot.scale.amount(value)}"
    wide = math.ceil(width_of(text, _TEXT, 600) / plot.step)
    near = [plot.y(v) for line in lines for p, v in line if 0 <= place - p <= wide]
    x, y = plot.x(place), plot.y(value)
    above, below = max(near) + 4.5, min(near) - 10
    lower = (below > _FOOT and y - below < above - y) or above > plot.board.height - _HEAD
    room = x - 2 - width_of(text, _TEXT, 600) >= plot.left
    anchor: Anchor = "right" if room else "left"
    start = x - 2 if room else x + 2
    y_text = below if lower else above
    plot.board.text(start, y_text, text, size=_TEXT, weight=600, anchor=anchor)
    plot.board.disc(x, y, 2.1, fill="actual")


def _stretches(came: list[tuple[int, float]]) -> list[list[tuple[float, float]]]:
    """Return actuals in stretches without a gap; one alone is drawn as a short line."""
    found: list[list[tuple[float, float]]] = []
    for place, value in came:
        if found and found[-1][-1][0] == place - 1:
            found[-1].append((place, value))
        else:
            found.append([(place, value)])
    alone = [one for one in found if len(one) == 1]
    for one in alone:
        ((at, value),) = one
        one[:] = [(at - 0.2, value), (at + 0.2, value)]
    return found


def _ends(
    rows: list[dict[str, Any]], known: list[int], scale: look.Scale
) -> list[tuple[float, str, int, str]]:
    """Return what is written beside the last period: amount, text, weight and color."""
    last = rows[-1]
    found = [(float(last["forecast"]), f"FC {scale.amount(last['forecast'])}", 600, "ink")]
    if not look.missing(last["plan"]):
        found.append((float(last["plan"]), f"PL {scale.amount(last['plan'])}", 400, "ink"))
    for side in ("lo", "hi"):
        bounds: dict[str, tuple[float, list[str]]] = {}
        for level in known:
            value = last[f"{side}{level}"]
            if not look.missing(value):
                told = bounds.setdefault(scale.amount(value), (float(value), []))
                told[1].append(str(level))
        bounds.pop(scale.amount(last["forecast"]), None)
        for text, (value, names) in bounds.items():
            label = f"{' and '.join(names)}{look.THIN}% {text}"
            found.append((value, label, 400, "muted"))
    return sorted(found, key=lambda end: end[0])


def _labels(plot: _Plot, ends: list[tuple[float, str, int, str]]) -> None:
    """Write the ends beside the plot, moved apart where they would touch."""
    wanted = [plot.y(value) - _HALF for value, *_ in ends]
    placed = _apart(wanted, _GAP, _FOOT - 3, plot.board.height - 8)
    x = plot.x(len(plot.periods) - 1)
    for (value, text, weight, color), y in zip(ends, placed, strict=True):
        if abs(y + _HALF - plot.y(value)) > _MOVED:
            plot.board.line(x + 2, plot.y(value), x + 8, y + _HALF, color="rule", width=0.5)
        plot.board.text(x + 9, y, text, size=_TEXT, weight=weight, color=color)


def _apart(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """Return rising places at least `gap` apart and as near to those wanted as may be.

    Examples
    --------
    >>> _apart([0.0, 1.0, 50.0], 8.0, -10.0, 60.0)
    [-3.5, 4.5, 50.0]
    """
    groups: list[tuple[float, list[int]]] = []
    for place, y in enumerate(wanted):
        groups.append((y, [place]))
        while len(groups) > 1:
            (before, some), (after, more) = groups[-2:]
            reach = gap * (len(some) + len(more)) / 2
            if after - before >= reach - 1e-9:
                break
            every = [*some, *more]
            middle = sum(wanted[k] for k in every) / len(every)
            groups[-2:] = [(middle, every)]
    found = [0.0] * len(wanted)
    for middle, places in groups:
        for rank, place in enumerate(places):
            found[place] = middle + (rank - (len(places) - 1) / 2) * gap
    floor = low
    for place, y in enumerate(found):
        found[place] = floor = max(y, floor)
        floor += gap
    ceiling = high
    for place in reversed(range(len(found))):
        found[place] = ceiling = min(found[place], ceiling)
        ceiling -= gap
    return found


def _months(plot: _Plot, rows: list[dict[str, Any]], *, weeks: bool) -> None:
    """Name periods below the plot, as many as have room, the last that came among them."""
    texts = [_named(row["period"], weeks=weeks) for row in rows]
    wide = max(width_of(text, _TEXT, 600) for text in texts) + 7
    every = max(1, math.ceil(wide / plot.step))
    current = len(_values(rows, "actual")) - 1
    for place, text in enumerate(texts):
        if (place - current) % every == 0:
            weight = 600 if place == current else 400
            x = plot.x(place)
            plot.board.line(x, _FOOT - 2, x, _FOOT, color="muted", width=0.5)
            plot.board.text(x, 3, text, size=_TEXT, weight=weight, anchor="center")


def _named(label: str, *, weeks: bool) -> str:
    if "Q" in label:
        return f"{label[:4]} {label[4:]}"
    return f"M{int(label[5:])} {label[2:4]}" if weeks else f"{look.month_name(label)} {label[2:4]}"
