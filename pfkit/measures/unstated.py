"""What to say where a book has no monthly statement, and the income it states otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures.budget_lines import budget_lines

if TYPE_CHECKING:
    from pfkit.period import Period

INCOME_GROUPS = ("gross", "returns", "other")
_NOTHING = (
    "This book has no monthly product lines: feed table invoices, or actuals and accounts by month."
)


def unstated(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    period: Period,
    plan: str | None,
    currency: str,
) -> str:
    """Say that there is no statement by month, and the income that is stated for longer.

    Use it in place of the P&L: budget lines list spending, and income stated by the quarter or
    the year would otherwise stand nowhere.

    Parameters
    ----------
    actuals, budget, accounts : pandas.DataFrame
        Tables of the book; ``amount`` in reporting currency.
    period : Period
        To date means from the start of its fiscal year to its end.
    plan : str or None
        The version called plan.
    currency : str
        Reporting currency, for the sentence.

    Returns
    -------
    str
        One sentence, or two where there is income.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> rows = pd.DataFrame(
    ...     {"period": ["2025-12"], "span": "year", "account": "fees", "cost_center": "(none)"}
    ... )
    >>> accounts = pd.DataFrame({"account": ["fees"], "name": "Fees", "group": "gross"})
    >>> told = unstated(
    ...     rows.assign(amount=90.0),
    ...     rows.assign(version="approved", amount=100.0),
    ...     accounts,
    ...     period=FiscalCalendar().period("2025Q4"),
    ...     plan="approved",
    ...     currency="EUR",
    ... )
    >>> told.partition("by month. ")[2]
    'Income is stated for longer than a month: 90.00 EUR to date, 100.00 EUR approved for the year.'
    """
    known = accounts.loc[accounts["group"].isin(INCOME_GROUPS), "account"]
    earned = actuals[actuals["account"].isin(known)]
    promised = budget[budget["account"].isin(known)]
    if earned.empty and promised.empty:
        return _NOTHING
    lines = budget_lines(
        earned,
        promised,
        period=period,
        by="account",
        plan=plan,
        groups=INCOME_GROUPS,
        favorable_when="higher",
    )
    total = lines[lines["role"] == "total"].to_dict("records")
    if not total:
        return _NOTHING
    said = [(total[0]["actual_ytd"], "to date")]
    said += [(total[0].get(f"full_year_{plan}"), f"{plan} for the year")]
    parts = [f"{value:,.2f} {currency} {when}" for value, when in said if not pd.isna(value)]
    if not parts:
        return _NOTHING
    return f"{_NOTHING} Income is stated for longer than a month: {', '.join(parts)}."
