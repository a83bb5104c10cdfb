from __future__ import annotations

from tests.published.adapters.variance import ADAPTERS


def test_functions_without_a_published_case_follow_their_meaning() -> None:
    one = {"q0": 100, "p0": 4, "q1": 120, "p1": 3}
    # 120 x (3 - 4), (120 - 100) x 4, 360 - 400
    assert ADAPTERS["price_volume"](one) == {"price": -120, "volume": 80, "total": -40}
    # Horngren's airline: (24,000 - 20,000) x 32,200,000 / 20,000 of budget contribution a seat
    airline = {"q0": [1000, 3000, 16000], "cm0": [2200, 1600, 500], "q1_total": 24000}
    mean = (1000 * 2200 + 3000 * 1600 + 16000 * 500) / 20000
    assert ADAPTERS["sales_quantity_variance"](airline) == 4000 * mean
    # 12,000 jackets at 60 budgeted, 621,600 spent on 10,000: 21,600 too much is unfavorable
    cost = {"q1": 10000, "unit0": 60, "actual": 621600}
    assert ADAPTERS["flex_budget_variance_cost"](cost) == {"total": -21600}


def test_every_effect_of_a_change_is_returned() -> None:
    found = ADAPTERS["pvm"](
        {"products": ["A", "B"], "q0": [0, 0], "p0": [0, 2], "q1": [3, 4], "p1": [5, 2]}
    )
    assert found["price"] == [15, 0]
    assert found["volume"] == [0, 8]
    assert found["mix"] == [0, 0]
    assert found["total_change"] == 23
    assert found["total_price"] == 15
