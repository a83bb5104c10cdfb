"""What closed initiatives are reviewed on: the last review of each, and cost to its month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform import attributing
from pfkit.conform.views import nothing

if TYPE_CHECKING:
    from pfkit.period import Period

REVIEWS = ("initiative", "roi", "method", "stated_roi", "through", "period")
COSTS = ("through", *attributing.COSTS)


def reviews(table: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the last review of each initiative that counts through the period or an earlier month.

    Parameters
    ----------
    table : pandas.DataFrame
        Table ``reviews``.
    period : Period
        The period reported.

    Returns
    -------
    pandas.DataFrame
        ``initiative, roi, method, stated_roi, through`` (empty: the period's last month) and
        ``period``, the fiscal quarter of the review.
    """
    if table.empty:
        return nothing(REVIEWS)
    rows = table.sort_values(["initiative", "known_on"], kind="stable")
    last = rows.drop_duplicates("initiative", keep="last").reset_index(drop=True)
    last = last[last["through"].fillna("") <= period.months[-1]].reset_index(drop=True)
    days = pd.to_datetime(last["reviewed_on"].fillna(last["known_on"]))
    calendar = period.calendar
    known = {day: calendar.quarter_of(calendar.month_of(day.date())) for day in days.unique()}
    return last.assign(period=days.map(known).astype("str"))[list(REVIEWS)]


def review_costs(
    found: pd.DataFrame,
    features: pd.DataFrame,
    cashflows: pd.DataFrame,
    effort: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return what features cost to each month that a review counts through.

    Parameters
    ----------
    found : pandas.DataFrame
        Result of `reviews`.
    features, cashflows, effort : pandas.DataFrame
        Tables of a book.
    period : Period
        The period reported, which a review without a month counts through.

    Returns
    -------
    pandas.DataFrame
        ``through`` and the columns of ``book.feature_costs``.
    """
    parts = []
    for month in found["through"].fillna("").unique():
        to = period.calendar.period(month) if month else period
        spent = attributing.costs(features, cashflows, effort, to)
        parts.append(spent.assign(through=month or None)[list(COSTS)])
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else nothing(COSTS)
