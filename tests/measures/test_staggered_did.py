from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, ParameterError
from pfkit.measures import staggered_did


def made(seed: int, *, effect: float = 2.0, trend: float = 0.0, units: int = 90) -> pd.DataFrame:
    """Return units reached in period 5, 7 or never, the effect rising to twice itself."""
    dice = np.random.default_rng(seed)
    starts = np.array([5, 7, 99])[np.arange(units) % 3]
    rows = []
    for k in range(units):
        level, noise = dice.normal(10, 3), dice.normal(size=11)
        for t in range(1, 11):
            came = effect * (1 + min(t - starts[k], 2) / 2) if t >= starts[k] else 0.0
            drift = trend * t * (starts[k] < 99)
            start = starts[k] if starts[k] < 99 else None
            rows.append((f"u{k}", t, level + 0.5 * t + noise[t] + came + drift, start))
    return pd.DataFrame(rows, columns=["unit", "period", "amount", "adopted"])


@pytest.mark.parametrize("method", ["group_time", "imputation"])
def test_planted_effects_lie_in_their_intervals(method: str) -> None:
    found = staggered_did(made(1), method=method)  # type: ignore[arg-type]
    # starts 5 and 7: events 0..5 and 0..3 of 2, 3, 4, 4, ...: (2+3+4*4 + 2+3+4*2)/10
    assert found.low < 3.4 < found.high
    assert found.verdict == "supported"
    events = found.events.set_index("event")
    assert events.loc[0, "low"] < 2.0 < events.loc[0, "high"]
    assert events.loc[2, "low"] < 4.0 < events.loc[2, "high"]
    assert events.loc[-1, "low"] < 0.0 < events.loc[-1, "high"]
    assert found.groups["adopted"].tolist() == ["5", "7"]
    assert found.groups["units"].tolist() == [30, 30]


def test_intervals_hold_what_they_say() -> None:
    held = {"group_time": 0, "imputation": 0}
    for seed in range(60):
        for method in held:
            found = staggered_did(made(seed, units=60), method=method, draws=100)  # type: ignore[arg-type]
            held[method] += found.low <= 3.4 <= found.high
    assert all(0.80 <= count / 60 <= 0.98 for count in held.values())


def test_a_trend_before_the_start_makes_it_fragile() -> None:
    found = staggered_did(made(2, trend=0.8))
    assert found.verdict == "fragile"
    assert "changes before the start are unlikely without a trend" in found.reason


def test_nobody_left_to_compare_with_is_no_number() -> None:
    alike = made(3).assign(adopted=6)
    found = staggered_did(alike)
    assert found.verdict == "not_identified"
    assert np.isnan(found.effect)
    assert "nobody was left to compare with" in found.reason


def test_units_that_cannot_count_are_told() -> None:
    rows = made(4)
    rows = rows.drop(rows[(rows["unit"] == "u0") & (rows["period"] == 3)].index)
    rows.loc[rows["unit"] == "u1", "adopted"] = 1
    found = staggered_did(rows)
    assert "1 units miss a period and are left out" in found.reason
    assert "1 units were reached in the first period" in found.reason
    assert found.units == 88


@pytest.mark.parametrize(
    ("rows", "chosen", "error", "said"),
    [
        (made(5), {"method": "guess"}, ParameterError, "method 'guess' is not known"),
        (made(5), {"draws": 1}, ParameterError, "with 1 draws cannot be"),
        (made(5).assign(adopted=None), {}, ContractError, "no unit was reached after the first"),
        (
            made(5).assign(adopted=lambda t: t["period"]),
            {},
            ContractError,
            "u0 has more than one start",
        ),
    ],
)
def test_what_cannot_be_asked(
    rows: pd.DataFrame, chosen: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        staggered_did(rows, **chosen)  # type: ignore[arg-type]
