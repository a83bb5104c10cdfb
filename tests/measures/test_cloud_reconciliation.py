"""From billed to effective: one cause a charge, and a walk that closes on any bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.measures import cloud_reconciliation
from pfkit.period import FiscalCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

JUNE = FiscalCalendar().period("2026-06")


def test_every_cause_by_hand(rows: Callable[[str], pd.DataFrame]) -> None:
    bill = rows("""
        charge_category | charge_class | commitment_discount_id | commitment_discount_status | billed_amount | amount
        Purchase        |              | c-1                    |                            |        1200.0 |    0.0
        Purchase        |              |                        |                            |          60.0 |    5.0
        Usage           |              | c-1                    | Used                       |           0.0 |   80.0
        Usage           |              | c-1                    | Unused                     |           0.0 |   20.0
        Usage           |              |                        |                            |          50.0 |   50.0
        Credit          |              |                        |                            |         -10.0 |  -10.0
        Adjustment      |              |                        |                            |           3.0 |    2.0
        Tax             |              |                        |                            |         240.0 |   30.0
        Credit          | Correction   |                        |                            |          -7.0 |   -7.0
    """)  # noqa: E501 (a table)
    bill = bill.assign(
        period="2026-06", product="Atlas", provider_name="Acme", service_name="VMs", lines=1
    )
    found = cloud_reconciliation(bill, period=JUNE)
    assert list(zip(found["cause"], found["amount"], strict=True)) == [
        ("Billed", 1536.0),
        ("Commitments bought", -1200.0),
        ("Other purchases", -55.0),
        ("Commitments used", 80.0),
        ("Commitments not used", 20.0),
        ("Credits", 0.0),
        ("Adjustments", -1.0),
        ("Taxes", -210.0),
        ("Corrections of earlier bills", 0.0),
        ("Usage", 0.0),
        ("Effective", 170.0),
    ]
    assert found["role"].tolist() == ["start", *["step"] * 9, "end"]
    assert found["lines"].tolist() == [9, *[1] * 9, 9]
    assert (found.loc[found["role"] == "step", "because"] != "").all()


def test_what_lost_decimals_make_is_told_beside_each_cause() -> None:
    bill = pd.DataFrame(
        {
            "period": "2026-06",
            "product": "Atlas",
            "provider_name": ["Acme", "Bolt"],
            "service_name": "VMs",
            "charge_category": "Usage",
            "billed_amount": [1.6, 4.0],
            "amount": [2.0, 3.0],
            "whole_units": [True, False],
            "lines": 1,
        }
    )
    found = cloud_reconciliation(bill, period=JUNE).set_index("cause")
    assert found.loc["Usage", ["amount", "whole_units"]].tolist() == [-0.6, 0.4]
    assert found.loc["Effective", "whole_units"] == 0.4


def test_a_month_that_is_not_billed_has_nothing_to_walk() -> None:
    bill = pd.DataFrame(
        {
            "period": ["2026-05"],
            "product": "Atlas",
            "provider_name": "Acme",
            "service_name": "VMs",
            "charge_category": "Usage",
            "billed_amount": 1.0,
            "amount": 1.0,
            "lines": 1,
        }
    )
    assert cloud_reconciliation(bill, period=JUNE).empty


CHARGES = st.tuples(
    st.sampled_from(["Usage", "Purchase", "Tax", "Credit", "Adjustment", "other"]),
    st.sampled_from(["", "Correction"]),
    st.sampled_from(["", "c-1"]),
    st.sampled_from(["", "Used", "Unused"]),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 8)),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 8)),
    st.booleans(),
)


@given(st.lists(CHARGES, min_size=1, max_size=50))
def test_the_walk_closes_on_any_bill(charges: list[tuple[object, ...]]) -> None:
    names = ["charge_category", "charge_class", "commitment_discount_id"]
    names += ["commitment_discount_status", "billed_amount", "amount", "whole_units"]
    bill = pd.DataFrame(charges, columns=names).assign(
        period="2026-06", product="Atlas", provider_name="Acme", service_name="VMs", lines=1
    )
    found = cloud_reconciliation(bill, period=JUNE)
    walk = found["amount"].tolist()
    assert sum(walk[:-1]) == pytest.approx(walk[-1], abs=1e-6)
    steps = found[found["role"] == "step"]
    assert steps["lines"].sum() == len(bill)
    assert steps["billed"].sum() == pytest.approx(walk[0], abs=1e-6)
    assert walk[-1] == pytest.approx(bill["amount"].sum(), abs=0.0051)
