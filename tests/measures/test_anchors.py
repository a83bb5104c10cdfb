from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.anchors import corrected, shares

NAN = float("nan")


def grid(*lines: list[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(lines, dtype=float)


def test_without_a_known_year_a_plan_stands() -> None:
    assert corrected(grid([90.0, 100.0]), grid([NAN, NAN]), 1).tolist() == [100.0]


def test_one_year_corrects_a_plan_by_what_its_size_is_worth() -> None:
    # error 0.1, the common one too: spread (0 + 3 x 0.1) / 4 = 0.075, trust 0.01 / (0.01 +
    # 0.005625) = 0.64, one year counts 1 / 1.3: 200 x (1 + 0.1 x 0.64 / 1.3)
    found = corrected(grid([100.0, 200.0]), grid([110.0, NAN]), 1)
    assert found[0] == pytest.approx(200 * (1 + 0.1 * 0.64 / 1.3))


def test_an_error_that_returns_every_year_is_taken_nearly_whole() -> None:
    plan = grid([100.0] * 9, [100.0] * 9)
    truth = grid([80.0] * 8 + [NAN], [100.0] * 8 + [NAN])
    found = corrected(plan, truth, 8)
    # the weights 0.7^age add up to (1 - 0.7^8) / 0.3
    count = (1 - 0.7**8) / 0.3
    noise = (3 * 0.1 / (count + 3)) ** 2 / count  # the common error is the median of 0.2 and 0
    trust = 0.04 / (0.04 + noise)
    assert found[0] == pytest.approx(100 * (1 - 0.2 * trust * count / (count + 0.3)))
    assert found[1] == 100.0


def test_one_odd_year_among_many_moves_nothing() -> None:
    truth = grid([100.0, 100.0, 100.0, 20.0, 100.0, 100.0, NAN])
    assert corrected(grid([100.0] * 7), truth, 6)[0] == pytest.approx(100.0)


def test_a_later_year_is_never_looked_at() -> None:
    plan, truth = grid([100.0, 100.0, 50.0]), grid([110.0, NAN, NAN])
    later = grid([110.0, 1e6, 1e6])
    assert corrected(plan, truth, 1).tolist() == corrected(plan, later, 1).tolist()


def test_a_year_that_is_over_and_not_stated_counts_half() -> None:
    # 0 in the known year, minus 1 in the one that is over: weights 1 and 0.5, so the median lies
    # at zero; with the guess repeated in the known year it is minus 1
    plan, truth = grid([50.0, 50.0, 50.0]), grid([0.0, NAN, NAN])
    alone = corrected(plan, truth, 2)[0]
    both = corrected(plan, truth, 2, np.array([0.0]))[0]
    assert 0 < both < alone < 50.0


@pytest.mark.parametrize(("plan", "truth"), [(-100.0, -110.0), (100.0, 110.0)])
def test_a_credit_is_corrected_as_a_cost_is(plan: float, truth: float) -> None:
    found = corrected(grid([plan, 2 * plan]), grid([truth, NAN]), 1)[0]
    assert found == pytest.approx(2 * plan * (1 + 0.1 * 0.64 / 1.3))


def test_a_plan_of_zero_says_nothing_of_its_error() -> None:
    assert corrected(grid([0.0, 70.0]), grid([10.0, NAN]), 1).tolist() == [70.0]


def test_shares_are_those_of_known_years_held_to_all_lines() -> None:
    # own share 0.4 of one year, the median of all lines 0.45: (0.4 + 0.2 x 0.45) / 1.2
    spent, truth = grid([40.0, 50.0], [50.0, 60.0]), grid([100.0, NAN], [100.0, NAN])
    found = shares(spent, truth, 1, elapsed=0.5)
    assert found.tolist() == pytest.approx([(0.4 + 0.09) / 1.2, (0.5 + 0.09) / 1.2])


def test_without_a_known_year_the_months_gone_are_the_share() -> None:
    assert shares(grid([40.0]), grid([NAN]), 0, elapsed=0.25).tolist() == [0.25]


def test_a_share_too_small_to_tell_is_none() -> None:
    found = shares(grid([1.0, 1.0]), grid([1000.0, NAN]), 1, elapsed=0.5)
    assert np.isnan(found[0])


def test_a_reserve_of_which_nothing_came_is_nothing_again_where_such_lines_stay_so() -> None:
    # three reserves came to nothing twice; the fourth once, after years in which it was spent
    reserves = [[50.0] * 4] * 3
    nothing = [[0.0, 0.0, 0.0, NAN]] * 3
    plan = grid(*reserves, [40.0] * 4)
    found = corrected(plan, grid(*nothing, [40.0, 40.0, 0.0, NAN]), 3)
    assert found.tolist() == [0.0] * 4
    # alone it is not believed yet
    alone = corrected(grid([40.0] * 4), grid([40.0, 40.0, 0.0, NAN]), 3)
    assert alone[0] > 20.0


def test_lines_that_come_back_after_nothing_teach_the_opposite() -> None:
    plan = grid([50.0] * 5, [50.0] * 5, [40.0] * 5)
    back = [0.0, 50.0, 0.0, 50.0, NAN]
    found = corrected(plan, grid(back, back, [40.0, 40.0, 40.0, 0.0, NAN]), 4)
    assert found[2] > 0


def test_a_last_word_of_nothing_on_a_year_that_is_over_counts_too() -> None:
    plan = grid(*[[50.0] * 4] * 3, [40.0] * 4)
    truth = grid(*[[0.0, 0.0, NAN, NAN]] * 3, [NAN, NAN, NAN, NAN])
    found = corrected(plan, truth, 3, np.array([0.0, 0.0, 0.0, 0.0]))
    assert found[3] == 0.0
