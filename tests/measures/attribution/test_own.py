from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.attribution.growth import Masks
from pfkit.measures.attribution.own import own


def test_own_growth_comes_with_an_error_that_is_true() -> None:
    rng = np.random.default_rng(1)
    count, months = 4000, 20
    growth = rng.normal(0, 0.01, count)
    start = rng.integers(0, 15, count)
    seen = np.arange(months)[None, :] >= start[:, None]
    left = growth[:, None] * np.arange(months) + rng.normal(0, 0.1, (count, months))
    left = np.where(seen, left + rng.normal(0, 1, (count, 1)), 0.0)
    found = own(left, Masks.of_rows(seen), 0.01 * np.eye(months), np.zeros(count, dtype=int))
    assert found.spread == pytest.approx(0.01, rel=0.15)
    for low, high in ((0, 5), (5, 10), (10, 14)):
        mine = (start >= low) & (start < high)
        off = (found.growth.estimate - growth / found.spread)[mine] / found.growth.error[mine]
        assert off.std() == pytest.approx(1.0, abs=0.1)


def test_growth_of_a_short_stay_is_not_known() -> None:
    seen = np.ones((50, 8), dtype=bool)
    seen[0, 3:] = False
    found = own(
        np.zeros((50, 8)) + np.arange(50)[:, None],
        Masks.of_rows(seen),
        np.eye(8),
        np.zeros(50, dtype=int),
    )
    assert np.isinf(found.growth.error[0])
    assert np.isfinite(found.growth.error[1:]).all()
