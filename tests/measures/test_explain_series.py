from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents

import pfkit as pf
from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.structural import choice, models

LENGTH, AHEAD = 60, 6
PERIODS = [period_label(12, 2021 * 12 + k) for k in range(LENGTH + AHEAD)]
PAST, FUTURE = PERIODS[:LENGTH], PERIODS[LENGTH:]
RAISED = 36


def _series(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"period": PAST[: len(values)], "amount": values})


def _planted(*, log: bool = False, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Make a series of a line, a season, a driver worth 0.4, a step worth 1.5, and noise."""
    rng = np.random.default_rng(seed)
    at = np.arange(LENGTH + AHEAD)
    driver = 3 + rng.normal(0, 0.8, LENGTH + AHEAD)
    effect = 0.4 * driver + 1.5 * (at >= RAISED) * (0.2 if log else 1)
    if log:
        effect = -0.8 * np.log(driver.clip(0.5)) + 0.3 * (at >= RAISED)
    noise = rng.normal(0, 0.05 if log else 0.2, LENGTH + AHEAD)
    wave = np.tile(np.sin(np.arange(12) / 12 * 2 * np.pi), 10)[: LENGTH + AHEAD]
    values = 10 + 0.02 * at + wave * (0.2 if log else 1) + effect + noise
    values = np.exp(values - 5) if log else values
    drivers = pd.DataFrame({"period": PERIODS, "adverts": driver.clip(0.5)})
    return _series(values[:LENGTH]), drivers, values


STEP = pd.DataFrame({"name": ["new price"], "kind": ["step"], "period": [PERIODS[RAISED]]})


@pytest.fixture(scope="module")
def raw() -> pf.ExplainedSeries:
    """Explain a planted series on the raw scale."""
    sold, drivers, _ = _planted()
    return pf.explain_series(
        sold,
        drivers=drivers.head(LENGTH),
        future=drivers.tail(AHEAD),
        interventions=STEP,
        scale="raw",
        model="components",
    )


@pytest.fixture(scope="module")
def logs() -> pf.ExplainedSeries:
    """Explain a planted series of factors."""
    sold, drivers, _ = _planted(log=True)
    return pf.explain_series(
        sold, drivers=drivers.head(LENGTH), future=drivers.tail(AHEAD), interventions=STEP
    )


def test_planted_effects_are_found(raw: pf.ExplainedSeries) -> None:
    found = raw.coefficients.set_index("name")
    assert abs(found.loc["adverts", "coefficient"] - 0.4) < 3 * found.loc["adverts", "error"]
    assert abs(found.loc["new price", "coefficient"] - 1.5) < 3 * found.loc["new price", "error"]
    assert (found["error"] < 0.15).all()
    assert (found["p"] < 0.001).all()
    assert found["kind"].tolist() == ["driver", "step"]
    assert found["enters"].tolist() == ["as it is", "step from 2024-01"]


@pytest.mark.parametrize("which", ["raw", "logs"])
def test_parts_add_up_to_the_actual(which: str, request: pytest.FixtureRequest) -> None:
    told = request.getfixturevalue(which)
    parts = ["trend", "season", "adverts", "new price", "rest"]
    whole = told.decomposition[parts].sum(axis=1)
    assert float((whole - told.decomposition["actual"]).abs().max()) < 1e-9
    causes = told.causes.set_index("label")
    assert causes.drop("Total")["change"].sum() == pytest.approx(causes.loc["Total", "change"])
    year, before = told.decomposition["actual"].tail(12), told.decomposition["actual"].iloc[-24:-12]
    assert causes.loc["Total", "change"] == pytest.approx(year.sum() - before.sum())


def test_on_the_log_scale_a_driver_has_an_elasticity(logs: pf.ExplainedSeries) -> None:
    assert logs.summary["scale"].tolist() == ["log"]
    assert "log scale: it foretells the series better" in logs.summary["why"].iloc[0]
    found = logs.coefficients.set_index("name")
    assert abs(found.loc["adverts", "coefficient"] + 0.8) < 3 * found.loc["adverts", "error"]
    assert found.loc["adverts", "meaning"].startswith("elasticity")
    assert found.loc["new price", "effect_rate"] == pytest.approx(
        np.exp(found.loc["new price", "coefficient"]) - 1
    )
    assert 0.25 < found.loc["new price", "effect_rate"] < 0.45  # planted: e^0.3 - 1 = 0.35
    assert pd.isna(found.loc["adverts", "effect_rate"])


def test_a_line_and_plain_noise_are_nearly_ordinary_least_squares() -> None:
    rng = np.random.default_rng(6)
    errors = rng.normal(0, 1, 41)
    noise = errors[1:] - 0.7 * errors[:-1]  # no level wanders under errors that take turns
    at, driver = np.arange(40), rng.normal(0, 1, 40)
    values = 50 + 0.3 * at + 2 * driver + noise
    told = pf.explain_series(
        _series(values),
        drivers=pd.DataFrame({"period": PAST[:40], "x": driver}),
        model="components",
        scale="raw",
        level=0.90,
    )
    assert "a level that wanders about a steady slope, no season" in told.summary["form"].iloc[0]
    plain = sm.OLS(values, np.column_stack([np.ones(40), at, driver])).fit()
    row = told.coefficients.iloc[0]
    assert row["coefficient"] == pytest.approx(plain.params[2], abs=0.05 * plain.bse[2])
    assert row["error"] == pytest.approx(plain.bse[2], rel=0.03)
    assert [row["low"], row["high"]] == pytest.approx(
        plain.conf_int(0.10)[2], abs=0.08 * plain.bse[2]
    )
    assert row["p"] == pytest.approx(plain.pvalues[2], rel=0.5)
    assert told.summary["freedom"].iloc[0] == 37


def test_components_are_near_those_of_statsmodels(raw: pf.ExplainedSeries) -> None:
    sold, drivers, _ = _planted()
    held = drivers.head(LENGTH)["adverts"].to_numpy()
    exog = np.column_stack([held, np.arange(LENGTH) >= RAISED]).astype(float)
    ahead = np.column_stack([drivers.tail(AHEAD)["adverts"], np.ones(AHEAD)])
    direct = UnobservedComponents(
        sold["amount"],
        "lldtrend",
        seasonal=12,
        stochastic_seasonal=False,
        exog=exog,
        mle_regression=False,
        use_exact_diffuse=True,
    ).fit(disp=False, maxiter=500)
    assert raw.summary["form"].iloc[0] == (
        "a level that wanders about a steady slope, a fixed season"
    )
    errors = np.sqrt(np.diag(direct.smoothed_state_cov[-2:, -2:, -1]))
    own = raw.coefficients["coefficient"].to_numpy(dtype=float)
    assert (np.abs(own - direct.smoothed_state[-2:, -1]) < 0.5 * errors).all()
    # greatest likelihood has the level hardly move: averaged over, a step is less sure
    assert (raw.coefficients["error"] > errors).all()
    assert (raw.coefficients["error"] < [1.2 * errors[0], 2.5 * errors[1]]).all()
    expected = direct.get_forecast(AHEAD, exog=ahead)
    assert (np.abs(raw.forecast["mean"] - expected.predicted_mean.to_numpy()) < 0.1).all()
    season = raw.decomposition["season"].to_numpy(dtype=float)
    assert season == pytest.approx(direct.seasonal.smoothed, abs=0.05)


@pytest.mark.parametrize("level", [0.80, 0.95])
def test_intervals_hold_what_they_say(level: float) -> None:
    # 40 series whose level wanders: .80 would be 32 of 40 and .95 38; fewer come by chance in
    # one case of a hundred (binomial distribution)
    fewest = {0.80: 26, 0.95: 34}[level]
    held = np.zeros(2)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        driver, at = rng.normal(0, 1, 30), np.arange(30)
        walk = rng.normal(0, (0.0, 0.1, 0.2)[seed % 3], 30).cumsum()
        values = 20 + walk + 0.3 * driver + 0.8 * (at >= 18) + rng.normal(0, 0.2, 30)
        told = pf.explain_series(
            _series(values),
            drivers=pd.DataFrame({"period": PAST[:30], "x": driver}),
            interventions=STEP.assign(period=PERIODS[18]),
            model="components",
            scale="raw",
            level=level,
        )
        low, high = told.coefficients[["low", "high"]].to_numpy(dtype=float).T
        held += (low <= [0.3, 0.8]) & (high >= [0.3, 0.8])
    assert (held >= fewest).all()


def test_changes_of_trend_and_of_a_moving_season_have_intervals(raw: pf.ExplainedSeries) -> None:
    rows = raw.causes.set_index("label")
    trend = rows.loc["trend"]
    assert trend["low"] < trend["change"] < trend["high"]
    # planted: twelve months of 0.02 a month over twelve months
    assert trend["low"] - 2 < 12 * 12 * 0.02 < trend["high"] + 2
    assert rows.loc[["season", "rest", "Total"], "low"].isna().all()  # a fixed season stays


def test_the_season_is_the_planted_one(raw: pf.ExplainedSeries) -> None:
    season = raw.decomposition["season"].to_numpy(dtype=float)
    assert season[:12] == pytest.approx(np.sin(np.arange(12) / 12 * 2 * np.pi), abs=0.3)


def test_sarimax_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(5)
    errors = np.zeros(LENGTH)
    for k in range(1, LENGTH):
        errors[k] = 0.7 * errors[k - 1] + rng.normal(0, 0.2)
    driver = rng.normal(0, 1, LENGTH)
    sold = _series(10 + 0.03 * np.arange(LENGTH) + 0.5 * driver + errors)
    told = pf.explain_series(
        sold,
        drivers=pd.DataFrame({"period": PAST, "x": driver}),
        model="sarimax",
        scale="raw",
    )
    assert told.summary["form"].iloc[0] == "ARIMA(1, 0, 0) errors, no season"
    direct = SARIMAX(sold["amount"], exog=driver, order=(1, 0, 0), trend="ct").fit(
        disp=False, maxiter=500
    )
    row = told.coefficients.iloc[0]
    assert row["coefficient"] == pytest.approx(direct.params["x1"], rel=1e-2)
    assert row["error"] == pytest.approx(direct.bse["x1"], rel=0.1)
    parts = told.decomposition[["trend", "season", "x", "rest"]].sum(axis=1)
    assert float((parts - told.decomposition["actual"]).abs().max()) < 1e-9


def test_what_components_miss_is_left_to_sarimax() -> None:
    rng = np.random.default_rng(11)
    errors = np.zeros(LENGTH)
    for k in range(2, LENGTH):
        errors[k] = -0.75 * errors[k - 1] + rng.normal(0, 0.2)
    told = pf.explain_series(_series(10 + errors), scale="raw")
    assert told.summary["model"].tolist() == ["sarimax"]
    assert "since the errors of components follow each other" in told.summary["why"].iloc[0]
    assert told.summary["fallback"].tolist() == [""]


def test_a_forecast_holds_its_drivers(raw: pf.ExplainedSeries) -> None:
    _, _, values = _planted()
    assert raw.forecast["period"].tolist() == FUTURE
    assert raw.forecast["step"].tolist() == list(range(1, AHEAD + 1))
    wide = 4 * (raw.forecast["high"] - raw.forecast["low"]).max()
    assert (raw.forecast["mean"] - values[LENGTH:]).abs().max() < wide
    assert raw.forecast["level"].tolist() == [0.80] * AHEAD


def test_an_interval_widens_with_its_level_and_scales_with_the_currency() -> None:
    sold, _, _ = _planted()
    narrow = pf.explain_series(sold, model="components", scale="raw", interventions=STEP)
    cents = sold.assign(amount=sold["amount"] * 100)
    wide = pf.explain_series(
        cents.sample(frac=1, random_state=1),
        model="components",
        scale="raw",
        interventions=STEP,
        level=0.95,
    )
    assert wide.forecast["mean"].tolist() == pytest.approx(
        (100 * narrow.forecast["mean"]).tolist(), rel=1e-4
    )
    assert (wide.forecast["low"] < 100 * narrow.forecast["low"]).all()
    assert (wide.coefficients["high"] > 100 * narrow.coefficients["high"]).all()
    assert wide.causes.loc[wide.causes["label"] == "new price", "low"].notna().all()


def test_periods_without_a_value_are_left_open() -> None:
    sold, _, _ = _planted()
    gone = sold.drop(index=[10, 11])
    told = pf.explain_series(gone, interventions=STEP, scale="raw", model="components")
    hole = told.decomposition.iloc[10]
    assert pd.isna(hole["actual"])
    assert pd.isna(hole["rest"])
    assert hole["reason"] == "there is no actual"
    assert told.summary[["n", "missing"]].iloc[0].tolist() == [58, 2]
    said = told.diagnostics.set_index("check").loc["input", "text"]
    assert said == "2 of 60 months have no value; none is filled in"


def test_without_their_future_drivers_foretell_nothing() -> None:
    sold, drivers, _ = _planted()
    held = drivers.head(LENGTH)
    told = pf.explain_series(sold, drivers=held, scale="raw", model="components")
    assert told.forecast.empty
    assert "there is no forecast" in told.diagnostics.set_index("check").loc["future", "text"]
    with pytest.raises(ParameterError, match="the future of the drivers is not"):
        pf.explain_series(sold, drivers=held, horizon=3)


def test_nine_months_hold_no_season() -> None:
    told = pf.explain_series(_series(np.array([5.0, 6, 5, 7, 6, 8, 7, 8, 9])), model="components")
    said = told.diagnostics.set_index("check").loc["season"]
    assert said["state"] == "amber"
    assert said["text"].startswith("9 months hold no season, for which 24 are needed")
    assert (told.decomposition["season"] == 0).all()
    assert told.causes["before_span"].iloc[0] == "2021-02 to 2021-05"


def test_one_that_does_not_converge_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST", 1)
    monkeypatch.setattr(models, "MOST_SLOW", 1)
    sold, _, _ = _planted()
    with pytest.raises(MeasureError) as caught:
        pf.explain_series(sold, model="components", scale="raw")
    assert "components did not converge on the raw scale" in str(caught.value)
    assert "-> Leave out drivers or interventions" in str(caught.value)


def test_a_fallback_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MeasureError("components did not converge")

    monkeypatch.setattr(choice, "components", broken)
    sold, _, _ = _planted()
    told = pf.explain_series(sold, scale="raw")
    said = "components did not converge on the raw scale; sarimax on the raw scale stands"
    assert told.summary["fallback"].iloc[0].startswith(said)
    assert told.summary["model"].tolist() == ["sarimax"]
    row = told.diagnostics.set_index("check").loc["convergence"]
    assert row["state"] == "amber"
    assert row["text"].startswith(said)


def test_what_cannot_be_computed_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def singular(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(UnobservedComponents, "fit", singular)
    with pytest.raises(MeasureError, match="components could not be computed: Singular matrix"):
        pf.explain_series(_series(_planted()[0]["amount"].to_numpy()), model="components")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.full(30, 7.0), "every value is the same, so that there is nothing to explain"),
        (np.arange(5.0), "5 months explain nothing"),
    ],
)
def test_a_series_that_says_nothing_is_refused(values: np.ndarray, said: str) -> None:
    with pytest.raises(MeasureError, match=said):
        pf.explain_series(_series(values))


def test_several_series_are_refused() -> None:
    two = pd.concat([_series(np.arange(20.0)).assign(series_id=name) for name in ("a", "b")])
    with pytest.raises(ParameterError, match="there are 2 series, from 'a' to 'b'"):
        pf.explain_series(two)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "prophet"}, "model 'prophet' is not known"),
        ({"scale": "cube"}, "scale 'cube' is not known"),
        ({"horizon": 0}, "horizon 0 is no period"),
        ({"level": 1.5}, "level 1.5 cannot be"),
        ({"scale": "log"}, "there is no logarithm of -1"),
    ],
)
def test_what_cannot_be_asked_for(given: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        pf.explain_series(_series(np.array([-1.0, *range(1, 20)])), **given)  # type: ignore[arg-type]


def test_values_below_zero_stay_on_the_raw_scale() -> None:
    told = pf.explain_series(_series(np.random.default_rng(2).normal(0, 1, 30)))
    assert "raw scale: there are values at or below zero" in told.summary["why"].iloc[0]


def test_a_plan_of_what_is_to_come_is_no_value() -> None:
    sold, _, _ = _planted()
    ahead = pd.DataFrame({"period": FUTURE, "amount": np.nan})
    told = pf.explain_series(pd.concat([sold, ahead]), scale="raw", model="components")
    assert told.decomposition["period"].iloc[-1] == PAST[-1]
    assert "input" not in told.diagnostics["check"].tolist()
    with pytest.raises(ContractError, match="The closest known column is 'amount'"):
        pf.explain_series(sold, value="amounts")


def test_where_neither_scale_is_better_logarithms_are_taken() -> None:
    rng = np.random.default_rng(1)
    flat = _series(1000 + rng.normal(0, 0.2, 30))
    told = pf.explain_series(flat)
    assert told.summary["scale"].tolist() == ["log"]
    assert "log scale: neither foretells better" in told.summary["why"].iloc[0]


def test_quarters_are_explained_too() -> None:
    rng = np.random.default_rng(4)
    quarters = [f"{2018 + k // 4}Q{k % 4 + 1}" for k in range(32)]
    values = 40 + np.tile([0.0, 3, -2, -1], 8) + 5 * (np.arange(32) >= 20) + rng.normal(0, 0.5, 32)
    raised = pd.DataFrame({"name": ["release"], "kind": ["step"], "period": ["2023Q1"]})
    told = pf.explain_series(
        pd.DataFrame({"period": quarters, "amount": values}), interventions=raised, scale="raw"
    )
    row = told.coefficients.iloc[0]
    assert abs(row["coefficient"] - 5) < 3 * row["error"]
    assert told.forecast["period"].tolist() == ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]


def test_plans_of_what_is_to_come_are_no_empty_values_of_the_series() -> None:
    months = [f"{2023 + k // 12}-{k % 12 + 1:02d}" for k in range(27)]
    amounts = [100.0 + k + (k * 7 % 5) for k in range(24)]
    planned = pd.DataFrame({"period": months, "amount": [*amounts, None, None, None]})
    told = pf.explain_series(planned)
    bare = pf.explain_series(planned.iloc[:24])
    pd.testing.assert_frame_equal(told.diagnostics, bare.diagnostics)
    assert told.forecast["period"].iloc[0] == "2025-01"
