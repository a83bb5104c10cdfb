"""In-cell variance bars: one scale for all columns that measure the same thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look
from pfkit.present.body import Bar, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENOUGH = 4
_OUTLIER = 5


def bars(
    values: Sequence[Sequence[object]],
    favorable: Sequence[Sequence[object]],
    *,
    scaled_by: Sequence[bool] | None = None,
) -> list[list[Bar | None]]:
    """Return a bar per value, on one scale for all given columns.

    Parameters
    ----------
    values : sequence of sequence
        One sequence of variances per column; NA gets no bar.
    favorable : sequence of sequence
        The same shape: True, False or NA.
    scaled_by : sequence of bool, optional
        The rows that set the scale; a bar of another row that is longer is cut and marked.

    Examples
    --------
    >>> column = bars([[4.0, -2.0]], [[True, False]])[0]
    >>> column[0].share, column[1].share, column[1].low
    (1.0, -0.5, -0.5)
    """
    numbers = [[None if look.missing(v) else float(v) for v in column] for column in values]  # type: ignore[arg-type]
    setting = [
        value
        for column in numbers
        for place, value in enumerate(column)
        if value is not None and (scaled_by is None or scaled_by[place])
    ] or [value for column in numbers for value in column if value is not None]
    largest = _reach(setting)
    if largest == 0:
        return [[None if v is None else Bar(0, 0, 1, None) for v in c] for c in numbers]
    shares = [
        [None if v is None else max(-1.0, min(1.0, v / largest)) for v in column]
        for column in numbers
    ]
    low = min((s for column in shares for s in column if s is not None), default=0.0)
    high = max((s for column in shares for s in column if s is not None), default=0.0)
    return [
        [
            None
            if share is None or value is None
            else Bar(share, min(low, 0.0), max(high, 0.0), flag(good), abs(value) > largest)
            for share, value, good in zip(column, raw, goods, strict=True)
        ]
        for column, raw, goods in zip(shares, numbers, favorable, strict=True)
    ]


def _reach(setting: Sequence[float]) -> float:
    """Return the longest bar drawn whole; one that dwarfs all others does not set the scale."""
    sizes = sorted((abs(value) for value in setting), reverse=True)
    if not sizes:
        return 0.0
    if len(sizes) >= _ENOUGH and sizes[1] > 0 and sizes[0] > _OUTLIER * sizes[1]:
        return sizes[1] * 1.5
    return sizes[0]


def flag(value: object) -> bool | None:
    """Return True, False, or None for NA."""
    return None if look.missing(value) else bool(value)


def tone(value: object) -> Tone:
    """Return the tone of a favorable flag."""
    known = flag(value)
    return "" if known is None else ("favorable" if known else "unfavorable")
