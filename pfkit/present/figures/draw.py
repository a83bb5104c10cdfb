"""A small drawing board over matplotlib: points and text in, deterministic SVG out."""

from __future__ import annotations

import io
import logging
import math
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon, Rectangle
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from pfkit.present import look
from pfkit.present.scripts import label

POINTS_PER_MM = 72 / 25.4
_FINE = 0.25
_SVG = "http://www.w3.org/2000/svg"
_ROLES = {light: role for role, (light, _) in look.PALETTE.items()}
_COLOR = re.compile(r"#[0-9a-f]{6}")
_FONT = re.compile(r"(?:(?P<style>italic|oblique) )?(?:(?P<weight>\d+|bold) )?(?P<size>[\d.]+)px ")
if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist

Anchor = Literal["left", "center", "right"]

ET.register_namespace("", _SVG)


@lru_cache(maxsize=1)
def _fonts() -> None:
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    if look.FONT not in known:
        for path in sorted(look.FONTS.glob("*.ttf")):
            font_manager.fontManager.addfont(str(path))
    # the fallback has no weight between regular and bold; the nearest is what is wanted
    logging.getLogger("matplotlib.font_manager").addFilter(_is_no_weight)


def _is_no_weight(record: logging.LogRecord) -> bool:
    return "Failed to find font weight" not in str(record.msg)


@lru_cache(maxsize=64)
def _properties(size: float, weight: int) -> font_manager.FontProperties:
    _fonts()
    return font_manager.FontProperties(family=[look.FONT, look.FALLBACK], size=size, weight=weight)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float, weight: int = 400) -> float:
    """Return the width of a text in points."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # get_text_width_height_descent reads "$" as mathematics; the flag turns that off
        width, _, _ = text_to_path.get_text_width_height_descent(
            text, _properties(size, weight), ismath=False
        )
    return float(width)


def shortened(text: str, room: float, size: float, weight: int = 400) -> str:
    """Return a text cut with an ellipsis so that it fits into `room` points.

    Examples
    --------
    >>> shortened("Volume", 200, 7)
    'Volume'
    """
    if width_of(text, size, weight) <= room:
        return text
    kept = text
    while kept and width_of(kept.rstrip() + "…", size, weight) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


class Board:
    """A page of `width` by `height` millimeters, drawn on in points from the lower left corner."""

    def __init__(self, width: float, height: float) -> None:
        _fonts()
        self.width = width * POINTS_PER_MM
        self.height = height * POINTS_PER_MM
        self._figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=72)
        self._figure.patch.set_visible(False)
        self._above = 1

    def _add(self, artist: Artist) -> None:
        artist.set_zorder(self._above)  # what comes later lies on top, as on paper
        self._above += 1
        self._figure.add_artist(artist)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "none",
        edge: str = "none",
        line: float = 0.8,
    ) -> None:
        """Draw a rectangle; negative sizes extend left or down."""
        if width < 0:
            x, width = x + width, -width
        if height < 0:
            y, height = y + height, -height
        patch = Rectangle(
            (x, y),
            width,
            height,
            facecolor=_hex(fill),
            edgecolor=_hex(edge),
            linewidth=line if edge != "none" else 0,
            transform=None,
            joinstyle="miter",
        )
        self._add(patch)

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        color: str = "ink",
        width: float = 0.8,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """Draw a straight line."""
        self._add(
            Line2D(
                [x1, x2],
                [y1, y2],
                color=_hex(color),
                linewidth=width,
                linestyle="-" if dash is None else (0, dash),
                transform=None,
                solid_capstyle="butt",
                dash_capstyle="butt",
            )
        )

    def polyline(
        self,
        points: list[tuple[float, float]],
        *,
        color: str = "ink",
        width: float = 1,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """Draw connected lines."""
        xs, ys = zip(*points, strict=True)
        self._add(
            Line2D(
                xs,
                ys,
                color=_hex(color),
                linewidth=width,
                linestyle="-" if dash is None else (0, dash),
                transform=None,
                dash_capstyle="butt",
            )
        )

    def hatched(
        self, x: float, y: float, width: float, height: float, *, color: str, step: float = 3.2
    ) -> None:
        """Draw a rectangle of slanted lines with its outline; negative sizes extend left or down.

        The lines stand on one lattice, so that two hatched rectangles meet without a seam.
        """
        if width < 0:
            x, width = x + width, -width
        if height < 0:
            y, height = y + height, -height
        xs: list[float] = []
        ys: list[float] = []
        for place in range(math.floor((x - y - height) / step), math.ceil((x + width - y) / step)):
            shift = place * step  # the line of all points where x - y is `shift`
            left, right = max(x, y + shift), min(x + width, y + height + shift)
            if left < right:
                xs += [left, right, math.nan]
                ys += [left - shift, right - shift, math.nan]
        if xs:
            self._add(Line2D(xs, ys, color=_hex(color), linewidth=0.6, transform=None))
        self.rect(x, y, width, height, edge=color, line=0.6)

    def hatched_band(
        self,
        xs: Sequence[float],
        low: Sequence[float],
        high: Sequence[float],
        *,
        color: str,
        step: float = 3.2,
    ) -> None:
        """Draw slanted lines between two outlines that share their `xs`, on the same lattice."""
        at = np.arange(xs[0], xs[-1], _FINE)
        bottom, top = np.interp(at, xs, low), np.interp(at, xs, high)
        first = math.floor((xs[0] - float(top.max())) / step)
        last = math.ceil((xs[-1] - float(bottom.min())) / step)
        shift = np.arange(first, last + 1)[:, None] * step
        y = at[None, :] - shift
        inside = (y >= bottom) & (y <= top)
        edge = np.diff(inside.astype(int), axis=1, prepend=0, append=0)
        line, start = np.nonzero(edge == 1)
        _, end = np.nonzero(edge == -1)
        wide = end - start > 1
        left, right, moved = at[start[wide]], at[end[wide] - 1], shift[line[wide], 0]
        gap = np.full(len(left), math.nan)
        across = np.column_stack([left, right, gap]).ravel()
        up = np.column_stack([left - moved, right - moved, gap]).ravel()
        if len(across):
            self._add(Line2D(across, up, color=_hex(color), linewidth=0.6, transform=None))

    def polygon(self, points: list[tuple[float, float]], *, fill: str) -> None:
        """Draw a filled polygon."""
        self._add(Polygon(points, closed=True, facecolor=_hex(fill), linewidth=0, transform=None))

    def disc(
        self, x: float, y: float, radius: float, *, fill: str, edge: str = "none", line: float = 0.8
    ) -> None:
        """Draw a circle."""
        self._add(
            Circle(
                (x, y),
                radius,
                facecolor=_hex(fill),
                edgecolor=_hex(edge),
                linewidth=line if edge != "none" else 0,
                transform=None,
            )
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 7.2,
        weight: int = 400,
        color: str = "ink",
        anchor: Anchor = "left",
    ) -> None:
        """Write words with their baseline at `y`; a dollar sign is a dollar sign."""
        artist = Text(
            x,
            y,
            label(words),
            color=_hex(color),
            ha=anchor,
            va="baseline",
            parse_math=False,
            fontproperties=_properties(size, weight),
        )
        artist.set_transform(mpl.transforms.IdentityTransform())
        self._add(artist)

    def svg(self) -> str:
        """Return the drawing as SVG text, the same bytes for the same drawing."""
        buffer = io.BytesIO()
        with (
            mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pfkit"}),
            warnings.catch_warnings(),
        ):
            warnings.filterwarnings("ignore", message=r"Glyph .* missing")
            FigureCanvasSVG(self._figure).print_svg(  # type: ignore[no-untyped-call]
                buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
            )
        return tidy(buffer.getvalue().decode("utf-8"))


def _hex(color: str) -> str:
    return color if color == "none" else look.PALETTE[color][0]


def tidy(svg: str) -> str:
    """Return matplotlib's SVG without styles and ids: attributes and palette classes instead.

    Presentation attributes carry the light palette, so the drawing stands alone in print; classes
    such as ``pf-f-actual`` let a style sheet recolor fills and strokes for a dark page.
    """
    root = ET.fromstring(svg)  # noqa: S314 - drawn here a moment ago, not read from outside
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{_SVG}}}metadata", f"{{{_SVG}}}defs"}:
                parent.remove(child)
    root.set("stroke-linejoin", "miter")
    for node in root.iter():
        _restyle(node)
        node.attrib.pop("id", None)  # nothing refers to them, and they repeat across a page
        if node.get("transform", "").startswith("rotate(-0 "):
            del node.attrib["transform"]
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    return re.sub(r">\s+<", "><", ET.tostring(root, encoding="unicode"))


def _restyle(node: ET.Element) -> None:
    style = node.attrib.pop("style", "")
    classes = []
    for part in style.split(";"):
        name, colon, value = (piece.strip() for piece in part.partition(":"))
        if not colon:
            continue
        if name == "font":
            _font(node, value)
            continue
        node.set(name, value)
        if name in {"fill", "stroke"} and _COLOR.fullmatch(value) and value in _ROLES:
            classes.append(f"pf-{name[0]}-{_ROLES[value]}")
    if node.tag == f"{{{_SVG}}}text":
        node.set("font-family", f"'{look.FONT}', '{look.FALLBACK}', sans-serif")
    if classes:
        node.set("class", " ".join(classes))


def _font(node: ET.Element, shorthand: str) -> None:
    found = _FONT.match(shorthand)
    if found is None:
        return
    node.set("font-size", found["size"])
    if found["weight"]:
        node.set("font-weight", {"bold": "700"}.get(found["weight"], found["weight"]))
