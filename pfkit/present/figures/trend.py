"""Variance columns over time in three tiers: the columns, the variance, the variance in percent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.present import look, sentences, setting
from pfkit.present.bars import flag
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Column, Exhibit, Facts, columns
from pfkit.present.figures.draw import POINTS_PER_MM, Board, width_of

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.setting import Reference

WIDTH = 178.0
_LEFT = 34.0
_COLUMNS = 84.0
_TIER = 22.0
_GAP = 21.0
_AXIS = 15.0
_TEXT = 7.2
_EVERY_LABEL_BELOW = 19


@dataclass(frozen=True)
class _Tier:
    """One band of the drawing: where its zero lies and how tall one unit is."""

    zero: float
    per_unit: float
    top: float

    def at(self, amount: float) -> float:
        return self.zero + amount * self.per_unit


def trend(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "trend",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw a measure month by month against its reference.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.trend`: one row per month, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Columns from zero; above them the variance and the variance in percent, each on a scale
        of its own and labeled with its sign.
    """
    if result.empty or bool(result["actual"].isna().all()):
        return setting.absent(id, about, "actuals", section=section)
    frame = result.reset_index(drop=True)
    used = _reference(frame)
    values = [*frame["actual"].tolist(), *([] if used is None else frame[used.column].tolist())]
    scale = look.money_scale(values, setting.currency(about))
    measure = str(frame["measure"].iloc[0])
    say = Facts(id, frame, scale)
    first, last = str(frame["period"].iloc[0]), str(frame["period"].iloc[-1])
    names = "AC" if used is None else f"AC, {used.short}"
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}{setting.spoken(measure)} in {scale.unit} by month,"
            f" {first} to {last}: {names}"
        ),
        message=_message(frame, used, say, measure),
        data=frame,
        body=_draw(frame, used, scale),
        columns=_described(frame, about),
        unit=scale.unit,
        source=setting.source(about, "actuals", "invoices", "budget"),
        as_of=setting.as_of(about),
        notes=_notes(used, frame),
        alt=_alt(frame, used, scale, measure),
        facts=say.facts,
        section=section,
    )


def _reference(frame: pd.DataFrame) -> Reference | None:
    """Return the reference that can be compared in most months; plan before prior year."""
    found = setting.references(frame, most=3)
    known = [r for r in found if bool(frame[r.variance].notna().any())]
    wide = [r for r in known if float(frame[r.variance].notna().mean()) >= 0.5]  # noqa: PLR2004
    return next(iter(wide or known), None)


def _message(frame: pd.DataFrame, used: Reference | None, say: Facts, measure: str) -> str:
    closed = frame[frame["actual"].notna()]
    key = str(closed["row_key"].iloc[-1])
    month = str(closed["period"].iloc[-1])
    if used is None or not say.has(key, used.variance):
        text = f"{measure} is {say.amount(key, 'actual')}{look.THIN}{say.scale.unit} in {month}"
    else:
        text = f"{sentences.beats(say, key, measure, used)} in {month}"
    if len(closed) > 1:
        best = closed["actual"].astype(float)
        if int(best.argmax()) == len(closed) - 1:
            text += ", the best month shown"
        elif int(best.argmin()) == len(closed) - 1:
            text += ", the weakest month shown"
    return text


def _notes(used: Reference | None, frame: pd.DataFrame) -> tuple[str, ...]:
    notes = [setting.legend([] if used is None else [used])]
    if used is not None:
        notes[0] += f" Columns start at zero; {used.delta} is drawn on a larger scale."
    gaps = frame[frame["actual"].isna()]["period"].tolist()
    if gaps:
        notes.append(f"No actuals for {sentences.joined([str(gap) for gap in gaps])}.")
    return tuple(notes)


def _draw(frame: pd.DataFrame, used: Reference | None, scale: look.Scale) -> Drawing:
    height = _AXIS + _COLUMNS + 12 + (0 if used is None else 2 * (_TIER + _GAP) + 8)
    amounts = _numbers(frame, "actual") + ([] if used is None else _numbers(frame, used.column))
    low, high = min([*amounts, 0.0]), max([*amounts, 0.0])
    below = 10.0 if low < 0 else 0.0
    per_unit = (_COLUMNS - below) / ((high - low) or 1.0)
    base = _Tier(_AXIS + below - low * per_unit, per_unit, _AXIS + _COLUMNS)
    board = Board(WIDTH, height / POINTS_PER_MM)
    step = (board.width - _LEFT - 4) / len(frame)
    records = setting.records(frame)
    current = max(p for p, r in enumerate(records) if not look.missing(r["actual"]))
    every = len(records) < _EVERY_LABEL_BELOW
    for place, record in enumerate(records):
        left = _LEFT + step * place
        shown = every or place in {0, current}
        _column(board, base, record, used, left, step, scale, bold=place == current, shown=shown)
    board.line(_LEFT - 2, base.zero, board.width - 2, base.zero, width=0.9)
    board.text(_LEFT - 6, base.zero + 14, "AC", size=_TEXT, weight=600, anchor="right")
    if used is not None:
        board.text(_LEFT - 6, base.zero + 4, used.short, size=_TEXT, color="muted", anchor="right")
        _variances(board, records, used, base.top + 12, step, scale, current, every=every)
    return Drawing(board.svg(), WIDTH, height / POINTS_PER_MM)


def _column(  # one month of the lowest tier
    board: Board,
    base: _Tier,
    record: dict[str, Any],
    used: Reference | None,
    left: float,
    step: float,
    scale: look.Scale,
    *,
    bold: bool,
    shown: bool,
) -> None:
    width = min(step * 0.62, 26.0)
    middle = left + step / 2
    reference = None if used is None else record[used.column]
    if used is not None and not look.missing(reference):
        tall = base.at(float(reference)) - base.zero  # type: ignore[arg-type]
        x = middle - width / 2 - width * 0.14
        if used.column == "plan":
            board.rect(x, base.zero, width, tall, fill="page", edge="actual")
        else:
            board.rect(x, base.zero, width, tall, fill="previous")
    value = record["actual"]
    if not look.missing(value):
        amount = float(value)
        tall = base.at(amount) - base.zero
        board.rect(middle - width / 2 + width * 0.14, base.zero, width, tall, fill="actual")
        tip = max(tall, base.at(_above(reference)) - base.zero, 0) if amount >= 0 else 0
        if shown:
            text = scale.amount(amount)
            y = base.zero + tip + 3 if amount >= 0 else base.zero + tall - 8
            _fitting(board, middle, y, text, step, 600 if bold else 400)
    name = look.month_name(str(record["period"]))
    weight = 600 if bold else 400
    y = 3.5
    board.text(middle, y, name, size=_TEXT, weight=weight, anchor="center")


def _above(reference: object) -> float:
    return 0.0 if look.missing(reference) else max(float(reference), 0.0)  # type: ignore[arg-type]


def _fitting(board: Board, x: float, y: float, text: str, room: float, weight: int) -> None:
    """Write a label, smaller where it would touch its neighbor, down to the smallest size."""
    size = next((s for s in (7.2, 6.8) if width_of(text, s, weight) <= room - 1), 6.8)
    board.text(x, y, text, size=size, weight=weight, anchor="center")


def _variances(  # the two upper tiers
    board: Board,
    records: list[dict[str, Any]],
    used: Reference,
    floor: float,
    step: float,
    scale: look.Scale,
    current: int,
    *,
    every: bool,
) -> None:
    for tier, name in enumerate((used.variance, used.variance_rate)):
        label = used.delta if tier == 0 else f"{used.delta}{look.THIN}%"
        values = [None if look.missing(r[name]) else float(r[name]) for r in records]
        zero, per_unit = _band(values, floor + tier * (_TIER + _GAP))
        board.line(_LEFT - 2, zero, board.width - 2, zero, width=0.7)
        board.text(_LEFT - 6, zero - 2.5, label, size=_TEXT, anchor="right")
        for place, value in enumerate(values):
            if value is None:
                continue
            middle = _LEFT + step * (place + 0.5)
            tip = zero + value * per_unit
            good = flag(records[place].get(used.favorable))
            color = "actual" if good is None else ("favorable" if good else "unfavorable")
            if tier == 0:
                width = min(step * 0.62, 26.0)
                board.rect(middle - width / 2, zero, width, tip - zero, fill=color)
            else:
                board.rect(middle - 0.9, zero, 1.8, tip - zero, fill=color)
                board.rect(middle - 2.4, tip - 2.4, 4.8, 4.8, fill=color)
            if every or place == current:
                text = scale.delta(value) if tier == 0 else look.rate(value, signed=True)
                extra = 0 if tier == 0 else 2.4
                y = tip + extra + 2.5 if value >= 0 else tip - extra - 7.5
                _fitting(board, middle, y, text, step, 600 if place == current else 400)


def _band(values: list[float | None], floor: float) -> tuple[float, float]:
    """Return where zero lies in a variance tier and how tall one unit is."""
    known = [value for value in values if value is not None]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    per_unit = _TIER / ((high - low) or 1.0)
    room_below = 9.0 if low < 0 else 3.0
    return floor + room_below - low * per_unit, per_unit


def _numbers(frame: pd.DataFrame, name: str) -> list[float]:
    return [float(value) for value in frame[name].tolist() if not look.missing(value)]


def _described(frame: pd.DataFrame, about: About | None) -> tuple[Column, ...]:
    money = setting.currency(about)
    given = [
        Column("row_key", "Row"),
        Column("period", "Month", "month"),
        Column("measure", "Measure"),
        Column("actual", "AC", "money", money),
        Column("reason", "Reason"),
    ]
    for r in (setting.PLAN, setting.PRIOR, setting.PREVIOUS):
        given += [
            Column(r.column, r.short, "money", money),
            Column(r.variance, r.delta, "money", money),
            Column(r.variance_rate, f"{r.delta} %", "rate"),
            Column(r.favorable, f"{r.delta} favorable", "boolean"),
        ]
    return columns(frame, given)


def _alt(frame: pd.DataFrame, used: Reference | None, scale: look.Scale, measure: str) -> str:
    told = []
    for record in setting.records(frame):
        text = f"{record['period']} AC {scale.amount(record['actual'])}"
        if used is not None:
            text += f", {used.delta} {scale.delta(record[used.variance])}"
        told.append(text)
    return f"Columns of {setting.spoken(measure)} in {scale.unit} by month: {'; '.join(told)}."
