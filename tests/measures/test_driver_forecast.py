from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.structural.movements import movements
from pfkit.period import FiscalCalendar

CALENDAR = FiscalCalendar()


def _company(months: int = 30, *, seed: int = 4, churn: float = 0.03) -> pd.DataFrame:
    """Make customers who come, stay, pay more or less, leave and come back, in two currencies."""
    rng = np.random.default_rng(seed)
    paying = {f"C{k:04d}": 100.0 + 10 * (k % 9) for k in range(150)}
    gone: list[str] = []
    number, parts = 150, []
    for month in range(months):
        leaving = [name for name in paying if rng.random() < churn and month]
        gone += leaving
        for name in leaving:
            del paying[name]
        for name in paying:
            if rng.random() < 0.1:
                paying[name] *= 1.05 if rng.random() < 0.7 else 0.95
        for _ in range(int(rng.poisson(5))):
            paying[f"C{number:04d}"] = 120.0 + rng.normal(0, 10)
            number += 1
        if gone and rng.random() < 0.3:
            paying[gone.pop(0)] = 100.0
        label = period_label(12, 2024 * 12 + month)
        rate = 1.1 + 0.02 * np.sin(month)
        parts.append(
            pd.DataFrame({"customer": list(paying), "amount_local": list(paying.values())}).assign(
                period=label,
                currency=lambda rows: np.where(rows["customer"] < "C0050", "EUR", "USD"),
                rate=lambda rows, rate=rate: np.where(rows["currency"] == "EUR", rate, 1.0),
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def company() -> pd.DataFrame:
    """Make thirty months, to June of 2026."""
    return _company()


@pytest.fixture(scope="module")
def told(company: pd.DataFrame) -> pf.DriverForecast:
    """Forecast a year of it."""
    return pf.driver_forecast(company, period=CALENDAR.period("2026-06"))


def test_drivers_roll_the_past_forward_to_the_cent(company: pd.DataFrame) -> None:
    known = movements(company, CALENDAR.period("2026-06"))
    churn, price, customers, paid, _ = known.drivers.T
    added = np.where(customers > 0, customers * np.nan_to_num(paid), 0.0)
    rolled = known.opening * (1 - churn) * price + added
    assert rolled == pytest.approx(known.closing, abs=0.005)
    assert known.opening[1:] == pytest.approx(known.closing[:-1])


def test_the_past_is_that_of_the_recurring_revenue_bridge(company: pd.DataFrame) -> None:
    known = movements(company, CALENDAR.period("2026-06"))
    bridge = pf.recurring_revenue(company, period=CALENDAR.period("2026-06")).set_index("row_key")
    opening = float(known.opening[-1])
    assert known.drivers[-1, 0] == pytest.approx(-bridge.loc["total", "churn"] / opening)
    assert known.reported[-1] == pytest.approx(bridge.loc["total", "closing"])
    came = bridge.loc["total", ["new_customers", "reactivated_customers"]].sum()
    assert known.drivers[-1, 2] == came
    assert known.drivers[-1, 4] == pytest.approx(
        known.reported[-1] / known.closing[-1] / (known.reported[-2] / known.closing[-2])
    )


def test_months_ahead_add_up(told: pf.DriverForecast, company: pd.DataFrame) -> None:
    months = told.months
    walked = months[["opening", "churn", "repricing", "new", "fx"]].sum(axis=1)
    assert walked.tolist() == pytest.approx(months["closing"].tolist(), rel=1e-9)
    assert months["opening"].tolist()[1:] == pytest.approx(months["closing"].tolist()[:-1])
    last = company[company["period"] == "2026-06"]
    known = (last["amount_local"] * last["rate"]).sum()  # the measure counts whole cents
    assert months["opening"].iloc[0] == pytest.approx(known, abs=1)
    assert months["period"].tolist()[:2] == ["2026-07", "2026-08"]
    assert (months["low"] < months["closing"]).all()
    assert (months["high"] > months["closing"]).all()


def test_totals_come_from_paths_and_hold_the_known_months(
    told: pf.DriverForecast, company: pd.DataFrame
) -> None:
    years = told.years.set_index("label")
    assert list(years.index) == ["12 months ahead", "FY2026"]
    year = company[company["period"].str.startswith("2026")]
    known = (year["amount_local"] * year["rate"]).sum()
    assert years.loc["FY2026", "actual"] == pytest.approx(known, abs=6)
    assert years.loc["FY2026", "months_actual"] == 6
    half = told.paths[:, :6].sum(axis=1)
    assert years.loc["FY2026", "total"] == pytest.approx(known + half.mean(), abs=6)
    assert years.loc["FY2026", "high"] == pytest.approx(known + np.quantile(half, 0.9), abs=6)
    added = told.months["high"].sum() - told.months["low"].sum()
    assert years.loc["12 months ahead", "high"] - years.loc["12 months ahead", "low"] < added


def test_ten_thousand_paths_of_one_seed(company: pd.DataFrame, told: pf.DriverForecast) -> None:
    assert told.paths.shape == (10_000, 12)
    june = CALENDAR.period("2026-06")
    again = pf.driver_forecast(company.sample(frac=1, random_state=2), period=june)
    assert np.array_equal(again.paths, told.paths)
    other = pf.driver_forecast(company, period=june, seed=1, paths=500, level=0.95)
    assert other.paths.shape == (500, 12)
    assert other.months["closing"].tolist() == pytest.approx(
        told.months["closing"].tolist(), rel=0.01
    )
    assert (other.months["low"] < told.months["low"]).all()


def test_drivers_are_those_planted(told: pf.DriverForecast) -> None:
    drivers = told.drivers.set_index("driver")
    assert drivers.loc["churn", "ahead"] == pytest.approx(0.03, abs=0.01)
    assert drivers.loc["new customers", "ahead"] == pytest.approx(5.3, abs=1.5)
    assert drivers.loc["price", "ahead"] == pytest.approx(
        1 + 0.1 * (0.7 * 0.05 - 0.3 * 0.05), abs=0.003
    )
    assert drivers.loc["exchange rate", "ahead"] == pytest.approx(1.0, abs=1e-3)
    assert (drivers["low"] <= drivers["ahead"]).all()
    assert drivers["n"].drop("new price").tolist() == [29] * 4


def test_both_ways_are_replayed_from_the_same_origins(
    told: pf.DriverForecast, company: pd.DataFrame
) -> None:
    rows = told.compared.set_index("method")
    assert rows["origins"].tolist() == [5, 5]
    assert rows["tested"].tolist() == [3 + 6 + 9 + 12 + 12] * 2
    sums = (company["amount_local"] * company["rate"]).groupby(company["period"]).sum()
    missed = size = 0.0
    for last in ("2026-03", "2025-12", "2025-09", "2025-06", "2025-03"):
        ahead = sums[sums.index > last].head(12)
        known = sums[(sums.index <= last) & (sums.index > "2024-01")]
        table = pd.DataFrame({"period": known.index, "value": known.to_numpy()})
        mean = pf.forecast(table, horizon=len(ahead), level=0.80)["mean"].to_numpy(dtype=float)
        missed += np.abs(mean - ahead.to_numpy()).sum()
        size += ahead.sum()
    assert rows.loc["direct", "error_rate"] == pytest.approx(missed / size, rel=1e-4)
    closer = rows["error_rate"].idxmin()
    near = rows["error_rate"].min() > 0.95 * rows["error_rate"].max()
    assert rows.index[rows["use"]].tolist() == ["direct" if near else closer]
    assert rows["reason"].iloc[0].startswith("direct" if near else closer)
    assert "over 42 months ahead of 5 origins" in rows["reason"].iloc[0]


def test_too_little_to_replay_leaves_the_direct_one() -> None:
    told = pf.driver_forecast(_company(15), period=CALENDAR.period("2025-03"), paths=200)
    rows = told.compared.set_index("method")
    assert rows["origins"].tolist() == [0, 0]
    assert rows["error_rate"].isna().all()
    assert rows["use"].tolist() == [False, True]
    assert rows["reason"].iloc[0].startswith("direct: 0 origins compare nothing")


def test_a_base_that_nothing_moves_is_certain() -> None:
    rows = pd.DataFrame(
        [(period_label(12, 2024 * 12 + k), f"C{n}", 10.0) for k in range(14) for n in range(5)],
        columns=["period", "customer", "amount_local"],
    ).assign(currency="EUR", rate=1.0)
    told = pf.driver_forecast(rows, period=CALENDAR.period("2025-02"), paths=50, horizon=3)
    assert told.paths.tolist() == [[50.0] * 3] * 50
    drivers = told.drivers.set_index("driver")
    assert drivers.loc["churn", "reason"] == "it never moved"
    assert drivers.loc["new price", "reason"] == "not known in 13 of 13 months; it never moved"
    assert pd.isna(drivers.loc["new price", "last"])


def test_twelve_months_are_too_few() -> None:
    with pytest.raises(MeasureError) as caught:
        pf.driver_forecast(_company(12), period=CALENDAR.period("2024-12"))
    assert str(caught.value) == (
        "recurring: 11 months of movements drive no forecast\n"
        "  -> Give at least 13 months; forecast needs fewer."
    )


def test_what_cannot_be_asked_for(company: pd.DataFrame) -> None:
    june = CALENDAR.period("2026-06")
    with pytest.raises(ParameterError, match="horizon 0 cannot be"):
        pf.driver_forecast(company, period=june, horizon=0)
    with pytest.raises(ParameterError, match="paths 0 cannot be"):
        pf.driver_forecast(company, period=june, paths=0)
    with pytest.raises(ParameterError, match=r"level 80\.0 cannot be"):
        pf.driver_forecast(company, period=june, level=80.0)
    with pytest.raises(ContractError, match="column 'rate' is not there"):
        pf.driver_forecast(company.drop(columns="rate"), period=june)
