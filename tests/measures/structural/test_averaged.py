from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.tsa.statespace.structural import UnobservedComponents

from pfkit.measures.structural.averaged import Candidates, Design, averaged
from pfkit.measures.structural.causes import Causes
from pfkit.measures.structural.models import scaled
from pfkit.measures.structural.parts import Parts, line, parts, shapes
from pfkit.measures.structural.restless import wandering

LENGTH, AHEAD = 48, 4
RNG = np.random.default_rng(7)
DRIVER = RNG.normal(0, 1, LENGTH + AHEAD)
VALUES = 5 + 0.4 * DRIVER[:LENGTH] + RNG.normal(0, 0.3, LENGTH).cumsum() + RNG.normal(0, 1, LENGTH)


def _parts(values: np.ndarray, candidates: Candidates, *, season: int = 0) -> Parts:
    course = DRIVER[:, None]
    causes = Causes(
        ("x",), ("driver",), ("",), course[:LENGTH], course[LENGTH:], np.zeros(1), (False,)
    )
    columns = shapes(LENGTH + AHEAD, 12)[:, : 12 * bool(season)]
    return parts(scaled(values, causes), line(LENGTH + AHEAD), columns, candidates)


def _only(place: int, every: Candidates) -> Candidates:
    return Candidates(*(part[[place]] for part in every))


def test_without_a_step_it_is_ordinary_least_squares() -> None:
    still = _only(0, wandering(LENGTH + AHEAD, 12, trend="lldtrend", moving=False))
    found = _parts(VALUES, still)
    at = np.arange(LENGTH + AHEAD)
    design = np.column_stack([np.ones(LENGTH + AHEAD), at, DRIVER])
    plain = sm.OLS(VALUES, design[:LENGTH]).fit()
    held = found.coefficients()
    assert held.mean[0] == pytest.approx(plain.params[2], rel=1e-8)
    assert held.error[0] == pytest.approx(plain.bse[2], rel=1e-8)
    assert np.ravel(held.interval(0.9)) == pytest.approx(plain.conf_int(0.1)[2], rel=1e-7)
    told = plain.get_prediction(design[LENGTH:])
    ends = told.conf_int(obs=True, alpha=0.1)
    low, high = found.ahead().interval(0.9)
    assert low == pytest.approx(ends[:, 0], rel=1e-7)
    assert high == pytest.approx(ends[:, 1], rel=1e-7)


@pytest.mark.parametrize(("trend", "ratio"), [("lldtrend", 0.1), ("strend", 0.01)])
@pytest.mark.parametrize("gap", [False, True])
def test_given_its_variances_it_is_the_smoother_of_statsmodels(
    trend: str, ratio: float, *, gap: bool
) -> None:
    values = np.where(np.isin(np.arange(LENGTH), [9, 10]) & gap, np.nan, VALUES)
    every = wandering(LENGTH + AHEAD, 12, trend=trend, moving=True)
    # the second step of a level is the first that shows, the third that of a slope
    shows = 1 if trend == "lldtrend" else 2
    steps = every.trend[:, shows, shows] / every.noise
    turns = every.season[:, 0, 0] / every.noise
    place = int(np.flatnonzero(np.isclose(steps, ratio) & np.isclose(turns, 0.01))[0])
    found = _parts(values, _only(place, every), season=12)
    model = UnobservedComponents(
        values,
        trend,
        seasonal=12,
        exog=DRIVER[:LENGTH],
        mle_regression=False,
        use_exact_diffuse=True,
    )
    scale = float(found.known.scale[0] * every.noise[place]) * found.spread**2
    direct = model.smooth(np.array([1.0, ratio, 0.01]) * scale)
    held = found.coefficients()
    assert held.mean[0] == pytest.approx(direct.smoothed_state[-1, -1], rel=1e-5)
    assert held.error[0] ** 2 == pytest.approx(direct.smoothed_state_cov[-1, -1, -1], rel=1e-5)
    assert found.trend().mean == pytest.approx(direct.level.smoothed, rel=1e-5)
    assert found.season().mean == pytest.approx(direct.seasonal.smoothed, abs=1e-5)
    told = direct.get_forecast(AHEAD, exog=DRIVER[LENGTH:])
    assert found.ahead().mean == pytest.approx(told.predicted_mean, rel=1e-5)
    assert found.ahead().error == pytest.approx(told.se_mean, rel=1e-5)
    cov = direct.smoothed_state_cov[0, 0, -1]
    last = np.eye(LENGTH)[-1]
    assert found.change("trend", last).error[0] ** 2 == pytest.approx(cov, rel=1e-5)


def test_candidates_count_by_their_likelihood() -> None:
    every = wandering(LENGTH + AHEAD, 12, trend="lldtrend", moving=False)
    found = _parts(VALUES, every)
    assert found.known.weights.sum() == pytest.approx(1.0)
    logs = []
    for place in found.known.places[:4]:
        # statsmodels' exact diffuse likelihood at the scale each candidate fits best at
        noise, level = 1.0, every.trend[place, 1, 1] / every.noise[place]
        at = _parts(VALUES, _only(int(place), every)).known
        best = float(at.scale[0] * every.noise[place])
        model = UnobservedComponents(
            found.at.values,
            "lldtrend",
            exog=found.at.past,
            mle_regression=False,
            use_exact_diffuse=True,
        )
        logs.append(model.smooth(np.array([noise, level]) * best).llf)
    shares = np.exp(np.array(logs) - logs[0])
    own = found.known.weights[:4] / found.known.weights[0]
    assert own == pytest.approx(shares, rel=1e-4)


def test_surprises_are_what_is_left_of_least_squares_where_nothing_is_remembered() -> None:
    count = 20
    eye = np.eye(count)[None]
    design = Design(np.ones((count, 1)), np.zeros((count, 0)), np.zeros((count, 0)))
    found = averaged(VALUES[:count], design, Candidates(eye, 0 * eye, np.zeros(1)))
    assert found.surprises() == pytest.approx(VALUES[:count] - VALUES[:count].mean(), abs=1e-9)
