"""The grain that plan and ledger share: nothing is compared by what only one of them states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.measures.rows import NONE, reasons, texts
from pfkit.measures.versions import plan_of, stated_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.period import Period

#: What a plan may leave out, and what it is called.
WORDS = {"cost_center": "cost center", "product": "product"}

#: What a row said before it was brought to the grain; `window` still tells statements apart by it.
WAS = "_was_"
_MOST = 3
_READ = (
    "version",
    "period",
    "account",
    "stage",
    "approved",
    "approved_on",
    "approved_by",
    "known_on",
)
_NO_ACCOUNT = "(every account)"


@dataclass(frozen=True)
class Grain:
    """Which accounts plan and ledger are not compared by a dimension on.

    Attributes
    ----------
    apart : mapping of str to frozenset of str
        By dimension, the accounts that one side does not state it for.
    note : str
        The same for a reader; empty where everything can be compared.
    """

    apart: Mapping[str, frozenset[str]] = field(default_factory=dict)
    note: str = ""

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table of plan, ledger or commitments at the shared grain; no amount changes."""
        found = table
        for column, accounts in self.apart.items():
            if column not in table.columns:
                continue
            held = texts(table[column])
            out = _accounts(table).isin(list(accounts))
            kept = {column: held.mask(out, NONE), f"{WAS}{column}": held}
            found = found.assign(**kept)
        return found


def grain(
    actuals: pd.DataFrame, budget: pd.DataFrame, *, period: Period, plan: str | None = None
) -> Grain:
    """Say by which of cost center and product plan and ledger can be compared, account by account.

    Parameters
    ----------
    actuals, budget : pandas.DataFrame
        Tables ``actuals`` and ``budget``; of budget all versions.
    period : Period
        Its fiscal year is looked at.
    plan : str, optional
        The version compared with. Default: the adopted one, else the first that counts.

    Returns
    -------
    Grain
        What to leave out, and how to say it.

    Notes
    -----
    An account is compared by a dimension where both sides state it there. It is not where one side
    never states it and the other does, nor where the plan states it for a part and the ledger for
    all: a plan of the rest has nothing to stand against. An account that only one side has follows
    what the other states of all accounts. Where both leave a part open, that part is a line of its
    own on both sides. Amounts of zero say nothing.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> row = {"period": "2026-06", "account": "6000", "amount": 9.0}
    >>> actuals = pd.DataFrame([row | {"cost_center": "R&D"}])
    >>> budget = pd.DataFrame([row | {"cost_center": "(none)", "version": "B"}])
    >>> found = grain(actuals, budget, period=FiscalCalendar().period("2026-06"))
    >>> found.note, found.of(actuals)["cost_center"].tolist()
    ('the plan states no cost centers: plan and ledger are compared by account', ['(none)'])
    """
    planned, spent = _planned(budget, period, plan), _of_year(actuals, period)
    if planned.empty or spent.empty:
        return Grain()
    apart: dict[str, frozenset[str]] = {}
    told: dict[str, str] = {}
    for column in WORDS:
        if column not in planned.columns or column not in spent.columns:
            continue
        one, other = _Said(planned, column), _Said(spent, column)
        out = frozenset(
            account
            for account in one.known | other.known
            if _differ(one.of(account), other.of(account))
        )
        if out:
            apart[column], told[column] = out, _why(one, other, column, out)
    return Grain(apart, _note(told, planned, spent, apart))


class _Said:
    """What one side states of a dimension, by account."""

    def __init__(self, rows: pd.DataFrame, column: str) -> None:
        pairs = pd.DataFrame({"account": _accounts(rows), "named": texts(rows[column]) != NONE})
        self._some: set[str] = set(pairs.loc[pairs["named"], "account"])
        self._open: set[str] = set(pairs.loc[~pairs["named"], "account"])
        self.known = self._some | self._open

    @property
    def never(self) -> bool:
        """Whether no account states it."""
        return not self._some

    def of(self, account: str) -> tuple[bool, bool]:
        """Return whether an account has parts that state it, and parts that do not."""
        if account not in self.known:
            return (False, True) if self.never else (False, False)
        return account in self._some, account in self._open


def _differ(planned: tuple[bool, bool], spent: tuple[bool, bool]) -> bool:
    if not any(planned) or not any(spent):
        return False
    if planned[0] != spent[0]:
        return True
    return planned == (True, True) and spent == (True, False)


def _planned(budget: pd.DataFrame, period: Period, plan: str | None) -> pd.DataFrame:
    """Return what the plan says of the fiscal year."""
    mine = _of_year(budget, period)
    if mine.empty or "version" not in mine.columns:
        return mine
    versions = texts(mine["version"])
    if plan is None or plan not in set(versions):
        plan = plan_of(mine, period)[0]
    if plan is None:
        counting = sorted(v.name for v in stated_versions(mine, period.calendar) if v.counts)
        plan = counting[0] if counting else None
    return mine[versions == plan]


def _of_year(table: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return what the rows of the fiscal year that are not zero say, each once."""
    if table.empty:
        return table
    amounts = np.nan_to_num(table["amount"].astype("float64").to_numpy())
    read = [name for name in (*_READ, *WORDS) if name in table.columns]
    rows = table.loc[np.rint(amounts * 100) != 0, read].drop_duplicates()
    periods = texts(rows["period"])
    years = {label: period.calendar.period(label).fiscal_year for label in periods.unique()}
    inside: pd.DataFrame = rows[(periods.map(years) == period.fiscal_year).to_numpy()]
    return inside


def _accounts(table: pd.DataFrame) -> pd.Series:
    if "account" in table.columns:
        return texts(table["account"])
    return pd.Series(_NO_ACCOUNT, index=table.index, dtype="object")


def _why(planned: _Said, spent: _Said, column: str, out: frozenset[str]) -> str:
    """Say which side does not state a dimension."""
    if planned.never:
        return f"the plan states no {WORDS[column]}s"
    if spent.never:
        return f"the ledger states no {WORDS[column]}s"
    codes = sorted(out)
    more = f" and {len(codes) - _MOST} more" if len(codes) > _MOST else ""
    noun = "account" if len(codes) == 1 else "accounts"
    return (
        f"plan and ledger do not both state the {WORDS[column]}s of {noun} "
        f"{', '.join(codes[:_MOST])}{more}"
    )


def _note(
    told: Mapping[str, str],
    planned: pd.DataFrame,
    spent: pd.DataFrame,
    apart: Mapping[str, frozenset[str]],
) -> str:
    """Say what is left out, and what is still compared by."""
    if not told:
        return ""
    if not all(" states no " in why for why in told.values()):
        return reasons(*(f"{why}, which are compared without them" for why in told.values()))
    left = [
        WORDS[column]
        for column in WORDS
        if column not in apart
        and all(
            column in side.columns and bool((texts(side[column]) != NONE).any())
            for side in (planned, spent)
        )
    ]
    compared = " and ".join(["account", *left])
    whys = list(told.values())
    said = [whys[0], *(why.removeprefix(whys[0].partition(" no ")[0]).strip() for why in whys[1:])]
    return f"{' and '.join(said)}: plan and ledger are compared by {compared}"
