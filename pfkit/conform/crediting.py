"""Which features customers used, and when they began to pay or paid more: paths of credit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.conform.views import frame, nothing

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed
    from pfkit.period import FiscalCalendar, Period

TOUCHES = ("customer", "feature", "day")
GAINS = ("customer", "day", "amount", "kind")
#: Days before a gain that are looked at: of uses told by the day, and of taking up.
WINDOWS = (90, 180)
#: More features than these have no Shapley value where losses count; the rest is one.
_MOST, OTHERS = 20, "Other features"
_LEAST = 0.005


def touches(conformed: Conformed, period: Period, releases: pd.DataFrame) -> pd.DataFrame:
    """Return which customer used which feature on which day, added up before it leaves the engine.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    period : Period
        The period reported: nothing after it counts.
    releases : pandas.DataFrame
        ``feature, period`` of releases, which order features that a customer took up together.

    Returns
    -------
    pandas.DataFrame
        ``customer, feature, day``. Where use is stated by moment, every day of use. Where it is
        stated by month, what a customer took up: its first use of a feature, on the month's last
        day, so that it stands before gains of later months only; in the first month of all it says
        nothing, unless the feature came then. Features taken up together stand in the order of
        their releases. Of more than 20 features the most used keep their names.
    """
    if not conformed.has("usage"):
        return nothing(TOUCHES)
    rows = frame(
        conformed,
        "SELECT customer, feature, period, CAST(ts AS DATE) AS ts FROM final_usage "
        "WHERE feature IS NOT NULL AND feature <> '' AND customer <> '(none)' AND units > 0 "
        "GROUP BY ALL ORDER BY ALL",
    )
    rows = rows[rows["period"] <= period.months[-1]].reset_index(drop=True)
    if rows.empty:
        return nothing(TOUCHES)
    calendar = period.calendar
    ends = {month: calendar.last_day(month) for month in rows["period"].unique()}
    rows["day"] = pd.to_datetime(rows["ts"].fillna(rows["period"].map(ends)))
    used = rows["feature"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    if len(used) > _MOST:
        kept = set(used.index[: _MOST - 1])
        rows["feature"] = rows["feature"].where(rows["feature"].isin(kept), OTHERS)
    came = dict(zip(releases["feature"], releases["period"], strict=True))
    rows["came"] = rows["feature"].map(lambda name: came.get(name, ""))
    ordered = rows.sort_values(["customer", "day", "came", "feature"], kind="stable")
    by_month = ordered["ts"].isna()
    again = ordered.duplicated(["customer", "feature"])
    unknown = (ordered["period"] == ordered["period"].min()) & (ordered["came"] < ordered["period"])
    told = ordered[~(by_month & (again | unknown))]
    touched: pd.DataFrame = told[list(TOUCHES)].drop_duplicates(ignore_index=True)
    return touched


def by_day(conformed: Conformed) -> bool:
    """Return whether use is stated by moment anywhere."""
    if not conformed.has("usage"):
        return False
    ((moments,),) = conformed.engine.rows("SELECT count(ts) FROM final_usage")
    return bool(moments)


def recurring_gains(recurring: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return what customers added to what they pay a month: new, returned or expanded.

    Parameters
    ----------
    recurring : pandas.DataFrame
        ``period, customer, currency, amount_local, rate`` by month.
    calendar : FiscalCalendar
        Says which day a month begins on.

    Returns
    -------
    pandas.DataFrame
        ``customer, day`` (the month's first), ``amount`` added a month at the month's rate, without
        what exchange rates moved, and ``kind``: ``new``, ``expansion`` or ``reactivation``. The
        first month counts for none: what was paid before it is not known.
    """
    if recurring.empty:
        return nothing(GAINS)
    months = _months(recurring["period"], calendar)
    paid = recurring.assign(
        at=recurring["period"].map({month: place for place, month in enumerate(months)}),
        local=recurring["amount_local"].astype("float64"),
    )
    rates = paid.groupby(["currency", "at"])["rate"].first().astype("float64")
    wide = paid.pivot_table(
        index=["customer", "currency"], columns="at", values="local", aggfunc="sum"
    ).reindex(columns=range(len(months)))
    local = wide.fillna(0.0).to_numpy()
    money = wide.index.get_level_values("currency")
    at = pd.MultiIndex.from_product([money.unique(), range(len(months))])
    by = rates.reindex(at).to_numpy().reshape(-1, len(months))
    rate = by[money.unique().get_indexer(money)]
    moved = np.diff(local, axis=1, prepend=local[:, :1]) * np.where(np.isfinite(rate), rate, 0.0)
    who, names = pd.factorize(wide.index.get_level_values("customer"))
    added, had = np.zeros((len(names), len(months))), np.zeros((len(names), len(months)))
    np.add.at(added, who, moved)
    np.add.at(had, who, local)
    return _gains(added, had > 0, names, [calendar.first_day(month) for month in months])


def billed_gains(revenue: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return the first revenue of each customer, and of each further product of it.

    Parameters
    ----------
    revenue : pandas.DataFrame
        ``period, customer, product, amount`` by month.
    calendar : FiscalCalendar
        Says which day a month begins on.

    Returns
    -------
    pandas.DataFrame
        As `recurring_gains`; ``amount`` is that of the first month, ``kind`` is ``new`` or
        ``further product``. The first month of all counts for none.
    """
    rows = revenue[(revenue["customer"] != "(none)") & revenue["customer"].notna()]
    sums = rows.groupby(["customer", "product", "period"], sort=True)["amount"].sum().reset_index()
    sums = sums[sums["amount"].astype("float64") >= _LEAST]
    if sums.empty:
        return nothing(GAINS)
    first = sums.drop_duplicates(["customer", "product"], keep="first").reset_index(drop=True)
    began = first.groupby("customer")["period"].transform("min")
    later = first["period"] > sums["period"].min()
    days = {month: pd.Timestamp(calendar.first_day(month)) for month in first["period"].unique()}
    first["day"] = first["period"].map(days)
    first["kind"] = np.where(first["period"] == began, "new", "further product")
    first["amount"] = first["amount"].astype("float64").round(2)
    gained: pd.DataFrame = first.loc[later.to_numpy(), list(GAINS)].reset_index(drop=True)
    return gained


def _months(periods: pd.Series, calendar: FiscalCalendar) -> list[str]:
    """Return every month from the first to the last."""
    months, last = [str(periods.min())], str(periods.max())
    while months[-1] < last:
        months.append(calendar.shift(months[-1], 1))
    return months


def _gains(added: np.ndarray, had: np.ndarray, names: pd.Index, days: list[object]) -> pd.DataFrame:
    """Return the months in which a customer pays more than in the one before."""
    before = np.concatenate([np.zeros((len(names), 1), dtype=bool), had[:, :-1]], axis=1)
    ever = np.maximum.accumulate(before, axis=1)
    who, when = np.nonzero(added >= _LEAST)
    kind = np.where(
        before[who, when], "expansion", np.where(ever[who, when], "reactivation", "new")
    )
    return pd.DataFrame(
        {
            "customer": names.to_numpy()[who],
            "day": pd.to_datetime(pd.Series(days)).to_numpy()[when],
            "amount": added[who, when].round(2),
            "kind": kind,
        }
    )
