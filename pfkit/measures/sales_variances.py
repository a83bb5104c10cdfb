"""Textbook variances of sales, line by line: price, volume, quantity, mix, flexible budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pfkit.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Sequence

_CANCELLED = 1e-9  # of the size of the lines: a sum below it is what rounding left of nothing


def sales_mix_share(quantity: Sequence[float]) -> np.ndarray:
    r"""Return the share of each line in the total volume.

    Use it to set planned and actual mix side by side; what the shift was worth says
    `sales_mix_variance`.

    Parameters
    ----------
    quantity : sequence of float
        Units per line, all in the same unit.

    Returns
    -------
    numpy.ndarray
        One fraction per line, in the order given; they add up to 1.

    Raises
    ------
    MeasureError
        If a quantity is not finite, or they add up to zero: no volume has no mix.

    Notes
    -----
    :math:`s_i = q_i / \sum_j q_j`. With lines taken back (negative quantities) a share may lie
    outside 0 to 1.

    References
    ----------
    .. [1] Blocher, Juras and Smith, *Cost Management*, ch. 16 (Schmidt Machinery: sales mix).

    Examples
    --------
    >>> sales_mix_share([1600, 3400]).tolist()
    [0.32, 0.68]
    """
    (sold,) = _lines(quantity=quantity)
    if not has_volume(sold):
        raise MeasureError(
            "the quantities add up to zero, so there is no mix",
            where="sales_mix_share",
            advice="Leave out lines that were taken back, or compare amounts instead.",
        )
    return np.asarray(sold / sold.sum())


def sales_price_variance(
    actual_quantity: Sequence[float], base_price: Sequence[float], actual_price: Sequence[float]
) -> np.ndarray:
    r"""Return what other prices brought, line by line, on the volume that was sold.

    Use it on a few lines given as plain numbers; `price_volume_mix` does it for tables.

    Parameters
    ----------
    actual_quantity : sequence of float
        Units sold, per line.
    base_price, actual_price : sequence of float
        Price (or margin) of one unit, planned and actual.

    Returns
    -------
    numpy.ndarray
        One amount per line, in the currency of the prices.

    Raises
    ------
    MeasureError
        If the lines differ in number, or a value is not finite.

    Notes
    -----
    :math:`q^1 (p^1 - p^0)`: the joint term of price and volume stands with the price.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (selling-price variance).

    Examples
    --------
    >>> sales_price_variance([700, 100, 300], [4, 1, 2], [3, 2, 1]).tolist()
    [-700.0, 100.0, -300.0]
    """
    sold, planned, paid = _lines(
        actual_quantity=actual_quantity, base_price=base_price, actual_price=actual_price
    )
    return np.asarray(sold * (paid - planned))


def sales_volume_variance(
    base_quantity: Sequence[float], actual_quantity: Sequence[float], base_price: Sequence[float]
) -> np.ndarray:
    r"""Return what other volumes brought, line by line, at planned prices.

    Use it with prices for revenue, or with unit margins for contribution; its two parts are
    `sales_quantity_variance` and `sales_mix_variance`.

    Parameters
    ----------
    base_quantity, actual_quantity : sequence of float
        Units per line, planned and sold.
    base_price : sequence of float
        Planned price (or margin) of one unit, per line.

    Returns
    -------
    numpy.ndarray
        One amount per line, in the currency of the prices.

    Raises
    ------
    MeasureError
        If the lines differ in number, or a value is not finite.

    Notes
    -----
    :math:`(q^1 - q^0) p^0`: actual minus plan, so a positive amount is more revenue.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 and 14 (sales-volume variance).

    Examples
    --------
    >>> sales_volume_variance([4000], [3600], [120]).tolist()  # on margin
    [-48000.0]
    """
    planned, sold, price = _lines(
        base_quantity=base_quantity, actual_quantity=actual_quantity, base_price=base_price
    )
    return np.asarray((sold - planned) * price)


def sales_quantity_variance(
    base_quantity: Sequence[float],
    actual_quantity: Sequence[float] | float,
    base_price: Sequence[float],
) -> np.ndarray:
    r"""Return what a larger or smaller total volume would have brought at the planned mix.

    Use it beside `sales_mix_variance`: the two add up to `sales_volume_variance`, line by line.

    Parameters
    ----------
    base_quantity : sequence of float
        Planned units per line, all in the same unit.
    actual_quantity : sequence of float, or float
        Units sold per line, or their total.
    base_price : sequence of float
        Planned price (or margin) of one unit, per line.

    Returns
    -------
    numpy.ndarray
        One amount per line, in the currency of the prices; their sum is the total volume gained
        times the planned average price.

    Raises
    ------
    MeasureError
        If the lines differ in number, a value is not finite, or only a total is given and the
        planned quantities add up to zero.

    Notes
    -----
    :math:`(Q^1 - Q^0) s^0_i p^0_i` with :math:`s^0` the planned mix. A plan without volume has no
    mix: then the whole volume variance stands here.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 14 (sales-quantity variance).

    Examples
    --------
    >>> sales_quantity_variance([400, 300, 300], 1100, [4, 1, 2]).tolist()
    [160.0, 30.0, 60.0]
    """
    planned, price = _lines(base_quantity=base_quantity, base_price=base_price)
    total = np.ndim(actual_quantity) == 0
    sold = np.atleast_1d(_numbers("actual_quantity", actual_quantity))
    if not total:
        _same_length(base_quantity=planned, actual_quantity=sold)
    if has_volume(planned):
        gained = sold.sum() - planned.sum()
        return np.asarray(gained * (planned / planned.sum()) * price)
    if total:
        raise MeasureError(
            "the planned quantities add up to zero, so there is no planned mix",
            where="sales_quantity_variance",
            advice="Give the units sold line by line.",
        )
    return np.asarray((sold - planned) * price)


def sales_mix_variance(
    base_quantity: Sequence[float], actual_quantity: Sequence[float], base_price: Sequence[float]
) -> np.ndarray:
    r"""Return what the shift between dear and cheap lines brought, at planned prices.

    Use it where lines have one unit and can stand in for each other.

    Parameters
    ----------
    base_quantity, actual_quantity : sequence of float
        Units per line, planned and sold, all in the same unit.
    base_price : sequence of float
        Planned price (or margin) of one unit, per line.

    Returns
    -------
    numpy.ndarray
        One amount per line, in the currency of the prices.

    Raises
    ------
    MeasureError
        If the lines differ in number, or a value is not finite.

    Notes
    -----
    :math:`Q^1 (s^1_i - s^0_i) p^0_i`. A line alone says little, because lines below the average
    price gain when they sell more; the sum is the mix effect. A plan without volume has no mix:
    the variance is zero.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 14 (sales-mix variance).

    Examples
    --------
    >>> sales_mix_variance([400, 300, 300], [700, 100, 300], [4, 1, 2]).tolist()
    [1040.0, -230.0, -60.0]
    """
    planned, sold, price = _lines(
        base_quantity=base_quantity, actual_quantity=actual_quantity, base_price=base_price
    )
    if not has_volume(planned):
        return np.zeros(len(planned))
    return np.asarray((sold - sold.sum() * (planned / planned.sum())) * price)


def flexible_budget_variance(
    actual_quantity: Sequence[float], base_price: Sequence[float], actual_amount: Sequence[float]
) -> np.ndarray:
    r"""Return actual amounts less the budget for the volume that was really reached.

    Use it on a few lines given as plain numbers; `flexed_budget` does it for a whole statement.

    Parameters
    ----------
    actual_quantity : sequence of float
        Units reached, per line: what drives the line.
    base_price : sequence of float
        Planned price or cost of one unit, per line.
    actual_amount : sequence of float
        Actual revenue or cost, per line; positive for both.

    Returns
    -------
    numpy.ndarray
        One amount per line, actual minus flexed budget: above zero is favorable for revenue and
        unfavorable for cost.

    Raises
    ------
    MeasureError
        If the lines differ in number, or a value is not finite.

    Notes
    -----
    :math:`A - q^1 p^0`.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (flexible-budget variance).

    Examples
    --------
    >>> flexible_budget_variance([2400, 6000], [3200, 2400], [6.24e6, 9.6e6]).tolist()
    [-1440000.0, -4800000.0]
    """
    reached, price, amount = _lines(
        actual_quantity=actual_quantity, base_price=base_price, actual_amount=actual_amount
    )
    return np.asarray(amount - reached * price)


def has_volume(quantity: np.ndarray) -> bool:
    """Return whether quantities add up to something, beyond what rounding left of nothing.

    Examples
    --------
    >>> has_volume(np.array([0.1, 0.2, -0.3])), has_volume(np.array([0.0, 2.0]))
    (False, True)
    """
    size = float(np.abs(quantity).sum())
    return size > 0 and abs(float(quantity.sum())) > _CANCELLED * size


def _lines(**given: Sequence[float]) -> list[np.ndarray]:
    """Return every argument as numbers, one per line, after checking that they fit together."""
    found = {name: _numbers(name, values) for name, values in given.items()}
    _same_length(**found)
    return list(found.values())


def _numbers(name: str, values: Sequence[float] | float) -> np.ndarray:
    numbers = np.asarray(values, dtype="float64")
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise MeasureError(
            f"{name} of line {bad[0] + 1} is {numbers.flat[bad[0]]}, not a number",
            where="sales variances",
            advice="Leave the line out, or give it its value.",
        )
    return numbers


def _same_length(**found: np.ndarray) -> None:
    counts = {name: len(values) for name, values in found.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{count} of {name}" for name, count in counts.items())
        raise MeasureError(
            f"the lines differ in number: {told}",
            where="sales variances",
            advice="Give every line its value, in the same order.",
        )
