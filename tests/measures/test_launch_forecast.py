from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, ParameterError

CURVE = [10.0, 30.0, *[40.0] * 22]  # the first year's mean is 440 / 12
FIRST_YEAR = 440 / 12


def _months(first: int, count: int) -> list[str]:
    return [f"{2020 + k // 12}-{k % 12 + 1:02d}" for k in range(first, first + count)]


def _product(name: str, family: str, first: int, values: list[float]) -> pd.DataFrame:
    rows = {"product": name, "family": family, "period": _months(first, len(values))}
    return pd.DataFrame(rows | {"amount": values})


@pytest.fixture(scope="module")
def sold() -> pd.DataFrame:
    """Make one old product, nine launches of a curve in sizes 1 to 9, and two of another family."""
    parts = [_product("Old", "A", 0, [5.0] * 36)]
    for size in range(1, 10):
        first = 5 + size
        values = [size * value for value in CURVE[: 36 - first]]
        parts.append(_product(f"A{size}", "A", first, values))
    parts += [_product(name, "B", 20, [7.0] * 16) for name in ("B1", "B2")]
    return pd.concat(parts, ignore_index=True)


def _asked(sold: pd.DataFrame, *, horizon: int = 4, **columns: object) -> pd.DataFrame:
    new = pd.DataFrame({"product": "New", "family": "A", "period": "2023-01"} | columns, index=[0])
    return pf.launch_forecast(sold, new, by="product", siblings="family", horizon=horizon)


def test_without_a_plan_the_middle_sibling_comes_again(sold: pd.DataFrame) -> None:
    found = _asked(sold)
    assert found["mean"].tolist() == pytest.approx([50, 150, 200, 200])  # the size of five
    assert found["period"].tolist() == ["2023-01", "2023-02", "2023-03", "2023-04"]
    assert found["age"].tolist() == [1, 2, 3, 4]
    assert (found["model"] == "launch_curve").all()
    assert (found["n"] == 0).all()
    assert (found["siblings"] == 9).all()
    assert found["row_key"].tolist()[0] == "new|2023-01"
    # nine siblings: forecast from the others, from 1 over 5.5 to 9 over 4.5 times that
    assert (found["lo80"] / found["mean"]).tolist() == pytest.approx([1 / 5.5] * 4)
    assert (found["hi80"] / found["mean"]).tolist() == pytest.approx([9 / 4.5] * 4)
    assert found["lo95"].isna().all()
    assert found["reason"].str.contains("too few siblings of that age for 95 %").all()
    assert found["reason"].str.contains("no plan: the size is that of the middle sibling").all()


def test_a_plan_scales_the_curve(sold: pd.DataFrame) -> None:
    by_mean = _asked(sold, plan=2 * FIRST_YEAR)
    assert by_mean["mean"].tolist() == pytest.approx([20, 60, 80, 80])
    assert by_mean["reason"].str.contains("the plan as it stands").all()
    # the same by period: 150 in three months, of which the curve has 10, 30 and 40 of 80
    new = pd.DataFrame(
        {
            "product": "New",
            "family": "A",
            "period": ["2023-01", "2023-02", "2023-03"],
            "plan": [50.0, 50.0, 60.0],
        }
    )
    found = pf.launch_forecast(sold, new, by="product", siblings="family", horizon=3)
    assert found["mean"].tolist() == pytest.approx([20, 60, 80])
    # a plan nobody's plan speaks for narrows nothing
    assert (by_mean["hi80"] / by_mean["mean"]).tolist() == pytest.approx([2.0] * 4)


def test_plans_of_siblings_tell_how_far_a_plan_goes(sold: pd.DataFrame) -> None:
    first = sold.drop_duplicates("product").query("family == 'A' and product != 'Old'")
    size = first["product"].str[1:].astype(float)
    past = first[["product", "family", "period"]].assign(plan=size * FIRST_YEAR / 0.8)
    new = pd.DataFrame(
        {"product": ["New"], "family": "A", "period": "2023-01", "plan": 3 * FIRST_YEAR}
    )
    found = pf.launch_forecast(
        sold, pd.concat([past, new]), by="product", siblings="family", horizon=3
    )
    mine = found[found["product"] == "New"]
    assert mine["mean"].tolist() == pytest.approx([0.8 * 30, 0.8 * 90, 0.8 * 120])
    assert mine["reason"].str.contains("the plan times 0.80, to which siblings' plans came").all()
    # every plan came to the same share: nothing was ever missed by
    assert mine["lo80"].tolist() == pytest.approx(mine["mean"].tolist())


def test_the_first_months_tell_the_size(sold: pd.DataFrame) -> None:
    young = pd.concat([sold, _product("New", "A", 34, [70.0, 210.0])], ignore_index=True)
    found = _asked(young, period="2022-11")
    assert found["n"].tolist() == [2] * 4
    assert found["age"].tolist() == [3, 4, 5, 6]
    assert found["period"].tolist()[0] == "2023-01"
    assert found["mean"].astype(float).to_numpy() == pytest.approx(280, rel=0.03)  # seven times 40
    width = (found["hi80"] / found["mean"]).to_numpy(dtype=float)
    assert (width < 1.2).all()


def test_too_few_siblings_are_refused_and_told(sold: pd.DataFrame) -> None:
    few = sold[sold["product"].isin(["Old", "A1", "A2", "A3"])]
    found = _asked(few)
    assert found["mean"].isna().all()
    assert found["lo80"].isna().all()
    assert set(found["reason"]) == {"3 launches of that age are known, 5 are needed"}


def test_ages_that_too_few_siblings_have_reached_are_refused(sold: pd.DataFrame) -> None:
    # seven launches are known for 24 months, none for longer
    found = _asked(sold, horizon=30)
    known = found["mean"].notna()
    assert known.tolist() == [age <= 24 for age in range(1, 31)]
    assert found["siblings"].tolist()[22:25] == [8, 7, 0]
    late = found.loc[~known, "reason"].iloc[0]
    assert late.endswith("0 launches of that age are known, 5 are needed")


def test_a_family_with_few_launches_takes_the_curve_of_all(sold: pd.DataFrame) -> None:
    found = _asked(sold, family="B")
    assert found["reason"].str.contains("'B' has 2 launches: the curve is that of all 11").all()
    assert found["mean"].notna().all()


def test_what_has_two_years_or_was_there_before_is_left_to_forecast(sold: pd.DataFrame) -> None:
    new = pd.DataFrame({"product": ["Old", "A1"], "family": "A", "period": ["2020-01", "2020-07"]})
    assert pf.launch_forecast(sold, new, by="product", siblings="family").empty


def test_currency_scales_through(sold: pd.DataFrame) -> None:
    cents = _asked(sold.assign(amount=sold["amount"] * 100))
    assert cents["hi80"].tolist() == pytest.approx((100 * _asked(sold)["hi80"]).tolist())


def test_the_order_of_rows_does_not_matter(sold: pd.DataFrame) -> None:
    mixed = sold.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(_asked(mixed), _asked(sold))


def test_intervals_hold_launches_to_come() -> None:
    rng = np.random.default_rng(11)
    parts = [_product("Old", "A", 0, [5.0] * 60)]
    for k in range(120):
        size = np.exp(rng.normal(3, 0.5))
        values = size * np.array(CURVE[:18]) * np.exp(0.15 * rng.normal(size=18))
        parts.append(_product(f"p{k:03d}", "A", 4 + k % 30, values.tolist()))
    whole = pd.concat(parts, ignore_index=True)
    late = whole["product"] >= "p060"
    new = whole[late].drop_duplicates("product")[["product", "family", "period"]]
    found = pf.launch_forecast(
        whole[~late], new, by="product", siblings="family", horizon=12
    ).merge(whole, on=["product", "period"])
    assert len(found) == 60 * 12
    for level in (80, 95):
        inside = found["amount"].between(found[f"lo{level}"], found[f"hi{level}"]).mean()
        assert inside == pytest.approx(level / 100, abs=0.08)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"period": "soon"}, r"launches \(row 1\): period 'soon' is no month"),
        ({"plan": -3.0}, r"launches \(row 1\): plan '-3\.0' is no number above zero"),
        ({"plan": "much"}, "plan 'much' is no number above zero"),
    ],
)
def test_what_cannot_be_read_is_named(
    columns: dict[str, object], said: str, sold: pd.DataFrame
) -> None:
    with pytest.raises(ContractError, match=said):
        _asked(sold, **columns)


def test_what_cannot_be_asked_is_told(sold: pd.DataFrame) -> None:
    new = pd.DataFrame({"product": ["New"], "period": ["2023-01"]})
    with pytest.raises(ParameterError, match="fewest 1 cannot be"):
        pf.launch_forecast(sold, new, by="product", fewest=1)
    with pytest.raises(ParameterError, match="horizon 0 cannot be"):
        pf.launch_forecast(sold, new, by="product", horizon=0)
    with pytest.raises(ContractError, match="column 'family' is not there"):
        pf.launch_forecast(sold, new, by="product", siblings="family")
    twice = pd.concat([new, new])
    with pytest.raises(ContractError, match="'New' has two families, or a period twice"):
        pf.launch_forecast(sold, twice, by="product")
    mixed = pd.DataFrame({"product": ["x"], "family": "A", "period": "2020Q1", "amount": 1.0})
    with pytest.raises(ContractError, match="months and quarters"):
        pf.launch_forecast(pd.concat([sold, mixed]), new, by="product")
