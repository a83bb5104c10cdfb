"""What waves given out by lot say of leaving, apart from what those who choose say.

Use of a feature given out by lot is what is expected of a customer's wave, which chance decided,
and the rest, which the customer chose. Leaving is set against both: the one tells the effect, and
how the other differs from it tells what sways those who choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.attribution.sparse import EACH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.medians import Array, Flags


@dataclass(frozen=True)
class Seen:
    """What is seen of effects on leaving.

    Attributes
    ----------
    effects, errors : numpy.ndarray
        Log hazard ratio by feature, and its standard error.
    choice : numpy.ndarray
        How far what is seen rests on those who chose: 1 wholly, 0 on lots alone.
    shifts, shift_errors : numpy.ndarray
        What sways those who choose, as each lot tells it.
    """

    effects: Array
    errors: Array
    choice: Array
    shifts: Array
    shift_errors: Array


def expected_use(first: Codes, opened: Codes, cell: Codes, there: Flags) -> Array:
    """Return the share of customers of the same wave and cell that use a feature, by month."""
    months = there.shape[1]
    kinds = np.stack([np.minimum(opened, months), cell])
    _, group = np.unique(kinds, axis=1, return_inverse=True)
    group = group.ravel()
    used = there & (np.arange(months)[None, :] >= first[:, None])
    total, using = np.zeros((2, int(group.max()) + 1, months))
    np.add.at(total, group, there.astype(np.float64))
    np.add.at(using, group, used.astype(np.float64))
    return np.asarray((using / np.maximum(total, 1.0))[group])


def seen_of(effects: Array, covariance: Array, told: Flags, lots: Sequence[int]) -> Seen:
    """Return what is seen of each feature, waves and choice weighed by how sure each is.

    Parameters
    ----------
    effects, covariance : numpy.ndarray
        Log hazard ratios of use of each feature and, last, of what is expected of the waves of
        `lots` beside it; and how their errors go together.
    told : numpy.ndarray
        By feature: whether anything is to be said.
    lots : sequence of int
        Features given out by lot.
    """
    features = len(told)
    found = effects[:features].copy()
    errors = np.where(told, np.sqrt(np.diag(covariance)[:features]), 0.0)
    choice = np.ones(features)
    shifts, shift_errors = np.zeros((2, len(lots)))
    for turn, one in enumerate(lots):
        both = [features + turn, one]
        # by choice: the coefficient of use; by lot: that of use and of what is expected, together
        way = np.array([[1.0, 1.0], [0.0, 1.0]])
        noise = way @ covariance[np.ix_(both, both)] @ way.T
        said = way @ effects[both]
        full = noise + np.diag([1e-12, EACH**2])
        weight = np.linalg.solve(full, np.ones(2))
        weight = np.clip(weight / weight.sum(), 0.0, 1.0)
        found[one], choice[one] = weight @ said, weight[1]
        errors[one] = np.sqrt(weight @ noise @ weight)
        shifts[turn] = said[1] - said[0]
        shift_errors[turn] = np.sqrt(covariance[both[0], both[0]] + EACH**2)
    return Seen(found, errors, choice, shifts, shift_errors)
