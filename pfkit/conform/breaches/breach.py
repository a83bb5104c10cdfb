"""One breach of a control on the ledger or the plan, and the forms it is told in."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.engine import literal
from pfkit.conform.evidence import State, grouped
from pfkit.contracts.personal import DOUBTS, mask
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pfkit.conform.breaches.ledger import Ledger

#: Entries that are named one by one; the others are counted.
SHOWN = 3

LOCKED = "Locked months"
UNAPPROVED = "Unapproved version"
DUTIES = "Segregation of duties"
MANUAL = "Manual entries"
ROUND = "Round amounts"
CUT_OFF = "Cut-off"
TWICE = "Posted twice"
#: Every rule, in the order a report tells them.
RULES = (LOCKED, UNAPPROVED, DUTIES, MANUAL, ROUND, CUT_OFF, TWICE)


@dataclass(frozen=True)
class Breach:
    """Entries of one month that break one rule for one reason.

    Attributes
    ----------
    rule : str
        One of `RULES`.
    month : str
        The month the entries are booked in; of a plan, the report's period.
    reason : str
        What is wrong with them, in a few words; with `subject` it tells findings apart.
    subject : str
        The account, kind or version it is about; empty where it is all of the month.
    entries : tuple of str
        The largest of them by id, at most three; file and line where an entry has none.
    count : int
        How many there are.
    amount : decimal.Decimal
        The sum of their sizes, in reporting currency.
    detail, advice : str
        What was found, in a sentence without a person's name, and what to do.
    """

    rule: str
    month: str
    reason: str
    subject: str
    entries: tuple[str, ...]
    count: int
    amount: Decimal
    detail: str
    advice: str
    source: str = ""

    def state(self, materiality: Decimal) -> State:
        """Return red where the amount is above materiality, else amber."""
        return "red" if self.amount > materiality else "amber"

    @property
    def named(self) -> str:
        """The entries in words."""
        more = self.count - len(self.entries)
        tail = f" and {grouped(more)} more" if more > 0 else ""
        return f"{', '.join(self.entries)}{tail}"


@dataclass(frozen=True)
class Found:
    """What the rules found, which of them ran, and which could not.

    Attributes
    ----------
    breaches : tuple of Breach
        In the order of the rules.
    ran : tuple of str
        Rules that had what they need, each once.
    unable : dict of str to str
        Rules that the book asks for and that could not run, with what they lack.
    notes : tuple of str
        What of the input a rule had to leave out.
    """

    breaches: tuple[Breach, ...] = ()
    ran: tuple[str, ...] = ()
    unable: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entries:
    """Some entries: the largest by name, how many, what they come to, and where they stand."""

    names: tuple[str, ...]
    count: int
    amount: Decimal
    source: str


def entries_of(
    ledger: Ledger, where: str, *, table: str = "", size: str = "size"
) -> Entries | None:
    """Return the entries that fit a test, None where there is none.

    Parameters
    ----------
    ledger : Ledger
        The ledger's entries in the engine.
    where : str
        SQL over the columns of its view.
    table : str
        Another table or query of entries with ``entry``, ``source`` and `size`.
    size : str
        SQL of the amount of a row.
    """
    ((names, count, amount, source),) = ledger.rows(
        f"SELECT list(entry ORDER BY size DESC, entry)[:{SHOWN}], count(*), sum(size), min(source) "
        f"FROM (SELECT entry, min(source) AS source, sum({size}) AS size "
        f"FROM {table or ledger.view} WHERE {where} GROUP BY entry)"
    )
    if not count:
        return None
    return Entries(tuple(map(_shown, names)), int(count), cents(Decimal(amount)), str(source))


def _shown(entry: object) -> str:
    return mask(str(entry), doubts=DOUBTS)


def breach(
    rule: str,
    month: str,
    found: Entries,
    *,
    reason: str,
    detail: str,
    advice: str,
    subject: str = "",
) -> Breach:
    """Return a breach of some entries."""
    return Breach(
        rule, month, reason, subject, found.names, found.count, found.amount, detail, advice,
        found.source,
    )  # fmt: skip


def entry_word(count: int) -> str:
    """Return a number of entries in words."""
    return "1 entry" if count == 1 else f"{grouped(count)} entries"


def listed(values: Iterable[object]) -> str:
    """Return plain values as a SQL list; one that nothing equals where there are none."""
    return ", ".join(map(literal, values)) or "NULL"


def joined(parts: Sequence[str]) -> str:
    """Return words joined by commas and a last `and`.

    Examples
    --------
    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else ""
