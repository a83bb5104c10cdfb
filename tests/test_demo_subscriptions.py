"""The demo's subscription system: what it says is paid a month is what billing bills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from pfkit.demo import Demo


@pytest.fixture(scope="module")
def book(demo: Demo) -> pf.Book:
    return pf.open_book(demo.folder, period=demo.period)


def test_subscriptions_agree_with_billing_in_every_month_and_currency(book: pf.Book) -> None:
    billed = book.invoices[book.invoices["kind"] == "subscription"].copy()
    billed["period"] = billed["invoice_date"].astype(str).str[:7]
    keys = ["period", "customer", "currency"]
    bills = billed.groupby(keys)["amount_local"].sum().round(2)
    paid = book.recurring.groupby(keys)["amount_local"].sum().round(2)
    apart = bills.sub(paid, fill_value=0.0).round(2)
    assert len(paid) > 8_000
    held = book.conformed.engine.rows(
        "SELECT count(*) FROM rows_billing WHERE _status = 'quarantined'"
    )
    assert (apart != 0).sum() <= held[0][0]  # a line held back is paid for, and not in billing


def test_a_year_of_movements_closes_and_shows_the_planted_loss(book: pf.Book) -> None:
    year = book.calendar.period(book.period.label).trailing(12)
    found = pf.recurring_revenue(book.recurring, period=year).set_index("row_key").loc["total"]
    names = ["opening", "new", "expansion", "reactivation", "contraction", "churn", "fx"]
    assert sum(float(found[name]) for name in names) == pytest.approx(found["closing"], abs=0.005)
    assert found["contraction"] < 0 < found["new"]
    families = pf.recurring_revenue(book.recurring, period=year, by="family")
    lost = families[families["role"] == "item"].set_index("label")["churn"]
    assert lost.idxmin() == "Operations"
