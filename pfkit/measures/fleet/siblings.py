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


def common_shape(rows: Rows, first: Counts) -> Array:
    r"""Return the seasonal shape that long series share, by month or quarter of the year.

    Parameters
    ----------
    rows : Rows
        Series of the fleet; those of three years with values above zero count.
    first : numpy.ndarray
        The running number of each series' first period.

    Returns
    -------
    numpy.ndarray
        On the scale of logarithms, adding up to zero; all zero where they share none.

    Notes
    -----
    The median over series of each month or quarter, those without a season counting as zero: so
    at least half of the series must lie above, or below, for anything to be lent.

    References
    ----------
    .. [1] Withycombe (1989), "Forecasting with combined seasonal indices", *International Journal
       of Forecasting* 5, 547-552.
    """
    season = rows.season
    some = np.nonzero((rows.lengths >= YEARS * season) & rows.positive)[0]
    if len(some) < FEWEST:
        return np.zeros(season)
    part = Rows(rows.values[some], rows.lengths[some], season)
    own = shape(part.logs, seasonal(part))
    place = (np.arange(season)[None, :] - first[some][:, None]) % season
    own = np.take_along_axis(own, place, 1)
    middle = np.median(own, axis=0)
    return np.asarray(middle - middle.mean())


def borrows(rows: Rows) -> Flags:
    """Return which series are too short for a season of their own and can take another's."""
    return np.asarray((rows.lengths < YEARS * rows.season) & rows.positive)


def factors(common: Array, first: Counts, start: Counts, count: int) -> Array:
    """Return what multiplies a series by the shared season, from `start` periods after its first.

    Examples
    --------
    >>> halves = np.log([0.5, 1.0, 1.0, 2.0])
    >>> factors(halves, np.array([3]), np.array([1]), 2).round(2).tolist()
    [[0.5, 1.0]]
    """
    at = first[:, None] + start[:, None] + np.arange(count)[None, :]
    return np.asarray(np.exp(common[at % len(common)]))
