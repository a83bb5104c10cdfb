from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import ParameterError
from pfkit.measures.paths.chain import removal
from pfkit.measures.paths.coded import coded
from tests.measures.paths.drawn import ROWS, read


def test_the_published_example() -> None:
    # Bryl', "Marketing multi-channel attribution model with R" (analyzecore.com, 2016): three
    # journeys; without C1 half of the conversions stay, without C2 or C3 none.
    found = read([(["C1", "C2", "C3"], 1, 0), (["C1"], 0, 1), (["C2", "C3"], 0, 1)])
    assert removal(found, order=1).tolist() == pytest.approx([0.5, 1.0, 1.0])


def one_by_one(rows: list[tuple[list[str], int, int]], order: int, gone: str) -> float:
    """Return the chance of a gain in a chain written as a dictionary, `gone` leading nowhere."""
    steps: dict[tuple[str, ...], dict[tuple[str, ...], float]] = {}
    for path, won, lost in rows:
        states = [("start",)]
        states += [tuple(path[max(0, k - order + 1) : k + 1]) for k in range(len(path))]
        for here, there in pairwise(states):
            goes = steps.setdefault(here, {})
            goes[there] = goes.get(there, 0.0) + won + lost
        goes = steps.setdefault(states[-1], {})
        goes["won",] = goes.get(("won",), 0.0) + won
        goes["lost",] = goes.get(("lost",), 0.0) + lost
    places = {state: k for k, state in enumerate(steps)}
    left, right = np.eye(len(places)), np.zeros(len(places))
    for state, goes in steps.items():
        if state[-1] == gone:
            continue
        every = sum(goes.values())
        for there, count in goes.items():
            if there == ("won",):
                right[places[state]] += count / every
            elif there in places:
                left[places[state], places[there]] -= count / every
    return float(np.linalg.solve(left, right)[places["start",]])


@settings(max_examples=50, deadline=None)
@given(rows=ROWS, order=st.integers(1, 3))
def test_removal_is_what_a_chain_without_the_name_loses(
    rows: list[tuple[list[str], int, int]], order: int
) -> None:
    found = read(rows)
    whole = one_by_one(rows, order, "nobody")
    expected = [
        1 - one_by_one(rows, order, name) / whole if whole > 0 else 0.0 for name in found.names
    ]
    assert removal(found, order=order).tolist() == pytest.approx(expected, abs=1e-9)


def test_a_gain_counts_by_what_it_was_worth() -> None:
    table = pd.DataFrame({"path": ["a", "b"], "gained": [1, 1], "worth": [30.0, 10.0]})
    found = coded(table, path="path", gained="gained", value="worth", lost=None, separator=">")
    assert removal(found, order=1).tolist() == pytest.approx([0.75, 0.25])


def test_orders_that_cannot_be() -> None:
    found = read([(["a"], 1, 0)])
    with pytest.raises(ParameterError, match="order 0 cannot be"):
        removal(found, order=0)
    with pytest.raises(ParameterError, match="has too many states"):
        removal(found, order=70)
