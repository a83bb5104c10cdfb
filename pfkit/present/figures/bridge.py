"""The bridge: signed steps from one total to another, with a marked axis break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.measures import bridge as walk
from pfkit.present import look, sentences, setting
from pfkit.present.bars import flag
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Column, Exhibit, columns
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, shortened, width_of

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About

WIDTH = 178.0
_ROW = 14.5
_TOP = 4.0
_TEXT = 7.4
_LABELS = 165.0
_BREAK_ABOVE = 0.45
_BUDGET = "Budget"
_YEAR = " full year"
_SAID_AS = {"projection": "projected"}
_NAMES = {
    "plan": "plan",
    "budget": "budget",
    "prior_year": "prior year",
    "previous": "previous period",
    "actual": "actual",
}
_SHORT = {"plan": "PL", "budget": "PL", "prior_year": "PY", "previous": "PP", "actual": "AC"}


@dataclass(frozen=True)
class _Axis:
    """Where amounts lie on the drawing."""

    left: float
    zero: float
    low: float
    per_unit: float
    broken: bool

    def at(self, amount: float) -> float:
        return self.zero + (amount - self.low) * self.per_unit


def bridge(
    steps: pd.DataFrame,
    lines: pd.DataFrame | None = None,
    *,
    about: About | None = None,
    start: str = "",
    end: str = "actual",
    measure: str = "",
    top: int = 8,
    id: str = "bridge",  # noqa: A002 - the word for it
    section: str = "",
    tables: tuple[str, ...] = ("actuals", "invoices", "budget"),
) -> Exhibit:
    """Draw how one total becomes another.

    Parameters
    ----------
    steps : pandas.DataFrame
        Result of `pfkit.bridge`, or of a comparison such as `pfkit.variance` together with
        `start` and `end`; amounts in reporting currency.
    lines : pandas.DataFrame, optional
        Result of `pfkit.budget_lines`, walked from its reference to what it compares where
        `steps` has nothing to walk.
    about : About, optional
        The book: company, period, sources.
    start, end : str
        The columns to walk between where `steps` is a comparison. Default: from the first of
        plan, prior year and previous period that is there.
    measure : str
        What the totals are totals of. Default: the last subtotal of a comparison, else "Total".
    top : int
        Named steps where `steps` is a comparison.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    tables : tuple of str
        Tables named in the source line.

    Returns
    -------
    Exhibit
        With ``bridge``: start, steps and end in full precision, which add up.
    """
    frame = steps
    if "cumulative" not in steps.columns:
        start = start or _first_reference(steps)
        frame = walk(steps, start=start, end=end, top=top) if start else steps.head(0)
    if frame.empty and lines is not None and len(lines):
        frame, measure = _lines_walk(lines, top), measure or _BUDGET
    if frame.empty:
        text = "No bridge: there is nothing in the input to compare actuals with."
        return setting.said(id, text, about, section=section)
    frame = frame.reset_index(drop=True)
    measure = measure or _total_of(steps)
    scale = look.money_scale(frame["amount"].tolist(), setting.currency(about))
    say = Facts(id, frame, scale)
    first, last = frame.iloc[0], frame.iloc[-1]
    message = _message(frame, say, measure)
    between = f"from {_name(first['step'])} to {_name(last['step'])}"
    drawing, broken = draw_steps(frame, scale, measure)
    notes = ("The axis is cut: bars of start and end do not begin at zero.",) if broken else ()
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}{setting.spoken(measure)} in {scale.unit}"
            f"{setting.when(about)}, {between}"
        ),
        message=message,
        data=frame,
        body=drawing,
        columns=step_columns(frame, about),
        unit=scale.unit,
        source=setting.source(about, *tables),
        as_of=setting.as_of(about),
        notes=notes,
        alt=in_words(frame, scale, measure, between),
        facts=say.facts,
        section=section,
        bridge=walked(frame),
    )


def _lines_walk(lines: pd.DataFrame, top: int) -> pd.DataFrame:
    """Walk a budget table from its reference to what is compared, by line."""
    compared, _, reference = str(lines["comparison"].iloc[0]).partition(" against ")
    if not reference or not bool(lines["reference"].notna().any()):
        return lines.head(0)
    # Whether more is better stands in the verdicts, which follow the account's own direction.
    item = lines[lines["role"] != "total"]
    higher = bool(((item["variance"] > 0) & item["favorable"]).any())
    named = lines.rename(columns={"reference": reference, "compared": compared})
    named = named.assign(favorable_when="higher" if higher else "lower")
    return walk(named, start=reference, end=compared, by="label", top=top)


def _first_reference(comparison: pd.DataFrame) -> str:
    """Return what there is to walk from: plan, else prior year, else the previous period."""
    rows = comparison
    if "basis" in comparison.columns:
        rows = comparison[comparison["basis"] == "period"]
    found = setting.references(rows, most=1)
    return found[0].column if found else ""


def _total_of(comparison: pd.DataFrame) -> str:
    """Return what all lines of a statement add up to: its last subtotal."""
    if "line" not in comparison.columns or "role" not in comparison.columns:
        return "Total"
    subtotals = comparison.loc[comparison["role"] == "subtotal", "line"]
    return str(subtotals.iloc[-1]) if len(subtotals) else "Total"


def _name(step: object) -> str:
    return _NAMES.get(str(step), str(step))


def _message(frame: pd.DataFrame, say: Facts, measure: str) -> str:
    steps = frame[frame["role"] == "step"]
    steps = steps[[not say.scale.zero(amount) for amount in steps["amount"]]]
    start = _name(frame["step"].iloc[0])
    if steps.empty:
        return f"{measure} does not differ from {start}"
    named = steps.reindex(steps["amount"].abs().sort_values(ascending=False, kind="stable").index)
    change = float(frame["amount"].iloc[-1] - frame["amount"].iloc[0])
    pulling = named[(named["amount"] > 0) == (change > 0)].head(2)
    holding = named[(named["amount"] > 0) != (change > 0)].head(1)
    who = [
        f"{row['step']} ({say.delta(str(row['row_key']), 'amount')})"
        for _, row in pulling.iterrows()
    ]
    text = f"{sentences.joined(who)} {_moves(measure, start, frame, one=len(who) == 1)}"
    for _, row in holding.iterrows():
        size = say.delta(str(row["row_key"]), "amount")
        text += f", partly offset by {row['step']} ({size})"
    return text


def _moves(measure: str, start: str, frame: pd.DataFrame, *, one: bool) -> str:
    """Say what the largest steps do to the total; of a budget walk, to which spending."""
    s = "s" if one else ""
    up = float(frame["amount"].iloc[-1]) > float(frame["amount"].iloc[0])
    if measure != _BUDGET:
        return f"{'lift' if up else 'lower'}{s} {setting.spoken(measure)} most against {start}"
    better = frame.loc[frame["amount"] > 0, "favorable"].dropna()
    noun = "income" if len(better) and bool(better.iloc[-1]) else "spending"
    version = str(frame["step"].iloc[-1]).removesuffix(_YEAR)
    if version.startswith(("actual", "spent")):
        told = f"{noun} to date"
    else:
        told = f"{_SAID_AS.get(version, version)} {noun}"
    against = start.removesuffix(_YEAR).replace(" to date", ", to date")
    if up:
        return f"add{s} most to {told} against {against}"
    return f"lower{s} {told} most against {against}"


def _axis(frame: pd.DataFrame, left: float, room: float) -> _Axis:
    amounts = [float(v) for v in frame["cumulative"]]
    low, high = min(amounts), max(amounts)
    reach = high - low
    if low > 0 and reach > 0 and low / high > _BREAK_ABOVE:
        base = max(0.0, low - 0.45 * reach)
        return _Axis(left, left, base, room / (high - base), broken=base > 0)
    if high < 0 and reach > 0 and high / low > _BREAK_ABOVE:
        base = min(0.0, high + 0.45 * reach)
        per_unit = room / (base - low)
        return _Axis(left, left + room, base, per_unit, broken=base < 0)
    low, high = min(low, 0.0), max(high, 0.0)
    return _Axis(left, left, low, room / ((high - low) or 1.0), broken=False)


def draw_steps(frame: pd.DataFrame, scale: look.Scale, measure: str) -> tuple[Drawing, bool]:
    """Draw the rows of a walk; say whether the axis is cut."""
    records = setting.records(frame)
    height = (_TOP * 2 + _ROW * len(records)) / POINTS_PER_MM
    board = Board(WIDTH, height)
    names = [_label(record, measure) for record in records]
    heavy = [600 if record["role"] in {"start", "end"} else 400 for record in records]
    widest = max(width_of(n, _TEXT, w) for n, w in zip(names, heavy, strict=True))
    left = min(widest, _LABELS) + 8
    texts = _texts(records, scale)
    tail = max(width_of(text, _TEXT, 600) for text in texts) + 6
    room = board.width - left - tail
    axis = _axis(frame, left, room)
    ground = axis.zero if axis.broken else axis.at(0)
    board.line(ground, 0, ground, board.height, width=0.8)
    before: float | None = None
    for place, record in enumerate(records):
        middle = board.height - _TOP - _ROW * (place + 0.5)
        name = shortened(names[place], left - 7, _TEXT, heavy[place])  # a hair more than the widest
        board.text(left - 5, middle - 2.6, name, size=_TEXT, weight=heavy[place], anchor="right")
        reached = float(record["cumulative"])
        right = _bar(board, axis, record, middle, before)
        board.text(right + 3, middle - 2.6, texts[place], size=_TEXT, weight=heavy[place])
        if place + 1 < len(records):
            x = axis.at(reached)
            board.line(x, middle - 4.6, x, middle - _ROW + 4.6, color="actual", width=0.5)
        before = reached
    return Drawing(board.svg(), WIDTH, height), axis.broken


def _bar(
    board: Board, axis: _Axis, record: dict[str, Any], middle: float, before: float | None
) -> float:
    """Draw the bar of one row; return its right end."""
    reached = axis.at(float(record["cumulative"]))
    if record["role"] in {"start", "end"}:
        zero = axis.zero if axis.broken else axis.at(0)
        fill, edge = ("actual", "none") if record["role"] == "end" else _style(str(record["step"]))
        board.rect(zero, middle - 4.6, reached - zero, 9.2, fill=fill, edge=edge)
        if axis.broken:
            cut_mark(board, zero + (9 if reached > zero else -9), middle)
        return max(reached, zero)
    begin = axis.at(before if before is not None else 0)
    good = flag(record.get("favorable"))
    tone = "actual" if good is None else ("favorable" if good else "unfavorable")
    board.rect(begin, middle - 4.6, reached - begin, 9.2, fill=tone)
    return max(begin, reached)


def _style(step: str) -> tuple[str, str]:
    """Return fill and edge of the first bar: plan outlined, earlier periods light."""
    return ("previous", "none") if step in {"prior_year", "previous"} else ("page", "actual")


def cut_mark(board: Board, x: float, middle: float) -> None:
    """Mark a bar whose axis does not begin at zero: two slanted lines and a gap."""
    board.polygon(
        [
            (x - 3.2, middle - 6.6),
            (x + 0.4, middle - 6.6),
            (x + 3.4, middle + 6.6),
            (x - 0.2, middle + 6.6),
        ],
        fill="page",
    )
    board.line(x - 3.2, middle - 6.6, x - 0.2, middle + 6.6, color="ink", width=0.7)
    board.line(x + 0.4, middle - 6.6, x + 3.4, middle + 6.6, color="ink", width=0.7)


def _label(record: dict[str, Any], measure: str) -> str:
    if record["role"] in {"start", "end"}:
        step = str(record["step"])
        return f"{measure} {_SHORT.get(step, step)}"
    return str(record["step"])


def _texts(records: list[dict[str, Any]], scale: look.Scale) -> list[str]:
    texts = []
    for record in records:
        if record["role"] in {"start", "end"}:
            texts.append(scale.amount(record["amount"]))
        else:
            texts.append(scale.delta(record["amount"]))
    first, last = float(records[0]["amount"]), float(records[-1]["amount"])
    short = _SHORT.get(str(records[0]["step"]), "")
    change = f" {look.DELTA}{short} {scale.delta(last - first)}"
    if first:
        change += f" ({look.rate((last - first) / abs(first), signed=True)}{look.THIN}%)"
    texts[-1] += change
    return texts


def step_columns(frame: pd.DataFrame, about: About | None) -> tuple[Column, ...]:
    """Describe the columns of a walk."""
    money = setting.currency(about)
    return columns(
        frame,
        [
            Column("row_key", "Row"),
            Column("step", "Step"),
            Column("role", "Role"),
            Column("status", "Status"),
            Column("count", "Drivers", "count"),
            Column("amount", "Amount", "money", money),
            Column("cumulative", "Reached", "money", money),
            Column("share", "Share of the change", "rate"),
            Column("favorable", "Favorable", "boolean"),
            Column("reason", "Reason"),
        ],
    )


def walked(frame: pd.DataFrame) -> dict[str, Any]:
    """Return start, steps and end of a walk, which add up."""
    amounts = [float(value) for value in frame["amount"]]
    return {"start": amounts[0], "steps": amounts[1:-1], "end": amounts[-1]}


def in_words(frame: pd.DataFrame, scale: look.Scale, measure: str, between: str) -> str:
    """Tell a walk in words."""
    records = setting.records(frame)
    said = ", ".join(
        f"{_label(record, measure)} {text}"
        for record, text in zip(records, _texts(records, scale), strict=True)
    )
    return f"Bridge {between} in {scale.unit}: {said}."
