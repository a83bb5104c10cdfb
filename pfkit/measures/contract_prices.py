"""Contract prices: which charges they hold for, and which they cannot be compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures.rows import require

if TYPE_CHECKING:
    import datetime as dt

_COLUMNS = ("vendor", "sku", "price", "currency", "valid_from")
_OPTIONAL = ("unit", "valid_to", "contract")
_VENDORS = ("provider_name", "publisher_name")
_ITEMS = ("sku_price_id", "sku_id")
#: What is read of a charge.
_CHARGE = (
    *(*_VENDORS, "sku_price_id", "product", "pricing_quantity", "pricing_unit"),
    *("billed_cost", "billed_amount", "billing_currency", "cost"),
)


def listed(prices: pd.DataFrame | None) -> pd.DataFrame:
    """Return contract prices with days as days and names as they are compared.

    Raises
    ------
    ContractError
        If a column is missing.
    """
    if prices is None or prices.empty:
        return pd.DataFrame({name: [] for name in ("_vendor", *_COLUMNS, *_OPTIONAL)})
    require(prices, _COLUMNS, name="vendor_prices")
    found = pd.DataFrame({name: prices[name] for name in _COLUMNS})
    for name in _OPTIONAL:
        found[name] = prices[name] if name in prices.columns else None
    for name in ("valid_from", "valid_to"):
        found[name] = pd.to_datetime(found[name])
    for name in ("unit", "contract"):
        found[name] = found[name].fillna("").astype("str").astype("object")
    found["price"] = pd.to_numeric(found["price"]).astype("float64")
    found["_vendor"] = found["vendor"].astype("str").str.casefold()
    found["sku"] = found["sku"].astype("str")
    return found


def agreed(
    month: pd.DataFrame, prices: pd.DataFrame, first: dt.date, last: dt.date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the charges of a month with the contract price of each, and those not comparable.

    Parameters
    ----------
    month : pandas.DataFrame
        Charges of one month, as `waste_rules.prepared` makes them.
    prices : pandas.DataFrame
        Result of `listed`.
    first, last : datetime.date
        The month's days: a price holds that holds on one of them.

    Notes
    -----
    A charge is matched by provider or publisher, and by `sku_price_id` before `sku_id`. Of several
    prices that hold, the one that began last counts. Charges that a commitment covers are not
    compared: their price is the commitment's.
    """
    paid = month.loc[
        month["charge_category"].isin(["Usage", "Purchase"])
        & (month["commitment_discount_id"] == "")
        & (month["pricing_quantity"] > 0)
        & (month["billed_cost"] > 0),
        list(_CHARGE),
    ]
    if paid.empty or prices.empty:
        return _nothing(paid)
    holds = (prices["valid_from"] <= pd.Timestamp(last)) & ~(
        prices["valid_to"] < pd.Timestamp(first)
    )
    held = prices[holds.fillna(value=False)]
    if held.empty:
        return _nothing(paid)
    keys = [
        paid.assign(
            row=paid.index,
            _vendor=paid[vendor].str.casefold(),
            sku=month.loc[paid.index, item],
            _rank=rank * len(_VENDORS) + place,
        )
        for rank, item in enumerate(_ITEMS)
        for place, vendor in enumerate(_VENDORS)
    ]
    found = pd.concat(keys).merge(held, on=["_vendor", "sku"])
    found = found.sort_values(["row", "_rank", "valid_from"], ascending=[True, True, False])
    best = found.drop_duplicates("row")
    units = (best["unit"] == "") | (
        best["unit"].str.casefold() == best["pricing_unit"].str.casefold()
    )
    same = units & (best["currency"] == best["billing_currency"])
    return best[same], best[~same]


def _nothing(paid: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    nothing = paid.iloc[:0]
    return nothing, nothing
