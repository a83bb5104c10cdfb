"""Which accounts a measure looks at, by the group of the statement they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures.rows import require, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

COST_GROUPS = ("cost_of_revenue", "operating")


def kept(
    table: pd.DataFrame, accounts: pd.DataFrame | None, groups: Sequence[str] = COST_GROUPS
) -> pd.DataFrame:
    """Leave out the accounts that are known to belong to other groups."""
    if accounts is None or "account" not in table.columns:
        return table
    require(accounts, ["account", "group"], name="accounts")
    other = ~texts(accounts["group"]).isin(list(groups))
    return table[~texts(table["account"]).isin(texts(accounts["account"])[other])]
