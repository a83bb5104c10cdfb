from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, ParameterError
from pfkit.measures import panel_effect

if TYPE_CHECKING:
    from pathlib import Path

DICE = np.random.default_rng(11)
UNITS = [f"region {k:02d}" for k in range(24)]
WALK = DICE.normal(scale=0.5, size=(24, 20)).cumsum(1) + DICE.uniform(90, 110, size=(24, 1))
WALK[3] += 100 - WALK[3].mean()  # inside what the others span


def rows(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (unit, f"2026-{t:02d}", values[k, t])
            for k, unit in enumerate(UNITS)
            for t in range(values.shape[1])
        ],
        columns=["unit", "period", "amount"],
    )


@pytest.fixture
def cigarettes(shared: Path) -> pd.DataFrame:
    file = shared / "data" / "attribution" / "california_prop99.csv"
    return pd.read_csv(file).melt("Year", var_name="unit", value_name="amount")


@pytest.mark.parametrize(
    ("method", "published", "within"),
    # Arkhangelsky et al. (2021), Table 1, as recomputed in the data's README
    [
        ("did", -27.3491, 1e-4),
        ("synthetic_control", -19.514, 0.15),
        ("synthetic_did", -15.605, 0.05),
    ],
)
def test_the_published_effect_of_a_tobacco_tax(
    cigarettes: pd.DataFrame, method: str, published: float, within: float
) -> None:
    found = panel_effect(cigarettes, treated="California", start=1989, period="Year", method=method)  # type: ignore[arg-type]
    assert found.effect == pytest.approx(published, abs=within)
    # Published standard errors: 17.7, 9.9 and 8.4 (random placebos there, every placebo here).
    assert found.error == pytest.approx(
        {"did": 17.7, "synthetic_control": 9.9}.get(method, 8.4), rel=0.15
    )
    assert found.low < found.effect < found.high
    assert found.periods["difference"][found.periods["after"]].mean() == pytest.approx(found.effect)
    assert found.units["weight"].sum() == pytest.approx(1)


@pytest.mark.parametrize("method", ["did", "synthetic_control", "synthetic_did"])
def test_a_planted_effect_is_found_and_nothing_is_not(method: str) -> None:
    moved = WALK.copy()
    moved[3, 14:] += 12.0
    found = panel_effect(rows(moved), treated="region 03", start="2026-14", method=method)  # type: ignore[arg-type]
    assert found.verdict == "supported"
    assert found.low < 12.0 < found.high
    assert found.p_value == pytest.approx(1 / 24)
    nothing = panel_effect(rows(WALK), treated="region 03", start="2026-14", method=method)  # type: ignore[arg-type]
    assert nothing.verdict == "not_identified"
    assert "the interval holds 0" in nothing.reason


def test_intervals_hold_what_they_say() -> None:
    held = 0
    for seed in range(60):
        dice = np.random.default_rng(seed)
        walk = dice.normal(size=(24, 14)).cumsum(1) + 100
        found = panel_effect(rows(walk), treated="region 00", start="2026-10")
        held += found.low <= 0 <= found.high
    assert 0.80 <= held / 60 <= 0.98


def test_several_treated_units_are_one() -> None:
    moved = WALK.copy()
    moved[[2, 5], 14:] += np.array([[8.0], [12.0]])
    both = panel_effect(rows(moved), treated=["region 02", "region 05"], start="2026-14")
    assert both.low < 10.0 < both.high
    assert len(both.units) == 22


def test_donors_that_do_not_fit_are_refused() -> None:
    far = WALK.copy()
    far[3] = 10 + 5 * np.arange(20) % 30
    found = panel_effect(
        rows(far), treated="region 03", start="2026-14", method="synthetic_control"
    )
    assert found.verdict == "not_identified"
    assert "donors miss the level before the start by" in found.reason


@pytest.mark.parametrize(
    ("chosen", "error", "said"),
    [
        ({"treated": "Nowhere"}, ContractError, "unit 'Nowhere' is not there"),
        ({"treated": []}, ContractError, "no unit is treated"),
        ({"start": "2027-01"}, ParameterError, "start '2027-01' is no period"),
        ({"start": "2026-01"}, ContractError, "23 donors and 1 periods before"),
        ({"method": "guess"}, ParameterError, "method 'guess' is not known"),
        ({"level": 90}, ParameterError, "level 90 cannot be"),
    ],
)
def test_what_cannot_be_asked(chosen: dict[str, object], error: type[Exception], said: str) -> None:
    asked: dict[str, object] = {"treated": "region 01", "start": "2026-14", **chosen}
    with pytest.raises(error, match=said):
        panel_effect(rows(WALK), **asked)  # type: ignore[arg-type]
