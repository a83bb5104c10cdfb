"""Each customer's own size and growth, with features and what all share taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.measures.attribution.churn import Frailty

if TYPE_CHECKING:
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.growth import Masks
    from pfkit.measures.medians import Array

_WIDEST: Final = 4.0
_ENOUGH: Final = 4


@dataclass(frozen=True)
class Own:
    """Size in standard deviations, and what is known of growth."""

    size: Array
    growth: Frailty
    spread: float


def own(residuals: Array, masks: Masks, noise: Array, cell: Codes) -> Own:
    """Return size and growth; `residuals` are logs without features and shared months.

    Months of a cell and trends of its customers are told apart but for a line, so size and growth
    are those beside the cell's own.
    """
    months = residuals.shape[1]
    line = np.stack([np.ones(months), np.arange(months) - (months - 1) / 2], axis=1)
    makes = np.zeros((len(masks.known), months))
    error = np.full(len(masks.known), np.inf)
    for place, known in enumerate(masks.known):
        at = np.flatnonzero(known)
        if len(at) < _ENOUGH:
            continue
        left = np.linalg.solve(noise[np.ix_(at, at)], line[at])
        inverse = np.linalg.inv(line[at].T @ left)
        makes[place, at] = (inverse @ left.T)[1]
        error[place] = np.sqrt(inverse[1, 1])
    slope = np.einsum("nt,nt->n", makes[masks.of], residuals)
    errors = error[masks.of]
    sure = np.where(np.isfinite(errors), 1 / (1 + (errors / np.nanmin(errors)) ** 2), 0.0)
    slope = slope - _means(slope, sure, cell)
    spread = _spread(slope, errors)
    middle = np.arange(months) - (months - 1) / 2
    residuals = (
        residuals
        - _means(np.einsum("nt,nt->n", makes[masks.of], residuals), sure, cell)[:, None] * middle
    )
    count = masks.known.sum(1)[masks.of]
    level = np.where(masks.known[masks.of], residuals, 0.0).sum(1) / np.maximum(count, 1)
    level = level - _means(level, (count > 0).astype(float), cell)
    width = float(level[count > 0].std()) if bool((count > 0).any()) else 1.0
    size = np.where(count > 0, np.clip(level / max(width, 1e-9), -_WIDEST, _WIDEST), 0.0)
    growth = np.clip(slope / spread, -2 * _WIDEST, 2 * _WIDEST)
    return Own(size, Frailty(growth, errors / spread), spread)


def _means(values: Array, weights: Array, cell: Codes) -> Array:
    """Return the weighted mean of each row's cell."""
    total = np.bincount(cell, weights * values)
    return np.asarray((total / np.maximum(np.bincount(cell, weights), 1e-12))[cell])


def _spread(slope: Array, error: Array) -> float:
    """Return the spread of true growth: that of the estimates beyond their own error."""
    known = np.isfinite(error)
    if not bool(known.any()):
        return 1.0
    sure = known & (error <= np.quantile(error[known], 0.5))
    wide = float(np.median(np.abs(slope[sure] - np.median(slope[sure]))) * 1.4826) ** 2
    own_error = float(np.median(error[sure] ** 2))
    return float(np.sqrt(max(wide - own_error, 0.05 * wide, 1e-12)))
