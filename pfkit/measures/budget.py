"""Actuals against budget, line by line, and which gaps matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.rows import (
    FLAG,
    MONEY,
    NO_ACTUALS,
    RATE,
    TEXT,
    favorable,
    money,
    reasons,
    require,
    result,
    row_keys,
    stated_rate,
    summed,
    texts,
    totals,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNBUDGETED = "budget is zero"


def variance(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    *,
    by: str | Sequence[str] = ("period", "product", "account"),
    accounts: pd.DataFrame | None = None,
    favorable_when: str | None = None,
) -> pd.DataFrame:
    r"""Compare actuals with budget, line by line.

    Use it for the close; for *why* a line moved pass the result to `bridge`, for which lines
    matter to `materiality`.

    Parameters
    ----------
    actuals : pandas.DataFrame
        Table ``actuals``; ``amount`` in reporting currency, one ``span``.
    budget : pandas.DataFrame
        Table ``budget``, one version, the same ``span``.
    by : str or sequence of str
        Columns to compare on; other columns are summed over.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; its ``favorable_when`` decides what is favorable.
    favorable_when : str, optional
        ``higher`` or ``lower`` for every row, where the tables hold no accounts.

    Returns
    -------
    pandas.DataFrame
        One row per `by` found in either table, sorted by it. ``row_key``, the columns of `by`,
        ``favorable_when``; ``actual``, ``budget`` and ``variance`` in reporting currency;
        ``variance_rate``, a fraction of the size of the budget, NA where it is zero or `actuals`
        has no row;
        ``favorable``, NA where the variance is zero or the accounts of a row disagree;
        ``reason`` says why something is NA.

    Raises
    ------
    ContractError
        If `budget` holds more than one version, or a column is missing.
    MeasureError
        If the tables hold amounts of different span, or an amount is missing.

    Notes
    -----
    :math:`variance = actual - budget`, rate :math:`variance / |budget|`. A line found in one table
    only counts as zero in the other, so both totals reconcile; a line that `actuals` says nothing
    of has no rate, rather than one of -100 %. Amounts are counted in whole cents.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (flexible budgets).

    Examples
    --------
    >>> line = {"period": "2025-09", "product": "Atlas", "account": "hosting"}
    >>> gap = variance(
    ...     pd.DataFrame([line | {"amount": 105.0}]),
    ...     pd.DataFrame([line | {"amount": 100.0, "version": "B1"}]),
    ... )
    >>> gap[["variance", "variance_rate"]].values.tolist()
    [[5.0, 0.05]]
    """
    columns = [by] if isinstance(by, str) else list(by)
    if not columns:
        raise MeasureError("by is empty", where="variance", advice="Name at least one column.")
    if "version" in budget.columns and len(set(budget["version"])) > 1:
        found = ", ".join(sorted(set(texts(budget["version"]))))
        raise ContractError(
            f"more than one version: {found}",
            where="budget",
            advice="Keep one, as in budget[budget['version'] == 'adopted'].",
        )
    _same_span(actuals, budget, columns)
    spent = totals(summed(actuals, columns, name="actuals"), columns)
    planned = totals(summed(budget, columns, name="budget"), columns)
    labels = sorted({*spent, *planned})
    when = _Directions(actuals, budget, columns, accounts, favorable_when)
    rows: list[dict[str, Any]] = []
    for key, label in zip(row_keys(labels), labels, strict=True):
        actual, base = spent.get(label, 0), planned.get(label, 0)
        gap = actual - base
        side, unclear = when.of(label)
        rows.append(
            {"row_key": key}
            | dict(zip(columns, label, strict=True))
            | {"favorable_when": side, "actual": money(actual), "budget": money(base)}
            | {"variance": money(gap)}
            | {"variance_rate": stated_rate(gap, base, stated=label in spent)}
            | {"favorable": favorable(gap, when=side)}
            | {
                "reason": reasons(
                    "" if label in spent else NO_ACTUALS,
                    _UNBUDGETED if base == 0 else "",
                    unclear if gap else "",
                )
            }
        )
    kinds = {"row_key": TEXT} | dict.fromkeys(columns, TEXT) | {"favorable_when": TEXT}
    kinds |= {"actual": MONEY, "budget": MONEY, "variance": MONEY, "variance_rate": RATE}
    return result(rows, kinds | {"favorable": FLAG, "reason": TEXT})


def materiality(
    gap: pd.DataFrame, *, amount: float, rate: float, column: str = "variance"
) -> pd.DataFrame:
    r"""Mark the variances that are large enough to need an explanation.

    Use it on the result of `variance`, `pnl` or `product_pnl` before anything is commented.

    Parameters
    ----------
    gap : pandas.DataFrame
        Has `column` in reporting currency and ``<column>_rate`` as a fraction.
    amount : float
        Threshold in reporting currency; 0 switches the test off.
    rate : float
        Threshold as a fraction; 0 switches the test off.
    column : str
        The variance tested: ``variance``, ``plan_variance``, ``prior_variance``.

    Returns
    -------
    pandas.DataFrame
        `gap` with ``material`` (NA where there is nothing to compare) and ``material_reason``:
        ``amount and rate reached``, ``amount reached, reference is zero``, ``below amount``,
        ``below rate``, ``below amount and rate``, ``no comparison``.

    Raises
    ------
    ContractError
        If `gap` lacks one of the two columns.
    MeasureError
        If a threshold is negative.

    Notes
    -----
    Material when :math:`|variance| \ge amount` **and** :math:`|rate| \ge rate`: a large rate of a
    small amount is noise, a small rate of a large line is rounding. Against a reference of zero
    there is no rate, and the amount alone decides. A variance of zero is never material.

    References
    ----------
    .. [1] IASB, *Practice Statement 2: Making Materiality Judgements* (quantitative thresholds).

    Examples
    --------
    >>> gap = pd.DataFrame({"variance": [900.0, 900.0], "variance_rate": [0.09, 0.01]})
    >>> materiality(gap, amount=500.0, rate=0.05)[["material", "material_reason"]].values.tolist()
    [[True, 'amount and rate reached'], [False, 'below rate']]
    """
    require(gap, [column, f"{column}_rate"], name="gap")
    if amount < 0 or rate < 0:
        raise MeasureError(
            f"threshold {min(amount, rate)} is negative",
            where="materiality",
            advice="Give the amount in reporting currency and the rate as a fraction, as 0.05.",
        )
    judged = [
        judge(None if pd.isna(v) else float(v), None if pd.isna(r) else float(r), amount, rate)
        for v, r in zip(gap[column], gap[f"{column}_rate"], strict=True)
    ]
    marked = gap.copy()
    verdicts = [verdict for verdict, _ in judged]
    marked["material"] = pd.Series(verdicts, index=gap.index, dtype="boolean")
    marked["material_reason"] = pd.Series([why for _, why in judged], index=gap.index, dtype="str")
    return marked


def judge(
    variance: float | None, share: float | None, amount: float, rate: float
) -> tuple[bool | None, str]:
    """Return whether one variance is material, and why; the rule is in `materiality`."""
    if variance is None:
        return None, "no comparison"
    large = variance != 0 and round(abs(variance) * 100) >= round(amount * 100)
    if share is None:
        return large, "amount reached, reference is zero" if large else "below amount"
    steep = abs(share) >= rate
    if large and steep:
        return True, "amount and rate reached"
    if large:
        return False, "below rate"
    return False, "below amount" if steep else "below amount and rate"


def _same_span(actuals: pd.DataFrame, budget: pd.DataFrame, columns: list[str]) -> None:
    """Refuse to compare or add up amounts of different span."""
    if "span" in columns:
        return
    spans = {
        name: sorted(set(texts(table["span"]))) if "span" in table.columns else []
        for name, table in (("actuals", actuals), ("budget", budget))
    }
    for name, found in spans.items():
        if len(found) > 1:
            raise MeasureError(
                f"amounts of span {', '.join(found)} would be added together",
                where=name,
                advice="Keep one span, or use budget_lines, which reads each for what it is.",
            )
    if spans["actuals"] and spans["budget"] and spans["actuals"] != spans["budget"]:
        raise MeasureError(
            f"actuals are by {spans['actuals'][0]} and budget by {spans['budget'][0]}",
            where="variance",
            advice="Use budget_lines, which compares only what covers the same months.",
        )


class _Directions:
    """What is favorable for a row, from the accounts in it."""

    def __init__(
        self,
        actuals: pd.DataFrame,
        budget: pd.DataFrame,
        columns: list[str],
        accounts: pd.DataFrame | None,
        fixed: str | None,
    ) -> None:
        self.fixed = fixed
        self.known = accounts is not None
        self.sides: dict[tuple[str, ...], set[str]] = {}
        if fixed is not None or accounts is None:
            return
        require(accounts, ["account", "favorable_when"], name="accounts")
        side = dict(zip(texts(accounts["account"]), texts(accounts["favorable_when"]), strict=True))
        for name, table in (("actuals", actuals), ("budget", budget)):
            require(table, ["account"], name=name)
            keys = [texts(table[column]) for column in (*columns, "account")]
            for *label, account in dict.fromkeys(zip(*keys, strict=True)):
                self.sides.setdefault(tuple(label), set()).add(side.get(account, ""))

    def of(self, label: tuple[str, ...]) -> tuple[str, str]:
        """Return ``higher``, ``lower`` or nothing, and why nothing."""
        if self.fixed is not None:
            return self.fixed, ""
        if not self.known:
            return "", "no accounts given: favorable is undecided"
        found = self.sides.get(label, set())
        if "" in found:
            return "", "account is not in accounts"
        if len(found) > 1:
            return "", "revenue and cost in one row: favorable is undecided"
        return next(iter(found)), ""
