from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import price_volume_mix

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

EFFECTS = ["volume", "mix", "price", "joint", "new", "lost", "fx", "returns", "not_split"]


def _by_label(found: pd.DataFrame, *columns: str) -> dict[str, list[Any]]:
    return {
        str(label): list(values)
        for label, *values in found[["label", *columns]].itertuples(index=False)
    }


def test_three_products_of_a_published_answer(rows: Rows) -> None:
    # answers.google.com, thread 716474: 2,500 planned, 2,600 reached
    base = rows("""
        product | quantity | amount
        A       |      400 |   1600
        B       |      300 |    300
        C       |      300 |    600
    """)
    actual = rows("""
        product | quantity | amount
        A       |      700 |   2100
        B       |      100 |    200
        C       |      300 |    300
    """)
    found = price_volume_mix(base, actual, against="plan")
    assert _by_label(found, "volume", "mix", "price", "change") == {
        "A": [160, 1040, -700, 500],
        "B": [30, -230, 100, -100],
        "C": [60, -60, -300, -300],
        "Total": [250, 750, -900, 100],
    }
    total = found.iloc[-1]
    assert (total["driver"], total["reason"]) == ("no single driver", "")
    assert total["level"] == "product within all sales"
    assert _by_label(found, "base_price", "actual_price")["B"] == [1.0, 2.0]


def test_the_joint_term_stands_where_it_is_told_to(rows: Rows) -> None:
    # 10 at 4 become 12 at 3: 2 more pieces, each 1 cheaper, are worth 2 less
    base = rows("product | quantity | amount\n Atlas | 10 | 40")
    actual = rows("product | quantity | amount\n Atlas | 12 | 36")
    told = {
        joint: price_volume_mix(base, actual, joint=joint).iloc[-1]  # type: ignore[arg-type]
        for joint in ("price", "mix", "apart")
    }
    effects = ["volume", "mix", "price", "joint"]
    assert told["price"][effects].tolist() == [8, 0, -12, 0]
    assert told["mix"][effects].tolist() == [8, -2, -10, 0]
    assert told["apart"][effects].tolist() == [8, 0, -10, -2]
    assert [told[joint]["joint_to"] for joint in told] == ["price", "mix", "apart"]


FAMILIES = """
    family | product | quantity | amount
    X      | A       |       10 |    100
    X      | B       |       10 |    200
    Y      | C       |       20 |    100
"""
SHIFTED = """
    family | product | quantity | amount
    X      | A       |       20 |    200
    X      | B       |       10 |    200
    Y      | C       |       10 |     50
"""


def test_the_mix_from_the_top_down_has_a_level_between_families(rows: Rows) -> None:
    found = price_volume_mix(rows(FAMILIES), rows(SHIFTED), by=["family", "product"])
    parts = _by_label(found, "volume", "mix_family", "mix_product", "mix", "price")
    # 40 pieces both times; X gains 10 at its 15 on average, Y loses 10 at 5
    assert parts["Total"] == [0, 100, -50, 50, 0]
    # inside X: 30 pieces at half and half would be 15 and 15: 5 x 10 - 5 x 20
    assert parts["X"] == [0, 150, -50, 100, 0]
    assert parts["Y"] == [0, -50, 0, -50, 0]
    assert found["role"].tolist() == ["subtotal", "item", "item", "subtotal", "item", "total"]
    assert found["level"].iloc[0] == "product within family within all sales"


def test_the_mix_from_the_bottom_up_leaves_the_shift_between_families_to_volume(
    rows: Rows,
) -> None:
    bottom = price_volume_mix(
        rows(FAMILIES), rows(SHIFTED), by=["family", "product"], within="family"
    )
    assert _by_label(bottom, "volume", "mix")["Total"] == [100, -50]
    assert bottom["level"].iloc[0] == "product within family"
    flat = price_volume_mix(rows(FAMILIES), rows(SHIFTED), by="product")
    assert _by_label(flat, "volume", "mix")["Total"] == [0, 50]


def test_volumes_of_several_units_are_not_added_up(rows: Rows) -> None:
    base = rows("""
        line  | product | quantity | amount
        Seats | Atlas   |      100 |   4000
        Days  | Atlas   |       10 |  10000
    """)
    actual = rows("""
        line  | product | quantity | amount
        Seats | Atlas   |      110 |   4400
        Days  | Atlas   |        5 |   5000
    """)
    item = price_volume_mix(base, actual, within="line").iloc[0]
    # 10 seats more at 40, 5 days less at 1,000; added up it would be a mix of both
    assert item[["volume", "mix", "price"]].tolist() == [-4600, 0, 0]
    assert bool(pd.isna(item["base_quantity"]))
    assert bool(pd.isna(item["actual_price"]))
    assert (item["unit"], item["reason"]) == ("several", "")


def test_units_that_are_told_are_never_added_up(rows: Rows) -> None:
    base = rows("""
        unit  | product | quantity | amount
        seats | Atlas   |      100 |   4000
        days  | Atlas   |       10 |  10000
    """)
    actual = base.assign(quantity=base["quantity"] * 2, amount=base["amount"] * 2)
    found = price_volume_mix(base, actual).iloc[-1]
    assert found[["volume", "mix"]].tolist() == [14_000, 0]
    assert found["level"] == "product within unit"
    # one side alone does not know its units
    blind = price_volume_mix(base, actual.drop(columns="unit")).iloc[-1]
    assert blind["level"] == "product within all sales"


def test_exchange_rates_come_off_before_the_price(rows: Rows) -> None:
    base = rows("product | quantity | amount\n Atlas | 10 | 100")
    actual = rows("""
        product | currency | quantity | amount_local | amount | budget_rate
        Atlas   | USD      |       12 |          132 |  105.6 |         0.9
        Borea   | USD      |        1 |           10 |    8.0 |         0.9
    """)
    found = price_volume_mix(base, actual, rate="budget_rate")
    # 132 USD x (0.8 - 0.9); 132 x 0.9 - 12 x 10; a new product at the budget's rate
    assert _by_label(found, "volume", "price", "new", "fx") == {
        "Atlas": [20, -1.2, 0, -13.2],
        "Borea": [0, 0, 9, -1],
        "Total": [20, -1.2, 9, -14.2],
    }
    assert _by_label(found, "actual_price")["Atlas"] == [9.9]


def test_a_currency_without_a_base_rate_leaves_its_price_unsplit(rows: Rows) -> None:
    base = rows("product | quantity | amount\n Atlas | 10 | 100")
    actual = rows("""
        product | currency | quantity | amount_local | amount | budget_rate
        Atlas   | USD      |        6 |           66 |   52.8 |         0.9
        Atlas   | CHF      |        6 |           60 |   63.0 |
    """)
    item = price_volume_mix(base, actual, rate="budget_rate").iloc[0]
    # 66 x 0.9 + 63 - 12 x 10 = 2.4 is price and francs together
    assert item[EFFECTS].tolist() == [20, 0, 0, 0, 0, 0, -6.6, 0, 2.4]
    assert item["reason"] == "price not told from currency: no base rate of CHF"


def test_money_in_one_currency_only_still_closes(rows: Rows) -> None:
    base = rows("product | quantity | amount\n Atlas | 10 | 100")
    actual = rows("""
        product | currency | quantity | amount_local | amount | budget_rate
        Atlas   | USD      |        0 |           66 |      0 |         0.9
    """)
    item = price_volume_mix(base, actual, rate="budget_rate").iloc[0]
    # 59.4 at the budget's rate are worth nothing at the actual one, and belong to no unit
    assert item[EFFECTS].tolist() == [0, 0, 0, 0, 0, 0, -59.4, 0, -40.6]
    assert item["reason"] == "quantities add up to zero"


def test_fractions_of_a_cent_are_no_exchange_rate(rows: Rows) -> None:
    base = rows("product | quantity | amount\n Atlas | 10 | 100")
    actual = pd.DataFrame({"product": ["Atlas"] * 3, "quantity": [1] * 3, "amount": [0.004] * 3})
    item = price_volume_mix(base, actual).iloc[0]
    assert (item["actual"], item["fx"]) == (0, 0)


def test_volumes_that_nearly_cancel_out_make_no_giant_effects(rows: Rows) -> None:
    base = rows("""
        product | quantity | amount
        Atlas   |  1000000 |   1000
        Borea   |  -999999 |   -900
    """)
    actual = rows("product | quantity | amount\n Atlas | 1000000 | 1100\n Borea | 999999 | 900")
    total = price_volume_mix(base, actual).iloc[-1]
    assert total["not_split"] == 1900
    assert total["reason"].startswith("volumes nearly cancel out")


def test_new_lost_returns_and_what_has_no_quantity_stand_apart(rows: Rows) -> None:
    base = rows("""
        product | group   | quantity | amount
        Atlas   | gross   |       10 |    100
        Atlas   | returns |       -1 |    -10
        Borea   | gross   |        5 |     50
        Ceres   | gross   |          |     70
        Doris   | gross   |        2 |     20
        Doris   | gross   |          |      5
        Ems     | gross   |        3 |     30
    """)
    actual = rows("""
        product | group   | quantity | amount
        Atlas   | gross   |       10 |    100
        Atlas   | returns |       -3 |    -30
        Ceres   | gross   |        7 |     77
        Doris   | gross   |        3 |     33
        Doris   | gross   |        0 |      2
        Ems     | gross   |        4 |     40
        Ems     | gross   |       -4 |    -36
        Falk    | gross   |          |     12
    """)
    found = price_volume_mix(base, actual)
    parts = _by_label(found, *EFFECTS)
    assert parts["Atlas"][7] == -20
    assert parts["Borea"] == [0, 0, 0, 0, 0, -50, 0, 0, 0]
    assert parts["Ceres"] == [0, 0, 0, 0, 0, 0, 0, 0, 7]
    assert parts["Doris"][2] == 3  # 3 at 11 instead of 10
    assert parts["Doris"][8] == 2 - 5
    assert parts["Ems"] == [0, 0, 0, 0, 0, 0, 0, 0, 4 - 30]
    assert parts["Falk"] == [0, 0, 0, 0, 12, 0, 0, 0, 0]
    why = _by_label(found, "reason")
    assert why["Ceres"] == ["no quantity in base"]
    assert why["Doris"] == ["no quantity in base; no quantity in actual"]
    assert why["Ems"] == ["quantities add up to zero"]
    assert why["Total"] == ["no quantity in base; no quantity in actual; quantities add up to zero"]


def test_a_reason_of_the_input_is_kept(rows: Rows) -> None:
    base = rows("product | quantity | amount\n Atlas | 1 | 10")
    actual = rows("""
        product | quantity | amount | reason
        Atlas   |        1 |     10 |
        Atlas   |          |      3 | in the ledger, not in billing
    """)
    item = price_volume_mix(base, actual).iloc[0]
    assert item["not_split"] == 3
    assert item["reason"] == "in the ledger, not in billing"


def test_a_product_sold_in_another_currency_is_not_new(rows: Rows) -> None:
    base = rows("""
        product | currency | quantity | amount
        Atlas   | EUR      |       10 |    100
        Borea   | EUR      |       10 |    300
    """)
    actual = rows("""
        product | currency | quantity | amount
        Atlas   | EUR      |        5 |     50
        Atlas   | CHF      |        5 |     60
        Borea   | EUR      |       10 |    300
    """)
    by = ["product", "currency"]
    whole = price_volume_mix(base, actual, by=by, identity="product")
    # Atlas has a price of 10; 5 in francs bring 60 instead of 50, and none is new
    assert _by_label(whole, "new", "volume", "mix", "price")["Atlas"] == [0, 0, 0, 10]
    apart = price_volume_mix(base, actual, by=by)
    assert _by_label(apart, "new")["Total"] == [60]


def test_a_line_that_a_product_did_not_have_is_new_and_one_less_is_volume(rows: Rows) -> None:
    base = rows("""
        line  | product | quantity | amount
        Seats | Atlas   |      100 |   4000
        Days  | Atlas   |       10 |  10000
    """)
    actual = rows("""
        line  | product | quantity | amount
        Seats | Atlas   |      100 |   4000
        Calls | Atlas   |      500 |    600
    """)
    item = price_volume_mix(base, actual, within="line").iloc[0]
    assert item[["volume", "new", "lost"]].tolist() == [-10000, 600, 0]


@pytest.mark.parametrize("empty", ["base", "actual"])
def test_a_side_without_rows_makes_everything_new_or_lost(rows: Rows, empty: str) -> None:
    full = rows("product | quantity | amount\n Atlas | 3 | 30\n Borea | 0 | 0")
    sides = {"base": full, "actual": full} | {empty: full.head(0)}
    total = price_volume_mix(sides["base"], sides["actual"]).iloc[-1]
    assert total["new" if empty == "base" else "lost"] == (30 if empty == "base" else -30)
    assert price_volume_mix(full.head(0), full.head(0)).empty


def test_unit_costs_are_favorable_when_lower(rows: Rows) -> None:
    base = rows("product | quantity | amount\n Atlas | 10 | 100")
    actual = rows("product | quantity | amount\n Atlas | 10 | 90")
    item = price_volume_mix(base, actual, favorable_when="lower").iloc[0]
    assert (item["price"], item["favorable"], item["driver"]) == (-10, True, "price")


def test_what_does_not_fit_is_refused(rows: Rows) -> None:
    sold = rows("product | quantity | amount\n Atlas | 10 | 100")
    twice = pd.concat([sold.assign(version="adopted"), sold.assign(version="revised")])
    spans = pd.concat([sold.assign(span="month"), sold.assign(span="year")])
    for wrong, arguments, error, message in (
        (sold, {"by": "produkt"}, ContractError, "closest known column is 'product'"),
        (sold, {"by": []}, MeasureError, "by is empty"),
        (sold, {"joint": "prize"}, MeasureError, "The closest known joint is 'price'."),
        (sold, {"identity": "family"}, MeasureError, "identity 'family' is not known"),
        (sold, {"favorable_when": "up"}, MeasureError, "favorable_when 'up' is not known"),
        (sold, {"rate": "budget_rate"}, ContractError, "column 'amount_local' is not there"),
        (twice, {}, ContractError, "more than one version: adopted, revised"),
        (spans, {}, MeasureError, "more than one span: month, year"),
        (sold.assign(amount=float("nan")), {}, MeasureError, "1 of 1 amounts are missing"),
        (sold.drop(columns="quantity"), {}, ContractError, "column 'quantity' is not there"),
    ):
        with pytest.raises(error) as caught:
            price_volume_mix(wrong, wrong, **arguments)
        assert message in str(caught.value)


CENTS = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
QUANTITY = st.one_of(
    st.none(),
    st.just(0.0),
    st.integers(-50, 500).map(float),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.sampled_from([0.1, 0.2, -0.3, float("inf"), 1e300, 1e-300]),
)
SALES = st.lists(
    st.fixed_dictionaries(
        {
            "line": st.sampled_from(["Seats", "Days"]),
            "family": st.sampled_from(["X", "Y", None]),
            "product": st.sampled_from(["A", "B", "C", "", "(none)"]),
            "group": st.sampled_from(["gross", "gross", "gross", "returns", "other"]),
            "currency": st.sampled_from(["EUR", "USD"]),
            "quantity": QUANTITY,
            "amount": CENTS,
            "amount_local": st.one_of(st.none(), CENTS),
            "budget_rate": st.sampled_from([None, 1.0, 0.9, 1e-4]),
        }
    ),
    max_size=14,
)
COLUMNS = [
    "line", "family", "product", "group", "currency", "quantity", "amount", "amount_local",
    "budget_rate",
]  # fmt: skip
SHAPES = st.fixed_dictionaries(
    {
        "by": st.sampled_from(["product", ["family", "product"], ["product", "currency"]]),
        "within": st.sampled_from([[], "line", ["line", "currency"], "product"]),
        "joint": st.sampled_from(["price", "mix", "apart"]),
        "rate": st.sampled_from([None, "budget_rate"]),
    }
)


def _cents(values: pd.Series) -> list[int]:
    return [round(float(value) * 100) for value in values]


@given(SALES, SALES, SHAPES)
def test_every_row_closes_to_the_cent_on_any_input(
    before: list[dict[str, Any]], after: list[dict[str, Any]], shape: dict[str, Any]
) -> None:
    base, actual = (pd.DataFrame(side, columns=COLUMNS) for side in (before, after))
    found = price_volume_mix(base, actual, **shape)
    if found.empty:
        assert not before
        assert not after
        return
    sums = [sum(parts) for parts in zip(*(_cents(found[name]) for name in EFFECTS), strict=True)]
    assert sums == _cents(found["change"])
    for side, table in (("base", base), ("actual", actual)):
        assert _cents(found[side])[-1] == sum(_cents(table["amount"]))
    items = found[found["role"] == "item"]
    for name in [*EFFECTS, "base", "actual", "change"]:
        assert sum(_cents(items[name])) == _cents(found[name])[-1]
    levels = [name for name in found.columns if str(name).startswith("mix_")]
    if levels:
        sums = [sum(part) for part in zip(*(_cents(found[n]) for n in levels), strict=True)]
        assert sums == _cents(found["mix"])
    # what is not split says why
    apart = items["not_split"] != 0
    assert (items.loc[apart, "reason"] != "").all()


@given(SALES, SALES, SHAPES)
def test_the_order_of_rows_does_not_matter(
    before: list[dict[str, Any]], after: list[dict[str, Any]], shape: dict[str, Any]
) -> None:
    chance = random.Random(1)
    whole = [{**row, "quantity": round(row["quantity"] or 0) if (row["quantity"] or 0) < 1e9 else 1}
             for row in after]  # fmt: skip
    shuffled = chance.sample(whole, len(whole))
    base = pd.DataFrame(before, columns=COLUMNS)
    one, two = (
        price_volume_mix(base, pd.DataFrame(side, columns=COLUMNS), **shape)
        for side in (whole, shuffled)
    )
    pd.testing.assert_frame_equal(one, two)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 9900), st.integers(0, 9900))
def test_one_product_has_no_mix(q0: int, q1: int, p0: int, p1: int) -> None:
    base = pd.DataFrame({"product": ["A"], "quantity": [q0], "amount": [q0 * p0 / 100]})
    actual = pd.DataFrame({"product": ["A"], "quantity": [q1], "amount": [q1 * p1 / 100]})
    item = price_volume_mix(base, actual).iloc[0]
    assert item["mix"] == 0
    assert item["volume"] == pytest.approx((q1 - q0) * p0 / 100, abs=0.005)
    assert item["price"] == pytest.approx(q1 * (p1 - p0) / 100, abs=0.005)
