"""The draw of a holdout: chance within strata of size, with shares right in each and in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.medians import Array, Flags

_STRATA, _HALF = 10, 0.5


def dealt(before: Array, share: float, dice: np.random.Generator, waves: int = 1) -> Counts:
    """Return 0 for those held out and the wave of everybody else, alike in every stratum of size.

    Parameters
    ----------
    before : numpy.ndarray
        Revenue of each customer before.
    share : float
        To hold out.
    dice : numpy.random.Generator
        Chance.
    waves : int
        Waves the others are dealt to.

    Notes
    -----
    Customers in order of size are cut into strata; in each, chance decides who comes first, and
    places are dealt out evenly, so that shares are right in every stratum and in all.

    Examples
    --------
    >>> found = dealt(np.arange(40.0), 0.25, np.random.default_rng(0), waves=2)
    >>> np.bincount(found).tolist(), int((found[:20] == 0).sum())
    ([10, 15, 15], 5)
    """
    count = len(before)
    order = np.argsort(-before, kind="stable")
    strata = np.empty(count, dtype=np.int64)
    strata[order] = np.arange(count) * min(_STRATA, max(count, 1)) // max(count, 1)
    mixed = np.lexsort((dice.random(count), strata))
    held = np.floor((np.arange(count) + 1) * share + _HALF) - np.floor(
        np.arange(count) * share + _HALF
    )
    found = np.empty(count, dtype=np.int64)
    others = np.cumsum(held == 0)
    found[mixed] = np.where(held > 0, 0, (others - 1) % waves + 1)
    return found


def given_to(before: Array, share: float, dice: np.random.Generator) -> Flags:
    """Return who has the feature in a draw of one wave."""
    return np.asarray(dealt(before, share, dice) > 0)
