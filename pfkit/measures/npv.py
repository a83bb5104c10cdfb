"""Present value of a row of cash flows, and what follows from it, one number each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, SupportsFloat

from pfkit.errors import MeasureError
from pfkit.measures.day_counts import years

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_ROUNDING: Final = 1e-12
_TOO_MUCH: Final = 1e290  # so that sums of them are still numbers
_LARGEST: Final = 709.0  # the log of the largest number a float holds


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
    return math.fsum(_discounted(flow, step, rate) for step, flow in enumerate(flows))


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
    return math.fsum(_discounted(flow, time, rate) for flow, time in zip(flows, times, strict=True))


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
    reached, moved = 0.0, 0.0
    for step, value in enumerate(_checked(values, rate)):
        flow = _discounted(value, step, rate)
        before = reached
        reached += flow
        moved += abs(flow)
        if before < 0 and flow > 0 and reached >= -_ROUNDING * moved:
            return step - 1 + min(-before / flow, 1.0)
    raise MeasureError(
        "the money never comes back" if reached < 0 else "nothing was laid out",
        where="payback",
        advice="Show the sum of the flows instead; there is no payback time.",
    )


def discounted_payback(values: Sequence[float], *, rate: float) -> float:
    r"""Return how many steps it takes until the money is back with interest.

    Use it beside `npv`, never alone: it ignores what comes after. `payback` leaves interest out.

    Parameters
    ----------
    values : sequence of float
        Cash flows at equal distances, the first at t = 0, out negative.
    rate : float
        Discount rate per step, as a fraction.

    Returns
    -------
    float
        Steps from t = 0, interpolated inside the step in which the present values reach zero.

    Raises
    ------
    MeasureError
        As `payback`.

    Notes
    -----
    As `payback`, of :math:`v_t / (1 + r)^t`; interpolated linearly in present value.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 5 (payback rule).

    Examples
    --------
    >>> round(discounted_payback([-5100, 1280, 2480, 1680, 1680, 1480, 1280], rate=0.09), 2)
    3.45
    """
    return payback(values, rate=rate)


def profitability_index(values: Sequence[float], *, rate: float) -> float:
    r"""Return what each unit of money laid out at once is worth in what comes after.

    Use it to rank projects when one budget is short; `capital_allocation` chooses among them.

    Parameters
    ----------
    values : sequence of float
        Cash flows at equal distances; the first, an outlay, stands at t = 0.
    rate : float
        Discount rate per step, as a fraction, above -1.

    Returns
    -------
    float
        A ratio; above 1 where `npv` is above 0.

    Raises
    ------
    MeasureError
        If the first flow is no outlay, or as in `npv`.

    Notes
    -----
    :math:`\sum_{t=1}^{n} v_t (1 + r)^{-t} / -v_0`.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 5 (capital rationing).

    Examples
    --------
    >>> round(profitability_index([-900, 300, 400, 400, 500, 600], rate=0.15), 2)
    1.57
    """
    flows = _checked(values, rate)
    if flows[0] >= 0:
        raise MeasureError(
            f"the first flow is {flows[0]:g}, no outlay",
            where="profitability_index",
            advice="Give the outlay at t = 0 as a negative amount.",
        )
    return npv([0.0, *flows[1:]], rate=rate) / -flows[0]


def equivalent_annual_annuity(
    values: Sequence[float] | float, *, rate: float, n: int | None = None
) -> float:
    r"""Return the equal flow per step that is worth as much as a row of cash flows.

    Use it to compare projects, or costs, of different length.

    Parameters
    ----------
    values : sequence of float, or float
        Cash flows at equal distances, the first at t = 0; or their net present value.
    rate : float
        Discount rate per step, as a fraction, above -1; may be 0.
    n : int, optional
        Steps of the annuity, 1 or more; needed where `values` is a net present value. Default: one
        less than there are flows.

    Returns
    -------
    float
        Amount at the end of each of n steps, in the currency of `values`.

    Raises
    ------
    MeasureError
        If `n` is missing or below 1, or as in `npv`.

    Notes
    -----
    :math:`NPV \cdot r / (1 - (1 + r)^{-n})`; at r = 0, NPV / n.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 6 (equivalent annual
       cash flow).

    Examples
    --------
    >>> round(equivalent_annual_annuity(3_000_000, rate=0.1, n=5), 2)
    791392.44
    >>> round(equivalent_annual_annuity([-7000, -2000, -2000], rate=0.1), 2)
    -6033.33
    """
    if isinstance(values, (int, float)):
        worth = npv([values], rate=rate)
    else:
        worth, n = npv(values, rate=rate), len(values) - 1 if n is None else n
    if n is None or n < 1:
        raise MeasureError(
            "how many steps the annuity has is not given" if n is None else f"{n} steps",
            where="n",
            advice="Give 1 or more.",
        )
    return worth * rate / -math.expm1(-n * math.log1p(rate)) if rate else worth / n


def amounts(values: Sequence[float]) -> list[float]:
    """Return cash flows as numbers, refusing what is missing or not finite."""
    flows = [_flow(value, place) for place, value in enumerate(values)]
    bad = [place for place, flow in enumerate(flows) if not abs(flow) < _TOO_MUCH]
    if bad:
        raise MeasureError(
            f"cash flow {bad[0]} is {flows[bad[0]]}",
            where="values",
            advice="Give 0 where nothing flows.",
        )
    return flows


def _flow(value: object, place: int) -> float:
    if isinstance(value, (float, int)):
        return float(value)
    if value is None:
        return math.nan
    if isinstance(value, SupportsFloat):
        return float(value)
    raise MeasureError(
        f"cash flow {place} is {value!r}, which is no amount",
        where="values",
        advice="Give numbers; where there are dates, the values stand before them.",
    )


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


def _discounted(flow: float, time: float, rate: float) -> float:
    """Return the present value of one flow."""
    if flow == 0:
        return 0.0
    force = -time * math.log1p(rate)
    if max(force, force + math.log(abs(flow))) > _LARGEST:
        raise MeasureError(
            f"{flow:g} at time {time:g} is worth more than any number at rate {rate}",
            where="rate",
            advice="Give the rate per step as a fraction, as in 0.09 for nine percent.",
        )
    return flow * math.exp(force)


def _no_flow() -> MeasureError:
    return MeasureError("no cash flow", where="values", advice="Give at least one.")
