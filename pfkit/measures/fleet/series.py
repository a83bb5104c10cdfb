"""Many series in three flat arrays, from which any of them are taken as complete rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.fleet.repairs import fill
from pfkit.measures.fleet.rows import Counts, Rows

if TYPE_CHECKING:
    from pfkit.measures.medians import Array


@dataclass(frozen=True)
class Series:
    """Series of one frequency, their values one after the other.

    Parameters
    ----------
    names : list of str
        One per series, sorted.
    starts : numpy.ndarray
        Where each series starts in `at` and `values`; one more at the end.
    at : numpy.ndarray
        The period of each value as a running number, rising within a series.
    values : numpy.ndarray
        Finite, or NaN where the table says nothing; a series starts and ends with a finite one.
    season : int
        Periods in a year: 12 or 4.
    family : numpy.ndarray, optional
        The number of each series' family; all are of one by default.
    """

    names: list[str]
    starts: Counts
    at: Counts
    values: Array
    season: int
    family: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        """Put every series into one family where none are told."""
        if not len(self.family):
            one = np.zeros(len(self.names), dtype=np.int64)
            object.__setattr__(self, "family", one)

    @property
    def first(self) -> Counts:
        """The first period of each series."""
        return np.asarray(self.at[self.starts[:-1]])

    @property
    def last(self) -> Counts:
        """The last period of each series."""
        return np.asarray(self.at[self.starts[1:] - 1])

    def rows(self, some: Counts) -> tuple[Rows, Counts]:
        """Return some series complete, and how many of their values were filled in."""
        first, lengths = self.first[some], (self.last - self.first)[some] + 1
        count = (self.starts[1:] - self.starts[:-1])[some]
        row = np.repeat(np.arange(len(some)), count)
        before = np.repeat(np.cumsum(count) - count, count)
        flat = np.repeat(self.starts[:-1][some], count) + np.arange(len(row)) - before
        values = np.full((len(some), int(lengths.max(initial=1))), np.nan)
        values[row, self.at[flat] - first[row]] = self.values[flat]
        own = np.arange(values.shape[1])[None, :] < lengths[:, None]
        filled, holes = fill(values, own, self.season)
        return Rows(filled, lengths, self.season), np.asarray(holes)
