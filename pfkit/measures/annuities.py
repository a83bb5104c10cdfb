"""Annuities: equal payments, what they are worth, what they cost, how long and at what rate."""

from __future__ import annotations

import math
from typing import Final, Literal

from pfkit.errors import MeasureError
from pfkit.measures.irr import irr
from pfkit.measures.npv import check_rate

When = Literal["end", "begin"]

_LARGEST: Final = 709.0


def pmt(*, rate: float, nper: float, pv: float, fv: float = 0.0, when: When = "end") -> float:
    r"""Return the equal payment that pays off a loan, or saves up an amount.

    Use it for the installment of a loan, lease or subscription; `nper` says how many are needed.

    Parameters
    ----------
    rate : float
        Interest per period, as a fraction; may be 0.
    nper : float
        Number of payments, above 0.
    pv : float
        Amount at the start, received positive.
    fv : float
        Amount left at the end, received positive.
    when : str
        ``end`` where payments fall at the end of each period, ``begin`` at its beginning.

    Returns
    -------
    float
        Payment per period in the currency of `pv`, paid out negative.

    Raises
    ------
    MeasureError
        If a number is not finite, `rate` is not above -1, or `nper` is 0.

    Notes
    -----
    Solves :math:`pv\,(1+r)^n + pmt\,(1 + r w)\,((1+r)^n - 1)/r + fv = 0`, with w = 1 where
    payments fall at the beginning. Money received is positive, money paid negative, as in
    spreadsheets; at r = 0 the fraction is n.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (annuities).

    Examples
    --------
    >>> round(pmt(rate=0.08 / 12, nper=60, pv=15000), 2)
    -304.15
    """
    _check(rate=rate, nper=nper, pv=pv, fv=fv)
    paid = _annuity(rate, nper, when)
    if paid == 0:
        raise MeasureError(
            "there is no payment in 0 periods", where="nper", advice="Give 1 or more."
        )
    return -(pv * _growth(rate, nper) + fv) / paid


def pv(*, rate: float, nper: float, pmt: float, fv: float = 0.0, when: When = "end") -> float:
    r"""Return what equal payments, and an amount at their end, are worth today.

    Use it to price a lease or a fixed income; `npv` takes payments that differ.

    Parameters
    ----------
    rate : float
        Interest per period, as a fraction; may be 0.
    nper : float
        Number of payments.
    pmt : float
        Payment per period, received positive.
    fv : float
        Amount at the end, received positive.
    when : str
        ``end`` where payments fall at the end of each period, ``begin`` at its beginning.

    Returns
    -------
    float
        Present value in the currency of `pmt`, with the other sign: what is paid for it.

    Raises
    ------
    MeasureError
        If a number is not finite or `rate` is not above -1.

    Notes
    -----
    The equation of `pmt`, solved for pv.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (annuities).

    Examples
    --------
    >>> round(pv(rate=0.07, nper=20, pmt=12000), 2)
    -127128.17
    """
    _check(rate=rate, nper=nper, pmt=pmt, fv=fv)
    return -(pmt * _annuity(rate, nper, when) + fv) / _growth(rate, nper)


def fv(*, rate: float, nper: float, pmt: float, pv: float = 0.0, when: When = "end") -> float:
    r"""Return what an amount and equal payments have grown to at the end.

    Use it for savings and for a balance after some payments; `fvschedule` takes rates that differ.

    Parameters
    ----------
    rate : float
        Interest per period, as a fraction; may be 0.
    nper : float
        Number of payments.
    pmt : float
        Payment per period, received positive.
    pv : float
        Amount at the start, received positive.
    when : str
        ``end`` where payments fall at the end of each period, ``begin`` at its beginning.

    Returns
    -------
    float
        Future value in the currency of `pmt`: positive where payments and amount are paid in.

    Raises
    ------
    MeasureError
        If a number is not finite or `rate` is not above -1.

    Notes
    -----
    The equation of `pmt`, solved for fv.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (annuities).

    Examples
    --------
    >>> round(fv(rate=0.05 / 12, nper=120, pmt=-100, pv=-100), 2)
    15692.93
    """
    _check(rate=rate, nper=nper, pmt=pmt, pv=pv)
    return -(pv * _growth(rate, nper) + pmt * _annuity(rate, nper, when))


def nper(*, rate: float, pmt: float, pv: float, fv: float = 0.0, when: When = "end") -> float:
    r"""Return how many equal payments pay off a loan, or save up an amount.

    Use it for the time to repay; `pmt` says how large the payments are.

    Parameters
    ----------
    rate : float
        Interest per period, as a fraction; may be 0.
    pmt : float
        Payment per period, received positive.
    pv : float
        Amount at the start, received positive.
    fv : float
        Amount at the end, received positive.
    when : str
        ``end`` where payments fall at the end of each period, ``begin`` at its beginning.

    Returns
    -------
    float
        Periods, not rounded; negative where the amounts would have met in the past.

    Raises
    ------
    MeasureError
        If the payments never get there, a number is not finite, or `rate` is not above -1.

    Notes
    -----
    The equation of `pmt`, solved for n: :math:`\ln(1 - r\,(pv + fv) / b) / \ln(1 + r)` with
    :math:`b = pmt\,(1 + r w) + r\,pv`; at r = 0, :math:`-(pv + fv)/pmt`.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 (annuities).

    Examples
    --------
    >>> round(nper(rate=0.075, pmt=-2000, pv=0, fv=100000), 3)
    21.545
    """
    _check(rate=rate, pmt=pmt, pv=pv, fv=fv)
    if rate == 0:
        if pmt == 0:
            raise _never("nothing is paid and nothing grows")
        return -(pv + fv) / pmt
    beyond = pmt * (1 + rate * _begins(when)) + rate * pv  # what a payment leaves after interest
    grown = -rate * (pv + fv) / beyond if beyond else -math.inf
    if grown <= -1:
        raise _never("the payments never get there")
    return math.log1p(grown) / math.log1p(rate)


def annuity_rate(*, nper: int, pmt: float, pv: float, fv: float = 0.0, when: When = "end") -> float:
    r"""Return the interest per period at which equal payments and amounts balance.

    Use it for the rate hidden in a lease or installment plan; `irr` takes payments that differ.

    Parameters
    ----------
    nper : int
        Number of payments, 1 or more.
    pmt : float
        Payment per period, received positive.
    pv : float
        Amount at the start, received positive.
    fv : float
        Amount at the end, received positive.
    when : str
        ``end`` where payments fall at the end of each period, ``begin`` at its beginning.

    Returns
    -------
    float
        Rate per period, as a fraction.

    Raises
    ------
    MeasureError
        If no rate balances them, a number is not finite, or `nper` is no whole number above 0.

    Notes
    -----
    The spreadsheet's ``RATE``: `irr` of pv, the payments and fv. Where payments and amounts
    change their sign twice there may be two rates; the one that `irr` shows is given, and
    `irr` lists both.

    References
    ----------
    .. [1] Brealey, Myers and Allen, *Principles of Corporate Finance*, ch. 2 and 5.

    Examples
    --------
    >>> round(annuity_rate(nper=10, pmt=0, pv=-3500, fv=10000), 6)
    0.110691
    """
    _check(nper=nper, pmt=pmt, pv=pv, fv=fv)
    if nper != int(nper) or nper < 1:
        raise MeasureError(
            f"{nper} is no number of payments",
            where="nper",
            advice="Give a whole number, 1 or more.",
        )
    first = _begins(when)
    flows = [pv + (pmt if first else 0.0), *[pmt] * (int(nper) - 1), fv + (0.0 if first else pmt)]
    found = irr(flows)
    if found.rate is None:
        raise MeasureError(
            found.reason,
            where="annuity_rate",
            advice="Give what is paid a negative sign and what is received a positive one.",
        )
    return found.rate


def _growth(rate: float, nper: float) -> float:
    """Return what 1 grows to."""
    return math.exp(_force(rate, nper))


def _annuity(rate: float, nper: float, when: When) -> float:
    """Return what payments of 1 grow to."""
    due = 1 + rate * _begins(when)
    return math.expm1(_force(rate, nper)) / rate * due if rate else float(nper)


def _force(rate: float, nper: float) -> float:
    force = nper * math.log1p(rate)
    if force > _LARGEST:
        raise MeasureError(
            f"1 grows beyond any number in {nper} periods at {rate}",
            where="rate",
            advice="Give the rate per period as a fraction, as in 0.09 for nine percent.",
        )
    return force


def _begins(when: str) -> bool:
    if when not in {"end", "begin"}:
        raise MeasureError(
            f"{when!r} is no time of payment", where="when", advice="Give 'end' or 'begin'."
        )
    return when == "begin"


def _never(what: str) -> MeasureError:
    return MeasureError(
        what,
        where="nper",
        advice="Check the signs (paid negative, received positive) and that payments exceed the "
        "interest.",
    )


def _check(**given: float) -> None:
    for name, number in given.items():
        if not math.isfinite(number):
            raise MeasureError(f"{name} is {number}", where=name, advice="Give a number.")
    if "rate" in given:
        check_rate(given["rate"])
