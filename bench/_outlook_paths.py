"""Whether the outlook's intervals were better taken from sample paths of what was spent so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pfkit.measures.medians import Array

QUARTERS = (1, 2, 3, 4)
#: The share of the paths' width in the mean of both, and what that mean is multiplied with.
MEAN, NARROWER = 0.1, 0.8
_MISSED = 10.0


def _spent(actuals: pd.DataFrame, day: date, calendar: pf.FiscalCalendar) -> pd.DataFrame:
    """Return what was spent by quarter, as known on a day: steps of the year to date."""
    replaced = pd.to_datetime(actuals["replaced_on"])
    known = (actuals["known_on"] <= day) & (replaced.isna() | (replaced > pd.Timestamp(day)))
    rows = actuals[known].sort_values("known_on", kind="stable")
    rows = rows.drop_duplicates(["period", "cost_center"], keep="last")
    label = pd.Series([calendar.quarter_of(month) for month in rows["period"]], index=rows.index)
    rows = rows.assign(year=label.str[:4], quarter=label.str[5:].astype(int))
    wide = rows.pivot_table(index=["cost_center", "year"], columns="quarter", values="amount")
    wide = wide.reindex(columns=list(QUARTERS))
    alone = wide.diff(axis=1)
    alone[1] = wide[1]
    long = alone.reset_index().melt(["cost_center", "year"], value_name="amount")
    long = long[long["amount"].notna()]
    return long.assign(period=long["year"] + "Q" + long["quarter"].astype(str))


def _landed(actuals: pd.DataFrame, period: pf.Period, years: range) -> pd.DataFrame:
    """Return where each year would have landed by sample paths, at the end of three quarters."""
    calendar, parts = period.calendar, []
    for year in years:
        for quarter in QUARTERS[:-1]:
            point = calendar.period(f"{year}Q{quarter}")
            table = _spent(actuals, point.last, calendar)
            found = pf.year_forecast(table, by="cost_center", period=point)
            found = found[(found["span"] == "year") & (found["role"] == "item")]
            columns = {"mean": "path_mean", "lo80": "path_low", "hi80": "path_high"}
            found = found[["cost_center", *columns]].rename(columns=columns)
            parts.append(found.assign(year=str(year), months=3 * quarter))
    return pd.concat(parts, ignore_index=True)


def compared(
    actuals: pd.DataFrame, cells: pd.DataFrame, period: pf.Period, years: range
) -> Iterator[str]:
    """Yield coverage and interval score of the outlook's intervals and of those from paths.

    Parameters
    ----------
    actuals : pandas.DataFrame
        The city's actuals with the day each row was known.
    cells : pandas.DataFrame
        Replayed outlooks.
    period : Period
        Any; its calendar counts.
    years : range
        Fiscal years.
    """
    keys = ["months", "year", "cost_center"]
    both = cells[cells["role"] == "item"].merge(_landed(actuals, period, years), on=keys)
    both = both.dropna(subset=["low", "path_low", "outlook"])
    for months, rows in both.groupby("months"):
        yield f"  {months} months ({len(rows)} cells)"
        numbers: dict[str, Array] = {
            name: rows[name].to_numpy(dtype=float)
            for name in ("actual", "outlook", "low", "high", "path_mean", "path_low", "path_high")
        }
        year = rows["year"].to_numpy()
        for way, (low, high) in _ways(numbers).items():
            yield _line(way, low, high, numbers["actual"], year)


def _ways(cell: dict[str, Array]) -> dict[str, tuple[Array, Array]]:
    outlook = cell["outlook"]
    own = outlook - cell["low"], cell["high"] - outlook
    path = cell["path_mean"] - cell["path_low"], cell["path_high"] - cell["path_mean"]
    mean = [
        NARROWER * np.maximum(a, 0) ** (1 - MEAN) * np.maximum(b, 0) ** MEAN
        for a, b in zip(own, path, strict=True)
    ]
    return {
        "outlook": (cell["low"], cell["high"]),
        "paths": (cell["path_low"], cell["path_high"]),
        "outlook, paths' width": (outlook - path[0], outlook + path[1]),
        "outlook, mean of both": (outlook - mean[0], outlook + mean[1]),
    }


def _line(way: str, low: Array, high: Array, actual: Array, year: Array) -> str:
    inside = (actual >= low) & (actual <= high)
    missed = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    score = (high - low + _MISSED * missed).sum() / np.abs(actual).sum()
    by = 100 * pd.Series(inside).groupby(year).mean()
    shares = " ".join(f"{share:.0f}" for share in by)
    return (
        f"    {way:24}80 % interval holds {100 * inside.mean():.1f} %, score over actual "
        f"{score:.3f}; by year {shares} (deviation {by.std(ddof=0):.1f})"
    )
