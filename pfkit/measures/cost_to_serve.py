"""What each customer costs and leaves: direct and shared cost of its products, by drivers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pfkit.errors import MeasureError
from pfkit.measures.driven import named as as_text
from pfkit.measures.driven import weighed
from pfkit.measures.pooling import whole_parts
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    NONE,
    RATE,
    TEXT,
    named,
    rate,
    reasons,
    records,
    require,
    result,
    row_keys,
    texts,
    totals,
    whole_cents,
)
from pfkit.measures.statement import REVENUE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

_NOBODY = "On no customer"
_MONEY = ("revenue", "direct", "allocated", "cost", "result", "cumulative")


def cost_to_serve(
    products: pd.DataFrame,
    revenue: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    period: Period,
    serving: Sequence[tuple[str, Mapping[str, float]]] = (("revenue", {}),),
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    r"""Hand the cost of products to the customers who used them, and rank customers by result.

    Use it for the whale curve, and before a price talk: it says who costs more than he pays.

    Parameters
    ----------
    products : pandas.DataFrame
        Products at full cost, as ``shared_cost(...).products`` of the same period: ``product``,
        ``role``, ``revenue``, ``direct``, ``allocated``; reporting currency.
    revenue : pandas.DataFrame
        Table ``revenue``: ``period``, ``product``, ``customer``, ``group``, ``amount``.
    drivers : pandas.DataFrame
        What cost follows, as ``book.drivers``.
    period : Period
        The month, quarter or year reported.
    serving : sequence of tuple
        Drivers with what one unit of each metric weighs, as ``book.serving``: a product's cost
        goes by the first that its customers have units of.
    names : mapping of str to str, optional
        What a reader calls a customer.

    Returns
    -------
    pandas.DataFrame
        One row per customer, the largest result first; then ``other`` (what is on no customer),
        ``earns`` and ``loses`` (memo: customers with a result above and below 0) and ``total``.
        ``row_key``, ``customer``, ``label``, ``role``, ``count`` (customers in the row); net
        ``revenue``, ``direct`` and ``allocated`` cost, ``cost``, ``result`` (revenue less cost)
        and ``cumulative`` result in reporting currency; ``result_rate`` (of revenue) and
        ``cumulative_share`` (of what all customers leave), fractions; ``loses``; ``reason``. Empty
        where there is no revenue.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a driver is not known, or metrics of different units would be added.

    Notes
    -----
    Cost of a product is split in whole cents by units of its driver (largest remainder), so that
    customers and what is on none add up to the cost of all products, and revenue to the ledger's:
    unused capacity, what is not allocated, products without a customer and revenue the ledger has
    beyond billing are on no customer. Units below 0 count as 0.

    References
    ----------
    .. [1] Kaplan and Cooper, *Cost & Effect*, ch. 10 (the whale curve).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> products = pd.DataFrame(
    ...     {"product": ["Atlas"], "role": "item", "revenue": 100.0, "direct": 60.0,
    ...      "allocated": 20.0}
    ... )
    >>> row = {"period": "2026-01", "product": "Atlas"}
    >>> revenue = pd.DataFrame(
    ...     [
    ...         row | {"customer": "A", "group": "gross", "amount": 90.0},
    ...         row | {"customer": "B", "group": "gross", "amount": 10.0},
    ...     ]
    ... )
    >>> row |= {"driver": "orders", "metric": ""}
    >>> orders = pd.DataFrame([row | {"customer": c, "units": 1.0} for c in "AB"])
    >>> month = FiscalCalendar().period("2026-01")
    >>> found = cost_to_serve(
    ...     products, revenue, orders, period=month, serving=[("orders", {})]
    ... )
    >>> found[["customer", "cost", "result"]].values.tolist()[:2]
    [['A', 40.0, 50.0], ['B', 40.0, -30.0]]
    """
    require(products, ["product", "role", "revenue", "direct", "allocated"], name="products")
    require(revenue, ["period", "product", "customer", "group", "amount"], name="revenue")
    if not serving:
        raise MeasureError(
            "no driver is named", where="serving", advice='Name one, such as ("revenue", {}).'
        )
    if revenue.empty:
        return result([], _COLUMNS)
    paid = _paid(revenue, period)
    cost: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    units = _units(drivers, serving, period)
    why: list[str] = []
    for record in records(products[products["role"] != "total"]):
        cents = [round(float(record[name] or 0) * 100) for name in ("direct", "allocated")]
        users = next((by[record["product"]] for by in units if record["product"] in by), None)
        if users is None or not any(cents):
            cost[NONE] = [a + b for a, b in zip(cost[NONE], cents, strict=True)]
            if any(cents):
                why.append(f"{record['product']} has no customer with units")
            continue
        weights = np.array([list(users.values())])
        shares = np.repeat(weights / weights.sum(), 2, axis=0)
        for customer, parts in zip(users, whole_parts(np.array(cents), shares).T, strict=True):
            cost[customer] = [a + int(b) for a, b in zip(cost[customer], parts, strict=True)]
    sold = round(float(products.loc[products["role"] != "total", "revenue"].sum()) * 100)
    paid[NONE] = sold - sum(cents for customer, cents in paid.items() if customer != NONE)
    return _laid_out(paid, cost, names, reasons(*why))


def _paid(revenue: pd.DataFrame, period: Period) -> dict[str, int]:
    now = revenue[revenue["period"].isin(period.months) & revenue["group"].isin(REVENUE)]
    rows = now.assign(customer=texts(now["customer"]))
    rows["cents"] = whole_cents(rows["amount"], name="revenue")
    return {labels[0]: cents for labels, cents in totals(rows, ["customer"]).items()}


def _units(
    drivers: pd.DataFrame, serving: Sequence[tuple[str, Mapping[str, float]]], period: Period
) -> list[dict[str, dict[str, float]]]:
    """Return, driver by driver, the units above 0 of each product's customers."""
    found = []
    for driver, metrics in serving:
        rows = weighed(drivers, driver, metrics, where="serving")
        rows = rows[rows["period"].isin(period.months)]
        rows = rows.assign(customer=as_text(rows["customer"]))
        rows = rows[rows["customer"] != NONE]
        by: dict[str, dict[str, float]] = {}
        sums = rows.groupby(["product", "customer"], sort=True)["units"].sum()
        keys = sums.index.to_frame(index=False)
        for product, customer, value in zip(
            keys["product"], keys["customer"], sums.tolist(), strict=True
        ):
            if value > 0:
                by.setdefault(str(product), {})[str(customer)] = float(value)
        found.append(by)
    return found


def _laid_out(
    paid: Mapping[str, int],
    cost: Mapping[str, Sequence[int]],
    names: Mapping[str, str] | None,
    why: str,
) -> pd.DataFrame:
    rows = []
    for customer in sorted({*paid, *cost} - {NONE}):
        cents = (paid.get(customer, 0), *cost.get(customer, (0, 0)))
        rows.append(_row(customer, named(customer, names), "item", cents))
    rows.sort(key=lambda row: (-row["result"], row["customer"]))
    keys = row_keys([(row["customer"],) for row in rows], reserved=("other", *_SUMS))
    whole, up = sum(row["result"] for row in rows), 0
    for row in rows:
        up += row["result"]
        row |= {"cumulative": up, "cumulative_share": rate(up, whole)}
    earn = _sum("earns", "Customers that earn", [row for row in rows if not row["loses"]])
    lose = _sum("loses", "Customers that lose", [row for row in rows if row["loses"]])
    other = _row("", _NOBODY, "other", (paid.get(NONE, 0), *cost.get(NONE, (0, 0))))
    other |= {"count": 0, "loses": None, "result_rate": None, "reason": why}
    total = _sum("total", "Total", [*rows, other])
    out = [*rows, other, earn, lose, total]
    keys += ["other", *_SUMS]
    return result([{"row_key": k} | _in_units(r) for k, r in zip(keys, out, strict=True)], _COLUMNS)


_COLUMNS = (
    dict.fromkeys(("row_key", "customer", "label", "role"), TEXT)
    | {"count": COUNT}
    | dict.fromkeys(_MONEY, MONEY)
    | {"result_rate": RATE, "cumulative_share": RATE, "loses": FLAG, "reason": TEXT}
)
_SUMS = ("earns", "loses", "total")


def _row(customer: str, label: str, role: str, cents: Sequence[int]) -> dict[str, Any]:
    revenue, direct, allocated = cents
    left = revenue - direct - allocated
    return {
        "customer": customer,
        "label": label,
        "role": role,
        "count": 1,
        "revenue": revenue,
        "direct": direct,
        "allocated": allocated,
        "cost": direct + allocated,
        "result": left,
        "cumulative": None,
        "cumulative_share": None,
        "result_rate": rate(left, revenue),
        "loses": left < 0,
        "reason": "" if revenue else "no revenue",
    }


def _sum(role: str, label: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    sums = [sum(row[name] for row in rows) for name in ("revenue", "direct", "allocated")]
    role_ = "total" if role == "total" else "memo"
    told = {"count": sum(row["count"] for row in rows), "loses": None, "reason": ""}
    return _row("", label, role_, sums) | told


def _in_units(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: None if row[name] is None else row[name] / 100 for name in _MONEY}
