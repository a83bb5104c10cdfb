from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures.owners import owners_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


def test_the_budget_s_own_owner_counts_before_the_cost_center_s(
    rows: Callable[[str], pd.DataFrame],
) -> None:
    budget = rows("""
        cost_center | account | owner
        Fire        | pay     | Thiel
        Fire        | fuel    |
        Parks       | pay     |
        Art         | pay     |
    """)
    centers = rows("""
        cost_center | owner
        Fire        | Ott
        Parks       | Ott
    """)
    assert owners_of(budget, centers, ["cost_center", "account"]) == {
        ("Fire", "pay"): "Thiel",
        ("Fire", "fuel"): "Ott",
        ("Parks", "pay"): "Ott",
    }
    assert owners_of(budget, centers, ["cost_center"]) == {("Fire",): "several", ("Parks",): "Ott"}
