"""Why a series is what it is: each part over time, and what it did to the last year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.present import look, setting
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, shortened, width_of
from pfkit.present.tables.sheet import described

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.measures import ExplainedSeries

WIDTH = 178.0
_ROW, _HEAD, _FOOT = 25.0, 13.0, 14.0
_TEXT = 7.2
_NAMES, _TIME, _GAP = 108.0, 0.46, 14.0
_MOST = 9
_LEGEND = (
    "Parts add up to the actual. A driver counts from its mean, an intervention from none; the "
    "actual is drawn dark, its trend gray; the trend has a scale of its own."
)
_OWN = ("trend", "season", "rest")
_WORDS = {"Total": "Actual", "trend": "Trend", "season": "Season", "rest": "Rest"}


@dataclass(frozen=True)
class _Pane:
    """Where the periods of the drawing lie, and the changes beside them."""

    left: float
    right: float
    zero: float
    per_unit: float
    end: float
    count: int

    def x(self, place: int) -> float:
        return self.left + (self.right - self.left) * place / max(self.count - 1, 1)

    def at(self, change: float) -> float:
        return self.zero + change * self.per_unit


def explain_series(
    result: ExplainedSeries,
    *,
    name: str = "the series",
    about: About | None = None,
    id: str = "explain-series",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw what each part contributed over time, and how it changed the last year.

    Parameters
    ----------
    result : ExplainedSeries
        Result of `pfkit.explain_series`, of amounts in reporting currency.
    name : str
        What the series is, as it stands in a sentence: ``net revenue of Harbor``.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per part: its course on the left, on the right its change from one stretch to the
        next with its interval. The sentence names the cause that moved most.
    """
    frame = result.causes.reset_index(drop=True)
    currency = setting.currency(about)
    scale = look.money_scale(frame[["change", "low", "high"]].to_numpy().ravel(), currency)
    say = Facts(id, frame, scale)
    message = _message(frame, name, say)
    drawn = _drawn(frame)
    spans = f"{frame['after_span'].iloc[0]} against {frame['before_span'].iloc[0]}"
    return Exhibit(
        id=id,
        kind="figure",
        title=f"{setting.who(about)}what moved {name} in {scale.unit}, {spans}",
        message=message,
        data=frame,
        body=_draw(drawn, result.decomposition, scale),
        columns=described(frame, (), currency),
        unit=scale.unit,
        source=setting.source(about),
        as_of=setting.as_of(about),
        notes=_notes(result, frame, drawn),
        alt=_alt(drawn, scale, message),
        facts=say.facts,
        section=section,
    )


def _drawn(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the total and the parts that are drawn, the largest change first."""
    rows = setting.records(frame)
    return [rows[-1], *rows[:-1][:_MOST]]


def _called(row: dict[str, Any]) -> str:
    return _WORDS.get(str(row["label"]), setting.capital(str(row["label"])))


def _message(frame: pd.DataFrame, name: str, say: Facts) -> str:
    total = setting.records(frame)[-1]
    unit = f"{look.THIN}{say.scale.unit}" if say.scale.unit else ""
    moved = "rose" if total["change"] > 0 else "fell"
    size = say.amount("total", "change", magnitude=True)
    spans = f"in {total['after_span']} against {total['before_span']}"
    text = f"{setting.capital(name)} {moved} by {size}{unit} {spans}"
    if say.scale.zero(total["change"]):
        text = f"{setting.capital(name)} stays as it was {spans}"
    causes = frame[~frame["kind"].isin([*_OWN, "total"])]
    if causes.empty:
        key = str(frame["row_key"].iloc[0])
        first = _called(setting.records(frame)[0]).lower()
        return f"{text}; the {first} makes {say.delta(key, 'change')} of it, and no cause is given"
    row = setting.records(causes)[0]
    key, level = str(row["row_key"]), say.number(str(row["row_key"]), "level", scale=0.01)
    cause = f"{say.delta(key, 'change')} ({level}{look.THIN}%: {say.delta(key, 'low')} to "
    cause += f"{say.delta(key, 'high')})"
    sure = row["low"] > 0 or row["high"] < 0
    tail = "" if sure else ", which may as well be nothing"
    largest = setting.records(frame)[0]
    if largest["kind"] in _OWN:
        lead = f"the {largest['label']} makes {say.delta(str(largest['row_key']), 'change')}, and "
        return f"{text}; {lead}of the causes {row['label']} moved it most, by {cause}{tail}"
    return f"{text}; {row['label']} is the largest cause, with {cause}{tail}"


def _draw(rows: list[dict[str, Any]], parts: pd.DataFrame, scale: look.Scale) -> Drawing:
    height = (_HEAD + _ROW * len(rows) + _FOOT) / POINTS_PER_MM
    board = Board(WIDTH, height)
    texts = [_changed(row, scale) for row in rows]
    names = min(max(width_of(_called(row), _TEXT, 600) for row in rows) + 8, _NAMES)
    tail = max(width_of(text, _TEXT, 600) for text in texts)
    pane = _pane(rows, board, (names, tail), len(parts))
    top = board.height - _HEAD
    for x, head in ((pane.left, "Over time"), (pane.zero, f"{look.DELTA}")):
        anchor = "left" if x == pane.left else "center"
        board.text(x, top + 4, head, size=_TEXT, weight=600, anchor=anchor)  # type: ignore[arg-type]
    board.text(pane.end, top + 4, f"{look.DELTA} with interval", weight=600, anchor="right")
    reach = _reach(rows, parts)
    for place, row in enumerate(rows):
        middle = top - _ROW * (place + 0.5)
        weight = 600 if row["role"] == "total" else 400
        label = shortened(_called(row), names - 4, _TEXT, weight)
        board.text(0, middle - 2.6, label, size=_TEXT, weight=weight)
        if row["role"] == "total":
            board.line(0, middle - _ROW / 2, board.width, middle - _ROW / 2, width=0.6)
            _levels(board, pane, parts, middle)
        else:
            _course(board, pane, parts[str(row["label"])], middle, reach)
        _change(board, pane, row, middle)
        board.text(pane.end, middle - 2.6, texts[place], weight=weight, anchor="right")
    board.line(pane.zero, _FOOT, pane.zero, top, width=0.8)
    _years(board, pane, parts["period"].tolist())
    return Drawing(board.svg(), WIDTH, height)


def _pane(
    rows: list[dict[str, Any]], board: Board, texts: tuple[float, float], count: int
) -> _Pane:
    """Lay out the courses on the left and the changes on the right of one zero."""
    left, tail = texts
    right = left + (board.width - left) * _TIME
    start, end = right + _GAP, board.width - tail - _GAP
    ends = [
        float(row[name])
        for row in rows
        for name in ("change", "low", "high")
        if not look.missing(row[name])
    ]
    low, high = min(0.0, *ends), max(0.0, *ends)
    per_unit = (end - start) / ((high - low) or 1.0)
    return _Pane(left, right, start - low * per_unit, per_unit, board.width, count)


def _reach(rows: list[dict[str, Any]], parts: pd.DataFrame) -> float:
    """Return the spread that fills a row, the same for every part but the trend."""
    spreads = [
        _spread(parts[str(row["label"])]) for row in rows if row["label"] not in {"Total", "trend"}
    ]
    return max(spreads, default=1.0) or 1.0


def _spread(column: pd.Series) -> float:
    return float(column.max() - column.min())


def _levels(board: Board, pane: _Pane, parts: pd.DataFrame, middle: float) -> None:
    """Draw the actual, and the trend behind it."""
    both = parts[["actual", "trend"]]
    low, spread = float(both.min().min()), float(both.max().max() - both.min().min()) or 1.0
    for name, color, width in (("trend", "previous", 1.8), ("actual", "actual", 1.0)):
        values = (parts[name].to_numpy(dtype="float64") - low) / spread - 0.5
        _line(board, pane, middle + values * (_ROW - 7), color, width)


def _course(board: Board, pane: _Pane, part: pd.Series, middle: float, reach: float) -> None:
    """Draw what a part contributed; zero is a thin line where it is in sight."""
    values = part.to_numpy(dtype="float64")
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if part.name == "trend":
        reach = (high - low) or 1.0
    per_unit, half = (_ROW - 7) / reach, (low + high) / 2
    if low <= 0 <= high:
        zero = middle - half * per_unit
        board.line(pane.left, zero, pane.right, zero, color="rule", width=0.5)
    _line(board, pane, middle + (values - half) * per_unit, "actual", 1.0)


def _line(board: Board, pane: _Pane, heights: np.ndarray, color: str, width: float) -> None:
    """Draw a line that breaks where there is no value."""
    known = np.isfinite(heights)
    places = np.nonzero(known)[0]
    for stretch in np.split(places, np.nonzero(np.diff(places) > 1)[0] + 1):
        points = [(pane.x(int(place)), float(heights[place])) for place in stretch]
        if len(points) > 1:
            board.polyline(points, color=color, width=width)


def _change(board: Board, pane: _Pane, row: dict[str, Any], middle: float) -> None:
    board.rect(pane.zero, middle - 3.4, pane.at(row["change"]) - pane.zero, 6.8, fill="actual")
    if look.missing(row["low"]):
        return
    low, high = pane.at(row["low"]), pane.at(row["high"])
    for color, width in (("page", 3.2), ("ink", 1.2)):
        board.line(low, middle, high, middle, color=color, width=width)
    for x in (low, high):
        board.line(x, middle - 4, x, middle + 4, color="ink", width=1.0)


def _years(board: Board, pane: _Pane, periods: list[str]) -> None:
    """Mark where each year begins."""
    firsts = [k for k, period in enumerate(periods) if period.endswith(("-01", "Q1"))]
    last = -np.inf
    for place in firsts:
        x = pane.x(place)
        board.line(x, _FOOT - 3, x, _FOOT, color="rule", width=0.6)
        if x - last > 22:  # noqa: PLR2004 - the width of a year
            board.text(x, _FOOT - 11, periods[place][:4], size=6.8, color="muted", anchor="center")
            last = x


def _changed(row: dict[str, Any], scale: look.Scale) -> str:
    text = scale.delta(row["change"])
    if look.missing(row["low"]):
        return text
    return f"{text} ({scale.delta(row['low'])} to {scale.delta(row['high'])})"


def _notes(
    result: ExplainedSeries, frame: pd.DataFrame, drawn: list[dict[str, Any]]
) -> tuple[str, ...]:
    summary = setting.records(result.summary)[0]
    level = look.number(frame["level"].iloc[0], scale=0.01)
    left = len(frame) - len(drawn)
    worries = result.diagnostics[result.diagnostics["state"] == "amber"]["text"].tolist()
    notes = (
        f"Model: {summary['model']} on the {summary['scale']} scale, {summary['form']}."
        + (f" {setting.capital(str(summary['fallback']))}." if summary["fallback"] else ""),
        f"{_LEGEND} Lines across bars are {level} % intervals.",
        f"Not drawn: {left} smaller parts." if left else "",
        *(f"{setting.capital(worry)}." for worry in worries[:3]),
        f"And {len(worries) - 3} more remarks in diagnostics." if len(worries) > 3 else "",  # noqa: PLR2004
    )
    return tuple(note for note in notes if note)


def _alt(rows: list[dict[str, Any]], scale: look.Scale, message: str) -> str:
    told = "; ".join(f"{_called(row)} {_changed(row, scale)}" for row in rows)
    return f"{len(rows)} rows with the course of each part and its change. {message}. {told}."
