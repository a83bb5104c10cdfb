from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import cost_to_serve
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture
def products(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        product         | role   | revenue | direct | allocated
        Atlas           | item   |  100.00 |  40.00 |     20.00
        Borea           | item   |   50.00 |  10.00 |      0.01
        Unused capacity | unused |         |        |      5.00
        Total           | total  |  150.00 |  50.00 |     25.01
    """)


@pytest.fixture
def revenue(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        period  | product | customer | group   | amount
        2026-06 | Atlas   | K1       | gross   |  90.00
        2026-06 | Atlas   | K2       | gross   |  12.00
        2026-06 | Atlas   | K2       | returns |  -4.00
        2026-06 | Borea   | K1       | gross   |  50.00
        2026-06 | Borea   | (none)   | gross   |   1.00
        2026-06 | Atlas   | K3       | outside |  77.00
        2026-05 | Atlas   | K3       | gross   |  99.00
    """)


@pytest.fixture
def drivers(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        driver  | metric | period  | product | customer | units
        seats   | ''     | 2026-06 | Atlas   | K1       |  1.0
        seats   | ''     | 2026-06 | Atlas   | K2       |  2.0
        seats   | ''     | 2026-06 | Atlas   | K4       | -3.0
        seats   | ''     | 2026-05 | Borea   | K2       |  9.0
        revenue | ''     | 2026-06 | Borea   | K1       | 50.0
        revenue | ''     | 2026-06 | Atlas   | K1       | 90.0
    """)


def test_cost_goes_by_the_first_driver_a_product_has(
    products: pd.DataFrame, revenue: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    serving = [("seats", {}), ("revenue", {})]
    found = cost_to_serve(products, revenue, drivers, period=JUNE, serving=serving)
    rows = found.set_index("row_key")
    # Atlas by seats: a third and two thirds of 40 and 20; Borea by revenue: all on K1
    assert rows.loc["k1", ["revenue", "direct", "allocated"]].tolist() == [140.0, 23.33, 6.68]
    assert rows.loc["k2", ["revenue", "direct", "allocated"]].tolist() == [8.0, 26.67, 13.33]
    assert rows.loc["k2", "result"] == pytest.approx(-32.0)
    # ledger 150 less billed 148; unused capacity
    assert rows.loc["other", ["revenue", "direct", "allocated"]].tolist() == [2.0, 0.0, 5.0]
    assert rows.loc["total", ["revenue", "cost", "result"]].tolist() == [150.0, 75.01, 74.99]
    assert rows.loc[["earns", "loses", "total"], "count"].tolist() == [1, 1, 2]
    assert rows.loc["loses", "result"] == pytest.approx(-32.0)
    assert found["row_key"].tolist()[0] == "k1"
    assert rows.loc["k2", "cumulative"] == pytest.approx(109.99 - 32.0)
    assert rows.loc["k2", "cumulative_share"] == pytest.approx(1.0)
    assert rows.loc["other", "reason"] == "Unused capacity has no customer with units"


def test_a_product_whose_customers_have_no_units_stays_on_no_customer(
    products: pd.DataFrame, revenue: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    found = cost_to_serve(products, revenue, drivers, period=JUNE, serving=[("seats", {})])
    rows = found.set_index("row_key")
    assert rows.loc["other", ["direct", "allocated"]].tolist() == [10.0, 5.01]
    assert "Borea has no customer with units" in rows.loc["other", "reason"]


def test_a_book_without_revenue_has_no_customers_to_rank(
    products: pd.DataFrame, revenue: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    found = cost_to_serve(products, revenue.head(0), drivers.head(0), period=JUNE)
    assert found.empty
    assert "cumulative_share" in found.columns


def test_without_a_driver_there_is_no_answer(
    products: pd.DataFrame, revenue: pd.DataFrame, drivers: pd.DataFrame
) -> None:
    with pytest.raises(MeasureError, match="no driver is named"):
        cost_to_serve(products, revenue, drivers, period=JUNE, serving=[])
    with pytest.raises(MeasureError, match="closest known driver is 'seats'"):
        cost_to_serve(products, revenue, drivers, period=JUNE, serving=[("seat", {})])


@given(st.data())
def test_customers_and_nobody_add_up_to_the_products(data: st.DataObject) -> None:
    cents = st.integers(-(10**7), 10**7)
    names = [f"P{n}" for n in range(data.draw(st.integers(1, 3)))]
    products = pd.DataFrame(
        [
            {"product": n, "role": "item"}
            | {c: data.draw(cents) / 100 for c in ("revenue", "direct", "allocated")}
            for n in names
        ]
    )
    rows: list[dict[str, Any]] = [
        {"driver": "orders", "metric": "", "period": "2026-06", "product": n, "customer": f"K{k}"}
        | {"units": data.draw(st.floats(-1, 5))}
        for n in names
        for k in range(3)
    ]
    revenue = pd.DataFrame(rows[:2]).assign(group="gross", amount=1.25)
    found = cost_to_serve(
        products, revenue, pd.DataFrame(rows), period=JUNE, serving=[("orders", {})]
    ).set_index("row_key")
    for name in ("revenue", "direct", "allocated"):
        whole = products[name].sum()
        assert found.loc["total", name] == pytest.approx(whole, abs=1e-6)
        parts = found.loc[["earns", "loses", "other"], name].sum()
        assert parts == pytest.approx(whole, abs=1e-6)
