from __future__ import annotations

import pandas as pd
import pytest

from pfkit.errors import MeasureError
from pfkit.measures.driven import received, weighed
from pfkit.measures.pooling import read_pools
from pfkit.period import FiscalCalendar

JUNE = FiscalCalendar().period("2026-06")
ROWS = pd.DataFrame(
    [
        ("hours", "C1", "2026-06", "Atlas", "(none)", 3.0),
        ("hours", "C2", "2026-06", "Atlas", "(none)", 4.0),
        ("hours", "C2", "2026-06", None, "(none)", 1.0),
    ],
    columns=["driver", "metric", "period", "product", "customer", "units"],
)


def test_hours_of_some_cost_centers_only() -> None:
    found = weighed(ROWS, "hours", {"C2": 1.0}, where="pools (IT)")
    assert dict(zip(found["product"], found["units"], strict=True)) == {"Atlas": 4.0, "(none)": 1.0}
    assert weighed(ROWS, "hours", {}, where="pools (IT)")["units"].sum() == 8.0


def test_an_empty_table_of_drivers_says_what_to_add() -> None:
    with pytest.raises(MeasureError, match="Add the table that counts it to the book"):
        weighed(ROWS.head(0), "hours", {}, where="pools (IT)")


def test_units_that_are_not_finite_are_refused() -> None:
    pools = read_pools({"IT": {"driver": "hours"}})
    rows = ROWS.assign(units=[float("inf"), 1.0, 1.0])
    with pytest.raises(MeasureError, match="has units that are not finite"):
        received(pools, rows, JUNE, ["Atlas"], [])


def test_shares_are_scaled_to_what_is_left_for_products() -> None:
    pools = read_pools(
        {"IT": {"driver": "hours", "serves": {"HR": 0.25}}, "HR": {"driver": "hours"}}
    )
    found = received(pools, ROWS, JUNE, ["Atlas"], ["Borea"])
    assert found.products == ["Atlas", "Borea"]
    assert found.out[0].tolist() == [0.75, 0.0, 0.0, 0.0]
