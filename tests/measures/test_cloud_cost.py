"""Cloud cost by product and otherwise, against arithmetic by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import MeasureError
from pfkit.measures import cloud_cost
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period

FEBRUARY = FiscalCalendar().period("2026-02")


@pytest.fixture
def bill(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Give February and January: two products, a credit without a product, a commitment."""
    return rows("""
        period  | product | provider_name | service_name | sub_account | charge_category | commitment_discount_id | amount | billed_amount | list_amount | lines
        2026-01 | Atlas   | Acme          | VMs          | one         | Usage           |                        |   90.0 |          90.0 |       100.0 |     3
        2026-02 | Atlas   | Acme          | VMs          | one         | Usage           |                        |  100.0 |         100.0 |       125.0 |     3
        2026-02 | Atlas   | Bolt          | Disks        | one         | Usage           | c-1                    |   40.0 |           0.0 |        60.0 |     2
        2026-02 | Borea   | Acme          | VMs          | two         | Usage           |                        |   30.5 |          30.5 |        30.5 |     1
        2026-02 | Borea   | Bolt          | Disks        | two         | Purchase        | c-1                    |    0.0 |          48.0 |        48.0 |     1
        2026-02 | (none)  | Acme          | VMs          | two         | Credit          |                        |  -20.0 |         -20.0 |       -20.0 |     1
        2026-02 | (none)  | Acme          | VMs          | two         | Usage           |                        |    5.0 |           5.0 |         5.0 |     1
    """)  # noqa: E501 (a table)


def test_rows_by_product_with_untagged_apart(bill: pd.DataFrame) -> None:
    found = cloud_cost(bill, period=FEBRUARY)
    assert found[["product", "role", "lines"]].to_numpy().tolist() == [
        ["Atlas", "item", 5],
        ["Borea", "item", 2],
        ["(none)", "untagged", 2],
        ["Total", "total", 9],
    ]
    assert found["effective"].tolist() == [140.0, 30.5, -15.0, 155.5]
    assert found["billed"].tolist() == [100.0, 78.5, -15.0, 163.5]
    assert found["difference"].tolist() == [40.0, -48.0, 0.0, -8.0]
    assert found["count"].tolist() == [1, 1, 1, 2]


def test_a_commitment_bought_is_listed_with_what_it_covers_only(bill: pd.DataFrame) -> None:
    found = cloud_cost(bill, period=FEBRUARY).set_index("row_key")
    assert found.loc["atlas", "list_amount"] == 185.0
    assert found.loc["borea", "list_amount"] == 30.5
    assert found.loc["atlas", "saved_rate"] == pytest.approx(1 - 140 / 185)
    assert pd.isna(found.loc["none", "saved_rate"])


def test_the_share_that_is_tagged_ignores_signs(bill: pd.DataFrame) -> None:
    # sizes: 100 + 40 + 30.5 + 0 tagged, 20 + 5 not
    found = cloud_cost(bill, period=FEBRUARY).set_index("row_key")
    assert found.loc["total", "tagged_share"] == pytest.approx(170.5 / 195.5)
    assert found.loc["none", "tagged_share"] == 0
    assert found.loc["atlas", "tagged_share"] == 1


def test_the_period_before_and_the_year_to_date(bill: pd.DataFrame) -> None:
    found = cloud_cost(bill, period=FEBRUARY).set_index("row_key")
    assert found.loc["atlas", ["previous", "previous_variance"]].tolist() == [90.0, 50.0]
    assert found.loc["atlas", "previous_variance_rate"] == pytest.approx(50 / 90)
    assert not found.loc["atlas", "previous_favorable"]
    assert found.loc["none", "previous_favorable"]
    assert found.loc["total", "year_to_date"] == 245.5
    assert pd.isna(found.loc["total", "prior_year"])
    assert found.loc["total", "reason"] == "prior year: no bill of 2025-02"


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("provider", ["Acme", "Bolt"]),
        ("service", ["VMs", "Disks"]),
        ("account", ["one", "two"]),
        ("charge", ["Usage", "Credit", "Purchase"]),
    ],
)
def test_other_ways_to_tell_costs_apart(bill: pd.DataFrame, by: str, names: list[str]) -> None:
    found = cloud_cost(bill, period=FEBRUARY, by=by)
    assert found[by].tolist() == [*names, "Total"]
    assert found["effective"].tolist()[-1] == 155.5
    assert set(found["role"]) == {"item", "total"}


def test_what_is_not_shown_stands_together(bill: pd.DataFrame) -> None:
    more = [bill.assign(product=f"P{n}", amount=1.0, billed_amount=1.0) for n in range(4)]
    found = cloud_cost(pd.concat([bill, *more]), period=FEBRUARY, top=2)
    assert found["product"].tolist() == ["Atlas", "Borea", "Other (4)", "(none)", "Total"]
    assert found["count"].tolist()[-1] == 6
    assert found["effective"].tolist()[-1] == pytest.approx(sum(found["effective"][:-1]))


def test_a_saving_against_list_is_none_where_effective_lost_its_decimals(
    bill: pd.DataFrame,
) -> None:
    found = cloud_cost(bill.assign(whole_units=True), period=FEBRUARY)
    assert found["saved_rate"].isna().all()
    assert "effective cost is stated in whole units" in found["reason"].iloc[0]
    bare = cloud_cost(bill.drop(columns="list_amount"), period=FEBRUARY)
    assert bare["list_amount"].isna().all()
    assert "list cost is not stated" in bare["reason"].iloc[0]


def test_a_month_that_is_not_billed_has_no_cost(bill: pd.DataFrame) -> None:
    assert cloud_cost(bill, period=FiscalCalendar().period("2026-03")).empty
    assert cloud_cost(bill, period=FiscalCalendar().period("2026Q1")).empty


@pytest.mark.parametrize(
    ("more", "said"),
    [({"by": "produkt"}, "is not told apart by 'produkt'"), ({"top": 0}, "top 0 shows no row")],
)
def test_a_wrong_choice_is_refused(bill: pd.DataFrame, more: dict[str, object], said: str) -> None:
    with pytest.raises(MeasureError, match=said):
        cloud_cost(bill, period=FEBRUARY, **more)  # type: ignore[arg-type]


COSTS = st.floats(-1e5, 1e5).map(lambda x: round(x, 7))


@given(st.lists(st.tuples(st.sampled_from("ABC"), COSTS, COSTS), min_size=1, max_size=40))
def test_rows_add_up_in_any_order(charges: list[tuple[str, float, float]]) -> None:
    june: Period = FiscalCalendar().period("2026-06")
    bill = pd.DataFrame(charges, columns=["product", "amount", "billed_amount"]).assign(
        period="2026-06", provider_name="Acme", service_name="VMs", charge_category="Usage", lines=1
    )
    found = cloud_cost(bill, period=june)
    for column in ("effective", "billed", "difference"):
        parts = found[column].tolist()
        assert round(sum(parts[:-1]), 2) == pytest.approx(parts[-1], abs=1e-9)
    pd.testing.assert_frame_equal(found, cloud_cost(bill[::-1], period=june))
