"""Each past year as known at the same point of it: plans, spending, and what it came to."""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import ContractError
from pfkit.measures.rows import NONE, require, texts, whole_cents
from pfkit.measures.spans import Window, spanned, window
from pfkit.measures.versions import stated_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.measures.medians import Array
    from pfkit.measures.spans import Label
    from pfkit.period import Period

_ACTUAL = "actual"
_MOST_YEARS = 30
_FOREVER = dt.date.max
#: Columns that say whether a version counts.
_TOLD = ("stage", "approved", "approved_on", "approved_by")


@dataclass(frozen=True)
class Replays:
    """What was known of every line at one point of each year; amounts in cents, NaN where unknown.

    Attributes
    ----------
    labels : list of tuple of str
        The lines: rows of every array.
    years : list of int
        Fiscal years, oldest first; the last one is the year asked about. Columns of every array.
    known : list of datetime.date
        The day each year is looked at: the same day of that year.
    spent : numpy.ndarray
        Year to date, as known on the year's day.
    stated : dict of str to numpy.ndarray
        For each version the amount for the full year, as stated on the year's day.
    rest : dict of str to numpy.ndarray
        For each version the amount for the months still to come, where it is phased.
    begun : dict of str to numpy.ndarray
        For each version the amount to date, where it is phased.
    truth : numpy.ndarray
        ``truth[t, line, u]``: what year `u` came to, as known on the day of year `t`.
    before : numpy.ndarray
        What the last version said of the year before, as known on the year's day, where that
        year was over and what it came to was not known yet.
    outcome : numpy.ndarray
        What each year came to, as known on the last day asked about.
    elapsed : float
        The share of the year's months that are gone.
    by : tuple of str
        The columns that make a line.
    """

    labels: list[Label]
    years: list[int]
    known: list[dt.date]
    spent: Array
    stated: dict[str, Array]
    rest: dict[str, Array]
    begun: dict[str, Array]
    truth: Array
    before: Array
    outcome: Array
    elapsed: float
    by: tuple[str, ...]


def replays(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    *,
    period: Period,
    by: Sequence[str],
    versions: Sequence[str],
    as_of: dt.date | None = None,
    until: dt.date | None = None,
) -> Replays:
    """Look at every year of two tables as it was known at the same point of that year.

    Parameters
    ----------
    actuals, budget : pandas.DataFrame
        From `Book.vintages`: with ``known_on`` and, where statements replace each other,
        ``replaced_on``.
    period : Period
        Its end is the point of the year.
    by : sequence of str
        The columns that make a line.
    versions : sequence of str
        Budget versions; the last one is the organization's own outlook.
    as_of : datetime.date, optional
        The day of the year asked about; default: the latest ``known_on``.
    until : datetime.date, optional
        The day outcomes are known on, never used for a replay; default: `as_of`.

    Raises
    ------
    ContractError
        If a column is missing, or a row does not say when it was learned.
    MeasureError
        If a span is unknown, or an amount is missing.
    """
    tables = [
        _Table(table, by, name, period)
        for table, name in ((actuals.assign(version=_ACTUAL), "actuals"), (budget, "budget"))
    ]
    day = as_of or max((d for table in tables for d in table.days), default=period.last)
    first = min((y for table in tables for y in table.by_year), default=period.fiscal_year)
    periods = _periods(period, max(first, period.fiscal_year - _MOST_YEARS))
    days = (day, until or day)
    return _Reading(tables[0], tables[1], periods, days, tuple(by), tuple(versions)).read()


class _Table:
    """One table, added up, by the fiscal year its rows speak about."""

    def __init__(self, table: pd.DataFrame, by: Sequence[str], name: str, period: Period) -> None:
        require(table, [*by, "period", "amount", "known_on", "version"], name=name)
        rows = table.copy()
        rows["known_on"] = _days(rows["known_on"], name)
        rows["replaced_on"] = (
            _days(rows["replaced_on"], name, empty=_FOREVER)
            if "replaced_on" in rows.columns
            else _FOREVER
        )
        rows = _added(rows, by, name)
        self.days = set(rows["known_on"])
        years = {text: _year(period, text) for text in set(texts(rows["period"]))}
        rows["_year"] = [years[text] for text in texts(rows["period"])]
        self.by_year: dict[int, pd.DataFrame] = {
            int(str(year)): part for year, part in rows.groupby("_year", sort=True)
        }
        self.moments = {
            year: sorted({*part["known_on"], *part["replaced_on"]} - {_FOREVER})
            for year, part in self.by_year.items()
        }

    def known(self, year: int, day: dt.date) -> pd.DataFrame | None:
        """Return the rows of a year that stood on a day."""
        part = self.by_year.get(year)
        if part is None:
            return None
        return part[(part["known_on"] <= day) & (part["replaced_on"] > day)]

    def moment(self, year: int, day: dt.date) -> dt.date | None:
        """Return the last day up to `day` on which anything of the year changed."""
        return max((moment for moment in self.moments.get(year, ()) if moment <= day), default=None)


@dataclass(frozen=True)
class _Reading:
    actuals: _Table
    budget: _Table
    periods: list[Period]
    day: tuple[dt.date, dt.date]
    by: tuple[str, ...]
    versions: tuple[str, ...]

    def read(self) -> Replays:
        now, until = self.day
        days = [same_day(now, self.periods[-1], period) for period in self.periods]
        pairs = list(zip(self.periods, days, strict=True))
        spent = [self._spent(period, day) for period, day in pairs]
        said = [self._said(period, day) for period, day in pairs]
        past = self._truths([*days, until])
        count = len(days)
        early: list[dict[Label, int]] = [
            {}
            if place == 0 or past.get((place, place - 1))
            else self._final(self.periods[place - 1], day)
            for place, day in enumerate(days)
        ]
        cells = [*spent, *past.values(), *early, *(a for year in said for a in year.values())]
        labels = sorted({label for cell in cells for label in cell})
        truth = np.full((count + 1, len(labels), count), np.nan)
        for (seen, year), amounts in past.items():
            truth[seen, :, year] = _column(labels, amounts)
        return Replays(
            labels=labels,
            years=[period.fiscal_year for period in self.periods],
            known=days,
            spent=_grid(labels, spent),
            stated=self._kind(labels, said, "year"),
            rest=self._kind(labels, said, "rest"),
            begun=self._kind(labels, said, "to date"),
            truth=truth[:count],
            before=_grid(labels, early),
            outcome=truth[count],
            elapsed=len(self.periods[-1].year_to_date.months) / len(self.periods[-1].year.months),
            by=self.by,
        )

    def _kind(
        self, labels: list[Label], said: list[dict[tuple[str, str], dict[Label, int]]], kind: str
    ) -> dict[str, Array]:
        return {v: _grid(labels, [year.get((v, kind), {}) for year in said]) for v in self.versions}

    def _spent(self, period: Period, day: dt.date) -> dict[Label, int]:
        """Return the year to date; a line without a row has spent nothing."""
        rows = self.actuals.known(period.fiscal_year, day)
        if rows is None or rows.empty:
            return {}
        cut = spanned(rows, self.by, period, name="actuals")
        until = period.months[-1]
        read = window(cut, self.by, _ACTUAL, period.year_to_date, until=until)
        planned = self.budget.known(period.fiscal_year, day)
        every = self._labels(cut) | (set() if planned is None else self._labels(planned))
        return _amounts(read, every)

    def _budgeted(self, period: Period, day: dt.date) -> pd.DataFrame | None:
        """Return what versions that count said of a year, each under the name asked for."""
        rows = self.budget.known(period.fiscal_year, day)
        if rows is None or rows.empty:
            return None
        names = self._named(rows, period)
        told = texts(rows["version"]).map(names)
        return spanned(rows[told.notna()].assign(version=told), self.by, period, name="budget")

    def _named(self, rows: pd.DataFrame, period: Period) -> dict[str, str]:
        """Return the name asked for of each version of a year that counts.

        A year that lacks a name may have a version of the same stage: last year's adopted budget
        is called otherwise where each year's has its own name.
        """
        there = [
            one
            for one in stated_versions(rows, period.calendar)
            if one.counts and one.year == period.fiscal_year
        ]
        found = {one.name: one.name for one in there if one.name in self.versions}
        last = {self.stages[one.stage]: one.name for one in there if one.stage in self.stages}
        return found | {own: name for name, own in last.items() if name not in found}

    @cached_property
    def stages(self) -> dict[str, str]:
        """The name asked for that stands for a stage, where one alone does."""
        names: dict[str, set[str]] = {}
        for rows in self.budget.by_year.values():
            if "stage" not in rows.columns or not bool((texts(rows["stage"]) != NONE).any()):
                continue
            for one in stated_versions(rows, self.periods[-1].calendar):
                if one.stage and one.name in self.versions:
                    names.setdefault(one.stage, set()).add(one.name)
        return {stage: min(found) for stage, found in names.items() if len(found) == 1}

    def _said(self, period: Period, day: dt.date) -> dict[tuple[str, str], dict[Label, int]]:
        """Return what each version says of the year, of the part gone and of the rest."""
        cut = self._budgeted(period, day)
        if cut is None:
            return {}
        year, to_date = period.year, period.year_to_date
        left = year.months[len(to_date.months) :]
        found: dict[tuple[str, str], dict[Label, int]] = {}
        for version in self.versions:
            mine = cut[cut["version"] == version]
            whole = _amounts(window(mine, self.by, version, year, until=period.months[-1]))
            begun: dict[Label, int] = {}
            rest: dict[Label, int] = {}
            phased = not mine["span"].isin(["year"]).all()
            if phased:
                begun = _amounts(window(mine, self.by, version, to_date, until=period.months[-1]))
            if whole and begun:
                begun = {label: begun.get(label, 0) for label in whole}
                rest = {label: cents - begun[label] for label, cents in whole.items()}
            elif left and phased:
                ahead = period.calendar.join(left, kind=period.kind)
                rest = _amounts(window(mine, self.by, version, ahead, until=left[-1]))
            found[version, "year"], found[version, "to date"] = whole, begun
            found[version, "rest"] = rest
        return found

    def _final(self, period: Period, day: dt.date) -> dict[Label, int]:
        """Return what the last version said of a year that was over on a day."""
        year = period.year
        cut = self._budgeted(period, day) if year.last <= day else None
        if cut is None or not self.versions:
            return {}
        return _amounts(window(cut, self.by, self.versions[-1], year, until=year.months[-1]))

    def _truths(self, days: list[dt.date]) -> dict[tuple[int, int], dict[Label, int]]:
        """Return what every earlier year came to, as known on each year's day."""
        read: dict[tuple[int, dt.date | None], dict[Label, int]] = {}
        found = {}
        for seen, day in enumerate(days):
            for year, period in enumerate(self.periods[: seen + 1]):
                key = (year, self.actuals.moment(period.fiscal_year, day))
                if key not in read:
                    read[key] = self._truth(period, day)
                if read[key]:
                    found[seen, year] = read[key]
        return found

    def _truth(self, period: Period, day: dt.date) -> dict[Label, int]:
        rows = self.actuals.known(period.fiscal_year, day)
        if rows is None or rows.empty or period.year.last > day:
            return {}
        year = period.year
        cut = spanned(rows, self.by, period, name="actuals")
        read = window(cut, self.by, _ACTUAL, year, until=year.months[-1])
        whole = cut["span"].isin(["ytd", "year"]) & (cut["last"] == year.months[-1])
        if bool(whole.any()):
            return _amounts(read)
        # a sum of months: a line planned and never posted to came to nothing
        planned = self.budget.known(period.fiscal_year, day)
        return _amounts(read, set() if planned is None else self._labels(planned))

    def _labels(self, rows: pd.DataFrame) -> set[Label]:
        return set(zip(*(texts(rows[column]).tolist() for column in self.by), strict=True))


def _added(rows: pd.DataFrame, by: Sequence[str], name: str) -> pd.DataFrame:
    """Add up versions stated by month alone, whose detail decides nothing, to the lines asked for.

    Where one line is stated for the year and another by month, `window` has to tell which is
    which by its detail; those versions stay as they are.
    """
    rows = rows.assign(amount=whole_cents(rows["amount"], name=name) / 100)
    if rows.empty:
        return rows
    version = texts(rows["version"])
    other = set(version[texts(rows["span"]) != "month"]) if "span" in rows.columns else set()
    monthly = ~version.isin(list(other))
    keys = [*by, "version", "period", "known_on", "replaced_on"]
    keys += [column for column in (*_TOLD, "span") if column in rows.columns and column not in keys]
    cents = (rows.loc[monthly, "amount"] * 100).round().astype("int64")
    summed = cents.groupby([rows.loc[monthly, key] for key in keys], sort=False, dropna=False).sum()
    small = summed.reset_index().assign(amount=lambda table: table["amount"] / 100)
    return pd.concat([rows[~monthly], small], ignore_index=True) if bool(other) else small


def same_day(day: dt.date, now: Period, then: Period) -> dt.date:
    """Return the day that lies to another year's period as `day` lies to this year's.

    Notes
    -----
    In calendar months it is the same date, the last of February for its last; under a week
    pattern it lies as many days after the end of the period.

    Examples
    --------
    >>> from pfkit.period import FiscalCalendar
    >>> year = FiscalCalendar().period
    >>> same_day(dt.date(2024, 2, 29), year("2024-01"), year("2023-01")).isoformat()
    '2023-02-28'
    >>> same_day(dt.date(2023, 2, 28), year("2023-01"), year("2020-01")).isoformat()
    '2020-02-29'
    """
    if now.calendar.rule != "month":
        return then.last + (day - now.last)
    year = day.year - now.fiscal_year + then.fiscal_year
    end = gregorian.monthrange(year, day.month)[1]
    last = day.day == gregorian.monthrange(day.year, day.month)[1]
    return dt.date(year, day.month, end if last else min(day.day, end))


def _periods(period: Period, first: int) -> list[Period]:
    """Return the same period of every fiscal year from the first one on."""
    found = [period]
    while found[-1].fiscal_year > first:
        found.append(found[-1].prior_year)
    return found[::-1]


def _year(period: Period, text: str) -> int:
    return period.calendar.period(text).fiscal_year


def _days(column: pd.Series, name: str, *, empty: dt.date | None = None) -> list[dt.date]:
    """Return a column of days; a row that does not say when it was learned is refused."""
    days = [
        _day(value) if there else empty
        for value, there in zip(column.astype("object"), column.notna(), strict=True)
    ]
    missing = sum(day is None for day in days)
    if missing:
        raise ContractError(
            f"{missing} of {len(days)} rows do not say when they were learned",
            where=name,
            advice="Fill known_on; book.vintages() gives it for every table of a book.",
        )
    return [day for day in days if day is not None]


def _day(value: object) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def _amounts(read: Window, every: set[Label] | None = None) -> dict[Label, int]:
    """Return what can be read; with `every`, a line without rows counts as zero."""
    if read.amounts is None:
        return {}
    known = dict.fromkeys(every or (), 0) | read.amounts
    return {label: cents for label, cents in known.items() if label not in read.open}


def _column(labels: list[Label], amounts: dict[Label, int]) -> Array:
    return np.array([amounts.get(label, np.nan) for label in labels], dtype=np.float64)


def _grid(labels: list[Label], years: list[dict[Label, int]]) -> Array:
    return np.stack([_column(labels, year) for year in years], axis=1)
