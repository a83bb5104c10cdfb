"""The demo company's budgets: revenue at budget rates, costs as planned, and a revision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pfkit.demo.billing import KIND_ACCOUNT
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
FREEZE_SHARE = 0.15  # of engineering cost that the draft of a hiring freeze takes off
_ENGINEERING = ("6000", "6010")
_REVISED_FROM = 4  # the revision replans May to December
_WEIGHT = 0.6  # of the gap of January to April that the revision carries forward
#: What one of the quantity is, by kind of billed line.
KIND_UNIT = {"Subscription": "seats", "Usage": "thousand calls", "Services": "days"}
_RETURN_SHARE = {"4700": 0.0002, "4800": 0.0042, "4810": 0.0024}  # of planned subscriptions


class PlanLine(NamedTuple):
    """One planned line: EUR by month of the grid, and what was booked on it."""

    sheet: str
    product: str
    account: str
    cost_center: str
    planned: np.ndarray
    actual: np.ndarray
    units: tuple[np.ndarray, np.ndarray] | None = None  # planned and billed, where it is sold so


@dataclass(frozen=True)
class Budget:
    """One version of one year's budget; `cells` is EUR, line x month of that year, `units` alike.

    `units` is NaN on a line that is planned in money only.
    """

    year: int
    version: str
    approved: str  # empty where nobody has
    lines: tuple[PlanLine, ...]
    cells: np.ndarray
    units: np.ndarray
    stage: str
    issued: str

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
    served = market.products.services[market.product]
    rate = market.budget_rates[market.currency] / 1e6
    kept = np.where(served, 0, market.discount)[:, None]
    seats = market.planned_seats * market.planned_price * (100 - kept) * rate / 1e4
    usage = market.planned_units * market.unit_price[:, None] * rate / 1e5
    plan = np.zeros_like(posted)
    for account, amount in (("4000", seats * ~served[:, None]), ("4100", usage)):
        np.add.at(plan[REVENUE_ACCOUNTS.index(account)], (market.product, market.region), amount)
    subscribed = plan[0]
    plan[0] = _even(subscribed)
    plan[2] = _within(market.time, posted[2])
    for account, share in _RETURN_SHARE.items():
        plan[REVENUE_ACCOUNTS.index(account)] = plan[0] * share
    return np.asarray(plan * _hope(seed, market))


def sold_units(market: Market, billed: pd.DataFrame) -> np.ndarray:
    """Return posted units (seats, thousand calls, days) in the shape of `revenue_arrays`."""
    shape = (len(REVENUE_ACCOUNTS), len(market.products.names), len(REGIONS), len(market.time.grid))
    found = np.zeros(shape)
    counted = billed[billed["kind"].isin(KIND_UNIT)]
    subscription = counted["subscription"].to_numpy()
    place = {code: at for at, code in enumerate(REVENUE_ACCOUNTS)}
    account = counted["kind"].map({kind: place[KIND_ACCOUNT[kind]] for kind in KIND_UNIT})
    region = np.searchsorted(REGIONS, market.region[subscription])
    where = (account.to_numpy(), market.product[subscription], region, counted["posted_month"])
    np.add.at(found, tuple(np.asarray(part) for part in where), counted["quantity"] / 1000)
    return found


def planned_units(seed: int, market: Market, sold: np.ndarray) -> np.ndarray:
    """Return planned units in the shape of `sold`: demand without the surprises.

    They are what `planned_revenue` is made of, with the same hope, so that the planned price is
    the list price less discounts at budget rates.
    """
    served = market.products.services[market.product]
    plan = np.zeros_like(sold)
    for account, units in (
        ("4000", market.planned_seats * ~served[:, None]),
        ("4100", market.planned_units * (market.unit_price > 0)[:, None] / 1000),
    ):
        np.add.at(plan[REVENUE_ACCOUNTS.index(account)], (market.product, market.region), units)
    plan[0] = _even(plan[0])
    plan[2] = _within(market.time, sold[2])
    return np.asarray(plan * _hope(seed, market))


def _within(time: Timeline, amount: np.ndarray) -> np.ndarray:
    """Return the written months evened out, and their first and last beyond them."""
    edges = [(0, 0), (0, 0), (time.start, len(time.grid) - time.stop)]
    return np.pad(_even(amount[:, :, time.start : time.stop]), edges, mode="edge")


def _hope(seed: int, market: Market) -> np.ndarray:
    """Return what planners hope for beyond what they know, by product and year."""
    years = len(market.time.grid) // MONTHS_A_YEAR
    drawn = stream(seed, "plan").normal(0.004, 0.012, (len(market.products.names), years))
    return np.asarray(np.repeat(np.exp(drawn), MONTHS_A_YEAR, axis=1)[None, :, None, :])


def plan_lines(
    market: Market,
    revenue: tuple[np.ndarray, np.ndarray],
    units: tuple[np.ndarray, np.ndarray],
    products: Iterable[ProductCost],
    shared: Iterable[SharedCost],
) -> list[PlanLine]:
    """Return every line of the plan by month of the grid.

    `revenue` (EUR) and `units` hold what is planned, then what is posted.
    """
    names = market.products.names
    planned, posted = revenue
    counted = {KIND_ACCOUNT[kind] for kind in KIND_UNIT}
    lines = [
        PlanLine("Revenue", name, code, REGIONS[region], planned[account, place, region],
                 posted[account, place, region],
                 (units[0][account, place, region], units[1][account, place, region])
                 if code in counted else None)
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
        nothing = np.full(MONTHS_A_YEAR, np.nan)
        units, sold = (
            np.array([line.units[side][inside] if line.units else nothing for line in lines])
            for side in (0, 1)
        )
        kept = np.asarray(np.rint(adopted / 100).any(axis=1))
        chosen = tuple(line for line, keep in zip(lines, kept, strict=True) if keep)
        adopted, booked, units, sold = adopted[kept], booked[kept], units[kept], sold[kept]
        approved = f"{year - 1}-{ADOPTED_DAY}"
        found.append(Budget(year, "adopted", approved, chosen, adopted, units, "adopted", approved))
        if np.datetime64(f"{year}-{REVISED_DAY}") <= time.last_day(time.last):
            known = max(0, time.start - begin)
            cells, more = _revised(adopted, booked, known), _revised(units, sold, known)
            day = f"{year}-{REVISED_DAY}"
            found.append(Budget(year, "revised", day, chosen, cells, more, "revised", day))
    if found[-1].version == "revised":
        found.append(_frozen(time, found[-1]))
    return found


def _frozen(time: Timeline, budget: Budget) -> Budget:
    """Return a draft that nobody approved: hiring in engineering stops for the rest of the year."""
    ahead = int(time.month_of_year[time.last]) + 1
    engineering = np.array([line.account in _ENGINEERING for line in budget.lines])
    cells = budget.cells.copy()
    cells[engineering, ahead:] *= 1 - FREEZE_SHARE
    issued = f"{time.labels[time.last]}-24"
    return replace(
        budget, version="hiring freeze", approved="", cells=cells, stage="draft", issued=issued
    )


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
