"""The demo company's savings: claimed well, claimed too high, claimed where cost rose, planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from pfkit.demo.company import OWNER
from pfkit.demo.timeline import MONTHS_A_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from pfkit.demo.costs import ProductCost
    from pfkit.demo.market import Market

_BEFORE = 3  # months a baseline is the mean of
_AGES = range(4, 13)  # months ago a saving may have begun
_NAMES = {
    "5100": "Licenses of closed accounts returned",
    "5200": "Support answered in the product",
    "6010": "Contractors replaced by own people",
}
_DRIFTS = "5010"


class _Saving(NamedTuple):
    name: str
    product: int
    account: str
    center: str
    start: int  # place of the month it began in
    status: str
    claimed: float  # euros a month
    baseline: float | None


def with_savings(
    register: pd.DataFrame, market: Market, costs: Sequence[ProductCost]
) -> pd.DataFrame:
    """Return the benefit register with savings, in cents a year, baselines a month.

    Two stand on lines that fell (one claims less than they did, one more), one on a line that rose,
    one is planned, and one has no baseline.
    """
    time = market.time
    rows: list[dict[str, object]] = []
    for number, saving in enumerate(_savings(market, costs), 1):
        end, name = time.last_day(time.last), market.products.names[saving.product]
        yearly = round(saving.claimed * MONTHS_A_YEAR / 1e4) * 10_000
        planned = saving.status == "promised"
        begun = time.grid[time.last] + (saving.start - time.last)  # may lie beyond the grid
        row: dict[str, object] = {
            "benefit": f"S-{number:02d}",
            "initiative": "",
            "name": saving.name,
            "metric": f"Account {saving.account} of {name}",
            "owner": OWNER[saving.center],
            "kind": "saving",
            "source": "ledger",
            "product": name,
            "account": saving.account,
            "baseline": None if saving.baseline is None else round(saving.baseline),
            "promised": yearly,
            "start": str(begun),
            "status": "promised",
            "known_on": min(end, begun.astype("datetime64[D]")) - 20,
        }
        rows.append(row)
        if not planned:
            rows.append(
                row
                | {"realized": yearly, "status": saving.status, "grade": "C", "months": 1}
                | {"method": "Ledger before and after", "measured_on": end, "known_on": end + 2}
            )
    found = pd.concat([register, pd.DataFrame(rows)], ignore_index=True)
    found["measured_on"] = pd.to_datetime(found["measured_on"])
    return found


def _savings(market: Market, costs: Sequence[ProductCost]) -> list[_Saving]:
    time, drifting = market.time, market.drifting
    fallen = _fallen(market, costs)
    found: list[_Saving] = []
    for (fell, place, cost, start), (status, share) in zip(
        fallen, (("validated", 0.8), ("measured", 1.6), ("measured", 0.9)), strict=False
    ):
        base = _base(cost.actual[place], start) if len(found) < 2 else None  # noqa: PLR2004
        name = _NAMES[cost.account]
        found.append(
            _Saving(name, place, cost.account, cost.cost_center, start, status, fell * share, base)
        )
    cost = next(cost for cost in costs if cost.account == _DRIFTS)
    line = cost.actual[drifting]
    begun, coming = time.last - 2, time.last + 1
    hosting = (drifting, cost.account, cost.cost_center)
    now = float(line[time.last])
    return [
        *found,
        _Saving(
            "Search index built once a night", *hosting, begun, "measured", 0.05 * now,
            _base(line, begun),
        ),
        _Saving(
            "Staging servers switched off at night", *hosting, coming, "promised", 0.03 * now,
            _base(line, coming),
        ),
    ]  # fmt: skip


def _fallen(
    market: Market, costs: Sequence[ProductCost]
) -> list[tuple[float, int, ProductCost, int]]:
    """Return the line of each account that fell most: by how much, whose, and since when."""
    last = market.time.last
    found: dict[str, tuple[float, int, ProductCost, int]] = {}
    for cost in costs:
        if cost.account not in _NAMES:
            continue
        for start in (last - age for age in _AGES if last - age >= _BEFORE):
            for place, line in enumerate(cost.actual):
                fell = _base(line, start) - float(line[last])
                if fell > found.get(cost.account, (0.0,))[0] and _alone(cost, costs, place):
                    found[cost.account] = (fell, place, cost, start)
    return sorted(found.values(), key=lambda one: -one[0])


def _alone(cost: ProductCost, costs: Sequence[ProductCost], place: int) -> bool:
    """Return whether no other cost center books the same account on a product."""
    return not any(
        other is not cost and other.account == cost.account and other.actual[place].any()
        for other in costs
    )


def _base(line: np.ndarray, start: int) -> float:
    return float(line[start - _BEFORE : start].mean())
