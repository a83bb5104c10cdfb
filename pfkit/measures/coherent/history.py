"""What is known of every node of a hierarchy, all up to the same last period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.series import Series

if TYPE_CHECKING:
    from pfkit.measures.coherent.hierarchy import Hierarchy
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array, Flags


@dataclass(frozen=True)
class History:
    """What is known of every node, all up to the same last period.

    Parameters
    ----------
    tree : Hierarchy
        The nodes.
    amounts : numpy.ndarray
        Node by period; zero before a node's first.
    first : numpy.ndarray
        Per node the position of its first period.
    start : int
        The running number of the first period.
    season : int
        Periods in a year: 12 or 4.
    absent : numpy.ndarray
        Per lowest series, periods after its first that no row tells of; they count as zero.
    """

    tree: Hierarchy
    amounts: Array
    first: Counts
    start: int
    season: int
    absent: Counts

    @property
    def end(self) -> int:
        """The running number of the first period to come."""
        return self.start + int(self.amounts.shape[1])

    @property
    def never_negative(self) -> Flags:
        """Which nodes were never below zero."""
        return np.asarray((self.amounts >= 0).all(1))

    def series(self) -> Series:
        """Return the nodes as the engine takes them, in their order."""
        return complete(self.amounts, self.first, self.start, self.season)


def complete(values: Array, first: Counts, start: int, season: int) -> Series:
    """Return rows of values as series of one frequency that all end together.

    Parameters
    ----------
    values : numpy.ndarray
        Series by period.
    first : numpy.ndarray
        Per series the position of its first value.
    start : int
        The running number of the first period.
    season : int
        Periods in a year.
    """
    count, width = values.shape
    own = np.arange(width)[None, :] >= first[:, None]
    at = np.broadcast_to(start + np.arange(width), (count, width))[own]
    starts = np.concatenate([[0], np.cumsum(own.sum(1))])
    return Series([f"{k:07d}" for k in range(count)], starts, at, values[own], season)


def laid_out(series: Series, tree: Hierarchy) -> History:
    """Return the history of every node from that of the lowest series.

    Parameters
    ----------
    series : Series
        The lowest series.
    tree : Hierarchy
        How they add up.
    """
    start, width = int(series.first.min()), int(series.last.max() - series.first.min()) + 1
    row = np.repeat(np.arange(len(series.names)), np.diff(series.starts))
    lowest = np.zeros((len(series.names), width))
    lowest[row, series.at - start] = series.values
    first = series.first - start
    owner = tree.sums.tocoo()
    above = np.full(tree.above, width)
    np.minimum.at(above, owner.row, first[owner.col])
    absent = width - first - np.diff(series.starts)
    return History(
        tree,
        tree.whole(lowest),
        np.concatenate([above, first]).astype(np.int64),
        start,
        series.season,
        np.asarray(absent, dtype=np.int64),
    )
