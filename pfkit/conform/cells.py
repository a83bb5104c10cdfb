"""A table added up by month and a few names, with names as codes: millions of cells in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from pfkit.conform.engine import literal, quoted
from pfkit.conform.partitions.sums import added_up, by_file_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    held: dict[str, list[pa.ChunkedArray]] = {name: [] for name in (*names, amount)}
    for month in months:
        mine = f"SELECT * FROM ({found}) WHERE period = {literal(month)}"
        rows = engine.arrow(f"SELECT {chosen} FROM ({added_up(mine, names, sums)}) ORDER BY ALL")
        for name in names:
            held[name].append(rows[name].dictionary_encode())
        held[amount].append(rows[amount])
    counts = [len(one) for one in held[amount]]
    at = np.repeat(np.arange(len(months), dtype=np.int16), counts)
    columns: dict[str, object] = {name: _coded(held.pop(name)) for name in names}
    labels = pd.Index(months, dtype="str")
    columns["period"] = pd.Categorical.from_codes(at, labels, ordered=True)
    columns[amount] = np.concatenate([np.empty(0), *(one.to_numpy() for one in held.pop(amount))])
    return pd.DataFrame(columns, copy=False)


def _coded(chunks: Sequence[pa.ChunkedArray]) -> pd.Categorical:
    """Return names of several answers as codes of one list, in alphabetical order."""
    kind = pa.dictionary(pa.int32(), pa.string())
    every = [piece.cast(kind) for chunk in chunks for piece in chunk.chunks]
    whole = pa.chunked_array(every, kind).unify_dictionaries()
    listed = whole.chunk(0).dictionary.to_pylist() if whole.num_chunks else []
    order = np.argsort(np.array(listed, dtype=object), kind="stable")
    rank = np.empty(len(listed) + 1, dtype=np.min_scalar_type(-max(len(listed), 1)))
    rank[order], rank[-1] = np.arange(len(listed)), -1
    pieces = [rank[piece.indices.fill_null(-1).to_numpy()] for piece in whole.chunks]
    codes = np.concatenate([rank[:0], *pieces])
    return pd.Categorical.from_codes(codes, pd.Index([listed[at] for at in order], dtype="str"))
