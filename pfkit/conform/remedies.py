"""What to do about a row that is held back, by the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.settle import REFERENCES

if TYPE_CHECKING:
    from pfkit.contracts import Column, Contract


def remedy(reason: str, promise: Contract, column: str) -> str:
    """Return what to do about a row of a table held back for a reason, and for which column.

    Examples
    --------
    >>> from pfkit.contracts import contract
    >>> remedy("unknown product", contract("actuals"), "product")
    'Correct the product, or add it to table products.'
    >>> remedy("value not allowed", contract("cashflows"), "kind")
    'Use one of plan, actual.'
    >>> remedy("value not allowed", contract("invoices"), "currency")
    'Write currency in the form the data dictionary gives, such as EUR.'
    """
    own = next((rule for rule in promise.rules if rule.name == reason), None)
    if own is not None:
        return f"Correct the row at its source: {own.because}"
    if reason.startswith("unknown "):
        column = reason.removeprefix("unknown ")
        return f"Correct the {column}, or add it to table {REFERENCES[column]}."
    if reason == "value not allowed":
        return _allowed(promise.column(column))
    return {
        "unreadable value": "Correct the value, or declare how the source writes it.",
        "missing value": "Fill the value in at the source, or map a constant.",
        "value out of range": "Correct the value at the source.",
        "repeated key": "Remove the repeat, or declare the key that tells the rows apart.",
        "kind without a line": "Give the kind a line in [statement].",
    }[reason]


def _allowed(column: Column) -> str:
    closed = column.values
    if closed:
        return f"Use one of {', '.join(closed)}."
    example = f", such as {column.examples[0]}" if column.examples else ""
    return f"Write {column.name} in the form the data dictionary gives{example}."
