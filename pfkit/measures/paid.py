"""What customers pay a month, side by side: a row per customer, a column per fiscal month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError
from pfkit.measures.rows import require, texts

if TYPE_CHECKING:
    from pfkit.period import Period

MOVES = ("new", "expansion", "reactivation", "contraction", "churn")
_READ = ("period", "customer", "currency", "amount_local", "rate")


@dataclass(frozen=True)
class Paid:
    """Recurring revenue by customer and month, in cents.

    Attributes
    ----------
    months : tuple of str
        Fiscal months without a gap, from the first that is paid to the period's last.
    groups : tuple of str
        The values of the column that customers are told apart by.
    group : numpy.ndarray
        For each row its place in `groups`.
    reported : numpy.ndarray
        Row x month, at each month's own rates.
    constant : numpy.ndarray
        Row x month, at the rates of one month.
    rate_of : str
        That month.
    """

    months: tuple[str, ...]
    groups: tuple[str, ...]
    group: np.ndarray
    reported: np.ndarray
    constant: np.ndarray
    rate_of: str

    def place(self, month: str) -> int:
        """Return a month's column; minus one for the month before the first."""
        return self.months.index(month) if month in self.months else -1

    def at(self, values: np.ndarray, place: int) -> np.ndarray:
        """Return a column, zeros for a month before the first."""
        return values[:, place] if place >= 0 else np.zeros(len(values), dtype=np.int64)

    def summed(self, values: np.ndarray) -> np.ndarray:
        """Add up a value per row by group; whole cents, exact below 90 trillion."""
        sums = np.bincount(self.group, weights=values, minlength=len(self.groups))
        return np.rint(sums).astype(np.int64)

    def moves(self, place: int) -> dict[str, np.ndarray]:
        """Return each row's movement into a month, at constant rates, by what it is."""
        before, now = self.at(self.constant, place - 1), self.constant[:, place]
        ever = (self.constant[:, :place] > 0).any(axis=1)
        kinds = {
            "new": (before == 0) & (now > 0) & ~ever,
            "expansion": (before > 0) & (now > before),
            "reactivation": (before == 0) & (now > 0) & ever,
            "contraction": (before > 0) & (now > 0) & (now < before),
            "churn": (before > 0) & (now == 0),
        }
        change = now - before
        return {name: np.where(chosen, change, 0) for name, chosen in kinds.items()}


def paid(recurring: pd.DataFrame, *, period: Period, by: str | None = None) -> Paid:
    """Lay out recurring revenue by customer and month.

    Parameters
    ----------
    recurring : pandas.DataFrame
        ``book.recurring``: ``period, customer, currency, amount_local, rate``.
    period : Period
        Its last month is the last column, and the month whose rates are held constant.
    by : str, optional
        A further column; a customer has a row for each of its values.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is negative or missing, or a currency has no rate.
    """
    require(recurring, [*_READ, *([by] if by else [])], name="recurring")
    last = period.months[-1]
    rows = recurring[recurring["period"].astype("str") <= last]
    _refuse(rows)
    if rows.empty:
        nothing = np.zeros((0, 0), dtype=np.int64)
        return Paid((), (), np.zeros(0, dtype=np.int64), nothing, nothing, last)
    months = [str(rows["period"].min())]
    while months[-1] < last:
        months.append(period.calendar.shift(months[-1], 1))
    place, _ = _coded(rows["period"], months)
    customer, names = pd.factorize(rows["customer"], sort=True)
    group, groups = (
        (np.zeros(len(rows), dtype=np.int64), ("",)) if by is None else _coded(texts(rows[by]))
    )
    unit, index = np.unique(group * len(names) + customer, return_inverse=True)
    local = rows["amount_local"].to_numpy(dtype="float64")
    own = local * rows["rate"].to_numpy(dtype="float64")
    fixed = local * rows["currency"].map(_constant(rows)).to_numpy(dtype="float64")
    shape = (len(unit), len(months))
    cell = index * len(months) + place
    return Paid(
        tuple(months),
        groups,
        np.asarray(unit // len(names), dtype=np.int64),
        _cents(cell, own, shape),
        _cents(cell, fixed, shape),
        last,
    )


def _coded(values: pd.Series, order: list[str] | None = None) -> tuple[np.ndarray, tuple[str, ...]]:
    known = sorted(set(values)) if order is None else order
    codes = pd.Categorical(values, categories=known).codes
    return np.asarray(codes, dtype=np.int64), tuple(map(str, known))


def _cents(cell: np.ndarray, amounts: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    # each row is rounded by itself, so that the sum is the same however rows are told apart
    sums = np.bincount(cell, weights=np.rint(amounts * 100), minlength=shape[0] * shape[1])
    return np.asarray(np.rint(sums).astype(np.int64).reshape(shape))


def _constant(rows: pd.DataFrame) -> dict[str, float]:
    """Return each currency's rate of the last month that has one."""
    known = rows[["period", "currency", "rate"]].drop_duplicates(["period", "currency"])
    held = known.sort_values("period", kind="stable").groupby("currency")["rate"].last()
    return {str(currency): float(rate) for currency, rate in held.items()}


def _refuse(rows: pd.DataFrame) -> None:
    amounts = rows["amount_local"].to_numpy(dtype="float64")
    rates = rows["rate"].to_numpy(dtype="float64")
    bad = ~(np.isfinite(amounts) & (amounts >= 0))
    if bad.any():
        row = rows[bad].iloc[0]
        raise MeasureError(
            f"customer {row['customer']!r} pays {row['amount_local']:,.2f} {row['currency']} in "
            f"{row['period']} ({int(bad.sum())} such rows)",
            where="recurring",
            advice="Give what is paid a month as 0 or more; a credit note is no subscription.",
        )
    bad = ~(np.isfinite(rates) & (rates > 0))
    if bad.any():
        row = rows[bad].iloc[0]
        raise MeasureError(
            f"no rate for {row['currency']} in {row['period']} ({int(bad.sum())} rows)",
            where="recurring",
            advice="Give the rate of every month and currency in table rates.",
        )
