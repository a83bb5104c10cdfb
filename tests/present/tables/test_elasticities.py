from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import pfkit as pf
from pfkit.measures.fleet.periods import period_label
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


def _result(*, flat: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    price = rng.normal(0, 0.1, 48)
    rows = pd.DataFrame(
        {
            "period": [period_label(12, 2022 * 12 + k) for k in range(48)],
            "product": "Atlas",
            "price": 10.0 if flat else np.exp(price),
            "quantity": np.exp(8 - 1.8 * price + rng.normal(0, 0.02, 48)),
        }
    )
    return pf.elasticities(rows, by="product")


def test_the_strongest_is_told_with_its_interval(
    about: About, compiled: Callable[..., bytes]
) -> None:
    result = _result()
    shown = tables.elasticities(result, about=about)
    row = result.iloc[0]
    assert plain(shown.message) == (
        f"Volume loses {-row['elasticity']:.2f} % per percent of Atlas, price (80 %: "
        f"{row['low']:.2f} to {row['high']:.2f}), which is the strongest of 1"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert compiled(shown).startswith(b"%PDF")


def test_a_refusal_keeps_its_row_and_its_reason(about: About) -> None:
    shown = tables.elasticities(_result(flat=True), about=about)
    assert plain(shown.message) == (
        "None of 1 elasticity is told apart from zero; the data refuse 1 of them"
    )
    assert any("price hardly varied" in note for note in shown.notes)


def test_no_series_is_one_line(about: About) -> None:
    shown = tables.elasticities(_result().head(0), on="new customers", about=about)
    assert shown.message == "There is no series of new customers whose elasticity could be told."
