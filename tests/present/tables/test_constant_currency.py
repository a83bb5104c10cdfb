from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period


def sold(rate: float | None) -> pd.DataFrame:
    row = {"product": "Atlas", "line": "Sales", "group": "gross", "currency": "USD"}
    now = {"period": "2026-06", "amount_local": 1000.0, "amount": 800.0, "prior_year_rate": rate}
    then = {"period": "2025-06", "amount_local": 900.0, "amount": 810.0, "prior_year_rate": None}
    return pd.DataFrame([row | now, row | then]).astype({"prior_year_rate": "float64"})


def test_the_message_tells_growth_from_rates(june: Period, about: About) -> None:
    shown = tables.constant_currency(
        measures.constant_currency(sold(0.9), period=june), about=about
    )
    # 1000 * 0.9 = 900: rates take 100; 800 and 900 against 810
    assert shown.message == (
        "Exchange rates take 100 EUR from net revenue: it is −1.2\u202f% on the prior year, "
        "+11.1\u202f% at prior-year rates"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == ["100", "−1.2", "+11.1"]


def test_a_note_says_how_billed_revenue_differs_from_the_ledger(june: Period, about: About) -> None:
    found = measures.constant_currency(sold(0.9), period=june)
    for booked, said in ((790.0, "10 EUR more than"), (803.0, "3 EUR less than")):
        ledger = pd.DataFrame(
            {"row_key": "net-revenue", "basis": ["period", "ytd"], "actual": [booked, 9000.0]}
        )
        shown = tables.constant_currency(found, ledger=ledger, about=about)
        assert shown.notes[1].replace("\u202f", " ") == (
            f"AC is billed revenue, {said} net revenue of the ledger."
        )
    same = pd.DataFrame({"row_key": ["net-revenue"], "basis": ["period"], "actual": [800.0]})
    plain = tables.constant_currency(found, about=about)
    assert tables.constant_currency(found, ledger=same, about=about).notes == plain.notes


def test_without_a_rate_one_line_says_which(june: Period, about: About) -> None:
    shown = tables.constant_currency(
        measures.constant_currency(sold(None), period=june), about=about
    )
    assert shown.message == (
        "No view in constant currency: no prior year rate of USD. Add it to the source of table "
        "rates."
    )
    assert shown.kind == "note"


def test_without_foreign_currency_one_line_says_so(about: About) -> None:
    shown = tables.constant_currency(pd.DataFrame(), about=about)
    assert shown.message.startswith("No revenue of the period is in a foreign currency")
