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
#: What two must do together, in logs: less is no more than the form of the model.
LEAST: Final = 0.02
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
    """Return the pairs whose effect together is more than chance, and no trifle.

    The largest is taken in first, then the largest beside it; all are then fitted together, with
    errors by block.
    """
    if not columns.pairs:
        return ()
    lags = np.concatenate([columns.lags(one) for one in range(columns.features)])
    both = np.concatenate([columns.both(pair) for pair in range(len(columns.pairs))])
    left, kept = remaining(blocks, np.concatenate([lags, both])), list[int]()
    for _ in range(FINALISTS):
        z, effect = _alone(left, len(lags), kept)
        z = np.where(np.abs(effect) >= LEAST, np.abs(z), 0.0)
        if float(z.max()) <= KEPT:
            break
        kept.append(int(z.argmax()))
    if not kept:
        return ()
    tried = np.sort(np.array(kept))
    right = np.concatenate([lags, both[tried]])
    fit = solve(blocks, right, right, scores=True)
    told = np.flatnonzero(np.isfinite(fit.effects))
    error = np.full(len(fit.effects), np.inf)
    error[told] = np.sqrt(np.diag(fit.bread @ (fit.scores.T @ fit.scores) @ fit.bread.T))
    effects = np.abs(np.nan_to_num(fit.effects))
    real = (effects > KEPT * error) & (effects >= LEAST)
    return tuple(tried[real[both[tried]]].tolist())


def _alone(left: Array, wide: int, kept: list[int]) -> tuple[Array, Array]:
    """Return what each pair does beside all features and the pairs kept, in errors and in logs."""
    inside = np.concatenate([np.arange(wide), wide + np.array(kept, dtype=np.int64)])
    inverse = np.linalg.pinv(left[np.ix_(inside, inside)], rcond=1e-9, hermitian=True)
    cross, own = left[wide:-1, inside], np.diag(left[wide:-1, wide:-1])
    gap = left[wide:-1, -1] - cross @ inverse @ left[inside, -1]
    size = own - np.einsum("pi,ij,pj->p", cross, inverse, cross)
    told = size > 1e-3 * own + 1e-12
    told[kept] = False
    size = np.where(told, size, 1.0)
    return np.where(told, gap / np.sqrt(size), 0.0), np.where(told, gap / size, 0.0)
