"""Variance columns over time in three tiers: the columns, the variance, the variance in percent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.present import look, sentences, setting
from pfkit.present.bars import flag
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Column, Exhibit, columns
from pfkit.present.facts import Facts
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
_FEWEST = 6
_LEAST = 2
_NO_MONTH = "No month of the year has actuals of its own, so there is no trend."
_INSIDE = 12.0
_SMALLEST = 6.8


@dataclass(frozen=True)
class _Tier:
    """One band of the drawing: where its zero lies and how tall one unit is."""

    zero: float
    per_unit: float

    def at(self, amount: float) -> float:
        return self.zero + amount * self.per_unit


@dataclass(frozen=True)
class _Page:
    """What every tier shares: the board, the months and how far they stand apart."""

    board: Board
    records: list[dict[str, Any]]
    used: Reference | None
    scale: look.Scale
    step: float
    current: int
    #: Months of weeks are no calendar months: they have a number and no name.
    numbered: bool

    @property
    def wide(self) -> float:
        return min(self.step * 0.66, 28.0)

    def middle(self, place: int) -> float:
        return _LEFT + self.step * (place + 0.5)

    def weight(self, place: int) -> int:
        return 600 if place == self.current else 400

    def label(self, place: int, y: float, text: str) -> None:
        """Write a value, smaller where it would touch its neighbor, or only the current one."""
        if len(self.records) >= _EVERY_LABEL_BELOW and place not in {0, self.current}:
            return
        weight = self.weight(place)
        fits = (s for s in (_TEXT, _SMALLEST) if width_of(text, s, weight) <= self.step - 1)
        size = next(fits, _SMALLEST)
        self.board.text(self.middle(place), y, text, size=size, weight=weight, anchor="center")

    def inside(self, place: int, top: float, text: str) -> bool:
        """Write a value in the head of its column; False where the column is too narrow."""
        weight = self.weight(place)
        if width_of(text, _SMALLEST, weight) > self.wide - 1:
            return False
        if len(self.records) < _EVERY_LABEL_BELOW or place in {0, self.current}:
            x, y = self.middle(place) + self.wide * 0.14, top - 8
            size = _SMALLEST
            self.board.text(x, y, text, size=size, weight=weight, color="page", anchor="center")
        return True


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
        otherwise = setting.NO_STATEMENT if result.empty else _NO_MONTH
        return setting.absent(id, about, "statement", section=section, otherwise=otherwise)
    frame = _from_first_month(result)
    if int(frame["actual"].notna().sum()) < _LEAST:
        return setting.said(id, "One month makes no trend.", about, section=section)
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
        message=_message(frame, used, say, measure, about),
        data=frame,
        body=_draw(frame, used, scale, about),
        columns=_described(frame, about),
        unit=scale.unit,
        source=setting.source(about, "actuals", "invoices", "budget"),
        as_of=setting.as_of(about),
        notes=_notes(used, frame),
        alt=_alt(frame, used, scale, measure),
        facts=say.facts,
        section=section,
    )


def _from_first_month(result: pd.DataFrame) -> pd.DataFrame:
    """Leave out the months before the first actual: they are no gap, the books begin later."""
    first = int(result["actual"].notna().to_numpy().argmax())
    return result.iloc[first:].reset_index(drop=True)


def _reference(frame: pd.DataFrame) -> Reference | None:
    """Return the reference that can be compared in most months; plan before prior year."""
    found = setting.references(frame, most=3)
    known = [r for r in found if bool(frame[r.variance].notna().any())]
    wide = [r for r in known if float(frame[r.variance].notna().mean()) >= 0.5]  # noqa: PLR2004
    return next(iter(wide or known), None)


def _message(
    frame: pd.DataFrame, used: Reference | None, say: Facts, measure: str, about: About | None
) -> str:
    closed = frame[frame["actual"].notna()]
    key = str(closed["row_key"].iloc[-1])
    month = str(closed["period"].iloc[-1])
    told = setting.spoken(measure)
    if used is None or not say.has(key, used.variance):
        text = f"{sentences.states(told)} {say.amount(key, 'actual')}{look.THIN}{say.scale.unit}"
    else:
        text = sentences.beats(say, key, told, used)
    if about is not None and len(about.period.months) > 1:
        span = look.period_name(about.period)
        text = f"In {month}, the last month of {span} reported, {text}"
    else:
        text = f"{setting.capital(text)} in {month}"
    values = closed["actual"].astype(float)
    if len(values) <= 1 or int((values == values.iloc[-1]).sum()) > 1:
        return text
    word = {values.max(): "highest", values.min(): "lowest"}.get(values.iloc[-1])
    if word is None:
        return text
    span = f"{say.count('period')} months" if len(closed) == len(frame) else "months"
    return f"{text}; it is the {word} {told} of the {span} shown"


def _notes(used: Reference | None, frame: pd.DataFrame) -> tuple[str, ...]:
    notes = [setting.legend([] if used is None else [used])]
    if used is not None:
        notes[0] += f" Columns start at zero; {used.delta} is drawn on a larger scale."
    gaps = frame[frame["actual"].isna()]["period"].tolist()
    if gaps:
        notes.append(f"No actuals for {sentences.joined([str(gap) for gap in gaps])}.")
    return tuple(notes)


def _draw(
    frame: pd.DataFrame, used: Reference | None, scale: look.Scale, about: About | None
) -> Drawing:
    tiers = 0 if used is None else 1 + int(frame[used.variance_rate].notna().any())
    height = _AXIS + _COLUMNS + 12 + (tiers * (_TIER + _GAP) + 8 if tiers else 0)
    amounts = _numbers(frame, "actual") + ([] if used is None else _numbers(frame, used.column))
    low, high = min([*amounts, 0.0]), max([*amounts, 0.0])
    below = 10.0 if low < 0 else 0.0
    per_unit = (_COLUMNS - below) / ((high - low) or 1.0)
    base = _Tier(_AXIS + below - low * per_unit, per_unit)
    board = Board(WIDTH, height / POINTS_PER_MM)
    records = setting.records(frame)
    page = _Page(
        board=board,
        records=records,
        used=used,
        scale=scale,
        step=(board.width - _LEFT - 4) / max(len(records), _FEWEST),
        numbered=about is not None and about.period.weeks is not None,
        current=max(p for p, r in enumerate(records) if not look.missing(r["actual"])),
    )
    for place in range(len(records)):
        _column(page, base, place)
    board.line(_LEFT - 2, base.zero, board.width - 2, base.zero, width=0.9)
    board.text(_LEFT - 6, base.zero + 14, "AC", size=_TEXT, weight=600, anchor="right")
    if used is not None:
        board.text(_LEFT - 6, base.zero + 4, used.short, size=_TEXT, color="muted", anchor="right")
        floor = _AXIS + _COLUMNS + 12
        _variances(page, used, floor)
        if tiers > 1:
            _pins(page, used, floor + _TIER + _GAP)
    return Drawing(board.svg(), WIDTH, height / POINTS_PER_MM)


def _column(page: _Page, base: _Tier, place: int) -> None:
    """Draw one month of the lowest tier: the reference behind, the actual in front."""
    record, board, middle, width = page.records[place], page.board, page.middle(place), page.wide
    reference = None if page.used is None else record[page.used.column]
    if page.used is not None and not look.missing(reference):
        tall = base.at(float(reference)) - base.zero  # type: ignore[arg-type]
        x = middle - width * 0.64
        if page.used.column == "plan":
            board.rect(x, base.zero, width, tall, fill="page", edge="actual")
        else:
            board.rect(x, base.zero, width, tall, fill="previous")
    value = record["actual"]
    if not look.missing(value):
        amount = float(value)
        tall = base.at(amount) - base.zero
        board.rect(middle - width * 0.36, base.zero, width, tall, fill="actual")
        text = page.scale.amount(amount)
        behind = 0.0 if look.missing(reference) else float(reference)  # type: ignore[arg-type]
        room = behind > amount >= 0 and tall > _INSIDE
        if not (room and page.inside(place, tall + base.zero, text)):
            y = base.at(max(amount, behind)) + 3
            page.label(place, y if amount >= 0 else base.at(min(amount, behind)) - 8, text)
    label = str(record["period"])
    name = f"M{int(label[5:])}" if page.numbered else look.month_name(label)
    board.text(middle, 3.5, name, size=_TEXT, weight=page.weight(place), anchor="center")


def _variances(page: _Page, used: Reference, floor: float) -> None:
    """Draw the middle tier: the variance as a bar per month."""
    values = _values(page.records, used.variance)
    tier = _ground(page, values, floor, used.delta)
    for place, value in values.items():
        tip, middle = tier.at(value), page.middle(place)
        color = _color(page.records[place], used)
        page.board.rect(middle - page.wide / 2, tier.zero, page.wide, tip - tier.zero, fill=color)
        page.label(place, tip + 2.5 if value >= 0 else tip - 7.5, page.scale.delta(value))


def _pins(page: _Page, used: Reference, floor: float) -> None:
    """Draw the upper tier: the variance in percent as a pin per month."""
    values = _values(page.records, used.variance_rate)
    tier = _ground(page, values, floor, f"{used.delta}{look.THIN}%")
    for place, value in values.items():
        tip, middle = tier.at(value), page.middle(place)
        color = _color(page.records[place], used)
        page.board.rect(middle - 0.9, tier.zero, 1.8, tip - tier.zero, fill=color)
        page.board.rect(middle - 2.4, tip - 2.4, 4.8, 4.8, fill=color)
        y = tip + 4.9 if value >= 0 else tip - 9.9
        page.label(place, y, look.rate(value, signed=True))


def _ground(page: _Page, values: dict[int, float], floor: float, label: str) -> _Tier:
    """Draw the zero line of a variance tier and return its scale."""
    tier = _band(list(values.values()), floor)
    page.board.line(_LEFT - 2, tier.zero, page.board.width - 2, tier.zero, width=0.7)
    page.board.text(_LEFT - 6, tier.zero - 2.5, label, size=_TEXT, anchor="right")
    return tier


def _values(records: list[dict[str, Any]], name: str) -> dict[int, float]:
    return {p: float(r[name]) for p, r in enumerate(records) if not look.missing(r[name])}


def _color(record: dict[str, Any], used: Reference) -> str:
    good = flag(record.get(used.favorable))
    return {True: "favorable", False: "unfavorable", None: "actual"}[good]


def _band(values: list[float], floor: float) -> _Tier:
    """Return where zero lies in a variance tier and how tall one unit is."""
    low, high = min([*values, 0.0]), max([*values, 0.0])
    per_unit = _TIER / ((high - low) or 1.0)
    room_below = 9.0 if low < 0 else 3.0
    return _Tier(floor + room_below - low * per_unit, per_unit)


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
