"""Rules of thumb by hand: one customer whose bills rise when it takes features up."""

from __future__ import annotations

import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import MeasureError

MONTHS = [f"2026-0{k}" for k in range(1, 7)]
#: Ten a month, sixteen once B comes in March, 22 once A comes in May.
BILLS = pd.DataFrame(
    {"customer": "c", "period": MONTHS, "amount": [10.0, 10.0, 16.0, 16.0, 22.0, 22.0]}
)
USED = pd.DataFrame(
    [("c", "B", month, 1.0) for month in MONTHS[2:]]
    + [("c", "A", month, 3.0) for month in MONTHS[4:]],
    columns=["customer", "feature", "period", "units"],
)
CAME = pd.DataFrame({"feature": ["A", "B"], "period": ["2026-01", "2026-01"]})


@pytest.mark.parametrize(
    ("rule", "credit"),
    [
        ("last touch", [24, 12]),  # 12 + 12 to A, 6 + 6 to B
        ("first touch", [0, 36]),
        ("linear touch", [12, 24]),  # A gets half of 24
        ("usage share", [18, 18]),  # A gets three quarters of 24
        ("before and after", [2 * (22 - 13), 4 * (19 - 10)]),
    ],
)
def test_credit_by_hand(rule: str, credit: list[float]) -> None:
    found = pf.simple_rules(BILLS, USED, CAME)
    sums = found[found["rule"] == rule].groupby("feature")["incremental"].sum()
    assert sums.tolist() == pytest.approx(credit)


def test_months_add_up_and_start_with_the_feature() -> None:
    found = pf.simple_rules(BILLS, USED, CAME)
    last = found[(found["rule"] == "last touch") & (found["feature"] == "B")]
    assert last["incremental"].tolist() == [0, 0, 6, 6, 0, 0]
    assert last["period"].tolist() == MONTHS


def test_customers_without_features_earn_nobody_credit() -> None:
    other = BILLS.assign(customer="d", amount=[10.0 * k for k in range(1, 7)])
    found = pf.simple_rules(pd.concat([BILLS, other]), USED, CAME)
    alone = pf.simple_rules(BILLS, USED, CAME)
    assert found["incremental"].tolist() == alone["incremental"].tolist()


def test_without_billing_there_is_nothing() -> None:
    assert pf.simple_rules(BILLS.head(0), USED, CAME).empty
    with pytest.raises(MeasureError, match="billing covers one month"):
        pf.simple_rules(BILLS.head(1), USED, CAME)
