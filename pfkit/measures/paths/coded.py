"""Paths as numbers: equal ones joined, each touch the number of a feature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.rows import require

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.measures.medians import Array

Counts: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
_TABLE = "paths"
#: Rows looked at to tell whether paths repeat, and the share of different ones from which they
#: are taken one by one: joining them would cost more than it saves. No result depends on it.
_SAMPLE = 10_000
_APART = 0.6


@dataclass(frozen=True)
class Coded:
    """Paths, laid one behind the other; equal ones are joined where many are.

    Parameters
    ----------
    names : list of str
        What is touched, in alphabetical order.
    codes : numpy.ndarray
        Every touch of every path as the place of its name in `names`.
    starts : numpy.ndarray
        Where each path starts in `codes`.
    lengths : numpy.ndarray
        Touches of each path, at least one.
    gained, value, lost : numpy.ndarray
        By path: how often it ended in a gain, what these gains were worth, how often in none.
    """

    names: list[str]
    codes: Counts
    starts: Counts
    lengths: Counts
    gained: Array
    value: Array
    lost: Array

    @cached_property
    def ends(self) -> Counts:
        """Where the last touch of each path is in `codes`."""
        return self.starts + self.lengths - 1

    @cached_property
    def touched(self) -> Counts:
        """Which names each path touches, a bit per name; for at most 62 names."""
        bits = np.left_shift(1, np.arange(len(self.names)))
        return np.bitwise_or.reduceat(bits[self.codes], self.starts)

    @cached_property
    def path(self) -> Counts:
        """The path of each touch."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def place(self) -> Counts:
        """The place of each touch in its path, from 0."""
        return np.arange(len(self.codes)) - np.repeat(self.starts, self.lengths)


def coded(
    table: pd.DataFrame,
    *,
    path: str,
    gained: str,
    value: str | None,
    lost: str | None,
    separator: str,
) -> Coded:
    """Read a table of paths.

    Raises
    ------
    ContractError
        If a column is missing or no path is there.
    MeasureError
        If a path is empty or has an empty touch, or a count or value is missing, not finite or
        below zero.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"path": ["b > a", "b > a", "a"], "gained": [1, 2, 4]})
    >>> found = coded(rows, path="path", gained="gained", value=None, lost=None, separator=">")
    >>> found.names, found.codes.tolist(), found.gained.tolist()
    (['a', 'b'], [1, 0, 0], [3.0, 4.0])
    """
    columns = [column for column in (gained, value, lost) if column is not None]
    require(table, [path, *columns], name=_TABLE)
    if table.empty:
        raise ContractError("there is no path", where=_TABLE, advice="Give one row per path.")
    numbers = {column: _numbers(table, column) for column in columns}
    texts, which = _joined(_texts(table, path))
    count = len(texts)
    if which is None:
        sums = numbers
    else:
        sums = {column: tally(which, amounts, count) for column, amounts in numbers.items()}
    names, codes, lengths = _split(texts, separator)
    return Coded(
        names=names,
        codes=codes,
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        gained=sums[gained],
        value=sums[gained] if value is None else sums[value],
        lost=np.zeros(count) if lost is None else sums[lost],
    )


def tally(which: Counts, amounts: Array, count: int) -> Array:
    """Return the sum of amounts by place, of `count` places.

    Examples
    --------
    >>> tally(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [4.0, 0.0, 2.0]
    """
    return np.bincount(which, weights=amounts, minlength=count).astype(np.float64, copy=False)


def _texts(table: pd.DataFrame, path: str) -> pa.Array:
    column = pa.array(table[path], from_pandas=True)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise ContractError(
            f"paths are {column.type}, not text", where=_TABLE, advice='Write "a > b > c".'
        )
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        raise MeasureError(
            "a path is missing", where=f"{_TABLE}, row {row}", advice="Drop gains without a touch."
        )
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _joined(texts: pa.Array) -> tuple[pa.Array, Counts | None]:
    """Return distinct paths and which one each row has; every row and None where few are equal."""
    step = max(len(texts) // _SAMPLE, 1)
    some = texts.take(pa.array(np.arange(0, len(texts), step)))
    if len(some) >= _SAMPLE and len(some.unique()) > _APART * len(some):
        return texts, None
    found = texts.dictionary_encode()
    return found.dictionary, found.indices.to_numpy()


def _numbers(table: pd.DataFrame, column: str) -> Array:
    found = table[column].to_numpy(dtype="float64", na_value=np.nan)
    if not (found.min() >= 0 and found.max() < np.inf):
        row = int(np.flatnonzero(~((found >= 0) & (found < np.inf)))[0])
        raise MeasureError(
            f"{column} is {found[row]:g}: missing, not finite or below zero",
            where=f"{_TABLE}, row {row}",
            advice="Count gains and losses, and give what a gain was worth; 0 where nothing came.",
        )
    return found


def _split(paths: pa.Array, separator: str) -> tuple[list[str], Counts, Counts]:
    """Return names, touches as places of names, and touches of each path."""
    lists = pc.split_pattern(paths, separator)
    lengths = pc.list_value_length(lists).to_numpy().astype(np.int64)
    touches = lists.flatten().dictionary_encode()
    raw = [name.strip() for name in touches.dictionary.to_pylist()]
    if "" in raw:
        at = int(np.flatnonzero(touches.indices.to_numpy() == raw.index(""))[0])
        row = int(np.searchsorted(np.cumsum(lengths), at, side="right"))
        raise MeasureError(
            f"path {paths[row].as_py()!r} has an empty touch",
            where=_TABLE,
            advice=f"Put a name on both sides of each {separator!r}.",
        )
    names = sorted(set(raw))
    place = {name: k for k, name in enumerate(names)}
    moved = np.array([place[name] for name in raw], dtype=np.int64)
    return names, moved[touches.indices.to_numpy()], lengths
