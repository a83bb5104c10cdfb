"""What was sold, cell by cell: sales with units, sales without, and returns, in whole cents."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.rows import require, texts, whole_cents

if TYPE_CHECKING:
    from collections.abc import Sequence

Key = tuple[str, ...]

RETURNS = "returns"
CANCELLED = 1e-9  # of the size of its parts: a sum below it is what rounding left of nothing
_SOLD, _APART = "sold", "apart"


@dataclass
class _Part:
    """Rows of one kind in one cell, while they are read."""

    cents: int = 0
    held: int = 0
    constant: list[float] = field(default_factory=list)
    quantity: list[float] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)
    rateless: set[str] = field(default_factory=set)


@dataclass
class Sold:
    """One cell of one table; money in cents.

    Attributes
    ----------
    quantity : float
        Units of the rows that state them.
    amount, constant : int
        What these units brought, as stated and at the rates of the base.
    apart, apart_constant : int
        Amounts without a quantity.
    returns, returns_constant : int
        Returns and refunds, whatever their quantity.
    reasons : tuple of str
        Why amounts stand apart.
    rateless : tuple of str
        Currencies no base rate is known of.
    """

    quantity: float = 0.0
    amount: int = 0
    constant: int = 0
    apart: int = 0
    apart_constant: int = 0
    returns: int = 0
    returns_constant: int = 0
    reasons: tuple[str, ...] = field(default=())
    rateless: tuple[str, ...] = field(default=())

    @property
    def is_sold(self) -> bool:
        """Whether anything was sold with units."""
        return self.quantity != 0 or self.has_money

    @property
    def has_money(self) -> bool:
        """Whether its units brought anything, at its own rates or at those of the base."""
        return self.amount != 0 or self.constant != 0

    @property
    def is_there(self) -> bool:
        """Whether anything was sold at all, with units or without."""
        return self.is_sold or self.apart != 0 or self.apart_constant != 0

    @property
    def total(self) -> int:
        """All of it, as stated."""
        return self.amount + self.apart + self.returns

    @property
    def currency(self) -> int:
        """What exchange rates other than the base's added."""
        return self.total - self.constant - self.apart_constant - self.returns_constant


def cells(
    table: pd.DataFrame, columns: Sequence[str], *, name: str, rate: str | None = None
) -> dict[Key, Sold]:
    """Add up a table of sales by some columns.

    Parameters
    ----------
    table : pandas.DataFrame
        `columns`, ``quantity`` (units) and ``amount`` (reporting currency); ``group`` tells
        returns from sales, ``reason`` why a row has no quantity. Repeats of a key add up.
    columns : sequence of str
        What names a cell.
    name : str
        The table, for messages and reasons.
    rate : str, optional
        Column with the rate of the base; needs ``amount_local``.

    Raises
    ------
    ContractError
        If a column is missing or more than one version would be added up.
    MeasureError
        If an amount is missing, or amounts of different span would be added up.
    """
    needed = [*columns, "quantity", "amount"] + (["amount_local", rate] if rate else [])
    require(table, needed, name=name)
    _one_of_each(table, columns, name)
    keys = zip(*(texts(table[column]).tolist() for column in columns), strict=True)
    cents = whole_cents(table["amount"], name=name).tolist() if len(table) else []
    constant, lacking = _constant(table, rate)
    groups = _texts(table, "group")
    parts: dict[tuple[Key, str], _Part] = {}
    for key, amount, quantity, fixed, group, reason, currency in zip(
        keys, cents, _floats(table["quantity"]), constant, groups, _texts(table, "reason"),
        lacking, strict=True,
    ):  # fmt: skip
        known = math.isfinite(quantity) and (quantity != 0 or amount == 0)
        kind = RETURNS if group == RETURNS else _SOLD if known else _APART
        part = parts.setdefault((key, kind), _Part())
        part.cents += amount
        if fixed is None:
            part.held += amount
        else:
            part.constant.append(fixed)
        part.quantity.append(quantity if known else 0.0)
        if kind == _APART:
            part.reasons.add(reason or f"no quantity in {name}")
        if currency:
            part.rateless.add(currency)
    found: dict[Key, Sold] = {}
    for (key, kind), part in sorted(parts.items()):
        _put(found.setdefault(key, Sold()), kind, part)
    return found


def _one_of_each(table: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Refuse to add up versions, or amounts of different span."""
    for column, error in (("version", ContractError), ("span", MeasureError)):
        if column not in table.columns or column in columns:
            continue
        values = sorted(set(texts(table[column])))
        if len(values) > 1:
            raise error(
                f"more than one {column}: {', '.join(values)}",
                where=name,
                advice=f"Keep one, as in {name}[{name}['{column}'] == '{values[0]}'].",
            )


def _constant(table: pd.DataFrame, rate: str | None) -> tuple[list[float | None], list[str]]:
    """Return every row's amount at the rate of the base, or None and the currency without one."""
    if rate is None:
        return [None] * len(table), [""] * len(table)
    named = _texts(table, "currency")
    found: list[float | None] = []
    lacking = []
    for local, one, currency in zip(
        _floats(table["amount_local"]), _floats(table[rate]), named, strict=True
    ):
        there = math.isfinite(local) and math.isfinite(one)
        found.append(local * one if there else None)
        lacking.append("" if there else currency or "a currency that is not named")
    return found, lacking


def _floats(column: pd.Series) -> list[float]:
    """Return a column as floats, NaN where it holds no number."""
    numbers = pd.to_numeric(column, errors="coerce").astype("float64").tolist()
    return [float(value) for value in numbers]


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    """Return a column as text, empty where it is missing or not there."""
    if column not in table.columns:
        return [""] * len(table)
    there = table[column].notna().tolist()
    values = table[column].astype("object").tolist()
    return [str(value) if known else "" for value, known in zip(values, there, strict=True)]


def _put(cell: Sold, kind: str, part: _Part) -> None:
    """Write one part of a cell; sums are exact, so that the order of rows does not matter."""
    constant = part.held + round(math.fsum(part.constant) * 100)
    cell.reasons = tuple(sorted({*cell.reasons, *part.reasons}))
    cell.rateless = tuple(sorted({*cell.rateless, *part.rateless}))
    if kind == RETURNS:
        cell.returns, cell.returns_constant = part.cents, constant
    elif kind == _APART:
        cell.apart, cell.apart_constant = part.cents, constant
    else:
        size = math.fsum(map(abs, part.quantity))
        quantity = math.fsum(part.quantity)
        cell.quantity = 0.0 if abs(quantity) <= CANCELLED * size else quantity
        cell.amount, cell.constant = part.cents, constant
