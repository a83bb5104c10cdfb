"""Present value and payback of a row of cash flows, one number each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pfkit.errors import MeasureError
from pfkit.measures.day_counts import years

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


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
    flows = _checked(values, rate)
    return math.fsum(flow / (1 + rate) ** step for step, flow in enumerate(flows))


def xnpv(
    values: Sequence[float], dates: Sequence[date], *, rate: float, day_count: str = "act/365F"
) -> float:
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
    day_count : str
        ``act/365F``, ``act/360``, ``act/act ISDA``, ``30/360 SIA`` or ``30E/360``.

    Returns
    -------
    float
        Net present value, in the currency of `values`.

    Raises
    ------
    MeasureError
        If the two differ in length, the day count is not known, or as in `npv`.

    Notes
    -----
    :math:`\sum v_i / (1 + r)^{t_i}`, t being the `year_fraction` from the earliest date.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2.

    Examples
    --------
    >>> from datetime import date
    >>> round(xnpv([-100, 110], [date(2019, 12, 31), date(2020, 12, 31)], rate=-0.1), 4)
    22.2575
    """
    flows, days = paired(values, dates, where="xnpv")
    check_rate(rate)
    if not flows:
        raise _no_flow()
    times = years(days, day_count=day_count)
    return math.fsum(flow / (1 + rate) ** time for flow, time in zip(flows, times, strict=True))


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
    reached = 0.0
    for step, value in enumerate(_checked(values, rate)):
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


def amounts(values: Sequence[float]) -> list[float]:
    """Return cash flows as numbers, refusing what is missing or not finite."""
    flows = [float(value) if value is not None else math.nan for value in values]
    bad = [step for step, flow in enumerate(flows) if not math.isfinite(flow)]
    if bad:
        raise MeasureError(
            f"cash flow {bad[0]} is {flows[bad[0]]}",
            where="values",
            advice="Give 0 where nothing flows.",
        )
    return flows


def paired(
    values: Sequence[float], dates: Sequence[date], *, where: str
) -> tuple[list[float], list[date]]:
    """Return cash flows and their dates, refusing lists of different length."""
    if len(values) != len(dates):
        raise MeasureError(
            f"{len(values)} values and {len(dates)} dates",
            where=where,
            advice="Give one date per value.",
        )
    return amounts(values), list(dates)


def check_rate(rate: float, *, name: str = "rate") -> None:
    """Refuse a rate of -100 % or less, at which nothing can be discounted."""
    if not (math.isfinite(rate) and rate > -1):
        raise MeasureError(
            f"rate {rate} is not above -1",
            where=name,
            advice="Give a fraction, as in 0.09 for nine percent.",
        )


def _checked(values: Sequence[float], rate: float) -> list[float]:
    flows = amounts(values)
    if not flows:
        raise _no_flow()
    check_rate(rate)
    return flows


def _no_flow() -> MeasureError:
    return MeasureError("no cash flow", where="values", advice="Give at least one.")
