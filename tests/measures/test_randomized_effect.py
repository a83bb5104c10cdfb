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
        found = randomized_effect(made(seed), before="was", taken="taken", draws=200)
        held += found.low <= 1.0 <= found.high  # half take it up because of it, at 2.0 each
        taken += found.taken_low <= 2.0 <= found.taken_high
    assert 0.84 <= held / 200 <= 0.96
    assert 0.84 <= taken / 200 <= 0.96


def few_large(seed: int, *, units: int = 200) -> pd.DataFrame:
    """Return customers of very unlike size, a fifth held out, without any effect."""
    dice = np.random.default_rng(seed)
    was = dice.lognormal(5, 1.4, units)
    amount = was * dice.lognormal(0, 0.3, units)
    assigned = dice.permutation(np.arange(units) % 5 > 0).astype(int)
    return pd.DataFrame({"assigned": assigned, "was": was, "amount": amount})


def test_few_large_customers_in_a_small_holdout_claim_no_more_than_chance() -> None:
    ours = normal = 0
    for seed in range(200):
        asked = {"before": "was", "share": 0.8}
        for draws in (200, 0):
            found = randomized_effect(few_large(seed), draws=draws, **asked)  # type: ignore[arg-type]
            claims = found.low > 0 or found.high < 0
            ours, normal = (ours + claims, normal) if draws else (ours, normal + claims)
    assert normal / 200 > 0.13  # nominal 10 %
    assert 0.06 <= ours / 200 <= 0.14


def test_the_p_value_is_how_often_chance_goes_as_far() -> None:
    units = few_large(3, units=60)
    found = randomized_effect(units, share=0.8, draws=2000)
    dice = np.random.default_rng(9)
    arm, amount = units["assigned"].to_numpy(), units["amount"].to_numpy()
    left = amount - found.effect * arm

    def size(drawn: np.ndarray, values: np.ndarray) -> float:
        one, other = values[drawn == 1], values[drawn == 0]
        error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        return float(abs(one.mean() - other.mean()) / error)

    seen = size(arm, amount)
    chance = np.array([size(dice.permutation(arm), left) for _ in range(2000)])
    assert found.p_value == pytest.approx((chance >= seen).mean(), abs=0.04)
    wide = (found.high - found.low) / 2 / found.error
    assert wide == pytest.approx(np.quantile(chance, 0.9), rel=0.1)


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
        ({}, {"draws": -1}, ParameterError, "-1 draws cannot be"),
        ({}, {"before": "age"}, ContractError, "column 'age' is not there"),
    ],
)
def test_what_cannot_be_asked(
    change: dict[str, object], chosen: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        randomized_effect(made(7).assign(**change), **chosen)  # type: ignore[arg-type]
