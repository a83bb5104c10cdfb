"""The whale curve: results of customers added up, the best first, and what the last take back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Column, Exhibit, columns
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, width_of

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About

WIDTH = 178.0
_HEIGHT = 106.0
_AXIS = 16.0
_HEAD = 14.0
_TEXT = 7.2
_FEWEST = 3
NO_COST = "No cost reaches the customers of this book, so none can be ranked by what is left."
NO_CUSTOMERS = "No customer of this book has revenue in the period, so none can be ranked."


def cost_to_serve(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "whale-curve",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw the result of customers added up, the largest first.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cost_to_serve`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        The curve climbs while customers earn and falls over those that lose; its end is what all
        of them leave.
    """
    items = result[result["role"] == "item"] if len(result) else result
    if len(items) < _FEWEST:
        return setting.absent(id, about, "invoices", section=section, otherwise=NO_CUSTOMERS)
    if not items["cost"].any():
        return setting.said(id, NO_COST, about, section=section)
    frame = result.reset_index(drop=True)
    scale = look.money_scale(items["cumulative"].to_numpy(), setting.currency(about))
    say = Facts(id, frame, scale)
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}result of customers at full cost in {scale.unit}"
            f"{setting.when(about)}: added up, the best customer first"
        ),
        message=message(frame, say),
        data=frame,
        body=_draw(frame, scale),
        columns=_columns(frame, about),
        unit=scale.unit,
        source=setting.source(about, "actuals", "invoices", "usage"),
        as_of=setting.as_of(about),
        notes=(meaning(frame, scale),),
        alt=f"Curve of {len(items)} customers. {message(frame, Facts(id, frame, scale))}.",
        facts=say.facts,
        section=section,
    )


def message(frame: pd.DataFrame, say: Facts) -> str:
    """Say how many customers lose, what they take, and who takes most."""
    unit = f"{look.THIN}{say.scale.unit}"
    losing = frame[(frame["role"] == "item") & (frame["loses"] == True).fillna(value=False)]  # noqa: E712
    earned = f"{say.amount('earns', 'result')}{unit}"
    if losing.empty:
        return f"All {say.number('earns', 'count')} customers earn, {earned} together"
    few = say.number("loses", "count")
    verb, noun = ("loses", "customer") if few == "1" else ("lose", "customers")
    of = say.number("total", "count")
    text = f"{few} of {of} {noun if of == '1' else 'customers'} {verb} money and take back "
    text += f"{say.amount('loses', 'result', magnitude=True)}{unit} of the {earned} the others earn"
    worst = str(losing.iloc[-1]["row_key"])
    lost = say.amount(worst, "result", magnitude=True)
    return f"{text}; {losing.iloc[-1]['label']} takes most, {lost}{unit}"


def meaning(frame: pd.DataFrame, scale: look.Scale) -> str:
    """Return what result means here, and what is on no customer."""
    text = "Result is revenue less direct and shared cost of what a customer uses."
    other = setting.records(frame[frame["row_key"] == "other"])
    if other and float(other[0]["result"]):
        text += f" On no customer: {scale.delta(other[0]['result'])}{look.THIN}{scale.unit}"
        text += ", such as unused capacity and what is not allocated."
    return text


def _draw(frame: pd.DataFrame, scale: look.Scale) -> Drawing:
    items = frame[frame["role"] == "item"]
    sums = [0.0, *items["cumulative"].astype("float64").tolist()]
    board = Board(WIDTH, _HEIGHT / POINTS_PER_MM)
    end = f"{scale.amount(sums[-1])}{look.THIN}{scale.unit}"
    left, right = 6.0, board.width - width_of(end, _TEXT, 600) - 10
    low, high = min(sums), max(sums)
    per_unit = (board.height - _AXIS - _HEAD) / ((high - low) or 1.0)
    zero = _AXIS - low * per_unit
    step = (right - left) / (len(sums) - 1)
    points = [(left + step * n, zero + value * per_unit) for n, value in enumerate(sums)]
    board.polygon([(left, zero), *points, (right, zero)], fill="previous")
    board.line(left, zero, right, zero, width=0.9)
    peak = sums.index(high)
    x, y = points[peak]
    if 0 < peak < len(sums) - 1:
        board.line(x, zero, x, y, color="muted", width=0.7, dash=(2, 2))
        words = f"{scale.amount(high)}{look.THIN}{scale.unit} after {peak} customers"
        room = x - left > width_of(words, _TEXT, 600)
        board.text(x, y + 5, words, size=_TEXT, weight=600, anchor="right" if room else "left")
    board.polyline(points, color="actual", width=1.4)
    board.disc(x, y, 1.8, fill="actual")
    board.disc(*points[-1], 1.8, fill="actual")
    board.text(right + 5, points[-1][1] - 2.5, end, size=_TEXT, weight=600)
    base = 3.5 if low >= 0 else min(3.5, zero - 10)
    board.text(left, base, "best customer", size=_TEXT, color="muted")
    last = f"customer {len(items)}"
    board.text(right, base, last, size=_TEXT, color="muted", anchor="right")
    return Drawing(board.svg(), WIDTH, _HEIGHT / POINTS_PER_MM)


def _columns(frame: pd.DataFrame, about: About | None) -> tuple[Column, ...]:
    money = setting.currency(about)
    given = [Column(n, n.replace("_", " ")) for n in ("row_key", "customer", "label", "role")]
    given += [
        Column(n, n, "money", money)
        for n in ("revenue", "direct", "allocated", "cost", "result", "cumulative")
    ]
    given += [Column(n, n.replace("_", " "), "rate") for n in ("result_rate", "cumulative_share")]
    given += [Column("count", "customers", "count"), Column("loses", "loses", "boolean")]
    return columns(frame, [*given, Column("reason", "reason")])
