"""A table added up by month and a few names, with names as codes: millions of cells in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.conform.engine import literal, quoted
from pfkit.conform.partitions.sums import added_up, by_file_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from pfkit.conform.pipeline import Conformed


def cells(
    conformed: Conformed, table: str, names: Sequence[str], amount: str, *, where: str
) -> pd.DataFrame:
    """Return the sum of a column by month and names, added up and handed over month by month.

    The engine and its answers hold one month at a time; what is kept of it are a code for each
    name, of the fewest bytes that tell the names apart, and the sum.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    table : str
        The table to add up.
    names : sequence of str
        Columns with names to add up by, beside ``period``.
    amount : str
        The column that is added up.
    where : str
        Which rows count, as SQL.

    Returns
    -------
    pandas.DataFrame
        `names` and ``period`` as categories in alphabetical order, and `amount`, a float; one row
        per cell, in the order of months and, within one, of `names`.
    """
    engine, sums = conformed.engine, {amount: f"sum({quoted(amount)})"}
    keys = {name: quoted(name) for name in (*names, "period")}
    found = by_file_sql(conformed, table, keys, sums, where=where)
    asked = engine.rows(f"SELECT DISTINCT period FROM ({found}) ORDER BY period")
    months = [str(month) for (month,) in asked]
    told = f"CAST({quoted(amount)} AS DOUBLE) AS {quoted(amount)}"
    chosen = ", ".join([*map(quoted, names), told])
    coded = {name: _Coded() for name in names}
    units: list[np.ndarray] = [np.empty(0)]
    for month in months:
        mine = f"SELECT * FROM ({found}) WHERE period = {literal(month)}"
        rows = engine.arrow(f"SELECT {chosen} FROM ({added_up(mine, names, sums)}) ORDER BY ALL")
        for name in names:
            coded[name].add(rows[name])
        units.append(rows[amount].to_numpy())
    at = np.repeat(np.arange(len(months), dtype=np.int16), [len(one) for one in units[1:]])
    columns: dict[str, object] = {name: coded.pop(name).whole() for name in names}
    labels = pd.Index(months, dtype="str")
    columns["period"] = pd.Categorical.from_codes(at, labels, ordered=True)
    columns[amount] = np.concatenate(units)
    return pd.DataFrame(columns, copy=False)


class _Coded:
    """Names that come answer by answer, kept as codes of one list."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._parts: list[np.ndarray] = [np.empty(0, dtype=np.int8)]

    def add(self, names: pa.ChunkedArray) -> None:
        """Keep the names of one answer; a missing one is -1."""
        answer = names.combine_chunks().dictionary_encode()
        listed = [
            self._known.setdefault(name, len(self._known)) for name in answer.dictionary.to_pylist()
        ]
        codes = np.array([*listed, -1], dtype=np.min_scalar_type(-max(len(self._known), 1)))
        self._parts.append(codes[answer.indices.fill_null(-1).to_numpy(zero_copy_only=False)])

    def whole(self) -> pd.Categorical:
        """Return all as a category, its names in alphabetical order; the parts are given up."""
        listed = list(self._known)
        order = np.argsort(np.array(listed, dtype=object), kind="stable")
        rank = np.empty(len(listed) + 1, dtype=np.min_scalar_type(-max(len(listed), 1)))
        rank[order], rank[-1] = np.arange(len(listed)), -1
        codes = rank[np.concatenate(self._parts)]
        self._parts.clear()
        return pd.Categorical.from_codes(codes, pd.Index([listed[at] for at in order], dtype="str"))
