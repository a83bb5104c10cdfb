"""What the demo company spends: planned and actual costs by product, account and month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pfkit.demo.company import SHARED_COSTS, Line
from pfkit.demo.market import DRIFT_AGE
from pfkit.demo.timeline import MONTHS_A_YEAR, stream

if TYPE_CHECKING:
    from pfkit.demo.market import Market
    from pfkit.demo.timeline import Timeline

DRIFT_SHARE = 0.46  # of planned hosting, what on-demand capacity adds in the last month
PAY_RISE = 0.032  # each April
ON_DEMAND = 0.08  # of committed hosting, as planned
RE_INDEX = "nightly search re-index on on-demand capacity"
SEASONS = {
    "flat": (1.0,) * 12,
    "salary": (1.0,) * 10 + (1.32, 1.0),  # half of the 13th salary in November
    "events": (0.7, 0.9, 1.5, 0.9, 1.1, 1.0, 0.6, 0.5, 1.6, 1.0, 1.4, 0.8),
    "audit": (1.4, 1.9, 1.7, 0.9, 0.7, 0.8, 0.7, 0.6, 0.8, 0.8, 0.9, 0.8),
    "travel": (0.8, 1.0, 1.2, 1.0, 1.1, 1.2, 0.7, 0.5, 1.3, 1.2, 1.2, 0.6),
    "currency": (0.4, 0.9, 1.3, 0.8, 1.0, 1.4, 0.9, 0.7, 1.2, 1.0, 1.1, 1.3),
}
_DEVELOPMENT = 0.205  # of revenue in the last month
_CONTRACTORS = 0.026
COMMISSION = 0.021


class Pair(NamedTuple):
    """The same amounts as they happened and as they were planned."""

    actual: np.ndarray
    planned: np.ndarray


@dataclass(frozen=True)
class ProductCost:
    """One account's cost of one cost center for every product, in EUR cents by month."""

    account: str
    cost_center: str
    memo: str
    actual: np.ndarray  # product x month
    planned: np.ndarray


@dataclass(frozen=True)
class SharedCost:
    """One shared cost, in EUR cents by month."""

    line: Line
    actual: np.ndarray
    planned: np.ndarray


def product_costs(
    seed: int,
    market: Market,
    revenue: Pair,
    services: Pair,
) -> list[ProductCost]:
    """Return the costs booked on products.

    `revenue` is EUR by product and month, `services` the part of it that was sold by the day.
    """
    rng = stream(seed, "product costs")
    count, planned = len(market.products.names), revenue.planned
    served = market.products.services
    ratio = rng.uniform(0.105, 0.15, count) * np.where(served, 0.08, 1.0)
    on_demand = _on_demand(market, planned * ratio[:, None] * ON_DEMAND)
    data = np.array([family in {"Insight", "Labs"} for family in market.products.families])
    licenses = np.where(data, 0.055, 0.018)[:, None]
    level = planned[:, [market.time.last]] * (_growth(market.time, 0.09) * _raises(market.time))
    engineering = np.where(served, 0.1, 1.0)[:, None] * level
    support = 0.068 * np.where(served, 0.3, 1.0)[:, None]

    def noisy(amount: np.ndarray, spread: float) -> np.ndarray:
        common = rng.normal(0, spread, amount.shape[-1])
        return np.asarray(amount * np.exp(common + rng.normal(0, spread / 2, amount.shape)))

    committed = planned * ratio[:, None]
    rows = [
        ("5000", "CC110", "committed capacity", committed, committed, 0.012),
        ("5010", "CC110", "on-demand capacity", committed * ON_DEMAND, on_demand, 0.06),
        ("5100", "CC110", "Embedded licenses", planned * licenses, revenue.actual * licenses, 0.02),
        ("5200", "CC120", "Support shifts", planned * support, planned * support, 0.02),
        ("5300", "CC510", "Card and transfer fees", planned * 0.009, revenue.actual * 0.009, 0.01),
        ("5400", "CC130", "Consultants", services.planned * 0.7, services.actual * 0.7, 0.02),
    ]
    costs = [
        ProductCost(account, center, memo, _cents(noisy(real, spread)), _cents(base))
        for account, center, memo, base, real, spread in rows
    ]
    for center, chosen in (("CC210", ~data), ("CC220", data)):
        team = engineering * chosen[:, None]
        costs.append(
            ProductCost(
                "6000", center, "Payroll, engineering",
                _cents(noisy(team * _DEVELOPMENT * _season(market.time, "salary"), 0.008)),
                _cents(team * _DEVELOPMENT * _season(market.time, "salary")),
            ),
        )  # fmt: skip
        costs.append(
            ProductCost(
                "6010", center, "Engineering contractors",
                _cents(noisy(team * _CONTRACTORS, 0.12)),
                _cents(team * _CONTRACTORS),
            ),
        )  # fmt: skip
    return costs


def shared_costs(seed: int, time: Timeline, revenue: Pair) -> list[SharedCost]:
    """Return the costs booked on no product; sales commission follows `revenue` by region."""
    rng = stream(seed, "shared costs")
    costs = []
    for line in SHARED_COSTS:
        trend = _raises(time) if line.season == "salary" else np.ones(len(time.grid))
        base = line.monthly * trend * _growth(time, 0.05) * _season(time, line.season)
        spread = {"salary": 0.008, "flat": 0.0, "currency": 0.9}.get(line.season, 0.09)
        actual = base * np.exp(rng.normal(0, spread, len(base)))
        costs.append(SharedCost(line, _cents(actual), _cents(base)))
    for region, center in enumerate(("CC310", "CC320", "CC330")):
        commission = revenue.actual[region] * COMMISSION
        line = Line("6110", center, 0.0, "flat", "Sales commission")
        actual = commission * np.exp(rng.normal(0, 0.04, len(commission)))
        costs.append(SharedCost(line, _cents(actual), _cents(revenue.planned[region] * COMMISSION)))
    return costs


def _on_demand(market: Market, base: np.ndarray) -> np.ndarray:
    """Return on-demand hosting with the drift of one product from `DRIFT_AGE` months ago on."""
    month = np.arange(len(market.time.grid))
    climb = np.clip((month - market.time.last + DRIFT_AGE + 1) / (DRIFT_AGE + 1), 0, 1)
    added = base.copy()
    added[market.drifting] += base[market.drifting] / ON_DEMAND * DRIFT_SHARE * climb
    return added


def _growth(time: Timeline, yearly: float) -> np.ndarray:
    return np.asarray(np.exp(yearly * time.since_last))


def _raises(time: Timeline) -> np.ndarray:
    """Return pay against the last month's, stepping each April."""
    count = (np.arange(len(time.grid)) - 3) // MONTHS_A_YEAR
    return np.asarray((1 + PAY_RISE) ** (count - count[time.last]).astype(float))


def _season(time: Timeline, name: str) -> np.ndarray:
    return np.asarray(np.array(SEASONS[name])[time.month_of_year])


def _cents(amount: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(amount * 100).astype(np.int64))
