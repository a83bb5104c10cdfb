from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.structural.causes import Causes
from pfkit.measures.structural.diagnosis import (
    collinear,
    residual_findings,
    season_told,
    spurious,
)
from pfkit.measures.structural.models import Fitted, scaled
from pfkit.measures.structural.parts import line, parts
from pfkit.measures.structural.restless import wandering
from pfkit.measures.structural.subject import Subject, subject

LENGTH = 60
RNG = np.random.default_rng(12)
NOISE = RNG.normal(0, 1, LENGTH)


def _series(values: np.ndarray) -> Subject:
    months = [period_label(12, 2021 * 12 + k) for k in range(len(values))]
    return subject(pd.DataFrame({"period": months, "amount": values}))


SERIES = _series(NOISE)


def _causes(**columns: np.ndarray) -> Causes:
    past = np.column_stack(list(columns.values()))
    count = len(columns)
    return Causes(
        tuple(columns),
        ("driver",) * count,
        ("as it is",) * count,
        past - past.mean(0),
        past[:0],
        past.mean(0),
        (False,) * count,
    )


NOTHING = Causes((), (), (), np.zeros((LENGTH, 0)), np.zeros((0, 0)), np.zeros(0), ())
PARTS = parts(
    scaled(NOISE, NOTHING),
    line(LENGTH),
    np.zeros((LENGTH, 0)),
    wandering(LENGTH, 12, trend="lldtrend", moving=False),
)
FITTED = Fitted(
    "components",
    "",
    *(np.zeros(LENGTH),) * 3,
    PARTS.coefficients(),
    PARTS.ahead(),
    PARTS,
    NOISE,
    0.0,
    0,
    {"sigma2.irregular": 1.0},
    wanders=True,
)


def _said(residuals: np.ndarray) -> dict[str, tuple[str, str]]:
    found = residual_findings(replace(FITTED, residuals=residuals), SERIES)
    return {one.check: (one.state, one.text) for one in found}


def test_plain_noise_passes_every_check() -> None:
    said = _said(NOISE)
    assert {state for state, _ in said.values()} == {"green"}
    assert set(said) == {"autocorrelation", "heteroskedasticity", "normality"}


def test_errors_that_follow_each_other_are_seen() -> None:
    state, text = _said(np.convolve(RNG.normal(0, 1, 80), [1, 0.9, 0.8], "valid")[:LENGTH])[
        "autocorrelation"
    ]
    assert state == "amber"
    assert "Ljung-Box over 15 lags" in text
    assert "something that moves the series is left out" in text


def test_errors_that_grow_are_seen() -> None:
    state, text = _said(NOISE * np.linspace(0.3, 3, LENGTH))["heteroskedasticity"]
    assert state == "amber"
    assert text.startswith("errors grew: squared, the last third is ")
    assert "intervals ahead are too narrow" in text


def test_heavy_tails_and_wild_periods_are_seen() -> None:
    wild = NOISE.copy()
    wild[20] = 7.0
    said = _said(wild)
    assert said["normality"][1].startswith("errors have heavier tails than a normal distribution")
    assert said["outliers"] == (
        "amber",
        "1 period lies beyond four standard errors: a pulse there may be missing",
    )


def test_few_errors_are_not_tested() -> None:
    assert _said(NOISE[:4])["residuals"] == ("amber", "4 errors are too few to be tested")


def test_two_years_hold_a_season() -> None:
    assert season_told(_series(NOISE[:24]), 2)[0]
    held, said = season_told(_series(NOISE[:23]), 0)
    assert not held
    assert said[0].text.startswith("23 months hold no season, for which 24 are needed")
    assert not season_told(_series(NOISE[:24]), 8)[0]


def test_a_driver_that_goes_with_another_is_said() -> None:
    price = RNG.normal(0, 1, LENGTH)
    causes = _causes(price=price, list_price=price + RNG.normal(0, 0.05, LENGTH))
    said = collinear(causes, SERIES, seasonal=False)
    assert [one.check for one in said] == ["collinearity"] * 2
    assert said[0].text.startswith("99.8 % of price goes with the trend, the season and the other")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"price": NOISE, "cents": NOISE * 100}, "'price' cannot be told from 'cents'"),
        ({"year": np.arange(LENGTH)}, "'year' cannot be told from a straight line or a season"),
        (
            {"a": NOISE, "b": NOISE[::-1], "c": NOISE + NOISE[::-1]},
            "'a' cannot be told from the other causes together",
        ),
    ],
)
def test_what_cannot_be_told_apart_is_refused(columns: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(ContractError) as caught:
        collinear(_causes(**columns), SERIES, seasonal=True)
    assert said in str(caught.value)
    assert "Leave one of them out" in str(caught.value)


def test_drivers_that_move_on_their_own_pass() -> None:
    said = collinear(_causes(x=RNG.normal(0, 1, LENGTH)), SERIES, seasonal=True)
    assert [one.state for one in said] == ["green"]


def test_two_walks_that_share_no_path_are_warned_of() -> None:
    rng = np.random.default_rng(21)
    walk, other = rng.normal(0, 1, (2, LENGTH)).cumsum(1)
    (said,) = spurious(walk, _causes(price=other), _series(walk))
    assert said.state == "amber"
    assert said.text.startswith("price wanders, and so does the series, and they share no path")


def test_two_walks_that_share_a_path_are_not() -> None:
    rng = np.random.default_rng(21)
    other = rng.normal(0, 1, LENGTH).cumsum()
    walk = 2 * other + rng.normal(0, 0.3, LENGTH)
    (said,) = spurious(walk, _causes(price=other), _series(walk))
    assert said.state == "green"


def test_too_few_to_tell_whether_drivers_wander() -> None:
    (said,) = spurious(NOISE[:12], _causes(x=NOISE[12:24]), _series(NOISE[:12]))
    assert said.text == "12 months are too few to tell whether drivers wander"
