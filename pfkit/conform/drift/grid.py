"""The parts of a level, month by month, as plain arrays: what rules most of them out at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

_SLACK = 1e-6  # what is ruled out here is so by more than rounding


@dataclass(frozen=True)
class Grid:
    """Counts and sums by part (down) and month (across); zero where a part has no rows.

    Attributes
    ----------
    keys : tuple of str
        The parts.
    rows, n, total, size, mid : numpy.ndarray
        As a profile has them; ``mid`` is NaN where no row counts.
    """

    keys: tuple[str, ...]
    rows: Numbers
    n: Numbers
    total: Numbers
    size: Numbers
    mid: Numbers

    @classmethod
    def of(
        cls, bins: pd.DataFrame, level: str | None, months: Sequence[str], *, per_decade: int
    ) -> Grid:
        """Add up the bins of a level, or of the whole source."""
        place = {month: at for at, month in enumerate(months)}
        codes, keys = np.zeros(len(bins), dtype="int64"), [""]
        if level is not None:
            codes, found = pd.factorize(bins[level])
            keys = [str(key) for key in found]
        month, named = pd.factorize(bins["month"])
        cell = codes * len(months) + np.array([place[str(name)] for name in named], "int64")[month]
        shape = (len(keys), len(months))

        def added(column: str) -> Numbers:
            weights = bins[column].to_numpy(dtype="float64")
            sums = np.bincount(cell, weights, minlength=shape[0] * shape[1])
            return sums.astype("float64").reshape(shape)

        counted = (bins["n"] > 0).to_numpy()
        middle = _middles(
            cell[counted],
            bins["bin"].to_numpy(dtype="float64")[counted],
            bins["n"].to_numpy(dtype="float64")[counted],
            shape[0] * shape[1],
        )
        return cls(
            tuple(keys),
            added("rows"),
            added("n"),
            added("total"),
            added("size"),
            (middle / per_decade).reshape(shape),
        )

    def usual(self, figures: Numbers) -> Numbers:
        """Return each part's median over its months before the last, NaN below three of them."""
        counts = self.n[:, :-1] > 0
        known = np.where(counts, figures[:, :-1], np.nan)
        found = np.full(len(self.keys), np.nan)
        enough = counts.sum(axis=1) >= 3  # noqa: PLR2004 (fewer months show no habit)
        if enough.any():
            found[enough] = np.nanmedian(known[enough], axis=1)
        return found

    @cached_property
    def as_many(self) -> Numbers:
        """How many times the usual number of rows a part has, one way or the other; NaN if none."""
        return _apart(self.n[:, -1], self.usual(self.n))

    def jumped(self, *, shift: float, follows: float, as_many: float, matters: float) -> Flags:
        """Return which parts may have moved by a unit in the last month."""
        moved = self.mid[:, -1] - self.usual(self.mid)
        size = self.usual(self.size)
        whole = self.size[:, :-1].sum(axis=0)
        least = matters * float(np.median(whole[whole > 0])) if (whole > 0).any() else 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            followed = np.log10(self.size[:, -1] / size) * np.sign(moved)
        with np.errstate(invalid="ignore"):
            found: Flags = (
                (np.abs(moved) >= shift - _SLACK)
                & (followed >= follows - _SLACK)
                & (self.as_many <= as_many + _SLACK)
                & (np.maximum(self.size[:, -1], size) >= least * (1 - _SLACK))
            )
        return found

    def turned(self, *, as_large: float, as_many: float, steady: int, odds: float) -> Flags:
        """Return which parts may have turned the sign of their sum in the last month.

        A part of few rows and few months cannot reach the odds, whatever its rows say.
        """
        usual, now = self.usual(self.total), self.total[:, -1]
        had = self.n[:, :-1] > 0
        above, months = ((self.total[:, :-1] > 0) & had).sum(axis=1), had.sum(axis=1)
        other = np.where(usual > 0, months - above, above)
        n, past = self.n[:, -1], self.n[:, :-1].sum(axis=1)
        most = n * np.log(2 * np.maximum(past, n * had.shape[1]) + 2)
        with np.errstate(invalid="ignore"):
            found: Flags = (
                (now * usual < 0)
                & (other <= months // steady)
                & ((most >= odds - _SLACK) | (months >= steady))
                & (_apart(np.abs(now), np.abs(usual)) <= as_large + _SLACK)
                & (self.as_many <= as_many + _SLACK)
            )
        return found

    def ended(self, whole: Grid, *, months: int, small: float) -> list[str]:
        """Return the parts with rows in each of some months and none in the last, unless small."""
        recent = slice(-1 - months, -1)
        gone = (self.rows[:, recent] > 0).all(axis=1) & (self.rows[:, -1] == 0)
        large = np.zeros(len(self.keys), dtype=bool)
        for mine, its in ((self.size, whole.size), (self.rows, whole.rows)):
            all_of = its[0, recent]
            known = all_of > 0
            if not known.any():
                return [key for key, lost in zip(self.keys, gone, strict=True) if lost]
            shares = np.median(mine[:, recent][:, known] / all_of[known], axis=1)
            large |= shares >= small * (1 - _SLACK)
        return [key for key, lost in zip(self.keys, gone & large, strict=True) if lost]


def _apart(one: Numbers, other: Numbers) -> Numbers:
    """Return how many times one figure is the other, or the other way, as a number from 1 up."""
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(one > 0, one / other, np.nan)
        found: Numbers = np.maximum(times, 1 / times)
    return found


def _middles(cell: Any, size: Numbers, n: Numbers, cells: int) -> Numbers:  # noqa: ANN401 (integers)
    """Return for each cell the size of its middle row, NaN where it has none."""
    found = np.full(cells, np.nan)
    if not len(cell):
        return found
    order = np.lexsort((size, cell))
    cell, size, n = cell[order], size[order], n[order]
    starts = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]]))
    upto = np.cumsum(n)
    before = np.concatenate([[0.0], upto])[starts]
    half = before + np.add.reduceat(n, starts) / 2
    found[cell[starts]] = size[np.searchsorted(upto, half)]
    return found
