"""Series of one frequency as the rows of one array, so that a step is one operation for all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array, Flags

Counts: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
#: Less than this counts as no spread at all.
TINY = 1e-12


@dataclass(frozen=True)
class Rows:
    """Complete series, oldest value first, each padded with zeros to the longest.

    Parameters
    ----------
    values : numpy.ndarray
        One series per row.
    lengths : numpy.ndarray
        How many values of each row are its own, at least one.
    season : int
        Periods in a year: 12 or 4.
    """

    values: Array
    lengths: Counts
    season: int

    @cached_property
    def own(self) -> Flags:
        """Which cells hold a value of the series."""
        return np.asarray(np.arange(self.values.shape[1])[None, :] < self.lengths[:, None])

    @cached_property
    def positive(self) -> Flags:
        """Which series hold only values above zero, so that they have a logarithm."""
        return np.asarray(((self.values > 0) | ~self.own).all(1))

    @cached_property
    def never_negative(self) -> Flags:
        """Which series hold no value below zero."""
        return np.asarray((self.values >= 0).all(1))

    @cached_property
    def logs(self) -> Rows:
        """The same series as logarithms; a series that has none is all zero."""
        kept = self.own & self.positive[:, None]
        return Rows(np.log(np.where(kept, self.values, 1.0)), self.lengths, self.season)

    def last(self, back: int = 0) -> Array:
        """Return the value `back` periods before the last of each series, its first at most."""
        at = np.maximum(self.lengths - 1 - back, 0)[:, None]
        return np.asarray(np.take_along_axis(self.values, at, 1)[:, 0])

    def with_values(self, values: Array) -> Rows:
        """Return the same rows with other values, zero where a series has ended."""
        return Rows(np.where(self.own, values, 0.0), self.lengths, self.season)


def rows_of(series: Sequence[Array], season: int) -> Rows:
    """Return series of any length as rows.

    Examples
    --------
    >>> made = rows_of([np.array([1.0, 2.0]), np.array([3.0])], 12)
    >>> made.values.tolist(), made.lengths.tolist()
    ([[1.0, 2.0], [3.0, 0.0]], [2, 1])
    """
    lengths = np.array([len(one) for one in series], dtype=np.int64)
    values = np.zeros((len(series), int(lengths.max(initial=1))))
    values[np.arange(values.shape[1])[None, :] < lengths[:, None]] = np.concatenate(series)
    return Rows(values, lengths, season)


def line(rows: Rows, first: Counts | None = None) -> tuple[Array, Array]:
    """Return the least-squares line of each series: its mean value and its slope per period.

    Parameters
    ----------
    rows : Rows
        The series.
    first : numpy.ndarray, optional
        How many of the first values count; all by default.

    Examples
    --------
    >>> mean, slope = line(rows_of([np.array([1.0, 3.0, 5.0])], 12))
    >>> mean.tolist(), slope.tolist()
    ([3.0], [2.0])
    """
    count = rows.lengths if first is None else np.minimum(rows.lengths, first)
    inside = np.arange(rows.values.shape[1])[None, :] < count[:, None]
    offset = (np.arange(rows.values.shape[1])[None, :] - (count[:, None] - 1) / 2) * inside
    mean = (rows.values * inside).sum(1) / count
    spread = (offset**2).sum(1)
    slope = (offset * rows.values).sum(1) / np.where(spread > 0, spread, 1.0)
    return np.asarray(mean), np.asarray(slope)
