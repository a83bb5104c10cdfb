"""The months of a demo company, and one seeded random stream per subject."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Timeline:
    """All simulated months, and the window of them that is written.

    The grid starts a year before the first written year, so that refunds and accrual
    reversals have a past, and ends with the last written year, so that plans have a future.
    """

    grid: np.ndarray  # datetime64[M]
    start: int  # first written month
    stop: int  # one past the last written month

    @property
    def last(self) -> int:
        """Place of the last written month in the grid."""
        return self.stop - 1

    @property
    def labels(self) -> list[str]:
        """Every month of the grid as ``YYYY-MM``."""
        return [str(month) for month in self.grid]

    @property
    def years(self) -> list[int]:
        """Calendar years of the written window."""
        inside = self.grid[self.start : self.stop].astype("datetime64[Y]").astype(int) + 1970
        return sorted({int(year) for year in inside})

    @property
    def month_of_year(self) -> np.ndarray:
        """0 for January to 11 for December, for every month of the grid."""
        return np.asarray(self.grid.astype(int) % MONTHS_A_YEAR)

    @property
    def since_last(self) -> np.ndarray:
        """Years from the last written month, negative before it."""
        return (np.arange(len(self.grid)) - self.last) / MONTHS_A_YEAR

    def first_day(self, place: int) -> np.datetime64:
        """Return the first day of a month of the grid."""
        return np.datetime64(self.grid[place], "D")

    def last_day(self, place: int) -> np.datetime64:
        """Return the last day of a month of the grid."""
        return np.datetime64(self.grid[place] + 1, "D") - 1

    def days(self) -> np.ndarray:
        """Return the number of days of every month of the grid."""
        lengths = (self.grid + 1).astype("datetime64[D]") - self.grid.astype("datetime64[D]")
        return np.asarray(lengths.astype(int))


def timeline(last: str, months: int) -> Timeline:
    """Return the timeline of `months` months that ends with month `last` (``YYYY-MM``)."""
    end = np.datetime64(last, "M")
    begin = end - (months - 1)
    first = begin.astype("datetime64[Y]").astype("datetime64[M]") - MONTHS_A_YEAR
    stop = end.astype("datetime64[Y]").astype("datetime64[M]") + MONTHS_A_YEAR
    grid = np.arange(first, stop)
    start = int((begin - first).astype(int))
    return Timeline(grid=grid, start=start, stop=start + months)


def stream(seed: int, subject: str) -> np.random.Generator:
    """Return the random stream of a subject, untouched by what other subjects draw."""
    return np.random.default_rng([seed, zlib.crc32(subject.encode())])
