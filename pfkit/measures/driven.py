"""What each pool hands to whom: units of its driver, or declared shares."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import NONE, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pfkit.measures.pooling import Pool
    from pfkit.period import Period


@dataclass
class Receivers:
    """What each pool hands to products, and what stays: unused, or for want of a driver."""

    products: list[str]
    out: np.ndarray  # pool x (products, unused capacity, not allocated)
    units: np.ndarray  # pool x products
    reasons: list[str] = field(default_factory=list)


def named(column: pd.Series) -> pd.Series:
    """Return a long column of few values as text, ``(none)`` where it is empty.

    Examples
    --------
    >>> named(pd.Series(["Atlas", "", None])).tolist()
    ['Atlas', '(none)', '(none)']
    """
    codes, known = pd.factorize(column)
    words = np.array([*(str(value) or NONE for value in known), NONE], dtype="object")
    return pd.Series(words[codes], index=column.index, dtype="object")


def weighed(
    drivers: pd.DataFrame,
    driver: str,
    metrics: Mapping[str, float] | None,
    *,
    where: str,
) -> pd.DataFrame:
    """Return the rows of one driver, each metric weighed, as ``period, product, customer, units``.

    Raises
    ------
    MeasureError
        If the driver has no units at all, a metric is not known, or metrics of different units
        would be added up.
    """
    rows = drivers[drivers["driver"] == driver]
    if rows.empty:
        known = sorted(set(map(str, drivers["driver"].unique())))
        raise MeasureError(
            f"driver {driver!r} has no units in any month",
            where=where,
            advice=near_miss(driver, known, noun="driver")
            if known
            else "Add the table that counts it to the book: effort, usage or invoices.",
        )
    metric = named(rows["metric"])
    kinds = sorted(set(metric.unique()))
    weights = dict(metrics or {})
    for name in weights:
        if name not in kinds:
            raise MeasureError(
                f"driver {driver!r} has no metric {name!r}",
                where=where,
                advice=near_miss(name, kinds, noun="metric"),
            )
    if not weights:
        if len(kinds) > 1 and driver != "hours":
            raise MeasureError(
                f"driver {driver!r} counts {len(kinds)} things that do not add up",
                where=where,
                advice=f"Say what one of each weighs: metrics = {{ {kinds[0]!r} = 1, ... }}.",
            )
        weights = dict.fromkeys(kinds, 1.0)
    kept = metric.isin(list(weights)).to_numpy()
    rows, metric = rows[kept], metric[kept]
    units = rows["units"].astype("float64") * metric.map(weights).astype("float64")
    found = rows.assign(units=units.fillna(0.0), product=named(rows["product"]))
    return found[["period", "product", "customer", "units"]]


def received(
    pools: Sequence[Pool],
    drivers: pd.DataFrame,
    period: Period,
    known: Sequence[str],
    others: Iterable[str],
) -> Receivers:
    """Return the share of each pool that products use, by driver or declared shares."""
    units: list[dict[str, float]] = []
    nobody: list[float] = []
    why: list[str] = []
    for pool in pools:
        mine, left, reason = _used(pool, drivers, period, known)
        units.append(mine)
        nobody.append(left)
        why.append(reason)
    names = sorted({*others, *(name for mine in units for name in mine)} - {NONE})
    out = np.zeros((len(pools), len(names) + 2))
    counted = np.array([[mine.get(name, 0.0) for name in names] for mine in units])
    counted = counted.reshape(len(pools), len(names))
    for place, pool in enumerate(pools):
        whole = math.fsum(counted[place])
        if pool.left <= 0:
            continue
        if pool.capacity is not None and (whole or nobody[place]):
            there = pool.capacity * len(period.months)
            out[place, :-2] = counted[place] / there
            out[place, -1] = nobody[place] / there
            out[place, -2] = 1 - math.fsum(out[place, :-2]) - out[place, -1]
            if out[place, -2] < 0:
                why[place] = reasons(why[place], "more units were used than there are")
        elif whole:
            out[place, :-2] = counted[place] / whole
        else:
            out[place, -1] = 1.0
        out[place] *= pool.left
    return Receivers(names, out, counted, why)


def _used(
    pool: Pool, drivers: pd.DataFrame, period: Period, known: Sequence[str]
) -> tuple[dict[str, float], float, str]:
    """Return the units each product used, those on no product, and what is to be told."""
    if pool.left <= 0:
        return {}, 0.0, ""
    where = f"pools ({pool.name})"
    if pool.shares is not None:
        for name in pool.shares:
            if name not in known:
                raise MeasureError(
                    f"it has a share for {name!r}, which is no product",
                    where=where,
                    advice=near_miss(name, known, noun="product"),
                )
        return {name: share for name, share in pool.shares.items() if share}, 0.0, ""
    rows = weighed(drivers, pool.driver, pool.metrics, where=where)
    sums: dict[str, float] = defaultdict(float)
    now = rows[rows["period"].isin(period.months)].groupby("product")["units"].sum()
    for product, value in now.items():
        sums[str(product)] = float(value)
    if not all(map(math.isfinite, sums.values())):
        raise MeasureError(
            f"driver {pool.driver!r} has units that are not finite",
            where=where,
            advice="Quarantine these rows in the book.",
        )
    below = sorted(name for name, value in sums.items() if value < 0)
    nobody = max(sums.pop(NONE, 0.0), 0.0)
    used = {name: value for name, value in sums.items() if value > 0}
    told = f"{', '.join(below[:3])}: {pool.driver} below 0 count as 0" if below else ""
    if not used:
        told = reasons(told, f"no product has {pool.driver} in {period.label}")
    return used, nobody, told
