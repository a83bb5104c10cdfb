"""What an exhibit is made of: one description that both the screen and the paper draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "right"]
Tone = Literal["", "favorable", "unfavorable", "red", "amber", "green"]
Role = Literal["line", "subtotal", "total", "other", "memo"]


@dataclass(frozen=True)
class Bar:
    """An in-cell variance bar on the scale its column shares.

    Attributes
    ----------
    share : float
        From -1 to 1: the bar's length as a share of the column's largest variance.
    low, high : float
        The column's own ends on that scale; zero lies between them.
    favorable : bool or None
        None where the line has no favorable direction.
    cut : bool
        The bar is longer than the scale and is drawn with a break mark.
    """

    share: float
    low: float
    high: float
    favorable: bool | None
    cut: bool = False


@dataclass(frozen=True)
class Cell:
    """One printed cell: its text, and the bar or tone that goes with it."""

    text: str
    bar: Bar | None = None
    tone: Tone = ""
    sort: float | str | None = None
    mark: int | None = None


@dataclass(frozen=True)
class Head:
    """One printed column: its label, its place in the data and how its numbers are written."""

    label: str
    column: str = ""
    align: Align = "left"
    share: float = 0  # of the room left over; 0: as wide as its texts
    swatch: Literal["", "actual", "plan", "previous", "outlook"] = ""
    bar: bool = False
    scale: float | None = None
    decimals: int | None = None
    spoken: str = ""
    code: bool = False


@dataclass(frozen=True)
class Group:
    """A heading over several columns."""

    label: str
    span: int


@dataclass(frozen=True)
class Row:
    """One printed row; its role says how it is set."""

    key: str
    cells: tuple[Cell, ...]
    role: Role = "line"


@dataclass(frozen=True)
class Grid:
    """A table. `ordered` tables keep their order; others can be sorted on screen."""

    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    groups: tuple[Group, ...] = ()
    ordered: bool = True


@dataclass(frozen=True)
class Drawing:
    """A chart as SVG, in the light palette; `width` and `height` in millimeters."""

    svg: str
    width: float
    height: float


@dataclass(frozen=True)
class Tile:
    """One headline number with its variances and its trend."""

    key: str
    label: str
    value: str
    unit: str
    deltas: tuple[tuple[str, str, Tone], ...] = ()  # (signed text, against what, tone)
    remark: str = ""
    spark: str = ""  # SVG
    spark_alt: str = ""


@dataclass(frozen=True)
class Tiles:
    """A row of tiles."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Point:
    """One comment: a number that marks tie to, a leading sentence and the rest."""

    key: str
    lead: str
    rest: str = ""
    mark: int | None = None


@dataclass(frozen=True)
class Points:
    """Numbered comments."""

    points: tuple[Point, ...]


@dataclass(frozen=True)
class Heading:
    """A headline (level 0) or a section heading (level 1)."""

    level: int
    text: str
    below: str = ""


@dataclass(frozen=True)
class Note:
    """One line instead of an exhibit: what is missing, or a plain sentence."""

    text: str


Body = Grid | Drawing | Tiles | Points | Heading | Note
