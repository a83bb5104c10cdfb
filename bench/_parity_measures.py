"""What a report computes of agreed rows, as expressions: cells of the cube on every engine."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from pfkit.measures.cube import billing_cells, ledger_cells, usage_cells

if TYPE_CHECKING:
    from ibis.expr.types import Table

HOME = "EUR"
BOOKED = pa.schema(
    [
        ("period", pa.string()),
        ("product", pa.string()),
        ("account", pa.string()),
        ("customer", pa.string()),
        ("posting_date", pa.date32()),
        ("invoice_date", pa.date32()),
        ("currency", pa.string()),
        ("amount_local", pa.decimal128(18, 4)),
        ("amount", pa.decimal128(28, 6)),
        ("units", pa.decimal128(28, 6)),
    ]
)
ACCOUNTS = pa.table(
    {
        "account": ["4000", "4900", "5000", "6100"],
        "group": ["gross", "deductions", "cost_of_revenue", "operating"],
        "favorable_when": ["higher", "lower", "lower", "lower"],
    }
)
PRICES = pa.schema(
    [
        ("currency", pa.string()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("rate", pa.decimal128(18, 8)),
    ]
)
#: By currency, its decimals: of none, two and three.
_DIGITS = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
_PRODUCTS = ("Atlas", "Zoe", "Ätlas", "漢字", " Atlas", "", None)
_CUSTOMERS = ("acme", "Acme", "beta", "ßeta", "", None)
_REVERSED = 0.1


def booked_rows(seed: int, months: list[str], each: int) -> pa.Table:
    """Return agreed rows of some months: reversals, four currencies, absent and odd names."""
    chance = random.Random(seed)  # noqa: S311 - the same rows each time
    rows: list[dict[str, Any]] = []
    for month in months:
        first = dt.date.fromisoformat(f"{month}-01")
        for _ in range(each):
            day = first + dt.timedelta(days=chance.choice((0, 27, chance.randrange(28))))
            currency = chance.choice([*_DIGITS])
            local = Decimal(chance.randint(-(10**9), 10**9)).scaleb(-_DIGITS[currency])
            size = Decimal(chance.randint(-(10**15), 10**15)).scaleb(-6)
            sums = {"amount_local": local, "amount": size, "units": abs(size)}
            row = {
                "period": month,
                "product": chance.choice(_PRODUCTS),
                "account": chance.choice(("4000", "4900", "5000", "6100", "9999")),
                "customer": chance.choice(_CUSTOMERS),
                "posting_date": day,
                "invoice_date": day,
                "currency": currency,
            }
            rows.append(row | sums)
            if chance.random() < _REVERSED:
                rows.append(row | {name: -value for name, value in sums.items()})
    return pa.Table.from_pylist(rows, schema=BOOKED)


def prices(seed: int, months: list[str]) -> pa.Table:
    """Return a rate for each half of a month and currency, above and below one."""
    chance = random.Random(seed)  # noqa: S311 - the same rows each time
    rows = []
    for month in months:
        first = dt.date.fromisoformat(f"{month}-01")
        for code, about in (("USD", 0.9), ("JPY", 0.006), ("KWD", 3.0)):
            for start, end in ((0, 13), (14, 27)):
                rate = Decimal(round(about * chance.uniform(0.8, 1.2) * 10**8)).scaleb(-8)
                days = (first + dt.timedelta(days=start), first + dt.timedelta(days=end))
                rows.append(dict(zip(PRICES.names, (code, *days, rate), strict=True)))
    return pa.Table.from_pylist(rows, schema=PRICES)


def tables(seed: int, months: list[str], each: int) -> dict[str, pa.Table]:
    """Return the tables that `measures` reads, by name."""
    return {
        "booked": booked_rows(seed, months, each),
        "accounts": ACCOUNTS,
        "prices": prices(seed, months),
    }


def measures() -> dict[str, tuple[Table, str]]:
    """Return each expression of a report by name, with a table that it reads."""
    booked = ibis.table(ibis.Schema.from_pyarrow(BOOKED), name="booked")
    accounts = ibis.table(ibis.Schema.from_pyarrow(ACCOUNTS.schema), name="accounts")
    rates = ibis.table(ibis.Schema.from_pyarrow(PRICES), name="prices")
    day = {"rates": rates, "currency": HOME}
    said = {
        "revenue and cost": ledger_cells(booked, accounts),
        "revenue and cost as booked": ledger_cells(booked, accounts, **day),
        "billing": billing_cells(booked),
        "billing as booked": billing_cells(booked, **day),
        "use and customers": usage_cells(booked, customers="exact"),
    }
    return {name: (expression, "booked") for name, expression in said.items()}
