"""Breaches of controls: clean months, and planted violations: ``python -m bench controls``.

Companies unlike each other (``bench/_companies.py``) and demo companies of several seeds. In each,
months are judged as they are; then every rule is broken once, in a month of its own, and must be
told with the entry. Whatever else is told counts as false.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench._companies import RATES, SHAPES, WHOLE, Shape
from bench._ledgers import Entry, clean, first_of, last_of, months_of, write
from bench._papers import (
    BOSS,
    Invoice,
    Line,
    billed,
    credit,
    planned,
    unapproved,
    write_papers,
)
from pfkit.book import open_book
from pfkit.conform.breaches import breaches
from pfkit.conform.breaches.breach import (
    CUT_OFF,
    DUTIES,
    LOCKED,
    MANUAL,
    ROUND,
    TWICE,
    UNAPPROVED,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pfkit.book import Book
    from pfkit.conform.breaches import Breach

MONTHS, FIRST = 22, 9


@dataclass(frozen=True)
class Plant:
    """A violation planted in a ledger: the rule, the month it breaks, its entries."""

    name: str
    rule: str
    month: str
    told_in: str
    entries: frozenset[str]


@dataclass
class Company:
    """What one company keeps: its ledger, its invoices, its plan."""

    entries: list[Entry]
    invoices: list[Invoice]
    plan: list[Line]

    @classmethod
    def of(cls, shape: Shape, seed: int) -> Company:
        """Draw a company in which nothing is wrong."""
        months = months_of(MONTHS)
        years = sorted({int(month[:4]) for month in months})
        return cls(clean(shape, seed, months), billed(shape, seed, months), planned(shape, years))


@dataclass
class Planter:
    """Breaks rules in what one company keeps, a rule a month."""

    shape: Shape
    company: Company
    draw: random.Random
    rounded: str = ""  # the account whose amounts were made round

    @property
    def entries(self) -> list[Entry]:
        """The ledger's entries."""
        return self.company.entries

    def some(self, month: str, fits: Callable[[Entry], bool]) -> Entry | None:
        """Return one of the month's entries that fit, one that is large enough to matter."""
        found = [one for one in self.entries if one.month == month and fits(one)]
        return self.draw.choice(found) if found else None

    def floor(self) -> float:
        """Return the size from which one entry matters."""
        return self.shape.limit or self.shape.materiality * 0.05

    def large(self, one: Entry) -> bool:
        """Return whether an entry is of at least that size."""
        return abs(one.amount) * RATES[one.currency] >= self.floor()

    def never(self, **given: bool) -> set[str]:
        """Return accounts that by their nature are never manual, late or round."""
        kept = set()
        for one in self.shape.accounts:
            manual = one.manual or one.accrued or one.year_end or self.shape.fresh
            odd = one.round or one.fixed or one.accrued or one.year_end
            if given.get("manual") and manual:
                continue
            if given.get("late") and (one.late or one.accrued or one.year_end):
                continue
            if given.get("round") and odd:
                continue
            if one.rows >= 3:  # noqa: PLR2004 (an account that sees entries every month)
                kept.add(one.name)
        return kept

    def locked(self, month: str) -> list[Entry]:
        """Key an entry after its month was locked."""
        if self.shape.by_file or self.shape.lock_days is None or month == months_of(MONTHS)[-1]:
            return []
        one = self.some(month, lambda _one: True)
        if one is None:
            return []
        late = last_of(month) + timedelta(days=self.shape.lock_days + self.draw.randint(1, 9))
        one.keyed = datetime.combine(late, one.keyed.time())
        return [one]

    def same_person(self, month: str) -> list[Entry]:
        """Let the person who entered an entry approve it."""
        size = self.shape.limit or 0
        one = self.some(
            month, lambda one: one.manual and abs(one.amount) * RATES[one.currency] >= size
        )
        if one is None:
            return []
        one.approved = one.by.upper()
        return [one]

    def nobody(self, month: str) -> list[Entry]:
        """Leave out the approval of a large entry, where the limit is declared."""
        if self.shape.limit is None:
            return []
        one = self.some(month, lambda one: one.manual and bool(one.approved))
        if one is None:
            return []
        one.approved = ""
        return [one]

    def by_hand(self, month: str) -> list[Entry]:
        """Post by hand on an account that only the system posts to."""
        accounts = self.never(manual=True) if "account" not in self.shape.unusual else set()
        one = self.some(month, lambda one: one.account in accounts and self.large(one))
        other = self.some(month, lambda one: one.manual)
        if one is None or other is None:
            return []
        one.manual, one.by, one.approved, one.keyed = True, other.by, "u98", other.keyed
        return [one]

    def sunday(self, month: str) -> list[Entry]:
        """Key a manual entry on a Sunday."""
        if "time" in self.shape.unusual:
            return []
        one = self.some(month, lambda one: one.manual and self.large(one))
        if one is None:
            return []
        one.keyed += timedelta(days=6 - one.keyed.weekday())
        return [one]

    def night(self, month: str) -> list[Entry]:
        """Key a manual entry at night."""
        if "time" in self.shape.unusual or not self.shape.times:
            return []
        one = self.some(month, lambda one: one.manual and self.large(one))
        if one is None:
            return []
        one.keyed = datetime.combine(one.keyed.date(), time(self.draw.choice((23, 1, 3)), 12))
        return [one]

    def stranger(self, month: str) -> list[Entry]:
        """Let somebody post who never did."""
        if "person" in self.shape.unusual:
            return []
        size = self.shape.limit or self.shape.materiality
        one = self.some(
            month, lambda one: one.manual and abs(one.amount) * RATES[one.currency] >= size
        )
        if one is None:
            return []
        one.by = "cfo"
        return [one]

    def round_share(self, month: str) -> list[Entry]:
        """Make eight amounts of an account round."""
        accounts = self.never(round=True)
        one = self.some(month, lambda one: one.account in accounts)
        if one is None:
            return []
        mine = [
            each
            for each in self.entries
            if (each.month, each.account) == (month, one.account) and each.currency == one.currency
        ]
        chosen = self.draw.sample(mine, min(8, len(mine)))
        self.rounded = one.account
        for place, each in enumerate(chosen):
            each.amount = float(100 * (3 + 2 * place + self.draw.randrange(2)))
        return chosen

    def round_large(self, month: str) -> list[Entry]:
        """Post a large round amount by hand where amounts are not round."""
        accounts = self.never(round=True) if "round" not in self.shape.unusual else set()
        accounts -= {self.rounded}
        one = self.some(month, lambda one: one.account in accounts and one.manual)
        if one is None:
            return []
        least = max(self.floor(), 1000) / RATES[one.currency]
        if one.currency in WHOLE:
            one.amount = 10.0 ** (1 + len(str(int(least)))) * self.draw.randint(1, 9)
        else:
            one.amount = float(1000 * (self.draw.randint(1, 40) + int(least // 1000)))
        one.approved = one.approved or "u98"
        return [one]

    def service(self, month: str) -> list[Entry]:
        """Book what is rendered in the next month."""
        accounts = self.never(late=True) if "late" not in self.shape.unusual else set()
        one = self.some(month, lambda one: one.account in accounts and self.large(one))
        if one is None:
            return []
        one.start = last_of(month) + timedelta(days=1)
        one.end = one.start + timedelta(days=20)
        return [one]

    def document(self, month: str) -> list[Entry]:
        """Book a document of three months before."""
        accounts = self.never(late=True) if "late" not in self.shape.unusual else set()
        one = self.some(month, lambda one: one.account in accounts and self.large(one))
        if one is None:
            return []
        one.document = first_of(month) - timedelta(days=self.draw.randint(65, 120))
        one.start = one.end = None
        return [one]

    def outside(self, month: str) -> list[Entry]:
        """Give an entry a posting day outside its month."""
        accounts = self.never(late=True) if "late" not in self.shape.unusual else set()
        one = self.some(month, lambda one: one.account in accounts and self.large(one))
        if one is None:
            return []
        one.posted = last_of(month) + timedelta(days=self.draw.randint(1, 25))
        return [one]

    def again(self, month: str) -> list[Entry]:
        """Post an entry of the last days of the month before once more."""
        before = f"{first_of(month) - timedelta(days=1):%Y-%m}"
        one = self.some(
            before,
            lambda one: self.large(one) and one.posted.day > 15 and one.text.startswith("Voucher"),  # noqa: PLR2004
        )
        if one is None:
            return []
        posted = one.posted + timedelta(days=(first_of(month) - one.posted).days + 4)
        twin = dataclasses.replace(
            one, entry=f"{month}/again", posted=posted, month=month,
            keyed=datetime.combine(posted, one.keyed.time()), document=first_of(month),
            start=first_of(month), end=last_of(month),
        )  # fmt: skip
        self.entries.append(twin)
        return [twin]

    def early(self, month: str) -> list[Invoice]:
        """Bill what is rendered in the next month, in a kind that never is."""
        mine = [one for one in self.company.invoices if f"{one.day:%Y-%m}" == month]
        mine = [one for one in mine if one.kind == "sale"]
        start = last_of(month) + timedelta(days=1)
        one = self.draw.choice(mine)
        moved = dataclasses.replace(one, start=start, end=start + timedelta(days=9))
        self.company.invoices[self.company.invoices.index(one)] = moved
        return [moved]

    def window(self, month: str) -> list[Invoice]:
        """Sell in the last days of the month before what the first days credit."""
        if self.shape.credits:
            return []
        day = first_of(month) - timedelta(days=self.draw.randint(1, 4))
        amount = round(self.shape.materiality * self.draw.uniform(0.2, 0.9), 2)
        sold = Invoice(f"R{month}/early", day, "K7", "sale", amount, day.replace(day=1), day)
        self.company.invoices.append(sold)
        self.company.invoices.append(credit(sold, day + timedelta(days=self.draw.randint(5, 9))))
        return [sold]

    def changed_plan(self, month: str) -> list[Line]:
        """State a line of the plan anew after its approval."""
        mine = [one for one in self.company.plan if one.month == month]
        one = self.draw.choice(mine)
        again = dataclasses.replace(one, amount=one.amount + 77, sent=last_of(month))
        self.company.plan.append(again)
        return [again]

    def own_plan(self, month: str) -> list[Line]:
        """Let the planner approve a line."""
        mine = [one for one in self.company.plan if one.month == month]
        one = self.draw.choice(mine)
        alone = dataclasses.replace(one, boss=one.made)
        self.company.plan[self.company.plan.index(one)] = alone
        return [alone]

    def own_line(self, month: str) -> list[Entry]:
        """Let the person who approved the plan of a line post on it."""
        planned_on = {one.account for one in self.company.plan}
        one = self.some(
            month, lambda one: one.manual and one.account in planned_on and self.large(one)
        )
        if one is None:
            return []
        one.by, one.center = BOSS, "C0"
        return [one]


PLANTS: dict[str, tuple[str, Callable[[Planter, str], Sequence[Entry | Invoice | Line]]]] = {
    "posted after the lock": (LOCKED, Planter.locked),
    "entered and approved by one": (DUTIES, Planter.same_person),
    "approved by nobody": (DUTIES, Planter.nobody),
    "by hand on a system account": (MANUAL, Planter.by_hand),
    "by hand on a Sunday": (MANUAL, Planter.sunday),
    "by hand at night": (MANUAL, Planter.night),
    "by hand by a stranger": (MANUAL, Planter.stranger),
    "many round amounts": (ROUND, Planter.round_share),
    "a large round amount": (ROUND, Planter.round_large),
    "service of the next month": (CUT_OFF, Planter.service),
    "document of months before": (CUT_OFF, Planter.document),
    "posting day outside the month": (CUT_OFF, Planter.outside),
    "posted twice": (TWICE, Planter.again),
    "billed before its service": (CUT_OFF, Planter.early),
    "sold late, credited early": (CUT_OFF, Planter.window),
    "plan changed after approval": (UNAPPROVED, Planter.changed_plan),
    "plan made and approved by one": (DUTIES, Planter.own_plan),
    "posted by who approved the plan": (DUTIES, Planter.own_line),
}


def plant(shape: Shape, company: Company, seed: int) -> list[Plant]:
    """Break every rule once, most of them each in a month of its own."""
    draw = random.Random(f"plants {shape.name} {seed}")  # noqa: S311 -- seeded
    planter = Planter(shape, company, draw)
    months = months_of(MONTHS)[FIRST:]
    draw.shuffle(months)
    months += months[: len(PLANTS) - len(months)]
    found = []
    for (name, (rule, break_it)), month in zip(PLANTS.items(), months, strict=True):
        broken = break_it(planter, month)
        if not broken:
            continue
        told_in, told_of = month, month
        if isinstance(broken[0], Entry) and rule == LOCKED:
            told_in = f"{broken[0].keyed:%Y-%m}"
        if isinstance(broken[0], Invoice):
            told_of = f"{broken[0].day:%Y-%m}"
        names = frozenset(_name(one) for one in broken)
        found.append(Plant(name, rule, told_of, told_in, names))
    return found


def _name(one: Entry | Invoice | Line) -> str:
    if isinstance(one, Entry):
        return one.entry
    return one.number if isinstance(one, Invoice) else one.name


def told(book: Book, months: Iterable[str]) -> dict[str, tuple[Breach, ...]]:
    """Return what each month's report tells."""
    found = {}
    for month in months:
        evidence = dataclasses.replace(book.evidence, period=book.calendar.period(month))
        found[month] = breaches(evidence).breaches
    return found


def tells(one: Breach, planted: Plant) -> bool:
    """Return whether a breach tells of a plant, with its entries."""
    if (one.rule, one.month) != (planted.rule, planted.month):
        return False
    return bool(_names(one) & planted.entries)


@dataclass(frozen=True)
class Judged:
    """What was told of one company."""

    months: int
    false: int
    hits: dict[str, bool]
    stray: int

    @property
    def planted(self) -> int:
        """How many rules were broken."""
        return len(self.hits)

    @property
    def told(self) -> int:
        """How many of them were told, with the entry."""
        return sum(self.hits.values())


def _opened(shape: Shape, company: Company) -> dict[str, tuple[Breach, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), shape, company.entries)
        write_papers(Path(folder), company.invoices, company.plan)
        return told(open_book(folder), months_of(MONTHS))


def judge(shape: Shape, seed: int, show: Callable[[str], None]) -> Judged:
    """Judge a company as it is, and with every rule broken once."""
    flags = _opened(shape, Company.of(shape, seed))
    for month, found in flags.items():
        for one in found:
            show(f"    FALSE {shape.name} {seed} {month}: {_shown(one)}")
    company = Company.of(shape, seed)
    plants = plant(shape, company, seed)
    broken = _opened(shape, company)
    hits = {}
    for planted in plants:
        hits[planted.name] = any(tells(one, planted) for one in broken.get(planted.told_in, ()))
        if not hits[planted.name]:
            show(
                f"    MISSED {shape.name} {seed} {planted.month}: {planted.name} {planted.entries}"
            )
    stray = [
        one
        for found in broken.values()
        for one in found
        if not any(_names(one) & planted.entries for planted in plants)
    ]
    for one in stray:
        show(f"    STRAY {shape.name} {seed}: {_shown(one)}")
    drafted = Company.of(shape, seed)
    year = int(months_of(MONTHS)[-1][:4])
    drafted.plan = unapproved(drafted.plan, year)
    seen = _opened(shape, drafted)
    ours = [month for month in seen if month.startswith(str(year))]
    hits["a draft as plan"] = all(
        [one.rule for one in seen[month]] == [UNAPPROVED] for month in ours
    )
    return Judged(MONTHS, sum(map(len, flags.values())), hits, len(stray))


def _names(one: Breach) -> set[str]:
    return {name.split(" / ")[0] for name in one.entries}


def _shown(one: Breach) -> str:
    return f"{one.rule}: {one.detail} ({one.named}, {one.amount})"


def main(arguments: list[str]) -> int:
    """Count what is told of clean months and of broken rules."""
    parser = argparse.ArgumentParser(prog="python -m bench controls", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="companies of each shape")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--shape", action="append", help="one shape only; may be repeated")
    parser.add_argument("--verbose", action="store_true", help="show what is false and missed")
    chosen = parser.parse_args(arguments)
    show: Callable[[str], None] = print if chosen.verbose else lambda _line: None
    tally: dict[str, list[bool]] = defaultdict(list)
    print(f"{'company':<22}{'months':>8}{'false':>7}{'planted':>9}{'told':>6}{'stray':>7}")
    shapes: Sequence[Shape] = [
        one for one in SHAPES if chosen.shape is None or one.name in chosen.shape
    ]
    whole = [0, 0, 0, 0, 0]
    for shape in shapes:
        sums = [0, 0, 0, 0, 0]
        for seed in range(chosen.first, chosen.first + chosen.seeds):
            one = judge(shape, seed, show)
            parts = (one.months, one.false, one.planted, one.told, one.stray)
            sums = [a + b for a, b in zip(sums, parts, strict=True)]
            for name, hit in one.hits.items():
                tally[name].append(hit)
        print(_line(shape.name, sums), flush=True)
        whole = [a + b for a, b in zip(whole, sums, strict=True)]
    print(f"{_line('all', whole)}\n")
    for name, hits in tally.items():
        print(f"{name:<34}{sum(hits):>4} of {len(hits)} told")
    return 0


def _line(name: str, sums: Sequence[int]) -> str:
    return f"{name:<22}{sums[0]:>8}{sums[1]:>7}{sums[2]:>9}{sums[3]:>6}{sums[4]:>7}"
