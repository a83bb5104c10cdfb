"""Money at the edge: exact cents, and amounts that still add up after rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CENT = Decimal("0.01")


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
