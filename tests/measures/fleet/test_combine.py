from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.fleet.combine import fleet_errors, mixed, replayed_mix, weights, weights_now
from pfkit.measures.fleet.origins import Replayed
from pfkit.measures.fleet.rows import rows_of

YES = np.array([[True, True]])


def _replayed(errors: np.ndarray) -> Replayed:
    rows = rows_of([np.arange(1.0, 41.0)] * len(errors), 4)
    now = np.zeros((len(errors), errors.shape[2], errors.shape[3]))
    return Replayed(rows, now, errors, np.ones(len(errors)), {})


def test_weights_by_hand() -> None:
    # errors 1 and 3 over 18 periods: relative 0.5 and 1.5; half their own, half the fleet's (1, 1)
    found = weights(np.array([[18.0, 54.0]]), np.array([[18.0, 18.0]]), np.ones(2), YES)
    one, two = 0.75**-4, 1.25**-4
    assert found[0] == pytest.approx([one / (one + two), two / (one + two)])


def test_a_member_that_is_not_there_weighs_nothing() -> None:
    found = weights(np.zeros((1, 2)), np.zeros((1, 2)), np.ones(2), np.array([[True, False]]))
    assert found.tolist() == [[1.0, 0.0]]
    nobody = weights(np.zeros((1, 2)), np.zeros((1, 2)), np.ones(2), np.array([[False, False]]))
    assert nobody.tolist() == [[0.0, 0.0]]
    assert np.isnan(mixed(np.full((1, 2, 3), np.nan), nobody)).all()


def test_the_fleet_judges_only_where_all_members_answered() -> None:
    errors = np.full((2, 6, 2, 1), np.nan)
    errors[0, 0, :, 0] = [1.0, 3.0]
    errors[1, 0, 1, 0] = 9.0  # the first member said nothing here
    assert fleet_errors(_replayed(errors)) == pytest.approx([0.5, 1.5])


def test_a_wild_error_counts_for_no_more_than_five() -> None:
    errors = np.full((1, 6, 2, 1), np.nan)
    errors[0, 0, :, 0] = [5.0, 500.0]
    assert fleet_errors(_replayed(errors)).tolist() == [1.0, 1.0]


def test_an_origin_is_weighed_by_what_had_come_by_then() -> None:
    # steps 1 to 3 of the second origin ended before the first; its step 4 had not
    errors = np.full((1, 6, 2, 4), np.nan)
    errors[0, 0, 0, :3], errors[0, 0, 1, :3] = 2.0, -2.0
    errors[0, 1, 0], errors[0, 1, 1] = [1, 1, 1, 9], [3, 3, 3, 0]
    found = replayed_mix(_replayed(errors), np.ones(2))
    trust = 3 / (3 + 18)
    one, two = (1 - trust / 2) ** -4, (1 + trust / 2) ** -4
    assert found[0, 0, 0] == pytest.approx((2 * one - 2 * two) / (one + two))
    assert found[0, 1, 0] == pytest.approx((1 + 3) / 2)  # nothing known before it
    assert np.isnan(found[0, 2:]).all()


def test_now_every_origin_counts() -> None:
    errors = np.full((1, 6, 2, 1), np.nan)
    errors[0, :, 0], errors[0, :, 1] = 1.0, 3.0
    found = weights_now(_replayed(errors), np.ones(2))
    trust = 6 / (6 + 18)
    one, two = (1 - trust / 2) ** -4, (1 + trust / 2) ** -4
    assert found[0] == pytest.approx([one / (one + two), two / (one + two)])
