from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.measures.effect.staggered import group_time, groups, imputation


def made(seed: int, units: int = 14, periods: int = 6) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    return dice.normal(size=(units, periods)).cumsum(1), dice.integers(1, periods + 1, size=units)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_imputation_is_what_dummies_fitted_on_the_rest_leave(seed: int) -> None:
    values, adopted = made(seed)
    units, periods = values.shape
    cells = [(i, t) for i in range(units) for t in range(periods)]
    design = np.array(
        [
            [float(i == k) for k in range(units)] + [float(t == s) for s in range(periods)]
            for i, t in cells
        ]
    )
    free = np.array([t < adopted[i] for i, t in cells])
    params, *_ = np.linalg.lstsq(design[free], values.ravel()[free], rcond=None)
    left = (values.ravel() - design @ params).reshape(values.shape)
    found = groups(values, adopted)
    effect = imputation(found)[0]
    for g, first in enumerate(found.first):
        for t in range(first, periods):
            expected = left[adopted == first, t].mean()
            if np.isfinite(effect[g, t]):
                assert effect[g, t] == pytest.approx(expected)
    # Periods in which somebody was free can be told for every group.
    for t in range(periods):
        if (adopted > t).any():
            assert np.isfinite(effect[found.first <= t, t]).all()
        else:
            assert np.isnan(effect[:, t]).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), never=st.booleans())
def test_group_time_is_a_difference_of_differences(seed: int, *, never: bool) -> None:
    values, adopted = made(seed)
    periods = values.shape[1]
    found = groups(values, adopted)
    effect = group_time(found, never=never)[0]
    for g, first in enumerate(found.first):
        for t in range(1, periods):
            base = first - 1 if t >= first else t - 1
            if never:
                others = adopted == periods
            else:
                others = (adopted > t) & (adopted >= first) & (adopted != first)
            if first == periods or not others.any():
                assert np.isnan(effect[g, t])
                continue
            change = values[:, t] - values[:, base]
            expected = change[adopted == first].mean() - change[others].mean()
            assert effect[g, t] == pytest.approx(expected)


def test_weights_of_units_in_pieces_are_the_same_means() -> None:
    values, adopted = made(3, units=60)
    found = groups(values, adopted, draws=200, seed=1)
    assert found.means[0, 0].tolist() == pytest.approx(
        values[adopted == found.first[0]].mean(0).tolist()
    )
    # The bootstrap's spread of a mean is the textbook's standard error.
    own = values[adopted == found.first[0], 2]
    assert found.means[1:, 0, 2].std() == pytest.approx(own.std() / np.sqrt(len(own)), rel=0.25)
