"""What a source's rows look like, month by month and part by part, from one pass over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.conform.drift.finding import WHOLE
from pfkit.conform.drift.grid import Grid
from pfkit.conform.engine import literal, quoted
from pfkit.conform.views import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed, LoadedSource

#: Columns a source is judged by, coarse before fine: a finding is told once, at the first of them.
LEVELS = {
    "actuals": ("currency", "account", "product", "cost_center"),
    "invoices": ("currency", "kind", "product"),
    "usage": ("metric", "product", "feature"),
}
#: The figures of a row that have a unit.
FIGURES = {
    "actuals": ("amount", "amount_local"),
    "invoices": ("amount", "amount_local", "quantity"),
    "usage": ("units",),
}
FILE = "file"
NONE = "(none)"
_PER_DECADE = 10  # row sizes are counted in tenths of a decade


@dataclass(frozen=True)
class Profile:
    """One figure of a source: counts, sums and the spread of row sizes in every month.

    Attributes
    ----------
    figure : str
        The column the sizes are of.
    money : bool
        Whether its sums are reporting currency.
    levels : tuple of str
        The parts a row belongs to, coarse before fine.
    bins : pandas.DataFrame
        By month, part and ``bin``, the tenth of a decade of a row's size: what is added up.
    months : tuple of str
        The months, in order; the last is the one that is judged.

    Notes
    -----
    What is added up has by month and part ``rows`` (accepted and quarantined), ``n`` (accepted and
    not zero), ``negative``, ``total``, ``size`` (sum without signs), ``mid`` (decimal logarithm of
    the middle row's size), ``spread`` (variance of those logarithms).
    """

    figure: str
    money: bool
    levels: tuple[str, ...]
    bins: pd.DataFrame
    months: tuple[str, ...] = ()
    kept: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    grids: dict[str, Grid] = field(default_factory=dict, repr=False, compare=False)

    def grid(self, level: str) -> Grid:
        """Return the parts of a level by month as arrays: what most checks need to say no."""
        if level not in self.grids:
            column = None if level == WHOLE else level
            self.grids[level] = Grid.of(self.bins, column, self.months, per_decade=_PER_DECADE)
        return self.grids[level]

    def by(self, level: str) -> pd.DataFrame:
        """Return the profile of each part of a level, by month and ``key``."""
        if level not in self.kept:
            held = self.bins.assign(key="" if level == WHOLE else self.bins[level])
            self.kept[level] = summed(held, ["month", "key"])
        return self.kept[level]

    def cells(self) -> pd.DataFrame:
        """Return the profile of the finest parts, by month and every level."""
        if "" not in self.kept:
            self.kept[""] = summed(self.bins, ["month", *self.levels])
        return self.kept[""]


def profiles(held: LoadedSource, conformed: Conformed, months: Sequence[str]) -> list[Profile]:
    """Return the profile of each figure of a source that has a unit, over some months.

    An amount as booked is judged only where it differs from the converted one.
    """
    source = held.declared
    figures = [FIGURES[source.table][0]]
    for figure in FIGURES[source.table][1:]:
        local = figure == "amount_local" and {"amount", figure} <= set(source.columns)
        if local or (figure != "amount_local" and figure in source.columns):
            figures.append(figure)
    promise = source.promise
    levels = (FILE, *LEVELS[source.table])
    return [
        Profile(
            figure,
            figure == promise.amount and promise.counts_money,
            levels,
            _bins(held, conformed, figure, levels, months),
            tuple(months),
        )
        for figure in figures
    ]


def _bins(
    held: LoadedSource,
    conformed: Conformed,
    figure: str,
    levels: Sequence[str],
    months: Sequence[str],
) -> pd.DataFrame:
    """Count rows by month, part and size in tenths of a decade: all that medians need."""
    parts = ", ".join(
        FILE if level == FILE else f"{level_sql(level)} AS {quoted(level)}" for level in levels
    )
    value = f"CAST({quoted(figure)} AS DOUBLE)"
    counts = f"_status = 'accepted' AND {value} <> 0"
    return frame(
        conformed,
        f"WITH files AS MATERIALIZED (SELECT _file, {level_sql(FILE)} AS {FILE} FROM "
        f"(SELECT DISTINCT _file FROM {quoted(held.rows_table)})) "  # a name is read once
        f"SELECT _period AS month, {parts}, "
        f"CASE WHEN {counts} THEN CAST(round(log10(abs({value})) * {_PER_DECADE}) AS INTEGER) END "
        "AS bin, "
        f"count(*) AS rows, count(*) FILTER ({counts}) AS n, "
        f"count(*) FILTER ({counts} AND {value} < 0) AS negative, "
        f"COALESCE(sum({value}) FILTER ({counts}), 0) AS total, "
        f"COALESCE(sum(abs({value})) FILTER ({counts}), 0) AS size "
        f"FROM {quoted(held.rows_table)} LEFT JOIN files USING (_file) "
        "WHERE _status IN ('accepted', 'quarantined') "
        f"AND _period IN ({', '.join(literal(month) for month in months)}) {monthly(held)} "
        "GROUP BY ALL ORDER BY ALL",
    )


def monthly(held: LoadedSource) -> str:
    """Return the test that a row is of one month: a year's total is no month's row."""
    return "AND span = 'month'" if "span" in held.declared.promise.names else ""


def level_sql(level: str) -> str:
    """Return SQL for the part a row belongs to; a file's is its name without its figures."""
    if level == FILE:
        return "regexp_replace(_file, '[0-9]+', '#', 'g')"
    return f"COALESCE(CAST({quoted(level)} AS VARCHAR), '{NONE}')"


def summed(bins: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Add up bins: counts, sums, and the middle and the spread of row sizes.

    Examples
    --------
    >>> bins = pd.DataFrame({"month": "2026-01", "bin": [10, 20, 30], "rows": [1, 3, 1],
    ...     "n": [1, 3, 1], "negative": 0, "total": 0.0, "size": 0.0})
    >>> summed(bins, ["month"])[["n", "mid"]].values.tolist()
    [[5.0, 2.0]]
    """
    sums = bins.groupby(by, sort=True)[["rows", "n", "negative", "total", "size"]].sum()
    sized = bins[bins["n"] > 0].groupby([*by, "bin"], sort=True)["n"].sum().reset_index()
    place = sized["bin"].to_numpy(dtype="float64") / _PER_DECADE
    sized = sized.assign(one=sized["n"] * place, two=sized["n"] * place**2, at=place)
    groups = sized.groupby(by, sort=True)
    whole = groups["n"].transform("sum")
    middle = sized[(groups["n"].cumsum() * 2 >= whole)].groupby(by, sort=True)["at"].first()
    moments = groups[["n", "one", "two"]].sum()
    mean = moments["one"] / moments["n"]
    spread = np.maximum(moments["two"] / moments["n"] - mean**2, 0.0)
    return sums.assign(mid=middle, spread=spread).reset_index()


def explained(
    cells: pd.DataFrame, level: str, key: str, told: Sequence[tuple[str, str]], count: str = "rows"
) -> bool:
    """Return whether most rows of a part lie in parts that were told of before."""
    mine = cells if level == WHOLE else cells[cells[level] == key]
    inside = pd.Series(data=False, index=mine.index)
    for other, value in told:
        inside |= True if other == WHOLE else mine[other] == value
    whole = float(mine[count].sum())
    return whole > 0 and float(mine.loc[inside, count].sum()) >= _MOST * whole


_MOST = 0.8
