from __future__ import annotations

import numpy as np

from pfkit.measures.attribution.estimate import Leads


def test_use_follows_revenue_where_it_moved_by_more_than_chance_and_more_than_a_trifle() -> None:
    largest = np.array([0.15, 0.15, 0.015, 0.015, 0.009])
    p = np.array([0.001, 0.02, 0.001, 0.001, 0.001])
    lift = np.array([0.1, 0.1, 0.1, 0.05, 0.0])
    found = Leads(largest / 2, largest, p).follows(lift)
    assert found.tolist() == [True, False, False, True, False]


def test_what_is_not_known_follows_nothing() -> None:
    nothing = np.array([np.nan])
    assert Leads(nothing, nothing, nothing).follows(np.array([0.1])).tolist() == [False]
