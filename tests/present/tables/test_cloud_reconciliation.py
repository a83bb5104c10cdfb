from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import tables
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period

BOUGHT = ("Purchase", "c-1", "", 0.0, 9000.0, False)
USED = ("Usage", "c-1", "Used", 700.0, 0.0, False)
TAX = ("Tax", "", "", 50.0, 450.0, False)


def shown(period: Period, about: About, *charges: tuple[Any, ...]) -> Any:  # noqa: ANN401
    names = ["charge_category", "commitment_discount_id", "commitment_discount_status"]
    bill = pd.DataFrame(
        list(charges), columns=[*names, "amount", "billed_amount", "whole_units"]
    ).assign(period="2026-06", product="Atlas", provider_name="Acme", service_name="VMs", lines=1)
    return tables.cloud_reconciliation(
        measures.cloud_reconciliation(bill, period=period), about=about
    )


@pytest.mark.parametrize(
    ("charges", "message"),
    [
        (
            [BOUGHT, USED],
            (
                "Effective cloud cost is 8 300 EUR below the 9 000 that were billed; "
                "commitments paid for in other months make -8 300 of it"
            ),
        ),
        (
            [TAX],
            (
                "Effective cloud cost is 400.00 EUR below the 450.00 that were billed; "
                "taxes make -400.00 of it"
            ),
        ),
        (
            [TAX, ("Adjustment", "", "", 1.0, 301.0, False)],
            (
                "Effective cloud cost is 700.00 EUR below the 751.00 that were billed; "
                "no single cause makes most of it"
            ),
        ),
        (
            [("Usage", "", "", 2.0, 1.6, True)],
            (
                "Effective cloud cost is 0.40 EUR above the 1.60 that were billed, all of it "
                "because providers round effective cost to whole units"
            ),
        ),
        (
            [("Usage", "", "", 5.0, 5.0, False)],
            "Effective cloud cost equals the 5.00 EUR that were billed",
        ),
    ],
)
def test_a_cause_is_named_where_it_makes_most_of_the_difference(
    june: Period, about: About, charges: list[tuple[Any, ...]], message: str
) -> None:
    assert plain(shown(june, about, *charges).message) == message


def test_what_is_rounded_away_is_a_column_where_there_is_some(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    lost = shown(june, about, ("Usage", "", "", 2.0, 1.6, True))
    heads = [head["column"] for head in lost.payload()["printed_columns"]]
    assert "whole_units" in heads
    assert "Rounded away" in lost.notes[0]
    kept = shown(june, about, BOUGHT)
    assert "whole_units" not in [h["column"] for h in kept.payload()["printed_columns"]]
    assert compiled(lost, kept).startswith(b"%PDF")
