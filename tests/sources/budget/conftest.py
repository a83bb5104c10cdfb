"""Workbooks written in the test, and what is read from them."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from pfkit.sources.budget import Budget, Layout, read_budget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 (as people read)


@dataclass(frozen=True)
class Read:
    """A budget, and questions a test asks of it."""

    budget: Budget

    def sums(self, *names: str) -> dict[Any, Decimal]:
        """Return the counted amounts by some columns."""
        found: dict[Any, Decimal] = defaultdict(Decimal)
        for row in self.budget.table.to_pylist():
            if row["excluded"] is None:
                key = tuple(row[name] for name in names)
                found[key if len(names) > 1 else key[0]] += Decimal(row["amount"])
        return dict(found)

    @property
    def total(self) -> Decimal:
        """All that counts."""
        return sum(self.sums("period").values(), Decimal(0))

    def excluded(self) -> dict[str, Decimal]:
        """Return the excluded amounts by reason."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.budget.table.to_pylist():
            if row["excluded"] is not None:
                found[row["excluded"]] += Decimal(row["amount"] or 0)
        return dict(found)

    def values(self, name: str) -> set[str | None]:
        """Return the values of a column among what counts."""
        rows = self.budget.table.to_pylist()
        return {row[name] for row in rows if row["excluded"] is None}

    def warned(self) -> list[tuple[str, str]]:
        """Return rule and cell of every warning."""
        return [(f.rule, f.cell) for f in self.budget.findings if f.severity == "warn"]

    def said(self, rule: str) -> str:
        """Return the message and advice of the first finding of a rule."""
        found = next(f for f in self.budget.findings if f.rule == rule)
        return f"{found.message} {found.advice}"

    def rejected(self) -> list[tuple[str, str]]:
        """Return rule and cell of everything refused."""
        return [(row.rule, row.line) for row in self.budget.rejected]


def workbook(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    """Return the bytes of a workbook that a function fills."""
    book = openpyxl.Workbook()
    book.active.title = "Budget"
    fill(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.fixture
def read() -> Callable[..., Read]:
    """Give a reader of one sheet's rows, changed further by a function."""

    def reads(
        rows: Sequence[Sequence[object]] = (),
        change: Callable[[Any], None] | None = None,
        *,
        book: Callable[[openpyxl.Workbook], None] | None = None,
        where: str = "budget.xlsx",
        layout: Layout | None = None,
    ) -> Read:
        def fill(made: openpyxl.Workbook) -> None:
            for row in rows:
                made.active.append(list(row))
            if change is not None:
                change(made.active)
            if book is not None:
                book(made)

        return Read(read_budget(workbook(fill), where=where, layout=layout or Layout()))

    return reads
