"""Effects that differ between large and small customers, weighed by what customers pay.

An event study weighs customers by how much they tell; revenue is lost by how much they pay. Where
a feature does more for large customers than for small ones, the two differ, however many
customers there are. Cells are therefore grouped by size, each group's departure from the common
effect is drawn towards none as far as groups of this company agree, and what is left moves the
effect to what it is over revenue, with an error that more customers of the same kind do not shrink.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.measures.attribution.growth import remaining

if TYPE_CHECKING:
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.growth import Blocks, Columns, Solved
    from pfkit.measures.medians import Array

#: Groups of cells by size.
GROUPS: Final = 3
#: Blocks below which a group says nothing of how far it is off.
FEWEST: Final = 10
#: Spreads of effects between groups that are weighed, as shares of the effect.
SPREADS: Final = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8])


@dataclass(frozen=True)
class Moved:
    """What groups make of effects.

    Attributes
    ----------
    shift : numpy.ndarray
        By feature: added to its effect on logs.
    error : numpy.ndarray
        What is not known of that.
    spread : float
        Of effects between groups, as a share of them.
    """

    shift: Array
    error: Array
    spread: float


def by_size(amount: Array, cell: Codes) -> Codes:
    """Return the group of each cell: cells in the order of what their customers pay.

    Each group has about as much of customers and revenue, taken together, as any other.
    """
    count = np.bincount(cell).astype(np.float64)
    paid = np.bincount(cell, np.maximum(amount.sum(1), 0.0))
    order = np.argsort(paid / np.maximum(count, 1.0), kind="stable")
    weight = count / count.sum() + paid / max(float(paid.sum()), 1e-9)
    until = np.cumsum(weight[order]) - weight[order] / 2
    group = np.empty(len(count), dtype=np.int64)
    group[order] = np.minimum(until / 2 * GROUPS, GROUPS - 1).astype(np.int64)
    return group


def departures(
    blocks: Blocks, columns: Columns, fit: Solved, ways: tuple[Codes, Codes], group: Codes
) -> tuple[Array, Array]:
    """Return how far each group's effects are off the common ones, and the variance of that.

    Parameters
    ----------
    blocks : Blocks
        Sums by block.
    columns : Columns
        Where columns stand.
    fit : Solved
        The common fit, with scores.
    ways : tuple of numpy.ndarray
        Its columns, and their instruments.
    group : numpy.ndarray
        Group of each cell.
    """
    right, left = ways
    kept = np.isfinite(fit.effects[right])
    every = np.union1d(right[kept], left[kept])
    x, z = (np.searchsorted(every, way[kept]) for way in (right, left))
    feature = np.full(int(right.max()) + 1, -1)
    for one in range(columns.features):
        feature[columns.lags(one)] = one
    mine = feature[right[kept]]
    one_each = (mine[:, None] == np.arange(columns.features)).astype(np.float64)
    off = np.zeros((columns.features, GROUPS))
    noise = np.full(off.shape, np.inf)
    for one in range(GROUPS):
        within = np.flatnonzero(group[blocks.cell] == one)
        if len(within) < FEWEST:
            continue
        part = blocks.of(within)
        normal = one_each.T @ remaining(part, every)[np.ix_(z, x)] @ one_each
        told = np.diag(normal) > 1e-6 * max(float(np.diag(normal).max()), 1e-12)
        bread = np.zeros_like(normal)
        bread[np.ix_(told, told)] = np.linalg.pinv(normal[np.ix_(told, told)], rcond=1e-8)
        scores = fit.scores[within] @ one_each
        spread = scores - scores.mean(0)
        off[:, one] = bread @ scores.sum(0)
        variance = np.diag(bread @ (spread.T @ spread) @ bread.T) * len(within) / (len(within) - 1)
        noise[told, one] = np.maximum(variance[told], 1e-12)
    return off, noise


def moved(off: Array, noise: Array, lift: Array, share: Array) -> Moved:
    """Return what departures of groups make of effects.

    Parameters
    ----------
    off, noise : numpy.ndarray
        Features × groups: departures, and their variance.
    lift : numpy.ndarray
        By feature: the common effect, in logs.
    share : numpy.ndarray
        Features × groups: share of the revenue in use.
    """
    apart = (SPREADS[:, None, None] * lift[None, :, None]) ** 2
    known = np.isfinite(noise)
    total = apart + np.where(known, noise, 1.0)
    fits = np.where(known, -0.5 * (off**2 / total + np.log(total)), 0.0).sum((1, 2))
    weight = np.exp(fits - fits.max())
    weight /= weight.sum()
    drawn = np.where(known, apart / total, 0.0)
    each = (share * drawn * off).sum(2)
    shift = weight @ each
    left = (share**2 * np.where(known, apart * (1 - drawn), apart)).sum(2)
    error = np.sqrt(weight @ (left + (each - shift) ** 2))
    return Moved(shift, error, float(weight @ SPREADS))
