"""A balanced panel of units by periods, read from a long table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.rows import require

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.measures.medians import Array

_TABLE = "panel"
_FEWEST = 2


@dataclass(frozen=True)
class Panel:
    """Values of every unit in every period.

    Parameters
    ----------
    units, periods : list of str
        Names, in order; periods in time.
    amounts : numpy.ndarray
        Unit by period.
    left : list of str
        Units left out because a period of theirs is missing.
    """

    units: list[str]
    periods: list[str]
    amounts: Array
    left: list[str]


def panel(table: pd.DataFrame, *, unit: str, period: str, value: str, drop: bool) -> Panel:
    """Read a long table of one row per unit and period.

    Parameters
    ----------
    table : pandas.DataFrame
        The rows.
    unit, period, value : str
        Its columns; periods sort as text or as numbers.
    drop : bool
        Whether units that miss a period are left out, not refused.

    Raises
    ------
    ContractError
        If a column or a unit's period is missing, or stands twice.
    MeasureError
        If a value is missing or not finite.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"u": ["B", "A", "A", "B"], "t": [1, 2, 1, 2], "v": [3.0, 2.0, 1.0, 4]})
    >>> found = panel(rows, unit="u", period="t", value="v", drop=False)
    >>> found.units, found.periods, found.amounts.tolist()
    (['A', 'B'], ['1', '2'], [[1.0, 2.0], [3.0, 4.0]])
    """
    require(table, [unit, period, value], name=_TABLE)
    amounts = table[value].to_numpy(dtype="float64", na_value=np.nan)
    bad = ~np.isfinite(amounts)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise MeasureError(
            f"{int(bad.sum())} of {len(table)} values are missing or not finite",
            where=f"{_TABLE}, row {row}",
            advice="Give 0 where there was nothing, or leave the unit out.",
        )
    wide = _wide(table.assign(**{value: amounts}), unit, period, value)
    amount = wide.to_numpy(dtype="float64")
    holes = np.isnan(amount).any(axis=1)
    units, periods = [str(one) for one in wide.index], [str(one) for one in wide.columns]
    if holes.any() and not drop:
        first = int(np.flatnonzero(holes)[0])
        name, at = units[first], periods[int(np.flatnonzero(np.isnan(amount[first]))[0])]
        raise ContractError(
            f"{int(holes.sum())} of {len(wide)} units miss a period: {name} has no {at}",
            where=_TABLE,
            advice="Give each unit a value in every period, or leave it out.",
        )
    kept = amount[~holes]
    if kept.shape[0] < _FEWEST or kept.shape[1] < _FEWEST:
        raise ContractError(
            f"{kept.shape[0]} units and {kept.shape[1]} periods are no panel",
            where=_TABLE,
            advice="Give at least two units that have a value in each of at least two periods.",
        )
    return Panel(
        units=[name for name, hole in zip(units, holes, strict=True) if not hole],
        periods=periods,
        amounts=kept,
        left=[name for name, hole in zip(units, holes, strict=True) if hole],
    )


def _wide(table: pd.DataFrame, unit: str, period: str, value: str) -> pd.DataFrame:
    missing = table[[unit, period]].isna().any(axis=1)
    if missing.any():
        raise ContractError(
            f"{int(missing.sum())} rows have no unit or no period",
            where=f"{_TABLE}, row {int(np.flatnonzero(missing)[0])}",
            advice="Name both in every row.",
        )
    twice = table.duplicated([unit, period])
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        first = table.iloc[row]
        raise ContractError(
            f"{first[unit]} stands twice in {first[period]}",
            where=f"{_TABLE}, row {row}",
            advice="Add such rows up first, or drop what repeats.",
        )
    return table.pivot_table(index=unit, columns=period, values=value, aggfunc="first").sort_index()
