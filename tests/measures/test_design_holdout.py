from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import NormalIndPower

import pfkit as pf
from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures.fleet.periods import period_label


def bills(amounts: np.ndarray) -> pd.DataFrame:
    customers, months = amounts.shape
    return pd.DataFrame(
        {
            "customer": np.repeat([f"c{k:04d}" for k in range(customers)], months),
            "period": np.tile([period_label(12, 2024 * 12 + k) for k in range(months)], customers),
            "amount": amounts.ravel(),
        }
    )


def paying(seed: int, *, customers: int = 800, months: int = 12, spread: float = 0.6) -> np.ndarray:
    dice = np.random.default_rng(seed)
    size = dice.normal(5, spread, (customers, 1))
    drift = dice.normal(0, 0.06, (customers, months)).cumsum(1)
    there = dice.geometric(0.02, customers)[:, None] > np.arange(months) - 3
    return np.exp(size + drift + dice.normal(0, 0.1, drift.shape)) * there


def test_power_is_that_of_the_formula_for_normal_data() -> None:
    # independent months: what was known before helps nothing, a small effect leaves variances equal
    amounts = np.random.default_rng(1).normal(100, 25, (2000, 2))
    design = pf.design_holdout(
        bills(amounts), effect=0.01, start="2026-01-01", months=1, share=[0.1, 0.3, 0.5]
    )
    after = amounts[:, 1]
    d = 0.01 * after.mean() / after.std(ddof=1)
    for row in design.options.to_dict("records"):
        held = row["holdout"]
        told = NormalIndPower().power(d, held, alpha=0.10, ratio=(2000 - held) / held)
        assert row["power"] == pytest.approx(told, abs=0.02)
        least = NormalIndPower().solve_power(
            nobs1=held, alpha=0.10, power=0.80, ratio=(2000 - held) / held
        )
        found = row["minimal_effect"] * after.mean() / after.std(ddof=1)
        assert found == pytest.approx(least, rel=0.02)


def test_the_power_claimed_is_had_in_experiments_drawn_from_the_past() -> None:
    amounts = paying(2)
    asking = {"start": "2025-01-01", "months": 6, "share": 0.3}
    wide = pf.design_holdout(bills(amounts), effect=0.9, **asking)
    effect = float(wide.options["minimal_effect"].iloc[0]) * 1.03
    claimed = pf.design_holdout(bills(amounts), effect=effect, **asking)
    assert claimed.verdict == "proposed"
    assert 0.78 < claimed.power < 0.88
    kept = (amounts[:, :6] > 0).any(1)
    before, after = amounts[kept, :6].sum(1), amounts[kept, 6:].sum(1)
    dice = np.random.default_rng(5)
    had = 0
    for _ in range(200):
        arm = (dice.permutation(len(after)) >= claimed.share * len(after)).astype(float)
        units = pd.DataFrame({"assigned": arm, "amount": after * (1 + effect * arm), "was": before})
        found = pf.randomized_effect(units, before="was", share=0.7, draws=200)
        had += found.low > 0
    assert had / 200 == pytest.approx(claimed.power, abs=0.08)


def test_what_is_known_before_and_who_leaves_are_told() -> None:
    amounts = paying(3)
    options = pf.design_holdout(
        bills(amounts), effect=0.1, start="2025-01-01", months=6, share=0.3
    ).options
    kept = (amounts[:, :6] > 0).any(1)
    before, after = amounts[kept, :6].sum(1), amounts[kept, 6:].sum(1)
    row = options.iloc[0]
    assert row["customers"] == (amounts[:, 6:] > 0).any(1).sum()  # who is there now
    # adjusted for two estimated parameters instead of one
    told = np.corrcoef(before, after)[0, 1] ** 2
    assert row["variance_rate"] == pytest.approx(told, abs=0.002)
    assert row["churn_rate"] == pytest.approx((after == 0).mean())


def test_the_fewest_for_the_shortest_are_held_out_and_drawn_evenly() -> None:
    amounts = paying(4, months=24)
    design = pf.design_holdout(
        bills(amounts), effect=0.10, start="2026-01-15", feature="export", waves=2, seed=3
    )
    assert design.verdict == "proposed"
    enough = design.options[design.options["enough"]]
    assert (enough["holdout"] * enough["months"]).min() <= design.holdout * design.months
    assert (design.months, design.share) in set(zip(enough["months"], enough["share"], strict=True))
    drawn = design.rollout
    assert list(drawn) == ["feature", "customer", "how", "wave", "available_from", "known_on"]
    assert set(drawn["how"]) == {"randomized"}
    assert drawn["customer"].is_unique
    days = drawn.groupby("wave")["available_from"].agg(["min", "max"])
    assert days.loc["holdout"].isna().all()
    assert days.loc["wave 1", "max"] == pd.Timestamp("2026-01-15")
    assert days.loc["wave 2", "min"] == pd.Timestamp("2026-02-15")
    sizes = drawn["wave"].value_counts()
    assert sizes["holdout"] == pytest.approx(design.share * len(drawn), abs=1)
    assert abs(sizes["wave 1"] - sizes["wave 2"]) <= 1
    # alike in size: in every tenth of revenue the same share is held out
    recent = pd.Series(amounts[:, -design.months :].sum(1), [f"c{k:04d}" for k in range(800)])
    tenth = pd.qcut(recent[drawn["customer"]].rank(method="first"), 10, labels=False).to_numpy()
    held = (drawn["wave"] == "holdout").groupby(tenth).mean()
    assert held.to_numpy() == pytest.approx(design.share, abs=0.03)


def test_the_draw_is_that_of_the_seed_and_not_of_the_order_of_rows() -> None:
    rows = bills(paying(5))
    asking = {"effect": 0.15, "start": "2025-01-01", "months": 3}
    one = pf.design_holdout(rows, seed=1, **asking).rollout
    again = pf.design_holdout(rows.sample(frac=1, random_state=0), seed=1, **asking).rollout
    pd.testing.assert_frame_equal(one, again)
    other = pf.design_holdout(rows, seed=2, **asking).rollout
    assert (one["wave"].to_numpy() != other["wave"].to_numpy()).any()


def test_customers_of_one_parent_stay_together() -> None:
    rows = bills(paying(6))
    rows["parent"] = rows["customer"].str[:4]
    design = pf.design_holdout(
        rows, effect=0.9, start="2025-01-01", months=3, share=0.5, cluster="parent"
    )
    assert design.verdict == "proposed"
    drawn = design.rollout
    assert drawn.groupby(drawn["customer"].str[:4])["wave"].nunique().max() == 1
    assert design.customers == len(drawn) > 700


def test_where_no_size_reaches_the_power_it_says_what_could_be_seen() -> None:
    design = pf.design_holdout(bills(paying(7, customers=150)), effect=0.001, start="2025-01-01")
    assert design.verdict == "refused"
    least = design.options["minimal_effect"].min()
    assert design.reason.startswith(
        "no size reaches a power of 80% for an effect of 0.1%: the least that can be seen is "
        f"{least:.1%}, with "
    )
    assert design.rollout.empty
    assert list(design.rollout)[:4] == ["feature", "customer", "how", "wave"]


def test_few_customers_or_a_short_history_are_refused() -> None:
    few = pf.design_holdout(
        bills(paying(8, customers=40)), effect=0.5, start="2025-01-01", months=3
    )
    assert "fewer than 30 in an arm" in few.reason
    assert few.options["customers"].max() < 40
    short = pf.design_holdout(bills(paying(8, months=5)), effect=0.5, start="2025-01-01", months=3)
    assert short.reason == "history of fewer than 6 months says nothing of 3"


def test_what_cannot_be_read_is_refused() -> None:
    rows = bills(paying(9, customers=80))
    with pytest.raises(MeasureError, match="amount is missing or not finite in 1 of"):
        pf.design_holdout(
            rows.assign(amount=[np.nan, *rows["amount"].iloc[1:]]), effect=0.1, start="2025-01-01"
        )
    with pytest.raises(ContractError, match="'2024Q1' is no month"):
        pf.design_holdout(rows.assign(period="2024Q1"), effect=0.1, start="2025-01-01")
    with pytest.raises(ContractError, match="'c0000' is in two clusters"):
        pf.design_holdout(
            rows.assign(parent=rows["period"]), effect=0.1, start="2025-01-01", cluster="parent"
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"effect": 0.0},
        {"share": 0.6},
        {"months": 0},
        {"level": 1.0},
        {"waves": 0},
    ],
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, float]) -> None:
    rows = bills(paying(9, customers=80))
    with pytest.raises(ParameterError, match="cannot be"):
        pf.design_holdout(rows, **{"effect": 0.1, "start": "2025-01-01"} | wrong)  # type: ignore[arg-type]


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match="'soon' is no day"):
        pf.design_holdout(bills(paying(9, customers=80)), effect=0.1, start="soon")
