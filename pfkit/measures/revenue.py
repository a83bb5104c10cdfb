"""The product P&L as a statement: lines and subtotals against plan and prior year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.rows import (
    FLAG,
    MONEY,
    NO_ACTUALS,
    RATE,
    TEXT,
    favorable,
    less,
    money,
    reasons,
    result,
    row_keys,
    stated_rate,
    totals,
)
from pfkit.measures.statement import (
    OUTSIDE,
    PREFIX,
    REFERENCES,
    Reading,
    comparisons,
    layout,
    line_keys,
    line_order,
    prepared,
    subtotals,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.period import Period

_UNDEFINED = {
    "plan": "plan is zero",
    "prior_year": "prior year is zero",
    "previous": "previous period is zero",
}


def pnl(
    statement: pd.DataFrame, *, period: Period, plan: str | None = None, by: str | None = None
) -> pd.DataFrame:
    r"""Set out the profit and loss, line by line, against plan, prior year and previous period.

    Use it for the statement table of a close; for the products side by side use `product_pnl`,
    for why a subtotal moved pass the result to `bridge`.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``: ``version`` (``actual`` or a budget version), ``period`` (fiscal
        month), ``line``, ``group``, ``account`` and ``amount``, the effect on profit in reporting
        currency: revenue positive, returns and cost negative.
    period : Period
        The month, quarter or year reported.
    plan : str, optional
        The budget version called plan; may be left out where there is only one.
    by : str, optional
        A column of `statement`, such as ``family``: one statement per value, largest first.

    Returns
    -------
    pandas.DataFrame
        One row per (`by`,) line or subtotal and basis. ``row_key``, `by` if given, ``line``,
        ``group``, ``role`` (``line``, ``subtotal``, or ``memo`` for lines outside the result),
        ``favorable_when`` (``higher`` on every row, because amounts are effects on profit),
        ``basis`` (``period`` or ``ytd``), then ``actual``, ``plan``, ``prior_year`` and
        ``previous`` in reporting currency, and for each reference (prefix ``plan_``, ``prior_``,
        ``previous_``) ``variance``, ``variance_rate`` (fraction of the size of the reference) and
        ``favorable``. ``reason`` says why something is NA.

    Raises
    ------
    ContractError
        If `statement` lacks a column.
    MeasureError
        If `plan` is not among the versions, a group is unknown, or an amount is missing.

    Notes
    -----
    Net revenue = gross + returns + other; gross margin = net revenue + cost of revenue;
    contribution = gross margin + operating cost; :math:`variance = actual - reference`. A subtotal
    appears when the statement has lines for it. Amounts are added in whole cents, so that lines
    add up to subtotals exactly. A reference whose months are not all in the input is NA, with the
    reason: three months are never set beside six. Where nothing at all can be read, the table is
    empty and ``attrs["reason"]`` says why. ``previous`` has no year-to-date basis.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 3 and 7 (contribution statement,
       variances).
    .. [2] IFRS 15 *Revenue from Contracts with Customers*, par. 47 and 55 (revenue net of refunds).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> statement = pd.DataFrame(
    ...     [
    ...         ("actual", "2026-01", "Gross sales", "gross", "4000", 100.0),
    ...         ("actual", "2026-01", "Refunds", "returns", "4100", -4.0),
    ...         ("adopted", "2026-01", "Gross sales", "gross", "4000", 90.0),
    ...     ],
    ...     columns=["version", "period", "line", "group", "account", "amount"],
    ... )
    >>> table = pnl(statement, period=FiscalCalendar().period("2026-01"))
    >>> month = table[table["basis"] == "period"]
    >>> month[["line", "actual", "plan_variance"]].values.tolist()
    [['Gross sales', 100.0, 10.0], ['Refunds', -4.0, -4.0], ['Net revenue', 96.0, 6.0]]
    """
    rows = prepared(statement, extra=[] if by is None else [by])
    to_date = comparisons(rows, period.year_to_date, plan)
    readings = {
        "period": comparisons(rows, period, plan),
        "ytd": to_date | {"previous": Reading(None)},
    }
    used = _used(readings, rows)
    keys = line_keys(line_order(used))
    values = _values(used, by)
    out: list[dict[str, Any]] = []
    for value, tail in zip(values, row_keys([(value,) for value in values]), strict=True):
        mine = used if by is None else used[used[by] == value]
        places = layout(line_order(mine), subtotals(used), keys)
        known = [_cells(reads["actual"], by, value) or {} for reads in readings.values()]
        there = {part for cells in known for part in cells}
        for basis, reads in readings.items():
            cells = {name: _cells(read, by, value) for name, read in reads.items()}
            for key, line, group, role, parts in places:
                sums = {
                    name: None if known is None else sum(known.get(part, 0) for part in parts)
                    for name, known in cells.items()
                }
                out.append(
                    {"row_key": key if by is None else f"{key}|{tail}"}
                    | ({} if by is None else {by: value})
                    | {"line": line, "group": group, "role": role}
                    | {"favorable_when": "higher", "basis": basis}
                    | compared(sums, reads, stated=not parts or not there.isdisjoint(parts))
                )
    table = result(out, _columns(by))
    if table.empty and len(rows):
        table.attrs["reason"] = readings["period"]["actual"].reason
    return table


def _columns(by: str | None) -> dict[str, str]:
    columns = {"row_key": TEXT} | ({} if by is None else {by: TEXT})
    columns |= dict.fromkeys(("line", "group", "role", "favorable_when", "basis"), TEXT)
    columns |= dict.fromkeys(("actual", *REFERENCES), MONEY)
    for name in REFERENCES:
        columns |= {
            f"{PREFIX[name]}_variance": MONEY,
            f"{PREFIX[name]}_variance_rate": RATE,
            f"{PREFIX[name]}_favorable": FLAG,
        }
    return columns | {"reason": TEXT}


def _used(readings: Mapping[str, Mapping[str, Reading]], rows: pd.DataFrame) -> pd.DataFrame:
    """Return every row that any comparison reads: these lines are printed and no others."""
    frames = [read.rows for reads in readings.values() for read in reads.values()]
    found = [frame for frame in frames if frame is not None]
    if not found:
        return rows.iloc[:0]
    every = pd.concat(found)
    return every.loc[~every.index.duplicated()]


def _cells(read: Reading, by: str | None, value: str) -> dict[tuple[str, ...], int] | None:
    """Return cents per (group, line) of one block; None where there is nothing to read."""
    if read.rows is None:
        return None
    mine = read.rows if by is None else read.rows[read.rows[by] == value]
    return totals(mine, ["group", "line"])


def _values(used: pd.DataFrame, by: str | None) -> list[str]:
    """Return the values of `by`, those that move most money first."""
    if by is None:
        return [""] if len(used) else []
    inside = used[used["group"] != OUTSIDE]
    size = inside["cents"].abs().groupby(inside[by]).sum()
    return sorted(set(used[by]), key=lambda value: (-int(size.get(value, 0)), value))


def compared(
    sums: Mapping[str, int | None], reads: Mapping[str, Reading], *, stated: bool = True
) -> dict[str, Any]:
    """Return actual, references, variances and the reasons of one row, in currency units.

    Parameters
    ----------
    sums : mapping of str to int or None
        Cents for ``actual`` and each reference.
    reads : mapping of str to Reading
        Where the reasons stand.
    stated : bool
        Whether the input has any actual of this row; without one there is no rate.
    """
    silent = not stated and sums["actual"] is not None
    why = [reads["actual"].reason, NO_ACTUALS if silent else ""]
    row: dict[str, Any] = {"actual": money(sums["actual"])}
    for name in REFERENCES:
        gap = less(sums["actual"], sums[name])
        share = stated_rate(gap, sums[name], stated=stated)
        row |= {
            name: money(sums[name]),
            f"{PREFIX[name]}_variance": money(gap),
            f"{PREFIX[name]}_variance_rate": share,
            f"{PREFIX[name]}_favorable": favorable(gap, when="higher"),
        }
        why.append(reads[name].reason)
        if gap is not None and sums[name] == 0:
            why.append(_UNDEFINED[name])
    return row | {"reason": reasons(*why)}
