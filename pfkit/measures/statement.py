"""Reading a statement: its lines, its subtotals, and what each comparison covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import reasons, require, row_keys, texts, whole_cents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pfkit.period import Period

ACTUAL = "actual"
REVENUE = ("gross", "returns", "other")
GROUPS = (*REVENUE, "cost_of_revenue", "operating")
OUTSIDE = "outside"

SUBTOTALS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("net-revenue", "Net revenue", REVENUE),
    ("gross-margin", "Gross margin", (*REVENUE, "cost_of_revenue")),
    ("contribution", "Contribution", GROUPS),
)
REFERENCES = ("plan", "prior_year", "previous")
PREFIX = {"plan": "plan", "prior_year": "prior", "previous": "previous"}

COLUMNS = ("version", "period", "line", "group", "amount")


@dataclass(frozen=True)
class Reading:
    """What one version says about a stretch of months.

    Attributes
    ----------
    rows : pandas.DataFrame or None
        The statement's rows with ``cents``; None where the months are not all there.
    reason : str
        Why there is nothing to read; empty where there is.
    """

    rows: pd.DataFrame | None
    reason: str = ""

    def total(self, groups: Sequence[str]) -> int | None:
        """Add up the groups, in cents; None where there is nothing to read."""
        if self.rows is None:
            return None
        return int(self.rows.loc[self.rows["group"].isin(groups), "cents"].sum())


def prepared(statement: pd.DataFrame, *, extra: Sequence[str] = ()) -> pd.DataFrame:
    """Return the statement's rows as text and whole cents, refusing an unknown group.

    A statement that is prepared already is returned as it is, so that measures of one page share
    the work.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is missing, or a group is none of the six.
    """
    if "cents" in statement.columns and set(extra) <= set(statement.columns):
        return statement
    require(statement, [*COLUMNS, *extra], name="statement")
    wanted = ["version", "period", "line", "group", *extra]
    kept = ("account", "since")
    wanted += [name for name in kept if name in statement.columns and name not in wanted]
    rows = pd.DataFrame({column: texts(statement[column]) for column in dict.fromkeys(wanted)})
    rows["cents"] = whole_cents(statement["amount"], name="statement").to_numpy()
    rows.attrs |= statement.attrs
    unknown = sorted(set(rows["group"].unique()) - {*GROUPS, OUTSIDE})
    if unknown:
        raise MeasureError(
            f"group {unknown[0]!r} is no group of a statement line",
            where="statement",
            advice=near_miss(unknown[0], [*GROUPS, OUTSIDE], noun="group"),
        )
    return rows


def plan_named(rows: pd.DataFrame, plan: str | None) -> tuple[str | None, str]:
    """Return the plan version to compare with, or why there is none.

    Raises
    ------
    MeasureError
        If the statement has budget versions and `plan` is none of them.
    """
    known = sorted(set(rows["version"].unique()) - {ACTUAL})
    if plan not in {None, *known} and (why := left_out(rows, plan)):
        return None, why
    if not known:
        if plan is None:
            return None, left_out(rows) or "no plan in the input"
        return None, f"{plan} is not stated by month"
    if plan is None:
        return (known[0], "") if len(known) == 1 else (None, "no plan version named")
    if plan not in known:
        raise MeasureError(
            f"version {plan!r} is not in the statement",
            where="plan",
            advice=near_miss(plan, known, noun="version"),
        )
    return plan, ""


def left_out(rows: pd.DataFrame, version: str | None = None, year: int | None = None) -> str:
    """Return why a version stands nowhere in a statement, or not in a year; empty where it may.

    Parameters
    ----------
    rows : pandas.DataFrame
        The statement, or what `prepared` made of it.
    version : str, optional
        The version; all that are left out when not given.
    year : int, optional
        A fiscal year; when not given, the last one there is something to say of.
    """
    out: Mapping[str, Mapping[int, str]] = rows.attrs.get("left_out", {})
    if version is None:
        return reasons(*(years[max(years)] for years in out.values()))
    years = out.get(version, {})
    if year is not None:
        return years.get(year, years.get(0, ""))
    return years[max(years)] if years else ""


def read(rows: pd.DataFrame, version: str, period: Period, *, what: str) -> Reading:
    """Read one version over a period; refuse a stretch that is not all there.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `prepared`.
    version : str
        ``actual`` or a budget version.
    period : Period
        The months to read.
    what : str
        Names the comparison in the reason: ``prior year``.

    Notes
    -----
    A month counts as there when the version has any row in it. A stretch with months missing is
    not compared at all: three months beside six is no comparison. Amounts stated for longer than a
    month are read account by account, each from the fewest stretches that cover the period.
    """
    if "since" in rows.columns:
        return _read_stretches(rows, version, period, what=what)
    mine = rows[(rows["version"] == version) & rows["period"].isin(period.months)]
    there = mine["period"].nunique()
    if there == len(period.months):
        return Reading(mine)
    if there == 0:
        return Reading(None, f"{what}: {period.label} is not in the input")
    return Reading(
        None, f"{what}: {there} of {len(period.months)} months of {period.label} in the input"
    )


def monthly(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a statement that are of one month each."""
    return rows[rows["since"] == rows["period"]] if "since" in rows.columns else rows


def earlier(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return what is stated of the months before a report's, longer stretches under their label.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `prepared`.
    period : Period
        The period reported.

    Notes
    -----
    A stretch counts where all of it lies before; what follows from other stretches does not.
    """
    months = set(period.earlier_months)
    if "since" not in rows.columns:
        return rows[rows["period"].isin(months)]
    calendar, labels = period.calendar, {}
    for since, last in set(zip(rows["since"], rows["period"], strict=True)):
        held = [since]
        while held[-1] < last:
            held.append(calendar.shift(held[-1], 1))
        if months.issuperset(held):
            labels[since, last] = calendar.join(tuple(held), kind="month").label
    pairs = list(zip(rows["since"], rows["period"], strict=True))
    inside = np.array([pair in labels for pair in pairs], dtype=bool)  # an empty list is no mask
    told = rows[inside]
    told = told.assign(period=[labels[pair] for pair in pairs if pair in labels])
    made = getattr(rows.attrs.get("derived"), "rows", None)
    if made is None or "account" not in told.columns:
        return told
    derived = set(zip(made["period"], made["account"], strict=True))
    cells = zip(told["period"], told["account"], strict=True)
    return told[np.array([cell not in derived for cell in cells], dtype=bool)]


def _read_stretches(rows: pd.DataFrame, version: str, period: Period, *, what: str) -> Reading:
    """Read accounts whose amounts are stated by month, quarter, to date or year, each once."""
    months = {month: place for place, month in enumerate(period.months)}
    mine = rows[rows["version"] == version]
    inside = mine[mine["since"].isin(months) & mine["period"].isin(months)]
    if inside.empty:
        return Reading(None, f"{what}: {period.label} is not in the input")
    code = "account" if "account" in rows.columns else "line"
    wide = set(mine.loc[mine["since"] != mine["period"], code])
    parts, there = [], set()
    for account, own in inside.groupby(code, sort=True):
        if account not in wide:
            parts.append(own)
            there |= set(own["period"])
            continue
        stated = {(months[a], months[b]) for a, b in zip(own["since"], own["period"], strict=True)}
        cover = _fewest(stated, len(months))
        if cover is None:
            line = own["line"].iloc[0]
            return Reading(None, f"{what}: {line} is not stated for {period.label}")
        pairs = [(period.months[a], period.months[b]) for a, b in cover]
        held = [pair in pairs for pair in zip(own["since"], own["period"], strict=True)]
        parts.append(own[held])
        there |= set(months)
    silent = sorted(wide - set(inside[code]))
    across = mine[(mine["since"] <= period.months[-1]) & (mine["period"] >= period.months[0])]
    unread = across[across[code].isin(silent) & (across["cents"] != 0)]
    if len(unread):
        return Reading(None, f"{what}: {unread['line'].iloc[0]} is not stated for {period.label}")
    if len(there) < len(months):
        return Reading(
            None, f"{what}: {len(there)} of {len(months)} months of {period.label} in the input"
        )
    return Reading(pd.concat(parts))


def _fewest(stated: set[tuple[int, int]], count: int) -> list[tuple[int, int]] | None:
    """Return the fewest stretches, one after another, that cover places 0 to count - 1.

    Examples
    --------
    >>> _fewest({(0, 5), (6, 8), (9, 11), (0, 8), (3, 5)}, 12)
    [(0, 8), (9, 11)]
    >>> _fewest({(0, 5), (9, 11)}, 12) is None
    True
    """
    best: dict[int, list[tuple[int, int]]] = {0: []}
    for first, last in sorted(stated):
        if first in best:
            way = [*best[first], (first, last)]
            if last + 1 not in best or len(way) < len(best[last + 1]):
                best[last + 1] = way
    return best.get(count)


def comparisons(rows: pd.DataFrame, period: Period, plan: str | None) -> dict[str, Reading]:
    """Read actual, plan, prior year and the previous period of one period."""
    name, why_not = plan_named(rows, plan)
    planned = Reading(None, why_not) if name is None else read(rows, name, period, what="plan")
    if planned.rows is None and name and (why := left_out(rows, name, period.fiscal_year)):
        planned = Reading(None, f"plan: {why}")
    prior = read(rows, ACTUAL, period.prior_year, what="prior year")
    if planned.rows is None and (why := _refused(rows, "plan", period)):
        planned = Reading(None, f"plan: {why}")
    if prior.rows is None and (why := _refused(rows, "prior_year", period)):
        prior = Reading(None, f"prior year: {why}")
    return {
        "actual": read(rows, ACTUAL, period, what="actual"),
        "plan": planned,
        "prior_year": prior,
        "previous": read(rows, ACTUAL, period.previous, what="previous period"),
    }


def _refused(rows: pd.DataFrame, what: str, period: Period) -> str:
    """Return why a group is not compared: which of its entities lacks it; empty where none does."""
    told: Mapping[str, str] = rows.attrs.get("refused", {}).get(what, {})
    return reasons(*(told.get(month, "") for month in period.months))


def line_order(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (group, line) pairs in statement order.

    Notes
    -----
    Groups stand in the order of a statement; lines follow the chart of accounts (lowest account
    first), then the alphabet, so that neither the order of rows nor the month moves them.
    """
    rank = {group: place for place, group in enumerate((*GROUPS, OUTSIDE))}
    first: dict[tuple[str, str], str] = {}
    code = "account" if "account" in rows.columns else "line"
    known_codes = rows[["group", "line", code]].set_axis(["group", "line", "code"], axis=1)
    for group, line, code in known_codes.drop_duplicates().itertuples(index=False):
        known = first.get((group, line))
        if known is None or code < known:
            first[(group, line)] = code
    return sorted(first, key=lambda pair: (rank[pair[0]], first[pair], pair[1]))


def subtotals(rows: pd.DataFrame) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the subtotals a statement has lines for: key, label and groups added up."""
    groups = set(rows["group"].unique())
    kept = []
    for key, label, parts in SUBTOTALS:
        last = parts[-1]
        if key == "net-revenue" or last in groups:
            kept.append((key, label, parts))
    return kept


def line_keys(lines: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return one key per (group, line); a name in two groups carries its group."""
    names = [line for _, line in lines]
    labels = [(line,) if names.count(line) == 1 else (f"{line} {group}",) for group, line in lines]
    reserved = {key for key, _, _ in SUBTOTALS}
    return dict(zip(lines, row_keys(labels, reserved=reserved), strict=True))


def layout(
    lines: list[tuple[str, str]],
    sums: list[tuple[str, str, tuple[str, ...]]],
    keys: Mapping[tuple[str, str], str],
) -> list[tuple[str, str, str, str, list[tuple[str, str]]]]:
    """Return the rows of one statement: lines, each subtotal after its groups, memo lines last."""
    out: list[tuple[str, str, str, str, list[tuple[str, str]]]] = []
    done: set[str] = set()
    for key, label, groups in sums:
        inside = [pair for pair in lines if pair[0] in groups]
        out += [(keys[p], p[1], p[0], "line", [p]) for p in inside if p[0] not in done]
        out.append((key, label, "", "subtotal", inside))
        done |= set(groups)
    left = [pair for pair in lines if pair[0] not in done]
    roles = {pair: "memo" if pair[0] == OUTSIDE else "line" for pair in left}
    return out + [(keys[p], p[1], p[0], roles[p], [p]) for p in left]
