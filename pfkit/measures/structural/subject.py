"""The one series that is explained: its periods without a gap, its values, what was repaired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.fleet.periods import MONTHS, labels
from pfkit.measures.fleet.table import read
from pfkit.measures.rows import require

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.measures.medians import Array, Flags

#: Fewer values than this explain nothing.
FEWEST = 8


class Finding(NamedTuple):
    """What a check found: its name, green or amber, in words, and the test behind it."""

    check: str
    state: str
    text: str
    statistic: float = float("nan")
    p: float = float("nan")


@dataclass(frozen=True)
class Subject:
    """A series without a gap.

    Parameters
    ----------
    name : str
        What the series is called.
    season : int
        Periods in a year: 12 or 4.
    first : int
        Running number of the first period.
    values : numpy.ndarray
        One per period, NaN where the table says nothing.
    repairs : tuple of str
        What was done to the table, in words.
    """

    name: str
    season: int
    first: int
    values: Array
    repairs: tuple[str, ...]

    @property
    def last(self) -> int:
        """Running number of the last period."""
        return self.first + len(self.values) - 1

    @property
    def known(self) -> Flags:
        """Which periods have a value."""
        return np.isfinite(self.values)

    @property
    def unit(self) -> str:
        """What its periods are called."""
        return "months" if self.season == MONTHS else "quarters"

    def labels(self, *, ahead: int = 0) -> list[str]:
        """Return the periods of the series, or those that follow it."""
        start, count = (self.last + 1, ahead) if ahead else (self.first, len(self.values))
        return labels(self.season, np.arange(start, start + count))


def subject(table: pd.DataFrame, *, value: str | None = None, freq: str | None = None) -> Subject:
    """Return the one series of a table.

    Parameters
    ----------
    table : pandas.DataFrame
        ``period`` and a value; rows of the same period are added up unless ``series_id`` is there.
    value : str, optional
        The column that is explained; ``value``, or ``amount`` where there is none, by default.
    freq : {"M", "Q"}, optional
        What the periods are; told from how they are written by default.

    Raises
    ------
    ContractError
        As `pfkit.measures.fleet.table.read`.
    ParameterError
        If the table holds more than one series.
    MeasureError
        If there are too few values, or all are the same.
    """
    value = value or ("value" if "value" in table.columns else "amount")
    require(table, ["period", value], name="series")
    # what is not known is told as missing, and neither filled in nor cut off
    taken = read(table[table[value].notna()], value=value, freq=freq)
    names = [name for series in taken.series for name in series.names]
    if len(names) > 1:
        raise ParameterError(
            f"there are {len(names):,} series, from {names[0]!r} to {names[-1]!r}",
            where="series",
            advice="Give the rows of one series; to add several up, leave series_id out.",
        )
    series = taken.series[0]
    first = int(series.first[0])
    values = np.full(int(series.last[0]) - first + 1, np.nan)
    values[series.at - first] = series.values  # noqa: PD011 - an array
    found = Subject(names[0], series.season, first, values, tuple(taken.repairs))
    count = int(found.known.sum())
    if count < FEWEST:
        raise MeasureError(
            f"{count} {found.unit} explain nothing",
            where="series",
            advice=f"Give at least {FEWEST}; forecast tells what can be said of fewer.",
        )
    if np.ptp(values[found.known]) == 0:
        raise MeasureError(
            "every value is the same, so that there is nothing to explain", where="series"
        )
    return found
