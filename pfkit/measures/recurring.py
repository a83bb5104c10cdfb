"""Recurring revenue: how it moved, how much of it stays, and how soon a customer pays back."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pfkit.errors import MeasureError


@dataclass(frozen=True)
class MrrBridge:
    """How monthly recurring revenue came from its start to its end.

    Attributes
    ----------
    start : float
        Recurring revenue at the start, in currency per month.
    new, expansion, reactivation : float
        What came, positive.
    contraction, churn : float
        What went, positive.
    net_new : float
        What came less what went.
    end : float
        Recurring revenue at the end.
    """

    start: float
    new: float
    expansion: float
    contraction: float
    churn: float
    reactivation: float
    net_new: float
    end: float


def mrr_bridge(
    start: float,
    *,
    new: float = 0.0,
    expansion: float = 0.0,
    contraction: float = 0.0,
    churn: float = 0.0,
    reactivation: float = 0.0,
) -> MrrBridge:
    r"""Walk monthly recurring revenue from its start to its end by its five movements.

    Use it for one month in total; the movements are per customer, so that a customer who cancels
    one of two subscriptions contracts and does not churn.

    Parameters
    ----------
    start : float
        Recurring revenue at the start, in currency per month.
    new : float
        Of customers who never paid before; positive, as all movements are.
    expansion : float
        More from customers who paid before.
    contraction : float
        Less from customers who still pay.
    churn : float
        Of customers who no longer pay.
    reactivation : float
        Of customers who had left and came back.

    Returns
    -------
    MrrBridge
        The movements, ``net_new`` and ``end`` in currency per month.

    Raises
    ------
    MeasureError
        If an amount is negative or not finite.

    Notes
    -----
    :math:`end = start + new + expansion + reactivation - contraction - churn`.

    References
    ----------
    .. [1] ChartMogul, *The Ultimate SaaS Metrics Cheat Sheet*, MRR movements.

    Examples
    --------
    >>> mrr_bridge(10_000, new=2_000, expansion=500, contraction=300, churn=700).end
    11500.0
    """
    came = _amounts(new=new, expansion=expansion, reactivation=reactivation)
    went = _amounts(contraction=contraction, churn=churn)
    (before,) = _amounts(start=start)
    net = math.fsum([*came, *(-amount for amount in went)])
    return MrrBridge(
        start=before,
        new=came[0],
        expansion=came[1],
        contraction=went[0],
        churn=went[1],
        reactivation=came[2],
        net_new=net,
        end=math.fsum([before, *came, *(-amount for amount in went)]),
    )


def quick_ratio(*, new: float, expansion: float, churn: float, contraction: float) -> float:
    r"""Return how many times what was gained in recurring revenue covers what was lost.

    Use it as a sign of healthy growth: above 4 is a usual aim; `grr` says how much stays.

    Parameters
    ----------
    new : float
        Recurring revenue of new customers, in currency.
    expansion : float
        More from customers who paid before; put reactivation here.
    churn : float
        Lost with customers who left, positive.
    contraction : float
        Lost of customers who stayed, positive.

    Returns
    -------
    float
        A ratio.

    Raises
    ------
    MeasureError
        If nothing was lost, or an amount is negative or not finite.

    Notes
    -----
    :math:`(new + expansion) / (churn + contraction)`. Not the quick ratio of a balance sheet.

    References
    ----------
    .. [1] Mamoon Hamid, "The SaaS Quick Ratio", SaaStr Annual 2015.

    Examples
    --------
    >>> quick_ratio(new=20_000, expansion=8_000, churn=5_000, contraction=3_000)
    3.5
    """
    gained = math.fsum(_amounts(new=new, expansion=expansion))
    lost = math.fsum(_amounts(churn=churn, contraction=contraction))
    if lost == 0:
        raise MeasureError(
            "nothing was lost",
            where="quick_ratio",
            advice="Show what was gained instead; it covers a loss of nothing any number of times.",
        )
    return gained / lost


def nrr(start: float, *, expansion: float, contraction: float, churn: float) -> float:
    r"""Return the share of recurring revenue that the customers of the start bring at the end.

    Use it for growth without new customers; `grr` leaves expansion out.

    Parameters
    ----------
    start : float
        Recurring revenue of these customers at the start, above 0, in currency.
    expansion : float
        More from them, positive.
    contraction : float
        Less from those who stayed, positive.
    churn : float
        Lost with those who left, positive.

    Returns
    -------
    float
        A fraction; above 1 where expansion exceeds what was lost.

    Raises
    ------
    MeasureError
        If `start` is not above 0, or an amount is negative or not finite.

    Notes
    -----
    Net revenue retention, :math:`(start + expansion - contraction - churn) / start`; reactivation
    and new customers do not count.

    References
    ----------
    .. [1] ChartMogul, *The Ultimate SaaS Metrics Cheat Sheet*, net MRR retention.

    Examples
    --------
    >>> nrr(18_000, expansion=2_100, contraction=300, churn=900)
    1.05
    """
    (more,) = _amounts(expansion=expansion)
    return math.fsum([_kept(start, contraction, churn), more]) / start


def grr(start: float, *, contraction: float, churn: float) -> float:
    r"""Return the share of recurring revenue that stays, without any expansion.

    Use it for how much would be left if nobody bought more; `nrr` counts expansion.

    Parameters
    ----------
    start : float
        Recurring revenue at the start, above 0, in currency.
    contraction : float
        Less from customers who stayed, positive.
    churn : float
        Lost with customers who left, positive.

    Returns
    -------
    float
        A fraction, at most 1.

    Raises
    ------
    MeasureError
        If `start` is not above 0, more was lost than there was, or an amount is negative or not
        finite.

    Notes
    -----
    Gross revenue retention, :math:`(start - contraction - churn) / start`.

    References
    ----------
    .. [1] ChartMogul, *The Ultimate SaaS Metrics Cheat Sheet*, gross MRR churn.

    Examples
    --------
    >>> round(grr(18_000, contraction=300, churn=900), 4)
    0.9333
    """
    return _kept(start, contraction, churn) / start


def cac_payback_months(cac: float, *, arpa: float, gross_margin: float) -> float:
    r"""Return how many months of gross margin pay back what a customer cost to win.

    Use it to compare channels; it takes no account of churn or interest.

    Parameters
    ----------
    cac : float
        Cost to acquire one customer, in currency.
    arpa : float
        Recurring revenue per account and month, above 0, in currency.
    gross_margin : float
        Gross margin, a fraction above 0 and at most 1.

    Returns
    -------
    float
        Months.

    Raises
    ------
    MeasureError
        If the margin earned per month is not above 0, `gross_margin` is no fraction, or an amount
        is negative or not finite.

    Notes
    -----
    :math:`CAC / (ARPA \cdot gross\ margin)`.

    References
    ----------
    .. [1] David Skok, "SaaS Metrics 2.0", *For Entrepreneurs*.

    Examples
    --------
    >>> cac_payback_months(6_000, arpa=500, gross_margin=0.8)
    15.0
    """
    cost, account = _amounts(cac=cac, arpa=arpa)
    if not (math.isfinite(gross_margin) and gross_margin <= 1):
        raise MeasureError(
            f"gross_margin is {gross_margin}",
            where="gross_margin",
            advice="Give a fraction, as in 0.8 for eighty percent.",
        )
    earned = account * gross_margin
    if earned <= 0:
        raise MeasureError(
            "a customer earns no margin, so that nothing is paid back",
            where="cac_payback_months",
            advice="Show the margin instead; there is no payback time.",
        )
    return cost / earned


def _kept(start: float, contraction: float, churn: float) -> float:
    """Return what is left of recurring revenue."""
    (before,) = _amounts(start=start)
    lost = _amounts(contraction=contraction, churn=churn)
    if before == 0:
        raise MeasureError(
            "there was no recurring revenue to keep",
            where="start",
            advice="Show no retention for a month that started without customers.",
        )
    if math.fsum(lost) > before * (1 + 1e-9):
        raise MeasureError(
            f"{math.fsum(lost):,.2f} was lost of {before:,.2f}",
            where="start",
            advice="Leave out what was lost of customers who came after the start.",
        )
    return math.fsum([before, *(-amount for amount in lost)])


def _amounts(**given: float) -> list[float]:
    for name, amount in given.items():
        if not (math.isfinite(amount) and amount >= 0):
            raise MeasureError(
                f"{name} is {amount}",
                where=name,
                advice="Give it as a positive amount; what reduces is subtracted.",
            )
    return [float(amount) for amount in given.values()]
