"""From effects to money: what would be lost without a feature, and the share of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.measures.attribution.growth import AGES, ages

if TYPE_CHECKING:
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.growth import Pairs
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.medians import Array

_CHUNK: Final = 2000
_TINY: Final = 1e-12


@dataclass(frozen=True)
class Effects:
    """What each feature does: to log revenue by months of use, and to the hazard of leaving."""

    lifts: Array  # features × ages
    hazards: Array  # features
    pairs: Pairs = ()
    more: Array = field(default_factory=lambda: np.zeros(0))  # of pairs in use together


@dataclass(frozen=True)
class Moments:
    """Revenue in use by feature and age, and the hazard that came together by then.

    Attributes
    ----------
    revenue, first, second : numpy.ndarray
        Features × ages: revenue, and revenue times the hazard since first use and its square.
    """

    revenue: Array
    first: Array
    second: Array
    both: tuple[tuple[int, int, Array], ...] = ()  # pair, feature, and its sums in use together

    def incremental(self, effects: Effects) -> Array:
        """Return revenue that would be lost without each feature."""
        less = np.expm1(-effects.hazards)
        kept = _kept(np.stack([self.revenue, self.first, self.second]), less[:, None])
        found = (self.revenue - np.exp(-effects.lifts) * kept).sum(1)
        for pair, feature, sums in self.both:
            rest = np.exp(-effects.lifts[feature]) * _kept(sums, less[feature])
            found[feature] -= np.expm1(-effects.more[pair]) * rest.sum()
        return np.asarray(found)


def _kept(sums: Array, less: Array) -> Array:
    """Return revenue of those who would still be there."""
    return np.asarray(sums[0] - less * sums[1] + 0.5 * less**2 * sums[2])


def in_use_hazard(first: Codes, hazard: Array) -> Array:
    """Return the hazard that came together while one feature was in use: customers × months."""
    months = hazard.shape[1]
    used = np.arange(months)[None, :] > first[:, None]
    return np.asarray(np.cumsum(np.where(used, hazard, 0.0), axis=1))


def moments(panel: Panel, first: Codes, hazard: Array, pairs: Pairs = ()) -> Moments:
    """Return revenue in use by feature and age."""
    every = [_sums(panel, first[:, one], first[:, one], hazard) for one in range(first.shape[1])]
    revenue, one, two = np.stack(every, axis=1)
    both = []
    for pair, members in enumerate(pairs):
        since = np.maximum(first[:, members[0]], first[:, members[1]])
        both += [(pair, at, _sums(panel, first[:, at], since, hazard)) for at in members]
    return Moments(revenue, one, two, tuple(both))


def _sums(panel: Panel, first: Codes, since: Codes, hazard: Array) -> Array:
    """Return revenue, and it times the hazard and its square, by age, from a month on."""
    users = np.flatnonzero(since < panel.months)
    months = np.arange(panel.months)[None, :]
    at = ages(months - first[users][:, None])
    mine = months >= since[users][:, None]
    amount, place = panel.amount[users][mine], at[mine]
    total = in_use_hazard(first[users], hazard[users])[mine]
    powers = (amount, amount * total, amount * total**2)
    return np.stack([np.bincount(place, power, AGES) for power in powers])


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
        alone = _log_factors(first[who], hazard[who], effects)
        more = _log_more(first[who], panel.months, effects)
        # what two do together is lost with either, and shared by both
        share = _shapley(np.exp(alone + 0.5 * more), nodes, weights)
        lost = -np.expm1(-alone - more)
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
        at = ages(np.arange(months)[None, :] - first[users, feature][:, None])
        lift = np.where(at >= 0, effects.lifts[feature][np.maximum(at, 0)], 0.0)
        total = in_use_hazard(first[users, feature], hazard[users])
        out[users, :, feature] = lift + np.expm1(-effects.hazards[feature]) * total
    return out


def _log_more(first: Codes, months: int, effects: Effects) -> Array:
    """Return what each feature does with its partners in use: customers × months × features."""
    out = np.zeros((len(first), months, first.shape[1]))
    for (one, other), more in zip(effects.pairs, effects.more.tolist(), strict=True):
        since = np.maximum(first[:, one], first[:, other])
        both = more * (np.arange(months)[None, :] >= since[:, None])
        out[:, :, one] += both
        out[:, :, other] += both
    return out


def _shapley(factor: Array, nodes: Array, weights: Array) -> Array:
    """Return each factor's share of their product, as a fraction of it."""
    more = factor - 1
    found = np.zeros_like(factor)
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        step = 1 + node * more
        found += weight * np.prod(step, axis=2, keepdims=True) / np.maximum(step, _TINY)
    return np.asarray(found * more / np.prod(factor, axis=2, keepdims=True))
