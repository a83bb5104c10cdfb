"""The printed roll-forward of deferred revenue, and billing beside the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period


@pytest.fixture
def moved() -> pd.DataFrame:
    """Open 24 000 in May; June bills 36 000 and earns 5 000; 500 is earned before it is billed."""
    lines = [
        ("2026-05", "Atlas", 24_000.0, 0.0, 24_000.0, 0.0),
        ("2026-06", "Atlas", 36_000.0, 5_000.0, 31_000.0, 0.0),
        ("2026-06", "Borea", 0.0, 500.0, 0.0, 500.0),
    ]
    names = ["period", "product", "billed", "recognized", "deferred", "unbilled"]
    frame = pd.DataFrame(lines, columns=names).assign(currency="EUR", method="day")
    return frame.assign(deferred_local=frame["deferred"], unbilled_local=frame["unbilled"])


def test_the_roll_forward_says_what_comes_next(
    moved: pd.DataFrame, june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    ahead = pd.DataFrame(
        [("2026-07", "Atlas", "EUR", 15_000.0), ("2027-12", "Atlas", "EUR", 40_000.0)],
        columns=["period", "product", "currency", "amount"],
    ).assign(amount_local=lambda rows: rows["amount"])
    shown = tables.deferred_revenue(
        measures.deferred_revenue(moved, ahead, period=june), about=about
    )
    assert plain(shown.message) == (
        "55.0 kEUR of what is billed is not earned yet, 24.0 before; 15.0 will be in the next "
        "three months; 0.5 is earned and not yet billed"
    )
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text
    total = [plain(cell) for cell in shown.printed[-1]]
    assert total == ["Total", "24.0", "36.0", "5.5", "0.5", "55.0", "15.0", "0.0", "40.0", "0.5"]
    assert shown.notes[0].startswith("Recognized evenly by day over the service; credit notes")
    assert compiled(shown).startswith(b"%PDF")


def test_nothing_deferred_is_one_sentence(moved: pd.DataFrame, june: Period, about: About) -> None:
    same = moved.assign(deferred=0.0, unbilled=0.0, recognized=moved["billed"])
    shown = tables.deferred_revenue(measures.deferred_revenue(same, period=june), about=about)
    assert shown.message.startswith("No revenue is deferred: every invoice of the period")


def booked(**more: float) -> pd.DataFrame:
    row = {"billed": 120.0, "recognized": 10.0, "deferred": 110.0, "ledger_revenue": 10.0}
    row |= {"ledger_deferred": 110.0, "manual": 0.0, "held_back": 0.0, "converted": 0} | more
    names = {"period": "2026-06", "product": "Atlas", "is_unmapped": False, "has_deferred": True}
    return pd.DataFrame([row | names | {"accounts": "4000, 2400"}])


def test_what_differs_is_printed_with_its_class(
    june: Period, about: About, compiled: Callable[..., bytes]
) -> None:
    found = measures.billing_ledger(booked(ledger_revenue=13.5, manual=3.0), period=june)
    shown = tables.billing_ledger(found, about=about)
    assert plain(shown.message) == (
        "Revenue in the ledger differs from billing by +3.50 EUR; +3.00 is entered by hand; +0.50 "
        "is unexplained"
    )
    for fact in shown.facts:
        assert rederive(fact, shown.data) == fact.text
    assert shown.notes[0] == (
        "Difference: the ledger (4000, 2400) less billing. Compared: revenue and the change of "
        "deferred revenue."
    )
    assert compiled(shown).startswith(b"%PDF")


def test_where_all_ties_one_sentence_says_so(june: Period, about: About) -> None:
    shown = tables.billing_ledger(measures.billing_ledger(booked(), period=june), about=about)
    assert shown.message.startswith("Revenue in the ledger is what billing says is earned")


def test_without_a_month_of_both_one_line_says_so(june: Period, about: About) -> None:
    nothing = measures.billing_ledger(booked().head(0), period=june)
    shown = tables.billing_ledger(nothing, about=about)
    assert shown.message == (
        "Billing is not held against the ledger: no month of the period has both."
    )
