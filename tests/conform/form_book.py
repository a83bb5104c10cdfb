"""A report small enough to fill in by hand: its workbook, and the book it goes back into."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd

from pfkit import measures
from pfkit.contracts import About
from pfkit.period import FiscalCalendar
from pfkit.present import tables as shown
from pfkit.present import words
from pfkit.present.form import form
from pfkit.publish.forms import Origin
from pfkit.publish.tables import has_rows, to_xlsx

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = ["version", "period", "product", "account", "line", "group", "amount"]
BOOK = """
company = { name = "Corner Shop", entity = "shop", currency = "EUR" }
[[sources]]
name = "ledger"
table = "actuals"
path = "ledger.csv"
known_on = { date = 2026-02-03 }
columns = { period = "m", product = "p", cost_center = "c", account = "a", amount = "x" }
"""


def statement_of(hosting: float = -60_000.0) -> pd.DataFrame:
    """January: fees as planned, hosting 60 for 50 and travel 12 for 10, all in thousands."""
    rows = [
        ("actual", "2026-01", "Tea", "4000", "Fees", "gross", 200_000.0),
        ("actual", "2026-01", "Tea", "5000", "Hosting", "operating", hosting),
        ("actual", "2026-01", "Milk", "5100", "Travel", "operating", -12_000.0),
        ("plan", "2026-01", "Tea", "4000", "Fees", "gross", 200_000.0),
        ("plan", "2026-01", "Tea", "5000", "Hosting", "operating", -50_000.0),
        ("plan", "2026-01", "Milk", "5100", "Travel", "operating", -10_000.0),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def budget_of() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two budget lines, one of them called hosting too."""
    spent = pd.DataFrame(
        {"period": "2026-01", "cost_center": ["Hosting", "Rent"], "amount": [60_000.0, 9_000.0]}
    )
    return spent, spent.assign(version="plan", amount=[50_000.0, 9_000.0], owner="Ines")


def report(
    *,
    period: str = "2026-01",
    as_of: dt.date = dt.date(2026, 2, 3),
    written: pd.DataFrame | None = None,
    taken: pd.DataFrame | None = None,
    entity: str = "shop",
) -> bytes:
    """Return the workbook of a report with a P&L and budget lines, commented row by row."""
    at = FiscalCalendar().period(period)
    about = About(company="Corner Shop", entity=entity, currency="EUR", period=at, as_of=as_of)
    statement = statement_of().assign(period=period)
    pnl = measures.pnl(statement, period=at, plan="plan")
    spent, plan = (table.assign(period=period) for table in budget_of())
    lines = measures.budget_lines(
        spent, plan, period=at, amount=1000, rate=0.05, comparison="to_date"
    )
    told = measures.commentary(
        {"pnl": pnl, "budget-lines": lines},
        period=at,
        amount=1000,
        rate=0.05,
        statement=statement,
        plan="plan",
        written=written,
        taken=taken,
    )
    exhibits = [
        shown.pnl(pnl, about=about),
        shown.budget_lines(lines, about=about),
        words.commentary(told, about=about),
    ]
    payloads = [one.payload() for one in exhibits]
    return to_xlsx(
        [one for one in payloads if has_rows(one)],
        title="Corner Shop",
        as_of=as_of,
        form=form(payloads),
        origin=Origin(entity, period, as_of),
    )


@dataclass
class Sheet:
    """A sheet as a person sees it: rows by key, columns by head."""

    sheet: Worksheet

    def _head(self) -> int:
        return next(row for row in range(1, 12) if "Comment" in [c.value for c in self.sheet[row]])

    def at(self, key: str, head: str) -> Any:  # noqa: ANN401 - a cell of any kind
        """Return the cell of a row, by its key (in the list of all rows ``exhibit|key``)."""
        top = self._head()
        heads = {cell.value: cell.column for cell in self.sheet[top]}
        listed = "Decision number" in heads
        for row in range(top + 1, self.sheet.max_row + 1):
            names = [self.sheet.cell(row, place).value or "" for place in (1, 2, 3)]
            told = "|".join(names[:2]) if listed else names[0]
            if key in {told, names[2] if listed else told}:
                return self.sheet.cell(row, heads[head])
        raise KeyError(key)

    def fill(self, key: str, **values: object) -> None:
        """Write cells of a row; an underscore is a space."""
        for head, value in values.items():
            self.at(key, head.replace("_", " ")).value = value


def edited(workbook: bytes) -> Workbook:
    """Open a workbook to edit it."""
    return openpyxl.load_workbook(io.BytesIO(workbook))
