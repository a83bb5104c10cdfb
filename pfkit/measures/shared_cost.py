"""Shared cost on products: pools, their drivers, and the proof that nothing is lost or made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.driven import Receivers, received
from pfkit.measures.pooling import (
    METHODS,
    ORDERS,
    ClosedPool,
    Pool,
    checked_order,
    effective,
    final_shares,
    handed_on,
    order_range,
    read_pools,
    whole_parts,
)
from pfkit.measures.rows import (
    MONEY,
    NONE,
    RATE,
    TEXT,
    rate,
    reasons,
    require,
    result,
    row_keys,
    texts,
    totals,
)
from pfkit.measures.statement import ACTUAL, prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

COST: Final = ("cost_of_revenue", "operating")
DRIVERS: Final = ("driver", "metric", "period", "product", "customer", "units")
UNUSED, NOT_ALLOCATED = "Unused capacity", "Not allocated"
UNCLAIMED: Final = "In no pool"


@dataclass(frozen=True)
class SharedCost:
    """Shared cost as it was handed out.

    Attributes
    ----------
    method : str
        ``direct``, ``step-down`` or ``reciprocal``.
    order : tuple of str
        The order of a step-down.
    pools : pandas.DataFrame
        One row per pool, what is in no pool, and the total: the proof.
    products : pandas.DataFrame
        One row per product, unused capacity, what is not allocated, and the total.
    flows : pandas.DataFrame
        One row per pool and receiver: the amounts behind both.
    orders : int
        Step-down orders that the range of products was taken over.
    """

    method: str
    order: tuple[str, ...]
    pools: pd.DataFrame
    products: pd.DataFrame
    flows: pd.DataFrame
    orders: int


def shared_cost(
    statement: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    period: Period,
    pools: Mapping[str, Mapping[str, Any]],
    method: str = "direct",
    order: Sequence[str] = (),
    orders: int = ORDERS,
) -> SharedCost:
    r"""Hand shared cost to products by its drivers, and prove that all of it arrived.

    Use it for the full cost of a product; cost that is booked on a product stays where it is.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency. Shared is
        cost of revenue and operating cost without a product.
    drivers : pandas.DataFrame
        What cost follows, as ``book.drivers``: ``driver``, ``metric``, ``period``, ``product``,
        ``customer``, ``units``.
    period : Period
        The month, quarter or year reported.
    pools : mapping
        Pool to what it is: ``cost_centers`` and ``accounts`` (the ledger lines it holds, the
        first pool that fits takes them), ``serves`` (share of it that other pools use), and for
        the rest ``driver`` with ``metrics`` (what one unit of each weighs) or ``shares`` of
        products. With ``capacity``, units of the driver a month that can be worked, the cost of
        unused units stays on its own line. ``**book.allocation`` gives pools, method and order.
    method : str
        ``direct`` (pools do nothing for each other), ``step-down`` or ``reciprocal``.
    order : sequence of str
        For a step-down: every pool once, the first to be handed out first. Default: as declared.
    orders : int
        Step-down orders that the range of each product is taken over; all where there are no
        more, else as many drawn. 0 leaves the range out.

    Returns
    -------
    SharedCost
        ``pools``: ``row_key, pool, role`` (``item``, ``other`` for what no pool holds, ``total``),
        ``driver``, ``own`` (cost in the ledger), ``handed_out`` (with what other pools handed to
        it), ``units`` of the driver and ``unit_cost``, ``allocated``, ``unused``,
        ``not_allocated`` and ``difference`` (own less the three: 0.00), ``reason``.
        ``products``: ``row_key, product, role`` (``item``, ``unused``, ``other``, ``total``),
        ``revenue``, ``direct`` cost, ``allocated``, ``cost`` (both), ``result``,
        ``allocated_low`` and ``allocated_high`` (over step-down orders), ``by_direct``,
        ``by_step_down``, ``by_reciprocal`` (allocated by each method), ``reason``.
        ``flows``: ``row_key, pool, receiver, role, units, share, amount``. All amounts in
        reporting currency.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If shares do not add up to 1, cost goes round and reaches no product, a pool or product
        is not known, a driver has no units at all, or metrics of different units would be added.

    Notes
    -----
    With :math:`S` the shares that pools use of pools and :math:`R` those of products, each row of
    both adding up to 1, the share of every pool's own cost that ends on a product is

    .. math:: F = (I - S)^{-1} R

    reciprocally; a direct allocation leaves :math:`S` out, a step-down the part of it that points
    back, and scales each row to 1 again. Own cost is split by :math:`F` in whole cents (largest
    remainder), so that it is conserved whatever its sign. Units below 0 count as 0, and a driver
    without a unit in the period leaves the cost not allocated; both are told. Time-driven: with a
    capacity :math:`K` a product that took :math:`u` units bears :math:`u / K`, unused capacity
    :math:`1 - \sum u / K`, below 0 where more was taken than there is.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 15 (support departments).
    .. [2] Kaplan and Anderson, "Time-Driven Activity-Based Costing", *Harvard Business Review* 82
       (November 2004).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> line = {"version": "actual", "period": "2026-01", "line": "Rent", "group": "operating"}
    >>> statement = pd.DataFrame(
    ...     [line | {"product": "(none)", "cost_center": "IT", "account": "6310", "amount": -100.0}]
    ... )
    >>> hour = {"driver": "hours", "metric": "", "period": "2026-01", "customer": "(none)"}
    >>> hours = pd.DataFrame(
    ...     [hour | {"product": "Atlas", "units": 30.0}, hour | {"product": "Borea", "units": 10.0}]
    ... )
    >>> found = shared_cost(
    ...     statement,
    ...     hours,
    ...     period=FiscalCalendar().period("2026-01"),
    ...     pools={"IT": {"cost_centers": ["IT"], "driver": "hours", "capacity": 50}},
    ... )
    >>> found.products[["product", "allocated"]].values.tolist()[:3]
    [['Atlas', 60.0], ['Borea', 20.0], ['Unused capacity', 20.0]]
    """
    if method not in METHODS:
        raise MeasureError(
            f"method {method!r} is not known",
            where="method",
            advice=near_miss(method, METHODS, noun="method"),
        )
    declared = read_pools(pools)
    names = [pool.name for pool in declared]
    steps = [names.index(name) for name in checked_order(order, names)]
    require(drivers, DRIVERS, name="drivers")
    rows = prepared(statement, extra=["product", "cost_center", "account"])
    rows = rows[(rows["version"] == ACTUAL) & rows["period"].isin(period.months)]
    cost = rows[rows["group"].isin(COST)]
    own, unclaimed = _claimed(cost[cost["product"] == NONE], declared)
    booked = cost[cost["product"] != NONE]
    sold = rows[~rows["group"].isin(COST) & (rows["group"] != "outside")]
    told = _Told(
        direct=_cents(-booked["cents"], booked["product"]),
        revenue=_cents(sold["cents"], sold["product"]),
        own=own,
        unclaimed=unclaimed,
    )
    known = sorted({*_products(statement), *_products(drivers)})
    to = received(declared, drivers, period, known, [*told.direct, *told.revenue])
    among = np.array([[(p.serves or {}).get(name, 0.0) for name in names] for p in declared])
    among = among.reshape(len(names), len(names))
    return _laid_out(declared, _Solved(method, steps, among, to), told, orders)


@dataclass(frozen=True)
class _Told:
    """What the ledger says of the period, in cents."""

    direct: dict[str, int]
    revenue: dict[str, int]
    own: np.ndarray
    unclaimed: int


def _products(table: pd.DataFrame) -> set[str]:
    return set(texts(table["product"].drop_duplicates())) - {NONE}


def _cents(cents: pd.Series, by: pd.Series) -> dict[str, int]:
    return {str(name): int(value) for name, value in cents.groupby(by).sum().items()}


def _claimed(rows: pd.DataFrame, pools: Sequence[Pool]) -> tuple[np.ndarray, int]:
    """Return each pool's own cost, and the cost that is in none, in cents."""
    own = np.zeros(len(pools), dtype="int64")
    unclaimed = 0
    for labels, cents in totals(rows, ["cost_center", "account"]).items():
        place = next((n for n, pool in enumerate(pools) if pool.claims(*labels)), None)
        if place is None:
            unclaimed -= int(cents)
        else:
            own[place] -= int(cents)
    return own, unclaimed


@dataclass(frozen=True)
class _Solved:
    """The system of shares, by any method."""

    method: str
    order: list[int]
    among: np.ndarray
    to: Receivers

    def by(self, method: str) -> tuple[np.ndarray, np.ndarray]:
        """Return what pools give pools and receivers."""
        return effective(method, self.among, self.to.out, self.order)

    def amounts(self, method: str, own: np.ndarray) -> np.ndarray | None:
        """Return whole cents by pool and receiver; None where the method has no answer."""
        try:
            return whole_parts(own, final_shares(*self.by(method)))
        except ClosedPool:
            return None


def _laid_out(pools: Sequence[Pool], solved: _Solved, told: _Told, orders: int) -> SharedCost:
    try:
        among, out = solved.by(solved.method)
    except ClosedPool as closed:
        raise MeasureError(
            f"nobody who is still open uses {pools[closed.place].name!r}",
            where="order",
            advice="Hand it out earlier, give it a share for products, or allocate reciprocally.",
        ) from closed
    final = final_shares(among, out)
    amounts = whole_parts(told.own, final)
    handed = handed_on(among, told.own.astype("float64"))[:, None]
    handed = np.hstack([handed, handed * out[:, :-2].sum(axis=1, keepdims=True)])
    own = told.own.astype("float64")
    spans = order_range(solved.among, solved.to.out, own, most_orders=orders)
    return SharedCost(
        method=solved.method,
        order=tuple(pools[place].name for place in solved.order),
        pools=_pool_rows(pools, solved.to, told, amounts, handed),
        products=_product_rows(solved, told, amounts, spans),
        flows=_flow_rows(pools, solved.to, final, amounts),
        orders=0 if spans is None else spans[2],
    )


def _pool_rows(
    pools: Sequence[Pool],
    to: Receivers,
    told: _Told,
    amounts: np.ndarray,
    handed: np.ndarray,  # all, and to products
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for place, pool in enumerate(pools):
        cents, parts = int(told.own[place]), amounts[place]
        units = float(to.units[place].sum()) if pool.driver else None
        why = "" if cents or handed[place, 0] else "no cost in the period"
        rows.append(
            {
                "pool": pool.name,
                "role": "item",
                "driver": pool.driver or ("shares" if pool.shares is not None else "pools"),
                "own": cents,
                "handed_out": round(float(handed[place, 0])),
                "units": units,
                "unit_cost": float(handed[place, 1]) / 100 / units if units else None,
                "allocated": int(parts[:-2].sum()),
                "unused": int(parts[-2]),
                "not_allocated": int(parts[-1]),
                "reason": reasons(to.reasons[place], why),
            }
        )
    if told.unclaimed:
        rows.append(_of("other", UNCLAIMED, told.unclaimed, "no pool holds these lines"))
    total = _of("total", "Total", 0, "")
    for name in ("own", "allocated", "unused", "not_allocated"):
        total[name] = sum(int(row[name]) for row in rows)
    rows.append(total)
    keys = row_keys([(pool.name,) for pool in pools], reserved=("other", "total"))
    keys += [str(row["role"]) for row in rows[len(pools) :]]
    money = ("own", "handed_out", "allocated", "unused", "not_allocated")
    for key, row in zip(keys, rows, strict=True):
        row["row_key"] = key
        row["difference"] = row["own"] - row["allocated"] - row["unused"] - row["not_allocated"]
        row |= {n: None if row[n] is None else row[n] / 100 for n in (*money, "difference")}
    columns = dict.fromkeys(("row_key", "pool", "role", "driver"), TEXT)
    columns |= {"own": MONEY, "handed_out": MONEY, "units": "Float64", "unit_cost": MONEY}
    columns |= dict.fromkeys(("allocated", "unused", "not_allocated", "difference"), MONEY)
    return result(rows, columns | {"reason": TEXT})


def _of(role: str, name: str, cents: int, reason: str) -> dict[str, Any]:
    return {
        "pool": name,
        "role": role,
        "driver": "",
        "own": cents,
        "handed_out": None,
        "units": None,
        "unit_cost": None,
        "allocated": 0,
        "unused": 0,
        "not_allocated": cents,
        "reason": reason,
    }


def _product_rows(
    solved: _Solved,
    told: _Told,
    amounts: np.ndarray,
    spans: tuple[np.ndarray, np.ndarray, int] | None,
) -> pd.DataFrame:
    names = solved.to.products
    each = {m: solved.amounts(m, told.own) for m in METHODS}
    sums = {m: None if found is None else found.sum(axis=0) for m, found in each.items()}
    borne = amounts.sum(axis=0)
    rows: list[dict[str, Any]] = []
    for place, name in enumerate([*names, UNUSED, NOT_ALLOCATED]):
        ours = place < len(names)
        rest = told.unclaimed if name == NOT_ALLOCATED else 0
        row: dict[str, Any] = {
            "product": name,
            "role": "item" if ours else ("unused" if name == UNUSED else "other"),
            "revenue": told.revenue.get(name, 0) if ours else None,
            "direct": told.direct.get(name, 0) if ours else None,
            "allocated": int(borne[place]) + rest,
            "allocated_low": None if spans is None else round(float(spans[0][place])) + rest,
            "allocated_high": None if spans is None else round(float(spans[1][place])) + rest,
            "reason": "",
        }
        for m, found in sums.items():
            row[f"by_{m.replace('-', '_')}"] = None if found is None else int(found[place]) + rest
        by = [row[f"by_{m.replace('-', '_')}"] for m in METHODS]
        if ours or row["allocated"] or any(by):
            rows.append(row)
    items = [row for row in rows if row["role"] == "item"]
    items.sort(key=lambda row: (-(row["direct"] + row["allocated"]), row["product"]))
    rows = [*items, *(row for row in rows if row["role"] != "item")]
    rows.append(_total(rows, told))
    keys = row_keys([(row["product"],) for row in items], reserved=("unused", "other", "total"))
    keys += [row["role"] for row in rows[len(items) :]]
    return result(
        [{"row_key": key} | _in_units(row) for key, row in zip(keys, rows, strict=True)],
        dict.fromkeys(("row_key", "product", "role"), TEXT)
        | dict.fromkeys(_MONEY, MONEY)
        | {"allocated_share": RATE, "reason": TEXT},
    )


_MONEY: Final = (
    "revenue", "direct", "allocated", "cost", "result", "allocated_low", "allocated_high",
    "by_direct", "by_step_down", "by_reciprocal",
)  # fmt: skip


def _total(rows: Sequence[dict[str, Any]], told: _Told) -> dict[str, Any]:
    total: dict[str, Any] = {"product": "Total", "role": "total", "reason": ""}
    total["revenue"], total["direct"] = sum(told.revenue.values()), sum(told.direct.values())
    total["allocated"] = sum(row["allocated"] for row in rows)
    total |= {"allocated_low": None, "allocated_high": None}
    for name in ("by_direct", "by_step_down", "by_reciprocal"):
        known = [row[name] for row in rows if row[name] is not None]
        total[name] = sum(known) if len(known) == len(rows) else None
    return total


def _in_units(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its sums, in currency units."""
    row["cost"] = (row["direct"] or 0) + row["allocated"]
    row["result"] = None if row["revenue"] is None else row["revenue"] - row["cost"]
    row["allocated_share"] = rate(row["allocated"], row["revenue"])
    return row | {name: None if row[name] is None else row[name] / 100 for name in _MONEY}


def _flow_rows(
    pools: Sequence[Pool], to: Receivers, final: np.ndarray, amounts: np.ndarray
) -> pd.DataFrame:
    names = [*to.products, UNUSED, NOT_ALLOCATED]
    roles = [*["item"] * len(to.products), "unused", "other"]
    labels: list[tuple[str, ...]] = []
    rows: list[dict[str, Any]] = []
    for place, at in np.argwhere(amounts != 0).tolist():
        labels.append((pools[place].name, names[at]))
        units = float(to.units[place, at]) if at < len(to.products) else None
        rows.append(
            {
                "pool": pools[place].name,
                "receiver": names[at],
                "role": roles[at],
                "units": units,
                "share": float(final[place, at]),
                "amount": int(amounts[place, at]) / 100,
            }
        )
    keyed = [{"row_key": k} | row for k, row in zip(row_keys(labels), rows, strict=True)]
    columns = dict.fromkeys(("row_key", "pool", "receiver", "role"), TEXT)
    return result(keyed, columns | {"units": "Float64", "share": RATE, "amount": MONEY})
