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
        ({}, {"start": 5}, ContractError, "5 periods before the start are fewer than 12"),
        ({}, {"season": 30}, ContractError, "48 periods before the start are fewer than 60"),
        ({}, {"season": 1}, ParameterError, "with season 1 cannot be"),
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
