from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures import randomized_effect


def made(seed: int, *, effect: float = 2.0, units: int = 400) -> pd.DataFrame:
    """Return units of which 60 % take it up when assigned, and 10 % otherwise."""
    dice = np.random.default_rng(seed)
    was = dice.normal(50, 10, units)
    assigned = dice.permutation(np.arange(units) % 2)
    eager = dice.random(units)
    taken = np.where(assigned == 1, eager < 0.6, eager < 0.1)
    return pd.DataFrame(
        {
            "assigned": assigned,
            "was": was,
            "taken": taken.astype(int),
            "amount": 0.9 * was + effect * taken + 3 * eager + dice.normal(0, 2, units),
            "account": np.arange(units) // 4,
        }
    )


def test_with_and_without_what_was_known_it_is_what_statsmodels_says() -> None:
    units = made(1)
    plain = sm.OLS(units["amount"], sm.add_constant(units["assigned"])).fit(cov_type="HC2")
    found = randomized_effect(units)
    assert found.effect == pytest.approx(plain.params["assigned"])
    assert found.error == pytest.approx(plain.bse["assigned"])
    apart = units["was"] - units["was"].mean()
    design = pd.DataFrame({"one": 1.0, "arm": units["assigned"], "was": apart})
    design["both"] = design["arm"] * apart
    known = sm.OLS(units["amount"], design).fit(cov_type="HC2")
    told = randomized_effect(units, before="was")
    assert told.effect == pytest.approx(known.params["arm"])
    assert told.error == pytest.approx(known.bse["arm"])
    assert told.plain_error == pytest.approx(found.error)
    assert told.variance_rate == pytest.approx(1 - (told.error / found.error) ** 2)
    assert told.variance_rate > 0.8


def test_clusters_are_those_of_statsmodels() -> None:
    units = made(2).assign(assigned=lambda table: table["account"] % 2)
    fitted = sm.OLS(units["amount"], sm.add_constant(units["assigned"])).fit(
        cov_type="cluster", cov_kwds={"groups": units["account"]}
    )
    found = randomized_effect(units, cluster="account")
    assert found.error == pytest.approx(fitted.bse["assigned"])


def test_per_unit_that_took_it_up_it_is_two_stage_least_squares() -> None:
    units = made(3)
    found = randomized_effect(units, taken="taken")
    instrument = sm.add_constant(units["assigned"].to_numpy(dtype=float))
    given = sm.add_constant(units["taken"].to_numpy(dtype=float))
    by_hand = np.linalg.solve(instrument.T @ given, instrument.T @ units["amount"].to_numpy())
    assert found.taken_effect == pytest.approx(by_hand[1])
    assert found.taken_low < 2.0 < found.taken_high
    assert found.taken_share == pytest.approx(0.5, abs=0.08)


def test_intervals_hold_what_they_say() -> None:
    held = taken = 0
    for seed in range(200):
        found = randomized_effect(made(seed), before="was", taken="taken")
        held += found.low <= 1.0 <= found.high  # half take it up because of it, at 2.0 each
        taken += found.taken_low <= 2.0 <= found.taken_high
    assert 0.84 <= held / 200 <= 0.96
    assert 0.84 <= taken / 200 <= 0.96


def test_shares_that_chance_does_not_give_are_refused() -> None:
    units = made(4, units=2000)
    lost = units.drop(units.index[(units["assigned"] == 1) & (units["was"] < 45)])
    found = randomized_effect(lost)
    assert found.verdict == "not_identified"
    assert "do not come from a planned share of 50 % by chance" in found.reason.replace("%", " %")
    assert randomized_effect(units, share=0.5).verdict == "randomised"
    assert randomized_effect(units, share=0.3).verdict == "not_identified"


def test_few_units_and_idle_assignment_are_told() -> None:
    few = randomized_effect(made(5, units=40))
    assert few.verdict == "too_few"
    idle = randomized_effect(made(6).assign(taken=lambda table: table["was"] > 50), taken="taken")
    assert np.isnan(idle.taken_effect)
    assert "assignment hardly moved who took it up" in idle.reason


@pytest.mark.parametrize(
    ("change", "chosen", "error", "said"),
    [
        ({"assigned": 1}, {}, ContractError, "every unit is in the same arm"),
        ({"assigned": 0.5}, {}, ContractError, "assigned is 0.5, neither true nor false"),
        ({"amount": np.nan}, {}, MeasureError, "amount is missing or not finite in 400 of 400"),
        ({}, {"share": 50}, ParameterError, "share 50 with level"),
        ({}, {"before": "age"}, ContractError, "column 'age' is not there"),
    ],
)
def test_what_cannot_be_asked(
    change: dict[str, object], chosen: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        randomized_effect(made(7).assign(**change), **chosen)  # type: ignore[arg-type]
