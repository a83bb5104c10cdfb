"""A small company written out in the test: one declaration, a few files, opened as a book."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.book import open_book
from pfkit.conform.booktoml import read_declaration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pfkit.book import Book
    from pfkit.conform.declaration import Declaration

COMPANY = """
[company]
name = "Corner Shop"
currency = "EUR"
"""

#: Invoice lines of two days in January 2026 unless a test writes its own.
BILLING = """
    id,day,item,amount
    A1,2026-01-05,tea,10.00
    A2,2026-01-31,coffee,20.50
"""


@dataclass(frozen=True)
class Shop:
    """A book's folder that a test fills and opens."""

    path: Path

    def write(self, name: str, text: str) -> Path:
        """Write a file of the book, without the indentation of the test."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def declare(
        self,
        source: str = "",
        *,
        columns: str = "",
        rules: str = "",
        head: str = "",
        tail: str = "",
        company: str = "",
        amount: str = 'amount_local = "amount"',
        product: str = 'product = "item"',
    ) -> Declaration:
        """Write ``book.toml`` for one source of invoices and read it back.

        Parameters
        ----------
        source, columns, rules, head, tail, company : str
            More keys of the source, of its columns, its rules, and what stands before the source
            (maps, policies), after it (controls, statement, more sources) and in ``[company]``.
        amount, product : str
            What fills the amount and the product.
        """
        known = "" if "known_on" in source else 'known_on = { column = "day", at = "day" }'
        path = "" if "path =" in source else 'path = "billing.csv"'
        parts = [
            COMPANY + dedent(company),
            dedent(head),
            '[[sources]]\nname = "billing"\ntable = "invoices"',
            path,
            known,
            dedent(source),
            '[sources.columns]\ninvoice_id = "id"\ninvoice_date = "day"',
            product,
            amount,
            dedent(columns),
            dedent(rules),
            dedent(tail),
        ]
        (self.path / "book.toml").write_text("\n".join(parts), encoding="utf-8")
        return read_declaration(self.path)

    def open(self, csv: str | None = None, **kwargs: Any) -> Book:  # noqa: ANN401 (as open_book)
        """Write the billing export and open the book."""
        if csv is not None:
            self.write("billing.csv", csv)
        return open_book(self.path, **kwargs)

    def ledger(self, toml: str, files: Mapping[str, str]) -> None:
        """Write a declaration of its own and its files."""
        self.write("book.toml", COMPANY + dedent(toml))
        for name, text in files.items():
            self.write(name, text)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Give an empty book folder with a billing export and no declaration yet."""
    folder = Shop(tmp_path)
    folder.write("billing.csv", BILLING)
    return folder
