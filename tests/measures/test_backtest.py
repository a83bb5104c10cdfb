from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfkit as pf


def _quarters(values: np.ndarray, name: str = "a") -> pd.DataFrame:
    periods = [f"{2010 + k // 4}Q{k % 4 + 1}" for k in range(len(values))]
    return pd.DataFrame({"product": name, "period": periods, "amount": values})


def test_replays_and_the_error_of_last_year_by_hand() -> None:
    rng = np.random.default_rng(1)
    values = np.round(100 + rng.normal(0, 10, 30), 2)
    found = pf.backtest(_quarters(values), by="product", horizon=4)
    # six origins; the newest has 3 periods to be judged by, the others all 4
    assert found["tested"].tolist() == [3 + 5 * 4] * 2
    scale = np.abs(values[4:] - values[:-4]).mean()
    errors = []
    for back in range(3, 19, 3):
        last = len(values) - back
        errors += [
            abs(values[last + h] - values[last + h - 4]) / scale
            for h in range(4)
            if last + h < len(values)
        ]
    assert found["naive_error"].iloc[0] == pytest.approx(np.mean(errors))
    rate = 1 - found["error"].iloc[0] / found["naive_error"].iloc[0]
    assert found["value_added_rate"].iloc[0] == pytest.approx(rate)


def test_the_last_row_is_the_fleet_weighed_by_periods() -> None:
    rng = np.random.default_rng(2)
    parts = [_quarters(100 + rng.normal(0, 9, size), name) for name, size in (("a", 40), ("b", 17))]
    found = pf.backtest(pd.concat(parts), by="product", tier="fast")
    assert found["row_key"].tolist() == ["a", "b", "every-series"]
    each, whole = found.iloc[:2], found.iloc[2]
    assert whole["tested"] == each["tested"].sum()
    for column in ("error", "bias", "covered80_share", "msis95"):
        mean = np.average(each[column].astype(float), weights=each["tested"].astype(float))
        assert whole[column] == pytest.approx(mean)


def test_a_walk_that_only_climbs_is_forecast_too_low() -> None:
    found = pf.backtest(_quarters(np.exp(np.arange(40) * 0.2) * 10), by="product")
    assert found["bias"].iloc[0] < 0


def test_coverage_over_the_fleet_is_near_its_level() -> None:
    rng = np.random.default_rng(3)
    parts = [_quarters(500 + np.cumsum(rng.normal(0, 9, 48)), f"p{k}") for k in range(60)]
    found = pf.backtest(pd.concat(parts), by="product", tier="fast").iloc[-1]
    # widths are from origins further back too, so not exactly
    assert found["covered80_share"] == pytest.approx(0.80, abs=0.02)
    assert found["covered95_share"] == pytest.approx(0.95, abs=0.02)


def test_too_few_periods_leave_it_empty_and_say_why() -> None:
    found = pf.backtest(_quarters(np.array([1.0, 2.0, 4.0])), by="product")
    assert found["tested"].tolist() == [0, 0]
    assert found[["error", "bias", "covered80_share", "msis80"]].isna().all(axis=None)
    assert "no back-test" in found["reason"].iloc[0]
