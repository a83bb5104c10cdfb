"""Cost of one unit by driver: a small chart each, with its mean before and what it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.present import look, setting
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Column, Exhibit, columns
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, shortened, width_of

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.measures.unit_cost import UnitCost

WIDTH = 178.0
_HEIGHT = 96.0
_GAP = 16.0
_EDGE = 3.0
_TEXT = 7.2
_FEWEST = 2
_MOST = 4
_MEANING = (
    "Cost of revenue of the products that have the units, over all their units; each chart has a"
    " scale of its own that does not start at zero, and unit costs do not add up. Seats and"
    " customers count once a month. Dashed: mean of the months before."
)
NO_COST = "No cost is booked on the products of this book, so a unit of them has none."
NO_UNITS = "No units are counted in this book, so nothing has a cost per unit."


def unit_cost(
    result: UnitCost,
    *,
    about: About | None = None,
    id: str = "unit-cost",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw what one unit of each driver costs, month by month, up to four side by side.

    Parameters
    ----------
    result : UnitCost
        Result of `pfkit.unit_cost`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A panel per driver, each on a scale of its own from its lowest to its highest month; the
        mean of the months before is dashed.
    """
    known = result.table[result.table["unit_cost"].notna()] if len(result.table) else result.table
    if known.empty:
        counted = len(result.table) and bool(result.table["units"].notna().any())
        why = NO_COST if counted else NO_UNITS
        return setting.absent(id, about, "invoices", section=section, otherwise=why)
    frame = known.reset_index(drop=True)
    money = setting.currency(about)
    scale = look.money_scale(frame["cost"].to_numpy(), money)
    say = Facts(id, frame, scale)
    panels = [(row, _months(result.trend, row)) for row in setting.records(frame.iloc[:_MOST])]
    return Exhibit(
        id=id,
        kind="figure",
        title=f"{setting.who(about)}cost of one unit in {money}{setting.when(about)}, by month",
        message=_message(frame, say),
        data=frame,
        body=_draw(panels),
        columns=_columns(frame, money),
        unit=money,
        source=setting.source(about, "actuals", "invoices"),
        as_of=setting.as_of(about),
        notes=(_MEANING,),
        alt=_alt(panels),
        facts=say.facts,
        section=section,
    )


def _months(trend: pd.DataFrame, row: dict[str, Any]) -> list[tuple[str, float]]:
    mine = trend[(trend["driver"] == row["driver"]) & (trend["metric"] == row["metric"])]
    return list(zip(mine["period"], mine["unit_cost"].astype("float64"), strict=True))


def _message(frame: pd.DataFrame, say: Facts) -> str:
    """Say which unit got dearest, and how much of the rise of cost that is."""
    moved = frame[frame["change_rate"].notna()]
    if moved.empty:
        key, one = str(frame["row_key"].iloc[0]), one_of(str(frame["label"].iloc[0]))
        return f"Cost per {one} is {say.number(key, 'unit_cost', decimals=2)}"
    row = moved.loc[moved["change_rate"].abs().sort_values(kind="stable").index[-1]]
    key, up = str(row["row_key"]), float(row["change"]) > 0
    unit = f"{look.THIN}{say.scale.unit}"
    head = f"Cost per {one_of(str(row['label']))} is"
    if len(frame) > 1:
        dearer = say.count("favorable", equals=False)
        whole = say.count("label")
        many = f"All {whole}" if dearer == whole else f"{dearer} of {whole}"
        head = f"{many} units cost more than on average before"
        head += f"; cost per {one_of(str(row['label']))} moves most, to"
    text = f"{head} {say.number(key, 'unit_cost', decimals=2)}"
    text += f" ({say.rate(key, 'change_rate', signed=True)})"
    if not say.has(key, "rate_effect") or not say.has(key, "volume_effect"):
        return text
    what = "dearer" if up else "cheaper"
    text += f": {what} units move its cost by {say.delta(key, 'rate_effect')}{unit}, volume by "
    return f"{text}{say.delta(key, 'volume_effect')}{unit}"


def _draw(panels: list[tuple[dict[str, Any], list[tuple[str, float]]]]) -> Drawing:
    board = Board(WIDTH, _HEIGHT / POINTS_PER_MM)
    count = max(len(panels), _FEWEST)
    wide = (board.width - _GAP * (count - 1)) / count
    for place, (row, months) in enumerate(panels):
        _panel(board, row, months, (place * (wide + _GAP), wide))
    return Drawing(board.svg(), WIDTH, _HEIGHT / POINTS_PER_MM)


def _panel(
    board: Board,
    row: dict[str, Any],
    months: list[tuple[str, float]],
    at: tuple[float, float],
) -> None:
    left, wide = at
    board.text(left, board.height - 8, f"per {one_of(str(row['label']))}", size=_TEXT, weight=600)
    told = look.number(row["unit_cost"], decimals=2)
    if not look.missing(row["change_rate"]):
        told += f"  {look.rate(row['change_rate'], signed=True)}{look.THIN}%"
    board.text(left, board.height - 18, shortened(told, wide, _TEXT), size=_TEXT)
    values = [value for _, value in months]
    extra = [] if look.missing(row["before"]) else [float(row["before"])]
    low, high = min([*values, *extra]), max([*values, *extra])
    floor, top = 16.0, board.height - 28
    per_unit = (top - floor) / ((high - low) or 1.0)
    step = (wide - 2 * _EDGE) / max(len(values) - 1, 1)
    start = left + _EDGE
    points = [(start + step * n, floor + (v - low) * per_unit) for n, v in enumerate(values)]
    if extra:
        y = floor + (extra[0] - low) * per_unit
        board.line(left, y, left + wide, y, color="muted", width=0.7, dash=(2, 2))
    if len(points) > 1:
        board.polyline(points, color="actual", width=1.4)
    board.disc(*points[-1], 1.8, fill="actual")
    board.text(left, 3.5, look.month_name(months[0][0]), size=6.8, color="muted")
    last = look.month_name(months[-1][0])
    if width_of(last, 6.8) * 2 + 4 < wide and len(months) > 1:
        board.text(left + wide, 3.5, last, size=6.8, color="muted", anchor="right")


def one_of(label: str) -> str:
    """Return one unit of what is counted in the plural."""
    plain = label.endswith("s") and not label.endswith("ss")
    return label[:-1] if plain and not label.startswith("thousand") else label


def _columns(frame: pd.DataFrame, money: str) -> tuple[Column, ...]:
    given = [Column(n, n) for n in ("row_key", "driver", "metric", "label", "reason")]
    given += [
        Column(n, n.replace("_", " "), "money", money)
        for n in ("cost", "unit_cost", "before", "change", "volume_effect", "rate_effect")
    ]
    given += [Column("units", "units", "number"), Column("change_rate", "change %", "rate")]
    return columns(frame, [*given, Column("favorable", "favorable", "boolean")])


def _alt(panels: list[tuple[dict[str, Any], list[tuple[str, float]]]]) -> str:
    told = []
    for row, months in panels:
        values = ", ".join(f"{month} {look.number(value, decimals=2)}" for month, value in months)
        told.append(f"per {one_of(str(row['label']))}: {values}")
    return f"Lines of unit cost by month. {'; '.join(told)}."
