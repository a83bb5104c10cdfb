from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.seasonal import seasonal_decompose

from pfkit.measures.fleet.rows import rows_of
from pfkit.measures.fleet.seasons import ahead, along, seasonal, shape


def test_a_season_on_a_straight_line_is_found_exactly() -> None:
    wave = np.array([-3.0, 1.0, 4.0, -2.0])
    rows = rows_of([50 + 2.0 * np.arange(24) + np.tile(wave, 6)], 4)
    assert shape(rows, np.array([True]))[0] == pytest.approx(wave)


def test_a_season_that_multiplies_is_that_of_the_classical_decomposition() -> None:
    # nearly no noise, so that nothing is drawn toward none
    at = np.arange(72)
    values = (100 + at) * np.tile(1 + 0.3 * np.sin(np.arange(12) / 12 * 2 * np.pi), 6)
    found = shape(rows_of([values], 12), np.array([True]), times=True)[0]
    peer = seasonal_decompose(values, model="multiplicative", period=12).seasonal[:12]
    assert found == pytest.approx(peer, rel=1e-3)


def test_a_season_in_noise_is_drawn_toward_none() -> None:
    rng = np.random.default_rng(3)
    rows = rows_of([100 + rng.normal(0, 10, 48)], 12)
    peer = seasonal_decompose(rows.values[0], model="additive", period=12).seasonal[:12]
    found = shape(rows, np.array([True]))[0]
    assert np.abs(found).sum() < 0.6 * np.abs(peer).sum()


def test_noise_and_two_years_have_no_season() -> None:
    rng = np.random.default_rng(5)
    wave = np.tile([1.0, 5.0, 9.0, 5.0], 2)
    rows = rows_of([rng.normal(0, 1, 60), wave], 4)
    assert seasonal(rows).tolist() == [False, False]


def test_the_season_goes_on_where_the_series_ends() -> None:
    rows = rows_of([np.arange(6.0)], 4)
    pattern = np.array([[0.0, 1.0, 2.0, 3.0]])
    assert along(pattern, 6).tolist() == [[0, 1, 2, 3, 0, 1]]
    assert ahead(pattern, rows, 3).tolist() == [[2, 3, 0]]
