"""What to say where a book has no monthly statement, and whether it has income at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

INCOME_GROUPS = ("gross", "returns", "other")
_NOTHING = (
    "This book has no monthly product lines: feed table invoices, or actuals and accounts by month."
)
_INCOME = " Its income is stated for longer than a month, and no table here lists it."


def unstated(actuals: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame) -> str:
    """Say that there is no statement by month, and that income is stated for longer.

    Use it in place of the P&L: budget lines list spending, and a reader should know that income
    stated by the quarter or the year stands nowhere.

    Parameters
    ----------
    actuals, budget, accounts : pandas.DataFrame
        Tables of the book.

    Returns
    -------
    str
        One sentence, or two where there is income.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"account": ["fees"], "amount": [90.0]})
    >>> accounts = pd.DataFrame({"account": ["fees"], "group": "gross"})
    >>> unstated(rows, rows, accounts).partition("by month. ")[2]
    'Its income is stated for longer than a month, and no table here lists it.'
    """
    known = accounts.loc[accounts["group"].isin(INCOME_GROUPS), "account"]
    earns = any(bool(rows["account"].isin(known).any()) for rows in (actuals, budget))
    return _NOTHING + (_INCOME if earns else "")
