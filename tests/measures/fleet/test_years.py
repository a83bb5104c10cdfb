from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.fleet.years import Drawn, Sums, spans_of
from pfkit.period import FiscalCalendar


def _drawn(draws: list[list[float]], *, actual: float = 0.0, ahead: int = 1) -> Drawn:
    """Return series of one span: a row of draws for each."""
    table = np.array(draws, dtype=float)[:, :, None]
    known = np.full((len(table), 1), actual)
    mean = table.mean(1)
    return Drawn(known, mean, np.full(known.shape, ahead), table, np.full(known.shape, -np.inf))


def test_the_year_is_that_of_the_first_period_to_come() -> None:
    # December has come: the year to come is the next, and all of it remains
    year, rest, *_ = spans_of(2025 * 12 + 11, 12, FiscalCalendar())
    assert (year.label, rest.label, rest.stop - rest.first) == ("FY2026", "2026-01..2026-12", 12)
    year, rest, *_ = spans_of(2025 * 4 + 2, 4, FiscalCalendar(year_start=7))
    assert (year.label, rest.label) == ("FY2025", "2025Q4")


def test_a_probability_is_the_share_of_draws_and_one_more_half() -> None:
    one = _drawn([[1.0, 2.0, 3.0]])
    # two of three reach 2; (2 + 0.5) / 4
    assert one.reaching(np.array([[2.0]]), higher=True).tolist() == [[0.625]]
    assert one.reaching(np.array([[2.0]]), higher=False).tolist() == [[0.625]]
    assert one.reaching(np.array([[9.0]]), higher=True).tolist() == [[0.125]]
    assert np.isnan(one.reaching(np.array([[np.nan]]), higher=True)).all()


def test_what_is_known_is_met_or_not() -> None:
    one = _drawn([[7.0, 7.0]], actual=7.0, ahead=0)
    assert one.reaching(np.array([[7.0]]), higher=True).tolist() == [[1.0]]
    assert one.reaching(np.array([[8.0]]), higher=True).tolist() == [[0.0]]
    assert [end.tolist() for end in one.bounds([0.8])] == [[[[7.0]]], [[[7.0]]]]


def test_what_nothing_says_how_wide_has_no_probability() -> None:
    one = _drawn([[np.nan, np.nan]])
    assert np.isnan(one.reaching(np.array([[1.0]]), higher=True)).all()


def test_sums_are_added_path_by_path() -> None:
    sums = Sums(2, 2, 1)
    sums.add(np.array([1, 0, 1]), _drawn([[1.0, 2.0], [5.0, 6.0], [10.0, 30.0]], actual=1.0))
    sums.add(np.array([1]), _drawn([[100.0, 300.0]]))
    found = sums.drawn()
    assert found.draws[:, :, 0].tolist() == [[5.0, 6.0], [111.0, 332.0]]
    assert found.actual[:, 0].tolist() == [1.0, 2.0]
    assert found.mean[:, 0] == pytest.approx([5.5, 221.5])
    assert sums.members.tolist() == [1, 3]
