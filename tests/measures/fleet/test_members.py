from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.fleet.members import (
    Task,
    applies,
    autoregression,
    forecasts,
    last_year,
    smooth_log,
    theta,
    theta_log,
)
from pfkit.measures.fleet.rows import rows_of


def _task(*series: np.ndarray, season: int = 12, horizon: int = 3) -> Task:
    return Task(rows_of(list(series), season), horizon, "full")


def test_theta_follows_half_the_slope_of_a_straight_line() -> None:
    # the smoothing of the line ends near its last value, 30, and half the slope is 1/2
    found = theta(_task(np.arange(1.0, 31.0), horizon=2))[0]
    assert found == pytest.approx([30.5, 31.0], abs=0.05)


def test_theta_on_logarithms_follows_half_the_growth() -> None:
    found = theta_log(_task(1.02 ** np.arange(40.0), horizon=2))[0]
    assert found == pytest.approx(1.02**39 * 1.02 ** np.array([0.5, 1.0]), rel=2e-3)


def test_smoothing_of_logarithms_goes_on_growing() -> None:
    found = smooth_log(_task(100 * 1.01 ** np.arange(60.0), horizon=6))[0]
    assert found == pytest.approx(100 * 1.01 ** np.arange(60, 66.0), rel=2e-3)


def test_autoregression_is_the_ridge_regression_of_a_solver() -> None:
    rng = np.random.default_rng(7)
    values = np.cumsum(rng.normal(0, 1, 40))  # has values below zero: no logarithms
    assert values.min() < 0
    change = np.diff(values)
    spread = np.sqrt((change**2).mean())
    z = change / spread
    design = np.array([[*z[t - 4 : t][::-1], 1.0] for t in range(4, len(z))])
    penalty = np.diag(np.sqrt([2.0, 4.0, 6.0, 8.0, 8.0]))
    left = np.vstack([design, penalty])
    weights = np.linalg.lstsq(left, np.r_[z[4:], np.zeros(5)], rcond=None)[0]
    first = values[-1] + spread * (np.r_[z[-4:][::-1], 1.0] @ weights)
    rows = rows_of([values], 4)
    task = Task(rows, 1, "full")
    vars(task)["seasonal"] = np.array([False])
    assert autoregression(task)[0, 0] == pytest.approx(first)


def test_last_year_comes_again() -> None:
    found = last_year(_task(np.arange(1.0, 15.0), np.array([7.0, 8.0]), horizon=14))
    assert found[0].tolist() == [*range(3, 15), 3, 4]
    assert found[1].tolist() == [8.0] * 14


def test_a_member_that_needs_logarithms_is_not_meant_for_a_loss() -> None:
    rows = rows_of([np.array([1.0, -1.0] * 10), np.arange(1.0, 21.0)], 4)
    meant = applies(rows)
    assert meant.tolist() == [[False, False, True, False, True, True], [True] * 6]
    said, broken = forecasts(Task(rows, 2, "fast"))
    assert np.isfinite(said).all(2).tolist() == meant.tolist()
    assert broken == {}


def test_what_never_was_negative_is_not_forecast_negative() -> None:
    said, _ = forecasts(_task(np.linspace(50.0, 0.5, 40), horizon=18))
    assert np.nanmin(said) >= 0
