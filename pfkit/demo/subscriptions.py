"""The demo company's subscription system: every change of what a customer pays a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.demo.company import CURRENCIES

if TYPE_CHECKING:
    from pfkit.demo.market import Market

_COLUMNS = ["Subscription", "Customer", "Product", "Seats", "From", "Monthly", "Currency"]


def subscription_rows(market: Market, customers: pd.DataFrame) -> pd.DataFrame:
    """Return the log of subscriptions: a row for each change, an amount of 0 where one ends.

    The system was taken into use with the first written month; what ran then begins with it. An
    amount is what billing writes for the month, in local currency, before credit notes.
    """
    months = slice(market.time.start, market.time.stop)
    seats, price = market.seats[:, months], market.price[:, months]
    share = (100 - market.discount)[:, None]
    cents = np.rint(seats * price * share / 100).astype(np.int64)
    cents[market.products.services[market.product]] = 0
    before = np.concatenate([np.zeros((len(cents), 1), dtype=np.int64), cents[:, :-1]], axis=1)
    place, month = np.nonzero(cents != before)
    days = market.time.grid[months].astype("datetime64[D]")[month]
    codes = customers["customer"].to_numpy()
    amounts = cents[place, month]
    rows = pd.DataFrame(
        {
            "Subscription": [f"S-{number:04d}" for number in place + 1],
            "Customer": codes[market.customer[place]],
            "Product": np.array(market.products.names)[market.product[place]],
            "Seats": seats[place, month],
            "From": days.astype(str),
            "Monthly": [f"{value // 100}.{value % 100:02d}" for value in amounts],
            "Currency": np.array(CURRENCIES)[market.currency[place]],
        },
        columns=_COLUMNS,
    )
    return rows.sort_values(["From", "Subscription"], kind="stable").reset_index(drop=True)
