from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pfkit as pf
from pfkit.errors import MeasureError, ParameterError
from pfkit.measures.fleet.periods import labels

SERIES = ["p0", "p1"]
#: Companies simulated, and the share of them that may adopt a method that is no better.
RUNS, ALPHA = 80, 0.10


def _known(size: int) -> pd.DataFrame:
    months = labels(12, 2020 * 12 + np.arange(size))
    return pd.DataFrame(
        {
            "kind": "actual",
            "version": "actual",
            "period": np.tile(months, len(SERIES)),
            "product": np.repeat(SERIES, size),
            "amount": 100.0,
            "known_on": "2030-01-01",
            "replaced_on": None,
        }
    )


def _said(
    random: np.random.Generator, size: int, spreads: dict[str, float], leads: int = 1
) -> pd.DataFrame:
    """Return forecasts whose errors share a shock of each month and overlap at longer leads."""
    parts, months = [], 2020 * 12 + np.arange(size)
    for name, spread in spreads.items():
        shock = random.normal(0, 1, size + leads)
        for lead in range(1, leads + 1):
            # the error of a lead is the sum of the shocks since its origin, as of a random walk
            common = sum(shock[k : k + size] for k in range(lead))
            own = random.normal(0, 1, (len(SERIES), size))
            parts.append(
                pd.DataFrame(
                    {
                        "method": name,
                        "by": "product",
                        "product": np.repeat(SERIES, size),
                        "origin": np.tile(labels(12, months - lead), len(SERIES)),
                        "period": np.tile(labels(12, months), len(SERIES)),
                        "step": lead,
                        "mean": 100 + (spread * (common[None, :] + own)).ravel(),
                        "scale": 1.0,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _adopted(seed: int, size: int, spreads: dict[str, float], leads: int = 1) -> str:
    random = np.random.default_rng(seed)
    said = _said(random, size, spreads, leads)
    found = pf.forecast_register(
        said,
        _known(size),
        period=labels(12, np.array([2020 * 12 + size - 1]))[0],
        champion="old",
        leads=list(range(1, leads + 1)),
        alpha=ALPHA,
    )
    return ",".join(found.loc[found["decision"] == "adopt", "method"])


def test_equals_are_adopted_no_more_often_than_stated() -> None:
    spreads = {"old": 5.0, "a": 5.0, "b": 5.0}
    wrong = sum(bool(_adopted(seed, 12, spreads)) for seed in range(RUNS))
    # three standard errors above the level is beyond chance
    assert wrong / RUNS <= ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / RUNS)
    assert wrong > 0  # a test that never adopts would tell nothing


def test_a_worse_method_is_not_adopted() -> None:
    assert {_adopted(seed, 24, {"old": 5.0, "new": 6.5}) for seed in range(20)} == {""}


def test_a_better_method_is_adopted_and_of_two_the_better_one() -> None:
    found = [_adopted(seed, 36, {"old": 5.0, "good": 3.0, "best": 1.0}) for seed in range(15)]
    assert found.count("best") == 15
    alone = [_adopted(seed, 36, {"old": 5.0, "good": 3.0}) for seed in range(15)]
    assert alone.count("good") >= 13


def test_a_decision_by_hand() -> None:
    months = labels(12, 2020 * 12 + np.arange(5))
    said = pd.DataFrame(
        {
            "method": np.repeat(["old", "new"], 5),
            "by": "product",
            "product": "p0",
            "origin": np.tile(labels(12, 2020 * 12 - 1 + np.arange(5)), 2),
            "period": np.tile(months, 2),
            "step": 1,
            "mean": [110.0] * 5 + [104.0, 103.0, 102.0, 101.0, 100.0],
            "scale": 1.0,
        }
    )
    known = _known(5).query("product == 'p0'")
    found = pf.forecast_register(said, known, period="2020-05", champion="old", leads=1)
    champion, row = found.to_dict("records")
    assert (champion["role"], champion["reason"]) == ("champion", "replaced by new")
    assert champion["error_rate"] == pytest.approx(0.10)
    assert row["error_rate"] == pytest.approx(0.02)  # (4 + 3 + 2 + 1 + 0) / 500
    assert row["gain_rate"] == pytest.approx(0.08)
    assert row["p"] == pytest.approx(1 / 32)  # all five for it: one of 2^5 ways
    assert (row["low_rate"], row["high_rate"]) == pytest.approx((0.06, 0.10))
    assert (row["origins_count"], row["count"], row["blocks_count"]) == (5, 5, 5)
    assert (row["first_period"], row["last_period"]) == ("2020-01", "2020-05")
    assert (row["decision"], row["reason"]) == ("adopt", "better at 5%, one-sided, 1 compared")
    # two that say the same are corrected for being two: 1/16 is above 5 %
    two = pd.concat([said, said[said["method"] == "new"].assign(method="twin")])
    again = pf.forecast_register(two, known, period="2020-05", champion="old", leads=1)
    assert again["p_corrected"].dropna().tolist() == pytest.approx([1 / 16, 1 / 16])
    assert set(again["decision"]) == {"", "keep"}
    assert again.loc[1, "reason"] == "5 blocks of months: 6 are needed to tell"
    assert again.loc[0, "reason"] == "no challenger is better beyond chance"


def test_a_method_that_speaks_about_half_is_not_adopted() -> None:
    random = np.random.default_rng(0)
    said = _said(random, 24, {"old": 5.0, "new": 0.5})
    half = said[(said["method"] == "old") | (said["period"] >= "2021-01")]
    found = pf.forecast_register(half, _known(24), period="2021-12", champion="old", leads=1)
    row = found.iloc[1]
    assert row["spoken_share"] == 0.5
    assert row["p_corrected"] <= 0.05
    assert (row["decision"], row["reason"]) == ("keep", "better, but it speaks about 50% alone")


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 7, 1000]))
def test_at_most_one_is_adopted_and_units_do_not_matter(seed: int, unit: float) -> None:
    said = _said(np.random.default_rng(seed), 18, {"old": 5.0, "a": 4.0, "b": 3.0})
    found = pf.forecast_register(said, _known(18), period="2021-06", champion="old", leads=1)
    assert (found["decision"] == "adopt").sum() <= 1
    assert found["gain_rate"].dropna().is_monotonic_decreasing
    scaled = said.assign(mean=said["mean"] * unit)
    known = _known(18).assign(amount=100.0 * unit)
    again = pf.forecast_register(scaled, known, period="2021-06", champion="old", leads=1)
    assert again["decision"].tolist() == found["decision"].tolist()
    assert again["gain_rate"].dropna().tolist() == pytest.approx(
        found["gain_rate"].dropna().tolist()
    )


def test_without_forecasts_there_is_the_champion_alone() -> None:
    said = _said(np.random.default_rng(0), 12, {"old": 1.0})
    found = pf.forecast_register(said, _known(12), period="2020-12", champion="old", leads=1)
    assert found["reason"].tolist() == ["no challenger"]
    none = pf.forecast_register(said.head(0), _known(12), period="2020-12")
    assert none["count"].tolist() == [0]


def test_what_cannot_be_is_said() -> None:
    said = _said(np.random.default_rng(0), 12, {"old": 1.0, "new": 1.0})
    with pytest.raises(MeasureError, match="method 'odl' says nothing") as told:
        pf.forecast_register(said, _known(12), period="2020-12", champion="odl")
    assert "'old'" in str(told.value)
    with pytest.raises(ParameterError, match=r"alpha 0\.6 cannot be"):
        pf.forecast_register(said, _known(12), period="2020-12", champion="old", alpha=0.6)
