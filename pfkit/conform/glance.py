"""Which columns of a source can hold totals at all: told from numbers, before a tree is built.

Whether rows equal the sum of others takes exact arithmetic, and a tree per slice. Nearly every
column of nearly every source can be ruled out without either: what stands above others must hold a
quarter of all money, and that is seen from the distinct values of a column and one sum.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa

#: What floating sums may be apart from exact ones, as a share of all money.
_SLACK = 1e-9


@dataclass(frozen=True)
class Column:
    """One text column: its distinct values, and for each row the place of its own among them."""

    values: list[str]
    places: np.ndarray

    @classmethod
    def of(cls, array: pa.ChunkedArray) -> Column:
        """Return a column of an Arrow table."""
        encoded = array.combine_chunks().dictionary_encode()
        return cls(encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False))

    @cached_property
    def bare(self) -> list[str]:
        """The values without white space around them."""
        return [value.strip() for value in self.values]

    @cached_property
    def known(self) -> frozenset[str]:
        """The distinct values."""
        return frozenset(self.values)

    def rows_of(self, chosen: Collection[bool]) -> np.ndarray:
        """Return which rows have one of the values that are chosen, in the order of `values`."""
        mine: np.ndarray = np.fromiter(chosen, dtype=bool, count=len(self.values))[self.places]
        return mine


@dataclass(frozen=True)
class Glance:
    """The rows of a source as numbers.

    Attributes
    ----------
    slices : Column
        What a row's figure adds up within.
    columns : tuple of Column
        Its text columns.
    sizes : numpy.ndarray
        Amounts of the rows.
    share : float
        Share of all money, signs aside, that totals must hold to be remarked on.
    """

    slices: Column
    columns: tuple[Column, ...]
    sizes: np.ndarray
    share: float

    @classmethod
    def of(cls, table: pa.Table, share: float) -> Glance:
        """Return a glance at a table: slice, text columns, and last the amount."""
        texts = [Column.of(column) for column in table.columns[:-1]]
        sizes = table.columns[-1].to_numpy().astype("float64")
        return cls(texts[0], tuple(texts[1:]), sizes, share)

    def levels(self, place: int) -> bool:
        """Return whether a column holds levels, 1 to 9, of which upper ones may be totals."""
        column = self.columns[place]
        last = max(column.values)
        return self._enough(column.rows_of([value < last for value in column.values]))

    def codes(self, place: int) -> bool:
        """Return whether codes of a column that two others begin with may be totals."""
        column = self.columns[place]
        order = sorted(range(len(column.bare)), key=column.bare.__getitem__)
        above = [False] * len(order)
        for at, second in zip(order, order[2:], strict=False):
            code = column.bare[at]
            above[at] = bool(code) and column.bare[second].startswith(code)
        return self._enough(column.rows_of(above))

    def parents(self, code: int, parent: int) -> bool:
        """Return whether a column names rows of another: all its values, and not its own row."""
        codes, parents = self.columns[code], self.columns[parent]
        named = parents.known - {""}
        if not named or not named <= codes.known or len(named) >= len(codes.known):
            return False
        at = {value: place for place, value in enumerate(codes.values)}
        places = np.array([at.get(value, -1) for value in parents.values])
        others = int((places[parents.places] != codes.places).sum())
        if others * 2 <= len(self.sizes):
            return False
        bare = {value.strip() for value in named}
        return self._enough(codes.rows_of([value in bare for value in codes.bare]))

    def chain(self) -> tuple[int, ...]:
        """Return neighboring columns of which each is blank wherever the one before it is.

        Empty where those with a blank, which alone can stand above others, hold too little.
        """
        blank = [
            column.rows_of([value == "" for value in column.values]) for column in self.columns
        ]
        best: tuple[int, ...] = ()
        for start in range(len(blank) - 1):
            run = [start]
            run += takewhile(
                lambda at: not (blank[at - 1] & ~blank[at]).any(), range(start + 1, len(blank))
            )
            if len(run) > max(1, len(best)) and blank[run[-1]].any():
                best = tuple(run)
        above = np.zeros(len(self.sizes), dtype=bool)
        for at in best:
            above |= self.columns[at].rows_of([not value for value in self.columns[at].bare])
        return best if self._enough(above) else ()

    def halves(self, place: int, agree: float) -> bool:
        """Return whether some value of a column may be, in most slices, half of the slice's sum."""
        column, width = self.columns[place], len(self.columns[place].values)
        cells, inverse = np.unique(
            self.slices.places.astype("int64") * width + column.places, return_inverse=True
        )
        sums = np.bincount(inverse, weights=self.sizes)
        slices = cells // width
        count = len(self.slices.values)
        whole = np.bincount(slices, weights=sums, minlength=count)
        told = np.bincount(slices[np.abs(sums) > self._error], minlength=count) >= _LEAST
        apart = np.abs(2 * sums - whole[slices])
        met = apart <= np.maximum(0.01, np.abs(2 * sums) / 1000) + self._error
        best = np.bincount((cells % width)[met], minlength=1).max()
        return bool(best and best >= agree * told.sum())

    def numbered(self, place: int) -> bool:
        """Return whether every value of a column is one figure, 1 to 9."""
        return all(re.fullmatch(r"[1-9]", value) for value in self.columns[place].values)

    @cached_property
    def _total(self) -> float:
        return float(np.abs(self.sizes).sum())

    @property
    def _error(self) -> float:
        return _SLACK * self._total

    def _enough(self, above: np.ndarray) -> bool:
        held = float(np.abs(self.sizes[above]).sum())
        return bool(above.any()) and held >= self.share * self._total - self._error


#: Values a slice needs for one of them to be the sum of the others.
_LEAST = 3
