from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures import interrupted_series

if TYPE_CHECKING:
    from pathlib import Path


def made(seed: int, *, effect: float = 0.0, periods: int = 60, start: int = 48) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    other = 100 + dice.normal(size=periods).cumsum()
    level = 20 + dice.normal(scale=0.3, size=periods).cumsum()
    moved = effect * (np.arange(periods) >= start)
    return pd.DataFrame(
        {
            "period": range(periods),
            "other": other,
            "amount": 0.8 * other + level + dice.normal(size=periods) + moved,
        }
    )


def test_no_effect_is_claimed_where_the_published_answer_has_none(shared: Path) -> None:
    # R's CausalImpact: average -657 (s.d. 736), 95 % interval -2076 to 832; p .20
    file = shared / "data" / "attribution" / "causalimpact_comparison.csv"
    days = pd.read_csv(file)
    found = interrupted_series(
        days,
        start="2019-07-15",
        controls=[name for name in days if name.startswith("NOT_CHANGED")],
        period="DATE",
        value="CHANGED",
    )
    assert found.verdict == "not_identified"
    assert "so much comes by chance" in found.reason
    assert found.low < 0 < found.high
    assert -2076 < found.effect < 832
    # a local level with regressors, as recomputed in the data's README
    assert found.effect == pytest.approx(-1217, abs=60)
    assert found.total == pytest.approx(found.effect * 18)


def test_a_planted_effect_is_found() -> None:
    found = interrupted_series(made(1, effect=6.0), start=48, controls=["other"])
    assert found.verdict == "supported"
    assert found.low < 6.0 < found.high
    assert found.periods["difference"].mean() == pytest.approx(found.effect)
    assert len(found.periods) == 12


def test_intervals_hold_what_they_say() -> None:
    held = 0
    for seed in range(40):
        found = interrupted_series(made(seed), start=48, controls=["other"], level=0.90)
        held += found.low <= 0 <= found.high
    assert 0.78 <= held / 40 <= 1.0


def trending(seed: int, *, before: int = 36, after: int = 12) -> pd.DataFrame:
    """Return a series that rises all the time, with errors that persist by half, and no event."""
    dice = np.random.default_rng(seed)
    errors = dice.normal(size=before + after)
    for at in range(1, before + after):
        errors[at] += 0.5 * errors[at - 1]
    at = np.arange(before + after)
    return pd.DataFrame({"period": at, "amount": 100 + 0.8 * at + errors})


def test_a_trend_that_goes_on_is_no_effect() -> None:
    claimed = 0
    for seed in range(30):
        found = interrupted_series(trending(seed), start=36, level=0.90)
        claimed += not found.low <= 0 <= found.high
    # 12 % of 30, two standard errors above it
    assert claimed <= 7


def test_an_effect_beside_a_trend_is_found() -> None:
    moved = trending(5)
    moved["amount"] += 12.0 * (moved["period"] >= 36)
    found = interrupted_series(moved, start=36, level=0.90)
    assert found.verdict == "supported"
    assert found.low < 12.0 < found.high
    told = found.terms.set_index("term")["value"]
    assert told["trend"] == pytest.approx(0.8, abs=0.1)
    assert told["level_change"] == pytest.approx(12, abs=3)


def test_without_controls_it_is_a_level_and_a_slope_of_generalized_least_squares() -> None:
    # by hand: the line of each ratio of variances, weighted by its restricted likelihood
    table = trending(2, before=30, after=6)
    y, count, before = table["amount"].to_numpy(), 36, 30
    line = np.column_stack([np.ones(count), np.arange(count)])
    walk = np.minimum.outer(np.arange(count), np.arange(count)) + 1.0
    gaps, logs = [], []
    for ratio in (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0):
        spread = np.eye(count) + ratio * walk
        first = np.linalg.inv(spread[:before, :before])
        known = line[:before]
        moments = known.T @ first @ known
        fit = np.linalg.solve(moments, known.T @ first @ y[:before])
        left = y[:before] - known @ fit
        ahead = line[before:] @ fit + spread[before:, :before] @ first @ left
        gaps.append((y[before:] - ahead).mean())
        logs.append(
            np.linalg.slogdet(first)[1] / 2
            - np.linalg.slogdet(moments)[1] / 2
            - (before - 2) / 2 * np.log(left @ first @ left)
        )
    weights = np.exp(np.array(logs) - max(logs))
    found = interrupted_series(table, start=before)
    assert found.effect == pytest.approx(weights @ gaps / weights.sum(), abs=0.01)


def test_a_season_is_followed() -> None:
    wave = made(2).assign(amount=lambda table: table["amount"] + 15 * (table["period"] % 12 == 0))
    plain = interrupted_series(wave, start=48, controls=["other"])
    told = interrupted_series(wave, start=48, controls=["other"], season=12)
    assert told.misfit_rate < plain.misfit_rate


def test_the_same_seed_gives_the_same_digits() -> None:
    one, two = (interrupted_series(made(3), start=48, seed=5) for _ in range(2))
    assert (one.effect, one.low, one.high) == (two.effect, two.low, two.high)


@pytest.mark.parametrize(
    ("change", "chosen", "error", "said"),
    [
        ({}, {"start": 99}, ParameterError, "start 99 is no period"),
        ({}, {"start": 20}, ContractError, "20 periods before the start are fewer than 24"),
        ({}, {"start": 20}, ContractError, "or controls: a line needs one to be told from chance"),
        (
            {},
            {"start": 5, "controls": ["other"]},
            ContractError,
            "5 periods before the start are fewer than 12",
        ),
        ({}, {"season": 30}, ContractError, "48 periods before the start are fewer than 60"),
        ({}, {"season": 1}, ParameterError, "with season 1 and lags None cannot be"),
        ({}, {"lags": -1}, ParameterError, "and lags -1 cannot be"),
        ({"period": 1}, {}, ContractError, "a period stands twice"),
        ({"amount": np.nan}, {}, MeasureError, "amount is missing or not finite in 60 of 60"),
        ({}, {"controls": ["no"]}, ContractError, "column 'no' is not there"),
    ],
)
def test_what_cannot_be_asked(
    change: dict[str, object], chosen: dict[str, object], error: type[Exception], said: str
) -> None:
    asked: dict[str, object] = {"start": 48, **chosen}
    with pytest.raises(error, match=said):
        interrupted_series(made(4).assign(**change), **asked)  # type: ignore[arg-type]
