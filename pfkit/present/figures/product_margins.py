"""From net revenue to the last margin, product by product: what is left after each level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.present import look, setting
from pfkit.present.bars import flag
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, shortened, width_of
from pfkit.present.tables.contribution_margins import SPAN_NAMES, span_name
from pfkit.present.tables.product_margins import (
    MARGIN_NAMES,
    beside,
    message_of,
    notes_of,
    noun_of,
    readable,
    steps_of,
    without,
)
from pfkit.present.tables.sheet import Col, described

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About

WIDTH = 178.0
_ROW = 14.5
_HEAD = 17.0
_FOOT = 3.0
_TEXT = 7.2
_SMALL = 6.8
_NAMES = 120.0
_GAP = 6.0
_NUMBER = 29.0
_SHARE = 32.0
_DELTA = 50.0
_THICK, _OUTER = 6.0, 9.6


@dataclass(frozen=True)
class _Panel:
    """One column of bars: where zero lies, and what one unit is wide."""

    name: str
    zero: float
    per_unit: float

    def at(self, amount: float) -> float:
        return self.zero + amount * self.per_unit


def product_margins(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 10,
    id: str = "product-margins-figure",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw what each product or family keeps of its revenue, level by level, on one scale.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.product_margins`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Rows drawn; the total holds all.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A panel each for net revenue and the margins; in the last the plan is outlined, beside it
        its share of net revenue and its variance. One line where the book has no statement, or no
        cost, so that net revenue is all there is.
    """
    spans = readable(result)
    if not spans:
        return setting.absent(
            id, about, "statement", section=section, otherwise=setting.NO_STATEMENT
        )
    if (why := without(result)) != "":
        return setting.said(id, why, about, section=section)
    frame = beside(result, spans[:1])
    by, of = str(result.columns[1]), str(result["of"].dropna().iloc[0])
    own = frame[frame["role"].isin(["item", "other"]) & (frame["net_revenue"].fillna(0) != 0)]
    if of == "net_revenue" or bool(own["actual"].isna().all()):
        text = "No margins: this book has no cost by product, so net revenue is all there is."
        return setting.said(id, text, about, section=section)
    used = setting.references(frame, most=1)
    scale = look.money_scale(frame["net_revenue"].tolist(), setting.currency(about))
    say = Facts(id, frame, scale)
    to_date = span_name(frame, spans[0]) == SPAN_NAMES["quarter"]
    rows = frame[frame["role"] != "total"].head(top)
    left = int((frame["role"] != "total").sum()) - len(rows)
    outlined = bool(frame["plan"].notna().any())
    told = notes_of(result[result["span"] == spans[0]], frame, used, of, about)
    more = f"{left} smaller rows are not drawn; the total holds them." if left else ""
    more = f"Outlined: plan. {more}".strip() if outlined else more
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}{noun_of(by)}, from net revenue to contribution margin in"
            f" {scale.unit}{setting.when(about)}{', quarter to date' if to_date else ''}"
        ),
        message=message_of(frame, used, say, of),
        data=frame,
        body=_draw(rows, frame, of, used, scale),
        columns=described(frame, _described(of), setting.currency(about)),
        unit=scale.unit,
        source=setting.source(about, "actuals", "invoices", "budget"),
        as_of=setting.as_of(about),
        notes=tuple(note for note in (*told, more, setting.lengths(about)) if note),
        alt=_alt(frame, of, scale),
        facts=say.facts,
        section=section,
    )


def _described(of: str) -> list[Col]:
    steps = [Col(step, name, "money") for step, name in MARGIN_NAMES.items()]
    return [*steps, Col("actual", MARGIN_NAMES[of], "money"), Col("plan", "Plan", "money")]


def _draw(
    rows: pd.DataFrame, frame: pd.DataFrame, of: str, used: list[setting.Reference],
    scale: look.Scale,
) -> Drawing:  # fmt: skip
    records = setting.records(rows)
    total = setting.records(frame[frame["role"] == "total"])[0]
    height = (_HEAD + _ROW * (len(records) + 1) + _FOOT) / POINTS_PER_MM
    board = Board(WIDTH, height)
    widest = max(width_of(str(r["label"]), _TEXT, 400) for r in [*records, total])
    left = min(widest, _NAMES) + 8
    panels, delta, edge = _panels(board, records, steps_of(frame, of), left, used)
    _heads(board, panels, delta, used, room=edge - _SHARE - panels[-1].zero)
    board.text(edge, board.height - 8, f"{MARGIN_NAMES[of]}{look.THIN}%", size=_TEXT, weight=600,
               anchor="right")  # fmt: skip
    for place, record in enumerate([*records, total]):
        middle = board.height - _HEAD - _ROW * (place + 0.5)
        last = place == len(records)
        weight = 600 if last else 400
        if last:
            board.line(0, middle + _ROW / 2, board.width, middle + _ROW / 2, width=0.8)
        name = shortened(str(record["label"]), left - 8, _TEXT, weight)
        board.text(left - 5, middle - 2.6, name, size=_TEXT, weight=weight, anchor="right")
        for panel in panels:
            _bar(board, panel, record, middle, scale=scale, written=last, of=of)
        share = record.get(f"{of}_share")
        text = look.MISSING if look.missing(share) else f"{look.rate(share)}{look.THIN}%"
        board.text(edge, middle - 2.5, text, size=_SMALL, weight=weight, anchor="right")
        if used:
            _gap(board, delta, record, middle, scale=scale, reference=used[0], written=last)
    return Drawing(board.svg(), WIDTH, height)


def _float(value: object) -> float:
    return 0.0 if look.missing(value) else float(value)  # type: ignore[arg-type]


def _panels(
    board: Board,
    records: list[dict[str, Any]],
    steps: list[str],
    left: float,
    used: list[setting.Reference],
) -> tuple[list[_Panel], _Panel, float]:
    """Divide the width by what each column has to show; return also where the share ends."""
    ends = {}
    for step in steps:
        values = [_float(r[step]) for r in records]
        values += [_float(r["plan"]) for r in records] if step == steps[-1] else []
        ends[step] = (max([0.0, *(-v for v in values)]), max([0.0, *values]))
    gaps = [_float(r[used[0].variance]) for r in records] if used else []
    high, low = max([0.0, *gaps]), max([0.0, *(-gap for gap in gaps)])
    for_delta = (_DELTA + 2 * _NUMBER) if used else 0.0
    fixed = (_NUMBER + _GAP) * len(steps) + _SHARE + for_delta
    span = sum(sum(pair) for pair in ends.values()) or 1.0
    per_unit = (board.width - left - fixed) / span
    panels, at = [], left
    for step in steps:
        below, above = ends[step]
        panels.append(_Panel(step, at + below * per_unit, per_unit))
        at += (below + above) * per_unit + _NUMBER + _GAP
    delta_unit = _DELTA / ((high + low) or 1.0)
    edge = at + _SHARE - _GAP
    return panels, _Panel("delta", edge + _GAP + _NUMBER + low * delta_unit, delta_unit), edge


def _heads(
    board: Board,
    panels: list[_Panel],
    delta: _Panel,
    used: list[setting.Reference],
    *,
    room: float,
) -> None:
    """Write what each column is; where there is room, that the plan is outlined in the last."""
    top = board.height - 8
    for panel in panels:
        name = MARGIN_NAMES[panel.name]
        longer = f"{name} AC, PL outlined"
        planned = bool(used) and used[0].column == "plan"
        if panel is panels[-1] and planned and width_of(longer, _TEXT, 600) <= room:
            name = longer
        board.text(panel.zero, top, name, size=_TEXT, weight=600)
        board.line(panel.zero, _FOOT, panel.zero, board.height - _HEAD + 3, width=0.8)
    if used:
        head = f"{look.DELTA}{used[0].short}"
        board.text(delta.zero, top, head, size=_TEXT, weight=600, anchor="center")
        board.line(delta.zero, _FOOT + _ROW, delta.zero, board.height - _HEAD + 3, width=0.8)


def _bar(
    board: Board,
    panel: _Panel,
    record: dict[str, Any],
    middle: float,
    *,
    scale: look.Scale,
    written: bool,
    of: str,
) -> None:
    """Draw one amount with its number; a total is written, for its bar would need another scale."""
    value = record[panel.name]
    weight = 600 if written else 400
    if look.missing(value):
        board.text(panel.zero + 3, middle - 2.5, look.MISSING, size=_SMALL, weight=weight)
        return
    amount, end = float(value), panel.zero
    if not written:
        end = panel.at(max(0.0, amount))
        wide = panel.at(amount) - panel.zero
        board.rect(panel.zero, middle - _THICK / 2, wide, _THICK, fill="actual")
        if panel.name == of and not look.missing(record["plan"]):
            planned = panel.at(float(record["plan"])) - panel.zero
            board.rect(panel.zero, middle - _OUTER / 2, planned, _OUTER, edge="actual", line=0.7)
            end = max(end, panel.zero + planned)
    board.text(end + 3, middle - 2.5, scale.amount(amount), size=_SMALL, weight=weight)


def _gap(
    board: Board,
    panel: _Panel,
    record: dict[str, Any],
    middle: float,
    *,
    scale: look.Scale,
    reference: setting.Reference,
    written: bool,
) -> None:
    """Draw one variance, favorable or unfavorable, with its sign."""
    value = record[reference.variance]
    if look.missing(value):
        board.text(panel.zero + 3, middle - 2.5, look.MISSING, size=_SMALL)
        return
    gap = float(value)
    end = panel.zero
    if not written:
        good = flag(record.get(reference.favorable))
        tone = "actual" if good is None else ("favorable" if good else "unfavorable")
        end = panel.at(gap)
        board.rect(panel.zero, middle - _THICK / 2, end - panel.zero, _THICK, fill=tone)
    side: tuple[float, Any] = (end + 3, "left") if gap >= 0 else (end - 3, "right")
    weight = 600 if written else 400
    text = scale.delta(gap)
    board.text(side[0], middle - 2.5, text, size=_SMALL, weight=weight, anchor=side[1])


def _alt(frame: pd.DataFrame, of: str, scale: look.Scale) -> str:
    told = []
    for row in setting.records(frame):
        parts = [
            f"{MARGIN_NAMES[step]} {scale.amount(row[step])}"
            for step in steps_of(frame, of)
            if not look.missing(row[step])
        ]
        told.append(f"{row['label']}: {', '.join(parts)}")
    return f"Bars from net revenue to {MARGIN_NAMES[of]} in {scale.unit}: {'; '.join(told)}."
