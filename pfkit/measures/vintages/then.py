"""What was booked, planned and expected, as it was known on a day, series by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.measures.as_known import as_known
from pfkit.measures.backtest import EVERY_SERIES
from pfkit.measures.fleet.origins import scale_of
from pfkit.measures.fleet.periods import MONTHS, labels, read_period
from pfkit.measures.fleet.rows import rows_of
from pfkit.measures.rows import require, texts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Container

    from pfkit.measures.medians import Array

#: What an amount is: booked, planned, or expected by people.
ACTUAL, BUDGET, FORECAST = "actual", "budget", "forecast"
#: Series that are not told one by one, together.
OTHER = "(other series)"
_NEEDED = ("kind", "version", "period", "amount", "known_on")


@dataclass(frozen=True)
class Booked:
    """What was booked up to a month, as known on a day.

    Parameters
    ----------
    names : list of str
        The series, that of their sum last.
    months : list of str
        From the first month booked to the last that anything was known of, none left out.
    amounts : numpy.ndarray
        Series by month; NaN before a series began, 0 where nothing was booked since.
    """

    names: list[str]
    months: list[str]
    amounts: Array

    @property
    def long(self) -> pd.DataFrame:
        """One row per series and month since it began: ``series_id``, ``period``, ``value``."""
        size = len(self.months)
        rows = pd.DataFrame(
            {
                "series_id": np.repeat(self.names, size),
                "period": np.tile(self.months, len(self.names)),
                "value": self.amounts.ravel(),
            }
        )
        return rows[rows["value"].notna()].reset_index(drop=True)

    @property
    def parts(self) -> pd.DataFrame:
        """The same of single series alone, and what else adds up to their sum as one more."""
        rest = np.round(self.amounts[-1] - np.nansum(self.amounts[:-1], axis=0), 2)
        names, amounts = self.names[:-1], self.amounts[:-1]
        if bool(rest.any()):
            names, amounts = [*names, OTHER], np.vstack([amounts, rest])
        return Booked(names, self.months, amounts).long

    @property
    def scales(self) -> dict[str, float]:
        """Mean absolute change from a year before; from the month before in the first two years."""
        rows = rows_of([one[np.isfinite(one)] for one in self.amounts], MONTHS)
        return dict(zip(self.names, scale_of(rows).tolist(), strict=True))


def number(period: str) -> int:
    """Return the running number of a month.

    Examples
    --------
    >>> number("2026-01") - number("2025-12")
    1
    """
    read = read_period(period)
    return read[1] if read is not None else 0


def months_between(first: str, last: str) -> list[str]:
    """Return months from first to last.

    Examples
    --------
    >>> months_between("2025-12", "2026-01")
    ['2025-12', '2026-01']
    """
    return labels(MONTHS, np.arange(number(first), number(last) + 1))


def checked(known: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return a table of amounts by knowledge date, its series named as text.

    Raises
    ------
    ContractError
        If a column is not there.
    """
    require(known, [*_NEEDED, by], name="known")
    return known.assign(**{by: texts(known[by])})


def largest(known: pd.DataFrame, by: str, most: int) -> set[str]:
    """Return the series of which most was booked, as known now, signs aside, and their sum."""
    rows = _standing(known[known["kind"] == ACTUAL])
    months = rows.groupby([by, "period"], as_index=False)["amount"].sum()
    sizes = months.assign(amount=months["amount"].abs()).groupby(by)["amount"].sum().round(2)
    order = sizes.sort_values(ascending=False, kind="stable")
    return {*map(str, order.index[:most]), EVERY_SERIES}


def booked(
    known: pd.DataFrame,
    *,
    by: str,
    origin: str,
    day: dt.date | None,
    only: Container[str] | None = None,
) -> Booked | None:
    """Return what was booked up to a month as known on a day; None where nothing was.

    Parameters
    ----------
    known : pandas.DataFrame
        As `checked` gives it.
    by : str
        The column that names a series.
    origin : str
        The last month that counts.
    day : datetime.date, optional
        Rows known by then count; all that stand by default.
    only : container of str, optional
        The series to return; their sum is of all.
    """
    rows = known[known["kind"] == ACTUAL]
    rows = _standing(rows) if day is None else as_known(rows, day)
    rows = rows[rows["period"] <= origin]
    if rows.empty:
        return None
    wide = rows.pivot_table(index=by, columns="period", values="amount", aggfunc="sum")
    # a month that nothing at all is known of is not known to be 0
    months = months_between(str(wide.columns.min()), str(wide.columns.max()))
    wide = wide.reindex(columns=months)
    begun = wide.notna().cummax(axis=1).to_numpy()
    values = np.where(begun, wide.fillna(0.0).to_numpy(dtype=float), np.nan)
    total = np.nansum(values, axis=0)
    names = [*map(str, wide.index), EVERY_SERIES]
    amounts = np.round(np.vstack([values, total]), 2)
    told = np.array([only is None or name in only for name in names])
    return Booked(
        [name for name, one in zip(names, told, strict=True) if one], months, amounts[told]
    )


def _standing(rows: pd.DataFrame) -> pd.DataFrame:
    if "replaced_on" not in rows.columns:
        return rows
    return rows[rows["replaced_on"].isna()]


def stated(known: pd.DataFrame, version: str, *, by: str, day: dt.date) -> pd.DataFrame:
    """Return what a version of the budget or of people's forecast said on a day.

    Of a budget what stands adds up; of a forecast the last statement on a product and month
    counts, because each round states them again.

    Returns
    -------
    pandas.DataFrame
        ``series_id``, ``period`` and ``mean``, the sum of the series in it too.
    """
    rows = as_known(known[(known["kind"] != ACTUAL) & (known["version"] == version)], day)
    expected = rows["kind"] == FORECAST
    keys = list(dict.fromkeys([by, *(name for name in ("product",) if name in rows), "period"]))
    newest = rows.groupby(keys)["known_on"].transform("max")
    rows = rows[~expected | (rows["known_on"] == newest)]
    own = rows.groupby([by, "period"], as_index=False)["amount"].sum()
    whole = own.groupby("period", as_index=False)["amount"].sum().assign(**{by: EVERY_SERIES})
    found = pd.concat([own, whole], ignore_index=True)
    found["amount"] = found["amount"].round(2)
    named: pd.DataFrame = found.rename(columns={by: "series_id", "amount": "mean"})
    return named
