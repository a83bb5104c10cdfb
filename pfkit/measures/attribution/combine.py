"""From effects to money: what would be lost without a feature, and the share of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.measures.attribution.growth import LAGS, stretch

if TYPE_CHECKING:
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.medians import Array

_CHUNK: Final = 2000
_TINY: Final = 1e-12


@dataclass(frozen=True)
class Effects:
    """What each feature does: to log revenue by stretch of use, and to the hazard of leaving."""

    lifts: Array  # features × stretches
    hazards: Array  # features


@dataclass(frozen=True)
class Moments:
    """Revenue in use by feature and stretch, and the hazard that came together by then.

    Attributes
    ----------
    revenue, first, second : numpy.ndarray
        Features × stretches: revenue, and revenue times the hazard since first use and its square.
    """

    revenue: Array
    first: Array
    second: Array

    def incremental(self, effects: Effects) -> Array:
        """Return revenue that would be lost without each feature."""
        less = np.expm1(-effects.hazards)[:, None]
        kept = self.revenue - less * self.first + 0.5 * less**2 * self.second
        return np.asarray((self.revenue - np.exp(-effects.lifts) * kept).sum(1))


def in_use_hazard(first: Codes, hazard: Array) -> Array:
    """Return the hazard that came together while one feature was in use: customers × months."""
    months = hazard.shape[1]
    used = np.arange(months)[None, :] > first[:, None]
    return np.asarray(np.cumsum(np.where(used, hazard, 0.0), axis=1))


def moments(panel: Panel, first: Codes, hazard: Array) -> Moments:
    """Return revenue in use by feature and stretch."""
    shape = (first.shape[1], len(LAGS))
    revenue, one, two = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    age = np.arange(panel.months)[None, :]
    for feature in range(shape[0]):
        users = np.flatnonzero(first[:, feature] < panel.months)
        since = age - first[users, feature][:, None]
        at = stretch(since)
        mine = at >= 0
        amount, place = panel.amount[users][mine], at[mine]
        total = in_use_hazard(first[users, feature], hazard[users])[mine]
        revenue[feature] = np.bincount(place, amount, shape[1])
        one[feature] = np.bincount(place, amount * total, shape[1])
        two[feature] = np.bincount(place, amount * total**2, shape[1])
    return Moments(revenue, one, two)


@dataclass(frozen=True)
class Parts:
    """Money by month and feature.

    Attributes
    ----------
    shares : numpy.ndarray
        Months × features, by the month booked: each feature's share, adding up with the baseline.
    removal : numpy.ndarray
        Months × features: what would be lost without it; these do not add up.
    """

    shares: Array
    removal: Array


def parts(panel: Panel, first: Codes, hazard: Array, effects: Effects) -> Parts:
    """Return each feature's share of revenue and what would be lost without it, by month.

    The share of feature j of a product of factors a over a base is
    base (a_j − 1) ∫₀¹ Π_{k≠j}(1 + x(a_k − 1)) dx, exact with Gauss-Legendre nodes.
    """
    features = first.shape[1]
    nodes, weights = np.polynomial.legendre.leggauss(max(1, -(-features // 2)))
    nodes, weights = (nodes + 1) / 2, weights / 2
    shares, removal = np.zeros((panel.months, features)), np.zeros((panel.months, features))
    by_customer = np.argsort(panel.moved[0], kind="stable")
    late = [part[by_customer] for part in panel.moved[:3]]
    paid = panel.moved[3][by_customer]
    for start in range(0, len(first), _CHUNK):
        who = np.arange(start, min(start + _CHUNK, len(first)))
        factor = np.exp(_log_factors(first[who], hazard[who], effects))
        share = _shapley(factor, nodes, weights)
        lost = 1 - 1 / factor
        amount = panel.amount[who].copy()
        low, high = np.searchsorted(late[0], [start, who[-1] + 1])
        if high > low and not panel.by_reference:
            whom, referred, booked = (part[low:high] for part in late)
            money = paid[low:high]
            np.subtract.at(amount, (whom - start, referred), money)
            np.add.at(shares, booked, share[whom - start, referred] * money[:, None])
            np.add.at(removal, booked, lost[whom - start, referred] * money[:, None])
        shares += np.einsum("nt,ntf->tf", amount, share)
        removal += np.einsum("nt,ntf->tf", amount, lost)
    return Parts(shares, removal)


def _log_factors(first: Codes, hazard: Array, effects: Effects) -> Array:
    """Return the logarithm of each feature's factor: customers × months × features."""
    months = hazard.shape[1]
    out = np.zeros((*hazard.shape, first.shape[1]))
    for feature in range(first.shape[1]):
        users = np.flatnonzero(first[:, feature] < months)
        at = stretch(np.arange(months)[None, :] - first[users, feature][:, None])
        lift = np.where(at >= 0, effects.lifts[feature][np.maximum(at, 0)], 0.0)
        total = in_use_hazard(first[users, feature], hazard[users])
        out[users, :, feature] = lift + np.expm1(-effects.hazards[feature]) * total
    return out


def _shapley(factor: Array, nodes: Array, weights: Array) -> Array:
    """Return each factor's share of their product, as a fraction of it."""
    more = factor - 1
    found = np.zeros_like(factor)
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        step = 1 + node * more
        found += weight * np.prod(step, axis=2, keepdims=True) / np.maximum(step, _TINY)
    return np.asarray(found * more / np.prod(factor, axis=2, keepdims=True))
