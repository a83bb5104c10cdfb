"""Budget lines with owner: every version, what is spent, and the comparison that can be made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pfkit.contracts.versions import adopted
from pfkit.errors import MeasureError, near_miss
from pfkit.measures.budget import judge
from pfkit.measures.commitments import Funds, funds_of
from pfkit.measures.grain import grain
from pfkit.measures.groups import COST_GROUPS, kept
from pfkit.measures.owners import names_of, owners_of
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    JOIN,
    MONEY,
    NO_ACTUALS,
    NONE,
    RATE,
    TEXT,
    favorable,
    less,
    money,
    reasons,
    require,
    result,
    row_keys,
    stated_rate,
    texts,
)
from pfkit.measures.rows import (
    rate as ratio,
)
from pfkit.measures.spans import Window, spanned, window
from pfkit.measures.versions import spendable, stated_versions, uncounted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.measures.spans import Label
    from pfkit.period import Period

_ACTUAL = "actual"
_FUNDS = {"carried": MONEY, "committed": MONEY, "available": MONEY, "overcommitted": FLAG}
_FUNDS |= {"available_version": TEXT}


def budget_lines(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    *,
    period: Period,
    by: str | Sequence[str] | None = None,
    versions: Sequence[str] | None = None,
    plan: str | None = None,
    outlook: str | None = None,
    top: int = 20,
    accounts: pd.DataFrame | None = None,
    groups: Sequence[str] = COST_GROUPS,
    favorable_when: str = "lower",
    owners: pd.DataFrame | None = None,
    amount: float | None = None,
    rate: float | None = None,
    comparison: Literal["auto", "to_date", "full_year"] = "auto",
    commitments: pd.DataFrame | None = None,
    carried: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""List the budget lines: every version, spent to date, the gap and whose it is.

    Use it for the page on which owners answer for their lines, with monthly budgets as well as
    with budgets stated for the year only.

    Parameters
    ----------
    actuals, budget : pandas.DataFrame
        Tables ``actuals`` and ``budget``; ``amount`` in reporting currency, ``span`` ``month``
        (default), ``quarter``, ``ytd`` or ``year``; of budget all versions.
    period : Period
        To date means from the start of its fiscal year to its end.
    by : str or sequence of str, optional
        The columns that make a line: ``cost_center``, ``product``, ``account``. Default: the cost
        center, or the account where no row names a cost center.
    versions : sequence of str, optional
        Versions shown, in order. Default: all that count, in alphabetical order; a draft and a
        version that is not approved do not.
    plan, outlook : str, optional
        The version compared with, and the one that says where the year will end. Default, and
        where the named one is not in the input: the adopted one, else the first of `versions`
        that is in the input and counts; and the last other one that does. A named version that
        does not count is not compared with, and ``reason`` says why.
    top : int
        Lines shown; the rest stand together as ``Other (n)``.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; lines hold only accounts of `groups`, and accounts it does not know. Its
        ``name`` stands in the label.
    groups : sequence of str
        Account groups listed; default the cost groups.
    favorable_when : str
        ``lower`` for spending, ``higher`` for income.
    owners : pandas.DataFrame, optional
        Table ``cost_centers`` with ``owner``, where `budget` has no ``owner``. Its ``name`` stands
        in the label.
    amount, rate : float, optional
        Materiality in reporting currency and as a fraction, as in `materiality`.
    comparison : str
        ``to_date`` (actual to date against plan to date), ``full_year`` (outlook against plan for
        the year) or ``auto``: to date where every planned line can be, else full year.

    commitments : pandas.DataFrame, optional
        Table ``commitments``; open ones are taken off what is available.
    carried : pandas.DataFrame, optional
        Result of `carry_forward` for the same fiscal year and columns; added to what is available.

    Returns
    -------
    pandas.DataFrame
        One row per line, largest plan first, then ``Other (n)`` and ``Total``. ``row_key``, the
        columns of `by`, ``label``, ``role`` (``item``, ``other``, ``total``), ``count``, ``owner``;
        ``full_year_<version>`` per version, ``actual_ytd`` and ``plan_ytd`` in reporting currency;
        ``used_share`` (actual to date of the plan for the year) and ``elapsed_share`` (months gone)
        as fractions; ``comparison`` in words, ``compared``, ``reference``, ``variance``,
        ``variance_rate``, ``favorable``, ``material``, ``material_reason``; ``reason`` says why
        something is NA. With `commitments` or `carried` also ``carried``, ``committed``,
        ``available`` (the year's budget and carried, less actual and committed),
        ``overcommitted`` and ``available_version``: the last approved revision, else the plan.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If no named version is in the input, a span is unknown, or an amount is missing.

    Notes
    -----
    :math:`variance = compared - reference`. An amount stated for the year is never cut into
    months: without a phased plan, spending to date has no variance, only its used share beside
    the share of the year gone. Lines shown are the material ones, then the largest. Amounts are
    natural: spending is positive, and over plan is a positive variance that is unfavorable. What
    only one of plan and ledger states of an account, cost centers or products, is not compared on:
    ``attrs["grain"]`` says so.

    References
    ----------
    .. [1] City of Philadelphia, *Quarterly City Managers Report* (adopted, target, projection).
    .. [2] GFOA, *Budget Monitoring* (best practice: compare what covers the same months).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> actuals = pd.DataFrame(
    ...     {"period": ["2026-03"], "span": "ytd", "cost_center": "Fire", "amount": [30.0]}
    ... )
    >>> budget = pd.DataFrame(
    ...     {
    ...         "version": ["adopted", "projection"],
    ...         "period": "2026-03",
    ...         "span": "year",
    ...         "cost_center": "Fire",
    ...         "amount": [100.0, 110.0],
    ...     }
    ... )
    >>> lines = budget_lines(actuals, budget, period=FiscalCalendar().period("2026-03"))
    >>> lines[["label", "used_share", "comparison", "variance"]].values.tolist()[0]
    ['Fire', 0.3, 'projection full year against adopted full year', 10.0]
    """
    shared = grain(actuals, budget, period=period, plan=plan)
    actuals, budget = shared.of(actuals), shared.of(budget)
    by = line_column(budget, actuals) if by is None else by
    columns = [by] if isinstance(by, str) else list(by)
    read = _read(
        kept(actuals, accounts, groups),
        kept(budget, accounts, groups),
        columns,
        period,
        _Versions(versions, plan, outlook),
    )
    due = None if commitments is None else shared.of(commitments)
    funds = funds_of(due, carried, by=columns, period=period, accounts=accounts, groups=groups)
    labels = [label for label in read.labels if any(read.amounts(label).values())]
    labels = labels if funds is None else sorted({*labels, *funds.labels})
    way = _way(read, labels, comparison)
    whose = owners_of(budget, owners, columns)
    thresholds = (amount, rate)
    items = {
        label: _line(read, [label], way, favorable_when, thresholds) | _left(read, [label], funds)
        for label in labels
    }
    shown, rest = _chosen(read, items, top)
    table: list[tuple[str, str, list[Label]]] = [
        ("item", JOIN.join(names_of(label, columns, accounts, owners)), [label]) for label in shown
    ]
    if rest:
        table.append(("other", f"Other ({len(rest)})", rest))
    if labels:
        table.append(("total", "Total", labels))
    keys = row_keys(shown, reserved=("other", "total")) + [r for r, _, _ in table[len(shown) :]]
    out: list[dict[str, Any]] = []
    for key, (role, name, inside) in zip(keys, table, strict=True):
        parts = inside[0] if role == "item" else ("",) * len(columns)
        row = _line(read, inside, way, favorable_when, thresholds) | _left(read, inside, funds)
        hidden = sum(items[label]["material"] is True for label in rest) if role == "other" else 0
        row["reason"] = reasons(row["reason"], f"{hidden} material lines in it" if hidden else "")
        out.append(
            {"row_key": key}
            | dict(zip(columns, parts, strict=True))
            | {"label": name, "role": role, "count": len(inside)}
            | {"owner": whose.get(inside[0], "") if role == "item" else ""}
            | row
        )
    lines = result(out, _columns(columns, read.versions) | ({} if funds is None else _FUNDS))
    lines.attrs["grain"] = shared.note
    return lines


def _columns(by: list[str], versions: Sequence[str]) -> dict[str, str]:
    columns = {"row_key": TEXT} | dict.fromkeys(by, TEXT)
    columns |= {"label": TEXT, "role": TEXT, "count": COUNT, "owner": TEXT}
    columns |= {f"full_year_{version}": MONEY for version in versions}
    columns |= {"actual_ytd": MONEY, "plan_ytd": MONEY, "used_share": RATE, "elapsed_share": RATE}
    columns |= {"comparison": TEXT, "compared": MONEY, "reference": MONEY}
    columns |= {"variance": MONEY, "variance_rate": RATE, "favorable": FLAG}
    return columns | {"material": FLAG, "material_reason": TEXT, "reason": TEXT}


def line_column(budget: pd.DataFrame, actuals: pd.DataFrame) -> str:
    """Return the first column that names a line: cost center, or account where no row has one."""
    for table in (budget, actuals):
        if "cost_center" in table.columns and bool((texts(table["cost_center"]) != NONE).any()):
            return "cost_center"
    both = all("account" in table.columns for table in (budget, actuals))
    return "account" if both and len(budget) else "cost_center"


@dataclass(frozen=True)
class _Versions:
    named: Sequence[str] | None
    plan: str | None
    outlook: str | None

    @property
    def every(self) -> bool:
        """Whether nobody chose: every version that counts is shown."""
        return self.named is None or not (self.named or self.plan)


@dataclass(frozen=True)
class _Read:
    """Everything the lines are made of, in cents by label."""

    labels: list[Label]
    versions: list[str]
    years: dict[str, Window]
    actual: Window
    planned: Window
    plan: str | None
    outlook: str | None
    elapsed: float
    spendable: str | None
    left: Window

    def amounts(self, label: Label) -> dict[str, int | None]:
        found = {name: said.of([label]) for name, said in self.years.items()}
        return found | {"": self.actual.of([label]), "to date": self.planned.of([label])}

    def spent(self, labels: Sequence[Label]) -> bool:
        """Return whether the input has any actual of the year for these labels."""
        return not set(self.actual.amounts or {}).isdisjoint(labels)

    def year(self, version: str | None, labels: Sequence[Label]) -> int | None:
        return None if version is None else self.years[version].of(labels)


def _read(
    actuals: pd.DataFrame, budget: pd.DataFrame, by: list[str], period: Period, choice: _Versions
) -> _Read:
    require(budget, ["version"], name="budget")
    spent = spanned(actuals.assign(version=_ACTUAL), by, period, name="actuals")
    planned = spanned(budget, by, period, name="budget")
    found = sorted(set(texts(budget["version"])))
    out = uncounted(budget, period.calendar, period.fiscal_year)
    versions = [v for v in found if v not in out] if choice.every else list(choice.named or ())
    for name in (choice.plan, choice.outlook):
        if name is not None and name not in versions:
            versions.append(name)
    if found and not choice.every and not set(found) & set(versions):
        raise MeasureError(
            f"version {versions[0]!r} is not in the input" if versions else "no version named",
            where="budget",
            advice=near_miss(versions[0] if versions else "", found, noun="version"),
        )
    until, to_date = period.months[-1], period.year_to_date
    years = {v: window(planned, by, v, period.year, until=until) for v in versions}
    dates = {v: window(planned, by, v, to_date, until=until) for v in versions}
    there = [v for v in versions if (years[v].amounts, dates[v].amounts) != (None, None)]
    there = [v for v in there if v not in out]
    plan, why = _plan(choice.plan, there, out, budget, period)
    others = [v for v in there if v != plan and years[v].amounts is not None]
    outlook = choice.outlook if choice.outlook in others else (others[-1] if others else None)
    valid = spendable(budget, period)[0] or plan
    return _Read(
        labels=sorted(
            set(zip(*(spent[c].tolist() for c in by), strict=True))
            | set(zip(*(planned[c].tolist() for c in by), strict=True))
        ),
        versions=versions,
        years=years,
        actual=window(spent, by, _ACTUAL, to_date, until=until),
        planned=Window(None, reason=why) if plan is None else dates[plan],
        plan=plan,
        outlook=outlook,
        elapsed=len(to_date.months) / len(period.year.months),
        spendable=valid,
        left=Window(None, reason=why)
        if valid is None
        else window(planned, by, valid, period.year, until=until),
    )


def _plan(
    named: str | None,
    there: Sequence[str],
    out: Mapping[str, str],
    budget: pd.DataFrame,
    period: Period,
) -> tuple[str | None, str]:
    """Return the version compared with, or why there is none."""
    if named is not None and named in out:
        return None, out[named]
    if named in there:
        return named, ""
    one = adopted(stated_versions(budget, period.calendar), period.fiscal_year)
    if one in there:
        return one, ""
    return (there[0], "") if there else (None, reasons(*out.values()) or "no plan in the input")


def _way(read: _Read, labels: list[Label], comparison: str) -> str:
    """Choose what is compared: to date, or the full year."""
    if comparison != "auto":
        return comparison
    planned = [label for label in labels if read.year(read.plan, [label]) != 0]
    if planned and read.actual.of(planned) is not None and read.planned.of(planned) is not None:
        return "to_date"
    return "full_year" if read.outlook is not None else "to_date"


def _line(
    read: _Read,
    labels: Sequence[Label],
    way: str,
    when: str,
    thresholds: tuple[float | None, float | None],
) -> dict[str, Any]:
    spent, planned = read.actual.of(labels), read.planned.of(labels)
    year = read.year(read.plan, labels)
    if way == "to_date":
        left, right = spent, planned
        words = f"actual to date against {read.plan} to date" if read.plan else "no comparison"
        why = [read.actual.why(labels), read.planned.why(labels)]
    else:
        left, right = read.year(read.outlook, labels), year
        words = f"{read.outlook} full year against {read.plan} full year"
        words = words if read.outlook and read.plan else "no comparison"
        why = [read.actual.why(labels), "" if read.outlook else "no outlook in the input"]
        why.append("" if read.plan else read.planned.reason)
    why += [said.why(labels) for said in read.years.values()]
    gap = less(left, right)
    silent = spent is not None and not read.spent(labels)
    share = stated_rate(gap, right, stated=not (silent and way == "to_date"))
    used = stated_rate(spent, year, stated=not silent)
    why += [NO_ACTUALS] if silent else []
    why += ["reference is zero"] if right == 0 else []
    why += ["plan for the year is zero"] if year == 0 else []
    verdict: tuple[bool | None, str] = (None, "no threshold given")
    if thresholds[0] is not None or thresholds[1] is not None:
        verdict = judge(money(gap), ratio(gap, right), thresholds[0] or 0.0, thresholds[1] or 0.0)
    return {
        **{f"full_year_{name}": money(said.of(labels)) for name, said in read.years.items()},
        "actual_ytd": money(spent),
        "plan_ytd": money(planned),
        "used_share": used,
        "elapsed_share": read.elapsed,
        "comparison": words,
        "compared": money(left),
        "reference": money(right),
        "variance": money(gap),
        "variance_rate": share,
        "favorable": favorable(gap, when=when),
        "material": verdict[0],
        "material_reason": verdict[1],
        "reason": reasons(*why),
    }


def _left(read: _Read, labels: Sequence[Label], funds: Funds | None) -> dict[str, Any]:
    """Return what is left of lines for the year, once actuals and commitments are taken off."""
    if funds is None:
        return {}
    carried, due = funds.of(labels)
    spent, year = read.actual.of(labels), read.left.of(labels)
    left = None if spent is None or year is None else year + carried - spent - due
    return {
        "carried": money(carried),
        "committed": money(due),
        "available": money(left),
        "overcommitted": None if left is None else left < 0 < due,
        "available_version": read.spendable or "",
    }


def _chosen(
    read: _Read, items: dict[Label, dict[str, Any]], top: int
) -> tuple[list[Label], list[Label]]:
    """Return the lines shown and the rest: material and overcommitted first, then the largest."""

    def size(label: Label) -> tuple[int, int]:
        known = [abs(cents) for cents in read.amounts(label).values() if cents]
        return -abs(read.year(read.plan, [label]) or 0), -max(known, default=0)

    by_size = sorted(items, key=lambda label: (size(label), label))
    if len(by_size) <= top + 1:
        return by_size, []
    gap = {label: -abs(items[label]["variance"] or 0.0) for label in items}
    material = [
        label
        for label in by_size
        if items[label]["material"] is True or items[label].get("overcommitted") is True
    ]
    first = sorted(material, key=lambda label: (gap[label], label))[:top]
    kept = {*first, *[label for label in by_size if label not in first][: top - len(first)]}
    return [x for x in by_size if x in kept], [x for x in by_size if x not in kept]
