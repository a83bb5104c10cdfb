"""What reading a budget gives: amounts by month, what was left out, and what to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from decimal import Decimal

    import pyarrow as pa

    from pfkit.sources.raw import RejectedRow

Severity = Literal["repair", "warn"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What somebody says of a budget that it does not say itself.

    Parameters
    ----------
    sheets : tuple of str
        Names or patterns (``Plan*``) of the sheets to read; all visible ones when empty.
    version, unit, currency : str
        Of amounts for which the workbook names none; a unit or currency it names otherwise is
        refused.
    year : int
        Of months without one; the fiscal year where the months begin after January.
    first_month : int
        The month the fiscal year begins with, 0 when not known.
    period : tuple of str, optional
        First and last month asked for, ``2026-01``.
    fill : tuple of str
        Names of label columns whose empty cells repeat the cell above.
    hidden : str
        ``read`` hidden rows and columns, or ``leave_out``.
    decimal, thousands : str
        How numbers are written where they are text.
    """

    sheets: tuple[str, ...] = ()
    version: str = ""
    unit: str = ""
    currency: str = ""
    year: int = 0
    first_month: int = 0
    period: tuple[str, str] | None = None
    fill: tuple[str, ...] = ()
    hidden: Literal["read", "leave_out"] = "read"
    decimal: str = ""
    thousands: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something a reader of the budget should know, and where it stands.

    Parameters
    ----------
    rule : str
        What it is, in a few words.
    severity : str
        ``repair`` (done and listed) or ``warn``.
    cell : str
        Address, with the sheet.
    message, advice : str
        What was found, and what to do.
    value : str
        What the cell holds, where that says something.
    """

    rule: str
    severity: Severity
    cell: str
    message: str
    advice: str = ""
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """One amount, by its month and its labels.

    Parameters
    ----------
    cell, sheet : str
        Where it stands.
    version, period, span : str
        What it belongs to; `period` is the last calendar month it covers, ``2026-03``.
    labels : dict
        Label column to text.
    path : tuple of str
        The headings above it, outermost first.
    stated : str
        The cell as it stands.
    amount : Decimal or None
        In whole currency units; None for what is no amount of money.
    unit, currency : str
        As the sheet states them, empty where it does not.
    excluded : str
        Why it is left out: ``total row``, ``total column``, ``ratio row``; empty where it counts.
    """

    cell: str
    sheet: str
    version: str
    period: str
    span: str
    labels: dict[str, str]
    path: tuple[str, ...] = ()
    stated: str = ""
    amount: Decimal | None = None
    unit: str = ""
    currency: str = ""
    excluded: str = ""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What was read from one file.

    Parameters
    ----------
    table : pyarrow.Table
        One row per cell that holds a number, all text: ``sheet, version, period, span``, the
        label columns, ``section, subsection, unit, currency, stated, amount, excluded`` and
        ``_line``. `amount` is in whole currency units; `excluded` says why a row does not count.
    rejected : tuple of RejectedRow
        Cells that cannot be read, one row each.
    findings : tuple of Finding
        Totals that do not add up, hidden rows, repairs.
    labels : tuple of str
        The label columns, in order.
    sheets : tuple of str
        The sheets read.
    """

    table: pa.Table
    rejected: tuple[RejectedRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    labels: tuple[str, ...] = ()
    sheets: tuple[str, ...] = field(default=())
