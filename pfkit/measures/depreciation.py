"""Depreciation: what an asset is charged each year, by the schedules spreadsheets know."""

from __future__ import annotations

import math
from typing import Final

from pfkit.errors import MeasureError

_MONTHS: Final = 12


def sln(cost: float, *, salvage: float, life: float) -> float:
    r"""Return the yearly charge that writes an asset down evenly.

    Use it for capitalized development and equipment under a straight-line policy.

    Parameters
    ----------
    cost : float
        What the asset cost, in currency.
    salvage : float
        What it is worth at the end of its life, in currency.
    life : float
        Years (or months: the charge is per unit of `life`).

    Returns
    -------
    float
        Charge per year, in currency.

    Raises
    ------
    MeasureError
        If a number is not finite, an amount is negative, or `life` is not above 0.

    Notes
    -----
    :math:`(cost - salvage) / life`.

    References
    ----------
    .. [1] Kieso, Weygandt and Warfield, *Intermediate Accounting*, ch. 11 (depreciation).

    Examples
    --------
    >>> sln(30000, salvage=7500, life=10)
    2250.0
    """
    _check(cost, salvage, life)
    return (cost - salvage) / life


def syd(cost: float, *, salvage: float, life: int, period: int) -> float:
    r"""Return the charge of one year that falls evenly from year to year.

    Use it where an asset serves most when new; the sum of years' digits.

    Parameters
    ----------
    cost : float
        What the asset cost, in currency.
    salvage : float
        What it is worth at the end of its life, in currency.
    life : int
        Years.
    period : int
        Which year, from 1.

    Returns
    -------
    float
        Charge of that year, in currency.

    Raises
    ------
    MeasureError
        If `period` is not within `life`, or as in `sln`.

    Notes
    -----
    :math:`(cost - salvage)\,(life - period + 1)\cdot 2 / (life\,(life + 1))`. The charges of all
    years add up to cost less salvage.

    References
    ----------
    .. [1] Kieso, Weygandt and Warfield, *Intermediate Accounting*, ch. 11 (depreciation).

    Examples
    --------
    >>> round(syd(30, salvage=7, life=10, period=1), 6)
    4.181818
    """
    _check(cost, salvage, life)
    _within(period, life)
    return (cost - salvage) * (life - period + 1) * 2 / (life * (life + 1))


def ddb(cost: float, *, salvage: float, life: int, period: int, factor: float = 2.0) -> float:
    r"""Return the charge of one year that takes a fixed share of what is left.

    Use it for accelerated depreciation; double-declining with the usual `factor` of 2.

    Parameters
    ----------
    cost : float
        What the asset cost, in currency.
    salvage : float
        What it is worth at the end of its life, in currency.
    life : int
        Years.
    period : int
        Which year, from 1.
    factor : float
        How many times the straight-line share is taken each year.

    Returns
    -------
    float
        Charge of that year, in currency.

    Raises
    ------
    MeasureError
        If `period` is not within `life`, `factor` is not above 0, or as in `sln`.

    Notes
    -----
    Each year :math:`\min(book \cdot factor / life,\; book - salvage)`, never below 0: the book
    value stops at salvage, and what is left above it at the end of the life is not charged.

    References
    ----------
    .. [1] Kieso, Weygandt and Warfield, *Intermediate Accounting*, ch. 11 (depreciation).

    Examples
    --------
    >>> [round(ddb(2400, salvage=300, life=10, period=year), 2) for year in (1, 2, 10)]
    [480.0, 384.0, 22.12]
    """
    _check(cost, salvage, life)
    _within(period, life)
    if not (math.isfinite(factor) and factor > 0):
        raise MeasureError(
            f"factor {factor} is not above 0", where="factor", advice="Give 2 for double-declining."
        )
    share = min(factor / life, 1.0)
    book, charge = float(cost), 0.0
    for _ in range(period):
        charge = max(0.0, min(book * share, book - salvage))
        book -= charge
    return charge


def db(cost: float, *, salvage: float, life: int, period: int, month: int = 12) -> float:
    r"""Return the charge of one year that declines at a rounded fixed rate.

    Use it to follow a spreadsheet's ``DB``, also for an asset bought during a year.

    Parameters
    ----------
    cost : float
        What the asset cost, in currency.
    salvage : float
        What it is worth at the end of its life, in currency.
    life : int
        Years.
    period : int
        Which year, from 1; where the first has fewer than 12 months, up to one more than `life`.
    month : int
        Months in the first year, 1 to 12.

    Returns
    -------
    float
        Charge of that year, in currency.

    Raises
    ------
    MeasureError
        If `period` is not within the life, `month` is no month, or as in `sln`.

    Notes
    -----
    The rate is :math:`1 - (salvage / cost)^{1/life}`, rounded to three digits as spreadsheets do;
    the first year takes ``month`` twelfths of it, a year after the life the rest of the twelve.

    References
    ----------
    .. [1] Kieso, Weygandt and Warfield, *Intermediate Accounting*, ch. 11 (depreciation).

    Examples
    --------
    >>> db(1_000_000, salvage=100_000, life=6, period=2, month=6)
    268119.5
    """
    _check(cost, salvage, life)
    if not (float(month).is_integer() and 1 <= month <= _MONTHS):
        raise MeasureError(
            f"month {month} is no number of months", where="month", advice="Give 1 to 12."
        )
    _within(period, life + (month < _MONTHS), life=life)
    if cost == 0:
        return 0.0
    rate = math.floor((1 - (salvage / cost) ** (1 / life)) * 1000 + 0.5) / 1000
    charge: float = cost * rate * month / _MONTHS
    book = cost - charge
    for year in range(2, int(period) + 1):
        charge = book * rate * ((_MONTHS - month) / _MONTHS if year > life else 1)
        book -= charge
    return charge


def _check(cost: float, salvage: float, life: float) -> None:
    for name, amount in (("cost", cost), ("salvage", salvage)):
        if not (math.isfinite(amount) and amount >= 0):
            raise MeasureError(
                f"{name} is {amount}", where=name, advice="Give an amount of 0 or more."
            )
    if not (math.isfinite(life) and life > 0):
        raise MeasureError(f"a life of {life} years", where="life", advice="Give 1 or more.")


def _within(period: int, last: int, *, life: int | None = None) -> None:
    if not (float(period).is_integer() and 1 <= period <= last):
        years = last if life is None else life
        raise MeasureError(
            f"period {period} is outside a life of {years} years",
            where="period",
            advice=f"Give a whole number from 1 to {last}.",
        )
