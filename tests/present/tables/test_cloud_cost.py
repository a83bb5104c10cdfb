from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import tables, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period


@pytest.fixture
def bill(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Give May and June: Atlas dearer, and a credit without a product."""
    return rows("""
        period  | product | charge_category | amount  | billed_amount | list_amount | lines
        2026-05 | Atlas   | Usage           | 40000.0 |       40000.0 |     50000.0 |     2
        2026-06 | Atlas   | Usage           | 50000.0 |       30000.0 |     62500.0 |     2
        2026-06 | (none)  | Credit          | -1200.0 |       -1200.0 |     -1200.0 |     1
    """).assign(provider_name="Acme", service_name="VMs", sub_account="one")


def plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def test_the_message_names_cost_change_and_what_has_no_tag(
    bill: pd.DataFrame, june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.cloud_cost(measures.cloud_cost(bill, period=june), about=about)
    assert plain(shown.message) == (
        "Cloud cost is 48.8 kEUR (28.8 billed), +8.8 (+22.0 %) on the period before; "
        "what has no product tag comes to -1.2, a credit"
    )
    assert [row[0] for row in shown.printed] == ["Atlas", "No product tag", "Total"]
    assert compiled(shown).startswith(b"%PDF")


def test_rounded_effective_cost_does_not_lead(
    bill: pd.DataFrame, june: Period, about: About
) -> None:
    """A provider that states effective cost in whole units: what was billed is told."""
    found = measures.cloud_cost(bill.assign(whole_units=True), period=june)
    shown = tables.cloud_cost(found, about=about)
    assert plain(shown.message) == (
        "Cloud cost billed is 28.8 kEUR; effective cost (48.8) comes rounded to whole units; "
        "what has no product tag comes to -1.2, a credit (-1.2 effective)"
    )
    head = words.headline(pd.DataFrame(), cost=found, about=about)
    assert "cloud cost billed is 28.8 kEUR (effective cost, 48.8 kEUR, comes rounded" in plain(
        head.message
    )


def test_by_provider_the_share_that_is_tagged_is_told(
    bill: pd.DataFrame, june: Period, about: About
) -> None:
    shown = tables.cloud_cost(measures.cloud_cost(bill, period=june, by="provider"), about=about)
    assert plain(shown.message).endswith("97.7 % of it has a product")  # 50.0 of 51.2
    heads = [head["column"] for head in shown.payload()["printed_columns"]]
    assert "tagged_share" in heads
    assert "prior_variance" not in heads


def test_a_bill_below_a_thousand_is_printed_to_the_cent(
    bill: pd.DataFrame, june: Period, about: About
) -> None:
    small = bill.assign(**{c: bill[c] / 1000 for c in ("amount", "billed_amount", "list_amount")})
    shown = tables.cloud_cost(measures.cloud_cost(small, period=june), about=about)
    assert plain(shown.message).startswith("Cloud cost is 48.80 EUR (28.80 billed)")


def test_a_book_without_a_bill_gets_one_line(june: Period, about: About) -> None:
    nothing = measures.cloud_cost(
        pd.DataFrame(columns=["period", *measures.bill.NEEDED[1:]]), period=june
    )
    assert tables.cloud_cost(nothing, about=about).kind == "note"
