"""Promised against realized benefit, months after go-live: outlined bars behind solid ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.present import look, setting
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Column, Exhibit, columns
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, shortened, width_of

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About

WIDTH = 178.0
_ROW = 16.0
_HEAD = 17.0
_FOOT = 3.0
_TEXT = 7.2
_NAMES = 150.0
_GAP = 14.0
_SHARE = 27.0
_OUTER, _INNER = 9.6, 5.2


@dataclass(frozen=True)
class _Panel:
    """One horizon's part of the drawing: where zero lies, and what one unit is wide."""

    left: float
    room: float
    per_unit: float

    def wide(self, amount: float) -> float:
        return amount * self.per_unit


def promises(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 12,
    id: str = "promises",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw what was promised for the months after go-live, and what has come.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.promises`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Initiatives drawn, those with the largest promises; the total holds all.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A panel per horizon, all on one scale: the promise outlined, what has come solid, its share
        of the promise beside it; where a horizon is not reached, the month in which it will be.
    """
    items = result[result["role"] == "item"] if len(result) else result
    if items.empty:
        return setting.absent(id, about, "cashflows", section=section)
    if not bool(items["reached"].fillna(value=False).any()):
        first = min((end for end in items["ends"].dropna() if end), default="")
        text = "No initiative has reached its first months after go-live"
        text += f"; the first one will in {first}." if first else "."
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    named = frame["name"].fillna("").astype(str)
    frame.insert(1, "label", named.where(named != "", frame["initiative"].astype(str)))
    scale = look.money_scale(
        frame[["promised", "realized"]].to_numpy().ravel(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    shown, left = _shown(frame, top)
    horizons = [int(months) for months in dict.fromkeys(frame["horizon_months"])]
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}benefit after go-live in {scale.unit}{setting.when(about)}:"
            " promised (PL, as approved) and realized (AC), added up"
        ),
        message=_message(frame, say),
        data=frame,
        body=_draw(shown, frame, horizons, scale),
        columns=_columns(frame, about),
        unit=scale.unit,
        source=setting.source(about, "initiatives", "cashflows", "milestones"),
        as_of=setting.as_of(about),
        notes=tuple(note for note in _notes(frame, left) if note),
        alt=_alt(frame, horizons, scale),
        facts=say.facts,
        section=section,
    )


def _shown(frame: pd.DataFrame, top: int) -> tuple[list[str], int]:
    """Return the initiatives drawn, in the order of the result, and how many are not."""
    items = frame[(frame["role"] == "item") & (frame["go_live"].fillna("") != "")]
    names = list(dict.fromkeys(items["initiative"]))
    if len(names) <= top:
        return names, 0
    largest = items.groupby("initiative")["promised"].max().fillna(0.0)
    kept = set(largest.sort_values(ascending=False, kind="stable").index[:top])
    return [name for name in names if name in kept], len(names) - top


def _message(frame: pd.DataFrame, say: Facts) -> str:
    reached = frame[(frame["role"] == "total") & frame["reached"].fillna(value=False)]
    key = str(reached["row_key"].iloc[-1])
    months = say.number(key, "horizon_months")
    came = f"{say.amount(key, 'realized')}{look.THIN}{say.scale.unit}"
    items = frame[frame["role"] == "item"]
    if len(set(items["initiative"])) == 1:
        text = f"{months} months after go-live {items['label'].iloc[0]} has brought {came}"
    else:
        count, whole = say.number(key, "reached_count"), say.number(key, "count")
        verb = "has" if count == "1" else "have"
        text = f"{months} months after go-live {count} of {whole} initiatives {verb} brought {came}"
    if say.has(key, "realized_share"):
        text += f", {say.rate(key, 'realized_share')} of the {say.amount(key, 'promised')} promised"
    worst = _worst(frame, int(reached["horizon_months"].iloc[-1]))
    if worst is not None:
        row, name = worst
        text += f"; {name} has brought {say.rate(row, 'realized_share')} of its promise"
    return text


def _worst(frame: pd.DataFrame, months: int) -> tuple[str, str] | None:
    """Return key and name of the initiative that falls shortest of its promise."""
    rows = [
        row
        for row in setting.records(frame[frame["role"] == "item"])
        if row["horizon_months"] == months and not look.missing(row["realized_share"])
    ]
    short = [float(row["variance"]) for row in rows]
    if len(rows) < 2 or min(short) >= 0:  # noqa: PLR2004 (one initiative is the total)
        return None
    worst = rows[short.index(min(short))]
    return str(worst["row_key"]), str(worst["label"])


def _draw(shown: list[str], frame: pd.DataFrame, horizons: list[int], scale: look.Scale) -> Drawing:
    cells = {
        (str(row["initiative"]), int(row["horizon_months"])): row for row in setting.records(frame)
    }
    rows = [*shown, "Total"]
    height = (_HEAD + _ROW * len(rows) + _FOOT) / POINTS_PER_MM
    board = Board(WIDTH, height)
    labels = {name: str(cells[name, horizons[0]]["label"]) for name in rows}
    widest = max(
        width_of(label, _TEXT, 600 if name == "Total" else 400) for name, label in labels.items()
    )
    left = min(widest, _NAMES) + 9
    panels = _panels(board, cells, shown, horizons, left)
    for months, panel in panels.items():
        words = f"{months} month{'' if months == 1 else 's'}"
        words += " after go-live" if months == horizons[-1] else ""
        board.text(panel.left, board.height - 8, words, size=_TEXT, weight=600)
        board.line(panel.left, _FOOT, panel.left, board.height - _HEAD + 3, width=0.8)
    for place, name in enumerate(rows):
        middle = board.height - _HEAD - _ROW * (place + 0.5)
        heavy = 600 if name == "Total" else 400
        if name == "Total":
            board.line(0, middle + _ROW / 2, board.width, middle + _ROW / 2, width=0.8)
        text = shortened(labels[name], left - 8, _TEXT, heavy)
        board.text(left - 5, middle - 2.6, text, size=_TEXT, weight=heavy, anchor="right")
        for months, panel in panels.items():
            row = cells[name, months]
            if name == "Total":
                _sum(board, panel, row, middle, scale)
            else:
                _pair(board, panel, row, middle, scale)
    return Drawing(board.svg(), WIDTH, height)


def _panels(
    board: Board,
    cells: dict[tuple[str, int], dict[str, Any]],
    shown: list[str],
    horizons: list[int],
    left: float,
) -> dict[int, _Panel]:
    """Divide the width by what each horizon has to show, on one scale for all."""
    amounts = {
        months: max(
            (
                float(cells[name, months][side])
                for name in shown
                for side in ("promised", "realized")
                if not look.missing(cells[name, months][side])
            ),
            default=0.0,
        )
        for months in horizons
    }
    fixed = 62.0 + _SHARE  # room for the number and the share beside the longest bar
    room = board.width - left - (fixed + _GAP) * len(horizons)
    per_unit = room / (sum(max(0.0, amount) for amount in amounts.values()) or 1.0)
    panels, at = {}, left
    for months in horizons:
        wide = max(0.0, amounts[months]) * per_unit + fixed
        panels[months] = _Panel(at, wide, per_unit)
        at += wide + _GAP
    return panels


def _pair(
    board: Board, panel: _Panel, row: dict[str, Any], middle: float, scale: look.Scale
) -> None:
    """Draw one promise and what came of it."""
    if not row["reached"] or look.missing(row["realized"]):
        text = f"from {row['ends']}" if row["ends"] and not row["reached"] else look.MISSING
        board.text(panel.left + 4, middle - 2.4, text, size=6.8, color="muted")
        return
    promised, realized = float(row["promised"]), float(row["realized"])
    board.rect(panel.left, middle - _INNER / 2, panel.wide(realized), _INNER, fill="actual")
    board.rect(
        panel.left, middle - _OUTER / 2, panel.wide(promised), _OUTER, edge="actual", line=0.7
    )
    end = panel.left + max(0.0, panel.wide(promised), panel.wide(realized)) + 4
    _number(board, end, middle, _told(row, scale), weight=400)


def _sum(
    board: Board, panel: _Panel, row: dict[str, Any], middle: float, scale: look.Scale
) -> None:
    """Write a total: it has no bar, because the bars would be on another scale."""
    if not row["reached"] or look.missing(row["realized"]):
        board.text(panel.left + 4, middle - 2.6, look.MISSING, size=_TEXT, weight=600)
        return
    _number(board, panel.left + 4, middle, _told(row, scale), weight=600)


def _told(row: dict[str, Any], scale: look.Scale) -> str:
    text = f"{scale.amount(row['realized'])} of {scale.amount(row['promised'])}"
    if not look.missing(row["realized_share"]) and not look.beyond(row["realized_share"]):
        text += f" ({look.rate(row['realized_share'], decimals=0)}{look.THIN}%)"
    return text


def _number(board: Board, x: float, middle: float, text: str, *, weight: int) -> None:
    board.text(x, middle - 2.5, text, size=6.8, weight=weight)


def _columns(frame: pd.DataFrame, about: About | None) -> tuple[Column, ...]:
    money = setting.currency(about)
    texts = ["row_key", "label", "initiative", "role", "name", "product", "owner"]
    texts += ["go_live", "go_live_by", "ends", "promise_known_on", "reason"]
    given = [Column(name, name.replace("_", " ")) for name in texts]
    given += [
        Column(name, name.replace("_", " "), "count")
        for name in ("horizon_months", "count", "reached_count")
    ]
    given += [
        Column(name, name.replace("_", " "), "money", money)
        for name in ("promised", "realized", "variance")
    ]
    given += [Column(n, n.replace("_", " "), "rate") for n in ("variance_rate", "realized_share")]
    given += [Column(name, name, "boolean") for name in ("reached", "favorable")]
    return columns(frame, given)


def _notes(frame: pd.DataFrame, left: int) -> list[str]:
    items = frame[frame["role"] == "item"]
    by = sorted({str(by).split(" ")[0] for by in items["go_live_by"].dropna() if by})
    words = {"first": "the first planned month with a benefit", "milestone": "its milestone"}
    live = " or ".join(words[word] for word in reversed(by) if word in words)
    told = (
        f"Outlined: promised in the plan as approved; solid: realized. Go-live is {live}, as"
        " planned; its month is the first. The total holds the initiatives that have reached the"
        " months, on both sides."
    )
    told += f" {left} with smaller promises are not drawn." if left else ""
    rows = items[items["go_live"].fillna("") == ""].drop_duplicates("initiative")
    odd = [f"{row['label']}: {row['reason']}" for row in setting.records(rows) if row["reason"]]
    return [told, f"Not drawn: {'. '.join(odd[:4])}." if odd else ""]


def _alt(frame: pd.DataFrame, horizons: list[int], scale: look.Scale) -> str:
    told = [
        f"{row['label']} {row['horizon_months']} months: {_told(row, scale)}"
        for row in setting.records(frame)
        if row["reached"] and not look.missing(row["realized"])
    ]
    ends = ", ".join(map(str, horizons))
    return f"Bars, realized of promised {ends} months after go-live in {scale.unit}: " + (
        "; ".join(told) + "."
    )
