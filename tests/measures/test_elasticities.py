from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import pfkit as pf
from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.periods import period_label
from pfkit.measures.structural.loglog import BREADTH

if TYPE_CHECKING:
    from collections.abc import Callable

TRUE = -1.4


def _months(count: int) -> list[str]:
    return [period_label(12, 2020 * 12 + k) for k in range(count)]


def _follow(rng: np.random.Generator, count: int, by: float) -> np.ndarray:
    found = rng.normal(0, 0.05, count)
    for k in range(1, count):
        found[k] += by * found[k - 1]
    return found


def _sold(seed: int, count: int = 60, *, by: float = 0.5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    price, noise = _follow(rng, count, by), _follow(rng, count, by)
    season = np.tile(rng.normal(0, 0.1, 12), 20)[:count]
    volume = 5 + TRUE * price + season + 0.003 * np.arange(count) + noise
    return pd.DataFrame(
        {"period": _months(count), "price": np.exp(2 + price), "quantity": np.exp(volume)}
    )


def test_the_planted_elasticity_is_found() -> None:
    row = pf.elasticities(_sold(1)).iloc[0]
    assert abs(row["elasticity"] - TRUE) < 3 * row["error"]
    assert row["low"] < row["elasticity"] < row["high"] < 0
    assert row["p"] < 0.01
    assert row["verdict"] in {"elastic", "unclear"}


def test_intervals_hold_what_they_say() -> None:
    # 80 % of 60: between 39 and 57 by the binomial distribution in all but one case of a thousand
    found = pd.concat([pf.elasticities(_sold(seed), level=0.80) for seed in range(60)])
    assert 39 <= int(((found["low"] <= TRUE) & (found["high"] >= TRUE)).sum()) <= 57


def test_errors_are_those_of_newey_and_west() -> None:
    sold = _sold(2, 22, by=0.0)  # too short for a season
    row = pf.elasticities(sold).iloc[0]
    assert row["form"] == "levels: nothing wanders"
    assert row["memory"] == round(BREADTH * np.sqrt(22))
    design = np.column_stack([np.log(sold["price"]), np.ones(22), np.arange(22)])
    plain = sm.OLS(np.log(sold["quantity"]), design).fit(
        cov_type="HAC", cov_kwds={"maxlags": int(row["memory"]), "use_correction": True}
    )
    assert row["elasticity"] == pytest.approx(plain.params.iloc[0], rel=1e-9)
    assert row["error"] == pytest.approx(plain.bse.iloc[0], rel=1e-9)
    assert row["high"] - row["low"] > 2 * 1.2816 * row["error"]  # wider than a normal would have it


def test_two_that_wander_apart_are_told_in_differences() -> None:
    # Granger and Newbold: levels of two walks that have nothing in common seem to
    seeming, held = 0, 0
    for seed in range(12):
        walks = np.exp(np.random.default_rng(seed).normal(0, 0.05, (2, 80)).cumsum(1))
        table = pd.DataFrame({"period": _months(80), "price": walks[0], "quantity": walks[1]})
        design = sm.add_constant(np.log(walks[0]))
        seeming += abs(sm.OLS(np.log(walks[1]), design).fit().tvalues[1]) > 1.99
        row = pf.elasticities(table, level=0.95).iloc[0]
        held += row["low"] <= 0 <= row["high"]
        if row["form"].startswith("first differences: they wander apart"):
            assert "Engle-Granger, p 0." in row["form"]
    assert seeming >= 6  # where 1 would be chance
    assert held >= 10


def test_two_that_wander_together_keep_their_levels() -> None:
    rng = np.random.default_rng(4)
    price = rng.normal(0, 0.05, 80).cumsum()
    volume = TRUE * price + rng.normal(0, 0.03, 80)
    table = pd.DataFrame(
        {"period": _months(80), "price": np.exp(price), "quantity": np.exp(volume)}
    )
    row = pf.elasticities(table).iloc[0]
    assert row["form"].startswith("levels: they wander together (Engle-Granger, p 0.0")
    assert abs(row["elasticity"] - TRUE) < 3 * row["error"] + 0.02


def test_lags_add_up() -> None:
    rng = np.random.default_rng(9)
    price = rng.normal(0, 0.1, 90)
    volume = -1.0 * price[1:] - 0.5 * price[:-1] + rng.normal(0, 0.03, 89)
    table = pd.DataFrame(
        {"period": _months(89), "price": np.exp(price[1:]), "quantity": np.exp(volume)}
    )
    found = pf.elasticities(table, lags=1).set_index("span")
    for span, planted in (("at once", -1.0), ("in all", -1.5)):
        assert abs(found.loc[span, "elasticity"] - planted) < 3 * found.loc[span, "error"]
    assert found["row_key"].tolist() == ["price|at-once", "price|in-all"]


def test_several_drivers_and_products_in_any_order() -> None:
    parts = [_sold(seed).assign(product=name) for seed, name in ((1, "Atlas"), (2, "Borea"))]
    rng = np.random.default_rng(0)
    table = pd.concat(parts, ignore_index=True).assign(adverts=np.exp(rng.normal(0, 0.2, 120)))
    table["quantity"] *= table["adverts"] ** 0.3
    found = pf.elasticities(table, of=["price", "adverts"], by="product")
    assert found["row_key"].tolist() == [
        "atlas|price|at-once",
        "atlas|adverts|at-once",
        "borea|price|at-once",
        "borea|adverts|at-once",
    ]
    mixed = pf.elasticities(
        table.sample(frac=1, random_state=3), of=["price", "adverts"], by="product"
    )
    pd.testing.assert_frame_equal(found, mixed)
    adverts = found[found["driver"] == "adverts"]
    assert ((adverts["elasticity"] - 0.3).abs() < 3 * adverts["error"]).all()


def test_lines_of_invoices_are_added_up_by_period() -> None:
    sold = _sold(1)
    half = sold.assign(quantity=sold["quantity"] / 2)
    lines = pd.concat([half, half]).assign(amount=lambda rows: rows["price"] * rows["quantity"])
    lines = lines.assign(price=1.0)  # the price of a line is not that of the month
    lines["invoice_date"] = pd.to_datetime(lines.pop("period") + "-17")
    pd.testing.assert_frame_equal(pf.elasticities(lines), pf.elasticities(sold), rtol=1e-9)


def _refused(table: pd.DataFrame, **more: object) -> pd.Series:
    row = pf.elasticities(table, **more).iloc[0]  # type: ignore[arg-type]
    assert row["verdict"] == "refused"
    assert row[["elasticity", "error", "low", "high", "p"]].isna().all()
    return row


def test_what_hardly_varied_is_refused() -> None:
    sold = _sold(1)
    flat = sold.assign(price=10 + np.arange(60) % 2 / 100)
    assert _refused(flat)["reason"] == "price hardly varied: its spread is 0.05 %"
    once = sold.assign(price=[10.0] * 30 + [12.0] * 30)
    assert _refused(once)["reason"].startswith("price changed once: what a change did is told by")
    twice = sold.assign(price=[10.0] * 30 + [12.0] * 20 + [11.0] * 10)
    assert _refused(twice)["reason"].startswith("price changed 2 times")


def test_what_is_too_short_is_refused() -> None:
    assert _refused(_sold(1, 15))["reason"] == "15 periods are too few, 16 are needed"
    assert _refused(_sold(1, 16), lags=2)["reason"] == "16 periods are too few, 18 are needed"
    rng = np.random.default_rng(0)
    crowded = _sold(1, 25).assign(**{f"x{k}": np.exp(rng.normal(0, 1, 25)) for k in range(7)})
    row = _refused(crowded, of=["price", *(f"x{k}" for k in range(7))])
    assert "are too few for" in row["reason"]


def test_what_moves_together_is_refused() -> None:
    sold = _sold(1)
    rng = np.random.default_rng(0)
    twin = sold.assign(list_price=sold["price"] * np.exp(rng.normal(0, 0.005, 60)))
    found = _refused(twin, of=["price", "list_price"])
    assert found["reason"].startswith("price moves with the other drivers (99.")


def test_what_has_no_logarithm_is_refused() -> None:
    sold = _sold(1)
    sold.loc[4, "quantity"] = 0.0
    said = "there are values at or below zero, which have no logarithm"
    assert _refused(sold)["reason"] == said


def test_periods_without_a_number_are_told() -> None:
    sold = _sold(1)
    sold.loc[[7, 8], "price"] = np.nan
    row = pf.elasticities(sold).iloc[0]
    assert row["reason"] == "2 periods without a number are left out"
    assert pf.elasticities(_sold(1, 20)).iloc[0]["reason"] == "20 periods: too few for a season"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda rows: rows.rename(columns={"price": "prise"}),
            "The closest known column is 'prise'",
        ),
        (
            lambda rows: pd.concat([rows, rows.head(1)]),
            "elasticities: 2020-01 stands more than once",
        ),
        (
            lambda rows: rows.assign(period=["soon", *rows["period"][1:]]),
            "(row 1): period 'soon' is",
        ),
        (
            lambda rows: rows.assign(period=["2020Q1", *rows["period"][1:]]),
            "(row 1): period '2020Q1' stands beside another length",
        ),
    ],
)
def test_what_the_table_may_not_be(
    change: Callable[[pd.DataFrame], pd.DataFrame], said: str
) -> None:
    with pytest.raises(ContractError) as caught:
        pf.elasticities(change(_sold(1)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lags": -1}, "lags -1 cannot be"),
        ({"of": "quantity"}, "cannot be"),
        ({"of": []}, "cannot be"),
        ({"level": 80.0}, "level 80.0 cannot be"),
    ],
)
def test_what_cannot_be_asked_for(given: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        pf.elasticities(_sold(1), **given)  # type: ignore[arg-type]
