"""Classes of differences between billing and ledger add up to them, whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pfkit as pf
from pfkit.measures.billing_ledger import CLASSES

if TYPE_CHECKING:
    from pfkit.demo import Demo

AMOUNTS = [
    *("billed", "recognized", "deferred", "ledger_revenue", "ledger_deferred"),
    *("manual", "held_back"),
]
CENTS = st.integers(-(10**9), 10**9)
ROW = st.tuples(*(CENTS for _ in AMOUNTS), st.integers(0, 50))


@settings(max_examples=50, deadline=None)
@given(st.lists(ROW, min_size=12, max_size=12), st.sampled_from([True, False]))
def test_classes_add_up_to_the_difference_to_the_cent(
    drawn: list[tuple[int, ...]],
    both: bool,  # noqa: FBT001 (drawn)
) -> None:
    keys = [(f"2026-{month:02d}", name) for month in range(1, 5) for name in ("A", "B", "New")]
    booked = pd.DataFrame(
        [
            dict(zip(AMOUNTS, [value / 100 for value in row[:-1]], strict=True))
            | {"period": key[0], "product": key[1], "converted": row[-1]}
            for key, row in zip(keys, drawn, strict=True)
        ]
    ).assign(accounts="4000", has_deferred=both)
    booked["is_unmapped"] = booked["product"] == "New"
    period = pf.FiscalCalendar().period("2026Q1")
    found = pf.billing_ledger(booked, period=period, by="product" if both else "period")
    gap = found[[*CLASSES]].sum(axis=1) - found["difference"]
    assert gap.abs().max() < 0.005
    items = found[found["role"] == "item"]["difference"].sum()
    assert items == pytest.approx(found.set_index("row_key").loc["total", "difference"], abs=0.005)


def test_the_demo_explains_each_planted_difference(demo: Demo) -> None:
    """A code without a mapping, a posting a month late, and a service billed ahead."""
    book = pf.open_book(demo.folder, period="2026Q2")
    found = pf.billing_ledger(book.billing_ledger, period=book.period, by="product")
    rows = found.set_index("label")
    planted = {
        (row["product"], row["because"]): float(row["billing_minus_ledger"])
        for row in demo.planted["differences"]
    }
    where, unknown = next(
        (product, amount)
        for (product, why), amount in planted.items()
        if why == "unknown product code" and product != "New products"
    )
    assert rows.loc[where, "unmapped"] == abs(unknown)
    assert rows.loc["New products", "unmapped"] == -abs(unknown)
    assert (rows["unexplained"] == 0).all()
    months = pf.billing_ledger(book.billing_ledger, period=book.period).set_index("label")
    late = [row for row in demo.planted["differences"] if row["because"] == "late posting"]
    for row in late:
        assert months.loc[row["period"], "timing"] == -float(row["billing_minus_ledger"])


def test_no_month_of_both_is_an_empty_table() -> None:
    columns = [
        *AMOUNTS,
        "period",
        "product",
        "converted",
        "is_unmapped",
        "has_deferred",
        "accounts",
    ]
    nothing = pd.DataFrame(columns=columns)
    assert pf.billing_ledger(nothing, period=pf.FiscalCalendar().period("2026-01")).empty


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(pf.ContractError, match=r"billing_ledger: column 'billed' is not there"):
        pf.billing_ledger(
            pd.DataFrame(columns=["period", "product"]),
            period=pf.FiscalCalendar().period("2026-01"),
        )
