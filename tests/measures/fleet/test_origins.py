from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.fleet.combine import fleet_errors, replayed_mix, weights_now
from pfkit.measures.fleet.intervals import expected, spread_of
from pfkit.measures.fleet.origins import BACK, ORIGINS, earlier, replay
from pfkit.measures.fleet.rows import Rows, rows_of


@pytest.fixture(scope="module")
def walks() -> Rows:
    """Make series of quarters: twelve years, and one of five."""
    rng = np.random.default_rng(5)
    sizes = [48] * 12 + [20]
    return rows_of([300 + np.cumsum(rng.normal(0, 4, size)) for size in sizes], 4)


def test_an_origin_forecasts_what_came_after_it(walks: Rows) -> None:
    found = replay(walks, walks, 8, "fast")
    cut = rows_of([walks.values[0, :42]], 4)  # six quarters before the end
    said = replay(cut, cut, 8, "fast").now[0]
    came = walks.values[0, 42:48]
    assert found.errors[0, 1, :, :6] * found.scale[0] == pytest.approx(said[:, :6] - came)
    assert np.isnan(found.errors[0, 1, :, 6:]).all()  # nothing came yet


def test_origins_further_back_leave_weights_as_they_are(walks: Rows) -> None:
    plain, deep = (replay(walks, walks, 8, "fast", deep=deep) for deep in (False, True))
    assert deep.errors.shape[1] == len(BACK) > ORIGINS == plain.errors.shape[1]
    assert deep.recent.errors == pytest.approx(plain.errors, nan_ok=True)
    fleet = fleet_errors(deep.recent)
    assert weights_now(deep.recent, fleet) == pytest.approx(weights_now(plain, fleet))
    there = np.isfinite(deep.errors[:, ORIGINS:]).any((1, 2, 3))
    assert there.tolist() == [True] * 12 + [False]  # five years do not reach back so far


def test_an_error_far_ahead_is_judged_by_as_much_as_is_known_now() -> None:
    # before the origin 18 periods ago as much has ended as by now, as far as origins lie there
    known = dict(earlier(ORIGINS - 1, len(BACK)))
    assert known == {6: 24 - 18, 7: 30 - 18, 8: 36 - 18}
    assert dict(earlier(ORIGINS - 1, ORIGINS)) == {}


def test_a_tail_that_only_ignorance_makes_is_not_in_the_interval() -> None:
    # calm and wild series: origins further back tell them apart where an error is judged
    rng = np.random.default_rng(3)
    size = np.repeat([1 / 3, 1.0, 3.0], 200)[:, None, None]
    ends = np.array(BACK)[None, :, None] > np.arange(18)[None, None, :]
    errors = np.where(ends, rng.normal(0, 1, (600, len(BACK), 18)) * size, np.nan)
    rows, mean = rows_of([np.full(120, 100.0)] * 600, 12), np.full((600, 18), 100.0)
    comes = np.abs(rng.normal(0, 1, (600, 18)) * size[:, 0])
    held = {}
    for origins in (ORIGINS, len(BACK)):
        spread = spread_of(errors[:, :origins], rows, [0.80, 0.95])
        width = expected(errors[:, :ORIGINS], rows, mean, np.ones(600), spread)
        held[origins] = [(comes <= reach * width).mean() for reach in spread.reach]
    assert held[len(BACK)] == pytest.approx([0.80, 0.95], abs=0.03)
    assert held[ORIGINS][1] - 0.95 > 1.3 * (held[len(BACK)][1] - 0.95)


def test_the_mix_is_replayed_at_every_origin(walks: Rows) -> None:
    deep = replay(walks, walks, 8, "fast", deep=True)
    mix = replayed_mix(deep, fleet_errors(deep.recent))
    assert mix.shape == (13, len(BACK), 8)
    assert np.isfinite(mix[:12, -1]).all()
