"""Earned value of one initiative: what was planned by now, what is done, and what it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.errors import ParameterError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

#: How the outlay still to come is estimated.
METHODS = ("milestone", "cpi", "cpi_spi", "remaining", "plan")
#: Share of the work from which on a cost index tells something.
STABLE = 0.2


@dataclass(frozen=True)
class EarnedValue:
    """The state of one initiative's work and money, in cents.

    Attributes
    ----------
    budget : int or None
        Budget at completion: the outlay of the approved plan, else the amount approved.
    spent : int
        Actual cost: outlay to date, positive.
    planned : int or None
        Planned value: the share of the weights planned by the day, of the budget; the outlay
        planned to date where there are no weights.
    earned : int or None
        Earned value: the share of the weights reached by the day, of the budget.
    ahead : int or None
        Outlay of the latest plan after the day.
    closed : int
        Actual cost up to the month in which the last milestone was reached; what was spent since
        is work that no milestone shows yet.
    revised_on : str
        Day the plan was last revised, empty where it was not.
    """

    budget: int | None
    spent: int
    planned: int | None
    earned: int | None
    ahead: int | None
    closed: int = 0
    revised_on: str = ""

    @property
    def cost_performance(self) -> float | None:
        """CPI: earned value over actual cost."""
        return None if self.earned is None or not self.spent else self.earned / self.spent

    @property
    def schedule_performance(self) -> float | None:
        """SPI: earned value over planned value."""
        return None if self.earned is None or not self.planned else self.earned / self.planned

    @property
    def share(self) -> float | None:
        """Share of the work that is done."""
        return None if self.earned is None or not self.budget else self.earned / self.budget

    def to_complete(self, method: str) -> tuple[int | None, str, str]:
        """Return the estimate to complete, the method it came from and why not the one asked for.

        Parameters
        ----------
        method : str
            One of `METHODS`.
        """
        if method == "plan":
            return self.ahead, "plan", ""
        if self.earned is None or self.budget is None:
            return self.ahead, "plan", "no milestone weights, so no earned value"
        work = max(0, self.budget - self.earned)
        if work == 0:
            return 0, method, ""
        if method == "milestone":
            return self._at_last_milestone(work)
        index, schedule = self.cost_performance, self.schedule_performance
        if method == "remaining" or not index:
            why = "" if method == "remaining" else "nothing earned yet, so no cost performance"
            return work, "remaining", why
        if method == "cpi_spi" and schedule:
            return round(work / (index * schedule)), "cpi_spi", ""
        why = "nothing planned yet, so no schedule performance" if method == "cpi_spi" else ""
        return round(work / index), "cpi", why

    def _at_last_milestone(self, work: int) -> tuple[int, str, str]:
        """Return what is left at the cost of what was reached, less what was spent on it since."""
        index, why = 1.0, ""
        if (self.share or 0) < STABLE:
            why = f"less than {STABLE:.0%} of the work done, the rest is taken as budgeted"
        elif self.earned and self.closed:
            index = self.earned / self.closed
        left = self.closed + round(work / index) - self.spent
        if left >= 0:
            return left, "milestone", why
        more = "more is spent since the last milestone than the rest was to take"
        return self.ahead or 0, "plan", more


def known_method(method: str) -> None:
    """Refuse a method that is not known, naming the nearest."""
    if method not in METHODS:
        raise ParameterError(
            f"method {method!r} is not known",
            where="parameter method",
            advice=near_miss(method, METHODS, noun="method"),
        )


def weights(reached: Iterable[Mapping[str, Any]], *, by: date) -> tuple[float, float] | None:
    """Return the share of the weights planned by a day, and the share reached by it.

    Parameters
    ----------
    reached : iterable of mapping
        Rows of `pfkit.milestones` of one initiative.
    by : datetime.date
        The last day that counts.

    Returns
    -------
    tuple of float or None
        None where no milestone has a weight, or one of them has none.

    Examples
    --------
    >>> from datetime import date
    >>> row = {"weight": 1.0, "planned_on": "2026-01-31", "done_on": "", "reached": False}
    >>> weights([row, row | {"weight": 3.0, "done_on": "2026-01-31", "reached": True}],
    ...         by=date(2026, 1, 31))
    (1.0, 0.75)
    """
    rows = list(reached)
    sizes = [0.0 if row["weight"] is None else float(row["weight"]) for row in rows]
    whole = sum(sizes)
    if not whole or any(row["weight"] is None for row in rows):
        return None
    day = by.isoformat()
    pairs = list(zip(rows, sizes, strict=True))
    due = sum(size for row, size in pairs if row["planned_on"] <= day)
    done = sum(size for row, size in pairs if row["reached"] and row["done_on"] <= day)
    return due / whole, done / whole
