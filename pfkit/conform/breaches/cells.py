"""How many entries of each account and month have what the rules look for: one pass over them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pfkit.conform.breaches.habit import Seen
from pfkit.conform.engine import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.conform.breaches.ledger import Ledger


@dataclass(frozen=True)
class Trait:
    """Something an entry may have, as SQL over the ledger's view and the days of its month.

    Attributes
    ----------
    has : str
        True of an entry that has it.
    tells : str
        True of an entry of which it can be said whether it has it.
    """

    has: str
    tells: str = "TRUE"


@dataclass(frozen=True)
class Count:
    """Entries of one account in one month: of which it can be said, with the trait, and large."""

    told: int = 0
    has: int = 0
    large: int = 0

    def and_more(self, other: Count) -> Count:
        """Return the counts of both."""
        return Count(self.told + other.told, self.has + other.has, self.large + other.large)


@dataclass(frozen=True)
class Cells:
    """The counts of every trait, by account and month."""

    ledger: Ledger
    counts: Mapping[str, Mapping[str, Mapping[str, Count]]] = field(repr=False)
    #: The same of every account and currency.
    booked: Mapping[str, Mapping[tuple[str, str], Mapping[str, Count]]] = field(repr=False)

    def seen(self, trait: str, month: str) -> list[Seen]:
        """Return how often a trait was seen in each account before a month, and in it.

        Nothing where no entry of the month has it at the size that is pointed at.
        """
        accounts = self.counts.get(trait, {})
        if not any(months[month].large for months in accounts.values() if month in months):
            return []
        history = self.ledger.history(month)
        found = []
        for key, months in accounts.items():
            past = [(one, months[one]) for one in history if one in months]
            now = months.get(month, Count())
            found.append(
                Seen(
                    key,
                    sum(count.told for _, count in past),
                    sum(count.has for _, count in past),
                    len(past),
                    tuple(one for one, count in past if count.has),
                    now.told,
                    now.large,
                )
            )
        return found


def counted(ledger: Ledger, traits: Mapping[str, Trait], *, group: str) -> Cells:
    """Count the entries of each account and month, and those with each trait.

    Parameters
    ----------
    ledger : Ledger
        The entries; the months of the report and those they are compared with are counted.
    traits : mapping of str to Trait
        By name.
    group : str
        The column that stands for the account.
    """
    if not traits or not ledger.judged:
        return Cells(ledger, {}, {})
    parts = []
    for trait in traits.values():
        has = f"{trait.tells} AND {trait.has}"
        parts += [
            f"count(*) FILTER ({trait.tells})",
            f"count(*) FILTER ({has})",
            f"count(*) FILTER ({has} AND size >= {ledger.floor})",
        ]
    rows = ledger.rows(
        f"SELECT month, {group}, currency, {', '.join(parts)} FROM {ledger.view} "
        f"JOIN {days_sql(ledger)} USING (month) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    counts: dict[str, dict[str, dict[str, Count]]] = {name: defaultdict(dict) for name in traits}
    booked: dict[str, dict[tuple[str, str], dict[str, Count]]] = {
        name: defaultdict(dict) for name in traits
    }
    for month, key, currency, *numbers in rows:
        for place, name in enumerate(traits):
            one = Count(*numbers[3 * place : 3 * place + 3])
            if one.told:
                booked[name][str(key), currency][month] = one
                whole = counts[name][str(key)]
                whole[month] = one.and_more(whole[month]) if month in whole else one
    return Cells(ledger, counts, booked)


def days_sql(ledger: Ledger) -> str:
    """Return a table of the months that are looked at: first and last day, and the month before."""
    calendar = ledger.evidence.period.calendar
    rows = ", ".join(
        f"({literal(month)}, DATE {literal(calendar.first_day(month))}, "
        f"DATE {literal(calendar.last_day(month))}, "
        f"DATE {literal(calendar.first_day(calendar.shift(month, -1)))})"
        for month in ledger.window
    )
    return f"(VALUES {rows}) AS days(month, first_day, last_day, before)"
