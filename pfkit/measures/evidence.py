"""What came of the outlooks of past years, as known on the day of the year asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.landing import Estimate, Landing
    from pfkit.measures.medians import Array, Flags


@dataclass(frozen=True)
class Told:
    """How past outlooks did: missed and covered as fractions, None where there are none.

    Attributes
    ----------
    count : int
        Past outlooks that can be set beside what came.
    missed, latest_missed : float or None
        What was missed, without its sign, over what came: by the outlook, and by the last word
        of the organization.
    covered : float or None
        How many of their intervals held what came.
    """

    count: int
    missed: float | None
    latest_missed: float | None
    covered: float | None


@dataclass(frozen=True)
class Evidence:
    """The outlooks of every past year, each as made on its day; line × year, NaN where unknown."""

    landings: list[Landing]
    came: Array
    latest: Array

    def lines(self, inside: Sequence[int]) -> Told:
        """Say how outlooks of lines did, one by one."""
        lines = list(inside)
        made = np.column_stack(
            [land.outlook[lines] for land in self.landings] or [self.came[lines]]
        )
        low = np.column_stack([land.low[lines] for land in self.landings] or [self.came[lines]])
        high = np.column_stack([land.high[lines] for land in self.landings] or [self.came[lines]])
        return _told(made, self.latest[lines], low, high, self.came[lines])

    def sum(self, inside: Sequence[int]) -> Told:
        """Say how outlooks of the sum of lines did."""
        rows: list[list[float]] = []
        for place, land in enumerate(self.landings):
            made = np.isfinite(land.outlook) & np.isfinite(self.came[:, place])
            there = [line for line in inside if made[line]]
            if not there:
                continue
            total = land.total(there, None)
            ends = [np.nan if end is None else end for end in (total.low, total.high)]
            latest = self.latest[there, place]
            both = latest.sum() if bool(np.isfinite(latest).all()) else np.nan
            rows.append([total.outlook, both, *ends, self.came[there, place].sum()])
        table = np.array(rows, dtype=float).reshape(len(rows), 5)
        return _told(*(table[:, column] for column in range(5)))


def evidence(made: Estimate, place: int, level: float) -> Evidence:
    """Set the outlook of every year before `place` beside what it came to, as known by then."""
    landings = [made.landing(year, level) for year in range(place)]
    came = made.replay.truth[place][:, :place].copy()
    for year, land in enumerate(landings):
        came[land.known, year] = np.nan  # no outlook was needed: it was known
    return Evidence(landings, came, made.anchor.latest[:, :place])


def _told(made: Array, latest: Array, low: Array, high: Array, came: Array) -> Told:
    there = np.isfinite(made) & np.isfinite(came)
    sure = there & np.isfinite(low)
    inside = sure & (came >= low) & (came <= high)
    return Told(
        count=int(there.sum()),
        missed=_share(made, came, there),
        latest_missed=_share(latest, came, there & np.isfinite(latest)),
        covered=float(inside.sum() / sure.sum()) if bool(sure.any()) else None,
    )


def _share(made: Array, came: Array, there: Flags) -> float | None:
    size = float(np.abs(came[there]).sum())
    return float(np.abs(made - came)[there].sum()) / size if size else None
