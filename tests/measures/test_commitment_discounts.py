"""Commitments: used, not used and saved, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.measures import commitment_discounts
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

JUNE = FiscalCalendar().period("2026-06")


@pytest.fixture
def bill(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Give two commitments in June, one of them in May too, and usage without one."""
    found = rows("""
        period  | commitment_discount_id | commitment_discount_status | charge_category | billed_amount | amount | contracted_amount | list_amount | commitment_discount_quantity
        2026-05 | c-1                    | Used                       | Usage           |           0.0 |   90.0 |             120.0 |       130.0 |        90
        2026-05 | c-1                    | Unused                     | Usage           |           0.0 |   10.0 |               0.0 |         0.0 |        10
        2026-06 | c-1                    |                            | Purchase        |         100.0 |    0.0 |             100.0 |       100.0 |       100
        2026-06 | c-1                    | Used                       | Usage           |           0.0 |   75.0 |             100.0 |       110.0 |        75
        2026-06 | c-1                    | Unused                     | Usage           |           0.0 |   25.0 |               0.0 |         0.0 |        25
        2026-06 | c-2                    | Used                       | Usage           |           0.0 |    0.0 |               8.0 |         9.0 |        30
        2026-06 | c-2                    | Unused                     | Usage           |           0.0 |    0.0 |               0.0 |         0.0 |        10
        2026-06 |                        |                            | Usage           |          72.0 |   72.0 |              72.0 |        80.0 |
    """)  # noqa: E501 (a table)
    return found.assign(
        product="Atlas",
        provider_name="Acme",
        service_name="VMs",
        commitment_discount_name=["Plan A"] * 5 + [None] * 3,
        lines=1,
    )


def test_utilization_and_what_it_saved(bill: pd.DataFrame) -> None:
    found = commitment_discounts(bill, period=JUNE).set_index("row_key")
    first = found.loc["c-1"]
    assert first["commitment"] == "Plan A"
    assert first[["bought", "used", "unused", "covered"]].tolist() == [100.0, 75.0, 25.0, 100.0]
    assert first["utilization_share"] == 0.75
    assert first["previous_share"] == 0.9
    assert first["saved"] == 0.0  # what it saved went unused


def test_without_cost_a_commitment_is_judged_by_its_units(bill: pd.DataFrame) -> None:
    second = commitment_discounts(bill, period=JUNE).set_index("row_key").loc["c-2"]
    assert second["utilization_share"] == 0.75
    assert pd.isna(second["saved"])
    neither = bill.drop(columns="commitment_discount_quantity")
    second = commitment_discounts(neither, period=JUNE).set_index("row_key").loc["c-2"]
    assert pd.isna(second["utilization_share"])
    assert second["reason"] == "the bill states neither cost nor units of the commitment"


def test_the_total_adds_up_and_says_how_much_is_covered(bill: pd.DataFrame) -> None:
    found = commitment_discounts(bill, period=JUNE)
    total = found.iloc[-1]
    assert (total["commitment"], total["used"], total["unused"]) == ("Total", 75.0, 25.0)
    # 108 of usage covered, at contracted prices, of 180 in all
    assert total["coverage_share"] == pytest.approx(108 / 180)


def test_prices_are_listed_where_nothing_is_contracted(bill: pd.DataFrame) -> None:
    bare = bill.drop(columns="contracted_amount")
    found = commitment_discounts(bare, period=JUNE).set_index("row_key")
    assert found.loc["c-1", "covered"] == 110.0
    assert found.loc["total", "coverage_share"] == pytest.approx(119 / 199)


def test_a_bill_without_commitments_has_none(bill: pd.DataFrame) -> None:
    free = bill[bill["commitment_discount_id"].isna()]
    assert commitment_discounts(free, period=JUNE).empty
    assert commitment_discounts(bill, period=FiscalCalendar().period("2026-07")).empty
