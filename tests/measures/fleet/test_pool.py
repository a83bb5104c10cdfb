from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.fleet.members import MEMBERS
from pfkit.measures.fleet.origins import replay, scale_of
from pfkit.measures.fleet.pool import Fleet, fleet_of, rehearsed, together, unit_of
from pfkit.measures.fleet.rows import Rows, rows_of


def _pool(count: int = 30) -> Rows:
    rng = np.random.default_rng(6)
    wave = np.tile([-40.0, 10.0, 40.0, -10.0], 12)
    return rows_of([200 + wave + rng.normal(0, 5, 48) for _ in range(count)], 4)


def _fleet(rows: Rows) -> Fleet:
    first = np.full(len(rows.lengths), 8040)
    return fleet_of([replay(rows, rows, 4, "fast")], first, (0.8,))


def test_parts_become_one_in_order() -> None:
    found = together([rows_of([np.array([1.0])], 4), rows_of([np.array([2.0, 3.0])], 4)])
    assert (found.last().tolist(), found.lengths.tolist()) == ([1.0, 3.0], [1, 2])


def test_a_fleet_knows_its_season_and_its_usual_change() -> None:
    fleet = _fleet(_pool())
    wave = np.log(200 + np.array([-40.0, 10.0, 40.0, -10.0]))
    assert fleet.season[0] == pytest.approx(wave - wave.mean(), abs=0.02)
    # two draws of a spread of 5 are apart by 5 x 2 / sqrt(pi), of about 200
    assert fleet.size == pytest.approx(5 * 2 / np.sqrt(np.pi) / 200, rel=0.15)
    assert fleet.spread.tested


def test_what_is_as_short_is_judged_by_siblings_cut_as_short() -> None:
    rows = _pool()
    fleet = _fleet(rows)
    first = np.full(len(rows.lengths), 8040)
    found = rehearsed(fleet, rows, first, length=4, horizon=4, tier="fast")
    # less the season lent only noise is left, and a mean of four is nearer than one a year old
    errors = dict(zip(MEMBERS, found.errors, strict=True))
    assert errors["smooth_raw"] < errors["last_year"]
    assert found.spread.reach.tolist() != fleet.spread.reach.tolist()
    alone = rehearsed(fleet, rows, first, length=46, horizon=4, tier="fast")
    assert alone is fleet  # no sibling is long enough to be cut so


def test_a_short_series_is_as_uneasy_as_its_size_says() -> None:
    fleet = _fleet(_pool())
    rows = rows_of([np.array([100.0]), np.array([100.0, 100.0]), np.arange(1.0, 13.0)], 4)
    found = unit_of(rows, scale_of(rows), fleet)
    size = 100 * fleet.size
    assert found == pytest.approx([size, 3 * size / 4, 4.0])
