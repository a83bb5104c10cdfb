"""One value from many: the weighted median of the anchors, each by how well it has done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.measures.anchors import LATEST
from pfkit.measures.medians import weighted_median

if TYPE_CHECKING:
    from pfkit.measures.anchors import Anchors
    from pfkit.measures.medians import Array
    from pfkit.measures.replays import Replays

#: A weight falls with this power of the mean error.
POWER = 8
#: A year counts this much of the one after it.
MEMORY = 0.8
#: Years that the common error of an anchor counts for beside a line's own.
BORROWED = 2.0
#: Mean errors count as this share more, so that no anchor is ever perfect.
FLOOR = 0.003
#: A version counts as missing at least this part of the way the latest plan has left it.
LEFT = 0.1
#: An error of more than twice the plan counts as twice the plan.
MOST = 2.0


@dataclass(frozen=True)
class Blend:
    """What every year was thought to come to on its day.

    Attributes
    ----------
    outlook : numpy.ndarray
        Line × year, in whole cents; NaN where no anchor says anything.
    weights : numpy.ndarray
        Anchor × line × year; they add up to one.
    apart : numpy.ndarray
        Line × year: how far the anchors lie from the outlook, weighted, as a share of the plan.
    """

    outlook: Array
    weights: Array
    apart: Array


def blend(replay: Replays, anchor: Anchors) -> Blend:
    r"""Take the weighted median of the anchors of every year, by what was known on its day.

    Notes
    -----
    The weight of an anchor is :math:`(\bar e + 0.003)^{-8}`, where :math:`\bar e` is its mean
    error on this line in the years known by then, as a share of the plan, held to its mean
    error on all lines. A version that lies far from the latest plan was left for a reason: its
    error is at least a tenth of that distance. While no year is known the latest plan stands.
    """
    values = anchor.values
    outlook = np.full(anchor.latest.shape, np.nan)
    weights = np.zeros(values.shape)
    for year in range(outlook.shape[1]):
        now = values[:, :, year]
        mean = _errors(values, replay.truth[year], anchor.scale, year)
        if mean is None:
            weight = np.zeros(now.shape)
            weight[anchor.names.index(LATEST)] = 1.0
        else:
            mean = np.fmax(mean, LEFT * anchor.left[:, :, year])
            weight = (mean + FLOOR) ** -POWER
        weight = np.where(np.isfinite(now), weight, 0.0)
        alone = (weight.sum(0) == 0) & np.isfinite(now).any(0)
        weight[:, alone] = np.isfinite(now[:, alone])
        total = weight.sum(0)
        weights[:, :, year] = np.divide(weight, total, out=np.zeros(now.shape), where=total > 0)
        outlook[:, year] = np.rint(weighted_median(now.T, weights[:, :, year].T))
    away = np.where(np.isfinite(values), np.abs(values - outlook), 0.0)
    return Blend(outlook, weights, (weights * away).sum(0) / anchor.scale)


def _errors(values: Array, truth: Array, scale: Array, year: int) -> Array | None:
    """Return each anchor's mean error on each line, None where no year is known yet."""
    known = np.isfinite(truth[:, :year]) & np.isfinite(scale[:, :year])
    past = [u for u in range(year) if bool((known[:, u] & np.isfinite(values[:, :, u])).any())]
    if not past:
        return None
    errors = np.minimum(np.abs(values[:, :, past] - truth[:, past]) / scale[:, past], MOST)
    age = max(past) - np.array(past, dtype=float)
    there = np.isfinite(errors)
    weight = np.where(there, MEMORY**age, 0.0)
    cells = there.reshape(len(values), -1)
    sums = np.nan_to_num(errors).reshape(len(values), -1).sum(-1)
    common = np.divide(sums, cells.sum(-1), out=np.full(len(values), np.nan), where=cells.any(-1))
    common = np.where(np.isfinite(common), common, np.nanmax(common))
    own = (weight * np.nan_to_num(errors)).sum(-1)
    found: Array = (own + BORROWED * common[:, None]) / (weight.sum(-1) + BORROWED)
    return found
