"""What the measures of a cloud bill share: its months, its cost, and cents that still add up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import MeasureError
from pfkit.measures.rows import NONE, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pfkit.period import Period

#: The columns every measure of the bill reads.
NEEDED = (
    *("period", "product", "provider_name", "service_name", "charge_category"),
    *("amount", "billed_amount", "lines"),
)
#: Two sums of charges that differ by less are the same.
_SAME = 1e-9
_MONEY = ("amount", "billed_amount", "list_amount", "contracted_amount", "charged_again")


def checked(cloud: pd.DataFrame, *, more: Iterable[str] = ()) -> pd.DataFrame:
    """Return the bill, once its columns are there and its costs are numbers.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an effective or billed cost is missing or not finite.
    """
    require(cloud, [*NEEDED, *more], name="cloud")
    found = cloud.copy()
    for column in _MONEY:
        if column in found.columns:
            found[column] = pd.to_numeric(found[column]).astype("float64")
    costs = found[["amount", "billed_amount"]].to_numpy(dtype="float64")
    bad = int((~np.isfinite(costs)).any(axis=1).sum())
    if bad:
        raise MeasureError(
            f"{bad} of {len(found)} charges have no effective or no billed cost",
            where="cloud",
            advice="Quarantine these rows in the book.",
        )
    return found


def of(cloud: pd.DataFrame, stretch: Period) -> pd.DataFrame | None:
    """Return the charges of a stretch of months; None where a month of it is not on the bill."""
    mine = cloud[cloud["period"].isin(stretch.months)]
    return mine if mine["period"].nunique() == len(stretch.months) else None


def absent(cloud: pd.DataFrame, stretch: Period, what: str) -> str:
    """Return why a stretch of months cannot be told; empty where it can."""
    there = cloud.loc[cloud["period"].isin(stretch.months), "period"].nunique()
    if there == len(stretch.months):
        return ""
    if there == 0:
        return f"{what}: no bill of {stretch.label}"
    return f"{what}: bills of {there} of {len(stretch.months)} months of {stretch.label}"


def cost(cloud: pd.DataFrame) -> pd.Series:
    """Return what a charge costs: effective, or billed where effective has lost its decimals."""
    if "whole_units" not in cloud.columns:
        return cloud["amount"]
    whole = cloud["whole_units"].astype(bool)
    return cloud["amount"].where(~whole, cloud["billed_amount"])


def listed(cloud: pd.DataFrame) -> pd.Series:
    """Return costs at list prices; a commitment bought is listed with the usage it covers."""
    bought = (cloud["charge_category"] == "Purchase") & (
        text(cloud, "commitment_discount_id") != ""
    )
    return numbers(cloud, "list_amount").where(~bought, 0.0)


def tagged(cloud: pd.DataFrame) -> pd.Series:
    """Return which charges have a product."""
    return cloud["product"] != NONE


def text(cloud: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as text, empty where the bill does not have it."""
    if column not in cloud.columns:
        return pd.Series("", index=cloud.index, dtype="object")
    return cloud[column].fillna("").astype("str").astype("object")


def numbers(cloud: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as numbers, NaN where the bill does not have it."""
    if column not in cloud.columns:
        return pd.Series(math.nan, index=cloud.index, dtype="float64")
    return pd.to_numeric(cloud[column]).astype("float64")


def total(amounts: Iterable[float]) -> int:
    """Return a sum of exact amounts in whole cents, rounded once, half to even.

    Examples
    --------
    >>> total([0.004, 0.004, 0.004]), total([318.835]), total([318.825])
    (1, 31884, 31882)
    """
    return round(_cents(math.fsum(amounts)))


def _cents(amount: float) -> float:
    # half a cent that was meant is half a cent, although no float is
    return round(amount * 100, 6)


def in_cents(amounts: Sequence[float], whole: int | None = None) -> list[int]:
    """Return amounts in whole cents that add up to their own rounded sum.

    Parameters
    ----------
    amounts : sequence of float
        Exact to far below a cent, as charges of a cloud bill are.
    whole : int, optional
        The sum in cents, where it is known more exactly.

    Notes
    -----
    Largest remainder method: each amount is floored to the cent, and the cents left over go to the
    largest remainders, first come first served between equals. No amount moves by a cent.

    Examples
    --------
    >>> in_cents([0.004, 0.004, 0.004]), in_cents([1.10, -2.05])
    ([1, 0, 0], [110, -205])
    """
    exact = [_cents(amount) for amount in amounts]
    floors = [math.floor(amount) for amount in exact]
    left = (total(amounts) if whole is None else whole) - sum(floors)
    order = sorted(range(len(exact)), key=lambda place: floors[place] - exact[place])
    each, odd = divmod(left, len(order)) if order else (0, 0)
    for rank, place in enumerate(order):
        floors[place] += each + (rank < odd)
    return floors


def both_in_cents(
    effective: Sequence[float], billed: Sequence[float]
) -> tuple[list[int], list[int]]:
    """Return two costs of the same rows in cents, so that what is equal stays equal.

    Each adds up to its own rounded sum.

    Examples
    --------
    >>> both_in_cents([0.335, 0.334, 0.33], [0.335, 0.334, 0.332])
    ([34, 33, 33], [34, 33, 33])
    """
    first = in_cents(effective)
    same = [abs(one - other) < _SAME for one, other in zip(effective, billed, strict=True)]
    held = sum(cents for cents, alike in zip(first, same, strict=True) if alike)
    rest = [other for other, alike in zip(billed, same, strict=True) if not alike]
    apart = iter(in_cents(rest, total(billed) - held) if rest else [])
    return first, [
        cents if alike else next(apart) for cents, alike in zip(first, same, strict=True)
    ]


def grouped(cloud: pd.DataFrame, by: str, columns: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return exact sums of columns by the values of another, the number of lines among them."""
    found: dict[str, dict[str, Any]] = {}
    for value, part in cloud.groupby(by, sort=True):
        found[str(value)] = {
            column: math.fsum(part[column].fillna(0).tolist()) for column in columns
        }
    return found
