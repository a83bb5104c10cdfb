from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from pfkit.measures.fleet.rows import line, rows_of
from pfkit.measures.fleet.smoothing import grid, smooth


def _values() -> np.ndarray:
    rng = np.random.default_rng(11)
    return 100 + np.cumsum(rng.normal(0.5, 2, 60)) + np.tile([6.0, -2.0, -8.0, 4.0], 15)


@pytest.mark.parametrize("damping", [1.0, 0.9])
def test_one_entry_of_the_grid_is_that_smoothing_of_statsmodels(damping: float) -> None:
    values, wave = _values(), np.array([6.0, -2.0, -8.0, 4.0])
    rows = rows_of([values], 4)
    bare = rows.with_values(values[None] - np.tile(wave, 15)[None])
    middle, slope = line(bare, np.array([10]))
    kind = {"trends": [0.25]} if damping == 1 else {"damped_trends": [0.25], "dampings": [damping]}
    tried = grid([0.4], seasons=[0.3], **kind)
    found = smooth(rows, tried, 9, wave[None])[0]
    model = ETSModel(
        pd.Series(values),
        trend="add",
        damped_trend=damping < 1,
        seasonal="add",
        seasonal_periods=4,
        initialization_method="known",
        initial_level=float(middle[0] - 5.5 * slope[0]),
        initial_trend=float(slope[0]),
        initial_seasonal=wave,
    )
    peer = model.smooth([0.4, 0.4 * 0.25, 0.3 * 0.6, *[damping][: damping < 1]])
    assert found == pytest.approx(peer.forecast(9).to_numpy(), rel=1e-5)


def test_simple_smoothing_by_hand() -> None:
    # level starts at 10; 10 + 0.5 (10 - 10) = 10; 10 + 0.5 (20 - 10) = 15; 15 + 0.5 (11 - 15) = 13
    found = smooth(rows_of([np.array([10.0, 20.0, 11.0])], 12), grid([], flat=[0.5]), 2)
    assert found[0] == pytest.approx([13.0, 13.0], rel=1e-6)


def test_the_entry_that_fits_has_the_weight() -> None:
    walk = np.cumsum(np.random.default_rng(2).normal(0, 1, 200))
    both = smooth(rows_of([walk], 12), grid([], flat=[0.01, 0.99]), 1)[0, 0]
    last = smooth(rows_of([walk], 12), grid([], flat=[0.99]), 1)[0, 0]
    assert both == pytest.approx(last, abs=1e-6)


def test_series_do_not_touch_each_other() -> None:
    rng = np.random.default_rng(1)
    series = [rng.normal(50, 5, size) for size in (30, 12, 61, 47)]
    tried = grid([0.3], flat=[0.2], trends=[0.1])
    together = smooth(rows_of(series, 12), tried, 3)
    for k, one in enumerate(series):
        assert smooth(rows_of([one], 12), tried, 3)[0] == pytest.approx(together[k], rel=1e-5)
