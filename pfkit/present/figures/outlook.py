"""Outlook by line: plan outlined, spent solid, still to come hatched, and how far it may miss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.present import look, outlooks, setting
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, shortened, width_of
from pfkit.present.tables.outlook import history, percent, total_of
from pfkit.present.tables.sheet import described

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About

WIDTH = 178.0
_ROW = 16.0
_HEAD = 15.0
_FOOT = 14.0
_TEXT = 7.2
_NAMES = 150.0
_OUTER, _INNER = 9.6, 5.2
_GAP = 10.0
_MOST = 1.5
_LEAST = 1.15
_HEADS = ("FC", f"{look.DELTA}PL{look.THIN}%", "")


@dataclass(frozen=True)
class _Axis:
    """Where shares of the plan lie: zero at `left`, and what one plan is wide."""

    left: float
    per_plan: float
    reach: float

    def at(self, share: float) -> float:
        return self.left + max(min(share, self.reach), 0.0) * self.per_plan


def outlook(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 12,
    id: str = "outlook-lines",  # noqa: A002 - the word for it
    section: str = "",
    statement: pd.DataFrame | None = None,
) -> Exhibit:
    """Draw where each budget line lands beside its plan, with the interval.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.outlook`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Lines drawn, those with the largest plan; the table holds them all.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    statement : pandas.DataFrame, optional
        Result of `pfkit.contribution_margins` that the report shows too, for lines of cost; where
        it sees another cost of the year, a note names its amount and why.

    Returns
    -------
    Exhibit
        Bars as shares of each line's plan: plan outlined, spent to date solid, still to come
        hatched, interval as a line; one line of text where there is no plan to draw beside.
    """
    if result.empty:
        return setting.absent(id, about, "budget", section=section)
    frame = result.reset_index(drop=True)
    scale = look.money_scale(
        frame[["plan", "outlook", "low", "high"]].to_numpy().ravel(), setting.currency(about)
    )
    drawn = _drawn(frame, top)
    if not drawn:
        text = "There is no plan for the year beside which an outlook could be drawn."
        return setting.said(id, text, about, section=section)
    say = Facts(id, frame, scale)
    own, others = outlooks.of_lines(result), outlooks.of_statement(statement)
    message = _message(frame, say, "The year" if statement is None else "Cost of the year")
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}outlook for the year in {scale.unit}{setting.when(about)}:"
            f" AC to date, FC with {percent(frame)} interval, as shares of PL"
        ),
        message=message,
        data=frame,
        body=_draw(drawn, scale, percent(frame)),
        columns=described(frame, (), setting.currency(about)),
        unit=scale.unit,
        source=setting.source(about, "budget", "actuals"),
        as_of=setting.as_of(about),
        notes=(
            _legend(frame, drawn),
            *history(frame),
            *setting.grain(result),
            *outlooks.notes(own, others, scale),
        ),
        alt=_alt(drawn, scale, message),
        facts=say.facts,
        section=section,
        outlooks=None if statement is None else outlooks.payload(own, others, scale),
    )


def _drawn(frame: pd.DataFrame, top: int) -> list[dict[str, Any]]:
    """Return the rows drawn: the largest lines with a plan, and the total."""
    rows = [
        row
        for row in setting.records(frame)
        if not look.missing(row["plan"]) and row["plan"] > 0 and not look.missing(row["outlook"])
    ]
    items = [row for row in rows if row["role"] == "item"][:top]
    return [*items, *(row for row in rows if row["role"] == "total")] if items else []


def _message(frame: pd.DataFrame, say: Facts, what: str) -> str:
    total = total_of(frame)
    text = f"{what} lands at {say.amount(total, 'outlook')}{look.THIN}{say.scale.unit}"
    sure = say.has(total, "low") and say.has(total, "high")
    if sure:
        level = say.number(total, "level", scale=0.01)
        text += f" ({level}{look.THIN}%: {say.amount(total, 'low')} to {say.amount(total, 'high')})"
    else:
        text += ", for which no past year says how far it may miss"
    if not say.has(total, "variance"):
        return text
    row = frame[frame["row_key"] == total].iloc[0]
    gap = float(row["variance"])
    if not say.scale.amount(gap).strip("−0."):
        text += ", at plan"
    else:
        size = say.amount(total, "variance", magnitude=True)
        text += f", {size} {'above' if gap > 0 else 'below'} plan"
    if sure:
        outside = {"over plan": "lies below the interval", "under plan": "lies above the interval"}
        text += f", which {outside.get(str(row['landing']), 'the interval holds')}"
    if sure:
        text += f"; {_over(say, total)} likely to end over plan"
    return text


def _over(say: Facts, total: str) -> str:
    """Say how many lines are over plan, up to the verb."""
    some = "" if say.value(total, "over_count") == 0 else say.number(total, "over_count")
    count = say.number(total, "count")
    noun = "line" if count == "1" else "lines"
    if not some:
        return f"none of {count} {noun} is"
    return f"{some} of {count} {noun} {'is' if some == '1' else 'are'}"


def _draw(rows: list[dict[str, Any]], scale: look.Scale, level: str) -> Drawing:
    height = (_HEAD + _ROW * len(rows) + _FOOT) / POINTS_PER_MM
    board = Board(WIDTH, height)
    texts = [_texts(row, scale) for row in rows]
    heads = (*_HEADS[:2], level)
    wide = [
        max(width_of(text, _TEXT, 600) for text in (head, *(row[place] for row in texts)))
        for place, head in enumerate(heads)
    ]
    tail = sum(wide) + _GAP * len(wide)
    names = max(width_of(str(row["label"]), _TEXT, 600) for row in rows)
    left = min(names, _NAMES) + 9
    room = board.width - left - tail
    reach = min(max(_LEAST, *(_furthest(row) for row in rows)), _MOST)
    axis = _Axis(left, room / reach, reach)
    ends = [left + room + sum(wide[: n + 1]) + _GAP * (n + 1) for n in range(len(wide))]
    top = board.height - _HEAD
    for end, head in zip(ends, heads, strict=True):
        board.text(end, top + 4, head, size=_TEXT, weight=600, anchor="right")
    low = _FOOT
    for place, row in enumerate(rows):
        middle = top - _ROW * (place + 0.5)
        weight = 600 if row["role"] == "total" else 400
        if row["role"] == "total":
            board.line(0, middle + _ROW / 2, board.width, middle + _ROW / 2, width=0.6)
        name = shortened(str(row["label"]), left - 8, _TEXT, weight)
        board.text(left - 5, middle - 2.6, name, size=_TEXT, weight=weight, anchor="right")
        _bar(board, axis, row, middle)
        for end, text in zip(ends, texts[place], strict=True):
            board.text(end, middle - 2.6, text, size=_TEXT, weight=weight, anchor="right")
    board.line(left, low, left, top, width=0.8)
    board.line(axis.at(1), low - 2, axis.at(1), top, color="actual", width=0.6, dash=(2, 2))
    board.text(axis.at(1), low - 9.5, "PL", size=_TEXT, weight=600, anchor="center")
    return Drawing(board.svg(), WIDTH, height)


def _bar(board: Board, axis: _Axis, row: dict[str, Any], middle: float) -> None:
    """Draw one line: plan outlined, spent solid, still to come hatched, the interval above."""
    plan = float(row["plan"])
    full = axis.at(1) - axis.left
    board.rect(axis.left, middle - _OUTER / 2, full, _OUTER, fill="page", edge="actual")
    spent = 0.0 if look.missing(row["actual_ytd"]) else float(row["actual_ytd"]) / plan
    lands = float(row["outlook"]) / plan
    start, end = axis.at(min(spent, lands)), axis.at(lands)
    if end > start:
        board.hatched(start, middle - _INNER / 2, end - start, _INNER, color="actual")
    if axis.at(spent) > axis.left:
        board.rect(
            axis.left, middle - _INNER / 2, axis.at(spent) - axis.left, _INNER, fill="actual"
        )
    if look.missing(row["low"]):
        return
    low, high = axis.at(float(row["low"]) / plan), axis.at(float(row["high"]) / plan)
    for color, width in (("page", 3.4), ("ink", 1.3)):
        board.line(low, middle, high, middle, color=color, width=width)
    for x, whole in ((low, row["low"]), (high, row["high"])):
        if float(whole) / plan <= axis.reach:
            board.line(x, middle - 4.2, x, middle + 4.2, color="ink", width=1.1)
    if float(row["high"]) / plan > axis.reach:
        tip = axis.at(axis.reach)
        board.polygon([(tip, middle - 3), (tip, middle + 3), (tip + 4, middle)], fill="ink")


def _furthest(row: dict[str, Any]) -> float:
    ends = [row["outlook"], row["actual_ytd"], row["high"]]
    known = [float(end) for end in ends if not look.missing(end)]
    return 1.02 * max(known) / float(row["plan"])


def _texts(row: dict[str, Any], scale: look.Scale) -> tuple[str, str, str]:
    """Return the outlook, its distance from plan and the ends of its interval, the latter in %."""
    plan = float(row["plan"])
    gap = look.rate(row["variance_rate"], signed=True)
    if look.missing(row["low"]):
        return scale.amount(row["outlook"]), gap, look.MISSING
    low, high = (look.rate(float(row[end]) / plan - 1, signed=True) for end in ("low", "high"))
    return scale.amount(row["outlook"]), gap, f"{low} to {high}"


def _legend(frame: pd.DataFrame, drawn: list[dict[str, Any]]) -> str:
    items = int((frame["role"] == "item").sum())
    shown = sum(row["role"] == "item" for row in drawn)
    text = (
        "PL plan for the year, outlined and 100 % of every line; AC actual to date, solid; FC"
        f" outlook, hatched; the line across its end is the {percent(frame)} interval, beside it"
        " in percent from plan."
    )
    count = int(frame.loc[frame["role"] == "total", "count"].iloc[0])
    if shown < items or shown < count:
        lines = "the line" if shown == 1 else f"the {shown} lines"
        text += f" Drawn: {lines} with the largest plan of {count}; the total holds all."
    return text


def _alt(rows: list[dict[str, Any]], scale: look.Scale, message: str) -> str:
    told = []
    for row in rows:
        value, gap, ends = _texts(row, scale)
        told.append(f"{row['label']} {value}, {gap}{look.THIN}% from plan ({ends})")
    return f"Bars of {len(rows)} lines as shares of plan. {message}. {'; '.join(told)}."
