"""Amounts stated in cents, thousands or millions, in whole units of their currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.engine import literal
from pfkit.conform.parse import column_type
from pfkit.money import minor_digits

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.contracts import Column

_FACTOR = {"thousands": "1000", "millions": "1000000"}
_USUAL = 2


def whole_sql(read: str, column: Column, source: Source, *, code: str, home: str) -> str:
    """Return SQL for an amount in whole units of its currency.

    Parameters
    ----------
    read : str
        SQL of the amount as stated.
    column : Column
        Its column.
    source : Source
        Declares the unit, and minor units that are not those of ISO 4217.
    code : str
        SQL of the row's currency, empty where the table has none.
    home : str
        The reporting currency, that of amounts which the row states no currency for.
    """
    if column.kind != "money" or source.unit == "major":
        return read
    local = dict(source.promise.conversions).get(column.name)
    as_stated = local is not None and source.columns.get(column.name) == source.columns.get(local)
    own = code and (as_stated or "reporting currency" not in column.unit)
    factor = _FACTOR.get(source.unit) or _minor_sql(source, code if own else "", home)
    return f"CAST(({read}) * {factor} AS {column_type(column)})"


def _minor_sql(source: Source, code: str, home: str) -> str:
    """Return SQL for what a minor unit is worth: by currency, a hundredth in most."""
    digits = minor_digits() | {name.upper(): held for name, held in source.minor_digits.items()}
    if not code:
        return _worth(digits.get(home, _USUAL))
    by_digits: dict[int, list[str]] = {}
    for name, held in digits.items():
        if held != _USUAL:
            by_digits.setdefault(held, []).append(literal(name))
    cases = [
        f"WHEN upper({code}) IN ({', '.join(sorted(listed))}) THEN {_worth(held)}"
        for held, listed in sorted(by_digits.items())
    ]
    # a row without a currency is stated in the book's own
    usual = _worth(digits.get(home, _USUAL))
    return f"CASE WHEN {code} IS NULL THEN {usual} {' '.join(cases)} ELSE {_worth(_USUAL)} END"


def _worth(digits: int) -> str:
    return f"CAST({10**-digits:.{digits}f} AS DECIMAL(5, 4))"
