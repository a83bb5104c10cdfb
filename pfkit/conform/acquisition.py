"""What was spent to win customers, by month: accounts or cost centers that the book names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal
from pfkit.conform.views import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.conform.pipeline import Conformed


def acquisition(conformed: Conformed) -> pd.DataFrame:
    """Return the ledger's cost of winning customers, by month.

    Returns
    -------
    pandas.DataFrame
        ``period`` and ``amount`` in reporting currency, cost positive: entries on the accounts
        that the policy ``acquisition_accounts`` names, of the cost centers that
        ``acquisition_cost_centers`` names; on either alone where only that is given. Revenue of a
        sales team is none of it. Empty where the book names neither.
    """
    policies = conformed.declaration.policies
    wanted = {
        "account": policies.acquisition_accounts,
        "cost_center": policies.acquisition_cost_centers,
    }
    named = {column: values for column, values in wanted.items() if values}
    if not named or not (conformed.has("actuals") and conformed.has("accounts")):
        return pd.DataFrame({"period": pd.Series(dtype="str"), "amount": pd.Series(dtype="float")})
    chosen = " AND ".join(f"t.{column} IN ({_listed(values)})" for column, values in named.items())
    return frame(
        conformed,
        "SELECT t.period, sum(CASE WHEN a.favorable_when = 'higher' THEN -t.amount "
        "ELSE t.amount END) AS amount FROM final_actuals t JOIN final_accounts a "
        "ON a.account = t.account WHERE t.span = 'month' "
        "AND a.\"group\" IN ('cost_of_revenue', 'operating') "
        f"AND {chosen} GROUP BY 1 ORDER BY 1",
    )


def _listed(values: Sequence[str]) -> str:
    return ", ".join(literal(value) for value in values)
