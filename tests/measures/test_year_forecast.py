from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.periods import period_label
from pfkit.period import FiscalCalendar


def _noise(size: int = 60, length: int = 66, *, spread: float = 10.0) -> pd.DataFrame:
    """Return months to 2026-06 of series around a hundred, in three families."""
    rng = np.random.default_rng(2)
    first = 2026 * 12 + 6 - length
    return pd.DataFrame(
        {
            "family": np.repeat([f"f{k % 3}" for k in range(size)], length),
            "product": np.repeat([f"p{k:02d}" for k in range(size)], length),
            "period": [period_label(12, first + k) for k in range(length)] * size,
            "amount": 100 + rng.normal(0, spread, size * length),
        }
    )


@pytest.fixture(scope="module")
def sold() -> pd.DataFrame:
    return _noise()


@pytest.fixture(scope="module")
def landed(sold: pd.DataFrame) -> pd.DataFrame:
    budget = pd.DataFrame(
        {"period": "FY2026", "product": "p00", "family": "f0", "budget": [1200.0]}
    )
    by = ["family", "product"]
    return pf.year_forecast(sold, by=by, sums="family", budget=budget, tier="fast")


def _column(rows: pd.DataFrame, name: str) -> np.ndarray:
    return rows[name].to_numpy(dtype=float)


def test_the_year_is_what_is_known_and_what_comes(sold: pd.DataFrame, landed: pd.DataFrame) -> None:
    known = sold[sold["period"] >= "2026-01"].groupby("product")["amount"].sum()
    ahead = pf.forecast(sold, by=["family", "product"], horizon=6, tier="fast")
    rest = ahead.groupby("product")["mean"].sum()
    items = landed[landed["role"] == "item"].sort_values("product", kind="stable")
    year = items[items["span"] == "year"].set_index("product")
    assert _column(year, "actual_to_date") == pytest.approx(known.to_numpy())
    assert _column(year, "mean") == pytest.approx((known + rest).to_numpy(dtype=float))
    left = items[items["span"] == "remaining"].set_index("product")
    assert _column(left, "mean") == pytest.approx(rest.to_numpy(dtype=float))
    assert set(year["ahead"]) == {6}
    assert set(left["period"]) == {"2026-07..2026-12"}
    quarters = items[items["span"] == "quarter"].groupby("product")["mean"].sum()
    assert quarters.to_numpy(dtype=float) == pytest.approx(_column(year, "mean"))


def test_half_the_noise_of_a_year_is_the_root_of_six_months(landed: pd.DataFrame) -> None:
    year = landed[(landed["role"] == "item") & (landed["span"] == "year")]
    half = (_column(year, "hi80") - _column(year, "lo80")).mean() / 2
    # six independent months of a deviation of 10, plus what the level's own error adds
    least = NormalDist().inv_cdf(0.90) * 10 * np.sqrt(6)
    assert least < half < 1.5 * least
    single = NormalDist().inv_cdf(0.90) * 10
    assert half < 0.8 * 6 * single  # bounds of months added up


def test_independent_series_add_up_by_the_root_of_their_number(landed: pd.DataFrame) -> None:
    year = landed[landed["span"] == "year"]
    wide = {
        role: _column(rows, "hi80") - _column(rows, "lo80") for role, rows in year.groupby("role")
    }
    size = len(wide["item"])
    assert size == 60
    # between independence and all alike, and much nearer to the first
    assert np.sqrt(size) < wide["total"][0] / wide["item"].mean() < 0.4 * size
    assert len(wide["subtotal"]) == 3
    means = year.groupby("role")["mean"].sum()
    assert means["total"] == pytest.approx(means["item"]) == pytest.approx(means["subtotal"])


def test_the_probability_is_that_of_the_normal_distribution() -> None:
    # one month left, noise of a known size: P(x >= b) = 1 - Phi((b - mean) / sigma)
    rows = _noise(400, 65, spread=10.0)
    rows["period"] = [period_label(12, 2026 * 12 + 11 - 65 + k) for k in range(65)] * 400
    budget = rows.groupby("product", as_index=False)[["family"]].first()
    target = pf.forecast(rows, by="product", horizon=1, tier="fast")
    for distance in (-10.0, 0.0, 5.0):
        plan = budget.assign(period="2026-12", budget=_column(target, "mean") + distance)
        found = pf.year_forecast(rows, by="product", budget=plan, tier="fast")
        left = found[(found["span"] == "remaining") & (found["role"] == "item")]
        expected = 1 - NormalDist(sigma=10.4).cdf(distance)
        assert _column(left, "meets_budget_share").mean() == pytest.approx(expected, abs=0.03)


def test_spending_meets_its_budget_by_staying_within(sold: pd.DataFrame) -> None:
    rows = sold[sold["product"] == "p00"]
    plan = pd.DataFrame({"period": ["FY2026"], "budget": [1220.0]})
    met = [
        pf.year_forecast(rows, budget=plan, favorable_when=when, tier="fast").iloc[0]  # type: ignore[arg-type]
        for when in ("higher", "lower")
    ]
    assert met[0]["meets_budget_share"] + met[1]["meets_budget_share"] == pytest.approx(1.0)
    assert bool(met[0]["favorable"]) is not bool(met[1]["favorable"])
    assert met[0]["variance"] == pytest.approx(met[0]["mean"] - 1220.0)


def test_what_is_not_budgeted_says_so(landed: pd.DataFrame) -> None:
    year = landed[landed["span"] == "year"]
    bare = year[(year["role"] == "item") & (year["product"] != "p00")]
    assert set(bare["reason"]) == {"no budget"}
    assert set(bare["landing"]) == {"not planned"}
    assert bare["meets_budget_share"].isna().all()
    total = year[year["role"] == "total"].iloc[0]
    assert total["reason"] == "sum of 60 series; 59 of them without budget"


def test_the_same_seed_gives_the_same_digits(sold: pd.DataFrame) -> None:
    few = sold[sold["product"] < "p06"]
    first, again, other = (
        pf.year_forecast(few, by="product", tier="fast", seed=seed) for seed in (3, 3, 4)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first["lo80"].equals(other["lo80"])


def test_a_fiscal_year_begins_where_it_is_said_to(sold: pd.DataFrame) -> None:
    few = sold[sold["product"] < "p04"]
    found = pf.year_forecast(few, by="product", year_start=7, tier="fast")
    year = found[found["span"] == "year"]
    # June has come: the year to come is July to June
    assert set(year["period"]) == {"FY2027"}
    assert (year["actual_to_date"] == 0).all()
    period = FiscalCalendar(year_start=4).period("2026-03")
    found = pf.year_forecast(
        few, by="product", period=FiscalCalendar().period("2026-03"), tier="fast"
    )
    assert set(found.loc[found["span"] == "year", "ahead"]) == {9}
    found = pf.year_forecast(few, by="product", period=period, tier="fast")
    assert set(found.loc[found["span"] == "year", "period"]) == {"FY2027"}


def test_a_series_that_ended_adds_nothing(sold: pd.DataFrame) -> None:
    few = sold[sold["product"] < "p04"]
    over = few[(few["product"] != "p01") | (few["period"] < "2025-03")]
    late = over[(over["product"] != "p02") | (over["period"] < "2026-06")]
    found = pf.year_forecast(late, by="product", tier="fast")
    year = found[found["span"] == "year"].set_index("product")
    assert year.loc["p01", "reason"] == "no value since 2025-02: nothing more is expected"
    assert year.loc["p01", ["mean", "lo80", "hi80", "ahead"]].tolist() == [0.0, 0.0, 0.0, 0]
    assert year.loc["p02", "ahead"] == 7
    assert year.loc["p02", "reason"] == "the last value is of 2026-05"


def test_one_value_has_no_interval_and_no_probability() -> None:
    rows = pd.DataFrame({"period": ["2026-06"], "amount": [5.0]})
    plan = pd.DataFrame({"period": ["FY2026"], "budget": [30.0]})
    year = pf.year_forecast(rows, budget=plan, tier="fast").iloc[0]
    assert year["mean"] == pytest.approx(35.0)
    assert year[["lo80", "meets_budget_share"]].isna().all()
    assert "no interval" in year["reason"]


def test_a_budget_of_part_of_the_year_says_so(sold: pd.DataFrame) -> None:
    rows = sold[sold["product"] == "p00"]
    plan = pd.DataFrame({"period": ["2026-11", "2026-12"], "budget": [90.0, 90.0]})
    found = pf.year_forecast(rows, budget=plan, tier="fast")
    year = found[found["span"] == "year"].iloc[0]
    assert year["budget"] == 180.0
    assert year["reason"] == "the budget states 2 of 12 periods"


def test_probabilities_come_true_as_often_as_they_say() -> None:
    rows = _noise(400)
    rng = np.random.default_rng(6)
    products = sorted(set(rows["product"]))
    plan = pd.DataFrame({"product": products, "period": "2026Q2"})
    plan["budget"] = 300 + rng.normal(0, 20, len(plan))
    period = FiscalCalendar().period("2026-03")
    found = pf.year_forecast(rows, by="product", budget=plan, period=period, tier="fast")
    quarter = found[(found["period"] == "2026Q2") & (found["role"] == "item")]
    came = rows[rows["period"].isin(["2026-04", "2026-05", "2026-06"])].groupby("product")["amount"]
    met = (came.sum().to_numpy() >= plan["budget"].to_numpy()).astype(float)
    said = _column(quarter, "meets_budget_share")
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
        some = (said >= low) & (said < high)
        assert met[some].mean() == pytest.approx(said[some].mean(), abs=0.09)
    assert ((said - met) ** 2).mean() < 0.75 * met.mean() * (1 - met.mean())


def test_a_series_that_is_only_planned_is_left_out_and_named(sold: pd.DataFrame) -> None:
    few = sold[sold["product"] < "p02"]
    new = pd.DataFrame({"product": ["p99"], "period": ["2026-09"], "amount": [None]})
    found = pf.year_forecast(pd.concat([few, new]), by="product", tier="fast")
    assert set(found["product"]) == {"p00", "p01", "(all)"}
    assert found.attrs["reason"] == "without a value yet, and left out: p99"


def test_what_cannot_be_asked_is_told(sold: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="sums 'region' is no column that names a series"):
        pf.year_forecast(sold, by="product", sums="region")
    with pytest.raises(ParameterError, match="favorable_when 'up' is not known"):
        pf.year_forecast(sold, by="product", favorable_when="up")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="10 paths say too little"):
        pf.year_forecast(sold, by="product", paths=10)
    with pytest.raises(ParameterError, match="tier 'slow' is not known"):
        pf.year_forecast(sold, by="product", tier="slow")  # type: ignore[arg-type]
    mixed = pd.DataFrame(
        {"series_id": ["a", "b"], "period": ["2026-01", "2026Q1"], "amount": [1.0, 2.0]}
    )
    with pytest.raises(ContractError, match="holds months and quarters"):
        pf.year_forecast(mixed)


def test_a_table_without_a_row_has_no_forecast() -> None:
    table = pd.DataFrame({"period": [], "product": [], "amount": []})
    found = pf.year_forecast(table, by="product")
    assert found.empty
    assert {"row_key", "period", "mean", "lo80", "hi95", "model", "reason"} <= set(found.columns)


def test_a_budget_that_names_no_series_is_compared_with_the_sum_alone() -> None:
    months = [f"2025-{month:02d}" for month in range(1, 13)] + ["2026-01"]
    sold = pd.DataFrame(
        [(month, name, 100.0) for month in months for name in ("Atlas", "Borea")]
        + [("2026-01", "(none)", 0.0)],
        columns=["period", "product", "amount"],
    )
    plan = pd.DataFrame({"period": ["FY2026"], "product": ["(none)"], "budget": [3000.0]})
    found = pf.year_forecast(
        sold, by="product", budget=plan, period=FiscalCalendar().period("2026-01")
    )
    year = found[found["span"] == "year"].set_index("product")
    assert pd.isna(year.loc["(none)", "variance"])
    assert year.loc["(none)", "reason"].startswith("the budget states no products")
    # twelve months of 200 against 3000
    assert year.loc["(all)", "variance"] == pytest.approx(-600.0, abs=1.0)
