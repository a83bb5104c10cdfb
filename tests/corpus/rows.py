"""Clean rows of the four tables a single file may hold, made from a seed."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Row = dict[str, str]

PRODUCTS: Final = ("Atlas", "Borea", "Cobalt")
#: Account and the middle of its amounts.
ACCOUNTS: Final = (("4000", 900), ("5100", 400), ("6200", 150))
CENTERS: Final = ("R&D Platform", "Sales EMEA", "Support")
_HALVES: Final = (
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    ("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
MONTHS: Final = (*_HALVES[0], *_HALVES[1])
CENT: Final = Decimal("0.01")


def ledger(count: int = 24, *, seed: int = 1, year: int = 2026, sigma: float = 0.4) -> list[Row]:
    """Return ledger entries spread over the months of a year, lognormal amounts per account."""
    dice = random.Random(seed)
    rows = []
    for at in range(count):
        account, middle = ACCOUNTS[at % len(ACCOUNTS)]
        amount = Decimal(str(middle * dice.lognormvariate(0, sigma))).quantize(CENT)
        month = 1 + at * 12 // max(count, 1)
        rows.append(
            {
                "entry_id": f"GL-{100001 + at}",
                "posting_date": f"{year}-{month:02d}-{1 + dice.randrange(28):02d}",
                "account": account,
                "cost_center": CENTERS[dice.randrange(3)],
                "product": PRODUCTS[dice.randrange(3)],
                "currency": "EUR",
                "amount": str(amount),
                "memo": f"Entry {at + 1}",
            }
        )
    return rows


def journal(count: int = 6, *, seed: int = 2) -> list[Row]:
    """Return journals of two lines each, debit equal to credit."""
    dice = random.Random(seed)
    rows = []
    for at in range(count):
        amount = str(Decimal(dice.randrange(1000, 90000)) * CENT)
        for line, (account, side) in enumerate((("5100", "debit"), ("2000", "credit")), start=1):
            row = {
                "journal_id": f"J{501 + at}",
                "line": str(line),
                "posting_date": f"2026-{1 + at % 12:02d}-{1 + dice.randrange(28):02d}",
                "account": account,
                "cost_center": CENTERS[at % 3],
                "product": PRODUCTS[at % 3],
                "currency": "EUR",
                "debit": "",
                "credit": "",
                "memo": f"Journal {at + 1}",
            }
            row[side] = amount
            rows.append(row)
    return rows


def budget(
    months: int = 12, *, seed: int = 3, versions: Sequence[str] = ("adopted",), year: int = 2026
) -> list[Row]:
    """Return a long budget: version, month, product and line."""
    dice = random.Random(seed)
    return [
        {
            "version": version,
            "month": f"{year}-{month:02d}",
            "product": product,
            "line": line,
            "amount": str(Decimal(dice.randrange(50_000, 900_000)) * CENT),
            "currency": "EUR",
        }
        for version in versions
        for product in PRODUCTS
        for line in ("Revenue", "Hosting")
        for month in range(1, months + 1)
    ]


def budget_wide(*, seed: int = 4, months: Sequence[str] = MONTHS) -> list[Row]:
    """Return a budget as a sheet: product, line, and a column for each month."""
    dice = random.Random(seed)
    rows = []
    for product in PRODUCTS:
        for line in ("Revenue", "Hosting"):
            row = {"Product": product, "Line": line}
            row |= {month: str(dice.randrange(500, 9000)) for month in months}
            rows.append(row)
    return rows


def usage(count: int = 30, *, seed: int = 5) -> list[Row]:
    """Return usage events, moments in UTC."""
    dice = random.Random(seed)
    start = dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC)
    rows = []
    for at in range(count):
        moment = start + dt.timedelta(minutes=at * 525_600 // max(count, 1) + dice.randrange(60))
        rows.append(
            {
                "event_id": f"ev-{at + 1:06d}",
                "account_id": f"00{dice.randrange(10, 99)}",
                "product": PRODUCTS[dice.randrange(3)],
                "feature": ("export", "share", "search")[dice.randrange(3)],
                "ts": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "units": str(1 + dice.randrange(20)),
            }
        )
    return rows


def weekdays(count: int, *, start: dt.date = dt.date(2026, 1, 5)) -> list[dt.date]:
    """Return as many days from Monday to Friday, from a Monday on."""
    return [start + dt.timedelta(days=at + 2 * (at // 5)) for at in range(count)]


def fx(days: int = 20, *, seed: int = 6, currencies: Sequence[str] = ("USD", "GBP")) -> list[Row]:
    """Return rates in long form, EUR per 1 unit, one per weekday and currency."""
    dice = random.Random(seed)
    level = {"USD": 0.92, "GBP": 1.16, "CHF": 1.05, "JPY": 0.0061}
    rows = []
    for day in weekdays(days):
        for currency in currencies:
            level[currency] *= 1 + dice.uniform(-0.004, 0.004)
            rows.append(
                {
                    "date": day.isoformat(),
                    "currency": currency,
                    "rate": f"{level[currency]:.6f}",
                }
            )
    return rows


def fx_wide(days: int = 20, *, seed: int = 6) -> list[Row]:
    """Return the rates with a column per currency."""
    long = fx(days, seed=seed)
    found: dict[str, Row] = {}
    for row in long:
        found.setdefault(row["date"], {"date": row["date"]})[row["currency"]] = row["rate"]
    return list(found.values())


def total(rows: Iterable[Row], column: str = "amount") -> Decimal:
    """Return the exact sum of a column."""
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def change(rows: Sequence[Row], at: int, **values: str) -> list[Row]:
    """Return the rows with some values of one row replaced; negative places count from the end."""
    copy = [dict(row) for row in rows]
    copy[at].update(values)
    return copy


def each(rows: Sequence[Row], **values: str) -> list[Row]:
    """Return the rows with some values replaced in every one."""
    return [row | values for row in rows]


def without(rows: Sequence[Row], *columns: str) -> list[Row]:
    """Return the rows less some columns."""
    return [{key: value for key, value in row.items() if key not in columns} for row in rows]
