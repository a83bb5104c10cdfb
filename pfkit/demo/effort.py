"""The demo company's hours: planned and worked, by cost center, role, product and initiative."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pfkit.demo.costs import PAY_RISE
from pfkit.demo.timeline import MONTHS_A_YEAR, stream
from pfkit.demo.ventures import VENTURES, begin_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.demo.costs import ProductCost
    from pfkit.demo.market import Market

DEARER = 0.07  # what an hour of a data scientist costs above standard from `DEARER_AGE` on
DEARER_AGE = 3  # months before the last month
ON_INITIATIVES = 0.35  # of a product's engineering hours while one is built


class _Role(NamedTuple):
    account: str
    cost_center: str
    name: str
    share: float  # of the account's planned cost
    hourly: float  # EUR, standard rate in the last written year
    behavior: str


_ROLES = (
    _Role("6000", "CC210", "Engineer", 0.80, 82.0, "fixed"),
    _Role("6000", "CC210", "Designer", 0.20, 71.0, "fixed"),
    _Role("6000", "CC220", "Data engineer", 0.68, 86.0, "fixed"),
    _Role("6000", "CC220", "Data scientist", 0.32, 96.0, "fixed"),
    _Role("5200", "CC120", "Support agent", 1.00, 43.0, "variable"),
    _Role("5400", "CC130", "Consultant", 1.00, 97.0, "variable"),
)
_COLUMNS = [
    "version", "month", "cost_center", "role", "product", "initiative", "hours", "hourly",
    "behavior", "known_on",
]  # fmt: skip


def effort_list(seed: int, market: Market, costs: Iterable[ProductCost]) -> pd.DataFrame:
    """Return planned and worked hours: half hours, and EUR cents an hour.

    Planned hours are the planned cost of a team over its standard rate. Initiatives take part of
    a product's engineering while they are built: as much more than planned as they cost more.
    Consultants work what was sold; support works what was planned, whatever was sold. Data
    scientists cost more an hour lately. Hours are from time sheets: they do not add up to the
    ledger's payroll.
    """
    time = market.time
    first = int(str(time.grid[0])[:4])
    planned = range((time.years[0] - first) * MONTHS_A_YEAR, len(time.grid))
    known = {(cost.account, cost.cost_center): cost for cost in costs}
    taken = _on_initiatives(market)
    rows: list[tuple[object, ...]] = []
    for role in _ROLES:
        cost = known[role.account, role.cost_center]
        rng = stream(seed, f"effort {role.name}")
        shape = cost.planned.shape
        noise = np.exp(rng.normal(0, 0.03, shape))
        paid = np.exp(rng.normal(0, 0.006, shape[1]))
        standard = _standard(market, role)
        hours = cost.planned / 100 * role.share / standard
        sold = cost.actual / np.maximum(cost.planned, 1) if role.name == "Consultant" else 1.0
        actual = standard * paid * (1 + DEARER * _late(market, role))
        for place, month in np.argwhere(cost.planned[:, planned.start :] > 0):
            at = int(month) + planned.start
            where = (role, market.products.names[place], int(place), at)
            parts = taken.get((int(place), at), ()) if role.account == "6000" else ()
            rows += _planned(market, where, float(hours[place, at]), standard[at], parts)
            if time.start <= at < time.stop:
                worked = float((hours * noise * sold)[place, at])
                rows += _worked(market, where, worked, actual[at], parts)
    listed = pd.DataFrame(rows, columns=_COLUMNS)
    order = ["month", "version", "cost_center", "role", "product", "initiative"]
    return listed[listed["hours"] > 0].sort_values(order, kind="stable").reset_index(drop=True)


def _standard(market: Market, role: _Role) -> np.ndarray:
    """Return the standard rate of every month: one a calendar year."""
    years = np.arange(len(market.time.grid)) // MONTHS_A_YEAR
    behind = years - years[market.time.last]
    return np.asarray(np.rint(role.hourly * (1 + PAY_RISE) ** behind.astype(float) * 100) / 100)


def _late(market: Market, role: _Role) -> np.ndarray:
    month = np.arange(len(market.time.grid))
    late = month >= market.time.last - DEARER_AGE
    return np.asarray(late * (role.name == "Data scientist"), dtype="float64")


def _on_initiatives(market: Market) -> dict[tuple[int, int], list[tuple[str, float, float]]]:
    """Return by product and month the initiatives built: planned share, and the actual one."""
    found: dict[tuple[int, int], list[tuple[str, float, float]]] = {}
    for number, venture in enumerate(VENTURES, 1):
        if venture.product not in market.products.names:
            continue
        place, begin = market.products.index(venture.product), begin_of(market.time, venture)
        for month in range(begin, begin + venture.build + venture.delay):
            share = ON_INITIATIVES if month < begin + venture.build else 0.0
            worked = ON_INITIATIVES * venture.cost_factor
            found.setdefault((place, month), []).append((f"I-{number:02d}", share, worked))
    return found


def _planned(
    market: Market,
    where: tuple[_Role, str, int, int],
    hours: float,
    rate: float,
    parts: Iterable[tuple[str, float, float]],
) -> list[tuple[object, ...]]:
    role, product, _, month = where
    label = market.time.labels[month]
    known = f"{int(label[:4]) - 1}-12-11"
    shares = [(name, share) for name, share, _ in parts]
    shares.append(("", 1 - sum(share for _, share in shares)))
    return [
        ("adopted", label, role.cost_center, role.name, product, name, _half(hours * share),
         round(rate * 100), role.behavior, known)
        for name, share in shares
    ]  # fmt: skip


def _worked(
    market: Market,
    where: tuple[_Role, str, int, int],
    hours: float,
    rate: float,
    parts: Iterable[tuple[str, float, float]],
) -> list[tuple[object, ...]]:
    role, product, _, month = where
    label = market.time.labels[month]
    known = str(market.time.last_day(month) + 3)
    listed = list(parts)
    shares = [(name, worked) for name, _, worked in listed]
    shares.append(("", 1 - sum(share for _, share, _ in listed)))
    return [
        ("actual", label, role.cost_center, role.name, product, name, _half(hours * share),
         round(rate * 100), "", known)
        for name, share in shares
    ]  # fmt: skip


def _half(hours: float) -> int:
    """Return hours in half hours."""
    return round(hours * 2)
