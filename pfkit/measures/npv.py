"""Present value and payback of a row of cash flows, one number each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pfkit.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_YEAR_DAYS = 365


def npv(values: Sequence[float], *, rate: float) -> float:
    r"""Return what a row of cash flows is worth at the time of the first.

    Use it for one initiative; `roi` does it for a table of them.

    Parameters
    ----------
    values : sequence of float
        Cash flows at equal distances, out negative, in positive; the first stands at t = 0.
    rate : float
        Discount rate per step, as a fraction, above -1.

    Returns
    -------
    float
        Net present value, in the currency of `values`.

    Raises
    ------
    MeasureError
        If there is no value, one is not finite, or `rate` is not above -1.

    Notes
    -----
    :math:`NPV = \sum_{t=0}^{n} v_t / (1 + r)^t`. Spreadsheets put the first flow at t = 1; their
    ``NPV(r, v)`` is this value over 1 + r.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (net present value).

    Examples
    --------
    >>> round(npv([-40000, 5000, 8000, 12000, 30000], rate=0.08), 2)
    3065.22
    """
    _check(values, rate)
    return math.fsum(value / (1 + rate) ** step for step, value in enumerate(values))


def xnpv(values: Sequence[float], dates: Sequence[date], *, rate: float) -> float:
    r"""Return what dated cash flows are worth at the earliest date.

    Use it where flows do not fall at equal distances.

    Parameters
    ----------
    values : sequence of float
        Cash flows, out negative, in positive.
    dates : sequence of datetime.date
        One per value, in any order.
    rate : float
        Discount rate per year, as a fraction, above -1.

    Returns
    -------
    float
        Net present value, in the currency of `values`.

    Raises
    ------
    MeasureError
        If the two differ in length, or as in `npv`.

    Notes
    -----
    :math:`\sum v_i / (1 + r)^{(d_i - d_0)/365}`, days actual over 365.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2.

    Examples
    --------
    >>> from datetime import date
    >>> round(xnpv([-100, 110], [date(2019, 12, 31), date(2020, 12, 31)], rate=-0.1), 4)
    22.2575
    """
    _check(values, rate)
    if len(values) != len(dates):
        raise MeasureError(
            f"{len(values)} values and {len(dates)} dates",
            where="xnpv",
            advice="Give one date per value.",
        )
    first = min(dates)
    return math.fsum(
        value / (1 + rate) ** ((day - first).days / _YEAR_DAYS)
        for value, day in zip(values, dates, strict=True)
    )


def payback(values: Sequence[float], *, rate: float = 0.0) -> float:
    r"""Return how many steps it takes until the money is back.

    Use it beside `npv`, never alone: it ignores what comes after.

    Parameters
    ----------
    values : sequence of float
        Cash flows at equal distances, the first at t = 0, out negative.
    rate : float
        Discount rate per step, as a fraction; 0 for the simple payback.

    Returns
    -------
    float
        Steps from t = 0, interpolated inside the step in which the sum reaches zero.

    Raises
    ------
    MeasureError
        If the money never comes back, nothing was laid out, or as in `npv`.

    Notes
    -----
    The first step at which the running sum, having been negative, reaches zero:
    :math:`k - 1 + (-S_{k-1}) / v_k`. A later outlay may turn the sum negative again.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 5 (payback rule).

    Examples
    --------
    >>> payback([-100, 60, 80])
    1.5
    """
    _check(values, rate)
    reached = 0.0
    for step, value in enumerate(values):
        flow = value / (1 + rate) ** step
        before = reached
        reached += flow
        if before < 0 <= reached:
            return step - 1 + -before / flow
    raise MeasureError(
        "the money never comes back" if reached < 0 else "nothing was laid out",
        where="payback",
        advice="Show the sum of the flows instead; there is no payback time.",
    )


def _check(values: Sequence[float], rate: float) -> None:
    if len(values) == 0:
        raise MeasureError("no cash flow", where="values", advice="Give at least one.")
    bad = [step for step, value in enumerate(values) if not math.isfinite(value)]
    if bad:
        raise MeasureError(
            f"cash flow {bad[0]} is {values[bad[0]]}",
            where="values",
            advice="Give 0 where nothing flows.",
        )
    if not (math.isfinite(rate) and rate > -1):
        raise MeasureError(
            f"rate {rate} is not above -1",
            where="rate",
            advice="Give a fraction, as in 0.09 for nine percent.",
        )
