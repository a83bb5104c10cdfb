"""Which series add up to which: a tree or crossed groups, as one sparse matrix of sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from pfkit.errors import ContractError, ParameterError
from pfkit.measures.coherent.history import laid_out
from pfkit.measures.fleet.table import read
from pfkit.measures.rows import require, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.measures.coherent.history import History
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array

#: What stands in a column that a node adds up over.
ALL = "(all)"
_TABLE = "series"


@dataclass(frozen=True)
class Hierarchy:
    """Nodes, the aggregates first, and how the lowest add up to them.

    Parameters
    ----------
    by : tuple of str
        The columns that name a node.
    labels : list of tuple of str
        Per node its value of each column, ``(all)`` where it adds up over it; company first.
    sums : scipy.sparse.csr_matrix
        Aggregates by lowest series: one where it belongs.
    """

    by: tuple[str, ...]
    labels: list[tuple[str, ...]]
    sums: sparse.csr_matrix

    @property
    def above(self) -> int:
        """How many nodes are aggregates."""
        return int(self.sums.shape[0])

    @property
    def lowest(self) -> int:
        """How many series nothing is beneath."""
        return int(self.sums.shape[1])

    @cached_property
    def counts(self) -> Array:
        """How many of the lowest series each node holds."""
        return np.concatenate([np.diff(self.sums.indptr), np.ones(self.lowest)]).astype(float)

    @cached_property
    def depths(self) -> Counts:
        """How many columns name each node: none for the company."""
        rows = [sum(part != ALL for part in label) for label in self.labels]
        return np.array(rows, dtype=np.int64)

    def members(self, node: int) -> Counts:
        """Return the lowest series that a node holds."""
        if node >= self.above:
            return np.array([node - self.above], dtype=np.int64)
        found = self.sums.indices[self.sums.indptr[node] : self.sums.indptr[node + 1]]
        return np.asarray(found, dtype=np.int64)

    def whole(self, lowest: Array) -> Array:
        """Return values of all nodes from those of the lowest series, in the first dimension."""
        flat = lowest.reshape(self.lowest, -1)
        return np.concatenate([self.sums @ flat, flat]).reshape(-1, *lowest.shape[1:])


def hierarchy_of(
    by: Sequence[str], parts: Sequence[tuple[str, ...]], *, crossed: bool = False
) -> Hierarchy:
    """Return the hierarchy over the lowest series.

    Parameters
    ----------
    by : sequence of str
        Columns, from coarse to fine.
    parts : sequence of tuple of str
        Per lowest series, its value of each column.
    crossed : bool
        Whether every choice of columns makes nodes, as of regions and products; else only the
        first, the first two and so on do, as of families and their products.

    Examples
    --------
    >>> made = hierarchy_of(["family", "product"], [("A", "x"), ("A", "y"), ("B", "z")])
    >>> made.labels[:3]
    [('(all)', '(all)'), ('A', '(all)'), ('B', '(all)')]
    >>> made.whole(np.array([1.0, 2.0, 4.0])).tolist()
    [7.0, 3.0, 4.0, 1.0, 2.0, 4.0]
    """
    count = len(by)
    chosen = [tuple(range(depth)) for depth in range(count)]
    if crossed:
        chosen = [some for size in range(count) for some in combinations(range(count), size)]
    labels: list[tuple[str, ...]] = []
    rows, base = [], 0
    for some in chosen:
        keys = [tuple(p if k in some else ALL for k, p in enumerate(part)) for part in parts]
        found = sorted(set(keys))
        place = {key: base + k for k, key in enumerate(found)}
        rows.append(np.array([place[key] for key in keys]))
        labels += found
        base += len(found)
    at = np.concatenate(rows)
    column = np.tile(np.arange(len(parts)), len(chosen))
    sums = sparse.csr_matrix((np.ones(len(at)), (at, column)), shape=(base, len(parts)))
    return Hierarchy(tuple(by), [*labels, *parts], sums)


def _come(table: pd.DataFrame, name: str, by: Sequence[str]) -> pd.DataFrame:
    """Leave out rows without a value that say nothing of what came: plans without actuals.

    They lie after the last period of which any row has a value, or before the first of their own
    series.
    """
    empty = table[name].isna()
    if not empty.any() or empty.all():
        return table
    period = table["period"].astype("str")
    later = period > period[~empty].max()
    keys = [texts(table[column]) for column in by]
    first = period.where(~empty).groupby(keys, sort=False).transform("min")
    earlier = first.isna() | (period < first.fillna(""))
    hole = empty & ~later & ~earlier
    if hole.any():
        raise ContractError(
            f"{name} is empty ({int(hole.sum()):,} such rows)",
            where=f"{_TABLE} (row {int(hole.to_numpy().argmax()) + 1})",
            advice="Give the value, or leave the row out: what no row tells of counts as zero in "
            "sums.",
        )
    return table[~empty.to_numpy()]


def history_of(
    table: pd.DataFrame,
    *,
    by: Sequence[str],
    value: str | None,
    freq: str | None,
    crossed: bool,
) -> History:
    """Return the history of every node of a table.

    Raises
    ------
    ContractError
        If a value is empty before the last one known or no finite number, a period cannot be read,
        or months and quarters are mixed.
    ParameterError
        If `by` names no column, or one twice.
    """
    if not by or len(set(by)) != len(by):
        raise ParameterError(
            f"by {list(by)!r} makes no hierarchy",
            advice="Name columns from coarse to fine, such as family and product.",
        )
    name = value or ("value" if "value" in table.columns else "amount")
    require(table, ["period", name, *by], name=_TABLE)
    table = _come(table, name, by)
    taken = read(table, by=by, value=value, freq=freq)
    if len(taken.series) > 1:
        raise ContractError(
            "some series hold months and others quarters",
            where=_TABLE,
            advice="Ask for freq Q, which adds months up to calendar quarters, or keep one.",
        )
    series = taken.series[0]
    parts = [taken.parts[one] for one in series.names]
    return laid_out(series, hierarchy_of(by, parts, crossed=crossed))
