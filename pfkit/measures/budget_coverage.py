"""How much of a budget has an owner, an approval and an outlook: numerator and denominator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.groups import kept
from pfkit.measures.owners import names_of, owners_of
from pfkit.measures.rows import JOIN, NONE, RATE, TEXT, rate, require, result, row_keys, texts
from pfkit.measures.spans import spanned, window
from pfkit.measures.versions import approvals

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from pfkit.measures.spans import Label
    from pfkit.period import Period

_LINE = ("product", "cost_center", "account")
_COLUMNS = {"row_key": TEXT, "label": TEXT, "role": TEXT, "criterion": TEXT, "basis": TEXT} | {
    "numerator": "Float64",
    "denominator": "Float64",
    "share": RATE,
    "reason": TEXT,
}
OWNER, APPROVED, OUTLOOK, ALL = "owner", "approved", "outlook", "all of them"


def budget_coverage(
    budget: pd.DataFrame,
    *,
    period: Period,
    plan: str,
    outlook: str | None = None,
    since: dt.date | None = None,
    owners: pd.DataFrame | None = None,
    accounts: pd.DataFrame | None = None,
    groups: Sequence[str] | None = None,
    top: int = 5,
) -> pd.DataFrame:
    r"""Say how much of a budget has an owner, an approval and an outlook, by lines and by amount.

    Use it for the share of budget that is looked after; the rows below say which lines are not.

    Parameters
    ----------
    budget : pandas.DataFrame
        Table ``budget``; ``amount`` in reporting currency.
    period : Period
        Its fiscal year is looked at.
    plan : str
        The version whose lines are counted.
    outlook : str, optional
        The version that must say something of a line; not asked for when left out.
    since : datetime.date, optional
        The outlook of a line must have been learned on this day or later.
    owners : pandas.DataFrame, optional
        Table ``cost_centers`` with ``owner``, where a row of `budget` has none; its ``name``
        stands in the label of a line.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; with `groups` only their accounts are lines. Its ``name`` stands in
        the label.
    groups : sequence of str, optional
        Account groups; all when left out.
    top : int
        Lines listed that lack something, the largest first.

    Returns
    -------
    pandas.DataFrame
        Role ``item``: for each ``criterion`` (``owner``, ``approved``, ``outlook``, ``all of
        them``) and ``basis`` (``lines``, ``amount``) the ``numerator``, ``denominator`` and
        ``share``; amounts in reporting currency without their sign. Role ``memo``: the largest
        lines that lack something, with what they lack in ``criterion``. ``reason`` says why
        something is NA.

    Raises
    ------
    ContractError
        If `budget` lacks a column.
    MeasureError
        If a version is not in the input, a span is unknown, or an amount is missing.

    Notes
    -----
    A line is a product, cost center and account; :math:`share = numerator / denominator`. A line
    counts as approved where each of its rows is. Where the input says nothing of approval there
    is no share, rather than one of zero.

    References
    ----------
    .. [1] GFOA, *Best Practices in Budgeting*: budget monitoring.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> budget = pd.DataFrame(
    ...     {
    ...         "version": "B",
    ...         "period": "2026-12",
    ...         "span": "year",
    ...         "cost_center": ["Fire", "Parks"],
    ...         "owner": ["Thiel", None],
    ...         "amount": [300.0, 100.0],
    ...     }
    ... )
    >>> found = budget_coverage(budget, period=FiscalCalendar().period("2026-06"), plan="B")
    >>> found[["criterion", "basis", "numerator", "denominator", "share"]].values.tolist()[:2]
    [['owner', 'lines', 1.0, 2.0, 0.5], ['owner', 'amount', 300.0, 400.0, 0.75]]
    """
    require(budget, ["version", "period", "amount"], name="budget")
    _known(budget, plan, outlook)
    rows = budget if groups is None else kept(budget, accounts, groups)
    columns = [column for column in _LINE if column in rows.columns]
    sizes = _sizes(rows, columns, plan, period)
    lines = sorted(sizes)
    mine = rows[(texts(rows["version"]) == plan) & _within(rows, period)]
    has: dict[str, set[Label] | None] = {OWNER: set(owners_of(mine, owners, columns))}
    has[APPROVED] = _approved(mine, columns)
    if outlook is not None:
        has[OUTLOOK] = _refreshed(rows, columns, outlook, period, since)
    known = {name: held for name, held in has.items() if held is not None}
    every = set(lines).intersection(*known.values())
    found = [
        row
        for name, held in [*has.items(), (ALL, every)]
        for row in _shares(name, held, sizes, missing=sorted({*has} - {*known}))
    ]
    found += _lacking(known, sizes, top, lambda label: names_of(label, columns, accounts, owners))
    keys = row_keys([(row["role"], row["criterion"], row["basis"], row["line"]) for row in found])
    return result([{"row_key": key} | row for key, row in zip(keys, found, strict=True)], _COLUMNS)


def _known(budget: pd.DataFrame, *versions: str | None) -> None:
    names = sorted(set(texts(budget["version"])))
    for version in versions:
        if version is not None and version not in names and names:
            raise MeasureError(
                f"version {version!r} is not in the input",
                where="budget",
                advice=near_miss(version, names, noun="version"),
            )


def _within(rows: pd.DataFrame, period: Period) -> pd.Series:
    periods = texts(rows["period"])
    years = {label: period.calendar.period(label).fiscal_year for label in set(periods)}
    return periods.map(years) == period.fiscal_year


def _sizes(
    rows: pd.DataFrame, columns: list[str], version: str, period: Period
) -> dict[Label, int]:
    """Return the size of each line of a version for the year, in cents."""
    mine = rows[texts(rows["version"]) == version]
    read = window(
        spanned(mine, columns, period, name="budget"),
        columns,
        version,
        period.year,
        until=period.months[-1],
    )
    return {label: abs(cents) for label, cents in (read.amounts or {}).items() if cents}


def _approved(rows: pd.DataFrame, columns: list[str]) -> set[Label] | None:
    said = approvals(rows)
    if not bool(said.notna().any()):
        return None
    labels = list(zip(*(texts(rows[column]) for column in columns), strict=True))
    yes = said.fillna(value=False).tolist()
    waiting = {label for label, ok in zip(labels, yes, strict=True) if not ok}
    return set(labels) - waiting


def _refreshed(
    rows: pd.DataFrame, columns: list[str], outlook: str, period: Period, since: dt.date | None
) -> set[Label]:
    fresh = rows[(texts(rows["version"]) == outlook) & _within(rows, period)]
    if since is not None:
        require(fresh, ["known_on"], name="budget")
        fresh = fresh[pd.to_datetime(fresh["known_on"]) >= pd.Timestamp(since)]
    return set(zip(*(texts(fresh[column]) for column in columns), strict=True))


def _shares(
    criterion: str, held: set[Label] | None, sizes: dict[Label, int], *, missing: list[str]
) -> list[dict[str, Any]]:
    why = "the input says nothing of approval" if missing else ""
    found = []
    for basis in ("lines", "amount"):
        size = {label: 1 if basis == "lines" else cents for label, cents in sizes.items()}
        whole = sum(size.values())
        part = None if held is None else sum(size[label] for label in size if label in held)
        unit = 1 if basis == "lines" else 100
        found.append(
            {"label": criterion, "role": "item", "criterion": criterion, "basis": basis, "line": ""}
            | {"numerator": None if part is None else part / unit, "denominator": whole / unit}
            | {"share": rate(part, whole)}
            | {"reason": why if held is None or criterion == ALL else ""}
        )
    return found


def _lacking(
    known: dict[str, set[Label]],
    sizes: dict[Label, int],
    top: int,
    named: Callable[[Label], list[str]],
) -> list[dict[str, Any]]:
    lacks = {label: [name for name, held in known.items() if label not in held] for label in sizes}
    order = sorted((label for label in sizes if lacks[label]), key=lambda one: (-sizes[one], one))
    return [
        {"label": JOIN.join(part for part in named(label) if part != NONE) or "not assigned"}
        | {"role": "memo", "criterion": ", ".join(lacks[label]), "basis": "amount"}
        | {"line": JOIN.join(label), "numerator": None, "denominator": sizes[label] / 100}
        | {"share": None, "reason": ""}
        for label in order[:top]
    ]
