"""A sparkline: the course of a number over the last months, ending in a dot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look
from pfkit.present.figures.draw import POINTS_PER_MM, Board

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _HEIGHT = 13.0, 4.6
_PAD = 2.0


def spark(values: Sequence[object], *, favorable: bool | None = None) -> str:
    """Return a sparkline as SVG; empty where there are fewer than two values.

    Parameters
    ----------
    values : sequence
        In order of time; NA leaves a gap that the line bridges.
    favorable : bool, optional
        Colors the last point.
    """
    known = [(p, float(v)) for p, v in enumerate(values) if not look.missing(v)]  # type: ignore[arg-type]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    board = Board(_WIDTH, _HEIGHT)
    low = min(value for _, value in known)
    high = max(value for _, value in known)
    wide = (_WIDTH * POINTS_PER_MM - 2 * _PAD) / (known[-1][0] - known[0][0])
    tall = (_HEIGHT * POINTS_PER_MM - 2 * _PAD) / ((high - low) or 1.0)
    points = [
        (_PAD + (place - known[0][0]) * wide, _PAD + (value - low) * tall) for place, value in known
    ]
    board.polyline(points, color="actual", width=0.9)
    color = {True: "favorable", False: "unfavorable", None: "actual"}[favorable]
    board.disc(*points[-1], 1.7, fill=color)
    return board.svg()
