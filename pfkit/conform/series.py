"""What came in and what was planned, period by period, in the form that forecasts read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.conform.stretches import derived_quarters, with_since
from pfkit.conform.views import REVENUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.period import FiscalCalendar, Period

_CELL = ("product", "family")
_CENTER = ("cost_center", "account")
_NUMBERS = ("amount", "plan")
_ACTUAL, _NONE = "actual", "(none)"
_MONTHS, _YEAR = 3, 12


def net_revenue(
    statement: pd.DataFrame, period: Period, *, plan: str | None, cut_short: str = ""
) -> pd.DataFrame:
    """Return net revenue and its plan by period, product and family, to forecast from.

    Parameters
    ----------
    statement : pandas.DataFrame
        The statement of a book.
    period : Period
        The period reported: nothing after it has come.
    plan : str, optional
        The budget version called plan.
    cut_short : str
        The last day with rows, where the last month is not whole: it is left out.

    Returns
    -------
    pandas.DataFrame
        ``period, product, family, amount, plan`` in reporting currency, by month, or by quarter
        where net revenue is stated for longer than a month. ``amount`` is zero where the ledger
        tells a period and not the product, from its first one on, and in the last period for one
        that is planned alone; NA in periods to come, which have a plan. ``attrs["reason"]`` says
        what was left out, and why.
    """
    rows = statement[statement["group"].isin(REVENUE)] if len(statement) else statement
    if rows.empty:
        return _nothing(_CELL)
    told: list[str] = []
    actual = rows[(rows["version"] == _ACTUAL) & (rows["period"] <= period.months[-1])]
    if cut_short:
        told.append(f"{period.months[-1]} ends on {cut_short} and is left out")
        actual = actual[actual["period"] < period.months[-1]]
    planned = rows[rows["version"] == plan]
    if "since" in rows.columns and bool((actual["since"] != actual["period"]).any()):
        actual, planned = (_quarters(part, period.calendar) for part in (actual, planned))
    return _grid(_sums(actual, _CELL), _sums(planned, _CELL), told)


def spending(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    accounts: pd.DataFrame,
    period: Period,
    *,
    plan: str | None,
) -> pd.DataFrame:
    """Return what was spent and planned by period, cost center and account, to forecast from.

    Parameters
    ----------
    actuals, budget, accounts : pandas.DataFrame
        Tables of a book; accounts of income are left out.
    period : Period
        The period reported: nothing after it has come.
    plan : str, optional
        The budget version called plan; what it states for the year alone is in no period.

    Returns
    -------
    pandas.DataFrame
        ``period, cost_center, account, amount, plan`` in reporting currency, as `net_revenue`;
        positive is cost. A quarter is the amount to its end less the amount to its beginning where
        amounts are stated to date.
    """
    income = set(accounts.loc[accounts["group"].isin(REVENUE), "account"])
    parts = []
    for table, version in ((actuals, _ACTUAL), (budget, plan)):
        mine = table[~table["account"].isin(income)] if len(table) else table
        mine = mine[mine["version"] == version] if "version" in mine.columns else mine
        parts.append(_spent(mine, period.calendar))
    actual, planned = parts
    if actual.empty and planned.empty:
        return _nothing(_CENTER)
    actual = actual[(actual["period"] <= period.months[-1]).to_numpy()]
    if bool((actual["since"] != actual["period"]).any()):
        actual, planned = (
            _quarters(_with_derived(part, period.calendar), period.calendar)
            for part in (actual, planned)
        )
    else:
        planned = planned[planned["since"] == planned["period"]]
    return _grid(_sums(actual, _CENTER), _sums(planned, _CENTER), [])


def _nothing(cell: Sequence[str]) -> pd.DataFrame:
    names = ("period", *cell, *_NUMBERS)
    return pd.DataFrame({name: pd.Series(dtype="object") for name in names})


def _spent(table: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return a ledger's rows added up by cell and span, with the first month each covers."""
    keys = ["span", "period", "cost_center", "account"]
    rows = table.reindex(columns=[*keys, "amount"])
    rows = rows.astype({"amount": "float64"} | dict.fromkeys(keys, "object"))
    rows = rows.fillna({"span": "month", "cost_center": _NONE})
    rows = rows.groupby(keys, sort=True)["amount"].sum().round(2).reset_index()
    return with_since(rows, calendar).assign(product=_NONE).drop(columns="span")


def _with_derived(rows: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    made = derived_quarters(rows, calendar).reindex(columns=rows.columns)
    return pd.concat([rows, made], ignore_index=True) if len(made) else rows


def _quarters(rows: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return rows by fiscal quarter: as stated, or three months where no quarter is stated."""
    quarters = {month: calendar.quarter_of(month) for month in set(rows["period"])}
    label = rows["period"].map(quarters)
    first = {month: calendar.period(quarter).months[0] for month, quarter in quarters.items()}
    last = {month: calendar.period(quarter).months[-1] for month, quarter in quarters.items()}
    single = (rows["since"] == rows["period"]).to_numpy()
    whole = (rows["since"] == rows["period"].map(first)) & (
        rows["period"].map(last) == rows["period"]
    )
    told = rows.assign(period=label, month=rows["period"])
    stated, months = told[whole.to_numpy() & ~single], told[single]
    key = ["period", "account"]
    number = months.drop_duplicates([*key, "month"]).groupby(key)["month"].size()
    full = number.index[(number == _MONTHS).to_numpy()]
    full = full.difference(pd.MultiIndex.from_frame(stated[key].drop_duplicates()))
    months = months[pd.MultiIndex.from_frame(months[key]).isin(full)]
    return pd.concat([stated, months], ignore_index=True)


def _sums(rows: pd.DataFrame, cell: Sequence[str]) -> pd.Series:
    return rows.groupby(["period", *cell], sort=True)["amount"].sum().round(2)


def _grid(actual: pd.Series, planned: pd.Series, told: list[str]) -> pd.DataFrame:
    """Return every cell in every period from its first on, zero where the ledger has none."""
    periods = sorted(set(actual.index.get_level_values("period")))
    kept = periods[_after_holes(periods, told) :]
    cells = sorted({cell[1:] for cell in (*actual.index, *planned.index)})
    ahead = set(planned.index.get_level_values("period"))
    every = [at for at in sorted({*kept, *ahead}) if not kept or at >= kept[0]]
    names = list(actual.index.names)
    place = pd.MultiIndex.from_tuples([(at, *cell) for cell in cells for at in every], names=names)
    amount, plan = actual.reindex(place), planned.reindex(place)
    began = amount.notna().groupby(names[1:]).cummax().to_numpy()
    if kept:  # what was planned and never sold has come to nothing by now
        began = began | (place.get_level_values("period") == kept[-1])
    within = place.get_level_values("period").isin(kept)
    amount = amount.mask(amount.isna() & began & within, 0.0)
    found = pd.DataFrame({"amount": amount, "plan": plan}).reset_index()
    found = found[(found["amount"].notna() | found["plan"].notna()).to_numpy()]
    kinds = dict.fromkeys(names, "str") | dict.fromkeys(_NUMBERS, "Float64")
    found = found.astype(kinds).reset_index(drop=True)
    found.attrs["reason"] = "; ".join(told)
    return found


def _after_holes(periods: Sequence[str], told: list[str]) -> int:
    """Return where the last stretch begins that no hole of more than a year interrupts."""
    by_quarter = any("Q" in str(label) for label in periods)
    size = _YEAR // _MONTHS if by_quarter else _YEAR
    numbers = np.array(
        [int(label[:4]) * size + int(label[5:].lstrip("Q")) for label in map(str, periods)]
    )
    wide = np.nonzero(np.diff(numbers) > size)[0]
    if not len(wide):
        return 0
    place = int(wide[-1])
    missing = int(numbers[place + 1] - numbers[place] - 1)
    unit = "quarters" if by_quarter else "months"
    told.append(
        f"before {periods[place + 1]} there are {missing} {unit} without a statement, and what lies"
        " before them is left out"
    )
    return place + 1
