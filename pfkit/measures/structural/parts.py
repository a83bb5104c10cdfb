"""The parts of a series, its coefficients and what comes, each with what is not known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.structural.averaged import Design, Target, averaged

if TYPE_CHECKING:
    from pfkit.measures.medians import Array
    from pfkit.measures.structural.averaged import Averaged, Candidates
    from pfkit.measures.structural.mixture import Mixture
    from pfkit.measures.structural.models import Scaled


@dataclass(frozen=True)
class Parts:
    """A regression under every candidate, in the unit of the series.

    Parameters
    ----------
    known : Averaged
        The regression, of the series as it was scaled.
    at : Scaled
        How it was.
    """

    known: Averaged
    at: Scaled

    @property
    def freedom(self) -> int:
        """Values beyond the coefficients."""
        return self.known.freedom

    @property
    def spread(self) -> float:
        """The spread of the series."""
        return self.at.spread

    def trend(self) -> Mixture:
        """Return the trend of every period of the series."""
        count = len(self.at.values)
        return self._of(trend=np.eye(count)).times(self.at.spread, self.at.middle)

    def season(self) -> Mixture:
        """Return the season of every period of the series."""
        return self._of(season=np.eye(len(self.at.values))).times(self.at.spread)

    def coefficients(self) -> Mixture:
        """Return the coefficients of the causes."""
        count = len(self.at.sizes)
        return self._of(causes=np.eye(count)).times(self.at.spread / self.at.sizes)

    def ahead(self) -> Mixture:
        """Return the values of the periods after the series."""
        count, steps = len(self.at.values), len(self.at.ahead)
        later = np.eye(count + steps)[count:]
        found = self._of(trend=later, season=later, noise=later, causes=self.at.ahead)
        return found.times(self.at.spread, self.at.middle)

    def change(self, part: str, weights: Array) -> Mixture:
        """Return a part added up over the periods of the series by weights, from the middle on."""
        found = self._of(**{part: weights[None]})
        return found.times(self.at.spread)

    def surprises(self) -> Array:
        """Return what the past did not tell of every period of the series, NaN without a value."""
        found = np.full(len(self.at.values), np.nan)
        found[self.known.known] = self.known.surprises() * self.at.spread
        return found

    def _of(self, **weights: Array) -> Mixture:
        rows = len(next(iter(weights.values())))
        width, count = len(self.at.values) + len(self.at.ahead), len(self.at.sizes)
        sizes = {"trend": width, "season": width, "noise": width, "causes": count}
        held = []
        for name, size in sizes.items():
            given = weights.get(name, np.zeros((rows, size)))
            held.append(np.pad(given, ((0, 0), (0, size - given.shape[1]))))
        return self.known.of(Target(*held))


def parts(at: Scaled, trend: Array, season: Array, candidates: Candidates) -> Parts:
    """Return the parts of a series.

    Parameters
    ----------
    at : Scaled
        The series and its causes.
    trend, season : numpy.ndarray
        Columns of the trend and the season over the periods of the series and after it.
    candidates : Candidates
        How both may vary by chance.
    """
    causes = np.vstack([at.past, at.ahead])
    return Parts(averaged(at.values, Design(trend, season, causes), candidates), at)


def line(length: int) -> Array:
    """Return a constant, and a line from 0 to 1."""
    return np.column_stack([np.ones(length), np.arange(length) / max(length - 1, 1)])


def shapes(length: int, season: int, first: int = 0) -> Array:
    """Return one column per period of a year but one, each without a mean over a year."""
    at = (first + np.arange(length)) % season
    every = (at[:, None] == np.arange(season)[None, :]).astype(float)
    return np.asarray(every[:, :-1] - every[:, -1:])
