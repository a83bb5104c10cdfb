"""A weighted mixture of Student's t distributions, one of each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

if TYPE_CHECKING:
    from pfkit.measures.medians import Array

#: Halvings in which a quantile is found.
_HALVINGS = 60


@dataclass(frozen=True)
class Mixture:
    """What is known of some numbers.

    Parameters
    ----------
    weights : numpy.ndarray
        One per candidate; they add up to one.
    centers, errors : numpy.ndarray
        Candidate by number: the middle of its t distribution, and its standard error.
    freedom : int
        Degrees of freedom of every t.
    """

    weights: Array
    centers: Array
    errors: Array
    freedom: int

    @property
    def mean(self) -> Array:
        """What is expected of each number."""
        return np.asarray(self.weights @ self.centers)

    @property
    def error(self) -> Array:
        """The standard error of each: that within candidates, and between them."""
        apart = self.centers - self.mean
        return np.sqrt(self.weights @ (self.errors**2 + apart**2))

    def below(self, values: Array | float) -> Array:
        """Return how likely each number is to lie below a value."""
        apart = np.asarray(values) - self.centers
        sure = self.errors <= 0
        steps = apart / np.where(sure, 1.0, self.errors)
        share = np.where(sure, np.where(apart == 0, 0.5, apart > 0), stdtr(self.freedom, steps))
        return np.asarray(self.weights @ share)

    def quantile(self, share: float) -> Array:
        """Return what each number lies below in that share of cases.

        Examples
        --------
        Of one candidate it is that of its t distribution: 3 + 2.776 x 0.5.

        >>> one = Mixture(np.ones(1), np.array([[3.0]]), np.array([[0.5]]), 4)
        >>> one.quantile(0.975).round(3).tolist()
        [4.388]
        """
        each = self.centers + self.errors * stdtrit(self.freedom, share)
        low, high = each.min(0), each.max(0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            under = self.below(middle) < share
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray((low + high) / 2)

    def interval(self, level: float) -> tuple[Array, Array]:
        """Return between what each number lies in that share of cases, tails of equal size."""
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def chance(self) -> Array:
        """Return how likely so much is, either way, where there is nothing."""
        under = self.below(0.0)
        return np.asarray(2 * np.minimum(under, 1 - under))

    def times(self, unit: Array | float, plus: float = 0.0) -> Mixture:
        """Return the numbers in another unit."""
        return Mixture(
            self.weights, self.centers * unit + plus, self.errors * np.abs(unit), self.freedom
        )
