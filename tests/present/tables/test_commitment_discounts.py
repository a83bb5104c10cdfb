from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pfkit import measures
from pfkit.present import tables
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About
    from pfkit.period import Period


@pytest.fixture
def bill(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return rows("""
        commitment_discount_id | commitment_discount_status | amount | contracted_amount
        c-1                    | Used                       |   90.0 |             130.0
        c-1                    | Unused                     |   10.0 |               0.0
        c-2                    | Used                       |   30.0 |              40.0
        c-2                    | Unused                     |   20.0 |               0.0
    """).assign(
        period="2026-06",
        product="Atlas",
        provider_name="Acme",
        service_name="VMs",
        charge_category="Usage",
        billed_amount=0.0,
        lines=1,
    )


def test_the_least_used_is_named(
    bill: pd.DataFrame, june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    found = measures.commitment_discounts(bill, period=june)
    shown = tables.commitment_discounts(found, about=about)
    assert plain(shown.message) == (
        "Commitments were used to 80.0 % and saved 20.00 EUR; c-2 was used least, 60.0 %"
    )
    assert compiled(shown).startswith(b"%PDF")


def test_a_commitment_that_saves_less_than_it_wastes_has_lost(
    bill: pd.DataFrame, june: Period, about: About
) -> None:
    dear = bill.assign(contracted_amount=10.0)
    shown = tables.commitment_discounts(
        measures.commitment_discounts(dear, period=june), about=about
    )
    # covered at 10 each of two, for 150 spent
    assert "and lost 130.00 EUR" in plain(shown.message)


def test_a_bill_that_does_not_say_what_commitments_cost(
    bill: pd.DataFrame, june: Period, about: About
) -> None:
    found = measures.commitment_discounts(bill.assign(amount=0.0), period=june)
    shown = tables.commitment_discounts(found, about=about)
    assert plain(shown.message) == (
        "Commitments cover usage of 170.00 EUR; the bill does not say what they cost"
    )
    none = bill.assign(commitment_discount_id=None)
    nothing = measures.commitment_discounts(none, period=june)
    assert tables.commitment_discounts(nothing, about=about).message == (
        "No charge of the cloud bill is covered by a commitment."
    )
