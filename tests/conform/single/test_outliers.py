"""Medians of many groups at once are those of each, and the middle of the others lies near."""

from __future__ import annotations

import numpy as np
import pytest

from pfkit.conform.single.outliers import _medians


@pytest.mark.parametrize("seed", range(30))
def test_medians_of_groups_are_those_of_each(seed: int) -> None:
    draw = np.random.default_rng(seed)
    count = int(draw.integers(1, 9))
    values = draw.normal(size=int(draw.integers(1, 60))).round(int(draw.integers(0, 5)))
    codes = draw.integers(0, count, len(values))
    medians, sizes = _medians(values, codes, count)
    parts = [values[codes == group] for group in range(count)]
    assert medians.tolist() == [float(np.median(part)) if len(part) else 0.0 for part in parts]
    assert sizes.tolist() == [len(part) for part in parts]
