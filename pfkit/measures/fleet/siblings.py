"""The season that a short series borrows from the longer ones of its fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.rows import Rows
from pfkit.measures.fleet.seasons import YEARS, seasonal, shape

if TYPE_CHECKING:
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array, Flags

#: Fewer siblings than this say nothing.
FEWEST = 3
#: The fleet's season counts as much as so many series of a family.
FLEET = 3.0


def family_shapes(rows: Rows, first: Counts, family: Counts | None = None) -> Array:
    r"""Return the seasonal shape that the long series of each family share.

    Parameters
    ----------
    rows : Rows
        Series of the fleet; those of three years with values above zero count.
    first : numpy.ndarray
        The running number of each series' first period.
    family : numpy.ndarray, optional
        The number of each series' family; all are of one by default.

    Returns
    -------
    numpy.ndarray
        Family by month or quarter of the year, on the scale of logarithms, each adding up to zero;
        all zero where they share none.

    Notes
    -----
    The median over series of each month or quarter, those without a season counting as zero: so
    at least half of the series must lie above, or below, for anything to be lent. That of a
    family of :math:`k` long series is drawn to that of all: it counts :math:`k/(k + 3)`.

    References
    ----------
    .. [1] Withycombe (1989), "Forecasting with combined seasonal indices", *International Journal
       of Forecasting* 5, 547-552.
    """
    season = rows.season
    some = np.nonzero((rows.lengths >= YEARS * season) & rows.positive)[0]
    family = np.zeros(len(rows.lengths), dtype=np.int64) if family is None else family
    found = np.zeros((int(family.max()) + 1, season))
    if len(some) < FEWEST:
        return found
    part = Rows(rows.values[some], rows.lengths[some], season)
    own = shape(part.logs, seasonal(part))
    place = (np.arange(season)[None, :] - first[some][:, None]) % season
    own = np.take_along_axis(own, place, 1)
    found[:] = _middle(own)
    families, counts = np.unique(family[some], return_counts=True)
    for one, count in zip(families.tolist(), counts.tolist(), strict=True):
        if FEWEST <= count < len(some):
            share = count / (count + FLEET)
            found[one] = share * _middle(own[family[some] == one]) + (1 - share) * found[one]
    return found


def _middle(shapes: Array) -> Array:
    middle = np.median(shapes, axis=0)
    return np.asarray(middle - middle.mean())


def borrows(rows: Rows) -> Flags:
    """Return which series are too short for a season of their own and can take another's."""
    return np.asarray((rows.lengths < YEARS * rows.season) & rows.positive)


def factors(common: Array, first: Counts, start: Counts, count: int) -> Array:
    """Return what multiplies each series by its shared season, from `start` after its first.

    Examples
    --------
    >>> halves = np.log([0.5, 1.0, 1.0, 2.0])
    >>> factors(halves[None], np.array([3]), np.array([1]), 2).round(2).tolist()
    [[0.5, 1.0]]
    """
    at = first[:, None] + start[:, None] + np.arange(count)[None, :]
    return np.asarray(np.exp(np.take_along_axis(common, at % common.shape[1], 1)))
