from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import tables
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period

BOOKED = pd.DataFrame(
    {
        "period": "2026-06",
        "due_period": "2026-05",
        "product": ["Atlas", "(none)"],
        "bill": [120_000.0, 4_000.0],
        "due": [110_000.0, 0.0],
        "booked": [110_000.0, 0.0],
        "accrued": [118_000.0, 0.0],
        "reversed": [-112_000.0, 0.0],
    }
)


def test_the_message_says_whether_anything_is_unexplained(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.cloud_ledger(measures.cloud_ledger(BOOKED, period=june), about=about)
    assert plain(shown.message) == (
        "Hosting in the ledger is 116.0 kEUR, the bill 124.0; accruals make the difference, and "
        "nothing is unexplained"
    )
    assert "the bill of 2026-05, booked now" in shown.notes[0]
    apart = measures.cloud_ledger(BOOKED.assign(booked=[111_500.0, 0.0]), period=june)
    other = tables.cloud_ledger(apart, about=about)
    assert plain(other.message).endswith("the bill 124.0; +1.5 is unexplained")
    assert compiled(shown).startswith(b"%PDF")


def test_without_the_bill_that_is_due_nothing_is_compared(june: Period, about: About) -> None:
    shown = tables.cloud_ledger(
        measures.cloud_ledger(BOOKED.assign(due=float("nan")), period=june), about=about
    )
    assert plain(shown.message).endswith("the bill 124.0; what is booked cannot be compared")


def test_a_book_that_does_not_say_where_bills_are_booked_gets_one_line(
    june: Period, about: About
) -> None:
    nothing = measures.cloud_ledger(BOOKED.iloc[:0], period=june)
    shown = tables.cloud_ledger(nothing, about=about)
    assert shown.message.startswith("The cloud bill is not held against the ledger: add ledger")
