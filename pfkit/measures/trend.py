"""One measure month by month: actual, plan and prior year, for columns and sparklines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.revenue import compared
from pfkit.measures.rows import FLAG, MONEY, RATE, TEXT, result
from pfkit.measures.statement import (
    PREFIX,
    REFERENCES,
    SUBTOTALS,
    Reading,
    comparisons,
    prepared,
)

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period


def trend(
    statement: pd.DataFrame,
    *,
    period: Period,
    measure: str = "Net revenue",
    months: int | None = 12,
    plan: str | None = None,
) -> pd.DataFrame:
    """Follow one subtotal or line of the statement month by month.

    Use it for variance columns over time and for the sparkline of a tile.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement``; ``amount`` is the effect on profit in reporting currency.
    period : Period
        The period reported; the trend ends with its last month.
    measure : str
        ``Net revenue``, ``Gross margin``, ``Contribution`` or the name of a line; case does not
        matter.
    months : int or None
        How many months; None for the fiscal year of `period`, months still to come included.
    plan : str, optional
        The budget version called plan; may be left out where there is only one.

    Returns
    -------
    pandas.DataFrame
        One row per month. ``row_key`` and ``period`` (fiscal month), ``measure``; ``actual, plan,
        prior_year, previous`` in reporting currency, each reference with ``_variance``,
        ``_variance_rate`` (fraction) and ``_favorable``; ``reason`` says why something is NA. A
        month that is not in the input, or lies after `period`, has no actual.

    Raises
    ------
    ContractError
        If `statement` lacks a column.
    MeasureError
        If `measure` is neither subtotal nor line, or `months` is not positive.

    Notes
    -----
    Favorable is higher on every row, because amounts are effects on profit.

    References
    ----------
    .. [1] Few, S., *Information Dashboard Design*, ch. 6 (sparklines).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> statement = pd.DataFrame(
    ...     [
    ...         ("actual", "2026-01", "Gross sales", "gross", 90.0),
    ...         ("actual", "2026-02", "Gross sales", "gross", 100.0),
    ...     ],
    ...     columns=["version", "period", "line", "group", "amount"],
    ... )
    >>> table = trend(statement, period=FiscalCalendar().period("2026-02"), months=2)
    >>> table[["period", "actual", "previous_variance"]].values.tolist()[1]
    ['2026-02', 100.0, 10.0]
    """
    rows = prepared(statement)
    if months is not None and months < 1:
        raise MeasureError(
            f"a trend of {months} months has no row", where="months", advice="Give 1 or more."
        )
    stretch = period.year if months is None else period.trailing(months)
    mine = _selected(rows, measure)
    out: list[dict[str, Any]] = []
    for month in stretch.months if len(rows) else ():
        reads = comparisons(rows, period.calendar.period(month), plan)
        if month > period.months[-1]:
            reads["actual"] = Reading(None, f"actual: {month} is still to come")
        sums = {
            name: None
            if read.rows is None
            else int(read.rows["cents"][mine.reindex(read.rows.index)].sum())
            for name, read in reads.items()
        }
        out.append({"row_key": month, "period": month, "measure": measure} | compared(sums, reads))
    return result(out, _columns())


def _columns() -> dict[str, str]:
    columns = {"row_key": TEXT, "period": TEXT, "measure": TEXT}
    columns |= dict.fromkeys(("actual", *REFERENCES), MONEY)
    for name in REFERENCES:
        columns |= {
            f"{PREFIX[name]}_variance": MONEY,
            f"{PREFIX[name]}_variance_rate": RATE,
            f"{PREFIX[name]}_favorable": FLAG,
        }
    return columns | {"reason": TEXT}


def _selected(rows: pd.DataFrame, measure: str) -> pd.Series:
    """Return which rows belong to a subtotal or a line."""
    wanted = measure.casefold()
    for _, label, groups in SUBTOTALS:
        if label.casefold() == wanted:
            return rows["group"].isin(groups)
    found = rows["line"].str.casefold() == wanted
    if len(rows) and not bool(found.any()):
        known = [label for _, label, _ in SUBTOTALS] + sorted(set(rows["line"]))
        raise MeasureError(
            f"measure {measure!r} is neither subtotal nor line",
            where="statement",
            advice=near_miss(measure, known, noun="measure"),
        )
    return found
