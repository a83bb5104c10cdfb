"""Rows of use as codes: customer, feature and month of those that count, a piece at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.measures.attribution.billing import coded, month_codes, there

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.medians import Flags

#: Rows that are looked at together: what a piece takes does not grow with use.
_PIECE: Final = 500_000


@dataclass(frozen=True)
class Uses:
    """Use by customer, feature and month.

    Attributes
    ----------
    customers : pandas.Index
        Names of customers.
    asked : numpy.ndarray
        Which of them have a row that counts.
    features : tuple
        Names of features that a row that counts has.
    """

    customers: pd.Index
    asked: Flags
    features: tuple[object, ...]
    customer: np.ndarray
    feature: np.ndarray
    place: Codes
    month: np.ndarray
    number: Codes
    counted: Flags

    def rows(self) -> Iterator[tuple[Codes, Codes, Codes]]:
        """Return rows that count, piece by piece.

        Each has the place of its customer (-1: none) and feature, and the number of its month (-1
        where it has none).
        """
        for start in range(0, len(self.counted), _PIECE):
            part = slice(start, start + _PIECE)
            mine = self.counted[part]
            who = self.customer[part][mine].astype(np.int64)
            which = self.place[self.feature[part][mine]]
            yield who, which, self.number[self.month[part][mine]]


def uses_of(usage: pd.DataFrame) -> Uses:
    """Return rows of a table ``usage`` or ``exposures`` that name a feature and were of use.

    Raises
    ------
    ContractError
        If no column says the month.
    PeriodError
        If the month of a row that counts is none.
    """
    customer, customers = coded(usage["customer"])
    feature, features = coded(usage["feature"])
    counted = np.append(np.asarray(features.notna() & (features != "")), np.False_)[feature]
    if "units" in usage.columns:
        counted &= (usage["units"].astype("float64") > 0).to_numpy()
    month, number = month_codes(usage, name="usage", counted=counted)
    listed = np.flatnonzero(there(feature, len(features), counted))
    place = np.full(len(features) + 1, -1)
    place[listed] = np.arange(len(listed))
    return Uses(
        customers=customers,
        asked=there(customer, len(customers), counted)[:-1],
        features=tuple(features[listed].tolist()),
        customer=customer,
        feature=feature,
        place=place,
        month=month,
        number=number,
        counted=counted,
    )
