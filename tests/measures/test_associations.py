from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.periods import period_label

MONTHS = [period_label(12, 2021 * 12 + k) for k in range(60)]


def long(values: np.ndarray, name: str, *, start: int = 0) -> pd.DataFrame:
    periods, series = values.shape
    return pd.DataFrame(
        {
            "period": np.repeat(MONTHS[start : start + periods], series),
            name: np.tile([f"{name}{k}" for k in range(series)], periods),
            "value": values.ravel(),
        }
    )


def made(seed: int, series: int, *, periods: int = 48, memory: float = 0.7) -> np.ndarray:
    """Series that remember, trend and have a season, each by itself."""
    dice = np.random.default_rng(seed)
    rest = np.zeros((periods + 30, series))
    for at in range(1, len(rest)):
        rest[at] = memory * rest[at - 1] + dice.normal(size=series)
    at = np.arange(periods)
    season = dice.normal(0, 2, (12, series))[at % 12]
    return rest[30:] + season + dice.normal(0, 0.3, series) * at[:, None]


@pytest.mark.parametrize(("periods", "memory"), [(24, 0.8), (48, 0.8), (60, 1.0)])
def test_where_nothing_is_associated_hardly_anything_is_found(periods: int, memory: float) -> None:
    false = []
    for seed in range(12):
        metrics = long(made(seed, 20, periods=periods, memory=memory), "metric")
        kpis = long(made(seed + 500, 5, periods=periods, memory=memory), "kpi")
        found = pf.associations(metrics, kpis, draws=999)
        assert found["p"].notna().all()
        false.append(bool(found["found"].any()))
    # at one in ten, four or more of twelve happen once in forty
    assert sum(false) <= 3


def test_a_planted_association_is_found_with_its_lag_and_sign() -> None:
    metrics, kpis = made(1, 6), made(2, 3)
    kpis[2:, 1] -= 1.5 * metrics[:-2, 4]
    table = pf.associations(long(metrics, "metric"), long(kpis, "kpi"))
    first = table.iloc[0]
    assert (first["metric"], first["kpi"], first["lag"]) == ("metric4", "kpi1", 2)
    assert bool(first["found"])
    assert first["low"] <= first["association"] <= first["high"] < 0
    assert set(table["label"]) == {"association"}
    assert table["row_key"].is_unique


def test_scale_order_and_a_trend_of_its_own_change_nothing() -> None:
    metrics, kpis = made(3, 4), made(4, 2) - 1e3  # below zero: no logarithms
    plain = pf.associations(long(metrics, "metric"), long(kpis, "kpi"), draws=199)
    moved = kpis * 1000 + np.arange(48)[:, None] * 70 - 1e5
    other = long(moved, "kpi").sample(frac=1, random_state=0)
    again = pf.associations(long(metrics, "metric"), other, draws=199)
    columns = ["association", "p", "q"]
    assert again[columns].to_numpy(float) == pytest.approx(plain[columns].to_numpy(float))


def test_what_a_third_series_makes_of_both_goes_with_it_as_a_control() -> None:
    third = made(9, 1)
    metrics = np.column_stack([made(5, 1) * 0.5 + third, third])
    kpis = made(6, 1) * 0.5 + third
    both = long(metrics, "metric"), long(kpis, "kpi")
    assert bool(pf.associations(*both).set_index("metric").loc["metric0", "found"])
    held = pf.associations(*both, controls=["trend", "season", "metric1"])
    assert held["metric"].tolist() == ["metric0"]
    assert not held["found"].any()


def test_what_all_metrics_have_in_common_is_taken_out_when_asked() -> None:
    shared = made(9, 1)
    metrics, kpis = made(7, 8) * 0.7 + 2 * shared, made(8, 1) * 0.7 + 2 * shared
    both = long(metrics, "metric"), long(kpis, "kpi")
    assert pf.associations(*both)["found"].sum() >= 6
    apart = pf.associations(*both, controls=["trend", "season", "common"])
    assert apart["found"].sum() <= 1
    few = pf.associations(long(metrics[:, :3], "metric"), both[1], controls=["common"])
    assert (
        few["reason"].tolist()
        == ["a common factor needs 3 other metrics over the same periods"] * 3
    )


def test_what_cannot_be_told_says_why() -> None:
    metrics = made(1, 3)
    metrics[:, 0] = 7.0
    kpis = np.column_stack([metrics[:, 1] * 3, made(2, 1)])
    table = long(metrics, "metric")
    gap = table[(table["metric"] != "metric2") | (table["period"] != MONTHS[20])]
    told = pf.associations(gap, long(kpis, "kpi")).set_index("row_key")["reason"]
    assert told["metric0|kpi1"] == "metric0 is constant, or the controls tell all of it"
    assert told["metric1|kpi0"] == "one is worked out from the other: they move as one"
    assert told["metric2|kpi1"] == "a period is missing in between"
    assert told["metric1|kpi1"] == ""
    short = pf.associations(long(made(1, 1, periods=20), "metric"), long(kpis, "kpi"))
    assert set(short["reason"]) == {"20 periods known of both are fewer than 24"}
    assert short[["lag", "p", "q", "found"]].isna().all(axis=None)
    assert short["n"].tolist() == [20, 20]


def test_nothing_to_compare_is_an_empty_table() -> None:
    none = long(made(1, 1), "metric").head(0)
    table = pf.associations(none, long(made(2, 2), "kpi"))
    assert table.empty
    assert table.columns[0] == "row_key"
    assert pf.associations(none, long(made(2, 2), "kpi").head(0)).empty


def test_a_period_told_twice_is_refused() -> None:
    kpis = long(made(2, 1), "kpi")
    with pytest.raises(ContractError, match=r"'kpi0' has 2021-01 more than once") as caught:
        pf.associations(long(made(1, 1), "metric"), pd.concat([kpis, kpis.head(1)]))
    assert "Add the rows up" in str(caught.value)


def test_a_period_that_is_none_is_refused() -> None:
    kpis = long(made(2, 1), "kpi").replace({"period": {MONTHS[3]: "spring"}})
    with pytest.raises(ContractError, match=r"kpis \(row 4\): period 'spring' is no month"):
        pf.associations(long(made(1, 1), "metric"), kpis)


def test_months_beside_quarters_are_refused() -> None:
    quarters = pd.DataFrame({"period": ["2021Q1", "2021Q2"], "kpi": "a", "value": [1.0, 2.0]})
    with pytest.raises(ContractError, match="not told for the same length of time"):
        pf.associations(long(made(1, 1), "metric"), quarters)


def test_a_control_that_is_no_series_names_the_nearest() -> None:
    both = long(made(1, 2), "metric"), long(made(2, 1), "kpi")
    with pytest.raises(ParameterError, match="control 'seasons' is no series") as caught:
        pf.associations(*both, controls=["seasons"])
    assert "season" in str(caught.value)


@pytest.mark.parametrize("wrong", [{"lags": -1}, {"lags": []}, {"rate": 0}, {"draws": 0}])
def test_what_cannot_be_asked_is_refused(wrong: dict[str, object]) -> None:
    both = long(made(1, 2), "metric"), long(made(2, 1), "kpi")
    with pytest.raises(ParameterError, match="cannot be"):
        pf.associations(*both, **wrong)  # type: ignore[arg-type]
