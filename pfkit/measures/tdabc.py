"""Time-driven activity-based costing: what activities cost, and what capacity stood idle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.errors import MeasureError
from pfkit.measures.rows import MONEY, RATE, TEXT, result, row_keys
from pfkit.money import apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True)
class Tdabc:
    """What activities cost at the rate of practical capacity, and what is left.

    Attributes
    ----------
    cost : float
        What the capacity cost.
    rate : float
        Cost per minute of practical capacity.
    minutes : mapping of str to float
        Activity to the minutes it took.
    costs : mapping of str to float
        Activity to its cost.
    used_minutes, used_cost : float
        All activities together.
    unused_minutes, unused_cost : float
        Practical capacity that no activity took; negative where more was taken than there was.
    """

    cost: float
    rate: float
    minutes: Mapping[str, float]
    costs: Mapping[str, float]
    used_minutes: float
    used_cost: float
    unused_minutes: float
    unused_cost: float

    def table(self) -> pd.DataFrame:
        """Return one row per activity, then unused capacity and a total, in whole cents.

        Returns
        -------
        pandas.DataFrame
            ``row_key``, ``activity``, ``role`` (``item``, ``unused``, ``total``), ``minutes``,
            ``cost`` in currency, ``share`` (of the minutes there are) and ``reason``. Costs add up
            to the total to the cent.
        """
        there = self.used_minutes + self.unused_minutes
        names = [*self.costs, "Unused capacity"]
        minutes = [*self.minutes.values(), self.unused_minutes]
        total, *parts = apart([*self.costs.values(), self.unused_cost], total=self.cost)
        roles = [*["item"] * len(self.costs), "unused", "total"]
        keys = row_keys([(name,) for name in self.costs], reserved=["unused", "total"])
        over = "more minutes were used than there are" if self.unused_minutes < 0 else ""
        rows = [
            {
                "row_key": key,
                "activity": name,
                "role": role,
                "minutes": taken,
                "cost": float(cost),
                "share": taken / there,
                "reason": over if role == "unused" else "",
            }
            for key, name, role, taken, cost in zip(
                [*keys, "unused", "total"],
                [*names, "Total"],
                roles,
                [*minutes, there],
                [*parts, total],
                strict=True,
            )
        ]
        columns = {"row_key": TEXT, "activity": TEXT, "role": TEXT, "minutes": "Float64"}
        return result(rows, columns | {"cost": MONEY, "share": RATE, "reason": TEXT})


def tdabc(
    cost: float, *, practical_minutes: float, activities: Mapping[str, Sequence[float]]
) -> Tdabc:
    r"""Cost activities by the time they take, and show the capacity that stood idle.

    Use it for the cost to serve of a team that does several things; unused capacity is nobody's
    cost but the team's.

    Parameters
    ----------
    cost : float
        Cost of the capacity in currency: all that the team costs.
    practical_minutes : float
        Minutes that can be worked, breaks and training off; about 80 % of the paid ones.
    activities : mapping of str to sequence of float
        Activity to the minutes one unit takes and how many units were done.

    Returns
    -------
    Tdabc
        ``rate`` per minute, ``costs`` per activity, used and unused minutes and cost; ``table()``
        gives them in whole cents.

    Raises
    ------
    MeasureError
        If `practical_minutes` is not above 0, a number is not finite, or minutes or units are
        negative or not a pair.

    Notes
    -----
    :math:`rate = cost / practical`, :math:`cost_a = rate \cdot minutes_a \cdot units_a`, and what
    is left is unused: used and unused cost add up to `cost`.

    References
    ----------
    .. [1] Kaplan and Anderson, "Time-Driven Activity-Based Costing", *Harvard Business Review* 82
       (November 2004).

    Examples
    --------
    >>> found = tdabc(
    ...     560_000,
    ...     practical_minutes=700_000,
    ...     activities={"orders": (8, 49_000), "inquiries": (44, 1_400), "checks": (50, 2_500)},
    ... )
    >>> round(found.rate, 2), round(found.costs["inquiries"], 2), round(found.unused_cost, 2)
    (0.8, 49280.0, 97120.0)
    """
    if not math.isfinite(cost):
        raise MeasureError(f"cost is {cost}", where="cost", advice="Give an amount.")
    if not (math.isfinite(practical_minutes) and practical_minutes > 0):
        raise MeasureError(
            f"{practical_minutes} minutes of capacity",
            where="practical_minutes",
            advice="Give the minutes that can be worked, above 0.",
        )
    minutes: dict[str, float] = {}
    for name, pair in activities.items():
        if len(pair) != 2 or not all(math.isfinite(part) and part >= 0 for part in pair):  # noqa: PLR2004
            raise MeasureError(
                f"{name!r} has {list(pair)}",
                where="activities",
                advice="Give the minutes per unit and the units, both 0 or more.",
            )
        minutes[name] = float(pair[0]) * float(pair[1])
    used = math.fsum(minutes.values())
    rate = cost / practical_minutes
    costs = {name: cost * taken / practical_minutes for name, taken in minutes.items()}
    spent = cost * used / practical_minutes
    return Tdabc(cost, rate, minutes, costs, used, spent, practical_minutes - used, cost - spent)
