"""Features that do more, or less, together than one by one."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.measures.attribution.growth import remaining, solve

if TYPE_CHECKING:
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.growth import Blocks, Columns, Pairs
    from pfkit.measures.medians import Array, Flags

#: Pairs that are looked at, those with most customers first, and how many may be kept.
MOST: Final = 66
FINALISTS: Final = 4
#: Standard errors from which a pair is kept: one in a thousand by chance.
KEPT: Final = 3.3
#: Customers that must come to have both.
FEWEST: Final = 100
#: Share of the customers of the larger one from which two features are one for this purpose.
SAME: Final = 0.8


def pairs_in_use(first: Codes, months: int, told: Flags) -> Pairs:
    """Return the pairs of features that enough customers have together, and not nearly all."""
    users = (first < months) & told[None, :]
    shared = users.astype(np.float64).T @ users
    alone = np.diag(shared)
    found = [
        (float(shared[one, other]), (one, other))
        for one, other in combinations(np.flatnonzero(told).tolist(), 2)
        if FEWEST <= shared[one, other] <= SAME * max(alone[one], alone[other])
    ]
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    return tuple(pair for _, pair in found[:MOST])


def outstanding(blocks: Blocks, columns: Columns) -> tuple[int, ...]:
    """Return the pairs whose effect together is more than chance.

    Each is tried beside all features; the largest are then fitted together, with errors by block.
    """
    if not columns.pairs:
        return ()
    lags = np.concatenate([columns.lags(one) for one in range(columns.features)])
    both = np.concatenate([columns.both(pair) for pair in range(len(columns.pairs))])
    alone = np.abs(_alone(blocks, lags, both))
    tried = np.flatnonzero(alone > KEPT)
    tried = np.sort(tried[np.argsort(-alone[tried], kind="stable")][:FINALISTS])
    if len(tried) == 0:
        return ()
    right = np.concatenate([lags, both[tried]])
    fit = solve(blocks, right, right, scores=True)
    told = np.flatnonzero(np.isfinite(fit.effects))
    error = np.sqrt(np.diag(fit.bread @ (fit.scores.T @ fit.scores) @ fit.bread.T))
    z = np.zeros(len(fit.effects))
    z[told] = fit.effects[told] / np.maximum(error, 1e-12)
    return tuple(int(one) for one in tried if abs(float(z[both[one]])) > KEPT)


def _alone(blocks: Blocks, lags: Codes, both: Codes) -> Array:
    """Return how many standard errors each pair is from nothing, beside all features."""
    left = remaining(blocks, np.concatenate([lags, both]))
    wide = len(lags)
    inverse = np.linalg.pinv(left[:wide, :wide], rcond=1e-9, hermitian=True)
    cross = left[wide:-1, :wide]
    gap = left[wide:-1, -1] - cross @ inverse @ left[:wide, -1]
    size = np.diag(left[wide:-1, wide:-1]) - np.einsum("pi,ij,pj->p", cross, inverse, cross)
    least = 1e-3 * np.diag(left[wide:-1, wide:-1]) + 1e-12
    return np.where(size > least, gap / np.sqrt(np.maximum(size, least)), 0.0)
