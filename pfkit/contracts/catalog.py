"""The contracts a book goes by: ours, those it extends and those of its own tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pfkit.contracts.table import contract as ours
from pfkit.contracts.table import tables as our_tables
from pfkit.errors import ContractError, near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.contracts.table import Contract


@dataclass(frozen=True)
class Contracts:
    """Every table's contract as one book has it.

    Parameters
    ----------
    own : mapping
        By table: the contracts the book extends or adds.
    files : mapping
        By table: the book's contract file, relative to its folder.
    """

    own: Mapping[str, Contract] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def tables(self) -> list[str]:
        """Return the names of all tables, in alphabetical order."""
        return sorted({*our_tables(), *self.own})

    def contract(self, table: str) -> Contract:
        """Return what a table promises in this book.

        Raises
        ------
        ContractError
            If there is no such table; the nearest one is named.

        Examples
        --------
        >>> Contracts().contract("products").grain
        ('product',)
        """
        if table in self.own:
            return self.own[table]
        if table not in our_tables():
            raise ContractError(
                f"there is no table {table!r}",
                where="contracts",
                advice=near_miss(table, self.tables(), noun="table"),
            )
        return ours(table)
