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
