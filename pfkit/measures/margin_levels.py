"""Which contribution margin an account's cost is taken off for: as stated, or by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import NONE
from pfkit.measures.statement import GROUPS, OUTSIDE, REVENUE

if TYPE_CHECKING:
    from collections.abc import Iterable

NET = "net"
SHARED = "shared"
LEVELS = ("1", "2", "3", SHARED)

#: One subtotal per level, in the order of the statement: key, label, level it closes.
STEPS: tuple[tuple[str, str, str], ...] = (
    ("net-revenue", "Net revenue", NET),
    ("contribution-margin-1", "Contribution margin 1", "1"),
    ("contribution-margin-2", "Contribution margin 2", "2"),
    ("contribution-margin-3", "Contribution margin 3", "3"),
    ("contribution", "Operating result", SHARED),
)

_VARIES = {"variable", "semi"}


class Account(NamedTuple):
    """What is known of an account where its level is decided."""

    account: str
    group: str
    behavior: str
    margin: str
    bare: bool


def levels(accounts: Iterable[Account]) -> dict[Account, tuple[str, bool]]:
    """Return the level of each account, and whether the account states it.

    Parameters
    ----------
    accounts : iterable of Account
        Every account as its rows show it; ``bare`` where they name no product.

    Returns
    -------
    dict of Account to (str, bool)
        ``net``, ``1``, ``2``, ``3``, ``shared`` or ``outside``, and whether it is stated.

    Raises
    ------
    MeasureError
        If a margin or a group is none of the known, an account states two margins, or an account
        of revenue or outside the result states one.

    Notes
    -----
    Revenue is net revenue. Where an account states no margin, cost of revenue stands on level 1
    and operating cost that varies on level 2; fixed cost, and operating cost of which nobody
    decided, stands on level 3 where it is booked on a product and is shared where it is not.
    """
    known = list(accounts)
    stated: dict[str, set[str]] = {}
    for one in known:
        _check(one)
        if one.margin:
            stated.setdefault(one.account, set()).add(one.margin)
    for account, margins in stated.items():
        if len(margins) > 1:
            raise MeasureError(
                f"account {account!r} stands on margins {' and '.join(sorted(margins))}",
                where="accounts",
                advice="Give the account one margin, or book its cost on two accounts.",
            )
    return {one: _level(one, stated) for one in known}


def _check(one: Account) -> None:
    if one.group not in {*GROUPS, OUTSIDE}:
        raise MeasureError(
            f"group {one.group!r} of account {one.account!r} is no group of a statement line",
            where="accounts",
            advice=near_miss(one.group, [*GROUPS, OUTSIDE], noun="group"),
        )
    if one.margin and one.margin not in LEVELS:
        raise MeasureError(
            f"margin {one.margin!r} of account {one.account!r} is no contribution margin",
            where="accounts",
            advice=near_miss(one.margin, LEVELS, noun="margin"),
        )
    if one.margin and one.group in {*REVENUE, OUTSIDE}:
        what = "is revenue" if one.group in REVENUE else "stands outside the result"
        raise MeasureError(
            f"account {one.account!r} {what} and states margin {one.margin!r}",
            where="accounts",
            advice="Leave its margin empty, or give it the group cost_of_revenue or operating.",
        )


def _level(one: Account, stated: dict[str, set[str]]) -> tuple[str, bool]:
    if one.group in REVENUE:
        return NET, False
    if one.group == OUTSIDE:
        return OUTSIDE, False
    if one.account in stated:
        return next(iter(stated[one.account])), True
    if one.group == "cost_of_revenue" and one.behavior != "fixed":
        return "1", False
    if one.group == "operating" and one.behavior in _VARIES:
        return "2", False
    return (SHARED if one.bare else "3"), False


def margin_text(value: object) -> str:
    """Return a stated margin as text; a number counts as its digit.

    Examples
    --------
    >>> margin_text(1.0), margin_text(" shared "), margin_text(None), margin_text("(none)")
    ('1', 'shared', '', '')
    """
    if value is None or pd.isna(value) or value == NONE:  # type: ignore[call-overload]
        return ""
    return str(value).strip().removesuffix(".0")
