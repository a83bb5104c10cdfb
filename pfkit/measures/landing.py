"""Where a year lands: the outlook of every line and of every sum, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.anchors import anchors
from pfkit.measures.blend import blend
from pfkit.measures.spread import spread, sum_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.anchors import Anchors
    from pfkit.measures.blend import Blend
    from pfkit.measures.medians import Array, Flags
    from pfkit.measures.replays import Replays
    from pfkit.measures.spread import Spread

#: Fewer past years than this say nothing honest about a probability.
FEWEST_YEARS = 2


@dataclass(frozen=True)
class Sum:
    """What some lines together come to, in cents; None where it cannot be said."""

    outlook: int
    low: int | None
    high: int | None
    within: float | None
    years: int


@dataclass(frozen=True)
class Landing:
    """One year as thought on its day.

    Attributes
    ----------
    outlook, low, high : numpy.ndarray
        By line, in whole cents; NaN where it cannot be said.
    known : numpy.ndarray
        Whether what the line came to was known on that day.
    counts : numpy.ndarray
        Past years in which a line's outlook can be set beside what it came to.
    error : numpy.ndarray
        By line and past year: what it came to less its outlook, over its plan.
    """

    estimate: Estimate
    place: int
    level: float
    outlook: Array
    low: Array
    high: Array
    known: Flags
    error: Array
    spread: Spread | None

    @cached_property
    def counts(self) -> Array:
        """Past years of each line."""
        found: Array = np.isfinite(self.error).sum(1)
        return found

    def within(self, plan: Array) -> Array:
        """Return how likely each line stays at or below an amount; NaN where it cannot be said."""
        if self.spread is None or self.spread.years < FEWEST_YEARS:
            return np.full(len(plan), np.nan)
        scale = self.estimate.anchor.scale[:, self.place]
        likely = self.spread.below((plan - self.outlook) / scale)
        return np.where(
            self.known, np.where(np.isfinite(plan), self.outlook <= plan, np.nan), likely
        )

    def total(self, inside: Sequence[int], plan: float | None) -> Sum:
        """Add up lines; their interval comes from how their sum missed in past years."""
        lines = list(inside)
        outlook = int(np.nansum(self.outlook[lines]))
        open_lines = [line for line in lines if not self.known[line]]
        if not open_lines:
            within = None if plan is None else float(outlook <= plan)
            return Sum(outlook, outlook, outlook, within, int(self.counts[lines].max()))
        scale = self.estimate.anchor.scale
        found = (
            None
            if self.spread is None
            else sum_spread(self.error, scale, self.spread.level, self.place, open_lines)
        )
        if found is None:
            return Sum(outlook, None, None, None, 0)
        size = float(np.nansum(scale[open_lines, self.place]))
        reach = round(found.reach((1 + self.level) / 2) * size)
        low = outlook - reach
        if bool(self.estimate.never_negative(self.place)[open_lines].all()):
            low = max(
                low, int(np.nansum(self.outlook[lines]) - np.nansum(self.outlook[open_lines]))
            )
        within = None
        if plan is not None and found.years >= FEWEST_YEARS and size > 0:
            within = found.below((plan - outlook) / size)
        return Sum(outlook, low, outlook + reach, within, found.years)


@dataclass(frozen=True)
class Estimate:
    """Every year of a replay, estimated by what was known on its day and nothing else."""

    replay: Replays
    anchor: Anchors
    blend: Blend

    def landing(self, place: int, level: float) -> Landing:
        """Return one year with intervals of a level, learned from the years before it."""
        truth = self.replay.truth[place]
        scale = self.anchor.scale
        outlook = self.blend.outlook[:, place]
        error = np.full(scale.shape, np.nan)
        error[:, :place] = (truth - self.blend.outlook)[:, :place] / scale[:, :place]
        known = np.isfinite(truth[:, place])
        found = spread(error, scale, self.blend.apart, place)
        low = high = np.full(len(outlook), np.nan)
        if found is not None:
            low = np.rint(outlook + found.reach((1 - level) / 2) * scale[:, place])
            high = np.rint(outlook + found.reach((1 + level) / 2) * scale[:, place])
            floor = np.minimum(outlook, 0.0)
            low = np.where(self.never_negative(place), np.maximum(low, floor), low)
        return Landing(
            estimate=self,
            place=place,
            level=level,
            outlook=np.where(known, truth[:, place], outlook),
            low=np.where(known, truth[:, place], low),
            high=np.where(known, truth[:, place], high),
            known=known,
            error=error[:, :place],
            spread=found,
        )

    def never_negative(self, place: int) -> Flags:
        """Return whether nothing known of a line by a year's day is below zero."""
        seen = [self.replay.spent, *self.replay.stated.values(), *self.replay.rest.values()]
        lowest = [np.nan_to_num(table[:, : place + 1]).min(1) for table in seen]
        lowest.append(np.nan_to_num(self.replay.truth[place]).min(1))
        found: Flags = np.min(lowest, axis=0) >= 0
        return found


def estimate(replay: Replays) -> Estimate:
    """Estimate every year of a replay."""
    anchor = anchors(replay)
    return Estimate(replay, anchor, blend(replay, anchor))
