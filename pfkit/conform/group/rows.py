"""The rows of a consolidated book: entities at their rates, and what they sold each other."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from pfkit.conform.group.declared import Grouping

#: What the part of a consolidated book that no entity owns is called.
ELIMINATIONS = "Eliminations"
#: Account by group of the statement: name and line, and which way it is favorable.
ACCOUNTS = {
    "gross": ("Gross sales", "higher"),
    "returns": ("Returns", "lower"),
    "other": ("Other revenue", "higher"),
    "cost_of_revenue": ("Cost of revenue", "lower"),
    "operating": ("Operating cost", "lower"),
    "outside": ("Outside of net revenue", "higher"),
}
_EXACT = Decimal("0.000001")

#: Lines of a statement: group, and its effect on profit.
Lines = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Part:
    """What one entity gave to one common quarter.

    Attributes
    ----------
    entity, name, quarter, currency, own_period, calendar : str
        Who, when, and by which calendar and currency of its own.
    first, last, known_on : datetime.date
        The days of its own period, and the day its last row was known.
    amounts : tuple of (group, amount)
        The lines of its statement, as the effect on profit, in its own currency.
    because : str
        Why this period stands in the quarter.
    months : tuple
        The lines of each of its own months, in order; empty where it has no months.
    plan, plan_months : tuple
        The same of its plan; empty where it has none.
    """

    entity: str
    name: str
    quarter: str
    currency: str
    own_period: str
    calendar: str
    first: date
    last: date
    known_on: date
    amounts: Lines
    because: str = ""
    months: tuple[Lines, ...] = ()
    plan: Lines = ()
    plan_months: tuple[Lines, ...] = ()


@dataclass(frozen=True)
class Row:
    """A row of the consolidated ledger, in reporting currency; cost and returns are positive.

    `month` is the place of its month in the quarter; None where it is the quarter's.
    """

    entity: str
    quarter: str
    account: str
    amount: Decimal
    known_on: date
    month: int | None = None


@dataclass(frozen=True)
class Pair:
    """What a seller and a buyer have of the same dealing, in reporting currency."""

    quarter: str
    seller: str
    buyer: str
    item: str
    sold: Decimal
    bought: Decimal
    known_on: date

    @property
    def eliminated(self) -> Decimal:
        """What both sides agree on."""
        return min(self.sold, self.bought)

    @property
    def difference(self) -> Decimal:
        """Sold less bought."""
        return self.sold - self.bought


def translated(
    parts: Sequence[Part], group: Grouping, *, reporting: str, plan: bool = False
) -> list[Row]:
    """Return the entities' lines in reporting currency: a row per entity, month and group.

    A quarter without months has a row per entity and group. A month without a line that the
    quarter has carries zero, so that all months of a line are there.
    """
    found = []
    for part in parts:
        rate = group.rate(
            part.currency, part.quarter, reporting=reporting, entity=part.entity, plan=plan
        )
        whole, months = (part.plan, part.plan_months) if plan else (part.amounts, part.months)
        names = dict.fromkeys(name for lines in (whole, *months) for name, _ in lines)
        stretches: list[tuple[int | None, Lines]] = [*enumerate(months)] or [(None, whole)]
        for at, lines in stretches:
            for name, amount in summed(lines, names).items():
                sign = -1 if ACCOUNTS[name][1] == "lower" else 1
                exact = (sign * amount * rate).quantize(_EXACT)
                found.append(Row(part.entity, part.quarter, name, exact, part.known_on, at))
    return found


def summed(lines: Lines, names: Iterable[str] = ()) -> dict[str, Decimal]:
    """Return the sum of each group of the statement, zero for those named without a line."""
    sums = dict.fromkeys(names, Decimal(0))
    for name, amount in lines:
        sums[name] = sums.get(name, Decimal(0)) + amount
    return sums


def pairs(parts: Sequence[Part], group: Grouping, *, reporting: str) -> list[Pair]:
    """Return what entities sold each other, in reporting currency, each side at its own rate.

    Raises
    ------
    BookError
        If a side is no entity of the group, or has no such quarter.
    """
    held = {(part.entity, part.quarter): part for part in parts}
    entities = sorted({part.entity for part in parts})
    found = []
    for deal in group.intercompany:
        sides = []
        for name, amount in ((deal.seller, deal.sold), (deal.buyer, deal.bought)):
            part = held.get((group.known(name, entities), deal.quarter))
            if part is None:
                raise BookError(
                    f"{name} gives nothing to {deal.quarter}, so that nothing can be eliminated",
                    where="book.toml group.intercompany",
                    advice=f"Name its own period of {deal.quarter} under quarters of its member.",
                )
            rate = group.rate(part.currency, deal.quarter, reporting=reporting, entity=name)
            sides.append((amount * rate).quantize(_EXACT))
        known = max(held[name, deal.quarter].known_on for name in (deal.seller, deal.buyer))
        pair = (deal.quarter, deal.seller, deal.buyer, deal.item)
        found.append(Pair(*pair, sides[0], sides[1], known))
    return found


def eliminations(agreed: Sequence[Pair]) -> list[Row]:
    """Return what takes agreed dealings out of revenue and cost; profit stays as it is."""
    return [
        Row(ELIMINATIONS, pair.quarter, account, -pair.eliminated, pair.known_on)
        for pair in agreed
        if pair.eliminated
        for account in ("gross", "cost_of_revenue")
    ]
