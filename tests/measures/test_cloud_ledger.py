"""From the bill to the ledger's hosting: every row closes, with or without accruals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.measures import cloud_ledger
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

MARCH = FiscalCalendar().period("2026-03")
STEPS = ["bill", "accrual", "correction", "unexplained", "ledger"]


@pytest.fixture
def booked(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Give March: Atlas with accruals, Borea apart by one, and five without a product."""
    return rows("""
        period  | due_period | product | bill  | due   | booked | accrued | reversed
        2026-03 | 2026-02    | Atlas   | 120.0 | 110.0 |  110.0 |   118.0 |   -112.0
        2026-03 | 2026-02    | Borea   |  60.0 |  45.0 |   51.0 |    61.0 |    -50.0
        2026-03 | 2026-02    | (none)  |   4.0 |   5.0 |    0.0 |     0.0 |      0.0
    """)


def test_the_walk_by_product(booked: pd.DataFrame) -> None:
    found = cloud_ledger(booked, period=MARCH).set_index("row_key")
    # Atlas: accrued 2 too little, February's bill 2 below its accrual; 110 + 118 - 112 = 116
    assert found.loc["atlas", STEPS].tolist() == [120.0, -2.0, -2.0, 0.0, 116.0]
    assert found.loc["borea", STEPS].tolist() == [60.0, 1.0, -5.0, 6.0, 62.0]
    assert found.loc["none", STEPS].tolist() == [4.0, -4.0, 5.0, -5.0, 0.0]
    assert found.loc["total", STEPS].tolist() == [184.0, -5.0, -2.0, 1.0, 178.0]
    assert found["role"].tolist() == ["item", "item", "untagged", "total"]
    assert set(found["due_period"]) == {"2026-02"}


def test_a_bill_booked_in_its_month_has_no_steps() -> None:
    booked = pd.DataFrame(
        {
            "period": ["2026-03"],
            "due_period": "2026-03",
            "product": "Atlas",
            "bill": 120.0,
            "due": 120.0,
            "booked": 121.0,
            "accrued": 0.0,
            "reversed": 0.0,
        }
    )
    found = cloud_ledger(booked, period=MARCH).set_index("row_key")
    assert found.loc["atlas", STEPS].tolist() == [120.0, 0.0, 0.0, 1.0, 121.0]


def test_without_the_bill_that_was_due_the_difference_is_not_known(booked: pd.DataFrame) -> None:
    found = cloud_ledger(booked.assign(due=float("nan")), period=MARCH).set_index("row_key")
    assert found.loc["atlas", ["correction", "unexplained"]].isna().all()
    assert found.loc["atlas", "ledger"] == 116.0
    assert found.loc["total", "reason"] == "no bill of 2026-02"


def test_products_beyond_the_top_stand_together(booked: pd.DataFrame) -> None:
    found = cloud_ledger(booked, period=MARCH, top=1)
    assert found["product"].tolist() == ["Atlas", "Borea", "(none)", "Total"]  # one more fits
    more = pd.concat([booked, booked.assign(product="Cirrus", bill=1.0)])
    more = more.drop_duplicates(["product"])
    found = cloud_ledger(more, period=MARCH, top=1)
    assert found["product"].tolist() == ["Atlas", "Other (2)", "(none)", "Total"]


def test_another_month_has_nothing(booked: pd.DataFrame) -> None:
    assert cloud_ledger(booked, period=FiscalCalendar().period("2026-04")).empty


MONEY = st.floats(-1e6, 1e6).map(lambda x: round(x, 6))


@given(
    st.lists(st.tuples(MONEY, MONEY, MONEY, MONEY, MONEY), min_size=1, max_size=8), st.booleans()
)
def test_every_row_closes_on_any_input(parts: list[tuple[float, ...]], late: bool) -> None:  # noqa: FBT001
    booked = pd.DataFrame(parts, columns=["bill", "due", "booked", "accrued", "reversed"])
    if not late:
        booked["due"] = booked["bill"]
    booked = booked.assign(
        period="2026-03",
        due_period="2026-02" if late else "2026-03",
        product=[f"P{n}" for n in range(len(booked))],
    )
    found = cloud_ledger(booked, period=MARCH)
    walked = found[STEPS[:-1]].sum(axis=1)
    assert (walked - found["ledger"]).abs().max() < 1e-6
    for step in STEPS:
        parts_sum = found.loc[found["role"] != "total", step].sum()
        assert parts_sum == pytest.approx(found[step].iloc[-1], abs=1e-6)
