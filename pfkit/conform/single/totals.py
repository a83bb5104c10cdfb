"""Rows that are totals of others: found by their label and their amount, never counted."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows

_KINDS: Final = frozenset({"ledger", "journal", "budget", "budget sheet"})
_WORD: Final = (
    r"(grand|sub|net|overall|running)?[\s_-]*(totals?|sum|summe|gesamt|zwischensumme|subtotals?)"
)
_ALONE: Final = re.compile(rf"{_WORD}\s*:?", re.IGNORECASE)
_LABEL: Final = re.compile(rf"({_WORD}\b.*|.*\b(sub)?totals?\s*:?)", re.IGNORECASE | re.DOTALL)
_TEXTS: Final = (
    *("entry_id", "journal_id", "posting_date", "account", "cost_center", "product", "memo"),
    *("version", "period", "month", "line", "currency", "owner"),
)
_MUST: Final = ("entry_id", "journal_id", "posting_date", "account", "line", "period", "currency")
_HINT: Final = re.compile("total|sum|gesamt")
_CLOSE: Final = Decimal("0.01")


def hold_totals(rows: Rows) -> None:
    """Hold back rows that add up others: labelled so, and without what every row must have.

    A row that only mentions a total counts, unless its amount is the sum of the rows above it.
    """
    if rows.kind not in _KINDS:
        return
    labels = _labels(rows)
    if not any(labels.values()):
        return
    since = whole = Decimal(0)
    for row in range(rows.count):
        amount = rows.amounts[row] or Decimal(0)
        label = _label(rows, row, labels)
        if label and _is_total(rows, row, label, amount, (since, whole)):
            column, text = label
            rows.held.pop(row, None)
            rows.hold(
                row,
                "totals row",
                column,
                text,
                f"{column} {text!r} is a total of other rows, {amount:,.2f}; it is not counted",
                "Leave totals out of the export.",
            )
            since = Decimal(0)
        elif row not in rows.held:
            since += amount
            whole += amount


def _labels(rows: Rows) -> dict[str, frozenset[str]]:
    """Return, for each column, the texts that name a total."""
    return {
        column: frozenset(
            text
            for text in set(rows.stated[column])
            if text and _HINT.search(text.lower()) and _LABEL.fullmatch(text.strip())
        )
        for column in _TEXTS
        if column in rows.stated
    }


def _label(rows: Rows, row: int, labels: dict[str, frozenset[str]]) -> tuple[str, str] | None:
    for column, known in labels.items():
        text = rows.stated[column][row]
        if text in known:
            return column, str(text).strip()
    return None


def _is_total(
    rows: Rows,
    row: int,
    label: tuple[str, str],
    amount: Decimal,
    above: tuple[Decimal, Decimal],
) -> bool:
    column, text = label
    if _ALONE.fullmatch(text) and column != "memo":
        return True
    if any(name in rows.stated and not (rows.stated[name][row] or "").strip() for name in _MUST):
        return True
    if column in {"posting_date", "period", "month", "currency"}:
        return True
    return bool(amount) and any(abs(amount - total) < _CLOSE for total in above)
