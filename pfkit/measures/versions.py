"""What a budget table says of its versions: stage, approval, and which of them count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.contracts.versions import Version, added_up, adopted, valid
from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import NONE, reasons, require, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.period import FiscalCalendar, Period


def stated_versions(budget: pd.DataFrame, calendar: FiscalCalendar) -> list[Version]:
    """Return what a budget table says of each version and fiscal year, as they followed each other.

    Parameters
    ----------
    budget : pandas.DataFrame
        Table ``budget``; ``stage``, ``approved``, ``approved_on``, ``approved_by`` and
        ``known_on`` are read where they are there.
    calendar : FiscalCalendar
        Says which fiscal year a row belongs to.
    """
    if budget.empty:
        return []
    rows = pd.DataFrame(
        {
            "version": texts(budget["version"]),
            "period": texts(budget["period"]),
            "stage": texts(budget["stage"]) if "stage" in budget.columns else NONE,
            "approved": approvals(budget),
            "approved_on": _days(budget, "approved_on"),
            "known_on": _days(budget, "known_on"),
        }
    )
    parts = rows.groupby(["version", "period", "stage"], sort=True).agg(
        rows=("version", "size"),
        stated=("approved", "count"),
        approved=("approved", "sum"),
        approved_on=("approved_on", "max"),
        known_on=("known_on", "min"),
    )
    return added_up(
        Version(
            str(version),
            calendar.period(str(period)).fiscal_year,
            () if stage == NONE else (str(stage),),
            int(row["rows"]),
            int(row["stated"]),
            int(row["approved"]),
            None if pd.isna(row["approved_on"]) else row["approved_on"].date(),
            None if pd.isna(row["known_on"]) else row["known_on"].date(),
        )
        for (version, period, stage), row in zip(parts.index, parts.to_dict("records"), strict=True)
    )


def approvals(budget: pd.DataFrame) -> pd.Series:
    """Return whether each row is approved; NA where the table says nothing of approval.

    A table without ``approved`` says it by ``approved_on``, else by ``approved_by``, where any of
    its rows has one.
    """
    if "approved" in budget.columns and bool(budget["approved"].notna().any()):
        return budget["approved"].astype("boolean")
    for name in ("approved_on", "approved_by"):
        if name in budget.columns and bool((texts(budget[name]) != NONE).any()):
            return (texts(budget[name]) != NONE).astype("boolean")
    return pd.Series(pd.NA, index=budget.index, dtype="boolean")


def uncounted(budget: pd.DataFrame, calendar: FiscalCalendar, year: int) -> dict[str, str]:
    """Return the versions that count nowhere in a fiscal year, and why."""
    return {
        version.name: version.why
        for version in stated_versions(budget, calendar)
        if version.year == year and not version.counts
    }


def plan_of(
    budget: pd.DataFrame, period: Period, named: str | None = None
) -> tuple[str | None, str]:
    """Return the version that is the budget of a fiscal year, or why there is none.

    The named one where it counts; without a name the adopted one, else the only one that counts.
    """
    mine = [
        version
        for version in stated_versions(budget, period.calendar)
        if version.year == period.fiscal_year
    ]
    counting = [version.name for version in mine if version.counts]
    if named is not None:
        why = next((v.why for v in mine if v.name == named), "")
        missing = f"{named}: not in the input for {period.year.label}"
        return (named, "") if named in counting else (None, why or missing)
    one = adopted(mine, period.fiscal_year)
    if one is not None or len(counting) == 1:
        return one or counting[0], ""
    if counting:
        return None, f"no plan version named among {', '.join(counting)}"
    return None, reasons(*(version.why for version in mine)) or "no plan in the input"


def plan_rows(
    budget: pd.DataFrame, period: Period, months: Sequence[str], named: str | None = None
) -> tuple[pd.DataFrame, str]:
    """Return what is planned for months: of each fiscal year its plan; or why there is none.

    Parameters
    ----------
    budget : pandas.DataFrame
        Table ``budget``, with or without ``version``.
    period : Period
        The period; its own year must have a plan, a year beside it may have one of another name.
    months : sequence of str
        The months to keep.
    named : str, optional
        The version called plan.

    Raises
    ------
    MeasureError
        If the named version stands nowhere in the table.
    """
    kept = budget[texts(budget["period"]).isin(months)]
    if "version" not in budget.columns or budget.empty:
        return kept, ""
    known = sorted(set(texts(budget["version"])))
    if named is not None and named not in known:
        raise MeasureError(
            f"version {named!r} is not in the budget",
            where="plan",
            advice=near_miss(named, known, noun="version"),
        )
    wanted, why = _plans(budget, period, months, named)
    chosen = texts(kept["period"]).map(wanted)
    return kept[(texts(kept["version"]) == chosen).fillna(value=False)], why


def _plans(
    budget: pd.DataFrame, period: Period, months: Sequence[str], named: str | None
) -> tuple[dict[str, str | None], str]:
    """Return the plan of each month, and why the period's year has none."""
    own, why = plan_of(budget, period, named)
    if own is None and named is not None and not why.startswith(f"{named}: not in the input"):
        return dict.fromkeys(months), why
    beside = {period.fiscal_year: own}
    found: dict[str, str | None] = {}
    for month in months:
        one = period.calendar.period(month)
        if one.fiscal_year not in beside:
            again, _ = plan_of(budget, one, named)
            beside[one.fiscal_year] = again or plan_of(budget, one)[0]
        found[month] = beside[one.fiscal_year]
    return found, why if own is None else ""


def spendable(
    budget: pd.DataFrame, period: Period, named: str | None = None
) -> tuple[str | None, str]:
    """Return the version a fiscal year may spend, or why there is none.

    The named one where it counts; without a name the last approved revision, else as `plan_of`.
    """
    if named is None:
        one = valid(stated_versions(budget, period.calendar), period.fiscal_year)
        if one is not None:
            return one, ""
    return plan_of(budget, period, named)


def versions_read(
    budget: pd.DataFrame, period: Period, named: Sequence[str] | None, plan: str | None
) -> list[str]:
    """Return the versions an outlook is made from, from first to last word.

    Raises
    ------
    MeasureError
        If none of the named ones is in the input.
    """
    require(budget, ["version", "period"], name="budget")
    found = list(dict.fromkeys(v.name for v in stated_versions(budget, period.calendar)))
    out = uncounted(budget, period.calendar, period.fiscal_year)
    if not named:
        every = [name for name in found if name not in out]
        return sorted(every, key=lambda name: name != plan)
    if found and not set(found) & set(named):
        raise MeasureError(
            f"version {named[0]!r} is not in the input",
            where="budget",
            advice=near_miss(named[0], found, noun="version"),
        )
    names = [name for name in named if name not in out]
    return names if plan is None or plan in named or plan in out else [plan, *names]


def plan_read(
    budget: pd.DataFrame, period: Period, names: Sequence[str], plan: str | None
) -> str | None:
    """Return the version a year is measured against: the named, the adopted, else the first."""
    if plan in names:
        return plan
    one = adopted(stated_versions(budget, period.calendar), period.fiscal_year)
    return one if one in names else next(iter(names), None)


def _days(budget: pd.DataFrame, name: str) -> pd.Series:
    if name not in budget.columns:
        return pd.Series(pd.NaT, index=budget.index, dtype="datetime64[ns]")
    return pd.to_datetime(budget[name])
