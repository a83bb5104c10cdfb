"""A budget by series and period, added up to the parts of a year that series are forecast for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pfkit.errors import ContractError
from pfkit.measures.fleet.periods import MONTHS, QUARTERS, read_period
from pfkit.measures.fleet.table import TOTAL
from pfkit.measures.rows import JOIN, require, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.fleet.rows import Counts
    from pfkit.measures.fleet.years import Span
    from pfkit.measures.medians import Array

_TABLE = "budget"
#: The column an amount stands in, the first one that is there.
_AMOUNTS = ("budget", "plan", "amount")
_YEAR = re.compile(r"(?:FY)?(\d{4})")


class Planned(NamedTuple):
    """What is budgeted: series by span, NaN where nothing is; and over how many of its periods."""

    amount: Array
    periods: Counts


def planned(
    budget: pd.DataFrame | None,
    names: Sequence[str],
    by: Sequence[str],
    spans: Sequence[Span],
    *,
    season: int,
    year_start: int,
) -> Planned:
    """Return the budget of every series and span.

    Parameters
    ----------
    budget : pandas.DataFrame, optional
        ``period``, the columns of `by` and ``budget``, or ``plan`` or ``amount`` where it is not
        there; rows of the same series and period add up, and empty ones say nothing.
    names : sequence of str
        The series.
    by : sequence of str
        The columns that name a series.
    spans : sequence of Span
        Stretches of the year; the first is the year.
    season : int
        Periods in a year.
    year_start : int
        The first month of the fiscal year, which quarters and years of a budget follow.

    Raises
    ------
    ContractError
        If the budget lacks a column, a period cannot be read, an amount is no finite number, or a
        series is budgeted both by month and for longer.
    """
    if budget is None:
        nothing = np.full((len(names), len(spans)), np.nan)
        return Planned(nothing, np.zeros(nothing.shape, dtype=np.int64))
    rows = _rows(budget, by)
    code = pd.Index(names).get_indexer(pd.Index(rows["name"]))
    first, stop = _stretches(rows["period"], season, year_start)
    inside_year = (first >= spans[0].first) & (stop <= spans[0].stop) & (code >= 0)
    code, first, stop = code[inside_year], first[inside_year], stop[inside_year]
    _once(code, first, stop, names)
    value = rows["amount"].to_numpy(dtype=float)[inside_year]
    amount = np.zeros((len(names), len(spans)))
    periods = np.zeros(amount.shape, dtype=np.int64)
    apart = np.zeros(amount.shape, dtype=bool)
    for k, span in enumerate(spans):
        whole = (first >= span.first) & (stop <= span.stop)
        part = ~whole & (first < span.stop) & (stop > span.first)
        np.add.at(amount[:, k], code[whole], value[whole])
        np.add.at(periods[:, k], code[whole], (stop - first)[whole])
        # months of a budget for quarters lie three in one
        np.minimum(periods[:, k], span.stop - span.first, out=periods[:, k])
        apart[code[part], k] = True
    return Planned(np.where((periods > 0) & ~apart, amount, np.nan), np.where(apart, 0, periods))


def _rows(budget: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return name, period and amount, one row per series and period."""
    column = next((name for name in _AMOUNTS if name in budget.columns), _AMOUNTS[0])
    require(budget, ["period", column, *by], name=_TABLE)
    given = pd.to_numeric(budget[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    told = budget[column].notna().to_numpy()
    if bool((told & ~np.isfinite(given)).any()):
        row = int((told & ~np.isfinite(given)).argmax())
        raise ContractError(
            f"{column} {budget[column].iloc[row]!r} is no finite number",
            where=f"{_TABLE} (row {row + 1})",
            advice="Give numbers; leave unknown ones empty.",
        )
    name = pd.Series(TOTAL, index=budget.index, dtype="object")
    for k, part in enumerate(by):
        name = texts(budget[part]) if k == 0 else name + JOIN + texts(budget[part])
    period = budget["period"].astype("str")
    rows = pd.DataFrame({"name": name, "period": period, "amount": given})[told]
    return rows.groupby(["name", "period"], sort=True)["amount"].sum().reset_index()


def _stretches(column: pd.Series, season: int, year_start: int) -> tuple[Counts, Counts]:
    """Return the first period of each row and the one after its last."""
    codes, found = pd.factorize(column)
    pairs = np.array([_stretch(str(one), season, year_start) for one in found]).reshape(-1, 2)
    bad = pairs[:, 0] < 0
    if bad.any():
        raise ContractError(
            f"period {found[int(bad.argmax())]!r} is no month, quarter or year",
            where=_TABLE,
            advice="Write months as 2011-06, quarters as 2011Q2, years as FY2011.",
        )
    return pairs[codes, 0], pairs[codes, 1]


def _stretch(text: str, season: int, year_start: int) -> tuple[int, int]:
    """Return the running numbers a period of a budget covers; -1 where it cannot be read."""
    if found := _YEAR.fullmatch(text.strip()):
        year, place, size = int(found[1]), 0, MONTHS
    else:
        known = read_period(text)
        if known is None:
            return -1, -1
        if known[0] == season:
            return known[1], known[1] + 1
        if known[0] == MONTHS:
            # the fiscal quarter a month lies in
            shift = 0 if year_start == 1 else MONTHS + 1 - year_start
            quarter = (known[1] + shift) // (MONTHS // QUARTERS)
            return quarter, quarter + 1
        year, place = divmod(known[1], QUARTERS)
        size, place = MONTHS // QUARTERS, place * (MONTHS // QUARTERS)
    if season == QUARTERS:
        first = year * QUARTERS + place // (MONTHS // QUARTERS)
        return first, first + size // (MONTHS // QUARTERS)
    start = (year - (year_start > 1)) * MONTHS + year_start - 1 + place
    return start, start + size


def _once(code: Counts, first: Counts, stop: Counts, names: Sequence[str]) -> None:
    """Refuse a series that is budgeted twice for one period: by month and for longer."""
    order = np.lexsort((stop, first, code))
    code, first, stop = code[order], first[order], stop[order]
    again = (np.diff(code) == 0) & (first[1:] < stop[:-1])
    longer = (stop - first) > 1
    wrong = again & (longer[1:] | longer[:-1])
    if wrong.any():
        raise ContractError(
            f"series {names[int(code[int(wrong.argmax())])]!r} is budgeted for a period and again "
            "for a longer one that holds it",
            where=_TABLE,
            advice="Keep one of them.",
        )
