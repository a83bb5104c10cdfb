"""What a recurring base did month by month, as the drivers that roll it forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pfkit.errors import MeasureError
from pfkit.measures.paid import paid
from pfkit.measures.structural.rolled import LOG, ROOT

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.measures.medians import Array
    from pfkit.period import Period

#: The drivers, and what each is smoothed as.
DRIVERS = {
    "churn": ROOT,
    "price": LOG,
    "new_customers": ROOT,
    "new_price": LOG,
    "exchange_rate": LOG,
}
#: Months of movements that a driver needs.
LEAST = 12


@dataclass(frozen=True)
class Movements:
    """A base at constant rates, by month.

    Parameters
    ----------
    months : tuple of str
        Months with a movement: all but the first that is paid.
    opening, closing : numpy.ndarray
        The base at constant rates.
    reported : numpy.ndarray
        The closing at each month's own rates.
    drivers : numpy.ndarray
        One column per driver; NaN where a month says nothing.
    """

    months: tuple[str, ...]
    opening: Array
    closing: Array
    reported: Array
    drivers: Array


def movements(recurring: pd.DataFrame, period: Period) -> Movements:
    r"""Return the drivers of a base, month by month, as they were known at a period's end.

    Parameters
    ----------
    recurring : pandas.DataFrame
        ``book.recurring``.
    period : Period
        Its last month is the last one looked at; rates are held constant at that month.

    Raises
    ------
    MeasureError
        If there are too few months.

    Notes
    -----
    Per month :math:`closing = opening (1 - churn) \cdot price + customers \cdot price_{new}`, to
    the cent: ``price`` is what those who stay pay to what they paid; customers who come back count
    as new.
    """
    book = paid(recurring, period=period)
    months = book.months[1:]
    if len(months) < LEAST:
        raise MeasureError(
            f"{len(months)} months of movements drive no forecast",
            where="recurring",
            advice=f"Give at least {LEAST + 1} months; forecast needs fewer.",
        )
    moves = [book.moves(place) for place in range(1, len(book.months))]
    amounts = {name: np.array([int(move[name].sum()) for move in moves]) / 100 for name in moves[0]}
    came = ("new", "reactivation")
    count = np.array([sum(int((move[name] != 0).sum()) for name in came) for move in moves])
    constant = book.constant.sum(axis=0) / 100
    reported = book.reported.sum(axis=0) / 100
    opening, closing = constant[:-1], constant[1:]
    stayed = opening + amounts["churn"]
    added = amounts["new"] + amounts["reactivation"]
    rates = np.divide(reported, constant, out=np.full(len(constant), np.nan), where=constant > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = (
            np.abs(amounts["churn"]) / opening,
            (stayed + amounts["expansion"] + amounts["contraction"]) / stayed,
            count.astype(float),
            added / count,
            rates[1:] / rates[:-1],
        )
    drivers = np.column_stack(columns)
    drivers[~np.isfinite(drivers)] = np.nan
    return Movements(months, opening, closing, reported[1:], drivers)
