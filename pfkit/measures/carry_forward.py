"""Unspent budget of last year that may still be spent: by rule, listed, and never twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.as_known import as_known
from pfkit.measures.commitments import carried_in, committed
from pfkit.measures.groups import COST_GROUPS, kept
from pfkit.measures.owners import names_of, owners_of
from pfkit.measures.rows import (
    JOIN,
    MONEY,
    NONE,
    TEXT,
    less,
    money,
    reasons,
    require,
    result,
    row_keys,
)
from pfkit.measures.spans import Window, spanned, window
from pfkit.measures.versions import stated_versions, uncounted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.measures.spans import Label
    from pfkit.period import Period

CarryRule = Literal["none", "full", "share", "committed"]
_ACTUAL = "actual"
_MONEY = ("budget", "carried_before", "actual", "unspent", "committed", "carried", "lapsed")


def carry_forward(
    budget: pd.DataFrame,
    actuals: pd.DataFrame,
    commitments: pd.DataFrame | None = None,
    *,
    period: Period,
    plan: str,
    rule: CarryRule,
    share: float = 1.0,
    by: str | Sequence[str] = "cost_center",
    accounts: pd.DataFrame | None = None,
    groups: Sequence[str] = COST_GROUPS,
    owners: pd.DataFrame | None = None,
    before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""List what of last year's budget is carried into this year, line by line.

    Use it at the start of a year, and pass the result to `available` or `budget_lines`; budgets
    themselves stay as they were adopted.

    Parameters
    ----------
    budget, actuals : pandas.DataFrame
        Tables ``budget`` and ``actuals``; ``amount`` in reporting currency.
    commitments : pandas.DataFrame, optional
        Table ``commitments`` as known when last year was closed, such as
        ``pf.as_known(book.vintages("commitments"), "2025-12-31")``; needed for ``committed``.
    period : Period
        Its fiscal year is carried into; the year before is carried from.
    plan : str
        The version that was last year's budget.
    rule : str
        ``none``; ``full``: all that is unspent; ``share``: `share` of it; ``committed``: as much
        of it as open commitments of last year take.
    share : float
        For ``share``: a fraction.
    by : str or sequence of str
        The columns that make a line: ``cost_center``, ``product``, ``account``.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; only accounts of `groups` count, and accounts it does not know.
    groups : sequence of str
        Account groups; default the cost groups.
    owners : pandas.DataFrame, optional
        Table ``cost_centers`` with ``owner``, where `budget` has none; its ``name`` stands in the
        label.
    before : pandas.DataFrame, optional
        This function's result for last year: what was carried into it was part of its budget.

    Returns
    -------
    pandas.DataFrame
        One row per line and the total: ``carried_from`` and ``into`` (fiscal years), ``version``,
        ``rule``, ``budget``, ``carried_before``, ``actual``, ``unspent``, ``committed``,
        ``carried`` and ``lapsed`` in reporting currency; ``reason`` says why nothing is carried,
        or why something is NA.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If the rule is not known, the share is no fraction, ``committed`` has no commitments, or
        an amount is missing.

    Notes
    -----
    :math:`unspent = budget + carried\_before - actual`; what is overspent is not carried. For
    ``committed``, :math:`carried = min(max(unspent, 0), committed)`. Of every line
    :math:`carried + lapsed = max(unspent, 0)`, in whole cents. A year that is not all in the input
    carries nothing, with the reason.

    References
    ----------
    .. [1] GASB Codification, sec. 1700.127-.130 (encumbrances and appropriations that lapse).
    .. [2] HM Treasury, *Consolidated Budgeting Guidance*: budget exchange.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> line = {"period": "2025-12", "cost_center": "Fire"}
    >>> found = carry_forward(
    ...     pd.DataFrame([line | {"version": "B", "span": "year", "amount": 100.0}]),
    ...     pd.DataFrame([line | {"span": "ytd", "amount": 70.0}]),
    ...     pd.DataFrame([line | {"amount": 25.0, "status": "open"}]),
    ...     period=FiscalCalendar().period("2026-01"),
    ...     plan="B",
    ...     rule="committed",
    ... )
    >>> found[["into", "unspent", "committed", "carried", "lapsed"]].values.tolist()[0]
    ['FY2026', 30.0, 25.0, 25.0, 5.0]
    """
    require(budget, ["version"], name="budget")
    _check(rule, share, commitments)
    columns = [by] if isinstance(by, str) else list(by)
    last = period.calendar.fiscal_year_period(period.fiscal_year - 1)
    read = _read(
        kept(budget, accounts, groups), kept(actuals, accounts, groups), columns, last, plan
    )
    due: Mapping[Label, int] = {}
    if commitments is not None:
        due = committed(commitments, by=columns, period=last, accounts=accounts, groups=groups).year
    early = carried_in(before, by=columns, period=last)
    whose = owners_of(budget, owners, columns)
    rule_ = _Rule(rule, share)
    amounts = {
        label: _line(read, label, due.get(label, 0), early.get(label, 0), rule_)
        for label in sorted({*read.labels, *due, *early})
    }
    amounts = {label: row for label, row in amounts.items() if any(row[name] for name in _MONEY)}
    rows = [
        dict(zip(columns, label, strict=True))
        | {"label": _named(names_of(label, columns, accounts, owners)), "role": "item"}
        | {"owner": whose.get(label, "")}
        | row
        for label, row in amounts.items()
    ]
    if rows:
        rows.append(_total(columns, list(amounts.values())))
    keys = row_keys([*amounts], reserved=("total",)) + (["total"] if rows else [])
    out = [
        {"row_key": key, "carried_from": last.label, "into": period.year.label}
        | {"version": plan, "rule": rule_.words}
        | row
        | {name: money(row[name]) for name in _MONEY}
        for key, row in zip(keys, rows, strict=True)
    ]
    return result(out, _columns(columns))


def _columns(by: Sequence[str]) -> dict[str, str]:
    kinds = {"row_key": TEXT} | dict.fromkeys(by, TEXT)
    kinds |= dict.fromkeys(("label", "role", "owner", "carried_from", "into"), TEXT)
    return kinds | {"version": TEXT, "rule": TEXT} | dict.fromkeys(_MONEY, MONEY) | {"reason": TEXT}


def carried_through(
    budget: pd.DataFrame,
    actuals: pd.DataFrame,
    vintages: pd.DataFrame,
    *,
    period: Period,
    plan: str,
    rule: CarryRule,
    share: float = 1.0,
    by: str | Sequence[str] = "cost_center",
    accounts: pd.DataFrame | None = None,
    owners: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what is carried into a fiscal year by one rule kept since the first budget.

    What was carried into a year is part of its budget, so each year is carried from in turn.
    `vintages` are commitments as known on any day: each year's last day says what was ordered.
    """
    years = {
        version.year
        for version in stated_versions(budget, period.calendar)
        if version.name == plan and version.counts and version.year < period.fiscal_year
    }
    found = result([], _columns([by] if isinstance(by, str) else list(by)))
    for year in sorted(years):
        close = period.calendar.fiscal_year_period(year)
        found = carry_forward(
            budget,
            actuals,
            as_known(vintages, close.last),
            period=period.calendar.fiscal_year_period(year + 1),
            plan=plan,
            rule=rule,
            share=share,
            by=by,
            accounts=accounts,
            owners=owners,
            before=found if set(found["into"]) == {close.label} else None,
        )
    return found if set(found["into"]) == {period.year.label} else found.head(0)


@dataclass(frozen=True)
class _Rule:
    """How much of what is unspent is carried."""

    name: str
    share: float

    @property
    def words(self) -> str:
        """The rule as a reader calls it."""
        return f"{self.share:.0%} of what is unspent" if self.name == "share" else self.name

    def of(self, unspent: int, due: int) -> int:
        """Return what is carried, in cents."""
        free = max(unspent, 0)
        if self.name == "committed":
            return min(free, max(due, 0))
        return {"none": 0, "full": free}.get(self.name, round(free * self.share))


@dataclass(frozen=True)
class _Year:
    """Last year's budget and actuals."""

    planned: Window
    spent: Window
    labels: list[Label]


def _check(rule: str, share: float, commitments: pd.DataFrame | None) -> None:
    rules = get_args(CarryRule)
    if rule not in rules:
        raise MeasureError(
            f"rule {rule!r} is not known",
            where="carry_forward",
            advice=near_miss(rule, rules, noun="rule"),
        )
    if not 0 <= share <= 1:
        raise MeasureError(
            f"share {share:g} is no fraction",
            where="carry_forward",
            advice="Give it as a fraction, as 0.5.",
        )
    if rule == "committed" and commitments is None:
        raise MeasureError(
            "rule 'committed' needs commitments",
            where="carry_forward",
            advice="Pass commitments as known when last year was closed.",
        )


def _read(
    budget: pd.DataFrame, actuals: pd.DataFrame, by: list[str], last: Period, plan: str
) -> _Year:
    spent = spanned(actuals.assign(version=_ACTUAL), by, last, name="actuals")
    planned = spanned(budget, by, last, name="budget")
    mine = planned[planned["version"] == plan]
    until = last.months[-1]
    why = uncounted(budget, last.calendar, last.fiscal_year).get(plan, "")
    said = Window(None, reason=why) if why else window(planned, by, plan, last, until=until)
    labels = {
        label
        for rows in (mine, spent)
        for label in zip(*(rows[column].tolist() for column in by), strict=True)
    }
    return _Year(said, window(spent, by, _ACTUAL, last, until=until), sorted(labels))


def _line(read: _Year, label: Label, due: int, early: int, rule: _Rule) -> dict[str, Any]:
    planned, spent = read.planned.of([label]), read.spent.of([label])
    unspent = less(None if planned is None else planned + early, spent)
    carried = None if unspent is None else rule.of(unspent, due)
    why = [read.planned.why([label]), read.spent.why([label])]
    why.append("overspent" if unspent is not None and unspent < 0 else "")
    return {
        "budget": planned,
        "carried_before": early,
        "actual": spent,
        "unspent": unspent,
        "committed": due,
        "carried": carried,
        "lapsed": None if unspent is None else max(unspent, 0) - (carried or 0),
        "reason": reasons(*why),
    }


def _total(columns: list[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    sums = {
        name: None if any(row[name] is None for row in rows) else sum(row[name] for row in rows)
        for name in _MONEY
    }
    head = dict.fromkeys(columns, "") | {"label": "Total", "role": "total", "owner": ""}
    missing = reasons(*(row["reason"] for row in rows if row["unspent"] is None))
    return head | sums | {"reason": missing}


def _named(parts: list[str]) -> str:
    name = JOIN.join(parts)
    return "not assigned" if name == NONE else name
