"""Money at the edge: exact cents, and amounts that still add up after rounding."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from pfkit.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Sequence

CENT = Decimal("0.01")

#: Currencies whose minor unit is no hundredth, and how many digits it has (ISO 4217).
_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_digits() -> dict[str, int]:
    """Return how many decimals a currency has, where these are not two.

    References
    ----------
    .. [1] ISO 4217, *Codes for the representation of currencies*, list one, column "Minor unit".

    Examples
    --------
    >>> minor_digits()["JPY"], minor_digits()["BHD"], minor_digits().get("EUR", 2)
    (0, 3, 2)
    """
    return dict(_DIGITS)


def cents(amount: Decimal | float | str) -> Decimal:
    """Return an amount rounded to the cent, half to even.

    Parameters
    ----------
    amount : decimal.Decimal, float or str
        In any currency with two decimals; a float is read by its shortest text.

    Examples
    --------
    >>> cents("2.675"), cents(0.1 + 0.2)
    (Decimal('2.68'), Decimal('0.30'))
    """
    exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    return exact.quantize(CENT, rounding=ROUND_HALF_EVEN)


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount by weights so that the rounded parts add up to it.

    Parameters
    ----------
    total : decimal.Decimal
        Amount in whole cents.
    weights : sequence of decimal.Decimal
        Not all zero; may be negative.

    Returns
    -------
    list of decimal.Decimal
        One part per weight, in whole cents; their sum is `total`.

    Raises
    ------
    ValueError
        If the weights add up to zero.

    Notes
    -----
    Largest remainder method (Hamilton): parts are floored to the cent and the cents left over go
    to the largest remainders, first come first served between equals.

    Examples
    --------
    >>> [str(part) for part in spread(Decimal("10.00"), [Decimal(1)] * 3)]
    ['3.34', '3.33', '3.33']
    """
    whole = sum(weights, Decimal(0))
    if whole == 0:
        raise ValueError("weights add up to zero")
    exact = [total * weight / whole for weight in weights]
    parts = [part.quantize(CENT, rounding="ROUND_FLOOR") for part in exact]
    left = int((total - sum(parts, Decimal(0))) / CENT)
    order = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in order[:left]:
        parts[place] += CENT
    return parts


def apart(amounts: Sequence[float], *, total: float | None = None) -> list[Decimal]:
    """Return the total of amounts and each of them, rounded to the cent and still adding up.

    Parameters
    ----------
    amounts : sequence of float
        In any currency with two decimals; may be negative.
    total : float, optional
        What they add up to but for rounding. Default: their sum.

    Returns
    -------
    list of decimal.Decimal
        The total first, then one part per amount; the parts add up to the total.

    Raises
    ------
    ValueError
        If there is a total and no amount to carry it.

    Notes
    -----
    Every amount is rounded; the cents by which the parts then miss the total go one each to the
    amounts that rounding moved furthest the other way.

    Examples
    --------
    >>> [str(part) for part in apart([10 / 3, 10 / 3, 10 / 3])]
    ['10.00', '3.34', '3.33', '3.33']
    """
    whole = cents(math.fsum(amounts) if total is None else total)
    parts = [cents(amount) for amount in amounts]
    left = int((whole - sum(parts, Decimal(0))) / CENT)
    if left and not parts:
        raise ValueError("a total and no amount to carry it")
    order = sorted(
        range(len(parts)),
        key=lambda place: float(parts[place] - Decimal(amounts[place])),
        reverse=left < 0,
    )
    each, more = divmod(abs(left), len(parts) or 1)
    for turn, place in enumerate(order):
        parts[place] += (CENT if left > 0 else -CENT) * (each + (turn < more))
    return [whole, *parts]


def translate(
    amount: Decimal | float | str, *, rate: Decimal | float | str, inverse: bool = False
) -> Decimal:
    r"""Return an amount in another currency, not rounded.

    Use it for one amount at one rate; a book translates its tables as it is opened.

    Parameters
    ----------
    amount : decimal.Decimal, float or str
        In its own currency; a float is read by its shortest text.
    rate : decimal.Decimal, float or str
        Units of the other currency per 1 of the amount's, above 0.
    inverse : bool
        Whether the rate is stated the other way: units of the amount's currency per 1 of the other.

    Returns
    -------
    decimal.Decimal
        The amount in the other currency, to 28 digits; round it with `cents` where it is shown.

    Raises
    ------
    MeasureError
        If `rate` is not above 0, or one of the two is no number.

    Notes
    -----
    :math:`amount \cdot rate`, or :math:`amount / rate` where the rate is inverse.

    References
    ----------
    .. [1] IFRS Foundation, *IAS 21 The Effects of Changes in Foreign Exchange Rates*.

    Examples
    --------
    >>> cents(translate(500_000, rate=0.8, inverse=True))  # USD into AUD at 0.80 USD per AUD
    Decimal('625000.00')
    >>> translate("19.99", rate="1.1")
    Decimal('21.989')
    """
    known, price = (_number(value, name) for value, name in ((amount, "amount"), (rate, "rate")))
    if price <= 0:
        raise MeasureError(
            f"rate {rate} is not above 0",
            where="rate",
            advice="Give units of the other currency per 1 of the amount's, or set inverse.",
        )
    return known / price if inverse else known * price


def _number(value: Decimal | float | str, name: str) -> Decimal:
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise MeasureError(f"{name} is {value!r}", where=name, advice="Give a number.")
    return number
