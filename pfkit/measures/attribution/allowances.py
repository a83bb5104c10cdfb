"""What intervals allow for beside chance: much of it more customers would not mend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.measures.attribution.groups import GROUPS

if TYPE_CHECKING:
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.combine import Effects, Moments
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.medians import Array

#: How much wider growth's errors are than blocks of customers weighted anew.
STRETCH: Final = 1.2
#: Error of growth as a share of it: its course, other features in use, logs in place of money.
APART: Final = 0.05
#: Error of an effect on logs for each unit of a month's noise: growth that is no line, and sways.
LEVEL: Final = 0.025
#: Spread of an effect between customers, and of whether they stay, as a share of it.
MIXED: Final = 0.5


@dataclass(frozen=True)
class InUse:
    """Who pays the revenue in use of each feature.

    Attributes
    ----------
    paid : numpy.ndarray
        By feature.
    share : numpy.ndarray
        Features × groups.
    few : numpy.ndarray
        By feature: sum of squared shares of customers, 1 where one pays all.
    """

    paid: Array
    share: Array
    few: Array


def in_use(panel: Panel, first: Codes, group: Codes) -> InUse:
    """Return who pays the revenue in use; `group` is that of each customer."""
    at = np.arange(panel.months)
    features = first.shape[1]
    paid, few, share = np.zeros(features), np.zeros(features), np.zeros((features, GROUPS))
    for one in range(features):
        own = np.where(at[None, :] >= first[:, [one]], panel.amount, 0.0).sum(1)
        own = np.maximum(own, 0.0)
        paid[one] = own.sum()
        share[one] = np.bincount(group, own, GROUPS)
        few[one] = (own**2).sum()
    whole = np.maximum(paid, 1e-9)
    return InUse(paid, share / whole[:, None], few / whole**2)


@dataclass(frozen=True)
class Allowance:
    """What is allowed for.

    Attributes
    ----------
    use : InUse
        Who pays the revenue in use.
    level : float
        Standard deviation of a month's noise, in logs.
    groups : numpy.ndarray
        By feature: error of its effect on logs for what differs between groups of customers.
    """

    use: InUse
    level: float
    groups: Array

    def errors(self, growth: Array) -> Array:
        """Return the error of growth beside chance, in money, by feature."""
        logs = (LEVEL * self.level) ** 2 + self.groups**2
        own = APART**2 + MIXED**2 * self.use.few
        return np.asarray(np.sqrt(logs * self.use.paid**2 + own * growth**2))

    def allowed(
        self, money: Moments, effects: list[Effects], best: Effects, rng: np.random.Generator
    ) -> Array:
        """Return incremental revenue by draw, with what is allowed for.

        `best` are the effects without those on leaving.
        """
        features = len(best.hazards)
        middle = money.incremental(best)
        errors = self.errors(middle)
        out = np.empty((len(effects), features))
        for turn, one in enumerate(effects):
            grown = money.incremental(replace(one, hazards=best.hazards))
            wider = (STRETCH - 1) * (grown - middle)
            out[turn] = money.incremental(one) + wider + errors * rng.standard_normal(features)
        return out
