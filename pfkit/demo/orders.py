"""What the demo company has ordered and not yet booked: order lines by expected month."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pfkit.demo.costs import DRIFT_SHARE
from pfkit.demo.exports import plain
from pfkit.demo.timeline import stream

if TYPE_CHECKING:
    from pfkit.demo.costs import ProductCost, SharedCost
    from pfkit.demo.market import Market
    from pfkit.demo.timeline import Timeline

RESERVED = 0.9  # of the drifting product's on-demand capacity, ordered in the last month
_LATE = (0.75, 0.2, 0.05)  # booked in the month expected, one and two months later
_HALF = 6


class _Contract(NamedTuple):
    """How much of an account's plan is ordered, and when."""

    supplier: str
    share: float
    lead: int  # months before the expected one; 0 for contracts of half a year
    spread: float


_CONTRACTS = {
    "5000": _Contract("Nimbus Hosting", 1.0, 0, 0.0),
    "5100": _Contract("Calder Licensing", 1.0, 0, 0.0),
    "6010": _Contract("Bright Contractors", 0.6, 3, 0.15),
    "6200": _Contract("Halle Events", 0.45, 4, 0.25),
    "6310": _Contract("Isar Offices", 1.0, 0, 0.0),
    "6320": _Contract("Sterne and Partner", 0.5, 5, 0.1),
}
_COLUMNS = [
    "Order", "Recorded", "Expected", "Cost center", "Account", "Product", "Supplier",
    "Currency", "Open", "Status",
]  # fmt: skip


class _OrderLine(NamedTuple):
    """One line of an order; months are places of the grid."""

    order: str
    recorded: str
    expected: int
    center: str
    account: str
    product: str
    supplier: str
    cents: int
    booked: int


def order_rows(
    seed: int, market: Market, products: list[ProductCost], shared: list[SharedCost]
) -> pd.DataFrame:
    """Return order lines as procurement records them: a row when ordered, another when booked.

    An order line is open with its amount until it is booked, then closed with nothing left.
    Rows recorded after the last written month are not there yet.
    """
    time, names = market.time, market.products.names
    rng = stream(seed, "orders")
    lines: list[_OrderLine] = []
    for cost in products:
        for place, name in enumerate(names):
            lines += _lines(time, rng, (cost.account, cost.cost_center, name), cost.planned[place])
    for item in shared:
        lines += _lines(time, rng, (item.line.account, item.line.cost_center, ""), item.planned)
    lines += _reserved(market, products)
    rows = []
    for line in lines:
        expected = time.labels[line.expected]
        head = (line.order, line.recorded, expected, line.center, line.account, line.product)
        rows.append((*head, line.supplier, "EUR", plain(line.cents), "open"))
        if line.booked <= time.last:
            closed = (line.order, str(time.last_day(line.booked)), *head[2:])
            rows.append((*closed, line.supplier, "EUR", "0.00", "closed"))
    return pd.DataFrame(sorted(rows, key=lambda row: (row[1], row[0])), columns=_COLUMNS)


def reserved_capacity(market: Market, products: list[ProductCost]) -> dict[str, int]:
    """Return what the last month's order of capacity adds to each month to come, in cents."""
    hosting = next(cost for cost in products if cost.account == "5000")
    months = range(market.time.stop, min(market.time.stop + _HALF, len(market.time.grid)))
    planned = hosting.planned[market.drifting]
    return {market.time.labels[m]: round(planned[m] * DRIFT_SHARE * RESERVED) for m in months}


def _lines(
    time: Timeline, rng: np.random.Generator, key: tuple[str, str, str], planned: np.ndarray
) -> list[_OrderLine]:
    account, center, product = key
    contract = _CONTRACTS.get(account)
    if contract is None:
        return []
    late = rng.choice(len(_LATE), size=len(planned), p=_LATE) * (contract.lead > 0)
    size = np.exp(rng.normal(0, contract.spread, len(planned)))
    found = []
    for month in range(time.start, len(planned)):
        recorded = _recorded(time, month, contract.lead)
        cents = round(float(planned[month]) * contract.share * size[month] / 100) * 100
        if cents <= 0 or np.datetime64(recorded) > time.last_day(time.last):
            continue
        order = f"PO-{recorded[2:4]}{recorded[5:7]}-{account}{center[2:]}"
        order += f"-{product[:3].upper()}" if product else ""
        found.append(
            _OrderLine(
                order, recorded, month, center, account, product, contract.supplier, cents,
                month + int(late[month]),
            )
        )  # fmt: skip
    return found


def _recorded(time: Timeline, month: int, lead: int) -> str:
    """Return the day an order is placed: mid-month, so many months before, or before its half."""
    start = int(time.month_of_year[month]) // _HALF * _HALF
    ahead = lead or int(time.month_of_year[month]) - start + 1
    return f"{time.grid[month] - ahead}-15"


def _reserved(market: Market, products: list[ProductCost]) -> list[_OrderLine]:
    """Return the order of capacity for the drifting product that its budget does not hold."""
    time = market.time
    product = market.products.names[market.drifting]
    return [
        _OrderLine(
            f"PO-{time.labels[time.last][2:4]}{time.labels[time.last][5:7]}-5010110",
            f"{time.labels[time.last]}-12", time.labels.index(month), "CC110", "5010", product,
            "Nimbus Hosting", cents, time.labels.index(month),
        )
        for month, cents in reserved_capacity(market, products).items()
        if cents > 0
    ]  # fmt: skip
