from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.fleet.rows import rows_of
from pfkit.measures.fleet.siblings import borrows, factors, family_shapes

WAVE = np.array([-0.4, 0.1, 0.4, -0.1])  # by quarter of the year


def _sold(first: int, size: int, *, wave: np.ndarray = WAVE) -> np.ndarray:
    return np.exp(5 + 0.01 * np.arange(size) + wave[(first + np.arange(size)) % 4])


def test_series_that_start_in_different_quarters_share_the_season_of_the_year() -> None:
    first = np.array([8040, 8041, 8043])
    rows = rows_of([_sold(k % 4, 40) for k in first.tolist()], 4)
    assert family_shapes(rows, first)[0] == pytest.approx(WAVE, abs=1e-6)


def test_a_season_that_less_than_half_have_is_not_shared() -> None:
    flat = np.zeros(4)
    series = [_sold(0, 40), _sold(0, 40), *[_sold(0, 40, wave=flat)] * 3]
    assert family_shapes(rows_of(series, 4), np.full(5, 8040))[0] == pytest.approx(np.zeros(4))


def test_two_siblings_and_losses_lend_nothing() -> None:
    rows = rows_of([_sold(0, 40), _sold(0, 40), -_sold(0, 40), _sold(0, 8)], 4)
    assert family_shapes(rows, np.full(4, 8040)).tolist() == [[0.0] * 4]
    assert borrows(rows).tolist() == [False, False, False, True]


def test_a_family_lends_its_own_season_drawn_to_that_of_all() -> None:
    series = [_sold(0, 40)] * 6 + [_sold(0, 40, wave=-WAVE)] * 3 + [_sold(0, 40)]
    family = np.array([0] * 6 + [1] * 3 + [2])
    found = family_shapes(rows_of(series, 4), np.full(10, 8040), family)
    # all: 7 of 10 have the wave; a family of three counts 3 / (3 + 3), one of one nothing
    assert found == pytest.approx(np.array([WAVE, np.zeros(4), WAVE]), abs=1e-6)


def test_the_season_multiplies_from_where_it_is_asked() -> None:
    found = factors(WAVE[None], np.array([8041]), np.array([2]), 3)
    assert found[0] == pytest.approx(np.exp([-0.1, -0.4, 0.1]))
