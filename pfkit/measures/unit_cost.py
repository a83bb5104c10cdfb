"""Cost of one unit of a driver: a seat, a thousand calls, an order, a customer, month by month."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.driven import named, weighed
from pfkit.measures.rows import (
    MONEY,
    NONE,
    RATE,
    TEXT,
    reasons,
    require,
    result,
    row_keys,
)
from pfkit.measures.statement import ACTUAL, prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.period import Period

GROUPS: Final = ("cost_of_revenue", "operating")
#: Drivers without metrics, as a reader calls one unit.
_CALLED: Final = {"orders": "order", "customers": "customer", "hours": "hour worked"}
_MOST: Final = 2
_NO_UNITS: Final = "no units in {}"


@dataclass(frozen=True)
class UnitCost:
    """Cost of one unit by driver, and the months behind it.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per driver.
    trend : pandas.DataFrame
        One row per driver and month.
    """

    table: pd.DataFrame
    trend: pd.DataFrame


def unit_cost(
    statement: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    period: Period,
    of: Sequence[tuple[str, str]] | None = None,
    groups: Sequence[str] = ("cost_of_revenue",),
    months: int = 12,
) -> UnitCost:
    r"""Return what one unit of each driver costs, and how that moves.

    Use it where volume hides cost: cost may grow with the business while a unit gets dearer.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency.
    drivers : pandas.DataFrame
        What cost follows, as ``book.drivers``.
    period : Period
        The month, quarter or year reported.
    of : sequence of tuple of str, optional
        Drivers with their metric, such as ``("units", "seats")``. Default: the two units billed
        most, orders and customers.
    groups : sequence of str
        Which cost: ``cost_of_revenue``, ``operating`` or both.
    months : int
        Months shown, the last of `period` included.

    Returns
    -------
    UnitCost
        ``table``: ``row_key, driver, metric, label``, ``cost`` and ``units`` of the period,
        ``unit_cost``, ``before`` (the mean of the months shown before the period, cost over
        units), ``change`` and ``change_rate`` against it, ``volume_effect`` and ``rate_effect``
        (why cost is other than an average month before cost: more units, or dearer ones),
        ``favorable``, ``reason``. ``trend``: ``row_key, driver, metric, label, period, cost,
        units, unit_cost``. Money in reporting currency.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a driver, metric or group is not known, or `months` is below 2.

    Notes
    -----
    Cost is what is booked on products that have units of the driver in the month, over all their
    units. A product with seats and calls has its whole cost in both: unit costs of different
    drivers are each a reading of their own and do not add up. With units u and unit cost k,
    :math:`volume = (u_1 - u_0)\,k_0` and :math:`rate = u_1 (k_1 - k_0)`, which add up to the
    difference of cost; :math:`u_0` is the average month before, times the months of the period.

    References
    ----------
    .. [1] Storment and Fuller, *Cloud FinOps*, ch. 26 (unit economics).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> line = {"version": "actual", "line": "Hosting", "group": "cost_of_revenue"}
    >>> line |= {"product": "Atlas"}
    >>> statement = pd.DataFrame(
    ...     [
    ...         line | {"period": "2026-01", "amount": -100.0},
    ...         line | {"period": "2026-02", "amount": -132.0},
    ...     ]
    ... )
    >>> seat = {"driver": "units", "metric": "seats", "product": "Atlas", "customer": "A"}
    >>> seats = pd.DataFrame(
    ...     [seat | {"period": m, "units": u} for m, u in (("2026-01", 50.0), ("2026-02", 60.0))]
    ... )
    >>> found = unit_cost(statement, seats, period=FiscalCalendar().period("2026-02"))
    >>> columns = ["label", "unit_cost", "before", "volume_effect", "rate_effect"]
    >>> found.table[columns].values.tolist()
    [['seats', 2.2, 2.0, 20.0, 12.0]]
    """
    if months < 2:  # noqa: PLR2004 (one month moves nowhere)
        raise MeasureError(f"{months} months shown", where="months", advice="Give 2 or more.")
    for name in groups:
        if name not in GROUPS:
            raise MeasureError(
                f"group {name!r} is no group of cost",
                where="groups",
                advice=near_miss(name, GROUPS, noun="group"),
            )
    require(drivers, ["driver", "metric", "period", "product", "units"], name="drivers")
    rows = prepared(statement, extra=["product"])
    rows = rows[(rows["version"] == ACTUAL) & rows["group"].isin(groups)]
    rows = rows[rows["product"] != NONE]
    cost = (-rows["cents"]).groupby([rows["period"], rows["product"]]).sum()
    span = _months(period, months)
    out: list[dict[str, Any]] = []
    trend: list[dict[str, Any]] = []
    for driver, metric in _named(drivers) if of is None else of:
        used = weighed(drivers, driver, {metric: 1.0} if metric else None, where="of")
        sums = used[used["product"] != NONE].groupby(["period", "product"])["units"].sum()
        label = metric or _CALLED.get(driver, driver)
        known = _by_month(cost.to_dict(), sums[sums > 0].to_dict(), span)
        head = {"driver": driver, "metric": metric, "label": label}
        trend += [head | {"period": month} | cell for month, cell in known.items()]
        out.append(head | _row(known, period))
    return UnitCost(_table(out), _trend(trend))


def _named(drivers: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the two units billed most, orders and customers, as far as the book has them."""
    units = drivers[drivers["driver"] == "units"]
    sums = units.assign(metric=named(units["metric"])).groupby("metric")["units"].sum()
    found = [("units", str(name)) for name in sums.sort_values(ascending=False).index]
    found = [pair for pair in found if pair[1] != NONE][:_MOST]
    known = set(drivers["driver"])
    return found + [(name, "") for name in ("orders", "customers") if name in known]


def _months(period: Period, count: int) -> list[str]:
    """Return the last months up to the period's last."""
    year, month = int(period.months[-1][:4]), int(period.months[-1][5:])
    numbers = range(year * 12 + month - max(count, len(period.months)), year * 12 + month)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def _by_month(
    cost: Mapping[Any, Any], units: Mapping[Any, Any], span: Sequence[str]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for month in span:
        products = [product for at, product in units if at == month]
        if not products:
            continue
        whole = math.fsum(float(units[month, product]) for product in products)
        cents = sum(int(cost.get((month, product), 0)) for product in products)
        found[month] = {"cost": cents / 100, "units": whole, "unit_cost": cents / 100 / whole}
    return found


def _row(known: Mapping[str, dict[str, Any]], period: Period) -> dict[str, Any]:
    now = [known[month] for month in period.months if month in known]
    then = [cell for month, cell in known.items() if month < period.months[0]]
    row: dict[str, Any] = dict.fromkeys(
        ("cost", "units", "unit_cost", "before", "change", "change_rate", "volume_effect",
         "rate_effect", "favorable")
    )  # fmt: skip
    if not now:
        return row | {"reason": _NO_UNITS.format(period.label)}
    cost, units = (math.fsum(cell[name] for cell in now) for name in ("cost", "units"))
    row |= {"cost": round(cost, 2), "units": units}
    if not any(cell["cost"] for cell in known.values()):
        return row | {"reason": "no cost on the products that have the units"}
    row["unit_cost"] = cost / units
    if not then:
        return row | {"reason": "no months before"}
    before_cost, before = (math.fsum(c[name] for c in then) for name in ("cost", "units"))
    rate = before_cost / before
    change = row["unit_cost"] - rate
    scaled = before / len(then) * len(now)
    volume = round((units - scaled) * rate, 2)
    row |= {
        "before": rate,
        "change": change,
        "change_rate": change / abs(rate) if rate else None,
        "volume_effect": volume,
        "rate_effect": round(cost - scaled * rate - volume, 2),
        "favorable": None if not change else change < 0,
    }
    some = len(now) < len(period.months)
    return row | {"reason": reasons("units in some months only" if some else "")}


def _table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    keys = row_keys([(row["driver"], row["metric"]) for row in rows])
    columns = dict.fromkeys(("row_key", "driver", "metric", "label"), TEXT)
    columns |= {"cost": MONEY, "units": "Float64", "unit_cost": MONEY, "before": MONEY}
    columns |= {"change": MONEY, "change_rate": RATE, "volume_effect": MONEY}
    columns |= {"rate_effect": MONEY, "favorable": "boolean", "reason": TEXT}
    return result([{"row_key": k} | r for k, r in zip(keys, rows, strict=True)], columns)


def _trend(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    keys = row_keys([(row["driver"], row["metric"], row["period"]) for row in rows])
    columns = dict.fromkeys(("row_key", "driver", "metric", "label", "period"), TEXT)
    columns |= {"cost": MONEY, "units": "Float64", "unit_cost": MONEY}
    return result([{"row_key": k} | r for k, r in zip(keys, rows, strict=True)], columns)
