"""What each planned release is promised to add, outlined, and what of it is likely, hatched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, shortened, width_of
from pfkit.present.tables.roadmap import TOTAL, message, record, refused
from pfkit.present.tables.sheet import described
from pfkit.present.verdicts import interval, labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.contracts.about import About
    from pfkit.measures import Roadmap

WIDTH = 178.0
_ROW, _HEAD, _FOOT = 15.0, 14.0, 2.0
_TEXT, _SMALL, _NAMES = 7.2, 6.8, 130.0
_OUTER, _INNER, _TOLD = 9.0, 5.0, 120.0
_WORDS = {"release": "", "benefit": " (benefit)"}
_READING = (
    "Outlined: promised to the end of the months ahead, from the month expected now. Hatched: what"
    " of it is likely, with interval. Releases slip and are withdrawn, and promises are not kept:"
    " the interval holds all three."
)


def roadmap(
    found: Roadmap,
    *,
    names: Mapping[str, str] | None = None,
    about: About | None = None,
    top: int = 8,
    id: str = "roadmap-items",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw what each planned release is to add, as promised and as is likely.

    Parameters
    ----------
    found : Roadmap
        Result of `pfkit.roadmap`.
    names : mapping, optional
        What readers call features, ``book.feature_names``.
    about : About, optional
        The book: company, period, sources.
    top : int
        Rows drawn, those that promise most.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per planned release with the month it is expected in; one line where nothing is
        planned.
    """
    if found.verdict == "refused":
        return refused(found, id, about, section)
    frame = _frame(found, names)
    scale = look.money_scale(
        frame[["promised", "likely", "low", "high"]]
        .to_numpy(dtype="float64", na_value=0.0)
        .ravel(),
        setting.currency(about),
    )
    say = Facts(id, frame, scale)
    items = frame[frame["role"] == "item"]
    drawn = items.loc[items["promised"].rank(ascending=False, method="first") <= top]
    left = len(items) - len(drawn)
    last = str(found.months["period"].iloc[-1])
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}net revenue that planned releases add in {scale.unit}, to {last}:"
            f" promised (PL) and likely (FC, {look.number(found.level, scale=0.01)}{look.THIN}%"
            " interval)"
        ),
        message=message(say),
        data=frame,
        body=_draw(setting.records(drawn), scale),
        columns=described(frame, (), setting.currency(about)),
        unit=scale.unit,
        source=setting.source(about, "releases", "benefits", "milestones"),
        as_of=setting.as_of(about),
        notes=tuple(
            note
            for note in (
                _READING,
                record(found),
                f"Not drawn but in tables.xlsx: {left} that promise less." if left else "",
            )
            if note
        ),
        alt=_alt(setting.records(drawn), scale),
        facts=say.facts,
        section=section,
    )


def _frame(found: Roadmap, names: Mapping[str, str] | None) -> pd.DataFrame:
    items = found.items[found.items["reason"] == ""].reset_index(drop=True)
    items.insert(1, "label", labels(items["item"], names) + items["kind"].map(_WORDS))
    items.insert(2, "role", "item")
    months = found.months
    sums = months[["promised", "likely", "beyond"]].sum(skipna=False)
    numbers = {
        "hit_rate": found.hit_rate,
        "hit_low_rate": found.hit_low,
        "hit_high_rate": found.hit_high,
        "level_rate": found.level,
    }
    total: dict[str, Any] = {"row_key": TOTAL, "label": "Total", "role": "total"}
    total |= {"count": len(items), "hits": found.hit_count} | setting.records(sums.to_frame().T)[0]
    total |= {name: None if look.missing(one) else one for name, one in numbers.items()}
    frame = pd.concat([items, pd.DataFrame([total])], ignore_index=True)
    money = ["amount", "promised", "likely", "low", "high", "beyond", *numbers]
    return frame.astype(dict.fromkeys(money, "Float64") | {"count": "Int64", "hits": "Int64"})


def _draw(rows: list[dict[str, Any]], scale: look.Scale) -> Drawing:
    height = (_HEAD + _ROW * len(rows) + _FOOT) / POINTS_PER_MM
    board = Board(WIDTH, height)
    left = min(max(width_of(str(row["label"]), _TEXT) for row in rows), _NAMES) + 52
    ends = [
        float(row[name])
        for row in rows
        for name in ("promised", "likely", "low", "high")
        if not look.missing(row[name])
    ]
    low, high = min(0.0, *ends), max(ends)
    per = (board.width - left - _TOLD) / ((high - low) or 1.0)
    zero = left - low * per
    board.text(left - 4, board.height - 9, "expected", size=_SMALL, color="muted", anchor="right")
    board.text(board.width, board.height - 9, "likely of promised", size=_SMALL, color="muted",
               anchor="right")  # fmt: skip
    board.line(zero, _FOOT, zero, board.height - _HEAD + 2, width=0.8)
    for place, row in enumerate(rows):
        middle = board.height - _HEAD - _ROW * (place + 0.5)
        label = shortened(str(row["label"]), left - 46, _TEXT)
        board.text(0, middle - 2.6, label, size=_TEXT)
        board.text(left - 4, middle - 2.6, str(row["expected"]), size=_SMALL, color="muted",
                   anchor="right")  # fmt: skip
        _bar(board, row, zero, per, middle)
        board.text(board.width, middle - 2.5, _told(row, scale), size=_SMALL, anchor="right")
    return Drawing(board.svg(), WIDTH, height)


def _bar(board: Board, row: dict[str, Any], zero: float, per: float, middle: float) -> None:
    if not look.missing(row["likely"]):
        wide = float(row["likely"]) * per
        board.hatched(zero, middle - _INNER / 2, wide, _INNER, color="actual")
    promised = float(row["promised"]) * per
    board.rect(zero, middle - _OUTER / 2, promised, _OUTER, edge="actual", line=0.7)
    if not look.missing(row["low"]):
        low, high = (zero + float(row[end]) * per for end in ("low", "high"))
        board.line(low, middle, high, middle, color="ink", width=1.2)
        for x in (low, high):
            board.line(x, middle - 2, x, middle + 2, color="ink", width=1.0)


def _told(row: dict[str, Any], scale: look.Scale) -> str:
    if look.missing(row["likely"]):
        return f"{look.MISSING} of {scale.amount(row['promised'])}"
    bounds = interval(row["low"], row["high"], scale)
    return f"{scale.amount(row['likely'])} ({bounds}) of {scale.amount(row['promised'])}"


def _alt(rows: list[dict[str, Any]], scale: look.Scale) -> str:
    told = "; ".join(f"{row['label']} from {row['expected']} {_told(row, scale)}" for row in rows)
    return f"Bars, likely of promised in {scale.unit}: {told}."
