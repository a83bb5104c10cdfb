"""Small companies by knowledge date, drawn with a month a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.measures.fleet.periods import MONTHS, labels
from pfkit.measures.vintages.then import number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _booked(
    amounts: Sequence[float],
    *,
    first: str = "2023-01",
    product: str = "Atlas",
    kind: str = "actual",
    version: str = "actual",
    known_on: str = "",
) -> pd.DataFrame:
    """Return one amount a month, known on the 28th of it unless a day is given."""
    months = labels(MONTHS, number(first) + pd.RangeIndex(len(amounts)).to_numpy())
    return pd.DataFrame(
        {
            "kind": kind,
            "version": version,
            "period": months,
            "product": product,
            "amount": [float(amount) for amount in amounts],
            "known_on": [known_on or f"{month}-28" for month in months],
            "replaced_on": None,
        }
    )


@pytest.fixture(scope="session")
def amounts() -> Callable[..., pd.DataFrame]:
    """Give amounts of consecutive months by knowledge date."""
    return _booked
