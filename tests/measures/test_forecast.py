from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pfkit as pf
from pfkit.errors import ParameterError
from pfkit.measures.fleet import engine
from pfkit.measures.fleet.members import MEMBERS, Task

CALM = [100.0 + k % 3 for k in range(30)]
BOUNDS = ["lo95", "lo80", "mean", "hi80", "hi95"]


def _fleet(count: int = 12, size: int = 72, *, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    wave = 1 + 0.2 * np.sin(np.arange(size) / 12 * 2 * np.pi)
    parts = []
    for k in range(count):
        length = size - 5 * (k % 4)
        values = 100 * (k + 1) * np.exp(np.cumsum(rng.normal(0.003, 0.03, size))) * wave
        periods = [f"{2018 + t // 12}-{t % 12 + 1:02d}" for t in range(length)]
        rows = {"series_id": f"s{k:02d}", "period": periods, "value": values[:length]}
        parts.append(pd.DataFrame(rows))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def fleet() -> pd.DataFrame:
    """Make a fleet."""
    return _fleet()


@pytest.fixture(scope="module")
def ahead(fleet: pd.DataFrame) -> pd.DataFrame:
    """Forecast it."""
    return pf.forecast(fleet, horizon=6, tier="fast")


def _numbers(table: pd.DataFrame) -> np.ndarray:
    return table[BOUNDS].to_numpy(dtype=float)


def test_every_series_and_period_has_its_row(ahead: pd.DataFrame) -> None:
    assert len(ahead) == 12 * 6
    assert ahead["row_key"].is_unique
    first = ahead[ahead["series_id"] == "s01"]  # 67 months from 2018-01 end at 2023-07
    assert first["period"].tolist() == [f"2023-{month:02d}" for month in range(8, 13)] + ["2024-01"]
    assert first["n"].tolist() == [67] * 6
    assert (ahead["fallback"] == "").all()
    shares = ahead["model"].str.findall(r"0\.\d\d").map(lambda parts: sum(map(float, parts)))
    assert shares.between(0.97, 1.03).all()


def test_an_interval_holds_the_mean_and_widens_with_its_level_and_the_horizon(
    ahead: pd.DataFrame,
) -> None:
    assert (np.diff(_numbers(ahead), axis=1) > 0).all()
    width = (ahead["hi80"] - ahead["lo80"]).to_numpy(dtype=float).reshape(12, 6)
    assert (np.diff(width, axis=1) >= 0).all()


def test_the_order_of_rows_does_not_matter(fleet: pd.DataFrame, ahead: pd.DataFrame) -> None:
    mixed = fleet.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(pf.forecast(mixed, horizon=6, tier="fast"), ahead)


def test_the_input_is_left_alone(fleet: pd.DataFrame) -> None:
    before = fleet.copy()
    pf.forecast(fleet, horizon=1, tier="fast")
    pd.testing.assert_frame_equal(fleet, before)


def test_currency_scales_through(fleet: pd.DataFrame, ahead: pd.DataFrame) -> None:
    cents = pf.forecast(fleet.assign(value=fleet["value"] * 100), horizon=6, tier="fast")
    assert _numbers(cents) == pytest.approx(100 * _numbers(ahead), rel=1e-4)


def test_chunks_leave_no_trace(
    fleet: pd.DataFrame, ahead: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CHUNK", 5)
    again = pf.forecast(fleet, horizon=6, tier="fast")
    assert _numbers(again) == pytest.approx(_numbers(ahead), rel=1e-5)


def test_a_pool_smaller_than_the_fleet_still_forecasts_every_series(
    fleet: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL", 4)
    again = pf.forecast(fleet, horizon=6, tier="fast")
    assert again.groupby("series_id").size().tolist() == [6] * 12
    assert again[BOUNDS].notna().all(axis=None)


def _breaks(_task: object) -> np.ndarray:
    raise ValueError("it broke")


def _says_nothing(task: object) -> np.ndarray:
    return np.full((len(task.rows.lengths), task.horizon), np.nan)  # type: ignore[attr-defined]


def _explodes(task: Task) -> np.ndarray:
    largest = task.rows.last().max()
    return np.full((len(task.rows.lengths), task.horizon), 1e6 * largest)


NOTHING = "no number, or one beyond 20 times the largest seen"


@pytest.mark.parametrize("tier", ["fast", "full"])
@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize(
    ("broken", "said"),
    [(_breaks, "ValueError: it broke"), (_says_nothing, NOTHING), (_explodes, NOTHING)],
)
def test_a_member_that_fails_is_told(
    tier: Literal["fast", "full"],
    name: str,
    *,
    broken: object,
    said: str,
    fleet: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(MEMBERS, name, broken)  # type: ignore[arg-type]
    some = fleet[fleet["series_id"] < "s03"]
    found = pf.forecast(some, horizon=2, tier=tier)
    largest = some.groupby("series_id")["value"].max()
    assert (found["mean"] < 2 * found["series_id"].map(largest)).all()
    assert set(found["fallback"]) == {f"{name} left out ({said})"}
    assert not found["model"].str.contains(rf"\b{name}\b").any()
    assert found[BOUNDS].notna().all(axis=None)


def test_a_member_that_fails_one_series_is_told_of_that_one(
    fleet: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = MEMBERS["smooth_raw"]

    def partly(task: Task) -> np.ndarray:
        answer = whole(task)
        answer[task.rows.last(1000) > 250] = np.inf  # by the first value
        return answer

    monkeypatch.setitem(MEMBERS, "smooth_raw", partly)
    found = pf.forecast(fleet[fleet["series_id"] < "s04"], horizon=2, tier="fast")
    said = found.groupby("series_id")["fallback"].first()
    assert said.tolist() == ["", "", *[f"smooth_raw left out ({NOTHING})"] * 2]


def test_where_every_member_fails_the_last_value_stands_and_it_is_told(
    fleet: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in MEMBERS:
        monkeypatch.setitem(MEMBERS, name, _breaks)
    some = fleet[fleet["series_id"] < "s02"]
    found = pf.forecast(some, horizon=2, tier="fast")
    last = some.groupby("series_id")["value"].last()
    assert found["mean"].tolist() == pytest.approx(np.repeat(last.to_numpy(), 2))
    assert set(found["model"]) == {"last_value"}
    assert (
        found["fallback"].str.endswith("no member is left: the last value is carried forward").all()
    )


def _with(fleet: pd.DataFrame, values: list[float], start: int = 0) -> pd.DataFrame:
    periods = [f"{2018 + t // 12}-{t % 12 + 1:02d}" for t in range(start, start + len(values))]
    more = pd.DataFrame({"series_id": "x", "period": periods, "value": values})
    return pd.concat([fleet, more], ignore_index=True)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            [5.0],
            "one value: it is carried forward; the season is that of the longer series; no",
        ),
        (
            [5.0, 6.0, 5.5],
            "too few for a trend: the last value is carried forward; 3 months: too few to tell",
        ),
        ([7.0] * 48, "every value is the same"),
        ([float(k % 7 - 3) for k in range(60)], "values at or below zero: no logarithms"),
        ([float(k % 5) for k in range(60)], "values at or below zero: no logarithms"),
        ([0.0] * 48, "every value is the same"),
        (
            [100.0 + k % 3 for k in range(30)] + [9000.0] + [100.0 + k % 3 for k in range(30)],
            "1 wild",
        ),
        (
            [100.0 + k % 3 for k in range(30)] + [200.0 + k % 3 for k in range(30)],
            "shifts at 2020-07",
        ),
        ([100.0 + k % 3 if k % 9 != 4 else np.nan for k in range(60)], "7 of 60 months filled in"),
    ],
)
def test_an_odd_series_is_forecast_and_told(
    values: list[float], said: str, fleet: pd.DataFrame
) -> None:
    found = pf.forecast(_with(fleet, values), horizon=5, tier="fast")
    odd = found[found["series_id"] == "x"]
    assert said in odd["reason"].iloc[0]
    assert odd[BOUNDS].notna().all(axis=None)
    assert (odd["n"] == np.isfinite(values).sum()).all()
    if min(values) >= 0:
        assert (_numbers(odd) >= 0).all()


def test_after_a_shift_the_new_level_goes_on_and_a_wild_value_leaves_none(
    fleet: pd.DataFrame,
) -> None:
    calm = [100.0 + k % 3 for k in range(30)]
    shifted = _with(fleet, [*calm, *(value + 100 for value in calm)]).replace("x", "y")
    found = pf.forecast(_with(shifted, [*calm, 9000.0, *calm]), horizon=6, tier="fast")
    assert found.loc[found["series_id"] == "y", "mean"].between(185, 220).all()
    assert found.loc[found["series_id"] == "x", "mean"].between(99, 103).all()


@given(
    values=st.lists(
        st.one_of(st.none(), st.floats(-1e9, 1e9), st.just(0.0)), min_size=1, max_size=40
    ).filter(lambda values: any(value is not None for value in values)),
    quarters=st.booleans(),
)
def test_whatever_the_values_there_is_a_finite_number_between_its_bounds(
    values: list[float | None], *, quarters: bool
) -> None:
    months = [f"{2018 + t // 12}-{t % 12 + 1:02d}" for t in range(len(values))]
    names = [f"{2018 + t // 4}Q{t % 4 + 1}" for t in range(len(values))]
    table = pd.DataFrame({"period": names if quarters else months, "amount": values})
    found = pf.forecast(table.astype({"amount": "float64"}), horizon=3, tier="fast")
    numbers = _numbers(found)
    assert np.isfinite(numbers[:, 2]).all()
    told = found["reason"].str.contains("no interval").to_numpy()
    size = np.abs(numbers).max(initial=1.0)
    assert (told | (np.diff(numbers, axis=1) >= -1e-9 * size).all(1)).all()


def test_a_constant_goes_on_and_has_no_width(fleet: pd.DataFrame) -> None:
    found = pf.forecast(_with(fleet, [7.0] * 48), horizon=3, tier="fast")
    assert _numbers(found[found["series_id"] == "x"]) == pytest.approx(np.full((3, 5), 7.0))


def test_one_value_alone_has_no_interval() -> None:
    found = pf.forecast(pd.DataFrame({"period": ["2024-01"], "amount": [5.0]}), horizon=2)
    assert found["mean"].tolist() == [5.0, 5.0]
    assert found["lo80"].isna().all()
    assert found["reason"].iloc[0].endswith("no interval: nothing to learn it from")


def test_a_season_comes_again() -> None:
    rng = np.random.default_rng(8)
    wave = np.tile([100.0, 140.0, 60.0, 120.0], 8) + rng.normal(0, 2, 32)
    periods = [f"{2016 + k // 4}Q{k % 4 + 1}" for k in range(32)]
    found = pf.forecast(pd.DataFrame({"period": periods, "amount": wave}), horizon=4)
    assert found["mean"].tolist() == pytest.approx([100, 140, 60, 120], abs=6)


def test_a_short_series_takes_the_season_and_the_doubt_of_its_siblings(fleet: pd.DataFrame) -> None:
    wave = 1 + 0.2 * np.sin(np.arange(60, 72) / 12 * 2 * np.pi)
    found = pf.forecast(_with(fleet, [50.0] * 4, start=56), horizon=12, tier="fast")
    young = found[found["series_id"] == "x"]
    assert "the season is that of the longer series" in young["reason"].iloc[0]
    assert "launch_forecast knows better" in young["reason"].iloc[0]
    assert not found.loc[found["series_id"] != "x", "reason"].str.contains("launch").any()
    assert np.corrcoef(young["mean"].astype(float), wave)[0, 1] > 0.95
    width = (found["hi80"] - found["lo80"]) / found["mean"]
    share = width.groupby(found["series_id"]).mean()
    assert share["x"] > share.drop("x").median()


def test_intervals_hold_what_comes_as_often_as_they_say() -> None:
    whole = _fleet(160, 90, seed=21)
    at = whole.groupby("series_id").cumcount()
    cut = whole.groupby("series_id")["period"].transform("size") - 12
    found = pf.forecast(whole[at < cut], horizon=12, tier="fast", level=(0.5, 0.8, 0.95))
    came = found.merge(whole, on=["series_id", "period"])
    assert len(came) == 160 * 12
    for level in (50, 80, 95):
        inside = came["value"].between(came[f"lo{level}"], came[f"hi{level}"]).mean()
        assert inside == pytest.approx(level / 100, abs=0.07)


def test_a_running_total_adds_up_and_its_bounds_do_not(fleet: pd.DataFrame) -> None:
    young = _with(fleet, [50.0] * 4, start=56)
    total = pf.forecast(young, horizon=6, tier="fast", running=True)
    each = pf.forecast(young, horizon=6, tier="fast")
    added = each.groupby("series_id")[BOUNDS].cumsum().to_numpy(dtype=float)
    assert _numbers(total)[:, 2] == pytest.approx(added[:, 2])
    first = total["step"] == 1
    assert _numbers(total[first]) == pytest.approx(_numbers(each[first]))
    last = (total["step"] == 6).to_numpy()
    width = (total["hi80"] - total["lo80"]).to_numpy(dtype=float)[last]
    # errors of single periods cancel in part, and are not independent
    assert (width < (added[:, 3] - added[:, 1])[last]).mean() > 0.8
    assert (width > (each["hi80"] - each["lo80"]).to_numpy(dtype=float)[last]).all()


def test_the_interval_of_a_year_holds_it_as_often_as_it_says() -> None:
    whole = _fleet(160, 90, seed=33)
    size = whole.groupby("series_id")["period"].transform("size")
    known = whole.groupby("series_id").cumcount() < size - 12
    found = pf.forecast(whole[known], horizon=12, tier="fast", running=True)
    year = found[found["step"] == 12].set_index("series_id")
    came = whole[~known].groupby("series_id")["value"].sum()
    assert came.between(year["lo80"], year["hi80"]).mean() == pytest.approx(0.80, abs=0.10)


def test_what_cannot_be_asked_is_told(fleet: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="horizon 0 cannot be"):
        pf.forecast(fleet, horizon=0)
    with pytest.raises(ParameterError, match="tier 'slow' is not known"):
        pf.forecast(fleet, tier="slow")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"level 1\.5 cannot be"):
        pf.forecast(fleet, level=1.5)
    with pytest.raises(ParameterError, match="there is no level"):
        pf.forecast(fleet, level=())


def test_a_table_without_a_row_has_no_forecast() -> None:
    table = pd.DataFrame({"period": [], "product": [], "amount": []})
    found = pf.forecast(table)
    assert found.empty
    assert {"row_key", "period", "mean", "lo80", "hi95", "model", "reason"} <= set(found.columns)
