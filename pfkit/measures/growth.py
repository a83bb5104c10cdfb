"""Growth: from two amounts to a rate, from one compounding to another, from rates to an amount."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pfkit.errors import MeasureError
from pfkit.measures.npv import check_rate

if TYPE_CHECKING:
    from collections.abc import Sequence


def cagr(start: float, end: float, *, n: float) -> float:
    r"""Return the rate per period at which one amount grows into another.

    Use it to state growth over several years as one rate; ends only, whatever lies between.

    Parameters
    ----------
    start, end : float
        The two amounts in one currency, of the same sign; `end` may be 0.
    n : float
        Periods between them, above 0.

    Returns
    -------
    float
        Rate per period, as a fraction; -1 where nothing is left.

    Raises
    ------
    MeasureError
        If `start` is 0, the signs differ, `n` is not above 0, or a number is not finite.

    Notes
    -----
    :math:`(end / start)^{1/n} - 1`, the compound annual growth rate where a period is a year.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (compound interest).

    Examples
    --------
    >>> round(cagr(10000, 11000, n=8), 6)
    0.011985
    """
    _numbers(start=start, end=end, n=n)
    if n <= 0:
        raise MeasureError(f"{n} periods", where="n", advice="Give a number above 0.")
    if start == 0 or start * end < 0:
        raise MeasureError(
            f"no rate leads from {start} to {end}",
            where="cagr",
            advice="Show the difference instead; growth needs two amounts of one sign.",
        )
    return math.expm1(math.log(end / start) / n) if end else -1.0


def effective_rate(nominal: float, *, npery: int) -> float:
    r"""Return what a nominal rate per year comes to when interest is compounded within it.

    Use it to compare offers with different compounding; `nominal_rate` goes back.

    Parameters
    ----------
    nominal : float
        Rate per year as stated, as a fraction.
    npery : int
        How often a year interest is added.

    Returns
    -------
    float
        Rate per year, as a fraction.

    Raises
    ------
    MeasureError
        If `npery` is no whole number above 0, or nothing is left after one period.

    Notes
    -----
    :math:`(1 + i/m)^m - 1`.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (compound interest).

    Examples
    --------
    >>> round(effective_rate(0.1, npery=4), 8)
    0.10381289
    """
    times = _times(npery)
    _numbers(nominal=nominal)
    check_rate(nominal / times, name="nominal")
    return math.expm1(times * math.log1p(nominal / times))


def nominal_rate(effective: float, *, npery: int) -> float:
    r"""Return the nominal rate per year that comes to an effective one when compounded.

    Use it to turn a hurdle rate into one to be applied monthly; `effective_rate` goes back.

    Parameters
    ----------
    effective : float
        Rate per year, as a fraction, above -1.
    npery : int
        How often a year interest is added.

    Returns
    -------
    float
        Nominal rate per year, as a fraction; divided by `npery` it is the rate per period.

    Raises
    ------
    MeasureError
        If `npery` is no whole number above 0, or `effective` is not above -1.

    Notes
    -----
    :math:`m\,((1 + e)^{1/m} - 1)`.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (compound interest).

    Examples
    --------
    >>> round(nominal_rate(0.10381289, npery=4), 6)
    0.1
    """
    check_rate(effective, name="effective")
    times = _times(npery)
    return times * math.expm1(math.log1p(effective) / times)


def fvschedule(principal: float, *, schedule: Sequence[float]) -> float:
    r"""Return what an amount grows to at rates that differ from period to period.

    Use it to carry an amount through announced price or wage rises.

    Parameters
    ----------
    principal : float
        Amount at the start, in currency.
    schedule : sequence of float
        One rate per period, as a fraction, in any order.

    Returns
    -------
    float
        Amount at the end, in currency.

    Raises
    ------
    MeasureError
        If a number is missing or not finite, or a rate is below -1.

    Notes
    -----
    :math:`principal \prod (1 + r_k)`.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (compound interest).

    Examples
    --------
    >>> round(fvschedule(100, schedule=[0.09, 0.1, 0.11]), 4)
    133.089
    """
    _numbers(principal=principal)
    for place, rate in enumerate(schedule):
        if rate is None or not (math.isfinite(rate) and rate >= -1):
            raise MeasureError(
                f"rate {place} is {rate}",
                where="schedule",
                advice="Give fractions of -1 or more, as in 0.09 for nine percent.",
            )
    return math.prod((1 + rate for rate in schedule), start=float(principal))


def _numbers(**given: float) -> None:
    for name, number in given.items():
        if not math.isfinite(number):
            raise MeasureError(f"{name} is {number}", where=name, advice="Give a number.")


def _times(npery: int) -> int:
    if not (math.isfinite(npery) and npery >= 1 and float(npery).is_integer()):
        raise MeasureError(
            f"interest cannot be added {npery} times a year",
            where="npery",
            advice="Give a whole number, 1 or more.",
        )
    return int(npery)
