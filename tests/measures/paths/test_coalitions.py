from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings

from pfkit.errors import ParameterError
from pfkit.measures.paths.coalitions import shapley
from tests.measures.paths.drawn import ROWS, read


def worth(rows: list[tuple[list[str], int, int]], inside: set[str]) -> float:
    won = sum(row[1] for row in rows if set(row[0]) <= inside)
    every = sum(row[1] + row[2] for row in rows if set(row[0]) <= inside)
    whole = sum(row[1] + row[2] for row in rows)
    if not any(row[2] for row in rows):
        return float(won)
    return won / every * whole if every else 0.0


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_it_is_the_average_over_all_orders_of_arrival(
    rows: list[tuple[list[str], int, int]],
) -> None:
    found = read(rows)
    orders = list(permutations(found.names))
    due = dict.fromkeys(found.names, 0.0)
    for order in orders:
        for place, name in enumerate(order):
            gain = worth(rows, {*order[: place + 1]}) - worth(rows, {*order[:place]})
            due[name] += gain / len(orders)
    values = shapley(found)
    assert values.tolist() == pytest.approx([due[name] for name in found.names])
    assert values.sum() == pytest.approx(found.value.sum())


def test_twenty_names_can_be_and_more_cannot() -> None:
    dice = np.random.default_rng(5)
    letters = [f"f{k:02d}" for k in range(21)]
    rows = [(list(dice.choice(letters[:20], 5)), 1, 1) for _ in range(50)]
    rows += [([name], 1, 3) for name in letters[:20]]
    found = read(rows)
    assert shapley(found).sum() == pytest.approx(found.gained.sum())
    with pytest.raises(ParameterError, match="21 names are too many"):
        shapley(read([*rows, ([letters[20]], 0, 1)]))
    without = read([(path, won, 0) for path, won, _ in rows] + [([letters[20]], 7, 0)])
    assert shapley(without)[20] == 7
