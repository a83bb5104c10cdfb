"""The versions of a budget: stage, approval, full-year totals, and the walk between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.owners import names_of, owners_of
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    JOIN,
    MONEY,
    NONE,
    TEXT,
    favorable,
    less,
    money,
    reasons,
    require,
    result,
    row_keys,
    texts,
)
from pfkit.measures.spans import spanned, window
from pfkit.measures.statement import GROUPS, REVENUE
from pfkit.measures.versions import approvals, stated_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from pfkit.contracts.versions import Version
    from pfkit.measures.spans import Label
    from pfkit.period import Period

_COLUMNS = (
    {"row_key": TEXT, "label": TEXT, "role": TEXT, "version": TEXT, "year": TEXT, "line": TEXT}
    | {"stage": TEXT, "approval": TEXT, "approved_on": TEXT, "known_on": TEXT, "counts": FLAG}
    | dict.fromkeys(("lines", "lines_owned", "lines_approved"), COUNT)
    | dict.fromkeys(("revenue", "cost", "result"), MONEY)
    | {"compared_with": TEXT, "lines_moved": COUNT}
    | dict.fromkeys(("revenue_change", "cost_change", "result_change"), MONEY)
    | {"favorable": FLAG}
    | {"reason": TEXT}
)
_LINE = ("product", "cost_center", "account")


class _Both(NamedTuple):
    """Revenue and cost in cents."""

    revenue: int = 0
    cost: int = 0

    @property
    def result(self) -> int:
        """What is left."""
        return self.revenue - self.cost

    def plus(self, other: _Both) -> _Both:
        """Return the sum."""
        return _Both(self.revenue + other.revenue, self.cost + other.cost)

    def minus(self, other: _Both) -> _Both:
        """Return the difference."""
        return _Both(self.revenue - other.revenue, self.cost - other.cost)


@dataclass(frozen=True)
class _Said:
    """What a version says of its year, by line; None where it does not say it all."""

    version: Version
    lines: Mapping[Label, _Both] | None
    reason: str
    counts: tuple[int, int, int]

    @property
    def total(self) -> _Both | None:
        """Everything added up."""
        if self.lines is None:
            return None
        found = _Both()
        for both in self.lines.values():
            found = found.plus(both)
        return found


def budget_versions(
    budget: pd.DataFrame,
    *,
    period: Period,
    accounts: pd.DataFrame | None = None,
    by: str | Sequence[str] = "cost_center",
    owners: pd.DataFrame | None = None,
    versions: Sequence[str] | None = None,
    top: int = 3,
) -> pd.DataFrame:
    r"""List the versions of a budget, with what each says of the year and what moved since.

    Use it before a budget is compared with anything: it shows which versions count, which are
    drafts or not approved, and the walk from the adopted budget to the latest.

    Parameters
    ----------
    budget : pandas.DataFrame
        Table ``budget``, every version; ``amount`` in reporting currency.
    period : Period
        Its fiscal year and later ones are listed.
    accounts : pandas.DataFrame, optional
        Table ``accounts``: its ``group`` and ``favorable_when`` tell revenue from cost; what stands
        outside the statement is left out. Without it, and of accounts it does not know, every
        amount is cost.
    by : str or sequence of str
        The columns that make a line that moved: ``cost_center``, ``product``, ``account``.
    owners : pandas.DataFrame, optional
        Table ``cost_centers`` with ``owner``, where `budget` has none; its ``name`` stands in the
        label of a line.
    versions : sequence of str, optional
        The order versions are listed in; others follow. Default: by stage, then day of approval.
    top : int
        Lines shown below a version, those that moved the result most; the rest stand together.

    Returns
    -------
    pandas.DataFrame
        Role ``item``: one row per version and fiscal year, with ``stage``, ``approval``
        (``approved``, ``approved in part``, ``not approved``, ``not stated``), ``approved_on`` (its
        last day), ``known_on`` (the day its first row was learned), ``counts``, ``lines`` (product,
        cost center and account), how many have an owner and are approved, full-year ``revenue``
        (net), ``cost`` and ``result`` in reporting currency, the version it is compared with, how
        many lines moved, the changes, and whether that of the result is ``favorable``. Role
        ``memo``: below it the lines that moved, which add up to its change. ``reason`` says why
        something is NA, or why it does not count.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If a named version is not in the input, a span is unknown, or an amount is missing.

    Notes
    -----
    :math:`change = this version - the last before it that counts`, line by line; a line found in
    one only counts as zero in the other. A draft is compared, and is never compared with. Persons
    who approved are not in the result.

    References
    ----------
    .. [1] GFOA, *Best Practices in Budgeting*: budget monitoring and amendments.

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> line = {"period": "2026-12", "span": "year", "cost_center": "Fire", "account": "pay"}
    >>> budget = pd.DataFrame(
    ...     [
    ...         line | {"version": "B", "stage": "adopted", "amount": 100.0},
    ...         line | {"version": "R", "stage": "revised", "amount": 110.0},
    ...     ]
    ... )
    >>> found = budget_versions(budget, period=FiscalCalendar().period("2026-06"))
    >>> found[["label", "cost", "compared_with", "cost_change"]].iloc[1:].values.tolist()
    [['R', 110.0, 'B', 10.0], ['Fire', 110.0, '', 10.0]]
    """
    require(budget, ["version", "period", "amount"], name="budget")
    columns = [by] if isinstance(by, str) else list(by)
    require(budget, columns, name="budget")
    listed = _ordered(stated_versions(budget, period.calendar), versions, period.fiscal_year)
    signs = _signs(accounts)
    rows: list[dict[str, Any]] = []
    before: _Said | None = None
    for version in listed:
        said = _said(budget, version, period, columns, (signs, owners))
        base = before if before is not None and before.version.year == version.year else None
        rows.append(_item(said, base))
        rows += _memos(said, base, top, lambda label: names_of(label, columns, accounts, owners))
        if version.counts and said.lines is not None:
            before = said
    labels = [(row["version"], row["year"], row["role"], row["line"]) for row in rows]
    plain = [(v, y, "" if role == "item" else line) for v, y, role, line in labels]
    for row, key in zip(rows, row_keys(plain), strict=True):
        row["row_key"] = key
    return result(rows, _COLUMNS)


def _ordered(found: list[Version], named: Sequence[str] | None, first: int) -> list[Version]:
    names = list(dict.fromkeys(version.name for version in found))
    for name in named or ():
        if names and name not in names and len(set(named or ()) & set(names)) == 0:
            raise MeasureError(
                f"version {name!r} is not in the input",
                where="budget",
                advice=near_miss(name, names, noun="version"),
            )
    order = {name: place for place, name in enumerate(named or ())}
    kept = [version for version in found if version.year >= first]
    return sorted(kept, key=lambda v: (v.year, order.get(v.name, len(order)), v.order))


def _signs(accounts: pd.DataFrame | None) -> dict[str, tuple[str, int]] | None:
    """Return for each account whether it is revenue or cost, and which way it counts."""
    if accounts is None:
        return None
    require(accounts, ["account", "group", "favorable_when"], name="accounts")
    found = {}
    for account, group, when in zip(
        *(texts(accounts[name]) for name in ("account", "group", "favorable_when")), strict=True
    ):
        up = 1 if when == "higher" else -1
        kind = "revenue" if group in REVENUE else "cost" if group in GROUPS else ""
        found[account] = (kind, up if kind == "revenue" else -up)
    return found


def _said(
    budget: pd.DataFrame,
    version: Version,
    period: Period,
    by: list[str],
    with_: tuple[dict[str, tuple[str, int]] | None, pd.DataFrame | None],
) -> _Said:
    signs, owners = with_
    year = period.calendar.fiscal_year_period(version.year)
    mine = budget[texts(budget["version"]) == version.name]
    fine = [*by, *(c for c in ("account",) if c in budget.columns and c not in by)]
    rows = spanned(mine, fine, year, name="budget")
    until = period.months[-1] if version.year == period.fiscal_year else year.months[-1]
    read = window(rows, fine, version.name, year, until=until)
    counts = _counts(mine[_inside(mine, year)], owners)
    if read.amounts is None or read.open:
        return _Said(version, None, read.reason, counts)
    lines: dict[Label, _Both] = defaultdict(_Both)
    for label, cents in read.amounts.items():
        place = fine.index("account") if "account" in fine else -1
        kind, sign = ("cost", 1) if signs is None else signs.get(label[place], ("cost", 1))
        part = _Both(**{kind: sign * cents}) if kind else _Both()
        lines[label[: len(by)]] = lines[label[: len(by)]].plus(part)
    return _Said(version, dict(lines), "", counts)


def _inside(rows: pd.DataFrame, year: Period) -> pd.Series:
    periods = texts(rows["period"])
    years = {label: year.calendar.period(label).fiscal_year for label in set(periods)}
    return periods.map(years) == year.fiscal_year


def _counts(rows: pd.DataFrame, owners: pd.DataFrame | None) -> tuple[int, int, int]:
    """Return how many lines there are, how many have an owner, and how many are approved."""
    columns = [column for column in _LINE if column in rows.columns]
    labels = list(zip(*(texts(rows[column]) for column in columns), strict=True))
    owned = set(owners_of(rows, owners, columns))
    waiting = {
        label
        for label, yes in zip(labels, approvals(rows).fillna(value=False), strict=True)
        if not yes
    }
    return len(set(labels)), len(owned), len(set(labels) - waiting)


def _item(said: _Said, before: _Said | None) -> dict[str, Any]:
    version, total = said.version, said.total
    base = None if before is None else before.total
    moved = [] if before is None else _moved(said, before)
    lines, owned, approved = said.counts
    return {
        "label": version.name,
        "role": "item",
        "version": version.name,
        "year": f"FY{version.year}",
        "line": "",
        "stage": version.stage,
        "approval": version.approval,
        "approved_on": "" if version.approved_on is None else version.approved_on.isoformat(),
        "known_on": "" if version.known_on is None else version.known_on.isoformat(),
        "counts": version.counts,
        "lines": lines,
        "lines_owned": owned,
        "lines_approved": None if version.approval == "not stated" else approved,
        **_amounts(total),
        "compared_with": "" if before is None or total is None else before.version.name,
        "lines_moved": len(moved) if base is not None and total is not None else None,
        **_changes(total, base),
        "reason": reasons(version.why, said.reason),
    }


def _amounts(both: _Both | None) -> dict[str, float | None]:
    names = ("revenue", "cost", "result")
    return {name: None if both is None else money(getattr(both, name)) for name in names}


def _changes(both: _Both | None, base: _Both | None) -> dict[str, float | bool | None]:
    changes = {
        f"{name}_change": less(
            None if both is None else getattr(both, name),
            None if base is None else getattr(base, name),
        )
        for name in ("revenue", "cost", "result")
    }
    good = favorable(changes["result_change"], when="higher")
    return {name: money(cents) for name, cents in changes.items()} | {"favorable": good}


def _moved(said: _Said, before: _Said) -> list[Label]:
    """Return the lines that are not as they were, those that moved the result most first."""
    now, then = said.lines or {}, before.lines or {}
    none = _Both()
    moved = [label for label in {*now, *then} if now.get(label, none) != then.get(label, none)]
    gap = {label: now.get(label, none).minus(then.get(label, none)) for label in moved}
    return sorted(
        moved,
        key=lambda label: (
            -abs(gap[label].result),
            -abs(gap[label].revenue) - abs(gap[label].cost),
            label,
        ),
    )


def _memos(
    said: _Said, before: _Said | None, top: int, named: Callable[[Label], list[str]]
) -> list[dict[str, Any]]:
    if before is None or said.lines is None:
        return []
    moved = _moved(said, before)
    shown = moved if len(moved) <= top + 1 else moved[:top]
    rest = moved[len(shown) :]
    rows = [
        _memo(said, before, [label], JOIN.join(named(label)), JOIN.join(label)) for label in shown
    ]
    if rest:
        rows.append(_memo(said, before, rest, f"Other ({len(rest)})", "other"))
    return rows


def _memo(
    said: _Said, before: _Said, labels: Sequence[Label], name: str, line: str
) -> dict[str, Any]:
    now, then = _Both(), _Both()
    for label in labels:
        now = now.plus((said.lines or {}).get(label, _Both()))
        then = then.plus((before.lines or {}).get(label, _Both()))
    return {
        **dict.fromkeys(_COLUMNS, None),
        **{column: "" for column, kind in _COLUMNS.items() if kind == TEXT},
        "label": name if name != NONE else "not assigned",
        "role": "memo",
        "version": said.version.name,
        "year": f"FY{said.version.year}",
        "line": line,
        "lines_moved": len(labels),
        **_amounts(now),
        **_changes(now, then),
    }
