"""The demo company's budgets: revenue at budget rates, costs as planned, and a revision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pfkit.demo.company import OWNER, REGIONS
from pfkit.demo.ledger import REVENUE_ACCOUNTS
from pfkit.demo.timeline import MONTHS_A_YEAR, Timeline, stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from pfkit.demo.costs import ProductCost, SharedCost
    from pfkit.demo.market import Market

ADOPTED_DAY = "12-11"  # of the year before
REVISED_DAY = "05-19"  # of the year itself
_REVISED_FROM = 4  # the revision replans May to December
_WEIGHT = 0.6  # of the gap of January to April that the revision carries forward
_RETURN_SHARE = {"4700": 0.0002, "4800": 0.0042, "4810": 0.0024}  # of planned subscriptions


class PlanLine(NamedTuple):
    """One planned line: EUR by month of the grid, and what was booked on it."""

    sheet: str
    product: str
    account: str
    cost_center: str
    planned: np.ndarray
    actual: np.ndarray


@dataclass(frozen=True)
class Budget:
    """One version of one year's budget; `cells` is EUR, line x month of that year."""

    year: int
    version: str
    approved: str
    lines: tuple[PlanLine, ...]
    cells: np.ndarray

    @property
    def name(self) -> str:
        """File name of the workbook."""
        return f"Budget {self.year} {self.version}.xlsx"


def revenue_arrays(market: Market, revenue: pd.DataFrame) -> np.ndarray:
    """Return posted revenue in EUR, account x product x region x month of the grid."""
    shape = (len(REVENUE_ACCOUNTS), len(market.products.names), len(REGIONS), len(market.time.grid))
    posted = np.zeros(shape)
    account = revenue["account"].map({name: at for at, name in enumerate(REVENUE_ACCOUNTS)})
    place = (account, revenue["product"], revenue["region"], revenue["month"])
    np.add.at(posted, tuple(np.asarray(part) for part in place), revenue["cents"] / 100)
    return posted


def planned_revenue(seed: int, market: Market, posted: np.ndarray) -> np.ndarray:
    """Return planned revenue in EUR at budget rates, in the shape of `posted`.

    Subscriptions and usage follow what a planner knew: demand without the surprises. Services
    are what was posted, evened out; returns are a share of subscriptions.
    """
    rng = stream(seed, "plan")
    time, served = market.time, market.products.services[market.product]
    rate = market.budget_rates[market.currency] / 1e6
    kept = np.where(served, 0, market.discount)[:, None]
    seats = market.planned_seats * market.planned_price * (100 - kept) * rate / 1e4
    usage = market.planned_units * market.unit_price[:, None] * rate / 1e5
    plan = np.zeros_like(posted)
    for account, amount in (("4000", seats * ~served[:, None]), ("4100", usage)):
        np.add.at(plan[REVENUE_ACCOUNTS.index(account)], (market.product, market.region), amount)
    subscribed = plan[0]
    plan[0] = _even(subscribed)
    window = posted[2, :, :, time.start : time.stop]
    edges = [(0, 0), (0, 0), (time.start, len(time.grid) - time.stop)]
    plan[2] = np.pad(_even(window), edges, mode="edge")
    for account, share in _RETURN_SHARE.items():
        plan[REVENUE_ACCOUNTS.index(account)] = plan[0] * share
    years = len(time.grid) // MONTHS_A_YEAR
    hope = np.exp(rng.normal(0.004, 0.012, (plan.shape[1], years)))
    return np.asarray(plan * np.repeat(hope, MONTHS_A_YEAR, axis=1)[None, :, None, :])


def plan_lines(
    market: Market,
    revenue: tuple[np.ndarray, np.ndarray],
    products: Iterable[ProductCost],
    shared: Iterable[SharedCost],
) -> list[PlanLine]:
    """Return every line of the plan in EUR by month of the grid; `revenue` is planned, posted."""
    names = market.products.names
    planned, posted = revenue
    lines = [
        PlanLine("Revenue", name, code, REGIONS[region], planned[account, place, region],
                 posted[account, place, region])
        for place, name in enumerate(names)
        for account, code in enumerate(REVENUE_ACCOUNTS)
        for region in range(len(REGIONS))
    ]  # fmt: skip
    for cost in products:
        lines += [
            PlanLine("Cost", name, cost.account, cost.cost_center, cost.planned[place] / 100,
                     cost.actual[place] / 100)
            for place, name in enumerate(names)
        ]  # fmt: skip
    for item in shared:
        account, center = item.line.account, item.line.cost_center
        lines.append(
            PlanLine("Cost", "", account, center, item.planned / 100, item.actual / 100),
        )
    return lines


def budgets(time: Timeline, lines: list[PlanLine]) -> list[Budget]:
    """Return the adopted budget of every written year, and the revisions known by the end."""
    found = []
    first = int(str(time.grid[0])[:4])
    for year in time.years:
        begin = (year - first) * MONTHS_A_YEAR
        inside = slice(begin, begin + MONTHS_A_YEAR)
        adopted = np.array([line.planned[inside] for line in lines])
        booked = np.array([line.actual[inside] for line in lines])
        kept = np.asarray(np.rint(adopted / 100).any(axis=1))
        chosen = tuple(line for line, keep in zip(lines, kept, strict=True) if keep)
        adopted, booked = adopted[kept], booked[kept]
        approved = f"{year - 1}-{ADOPTED_DAY}"
        found.append(Budget(year, "adopted", approved, chosen, adopted))
        if np.datetime64(f"{year}-{REVISED_DAY}") <= time.last_day(time.last):
            cells = _revised(adopted, booked, max(0, time.start - begin))
            found.append(Budget(year, "revised", f"{year}-{REVISED_DAY}", chosen, cells))
    return found


def owner(line: PlanLine) -> str:
    """Return who answers for a planned line."""
    return str(OWNER[line.cost_center])


def _revised(adopted: np.ndarray, booked: np.ndarray, known: int) -> np.ndarray:
    """Carry part of the gap of the year's first months (from place `known`) to the rest."""
    revised = adopted.copy()
    if known < _REVISED_FROM:
        gap = (booked - adopted)[:, known:_REVISED_FROM].mean(axis=1, keepdims=True)
        replanned = adopted[:, _REVISED_FROM:] + _WEIGHT * gap
        revised[:, _REVISED_FROM:] = np.maximum(0.0, replanned)
    return revised


def _even(amount: np.ndarray) -> np.ndarray:
    """Return the amounts smoothed over a quarter to either side, as a planner would see them."""
    reach = 3
    wide = np.concatenate(
        [np.repeat(amount[..., :1], reach, -1), amount, np.repeat(amount[..., -1:], reach, -1)],
        axis=-1,
    )
    total = np.cumsum(np.insert(wide, 0, 0.0, axis=-1), axis=-1)
    width = 2 * reach + 1
    return np.asarray((total[..., width:] - total[..., :-width]) / width)
