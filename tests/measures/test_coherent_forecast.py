from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pfkit as pf
from pfkit.errors import ContractError, ParameterError
from pfkit.measures.coherent.solve import METHODS

BY = ["family", "product"]
QUICK = {"tier": "fast", "samples": 100}


def _months(first: int, count: int) -> list[str]:
    at = [2020 * 12 + first + k for k in range(count)]
    return [f"{one // 12}-{one % 12 + 1:02d}" for one in at]


def _sold(
    seed: int = 0, *, products: int = 5, count: int = 48, level: float = 100.0, first: int = 0
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    months = _months(first, count)
    season = 1 + 0.3 * np.sin(np.arange(count) / 6 * np.pi)
    parts = []
    for k in range(products):
        noise = np.maximum(rng.normal(level * (k + 1), 30, count) * season, 0.0)
        named = {"family": f"F{k % 2}", "product": f"P{k}", "period": months}
        parts.append(pd.DataFrame(named | {"amount": noise.round(2)}))
    return pd.concat(parts, ignore_index=True)


def _gaps(said: pd.DataFrame, column: str, *, month: str = "month") -> tuple[float, float]:
    """Return how far sums over products, and over periods, are from those told."""
    wide = said.pivot_table(index=BY, columns="period", values=column, sort=False).astype(float)
    family, product = wide.index.get_level_values(0), wide.index.get_level_values(1)
    company = wide[(family == "(all)")].to_numpy()[0]
    lowest, middle = wide[product != "(all)"], wide[(product == "(all)") & (family != "(all)")]
    across = np.abs(lowest.sum().to_numpy() - company).max()
    across = max(across, np.abs(middle.sum().to_numpy() - company).max())
    sums = lowest.groupby(level=0).sum().to_numpy() - middle.to_numpy()
    along = [0.0]
    grain = said.drop_duplicates("period").set_index("period")["grain"]
    for span in grain[grain != month].index:
        year = span.startswith("FY")
        inside = [
            one
            for one in grain[grain == month].index
            if (one[:4] == span[2:] if year else f"{one[:4]}Q{(int(one[5:]) + 2) // 3}" == span)
        ]
        along.append(np.abs(wide[inside].sum(axis=1) - wide[span]).max())
    return max(across, np.abs(sums).max()), max(along)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    method=st.sampled_from(METHODS),
    level=st.sampled_from([2.0, 100.0]),
    count=st.integers(14, 50),
)
def test_everything_adds_up_in_both_directions_and_stays_above_zero(
    seed: int, method: str, level: float, count: int
) -> None:
    sold = _sold(seed, level=level, count=count)
    said = pf.coherent_forecast(sold, by=BY, horizon=14, method=method, **QUICK)
    size = float(said["mean"].max())
    across, along = _gaps(said, "mean")
    assert across <= 1e-9 * max(size, 1)
    assert along <= 1e-9 * max(size, 1)
    assert (said["mean"] >= 0).all()
    for low, high in (("lo80", "hi80"), ("lo95", "hi95")):
        assert (said[low] >= 0).all()
        assert (said[low] <= said["mean"]).all()
        assert (said["mean"] <= said[high]).all()
    assert (said["lo95"] <= said["lo80"] + 1e-9 * size).all()
    assert (said["hi80"] <= said["hi95"] + 1e-9 * size).all()
    assert said["row_key"].is_unique


def test_bottom_up_is_the_sum_of_forecasts_of_products() -> None:
    sold = _sold()
    said = pf.coherent_forecast(sold, by=BY, horizon=6, method="bottom_up", **QUICK)
    lowest = said[(said["depth"] == 2) & (said["grain"] == "month")]
    assert (lowest["mean"] == lowest["base"]).all()
    total = said[(said["depth"] == 0) & (said["grain"] == "month")].set_index("period")["mean"]
    np.testing.assert_allclose(total, lowest.groupby("period")["base"].sum(), rtol=1e-12)


def test_base_is_what_forecast_says_of_the_same_fleet() -> None:
    sold = _sold(products=3)
    said = pf.coherent_forecast(sold, by="product", horizon=6, temporal=False, **QUICK)
    assert set(said["grain"]) == {"month"}
    whole = sold.assign(series_id=sold["product"])[["series_id", "period", "amount"]]
    total = sold.groupby("period", as_index=False)["amount"].sum().assign(series_id="A total")
    fleet = pd.concat([total, whole])
    alone = pf.forecast(fleet, horizon=6, tier="fast").sort_values(["series_id", "period"])
    np.testing.assert_allclose(said["base"].astype(float), alone["mean"].astype(float), rtol=1e-9)


def test_a_projection_by_structure_is_the_textbook_formula() -> None:
    sold = _sold(products=3, count=60)
    said = pf.coherent_forecast(sold, by="product", horizon=3, **QUICK)
    base = said["base"].to_numpy(dtype=float).reshape(4, 4)  # three months and their quarter
    sums = np.kron(
        np.concatenate([np.ones((1, 3)), np.eye(3)]),
        np.concatenate([np.eye(3), np.ones((1, 3))]),
    )
    weights = 1 / np.kron([3.0, 1, 1, 1], [1.0, 1, 1, 3])
    inner = np.linalg.inv(sums.T @ (weights[:, None] * sums))
    expected = sums @ inner @ sums.T @ (weights * base.ravel())
    np.testing.assert_allclose(said["mean"].astype(float), expected, rtol=1e-9)
    np.testing.assert_allclose(
        said["adjustment"].astype(float), expected - base.ravel(), atol=1e-9 * base.max()
    )
    rate = said["adjustment_rate"].astype(float)
    np.testing.assert_allclose(rate, expected / base.ravel() - 1, atol=1e-12)


def test_series_that_never_change_need_no_adjustment() -> None:
    months = _months(0, 36)
    sold = pd.concat(
        pd.DataFrame({"product": name, "period": months, "amount": amount})
        for name, amount in (("x", 10.0), ("y", 30.0))
    )
    said = pf.coherent_forecast(sold, by="product", horizon=12, **QUICK)
    np.testing.assert_allclose(said["adjustment"].astype(float), 0.0, atol=1e-9)
    year = said[said["grain"] == "year"].set_index("product")["mean"]
    assert year["(all)"] == pytest.approx(40 * 12)


def test_a_series_that_can_be_negative_is_free() -> None:
    sold = _sold(products=3)
    back = sold["product"] == "P0"
    sold["amount"] = sold["amount"].where(~back, -sold["amount"])
    said = pf.coherent_forecast(sold, by=BY, horizon=6, **QUICK)
    returns = said[said["product"] == "P0"]
    assert (returns["mean"] < 0).all()
    assert (said.loc[said["product"] == "P1", "mean"] >= 0).all()
    assert _gaps(said, "mean")[0] <= 1e-9 * 1000


def test_fiscal_quarters_and_years_that_have_begun_hold_what_is_known() -> None:
    sold = _sold(count=40)  # the last known month is 2023-04
    said = pf.coherent_forecast(
        sold, by=BY, horizon=14, year_start=4, begun=True, method="bottom_up", **QUICK
    )
    company = said[said["depth"] == 0].set_index("period")
    april = sold.loc[sold["period"] == "2023-04", "amount"].sum()
    assert company.loc["FY2024", "known"] == pytest.approx(april, abs=1e-3)
    months = company[company["grain"] == "month"]["mean"]
    assert company.loc["FY2024", "mean"] == pytest.approx(april + months.iloc[:11].sum(), abs=1e-3)
    assert company.loc["2024Q1", "mean"] == pytest.approx(april + months.iloc[:2].sum(), abs=1e-3)
    assert "1 month of it known" in company.loc["FY2024", "reason"]
    only = pf.coherent_forecast(sold, by=BY, horizon=14, year_start=4, **QUICK)
    assert "FY2024" not in set(only["period"])
    assert {"2024Q2", "2024Q3", "2024Q4"} <= set(only["period"])
    assert (only["known"] == 0).all()


def test_crossed_columns_add_up_every_way() -> None:
    sold = _sold(products=6)
    sold["product"] = sold["product"].map(lambda name: f"P{int(name[1:]) // 2}")
    said = pf.coherent_forecast(sold, by=BY, horizon=6, crossed=True, **QUICK)
    months = said[said["grain"] == "month"]
    cells = months[months["depth"] == 2]
    for column, other in (("family", "product"), ("product", "family")):
        told = months[(months["depth"] == 1) & (months[other] == "(all)")]
        summed = cells.groupby([column, "period"])["mean"].sum()
        found = told.set_index([column, "period"])["mean"].sort_index()
        np.testing.assert_allclose(found.astype(float), summed.astype(float), atol=1e-9 * 2000)


def test_the_order_of_rows_does_not_matter_and_the_input_stays() -> None:
    sold = _sold(products=3)
    kept = sold.copy()
    said = pf.coherent_forecast(sold, by=BY, horizon=6, **QUICK)
    mixed = pf.coherent_forecast(sold.sample(frac=1, random_state=1), by=BY, horizon=6, **QUICK)
    pd.testing.assert_frame_equal(said, mixed)
    pd.testing.assert_frame_equal(sold, kept)


def test_amounts_in_another_currency_are_other_numbers_and_nothing_else() -> None:
    sold = _sold(products=3)
    said = pf.coherent_forecast(sold, by=BY, horizon=6, **QUICK)
    dear = pf.coherent_forecast(sold.assign(amount=sold["amount"] * 8), by=BY, horizon=6, **QUICK)
    # bounds go by ranks of errors, which digits beyond the sixteenth may swap
    for column, apart in (("base", 1e-9), ("mean", 1e-9), ("lo80", 0.01), ("hi80", 0.01)):
        np.testing.assert_allclose(
            dear[column].astype(float), 8 * said[column].astype(float), rtol=apart
        )


def _asked(**said: object) -> pd.DataFrame:
    plain = {"override": "O-1", "family": "F0", "product": "", "period": "2024-02"}
    plain |= {"entered_by": "Ines Moreau", "reason": "A tender was won", "until": ""}
    return pd.DataFrame([plain | said])


def test_an_override_is_held_and_the_rest_still_adds_up() -> None:
    said = pf.coherent_forecast(_sold(), by=BY, horizon=14, overrides=_asked(value=1234.5), **QUICK)
    held = said[(said["override"] == "O-1")]
    assert held[["family", "product", "period"]].to_numpy().tolist() == [["F0", "(all)", "2024-02"]]
    assert held["mean"].tolist() == pytest.approx([1234.5], abs=1e-9)
    across, along = _gaps(said, "mean")
    assert max(across, along) <= 1e-9 * float(said["mean"].max())
    assert (said["mean"] >= 0).all()
    np.testing.assert_allclose(
        (said["before"] + said["effect"]).astype(float), said["mean"].astype(float)
    )
    without = pf.coherent_forecast(_sold(), by=BY, horizon=14, **QUICK)
    np.testing.assert_allclose(said["before"].astype(float), without["mean"].astype(float))
    assert not said.astype(str).apply(lambda column: column.str.contains("Ines")).any().any()


def test_an_override_to_nothing_leaves_nothing_beneath() -> None:
    said = pf.coherent_forecast(
        _sold(), by=BY, horizon=3, overrides=_asked(value=0.0, period="2024-01"), **QUICK
    )
    month = said[(said["period"] == "2024-01") & (said["family"] == "F0")]
    np.testing.assert_allclose(month["mean"].astype(float), 0.0, atol=1e-9)


def test_an_interval_moves_with_an_override_and_stays_as_wide() -> None:
    plain = pf.coherent_forecast(_sold(), by=BY, horizon=3, **QUICK).set_index("row_key")
    moved = pf.coherent_forecast(
        _sold(), by=BY, horizon=3, overrides=_asked(change=50.0, period="2024-01"), **QUICK
    ).set_index("row_key")
    key = "f0|2024-01"
    for bound in ("lo80", "hi80"):
        assert moved.loc[key, bound] == pytest.approx(plain.loc[key, bound] + 50, rel=1e-3)


def test_overrides_that_contradict_are_named() -> None:
    both = pd.concat([_asked(value=10.0), _asked(override="O-2", value=20.0)], ignore_index=True)
    with pytest.raises(ContractError, match=r"'O-1' .* and override 'O-2' .* contradict"):
        pf.coherent_forecast(_sold(), by=BY, horizon=14, overrides=both, **QUICK)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"method": "mint"}, "method 'mint' is not known"),
        ({"tier": "slow"}, "tier 'slow' is not known"),
        ({"horizon": 0}, "horizon 0 cannot be"),
        ({"samples": 10}, "samples 10 are too few"),
        ({"level": 1.5}, "level 1.5 cannot be"),
        ({"year_start": 0}, "year_start 0 is no month"),
    ],
)
def test_arguments_that_cannot_be(said: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        pf.coherent_forecast(_sold(), by=BY, **said)


def test_two_years_of_a_trend_are_not_pulled_down_by_quarters_too_few_to_test() -> None:
    months = _months(0, 24)
    rising = [100.0 + 2 * k + (k * 7 % 5) / 5 for k in range(24)]
    sold = pd.concat(
        pd.DataFrame({"product": name, "period": months, "amount": [size * v for v in rising]})
        for name, size in {"Atlas": 1.0, "Borea": 2.0, "Cedar": 5.0}.items()
    )
    told = pf.coherent_forecast(sold, by="product", horizon=6)
    company = told[(told["depth"] == 0) & (told["grain"] == "month")]
    lines = told[(told["depth"] == 1) & (told["grain"] == "month")].groupby("period")["base"].sum()
    # what adds up lies between what the company and its products say by themselves
    ends = np.sort([company["base"].to_numpy(float), lines.to_numpy(float)], axis=0)
    mean = company["mean"].to_numpy(float)
    assert (mean >= ends[0] - 1e-6).all()
    assert (mean <= ends[1] + 1e-6).all()


def test_a_table_without_a_row_has_no_forecast() -> None:
    table = pd.DataFrame({"period": [], "product": [], "amount": []})
    found = pf.coherent_forecast(table, by="product")
    assert found.empty
    assert {"row_key", "period", "mean", "lo80", "hi95", "model", "reason"} <= set(found.columns)
