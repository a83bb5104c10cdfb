"""Ledgers of companies that are unlike each other, without a breach, for ``bench controls``.

Each company is drawn from its own description: how many entries an account sees, who posts, when
people work, what is round, how late invoices come. Nothing of it is taken from the demo company.
"""

from __future__ import annotations

import calendar
import csv
import math
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bench._companies import RATES, WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench._companies import Account, Shape

_FRIDAY = 4
HEAD = (
    "Entry", "Posted", "Month", "Keyed", "Account", "Center", "Product", "Currency", "Amount",
    "Text", "Origin", "By", "Approved", "Document", "From", "To",
)  # fmt: skip

BOOK = """
company = {{ name = "{name}", currency = "EUR" }}

[policies]
{policies}

[[sources]]
name = "accounts"
table = "accounts"
path = "accounts.csv"
columns = {{ account = "a", name = "a", line = "l", group = "g", favorable_when = "w" }}

[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
known_on = {{ date = 2020-01-01 }}
columns = {{ date = "d", currency = "c", rate = "r" }}

[[sources]]
name = "gl"
table = "actuals"
path = "gl/*.csv"
types = {{ Account = "text" }}
known_on = {known}
columns = {{ {columns} }}
"""


@dataclass
class Entry:
    """One entry of a ledger, as its export states it."""

    entry: str
    posted: date
    month: str
    keyed: datetime
    account: str
    center: str
    currency: str
    amount: float
    text: str
    manual: bool
    by: str
    approved: str
    document: date | None = None
    start: date | None = None
    end: date | None = None

    def row(self) -> tuple[object, ...]:
        """Return the cells of the export."""
        days = (self.document or "", self.start or "", self.end or "")
        size = f"{self.amount:.0f}" if self.currency in WHOLE else f"{self.amount:.2f}"
        return (
            self.entry, self.posted, self.month, self.keyed.isoformat(sep=" "), self.account,
            self.center, "", self.currency, size, self.text,
            "manual" if self.manual else "system", self.by, self.approved, *days,
        )  # fmt: skip


def months_of(count: int, last: str = "2026-06") -> list[str]:
    """Return `count` months that end with `last`."""
    at = int(last[:4]) * 12 + int(last[5:]) - 1
    return [f"{place // 12}-{place % 12 + 1:02d}" for place in range(at - count + 1, at + 1)]


def first_of(month: str) -> date:
    """Return the first day of a month."""
    return date(int(month[:4]), int(month[5:]), 1)


def last_of(month: str) -> date:
    """Return the last day of a month."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


class Maker:
    """Draws the entries of one company."""

    def __init__(self, shape: Shape, seed: int) -> None:
        self.shape = shape
        self.draw = random.Random(f"{shape.name} {seed}")  # noqa: S311 -- chance in a bench is seeded
        self.entries: list[Entry] = []
        self.fixed: dict[str, list[float]] = {}
        self.people = [f"u{place:02d}" for place in range(len(shape.people))]

    def amount(self, account: Account, currency: str) -> float:
        """Draw an amount as booked."""
        size = account.size * math.exp(self.draw.gauss(0, account.spread)) / RATES[currency]
        if self.draw.random() < account.round:
            unit = 10 ** max(2, math.floor(math.log10(max(size, 100))) - self.draw.choice((0, 1)))
            size = max(unit, round(size / unit) * unit)
        return round(size) if currency in WHOLE else round(size, 2)

    def workday(self, day: date) -> date:
        """Return the day, or the next on which people work."""
        while not self.shape.weekends and day.weekday() > _FRIDAY:
            day += timedelta(days=1)
        return day

    def keyed(self, day: date, *, manual: bool) -> datetime:
        """Return the moment an entry of a day is keyed."""
        if not manual:
            return datetime.combine(day, time(2, 30) if self.shape.times else time())
        at = self.draw.uniform(*self.shape.hours)
        clock = time(int(at), int(at % 1 * 60)) if self.shape.times else time()
        return datetime.combine(self.workday(day), clock)

    def person(self, place: int) -> str:
        """Draw who posts in a month."""
        if self.shape.joins and place >= self.shape.joins and self.draw.random() < 0.3:  # noqa: PLR2004
            return "u99"
        return self.draw.choices(self.people, self.shape.people)[0]

    def add(self, account: Account, day: date, place: int, **given: object) -> Entry:
        """Add one entry of an account on a day of a month."""
        month = f"{day:%Y-%m}"
        manual = bool(given.get("manual", self.draw.random() < account.manual))
        currency = str(given.get("currency", self.draw.choice(self.shape.currencies)))
        stated = given.get("amount")
        amount = float(str(stated)) if stated is not None else self.amount(account, currency)
        by = self.person(place) if manual else "interface"
        others = [one for one in (*self.people, "u98") if one != by]
        size = abs(amount) * RATES[currency]
        asked = self.shape.limit if self.shape.limit is not None else self.shape.materiality
        approved = self.draw.choice(others) if manual and size >= asked else ""
        keyed = self.keyed(day + timedelta(days=int(str(given.get("after", 0)))), manual=manual)
        number = len(self.entries) + 1
        entry = Entry(
            f"{month.replace('-', '')}/{number:06d}", day, month, keyed, account.name,
            f"C{self.draw.randrange(self.shape.centers)}", currency, amount,
            str(given.get("text", f"Voucher {self.draw.randrange(10**6, 10**7)}")), manual, by,
            approved,
        )  # fmt: skip
        self.dated(entry, account)
        self.entries.append(entry)
        return entry

    def dated(self, entry: Entry, account: Account) -> None:
        """Give an entry the day of its document and the days of its service."""
        first = first_of(entry.month)
        if self.draw.random() < account.late:
            entry.document = first - timedelta(days=self.draw.randint(1, 20))
        else:
            entry.document = first + timedelta(
                days=self.draw.randint(0, (entry.posted - first).days)
            )
        start = first_of(f"{entry.document:%Y-%m}")
        entry.start, entry.end = start, last_of(f"{start:%Y-%m}")

    def month(self, place: int, month: str) -> None:
        """Add the entries of one month."""
        for account in self.shape.accounts:
            for day in self.days(account, month):
                self.add(account, day, place)
            if account.fixed:
                self.standing(account, month, place)
            if account.accrued:
                self.accrue(account, month, place, 1)
            if account.year_end and month.endswith("-12"):
                self.accrue(account, month, place, account.year_end)
        for _ in range(self.poisson(self.shape.fresh)):
            account = self.draw.choice(self.shape.accounts)
            self.add(account, self.any_day(month), place, manual=True)

    def any_day(self, month: str) -> date:
        """Draw a day of a month."""
        return first_of(month) + timedelta(days=self.draw.randrange(last_of(month).day))

    def days(self, account: Account, month: str) -> list[date]:
        """Return the days on which an account sees an entry: Fridays, or any."""
        if account.fixed:
            return []
        if account.weekly:
            first = first_of(month)
            days = [first + timedelta(days=place) for place in range(last_of(month).day)]
            return [day for day in days if day.weekday() == _FRIDAY]
        return [self.any_day(month) for _ in range(self.poisson(account.rows))]

    def standing(self, account: Account, month: str, place: int) -> None:
        """Add the amounts that come every month."""
        amounts = self.fixed.setdefault(
            account.name,
            [self.amount(account, "EUR") for _ in range(max(1, round(account.rows)))],
        )
        for amount in amounts:
            first = first_of(month)
            self.add(account, first, place, amount=amount, currency="EUR", text="Standing")

    def accrue(self, account: Account, month: str, place: int, count: int) -> None:
        """Accrue a round estimate at month end, and take it back on the first of the next."""
        last = last_of(month)
        for _ in range(count):
            size = max(100, round(self.amount(account, "EUR") / 100) * 100)
            for day, amount, text in (
                (last, size, f"Accrual {month}"),
                (last + timedelta(days=1), -size, f"Reversal of accrual {month}"),
            ):
                after = self.draw.randint(1, 3) if day == last else 0
                self.add(
                    account,
                    day,
                    place,
                    amount=amount,
                    manual=True,
                    currency="EUR",
                    text=text,
                    after=after,
                )

    def poisson(self, mean: float) -> int:
        """Draw how many."""
        if mean > 30:  # noqa: PLR2004 (a normal draw is near enough)
            return max(0, round(self.draw.gauss(mean, math.sqrt(mean))))
        limit, product, count = math.exp(-mean), self.draw.random(), 0
        while product > limit:
            product *= self.draw.random()
            count += 1
        return count


def clean(shape: Shape, seed: int, months: Sequence[str]) -> list[Entry]:
    """Return the ledger of a company in which nothing is wrong."""
    maker = Maker(shape, seed)
    for place, month in enumerate(months):
        maker.month(place, month)
    return [one for one in maker.entries if one.month in months]


def write(folder: Path, shape: Shape, entries: Sequence[Entry]) -> None:
    """Write a company's book and its ledger, a file a month."""
    policies = [f"materiality_amount = {shape.materiality}"]
    if shape.limit is not None:
        policies.append(f"manual_limit = {shape.limit}")
    if shape.lock_days is not None:
        policies.append(f"lock_days = {shape.lock_days}")
    known = (
        "{ file_name = '(\\d{4}-\\d{2})', at = \"month_end\" }"
        if shape.by_file
        else '{ column = "Keyed", at = "day" }'
    )
    columns = {
        "entry_id": "Entry", "posting_date": "Posted", "account": "Account",
        "cost_center": "Center", "currency": "Currency", "amount_local": "Amount", "memo": "Text",
        "origin": "Origin", "entered_by": "By", "approved_by": "Approved",
        "period": "Month", "document_date": "Document", "service_start": "From",
        "service_end": "To",
    }  # fmt: skip
    if not shape.by_file:
        columns["entered_at"] = "Keyed"
    listed = ", ".join(f'{name} = "{column}"' for name, column in columns.items())
    text = BOOK.format(name=shape.name, known=known, columns=listed, policies="\n".join(policies))
    (folder / "book.toml").write_text(text, encoding="utf-8")
    (folder / "gl").mkdir(exist_ok=True)
    months = sorted({one.month for one in entries})
    days = [*map(last_of, months), last_of(months[-1]) + timedelta(days=28)]
    table(folder / "accounts.csv", "a,l,g,w", [
        (one.name, one.name, *(("gross", "higher") if one.revenue else ("operating", "lower")))
        for one in shape.accounts
    ])  # fmt: skip
    table(folder / "rates.csv", "d,c,r", [
        (day, name, rate) for day in days for name, rate in RATES.items()
        if name != "EUR"
    ])  # fmt: skip
    for month in months:
        mine = [one.row() for one in entries if one.month == month]
        table(folder / "gl" / f"gl_{month}.csv", ",".join(HEAD), mine)


def table(path: Path, head: str, rows: Sequence[Sequence[object]]) -> None:
    """Write rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head.split(","))
        writer.writerows(rows)
