"""Invoices and plans of the companies of ``bench controls``, clean and with what breaks a rule."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bench._ledgers import first_of, last_of, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench._companies import Shape

BOOK = """
[[sources]]
name = "billing"
table = "invoices"
path = "billing.csv"
known_on = { column = "day", at = "day" }
columns = { invoice_id = "id", invoice_date = "day", customer = "who", kind = "kind", amount_local = "amount", service_start = "from", service_end = "to" }

[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
types = { account = "text" }
known_on = { column = "sent", at = "day" }
replaces = ["version", "period", "account", "cost_center"]
columns = { version = "version", stage = "stage", approved_on = "approved", approved_by = "boss", prepared_by = "made", period = "month", account = "account", cost_center = "center", currency = { constant = "EUR" }, amount_local = "amount" }
"""  # noqa: E501 (one line of TOML each)
BOSS, PLANNER, VERSION = "max", "eva", "P"
LINES = 30  # invoices a month


@dataclass(frozen=True)
class Invoice:
    """One invoice or credit note."""

    number: str
    day: date
    who: str
    kind: str
    amount: float
    start: date | None
    end: date | None


@dataclass(frozen=True)
class Line:
    """One line of the plan, as sent on a day."""

    month: str
    account: str
    center: str
    amount: int
    stage: str = "adopted"
    made: str = PLANNER
    boss: str = BOSS
    approved: date | None = None
    sent: date | None = None

    @property
    def name(self) -> str:
        """What a breach calls it."""
        return f"{self.account} {self.center}"


def billed(shape: Shape, seed: int, months: Sequence[str]) -> list[Invoice]:
    """Return the invoices of a company: sales, and by its habits in advance and in arrears."""
    draw = random.Random(f"billing {shape.name} {seed}")  # noqa: S311 -- seeded
    found: list[Invoice] = []
    for month in months:
        first, last = first_of(month), last_of(month)
        for place in range(LINES):
            day = first + timedelta(days=draw.randrange(last.day))
            kind = draw.choice(("sale", "service", "subscription"))
            start, end = first, last
            if kind == "subscription" and shape.advance:
                day, start = last - timedelta(days=draw.randrange(4)), last + timedelta(days=1)
                end = start + timedelta(days=27)
            elif kind == "service" and draw.random() < shape.arrears:
                end = first - timedelta(days=1)
                start = end.replace(day=1)
            amount = round(shape.materiality * draw.uniform(0.06, 0.9), 2)
            one = Invoice(
                f"R{month}/{place}", day, f"K{draw.randrange(60)}", kind, amount, start, end
            )
            found.append(one)
            if draw.random() < shape.credits:
                found.append(credit(one, day + timedelta(days=draw.randint(1, 9))))
            elif draw.random() < 0.04:  # noqa: PLR2004 (a part is credited now and then)
                later = replace(one, amount=round(amount * draw.uniform(0.1, 0.5), 2))
                found.append(credit(later, day + timedelta(days=draw.randint(1, 25))))
    return [one for one in found if f"{one.day:%Y-%m}" in months]


def credit(one: Invoice, day: date) -> Invoice:
    """Return the note that credits an invoice on a day."""
    return Invoice(f"G{one.number}", day, one.who, "credit", -one.amount, None, None)


def planned(shape: Shape, years: Sequence[int]) -> list[Line]:
    """Return the plan of some years, sent and approved before each begins."""
    return [
        Line(
            f"{year}-{number:02d}",
            account.name,
            "C0",
            round(account.rows * account.size),
            approved=date(year - 1, 12, 15),
            sent=date(year - 1, 12, 1),
        )
        for year in years
        for number in range(1, 13)
        for account in shape.accounts
    ]


def write_papers(folder: Path, invoices: Sequence[Invoice], plan: Sequence[Line]) -> None:
    """Add invoices and plan to a company's book."""
    path = folder / "book.toml"
    text = path.read_text(encoding="utf-8") + BOOK
    policy = f'[policies]\nplan_version = "{VERSION}"'
    path.write_text(text.replace("[policies]", policy), encoding="utf-8")
    table(
        folder / "billing.csv",
        "id,day,who,kind,amount,from,to",
        [
            (one.number, one.day, one.who, one.kind, f"{one.amount:.2f}", one.start, one.end)
            for one in invoices
        ],
    )
    table(
        folder / "plan.csv",
        "version,stage,approved,boss,made,sent,month,account,center,amount",
        [
            (VERSION, one.stage, one.approved, one.boss if one.approved else "", one.made, one.sent,
             one.month, one.account, one.center, one.amount)
            for one in plan
        ],
    )  # fmt: skip


def unapproved(plan: Sequence[Line], year: int) -> list[Line]:
    """Return the plan with one year of it still a draft."""
    return [
        replace(one, stage="draft", approved=None) if one.month.startswith(f"{year}") else one
        for one in plan
    ]
