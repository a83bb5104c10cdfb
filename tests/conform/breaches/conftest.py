"""A firm's ledger written out in the test: a year of clean months, to which a test adds entries."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import open_book

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from pfkit.book import Book

MONTHS = [f"2025-{number:02d}" for number in range(1, 13)] + ["2026-01", "2026-02"]
LAST = MONTHS[-1]
HEAD = ("id", "day", "month", "keyed", "account", "center", "money", "amount", "text", "origin",
        "by", "ok", "doc", "from", "to")  # fmt: skip
COLUMNS = {
    "entry_id": "id", "posting_date": "day", "period": "month", "entered_at": "keyed",
    "account": "account", "cost_center": "center", "currency": "money", "amount_local": "amount",
    "memo": "text", "origin": "origin", "entered_by": "by", "approved_by": "ok",
    "document_date": "doc", "service_start": "from", "service_end": "to",
}  # fmt: skip
CHART = """
[[sources]]
name = "accounts"
table = "accounts"
lines = [
  { account = "4000", name = "Sales", line = "Sales", group = "gross", favorable_when = "higher" },
  { account = "5000", name = "Goods", line = "Goods", group = "operating", favorable_when = "lower" },
  { account = "6000", name = "Advice", line = "Advice", group = "operating", favorable_when = "lower" },
]

[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
columns = { date = "date", currency = "currency", rate = "rate" }
known_on = { date = 2025-01-01 }
"""  # noqa: E501 (one line of TOML each)


@dataclass
class Firm:
    """A firm: 4000 and 5000 come by interface, 6000 is keyed by two clerks on working days."""

    path: Path
    rows: list[dict[str, str]] = field(default_factory=list)
    policies: str = "materiality_amount = 5000\nlock_days = 8\nmanual_limit = 500"
    columns: dict[str, str] = field(default_factory=lambda: dict(COLUMNS))
    source: str = 'known_on = { column = "keyed", at = "day" }'
    more: str = ""

    def entry(self, day: str, amount: float, account: str = "6000", **given: str) -> str:
        """Add an entry and return its id."""
        when = date.fromisoformat(day)
        manual = given.get("origin", "manual" if account == "6000" else "system") == "manual"
        keyed = when
        while keyed.weekday() > 4:
            keyed += timedelta(days=1)
        row = {
            "id": f"E{len(self.rows) + 1}", "day": day, "month": day[:7],
            "keyed": f"{keyed} 10:30:00" if manual else f"{day} 02:00:00", "account": account,
            "center": "C1", "money": "EUR", "amount": f"{amount:.2f}", "text": "Booked",
            "origin": "manual" if manual else "system", "by": "ana" if manual else "interface",
            "ok": "eva" if manual and abs(amount) >= 500 else "", "doc": day, "from": "", "to": "",
        }  # fmt: skip
        self.rows.append(row | given)
        return self.rows[-1]["id"]

    def year(self) -> Firm:
        """Add fourteen clean months: amounts to the cent, clerks in turn, every working day."""
        draw = random.Random(20)
        for month in MONTHS:
            first = date(int(month[:4]), int(month[5:]), 1)
            days = [first + timedelta(days=place) for place in range(28)]
            days = [day for day in days if day.weekday() < 5]
            for place, day in enumerate(days):
                cents = draw.randrange(1, 100) / 100
                self.entry(f"{day}", draw.randrange(700, 2900) + cents, "4000")
                self.entry(f"{day}", draw.randrange(600, 1900) + cents, "5000")
                if place % 2:
                    by = "ana" if place % 4 == 1 else "bob"
                    self.entry(f"{day}", draw.randrange(501, 1500) + cents, "6000", by=by)
        return self

    def open(self, period: str = LAST, **kwargs: Any) -> Book:  # noqa: ANN401 (as open_book)
        """Write the ledger and its declaration and open the book."""
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, [*HEAD, *[n for n in self.rows[0] if n not in HEAD]])
        writer.writeheader()
        writer.writerows(self.rows)
        (self.path / "ledger.csv").write_text(out.getvalue(), encoding="utf-8")
        rates = "".join(f"{month}-28,JPY,0.006\n" for month in MONTHS)
        (self.path / "rates.csv").write_text(f"date,currency,rate\n{rates}", encoding="utf-8")
        listed = ", ".join(f'{name} = "{column}"' for name, column in self.columns.items())
        (self.path / "book.toml").write_text(
            "\n".join(
                [
                    '[company]\nname = "Firm"\ncurrency = "EUR"',
                    f"[policies]\n{self.policies}",
                    CHART,
                    '[[sources]]\nname = "ledger"\ntable = "actuals"\npath = "ledger.csv"',
                    'types = { account = "text" }',
                    f"columns = {{ {listed} }}",
                    self.source,
                    self.more,
                ]
            ),
            encoding="utf-8",
        )
        return open_book(self.path, period=period, **kwargs)

    def found(self, period: str = LAST, **kwargs: Any) -> list[tuple[str, str, str, float]]:  # noqa: ANN401 (as open_book)
        """Return rule, month, entries and amount of every breach."""
        rows = self.open(period, **kwargs).breaches
        return [(row["rule"], row["month"], row["entries"], row["amount"]) for row in records(rows)]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    return [dict(row) for row in table.to_dict("records")]


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    """Give a firm with fourteen clean months, the last of them February 2026."""
    return Firm(tmp_path).year()


@pytest.fixture
def bare(tmp_path: Path) -> Firm:
    """Give a firm without an entry."""
    return Firm(tmp_path)
