"""What changed since the last report: restated months, products that came and went, moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.measures.budget import judge
from pfkit.measures.replanned import replanned
from pfkit.measures.revenue import pnl
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    MONEY,
    RATE,
    TEXT,
    favorable,
    money,
    named,
    result,
    row_keys,
    slug,
    totals,
)
from pfkit.measures.rows import (
    rate as ratio,
)
from pfkit.measures.statement import ACTUAL, OUTSIDE, REVENUE, earlier, monthly, prepared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.period import Period

KINDS = ("restated", "replanned", "new", "stopped", "moved")
_COLUMNS = (
    {"row_key": TEXT, "kind": TEXT, "subject": TEXT, "period": TEXT, "count": COUNT}
    | {"before": MONEY, "after": MONEY, "amount": MONEY, "amount_rate": RATE}
    | {"favorable": FLAG, "reason": TEXT}
)


def changed(
    statement: pd.DataFrame,
    *,
    period: Period,
    then: pd.DataFrame | None = None,
    by: str = "product",
    amount: float = 0.0,
    rate: float = 0.0,
    top: int = 3,
    names: Mapping[str, str] | None = None,
    budget: pd.DataFrame | None = None,
    budget_then: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""List what is different from the last report: restated, replanned, new, stopped, moved.

    Use it for the box "what changed" of page 1.

    Parameters
    ----------
    statement : pandas.DataFrame
        Table ``statement`` as known now; ``amount`` is the effect on profit, reporting currency.
    period : Period
        The period reported.
    then : pandas.DataFrame, optional
        The same table as it was known at the last report; without it nothing is called restated.
    by : str
        The column whose values come and go; left out where `statement` lacks it.
    amount, rate : float
        Materiality for moved lines, in reporting currency and as a fraction.
    top : int
        Rows per kind; the rest stand together as ``Other (n)``.
    names : mapping of str to str, optional
        What a reader calls a value of `by`, such as ``book.product_names``.
    budget : pandas.DataFrame, optional
        Table ``budget``; versions stated for the year again are compared with the last report.
    budget_then : pandas.DataFrame, optional
        Table ``budget`` as known at the last report, where a later statement replaces an earlier.
    accounts : pandas.DataFrame, optional
        Table ``accounts``, for which budget lines are costs.

    Returns
    -------
    pandas.DataFrame
        Kinds in this order, largest first: ``restated`` (a line of an earlier period of the fiscal
        year or of the prior year is stated anew), ``replanned`` (a material change of what a
        budget version says of the full year; more spending is unfavorable), ``new`` (revenue
        now, none in any earlier month of the input), ``stopped`` (revenue in the previous
        period, none now), ``moved`` (a material change of a line against the previous period).
        ``row_key``, ``kind``,
        ``subject``, ``period`` (the period that changed), ``count``, ``before``, ``after``,
        ``amount`` in reporting currency, ``amount_rate``, ``favorable``, ``reason``.
        ``attrs["reason"]`` says what an empty table does not speak of, and ``attrs["note"]``
        why none is compared with the last report, where `then` cannot be told.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If an amount is missing.

    Notes
    -----
    :math:`amount = after - before`. Restatements are found by comparing the book as known now with
    the book as known then, never with a printed report. New and stopped need the previous period
    in the input; without it they are not claimed.

    References
    ----------
    .. [1] IAS 8 *Accounting Policies, Changes in Accounting Estimates and Errors* (restatement).

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> columns = ["version", "period", "product", "line", "group", "amount"]
    >>> then = pd.DataFrame(
    ...     [("actual", "2026-01", "Atlas", "Sales", "gross", 100.0)], columns=columns
    ... )
    >>> now = pd.DataFrame(
    ...     [
    ...         ("actual", "2026-01", "Atlas", "Sales", "gross", 90.0),
    ...         ("actual", "2026-02", "Atlas", "Sales", "gross", 90.0),
    ...     ],
    ...     columns=columns,
    ... )
    >>> found = changed(now, period=FiscalCalendar().period("2026-02"), then=then)
    >>> found[["kind", "subject", "period", "amount"]].values.tolist()
    [['restated', 'Sales', '2026-01', -10.0]]
    """
    found = [] if then is None else _restated(statement, then, period)
    planned, versions = (
        ([], "")
        if budget is None
        else replanned(
            budget, period=period, then=budget_then, accounts=accounts, amount=amount, rate=rate
        )
    )
    found += planned
    if by in statement.columns:
        found += _came_and_went(statement, period, by)
    found += _moved(statement, period, (amount, rate))
    rows: list[dict[str, Any]] = []
    for kind in KINDS:
        mine = [fact for fact in found if fact["kind"] == kind]
        mine.sort(key=lambda f: (-abs(f["after"] - f["before"]), f["period"], f["subject"]))
        shown = mine if len(mine) <= top + 1 else mine[:top]
        rest = mine[len(shown) :]
        labels = [(kind, fact["subject"], fact["period"]) for fact in shown]
        keys = row_keys(labels, reserved=[f"{kind}|other"])
        for fact, key in zip(shown, keys, strict=True):
            called = names if kind in {"new", "stopped"} else None
            rows.append(_told(fact | {"subject": named(fact["subject"], called)}, key, 1))
        if rest:
            folded = {
                "kind": kind,
                "subject": f"Other ({len(rest)})",
                "period": "",
                "before": sum(fact["before"] for fact in rest),
                "after": sum(fact["after"] for fact in rest),
            }
            rows.append(_told(folded, f"{slug(kind)}|other", len(rest)))
    table = result(rows, _COLUMNS)
    table.attrs["reason"] = _why_nothing(statement, period, versions)
    table.attrs["note"] = "" if then is None else str(then.attrs.get("reason", ""))
    return table


def _why_nothing(statement: pd.DataFrame, period: Period, versions: str) -> str:
    """Return why an empty table does not mean that nothing changed; empty where it does."""
    rows = monthly(prepared(statement))
    held = set(rows.loc[rows["version"] == ACTUAL, "period"])
    if not held:
        last = period.previous.label
        if versions:
            return (
                f"No budget line's full-year {versions} has changed materially since {last}; "
                f"there are no monthly lines to compare with {last}."
            )
        return (
            f"Nothing is compared with {last}: there are no monthly lines, and no earlier "
            "statement of a full-year budget is in the input."
        )
    for side in (period, period.previous):
        if any(month not in held for month in side.months):
            return f"{side.label} is not all in the input: nothing is compared with it."
    return ""


def _told(fact: dict[str, Any], key: str, count: int) -> dict[str, Any]:
    gap = fact["after"] - fact["before"]
    share = ratio(gap, fact["before"])
    return {
        "row_key": key,
        "kind": fact["kind"],
        "subject": fact["subject"],
        "period": fact["period"],
        "count": count,
        "before": money(fact["before"]),
        "after": money(fact["after"]),
        "amount": money(gap),
        "amount_rate": share,
        "favorable": favorable(gap, when="lower" if fact["kind"] == "replanned" else "higher"),
        "reason": "nothing before" if share is None else "",
    }


def _restated(now: pd.DataFrame, then: pd.DataFrame, period: Period) -> list[dict[str, Any]]:
    """Compare earlier months line by line, as known now and as known then."""
    sums = []
    for table in (now, then):
        rows = earlier(prepared(table), period)
        sums.append(totals(rows[rows["version"] == ACTUAL], ["period", "line"]))
    after, before = sums
    held = {month for month, _ in before}
    return [
        {"kind": "restated", "subject": line, "period": month}
        | {"before": before.get((month, line), 0), "after": after.get((month, line), 0)}
        for month, line in {*after, *before}
        if month in held and before.get((month, line), 0) != after.get((month, line), 0)
    ]


def _came_and_went(statement: pd.DataFrame, period: Period, by: str) -> list[dict[str, Any]]:
    rows = monthly(prepared(statement, extra=[by]))
    mine = rows[(rows["version"] == ACTUAL) & rows["group"].isin(REVENUE)]
    stated = set(rows.loc[rows["version"] == ACTUAL, "period"])
    if not set(period.previous.months) <= set(mine["period"]) or not set(period.months) <= stated:
        return []
    now = totals(mine[mine["period"].isin(period.months)], [by])
    last = totals(mine[mine["period"].isin(period.previous.months)], [by])
    seen = set(mine.loc[mine["period"] < period.months[0], by])
    new = [(value, 0, cents) for (value,), cents in now.items() if value not in seen and cents]
    gone = [(value, cents, 0) for (value,), cents in last.items() if (value,) not in now and cents]
    return [
        {"kind": kind, "subject": value, "period": period.label, "before": old, "after": cents}
        for kind, found in (("new", new), ("stopped", gone))
        for value, old, cents in found
    ]


def _moved(
    statement: pd.DataFrame, period: Period, thresholds: tuple[float, float]
) -> list[dict[str, Any]]:
    table = pnl(statement[statement["version"] == ACTUAL], period=period)
    lines = table[
        (table["basis"] == "period") & (table["role"] == "line") & (table["group"] != OUTSIDE)
    ]
    found = []
    for row in lines.to_dict("records"):
        if pd.isna(row["previous_variance"]):
            continue
        share = row["previous_variance_rate"]
        large, _ = judge(
            float(row["previous_variance"]), None if pd.isna(share) else float(share), *thresholds
        )
        if large:
            found.append(
                {"kind": "moved", "subject": row["line"], "period": period.label}
                | {"before": round(row["previous"] * 100), "after": round(row["actual"] * 100)}
            )
    return found
